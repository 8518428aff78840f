//! A rebalance as a story: who is asked to join again, who gives up what, how long nothing is read, what comes of it.
//!
//! Derived from a branch's trace alone, so that two branches can be told side by side; [`Stories`] collects, this file
//! says what a story is. A story may have several rounds (the cooperative protocol needs two): it ends when the group is
//! Stable and every member has taken what it shall have.

mod alike;
mod collect;
mod course;
mod pause;
mod tell;

pub use alike::alike;
pub use collect::Stories;
pub use course::Course;
pub use pause::Pause;
pub use tell::{summary, tell};

use crate::words;
use millrace_model::{GroupId, Span, Time, TopicPartition};
use millrace_words::rebalances as say;
use std::sync::Arc;

/// One rebalance of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebalance {
    /// The group.
    pub group: GroupId,
    /// Why, in Kafka's words.
    pub reason: String,
    /// When the coordinator began it.
    pub from: Time,
    /// When the last member had taken its partitions; none while that is to come.
    pub until: Option<Time>,
    /// True under the consumer protocol (KIP-848), which has epochs instead of generations.
    pub is_modern: bool,
    /// The generation or the group epoch that came of it.
    pub number: i32,
    /// Rounds of JoinGroup, or group epochs.
    pub rounds: u32,
    /// What the group went through, without gaps.
    pub phases: Vec<Phase>,
    /// Its members in the order in which they came, with what each did.
    pub lanes: Vec<Lane>,
    /// The story in sentences.
    pub told: Vec<Told>,
    /// Partitions that were taken away from a member, counted once each time.
    pub revocations: u32,
}

/// One phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// What the group does.
    pub kind: PhaseKind,
    /// Since when.
    pub from: Time,
    /// Until when; none while it lasts.
    pub until: Option<Time>,
    /// The step that began it.
    pub step: u64,
}

/// What a group does in a phase, under Kafka's names of its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhaseKind {
    /// Classic: waits for its members to join (again).
    PreparingRebalance,
    /// Classic: waits for the leader's assignment.
    CompletingRebalance,
    /// Consumer protocol: the target assignment is to be computed.
    Assigning,
    /// Consumer protocol: members are on their way to the target.
    Reconciling,
    /// Stable for the coordinator, but not every member has taken its partitions.
    Settling,
}

/// One member in a rebalance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its `client.id`.
    pub member: Arc<str>,
    /// When it read what, in order; between two of them, nothing.
    pub stretches: Vec<Stretch>,
    /// What happened to it.
    pub moves: Vec<Move>,
}

/// A time in which a member owned the same partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Since when.
    pub from: Time,
    /// Until when; none while it lasts.
    pub until: Option<Time>,
    /// Which; never none.
    pub partitions: Arc<[TopicPartition]>,
}

/// Something that happened to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// When.
    pub at: Time,
    /// The step that did it.
    pub step: u64,
    /// What.
    pub kind: MoveKind,
    /// Which partitions, as text: `orders-0 and orders-1`.
    pub partitions: String,
}

/// What happened to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MoveKind {
    /// It learnt that it has to join again.
    Asked,
    /// It came, or joined again.
    Joined,
    /// It gave partitions up.
    Revoked,
    /// It took partitions.
    Assigned,
    /// Its partitions belong to others already.
    Lost,
    /// It is out.
    Out,
    /// Its process was killed or stands still.
    Down,
}

/// A sentence of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Time,
    /// The step that did it.
    pub step: u64,
    /// The sentence.
    pub text: String,
}

/// A time in which the same number of partitions had no reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Still {
    /// Since when.
    pub from: Time,
    /// Until when; none while it lasts.
    pub until: Option<Time>,
    /// How many partitions nobody reads.
    pub stopped: usize,
    /// How many the group has read so far.
    pub of: usize,
    /// The step that began it.
    pub step: u64,
}

impl Still {
    /// True if nobody reads anything.
    pub fn is_all(&self) -> bool {
        self.stopped == self.of
    }
}

impl PhaseKind {
    /// Kafka's name of the state.
    pub fn name(self) -> &'static str {
        match self {
            PhaseKind::PreparingRebalance => "PreparingRebalance",
            PhaseKind::CompletingRebalance => "CompletingRebalance",
            PhaseKind::Assigning => "Assigning",
            PhaseKind::Reconciling => "Reconciling",
            PhaseKind::Settling => "Stable",
        }
    }

    /// What that means.
    pub fn says(self) -> &'static str {
        match self {
            PhaseKind::PreparingRebalance => say::waits_for_its_members_to(),
            PhaseKind::CompletingRebalance => say::waits_for_the_leaders_assignment(),
            PhaseKind::Assigning => say::the_coordinator_computes_the_target(),
            PhaseKind::Reconciling => say::members_give_up_and_take(),
            PhaseKind::Settling => say::the_assignment_is_on_its(),
        }
    }
}

impl MoveKind {
    /// A word for it.
    pub fn word(self) -> &'static str {
        match self {
            MoveKind::Asked => say::asked_to_join_again(),
            MoveKind::Joined => say::joined_here(),
            MoveKind::Revoked => say::gave_up(),
            MoveKind::Assigned => say::took(),
            MoveKind::Lost => say::lost(),
            MoveKind::Out => say::out(),
            MoveKind::Down => say::down(),
        }
    }
}

impl Rebalance {
    /// How long it took; until `now` if it goes on.
    pub fn took(&self, now: Time) -> Span {
        self.until.unwrap_or(now.max(self.from)).since(self.from)
    }

    /// How many partitions another member reads after it than before: those that nobody read before count, too.
    pub fn moved(&self) -> usize {
        let moved = |lane: &Lane| {
            let owned = |tp: &TopicPartition| {
                let before = lane.stretches.iter().take_while(|stretch| stretch.from <= self.from);
                before.into_iter().any(|stretch| stretch.partitions.contains(tp))
            };
            let now = lane.stretches.last().filter(|stretch| stretch.until.is_none());
            now.map_or(0, |stretch| stretch.partitions.iter().filter(|tp| !owned(tp)).count())
        };
        self.lanes.iter().map(moved).sum()
    }

    /// `generation 4` or `epoch 4`.
    pub fn outcome(&self) -> String {
        if self.is_modern { say::epoch_n(&self.number) } else { say::generation_n(&self.number) }
    }

    /// `billing · generation 4 · 3.1 s · 2 rounds`.
    pub fn title(&self, now: Time) -> String {
        let rounds = if self.rounds > 1 {
            format!(" · {}", words::many(self.rounds, "round"))
        } else {
            String::new()
        };
        let lasts = if self.until.is_some() { say::took_here() } else { say::so_far() };
        say::a_(&self.group, &self.outcome(), &lasts, &words::span(self.took(now)), &rounds)
    }
}
