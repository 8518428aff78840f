//! The starting scenes. Each is a script of the one language; a test runs them all.

use millrace_words::{Say, gallery as say};

/// Something to begin with.
#[derive(Clone, Copy, Debug)]
pub struct StartingScene {
    /// What it is called in English: its name in a file and in a saved history.
    pub title: &'static str,
    /// Its title.
    pub shown: Say,
    /// What there is to see, in one sentence.
    pub says: Say,
    /// Its script.
    pub script: &'static str,
    /// Whether time runs at once.
    pub runs: bool,
    /// A group and how its partitions are handed out in a second history of the same events, shown beside the first.
    pub beside: Option<(&'static str, &'static str)>,
    /// An application whose desk is open, and the tab that is looked at.
    pub desk: Option<(&'static str, &'static str)>,
}

/// All of them; the first one is what a first visit shows.
pub const SCENES: &[StartingScene] = &[
    StartingScene {
        title: "Orders, retries and windows",
        shown: say::orders_retries_and_windows,
        says: say::all_of_it_at_once,
        script: include_str!("../../../static/scenes/orders.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Keys and partitions",
        shown: say::keys_and_partitions,
        says: say::where_a_record_goes_and,
        script: include_str!("../../../static/scenes/keys.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "A crash in the group",
        shown: say::a_crash_in_the_group,
        says: say::a_consumer_dies_and_nobody,
        script: include_str!("../../../static/scenes/crash.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Eager beside cooperative",
        shown: say::eager_beside_cooperative,
        says: say::a_third_consumer_comes_in,
        script: include_str!("../../../static/scenes/eager-cooperative.mill"),
        runs: false,
        beside: Some(("billing", "cooperative-sticky")),
        desk: None,
    },
    StartingScene {
        title: "Retries into the dead letters",
        shown: say::retries_into_the_dead_letters,
        says: say::a_record_that_never_succeeds,
        script: include_str!("../../../static/scenes/retries.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Break it, mend it",
        shown: say::break_it_mend_it,
        says: say::a_service_that_cards_are,
        script: include_str!("../../../static/scenes/break-and-mend.mill"),
        runs: true,
        beside: None,
        desk: Some(("billing", "Services")),
    },
    StartingScene {
        title: "Three brokers",
        shown: say::three_brokers,
        says: say::a_leader_its_followers_and,
        script: include_str!("../../../static/scenes/brokers.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Late records",
        shown: say::late_records,
        says: say::event_time_stream_time_and,
        script: include_str!("../../../static/scenes/late.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Blank",
        shown: say::blank,
        says: say::one_broker_nothing_else,
        script: include_str!("../../../static/scenes/blank.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Loading;

    #[test]
    fn every_scene_runs_and_has_something_to_show() {
        for scene in SCENES {
            let timeline = Loading::at_once(scene.script).unwrap();
            let shown = millrace_view::text::world(timeline.world());
            assert!(
                timeline.undoable().is_none(),
                "{}: setting the scene is not the learner's deed",
                scene.title
            );
            if scene.title != "Blank" {
                assert!(shown.contains("orders"), "{}\n{shown}", scene.title);
            }
        }
    }

    #[test]
    fn the_first_scene_has_everything_on_stage_when_it_opens() {
        let timeline = Loading::at_once(SCENES[0].script).unwrap();
        let scene =
            millrace_view::scene(timeline.world(), millrace_view::Viewport { width: 900.0, is_touch: false });
        assert_eq!(
            (scene.topics.len(), scene.groups.len(), scene.retries.len(), scene.boards.len()),
            (1, 2, 1, 1)
        );
        assert!(scene.topics[0].lanes.iter().all(|lane| !lane.cells.is_empty()));
        assert!(scene.boards[0].rows.len() > 2, "windows are counted");
        assert!(scene.retries[0].stations.iter().any(|station| station.count > 0), "something has failed");
    }
}
