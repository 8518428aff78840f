//! The starting scenes. Each is a script of the one language; a test runs them all.

/// Something to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartingScene {
    /// Its title.
    pub title: &'static str,
    /// What there is to see, in one sentence.
    pub says: &'static str,
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
        says: "all of it at once: a log, a group that sometimes fails, counts per customer",
        script: include_str!("../../../static/scenes/orders.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Keys and partitions",
        says: "where a record goes, and why the same key always goes to the same place",
        script: include_str!("../../../static/scenes/keys.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "A crash in the group",
        says: "a consumer dies, and nobody knows until session.timeout.ms has passed",
        script: include_str!("../../../static/scenes/crash.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Eager beside cooperative",
        says: "a third consumer comes, in two histories of the same events: who stops reading, and for how long",
        script: include_str!("../../../static/scenes/eager-cooperative.mill"),
        runs: false,
        beside: Some(("billing", "cooperative-sticky")),
        desk: None,
    },
    StartingScene {
        title: "Retries into the dead letters",
        says: "a record that never succeeds, on its way through the retry topics",
        script: include_str!("../../../static/scenes/retries.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Break it, mend it",
        says: "a service that cards are charged through: break it, see the breaker open, mend it, and send the dead letters again",
        script: include_str!("../../../static/scenes/break-and-mend.mill"),
        runs: true,
        beside: None,
        desk: Some(("billing", "Services")),
    },
    StartingScene {
        title: "Late records",
        says: "event time, stream time and grace: what still counts and what falls out",
        script: include_str!("../../../static/scenes/late.mill"),
        runs: true,
        beside: None,
        desk: None,
    },
    StartingScene {
        title: "Blank",
        says: "one broker, nothing else",
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
