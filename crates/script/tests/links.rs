//! What a stranger's link may do: nothing that it does not say.

#![allow(clippy::unwrap_used)]

mod hands;

use hands::run;
use millrace_model::Time;
use millrace_script::link::{ALLOWANCE, Damage, TEXT_BYTES, decode, encode};
use millrace_script::log::{ENGINE, SaveFile, Verdict, open, save};
use millrace_sim::Timeline;
use millrace_sim::timeline::Allowance;
use millrace_sim::world::Volume;

const JOURNEY: &str = include_str!("../../../tests/scripts/journey.mill");

fn ran(script: &str) -> Timeline {
    run(script).into_timeline()
}

#[test]
fn a_link_opens_as_the_same_world_at_the_same_moment() {
    let mut timeline = ran(JOURNEY);
    timeline.seek(Time(12_345_678));
    let linked = decode(&encode(&save(&timeline))).unwrap();
    assert_eq!(linked.damage, None);
    let (file, problems) = SaveFile::parse(&linked.text).unwrap();
    assert_eq!(problems, []);
    let mut rebuild = file.rebuild().within(ALLOWANCE);
    while !rebuild.advance(1_000) {}
    assert!(!rebuild.is_cut());
    let (opened, misfits) = rebuild.finish();
    assert_eq!(misfits, []);
    assert_eq!(opened.moment(), timeline.moment());
    assert_eq!(opened.world().state_hash(), timeline.world().state_hash());
    assert_eq!(file.verdict(opened.moment(), opened.world()), Verdict { engine: None, agrees: Some(true) });
}

#[test]
fn the_hash_says_whether_the_state_is_the_one_that_was_saved() {
    let text = save(&ran(JOURNEY));
    let said = |text: &str| {
        let (file, _) = SaveFile::parse(text).unwrap();
        let (opened, _) = open(text).unwrap();
        file.verdict(opened.moment(), opened.world())
    };
    assert!(said(&text).is_silent());
    let other_engine = text.replace(&format!("engine {ENGINE}"), "engine 0.0.7");
    assert_eq!(
        said(&other_engine).to_string(),
        format!("made with Millrace 0.0.7, replayed with {ENGINE}: the state here is the same")
    );
    let other_state = other_engine.replace("seed 1", "seed 2");
    assert!(said(&other_state).to_string().ends_with("the state here is another than it was there"));
    let changed = text.replace("seed 1", "seed 2");
    assert_eq!(said(&changed), Verdict { engine: None, agrees: Some(false) });
    assert!(said(&changed).to_string().contains("was changed, or this is a defect"));
    let (head, _) = text.rsplit_once(" hash ").unwrap();
    assert_eq!(said(&format!("{head}\n")), Verdict::default(), "the first files named no hash");
    let garbled = text.replace(" hash ", " hash x");
    assert_eq!(SaveFile::parse(&garbled).unwrap().1.len(), 2, "the line, and the playhead that it holds");
}

/// `docs/decisions/0022`: in a history of before, the record whose answer was lost is there twice, as its writer saw it.
#[test]
fn a_history_of_an_engine_without_idempotence_by_default_says_what_it_meant() {
    let text = save(&ran(
        "kafka-topics --create --topic orders --partitions 1\nproducer start shop --topic orders --request-timeout 2s\n\
         producer start bank --topic orders --transactional-id bank\nwait 1s\nnetwork lose shop response --api Produce\n\
         produce orders k v --producer shop\nwait 10s",
    ));
    let copies_and_words = |text: &str| {
        let (timeline, problems) = open(text).unwrap();
        assert_eq!(problems, []);
        let tp = millrace_model::TopicPartition::new("orders", 0);
        let end = timeline.world().brokers().next().unwrap().log(&tp).unwrap().log_end_offset().0;
        (end, save(&timeline).matches(" --idempotence false").count())
    };
    assert_eq!(copies_and_words(&text), (1, 0));
    let (head, rest) = text.split_once(&format!("engine {ENGINE}\n")).unwrap();
    for before in ["", "engine 0.1.0\n"] {
        let old = format!("{head}{before}{rest}");
        assert_eq!(copies_and_words(&old), (2, 1), "{before:?}: not the transactional one");
    }
}

#[test]
fn what_a_link_may_not_do_is_left_out() {
    let text = save(&ran(JOURNEY));
    let (file, _) = SaveFile::parse(&text).unwrap();
    let whole = ran(JOURNEY);
    let cut = |allowance: Allowance| {
        let mut rebuild = file.rebuild().within(allowance);
        while !rebuild.advance(500) {}
        let is_cut = rebuild.is_cut();
        (is_cut, rebuild.finish().0)
    };
    let (is_cut, timeline) = cut(Allowance { steps: 100, ..ALLOWANCE });
    assert_eq!((is_cut, timeline.branch().step_count()), (true, 100));
    let (is_cut, timeline) = cut(Allowance { time: Time(3_000_000), ..ALLOWANCE });
    assert!(is_cut && timeline.branch().frontier() <= Time(3_000_000));
    let (is_cut, timeline) = cut(Allowance { volume: Volume { records: 3, bytes: u64::MAX }, ..ALLOWANCE });
    assert!(is_cut && timeline.branch().step_count() < whole.branch().step_count());
    let (is_cut, timeline) = cut(Allowance { volume: Volume { records: u64::MAX, bytes: 80 }, ..ALLOWANCE });
    assert!(is_cut && timeline.world().volume().bytes >= 80);
    assert!(!cut(ALLOWANCE).0);
}

/// A small generator of its own: the same million inputs everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// One million inputs: letters at random, and links of which something was changed, cut out, doubled or moved.
#[test]
fn no_letters_panic_or_unpack_beyond_the_limit() {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%/ \xc3\xa9";
    let mut dice = Dice(7);
    let real =
        encode("millrace 1\nseed 7\nbranch 0\n@12:00:00.000 #0 produce orders alice 1\nend @12:00:01 #1\n");
    let (mut read, mut damaged) = (0, 0);
    for i in 0..1_000_000_u32 {
        let mut bytes = if i % 4 == 0 { b"1.".to_vec() } else { real.clone().into_bytes() };
        if i % 4 == 0 {
            bytes.extend((0..dice.roll(48)).map(|_| LETTERS.get(dice.roll(LETTERS.len())).copied().unwrap()));
        } else {
            for _ in 0..=dice.roll(3) {
                let place = dice.roll(bytes.len());
                match dice.roll(4) {
                    0 => bytes.truncate(place.max(1)),
                    1 => drop(bytes.drain(place..(place + dice.roll(5)).min(bytes.len()))),
                    2 => bytes.extend_from_within(place..),
                    _ => bytes
                        .splice(place..=place, [LETTERS.get(dice.roll(64)).copied().unwrap()])
                        .for_each(drop),
                }
                if bytes.is_empty() {
                    break;
                }
            }
        }
        match decode(&String::from_utf8_lossy(&bytes)) {
            Ok(linked) => {
                assert!(linked.text.len() <= 3 * TEXT_BYTES);
                read += 1;
                damaged += u32::from(linked.damage.is_some());
                // What was read must be readable as a history, or be named: one in sixteen, for it takes longer.
                if i % 16 == 1 {
                    let _ = SaveFile::parse(&linked.text);
                }
            }
            Err(damage) => assert_ne!(damage, Damage::TooLong),
        }
    }
    assert!(read > 100_000 && damaged > 100_000, "{read} read, {damaged} of them damaged");
}

/// Damaged histories are opened, too: within the allowance, without a panic.
#[test]
fn no_damaged_history_panics_when_it_is_replayed() {
    let text = save(&ran(JOURNEY));
    let mut dice = Dice(11);
    let allowance = Allowance { steps: 3_000, ..ALLOWANCE };
    for _ in 0..150 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=dice.roll(6) {
            let place = dice.roll(bytes.len());
            *bytes.get_mut(place).unwrap() = b"0123456789 @#:.-'\"{}abcdefxyz\n"[dice.roll(30)];
        }
        let Ok((file, _)) = SaveFile::parse(&String::from_utf8_lossy(&bytes)) else { continue };
        let mut rebuild = file.rebuild().within(allowance);
        while !rebuild.advance(1_000) {}
        let (timeline, _) = rebuild.finish();
        assert!(timeline.branch().step_count() <= allowance.steps + 1);
    }
}
