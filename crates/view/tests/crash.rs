//! Crash points tried out: what comes of each under which way of committing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::told;
use millrace_client::listener::CrashPoint;
use millrace_model::GroupId;
use millrace_view::crash::{Piece, Trial, course, points, trial};

/// Four orders, one consumer, one partition.
fn verdicts(options: &str) -> Vec<(&'static str, String)> {
    let timeline = told(&format!(
        "kafka-topics --create --topic orders --partitions 1
app start billing --topic orders --work 100ms {options}
wait 4s
produce orders a '{{\"order\": 1, \"amount\": 1}}'
produce orders a '{{\"order\": 2, \"amount\": 1}}'
wait 3s
"
    ));
    let group = GroupId::from("billing");
    let of = |point| trial(&timeline, &group, &"c1".into(), Some(point), 1).unwrap();
    CrashPoint::ALL.iter().map(|(name, point)| (*name, of(*point).verdict())).collect()
}

const FINE: &str = "nothing lost, nothing twice";
const NEVER: &str = "never comes there";

#[test]
fn at_least_once_does_some_twice_and_loses_none() {
    let found = verdicts("");
    let twice: Vec<&str> =
        found.iter().filter(|(_, says)| says.starts_with("done twice")).map(|(name, _)| *name).collect();
    assert_eq!(twice, ["after-effect", "before-commit"]);
    assert!(found.iter().all(|(_, says)| !says.contains("lost:") && !says.contains("not done")), "{found:?}");
    assert_eq!(found[0], ("after-fetch", FINE.to_owned()));
    assert_eq!(found[3], ("after-mark", NEVER.to_owned()));
}

#[test]
fn at_most_once_loses_some_and_does_none_twice() {
    let found = verdicts("--commit before");
    let lost: Vec<&str> =
        found.iter().filter(|(_, says)| says.starts_with("lost")).map(|(name, _)| *name).collect();
    assert_eq!(lost, ["before-effect", "after-effect", "after-commit"]);
    assert!(found.iter().all(|(_, says)| !says.contains("twice:")), "{found:?}");
}

#[test]
fn with_dedupe_in_one_transaction_it_is_once_at_every_point() {
    let found = verdicts("--dedupe value.order");
    assert!(found.iter().all(|(_, says)| says == FINE || says == NEVER), "{found:?}");
}

#[test]
fn the_history_without_a_crash_is_the_measure() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1\napp start billing --topic orders\nwait 4s\nproduce orders a 1\nwait 1s\n",
    );
    let none = trial(&timeline, &GroupId::from("billing"), &"c1".into(), None, 1).unwrap();
    assert_eq!((none.has_crashed, none.account.once, none.verdict()), (false, 1, FINE.to_owned()));
    let gone: Option<Trial> = trial(&timeline, &GroupId::from("nobody"), &"c1".into(), None, 1);
    assert_eq!(gone, None);
}

#[test]
fn the_loop_commits_where_the_application_does() {
    let order = |options: &str| {
        let timeline = told(&format!(
            "kafka-topics --create --topic orders --partitions 1\napp start billing --topic orders {options}\nwait 1s\n"
        ));
        let app = &timeline.world().apps().get(&GroupId::from("billing")).unwrap();
        let words = course(&app.config).into_iter().map(|piece| match piece {
            Piece::Step { name, .. } => name.to_owned(),
            Piece::Gap { .. } => "·".to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(order(""), "fetch · process · effect · · commit ·");
    assert_eq!(order("--commit before"), "fetch · · commit · process · effect ·");
    assert_eq!(order("--retry topics"), "fetch · process · effect · · publish · · commit ·");
    assert_eq!(
        order("--dedupe value --dedupe-order mark-first"),
        "fetch · mark · process · effect · · commit ·"
    );
}

#[test]
fn the_points_of_a_transaction_are_those_of_an_application_that_has_some() {
    let of = |options: &str| {
        let timeline = told(&format!(
            "kafka-topics --create --topic orders --partitions 1\nkafka-topics --create --topic bills --partitions 1\n\
             app start billing --topic orders {options}\nwait 1s\n"
        ));
        let config = timeline.world().apps().get(&GroupId::from("billing")).unwrap().config.clone();
        let tried: Vec<&str> = points(&config).into_iter().map(CrashPoint::name).collect();
        // What the loop shows can be tried out.
        for piece in course(&config) {
            if let Piece::Gap { point, .. } = piece {
                assert!(tried.contains(&point.name()), "{}", point.name());
            }
        }
        (tried.len(), tried.iter().any(|name| name.ends_with("-offsets")))
    };
    assert_eq!(of(""), (8, false));
    assert_eq!(of("--to bills"), (8, false));
    assert_eq!(of("--to bills --client java --transactional-id shop"), (10, true));
}
