//! Marks on the time bar: what happened on a branch that is worth finding again.

use crate::boards;
use crate::words;
use millrace_broker as broker;
use millrace_broker::{
    ConsumerGroupChange, ConsumerGroupState, GroupChange, GroupState, MemberRemovedReason, RemovalReason,
};
use millrace_client::listener::{Fate, InstanceEvent};
use millrace_model::{GroupId, Map, Set, Time};
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Branch, BranchId, Command, Entry, Fact, Lifecycle};
use millrace_streams::{DropReason, TaskEvent};
use millrace_words::stage as say;
use std::sync::Arc;

/// Most marks that are kept; beyond it the oldest quarter goes (commands stay as long as there are others).
pub const MARKS: usize = 2_000;
/// Marks of one kind closer than this become one (a failing record stream would paint the bar solid).
const MERGE_MICROS: u64 = 50_000;

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When it happened, or began.
    pub at: Time,
    /// When it ended, for what takes time; none while it has not.
    pub until: Option<Time>,
    /// What kind of thing it is.
    pub kind: MarkKind,
    /// What happened, in a few words; empty for what was commanded. [`Mark::says`] has both.
    pub text: String,
    /// What was commanded.
    pub command: Option<Arc<Command>>,
    /// The step that did it: going there shows the moment after it.
    pub step: u64,
}

impl Mark {
    /// What happened, in a few words, or the line that was given.
    pub fn says(&self) -> String {
        match &self.command {
            Some(command) => words::cut(&crate::line_of(command)),
            None => self.text.clone(),
        }
    }
}

/// What kind of thing a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkKind {
    /// The learner did something.
    Command,
    /// A group rebalanced: a span.
    Rebalance,
    /// A listener method threw, or a task failed.
    Failure,
    /// A record became a dead letter.
    DeadLetter,
    /// A window took its last record.
    WindowClosed,
    /// A record came too late for its window.
    Dropped,
    /// A process was killed or froze.
    Crash,
    /// A member is out without having said goodbye.
    LeftOut,
    /// An alarm began to fire.
    Alarm,
}

/// Collects the marks of one branch; reads each step once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    branch: Option<BranchId>,
    read: usize,
    marks: Arc<Vec<Mark>>,
    /// The rebalances that are going on: since when.
    open: Map<GroupId, Time>,
    /// The applications: the groups of their retry topics' consumers get no marks of their own.
    apps: Set<GroupId>,
}

impl Marks {
    /// Reads the steps that it has not read yet; another branch than before begins anew. Returns how many marks were
    /// added or changed.
    pub fn read(&mut self, branch: &Branch) -> usize {
        if self.branch != Some(branch.id) || branch.steps().len() < self.read {
            *self = Marks { branch: Some(branch.id), ..Marks::default() };
        }
        let mut changed = 0;
        for (index, step) in branch.steps().iter().enumerate().skip(self.read) {
            let who = step.entries.first().and_then(whom);
            for entry in step.entries.iter() {
                changed += usize::from(self.look_at(entry, who.as_deref(), index as u64 + 1));
            }
        }
        self.read = branch.steps().len();
        changed
    }

    /// The marks in the order of their beginnings.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    fn look_at(&mut self, entry: &Entry, who: Option<&str>, step: u64) -> bool {
        if let Fact::Commanded(command) = &entry.fact
            && let Command::StartApp { app, .. } = &**command
        {
            self.apps.insert(app.group.clone());
        }
        if let Fact::Broker(broker::Event::Group { group, .. }) = &entry.fact
            && self.is_of_retries(group)
        {
            return false;
        }
        if let Fact::Broker(broker::Event::Group {
            group,
            change: GroupChange::StateChanged { to, .. },
            ..
        }) = &entry.fact
        {
            return self.state_changed(group, *to, entry.at, step);
        }
        if let Fact::Broker(broker::Event::Group {
            group,
            change: GroupChange::Consumer(ConsumerGroupChange::StateChanged { to, .. }),
            ..
        }) = &entry.fact
        {
            let to = match to {
                ConsumerGroupState::Assigning | ConsumerGroupState::Reconciling => {
                    GroupState::PreparingRebalance
                }
                ConsumerGroupState::Stable => GroupState::Stable,
                ConsumerGroupState::Empty => GroupState::Empty,
                ConsumerGroupState::Dead => GroupState::Dead,
            };
            return self.state_changed(group, to, entry.at, step);
        }
        let Some((kind, text)) = of_entry(entry, who.unwrap_or(say::a_process())) else { return false };
        let command = match &entry.fact {
            Fact::Commanded(command) => Some(command.clone()),
            _ => None,
        };
        self.add(Mark { at: entry.at, until: None, kind, text, command, step });
        true
    }

    fn is_of_retries(&self, group: &GroupId) -> bool {
        let rest = self.apps.iter().filter_map(|app| group.as_str().strip_prefix(app.as_str()));
        rest.into_iter().any(|suffix| suffix.starts_with("-retry"))
    }

    fn state_changed(&mut self, group: &GroupId, to: GroupState, at: Time, step: u64) -> bool {
        match to {
            GroupState::PreparingRebalance if !self.open.contains_key(group) => {
                self.open.insert(group.clone(), at);
                let text = say::rebalances(&group);
                self.add(Mark { at, until: None, kind: MarkKind::Rebalance, text, command: None, step });
                true
            }
            GroupState::PreparingRebalance | GroupState::CompletingRebalance => false,
            GroupState::Stable | GroupState::Empty | GroupState::Dead => {
                let Some(began) = self.open.remove(group) else { return false };
                let text = say::rebalances(&group);
                let marks = Arc::make_mut(&mut self.marks);
                let is_it = |m: &&mut Mark| m.kind == MarkKind::Rebalance && m.at == began && m.text == text;
                let Some(mark) = marks.iter_mut().rev().find(is_it) else { return false };
                mark.until = Some(at);
                mark.text = match to {
                    GroupState::Stable => say::rebalanced_in(&group, &words::span(at.since(began))),
                    _ => say::has_no_members_left(&group),
                };
                true
            }
        }
    }

    fn add(&mut self, mark: Mark) {
        let marks = Arc::make_mut(&mut self.marks);
        if mark.kind != MarkKind::Command && mark.kind != MarkKind::Rebalance {
            let near =
                marks.iter().rev().take(8).any(|m| {
                    m.kind == mark.kind && m.text == mark.text && mark.at.since(m.at).0 < MERGE_MICROS
                });
            if near {
                return;
            }
        }
        marks.push(mark);
        if marks.len() > MARKS {
            let mut left = MARKS / 4;
            marks.retain(|mark| {
                let goes = left > 0 && mark.kind != MarkKind::Command;
                left -= usize::from(goes);
                !goes
            });
            if marks.len() > MARKS {
                marks.drain(..MARKS / 4);
            }
        }
    }
}

/// The process that a command is about: `billing/c1`.
fn whom(entry: &Entry) -> Option<String> {
    let Fact::Commanded(command) = &entry.fact else { return None };
    match &**command {
        Command::Instance { group, name, .. } => Some(format!("{group}/{name}")),
        _ => None,
    }
}

fn of_entry(entry: &Entry, who: &str) -> Option<(MarkKind, String)> {
    match &entry.fact {
        Fact::Commanded(_) => Some((MarkKind::Command, String::new())),
        Fact::Alarmed(alarm) if alarm.is_firing => Some((MarkKind::Alarm, words::alarm(alarm))),
        Fact::Lifecycle(Lifecycle::Crashed) => Some((MarkKind::Crash, say::was_killed(&who))),
        Fact::Lifecycle(Lifecycle::Frozen) => Some((MarkKind::Crash, say::froze(&who))),
        Fact::Broker(broker::Event::Group {
            group,
            change: GroupChange::MemberRemoved { reason, .. },
            ..
        }) => {
            let why = match reason {
                RemovalReason::SessionTimeout => "session.timeout.ms",
                RemovalReason::RebalanceTimeout | RemovalReason::SyncTimeout => "max.poll.interval.ms",
                RemovalReason::Left(_) | RemovalReason::GroupFull => return None,
            };
            Some((MarkKind::LeftOut, say::left_a_member_out(&group, &why)))
        }
        Fact::Broker(broker::Event::Group {
            group,
            change: GroupChange::Consumer(ConsumerGroupChange::MemberRemoved { reason, .. }),
            ..
        }) => {
            let why = match reason {
                MemberRemovedReason::SessionTimeout => "group.consumer.session.timeout.ms",
                MemberRemovedReason::RebalanceTimeout => "max.poll.interval.ms",
                MemberRemovedReason::Left => return None,
            };
            Some((MarkKind::LeftOut, say::left_a_member_out(&group, &why)))
        }
        Fact::Instance(InstanceEvent::Handled(handled)) => {
            let failure = handled.failure.as_ref()?;
            let place = words::place(&failure.record.tp, failure.record.offset);
            Some((MarkKind::Failure, say::failed_place_simple_name(&place, &failure.exception.simple_name())))
        }
        Fact::Instance(InstanceEvent::Published { failure, to, .. }) => match &failure.fate {
            Fate::DeadLetter { .. } => {
                let (from, offset) = &failure.record.original;
                Some((MarkKind::DeadLetter, format!("{} → {}", words::place(from, *offset), to.0.topic)))
            }
            Fate::Retry { .. } | Fate::Skip | Fate::Redeliver { .. } => None,
        },
        Fact::Streams(StreamsEvent::Task { task, event }) => match event {
            TaskEvent::WindowClosed { window, .. } => {
                let window = boards::window_text(window.start.0, window.end.0);
                Some((MarkKind::WindowClosed, say::window_closed_in_task(&window, &task)))
            }
            TaskEvent::RecordDropped { timestamp, reason, .. } => {
                let why = match reason {
                    DropReason::LateWindow { .. }
                    | DropReason::LateSlidingWindow { .. }
                    | DropReason::LateSession { .. }
                    | DropReason::ExpiredSegment { .. } => say::came_late_for_its_window(),
                    DropReason::NullKey | DropReason::NullKeyOrValue | DropReason::NullJoinKeyOrValue => {
                        say::had_no_key_or_no()
                    }
                    DropReason::NullForeignKey => say::had_no_foreign_key(),
                    DropReason::ExpiredVersion => say::was_older_than_its_tables(),
                    DropReason::OutdatedChange => say::was_not_its_rows_newest(),
                    DropReason::LateForPattern { .. } => say::came_too_late_for_a(),
                    DropReason::Exception(_) => say::could_not_be_processed(),
                    DropReason::StaleResponse => say::came_for_a_value_that(),
                };
                Some((MarkKind::Dropped, say::a_record_of(&words::clock(*timestamp), &why)))
            }
            TaskEvent::TaskFailed { failure, .. } => {
                Some((MarkKind::Failure, say::task_failed(&task, &failure)))
            }
            _ => None,
        },
        _ => None,
    }
}
