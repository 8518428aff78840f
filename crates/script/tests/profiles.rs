//! Which version of Kafka a script means, and what follows from it.

#![allow(clippy::unwrap_used)]

use millrace_model::Profile;
use millrace_script::log::{self, SaveFile};
use millrace_script::{Failure, Runner, parse_script};
use millrace_sim::{Setup, Timeline};

/// Carries a script out; what became of its last line.
fn run(script: &str) -> (Timeline, Result<(), String>) {
    let (lines, problems) = parse_script(script, Profile::default());
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let mut runner = Runner::new(Setup::default());
    let mut last = Ok(());
    for (_, line) in &lines {
        last = match runner.run(line) {
            Ok(answer) => answer.refused.map_or(Ok(()), |words| Err(words.to_string())),
            Err(failure) => Err(failure.to_string()),
        };
    }
    (runner.into_timeline(), last)
}

fn problems(script: &str) -> Vec<String> {
    parse_script(script, Profile::default()).1.iter().map(|problem| problem.sentence()).collect()
}

#[test]
fn the_first_line_says_which_version_it_is() {
    for profile in Profile::ALL {
        let (timeline, done) =
            run(&format!("# a comment\nprofile {profile}\nproduce orders alice 1\nwait 1s"));
        assert_eq!((timeline.setup().profile, done), (profile, Ok(())));
    }
    assert_eq!(problems("profile 2.8"), ["expected 4.x, 4.0-snapshot or 3.9, found `2.8`"]);
}

#[test]
fn a_world_does_not_become_another_version() {
    let (timeline, done) = run("wait 1s\nprofile 3.9");
    let words = "this is Kafka 4.x already: `profile 3.9` stands before everything else";
    assert_eq!((timeline.setup().profile, done), (Profile::V4, Err(words.to_owned())));
    // Saying it again is no harm.
    assert_eq!(run("profile 3.9\nwait 1s\nprofile 3.9").1, Ok(()));
    let mut runner = Runner::new(Setup::default());
    let (lines, _) = parse_script("wait 1s\nprofile 3.9", Profile::default());
    assert_eq!(runner.run(&lines[0].1).map(drop), Ok(()));
    assert!(matches!(runner.run(&lines[1].1), Err(Failure::Unseen(_))));
}

/// A record leaves at once in 3.9 and lingers for 5 ms in 4.x.
#[test]
fn a_producer_has_the_linger_of_its_version() {
    let arrives = |profile: &str, wait: &str| {
        let script = format!(
            "profile {profile}\nnetwork latency 1ms\nkafka-topics --create --topic orders --partitions 1\n\
             producer start shop --topic orders\nproduce orders alice 1 --producer shop\nwait 100ms\n\
             produce orders alice 2 --producer shop\nwait {wait}\nexpect n(orders) == 2"
        );
        run(&script).1
    };
    assert_eq!(arrives("3.9", "2ms"), Ok(()));
    assert!(arrives("4.x", "2ms").is_err());
    assert_eq!(arrives("4.x", "7ms"), Ok(()));
}

#[test]
fn small_segments_are_for_tests_since_version_four() {
    let small = "kafka-topics --create --topic orders --config segment.bytes=16384";
    assert_eq!(problems(&format!("profile 3.9\n{small}")), Vec::<String>::new());
    assert_eq!(
        problems(small),
        [
            "expected a value of segment.bytes (Invalid value 16384 for configuration segment.bytes: Value must be at least 1048576); \
          small segments for a scene: internal.segment.bytes, found `16384`"
        ]
    );
    let segments = |config: &str| {
        let script = format!(
            "kafka-topics --create --topic orders --partitions 1 --config {config}\n\
             producer start shop --topic orders\nproducer rate shop 50\nwait 20s\nexpect segments(orders-0) > 2"
        );
        run(&script).1
    };
    assert_eq!(segments("internal.segment.bytes=8192"), Ok(()));
    assert!(segments("segment.bytes=1048576").is_err());
}

#[test]
fn settings_of_other_versions_are_refused() {
    let refused = |script: &str| run(script).1.unwrap_err();
    let consumer = "kafka-topics --create --topic orders --partitions 1\napp start billing --topic orders";
    assert!(
        refused(&format!("profile 3.9\n{consumer} --group-protocol consumer"))
            .contains("The cluster doesn't yet support the new consumer group protocol.")
    );
    assert_eq!(run(&format!("profile 4.0-snapshot\n{consumer} --group-protocol consumer")).1, Ok(()));
    let back = format!("{consumer} --auto-offset-reset by_duration:PT1H");
    assert_eq!(run(&back).1, Ok(()));
    assert!(refused(&format!("profile 3.9\n{back}")).contains(
        "Invalid value by_duration:PT3600S for configuration auto.offset.reset: String must be one of: latest, earliest, none"
    ));
    let elr = "cluster start --brokers 3 --override eligible.leader.replicas.version=1";
    assert_eq!(run(elr).1, Ok(()));
    assert!(refused(&format!("profile 3.9\n{elr}")).contains("3.9 has no feature"));
}

/// The same commands for another version, each at its time: what they leave open is that version's default, what it does not
/// know is named and left out.
#[test]
fn a_history_is_told_again_in_another_version() {
    let script = "network latency 1ms\nkafka-topics --create --topic orders --partitions 1\n\
                  producer start shop --topic orders\nproducer start slow --topic orders --linger 40ms\n\
                  app start billing --topic orders --group-protocol consumer\nwait 5s\nproduce orders alice 1 --producer shop\nwait 1s";
    let (timeline, done) = run(script);
    assert_eq!(done, Ok(()));
    let linger = |timeline: &Timeline, name: &str| {
        let (_, node) = timeline.world().producer(name).unwrap();
        let millrace_sim::node::Kind::Producer(producer) = &node.kind else { unreachable!() };
        producer.client.config().linger.as_millis()
    };
    assert_eq!((linger(&timeline, "shop"), linger(&timeline, "slow")), (5, 40));
    for profile in [Profile::Snapshot40, Profile::V39] {
        let (file, problems) = SaveFile::parse(&log::save_for(&timeline, profile)).unwrap();
        let (again, misfits) = file.rebuild().by_time().finish();
        assert_eq!((again.setup().profile, again.setup().seed), (profile, timeline.setup().seed));
        assert_eq!((linger(&again, "shop"), linger(&again, "slow")), (0, 40));
        assert_eq!(again.moment().at, timeline.moment().at);
        let left_out = problems.len() + misfits.len();
        assert_eq!(left_out, usize::from(profile == Profile::V39), "{problems:?} {misfits:?}");
        // And back, without what was lost.
        let (back, _) = SaveFile::parse(&log::save_for(&again, Profile::V4)).unwrap();
        let (back, misfits) = back.rebuild().by_time().finish();
        assert_eq!((linger(&back, "shop"), misfits.len()), (5, 0));
    }
}
