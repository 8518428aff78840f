//! Two branches of history beside each other: the same events with one setting changed.

use super::{Session, keep};
use leptos::prelude::*;
use millrace_model::config::consumer::{ConsumerConfig, GroupProtocol};
use millrace_model::{GroupId, Time};
use millrace_sim::{AppConfig, Branch, BranchId, Command, Moment};
use millrace_words::session as say;

/// Whose rebalances are shown, and what beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The group.
    pub group: GroupId,
    /// Another branch, on the same time.
    pub beside: Option<BranchId>,
}

/// What can be compared, each with what it is called: a value of `partition.assignment.strategy`, or the protocol.
pub const STRATEGIES: [(&str, &str); 5] = [
    ("range", "range (eager)"),
    ("roundrobin", "roundrobin (eager)"),
    ("sticky", "sticky (eager)"),
    ("cooperative-sticky", "cooperative-sticky"),
    ("consumer", "consumer protocol (KIP-848)"),
];

/// Sets how partitions are handed out. `consumer` is KIP-848's protocol, everything else a classic assignor.
pub fn set_strategy(config: &mut ConsumerConfig, strategy: &str) {
    if strategy == "consumer" {
        // With the other protocol this key may not be set, so it goes back to its default.
        let defaults = ConsumerConfig::defaults(millrace_model::Profile::default());
        config.group_protocol = GroupProtocol::Consumer;
        config.partition_assignment_strategy = defaults.partition_assignment_strategy;
    } else {
        config.group_protocol = GroupProtocol::Classic;
        config.partition_assignment_strategy = [strategy.into()].into();
    }
}

/// The same read: `range, cooperative-sticky` or `consumer protocol`.
pub fn strategy_of(config: &ConsumerConfig) -> String {
    match config.group_protocol {
        GroupProtocol::Consumer => "consumer protocol".to_owned(),
        GroupProtocol::Classic => config.partition_assignment_strategy.join(", "),
    }
}

/// Where a branch starts an application, and with which settings.
pub fn start_of<'a>(branch: &'a Branch, group: &GroupId) -> Option<(usize, &'a AppConfig, u32)> {
    branch.log().iter().enumerate().find_map(|(index, logged)| match &*logged.command {
        Command::StartApp { app, instances } if app.group == *group => Some((index, &**app, *instances)),
        _ => None,
    })
}

impl Session {
    /// Shows a group's rebalances; again, and they are put away.
    pub fn show_story(self, group: &GroupId) {
        let shown = self.story.with_untracked(|story| story.as_ref().map(|story| story.group.clone()));
        let is_shown = shown.as_ref() == Some(group);
        self.is_used.set(true);
        self.story.set((!is_shown).then(|| Story { group: group.clone(), beside: None }));
    }

    /// Tells the history of the stage once more with that group's partitions handed out otherwise, and shows both beside
    /// each other. The playhead stays where it is.
    pub fn compare(self, group: &GroupId, strategy: &str) {
        let here = self.with(|timeline| timeline.moment());
        let instead = self.with(|timeline| {
            let (index, app, instances) = start_of(timeline.branch(), group)?;
            let mut app = app.clone();
            set_strategy(&mut app.consumer, strategy);
            Some((index, Command::StartApp { app: Box::new(app), instances }))
        });
        let Some((index, instead)) = instead else {
            self.refuse(say::was_started_before_this_history(&group));
            return;
        };
        self.pause();
        let line = self.print(&instead);
        let told = self.change(None, |timeline| {
            let told = timeline.retell(index, instead);
            timeline.go_to(Moment { ..here });
            Some(told)
        });
        match told {
            Some(Ok(beside)) => {
                self.story.set(Some(Story { group: group.clone(), beside: Some(beside) }));
                self.same_as.set(line);
                keep::remember(self);
            }
            Some(Err(refusal)) => self.refuse(refusal.to_string()),
            None => {}
        }
    }

    /// The branch whose stage is shown beside the one that is played.
    pub fn beside(self) -> Option<BranchId> {
        self.both.get().checked_sub(1).map(BranchId)
    }

    /// Shows another branch's stage beside the one that is played; none: the one stage again.
    pub fn put_on_both_stages(self, branch: Option<BranchId>) {
        let number = branch.map_or(0, |branch| branch.0.saturating_add(1));
        if self.both.get_untracked() != number {
            self.both.set(number);
        }
    }

    /// Goes to another branch at a time; beyond its end it goes on up to there.
    pub fn switch_to(self, id: BranchId, at: Time) {
        self.pause();
        self.change((), |timeline| {
            let end = timeline.branches().into_iter().find(|branch| branch.id == id);
            let end =
                end.map(|branch| Moment { branch: id, step: branch.step_count(), at: branch.frontier() });
            if end.is_some_and(|end| timeline.go_to(end)) {
                timeline.follow(at, usize::MAX);
            }
        });
        keep::remember(self);
    }

    /// Shows another branch that is there already.
    pub fn put_beside(self, branch: Option<BranchId>) {
        self.story.update(|story| {
            if let Some(story) = story {
                story.beside = branch;
            }
        });
    }
}
