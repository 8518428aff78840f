//! Applications that read, compute and write: with and without transactions, and whatever dies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails shall panic")]

mod committed;

use millrace_client::listener::{Port, Stage};
use millrace_model::{Profile, Span, TopicPartition};
use millrace_script::{Failure, Runner, parse_line};
use millrace_sim::node::Kind;
use millrace_sim::{Account, Setup, World};

const PROFILE: Profile = Profile::V4;
const RECORDS: i64 = 24;
const EXACTLY_ONCE: &str = "--client java --isolation-level read_committed --transactional-id billing";

struct Scene(Runner);

impl Scene {
    fn new(seed: u64) -> Scene {
        let mut scene = Scene(Runner::new(Setup { seed, profile: PROFILE }));
        scene.line("kafka-topics --create --topic orders --partitions 2");
        scene.line("kafka-topics --create --topic receipts --partitions 1");
        scene.wait(1_000);
        scene
    }

    /// What it was refused with, if it was.
    fn told(&mut self, line: &str) -> Option<String> {
        let statement = parse_line(line, PROFILE).unwrap().unwrap();
        match self.0.run(&statement) {
            Ok(answer) => answer.refused.map(|words| words.to_string()),
            Err(Failure::Refused(refusal)) => Some(refusal.to_string()),
            Err(failure) => panic!("{line}: {failure}"),
        }
    }

    fn line(&mut self, line: &str) {
        assert_eq!(self.told(line), None, "{line}");
    }

    fn wait(&mut self, ms: u64) {
        let until = self.world().now() + Span::from_millis(ms);
        self.0.run_until(until).unwrap();
    }

    fn world(&self) -> &World {
        self.0.timeline().world()
    }

    fn orders(&mut self) {
        for n in 0..RECORDS {
            self.line(&format!("produce orders k{} '{{\"n\": {n}}}'", n % 5));
        }
    }

    /// The numbers in `receipts` that a reader is shown, sorted.
    fn read(&self, committed_only: bool) -> Vec<i64> {
        let records = committed::shown(self.world(), &TopicPartition::new("receipts", 0), !committed_only);
        let number = |value: &[u8]| std::str::from_utf8(value).unwrap().parse().unwrap();
        let numbers = records.iter().map(|record| number(record.value.as_deref().unwrap()));
        let mut shown: Vec<i64> = numbers.collect();
        shown.sort_unstable();
        shown
    }

    fn account(&self) -> Account {
        self.world().account("billing").unwrap()
    }

    fn stage(&self, name: &str) -> Stage {
        let (_, node) = self.world().instance("billing", name).unwrap();
        let Kind::Instance { instance, .. } = &node.kind else { panic!() };
        instance.container(Port::MAIN).unwrap().turn().unwrap().stage().clone()
    }
}

impl Scene {
    /// Whether a transaction is open in `receipts`.
    fn is_open(&self) -> bool {
        let log = self.world().log(&TopicPartition::new("receipts", 0)).unwrap();
        log.last_stable_offset() < log.high_watermark()
    }

    /// Freezes c1 when it has sent some of what it has polled.
    fn freeze_in_transaction(&mut self) {
        while self.stage("c1") != Stage::Open {
            self.wait(1);
        }
        self.wait(45);
        assert_eq!(self.stage("c1"), Stage::Open);
        self.line("consumer freeze billing/c1");
    }
}

fn once() -> Vec<i64> {
    (0..RECORDS).map(|n| n * 10).collect()
}

fn start(options: &str) -> String {
    format!(
        "app start billing --topic orders --to receipts --writes 'value.n * 10' --max-poll-records 7 --work 10ms {options}"
    )
}

#[test]
fn every_record_is_written_once_and_its_offset_committed_with_it() {
    for options in ["", EXACTLY_ONCE, &format!("{EXACTLY_ONCE} --group-protocol consumer")] {
        let mut scene = Scene::new(3);
        scene.orders();
        scene.line(&start(options));
        scene.wait(20_000);
        scene.line("expect lag(billing) == 0");
        assert_eq!(scene.read(true), once(), "{options}");
        assert_eq!(scene.account().once, RECORDS as u64);
        scene.line("consumer stop billing/c1");
        scene.wait(5_000);
        scene.line("expect members(billing) == 0");
    }
}

/// Its first records are handled before the producer knows anything of the topic: `send` blocks the thread.
#[test]
fn who_has_no_metadata_yet_waits_in_send() {
    for options in ["", EXACTLY_ONCE, "--client java --dedupe value.n --dedupe-order together"] {
        let mut scene = Scene::new(3);
        scene.orders();
        scene.line(&format!(
            "app start billing --topic orders --to receipts --writes 'value.n * 10' {options}"
        ));
        scene.wait(20_000);
        scene.line("expect lag(billing) == 0");
        assert_eq!(scene.read(true), once(), "{options}");
    }
}

/// Wherever it dies: with transactions the results are there once, although the effects are done twice; without them some
/// are there twice. None is ever missing.
#[test]
fn results_are_there_once_wherever_it_dies_if_they_are_in_transactions() {
    let points = [
        "after-fetch",
        "before-effect",
        "after-effect",
        "before-offsets",
        "after-offsets",
        "before-commit",
        "after-commit",
    ];
    let (mut doubled, mut repeated, mut aborted) = (0, 0, 0);
    for point in points {
        for nth in [1, 2, 3] {
            for options in ["", EXACTLY_ONCE] {
                let mut scene = Scene::new(5);
                scene.orders();
                scene.line(&start(options));
                scene.line(&format!("consumer crash billing/c1 --at {point} --nth {nth} --restart 2s"));
                scene.wait(150_000);
                let place = format!("{point} {nth} {options}");
                scene.line("expect lag(billing) == 0");
                let (read, all) = (scene.read(true), scene.read(false));
                if options.is_empty() {
                    let mut distinct = read.clone();
                    distinct.dedup();
                    assert_eq!(distinct, once(), "{place}");
                    doubled += read.len() - distinct.len();
                } else {
                    assert_eq!(read, once(), "{place}");
                    aborted += all.len() - read.len();
                    repeated += scene.account().twice;
                }
                assert_eq!(scene.account().lost, 0, "{place}");
            }
        }
    }
    assert!(doubled > 0 && aborted > 0 && repeated > 0, "{doubled} {aborted} {repeated}");
}

/// A listener that throws has its whole transaction aborted, and reads it again from where it began; the effects of the
/// records before it are done again.
#[test]
fn an_exception_aborts_the_transaction_and_all_of_it_is_read_again() {
    let mut scene = Scene::new(7);
    scene.orders();
    scene.line(&start(&format!("{EXACTLY_ONCE} --fails 'value.n == 11 and attempt <= 2'")));
    scene.wait(40_000);
    scene.line("expect lag(billing) == 0");
    assert_eq!(scene.read(true), once());
    assert!(scene.read(false).len() > once().len());
    assert!(scene.account().twice > 0);
}

/// An expression that cannot be computed is an exception like any other: given up in the end, and not written.
#[test]
fn what_cannot_be_computed_is_given_up_and_not_written() {
    for options in ["--retry none", &format!("{EXACTLY_ONCE} --retry blocking --attempts 3 --backoff 1s")] {
        let mut scene = Scene::new(9);
        scene.orders();
        scene.line("produce orders k1 '{\"n\": \"eleven\"}'");
        scene.line(&start(options));
        scene.wait(60_000);
        scene.line("expect lag(billing) == 0");
        assert_eq!(scene.read(true), once(), "{options}");
        assert_eq!(scene.account().skipped, 1, "{options}");
    }
}

/// Frozen beyond its session in the middle of a transaction: its partitions are somebody else's, and what it still tries
/// to commit is refused by the group's generation; its transaction is aborted, and it goes on as a member like any other.
#[test]
fn a_zombie_cannot_commit_offsets_of_partitions_that_it_has_lost() {
    let mut scene = Scene::new(11);
    scene.orders();
    scene.line(&start(&format!(
        "{EXACTLY_ONCE} --session-timeout 10s --transaction-timeout 5m --instances 2"
    )));
    scene.freeze_in_transaction();
    scene.wait(30_000);
    scene.line("expect members(billing) == 1");
    scene.line("expect lag(billing) == 0");
    assert!(scene.is_open(), "what it has sent");
    scene.line("consumer thaw billing/c1");
    scene.wait(30_000);
    scene.line("expect lag(billing) == 0");
    assert_eq!(scene.read(true), once());
    assert!(!scene.is_open());
    assert!(scene.read(false).len() > once().len(), "{:?} {:?}", scene.read(false), scene.stage("c1"));
    assert_ne!(scene.stage("c1"), Stage::Over);
}

/// Frozen beyond `transaction.timeout.ms`: the coordinator has aborted its transaction with a new epoch, and the loop ends.
#[test]
fn a_zombie_whose_transaction_was_aborted_is_fenced() {
    let mut scene = Scene::new(13);
    scene.orders();
    scene.line(&start(&format!(
        "{EXACTLY_ONCE} --session-timeout 10s --transaction-timeout 15s --instances 2"
    )));
    scene.freeze_in_transaction();
    scene.wait(60_000);
    scene.line("expect lag(billing) == 0");
    scene.line("consumer thaw billing/c1");
    scene.wait(30_000);
    assert_eq!(scene.stage("c1"), Stage::Over);
    assert_eq!(scene.read(true), once());
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let mut scene = Scene::new(1);
    for (options, words) in [
        ("--transactional-id b", "--client java"),
        ("--client java --transactional-id b --commit record", "--commit"),
        ("--threads 3", "--threads"),
        ("--retry topics", "--retry"),
    ] {
        let refused = scene.told(&format!("app start billing --topic orders --to receipts {options}"));
        assert!(refused.as_ref().is_some_and(|said| said.contains(words)), "{options}: {refused:?}");
    }
    for wrong in ["--writes value", "--transactional-id b", "--to receipts --transaction-timeout 5s"] {
        assert!(
            parse_line(&format!("app start billing --topic orders {wrong}"), PROFILE).is_err(),
            "{wrong}"
        );
    }
}
