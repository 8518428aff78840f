//! Several controllers as one quorum (`KafkaRaftClient`): which of them is active, under which epoch, and who stands for
//! election when none is.
//!
//! ```text
//! let events = quorum.decide(now, &input, dice);      // thinks, cannot mutate
//! for event in &events { quorum.apply(event) }        // mutates, cannot fail
//! wake_at(quorum.next_timer());
//! ```
//!
//! The controllers' log is one here, [`crate::controller::Controller`]: it is not copied message by message. Who runs counts: a
//! majority elects, a majority has to run for anything to be written, and who comes back with an older log is not voted for.
//! Votes take no time and are never split; nobody campaigns into a higher epoch without a majority (KIP-996).

mod apply;
mod elect;
#[cfg(test)]
mod tests;

use millrace_model::{BrokerId, Map, Offset, Span, Time};

/// `controller.quorum.election.timeout.ms`: a voter that knows of no leader waits so long, and up to so long again, before it
/// stands for election.
pub const ELECTION_TIMEOUT: Span = Span::from_millis(1_000);
/// `controller.quorum.fetch.timeout.ms`: a voter that has not reached its leader for so long stands for election.
pub const FETCH_TIMEOUT: Span = Span::from_millis(2_000);
/// A leader that no majority has fetched from for so long resigns (`LeaderState.CHECK_QUORUM_TIMEOUT_FACTOR`, 1.5).
pub const CHECK_QUORUM_TIMEOUT: Span = Span::from_millis(3_000);
/// How long a leader holds a voter's fetch (`KafkaRaftClient.MAX_FETCH_WAIT_MS`): so much older may the last one be.
const MAX_FETCH_WAIT_MS: u64 = 500;
/// `controller.quorum.retry.backoff.ms`, by which the successors of a leader that stops stand back behind each other.
const RETRY_BACKOFF_MS: u64 = 20;

/// What the process of a controller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoterState {
    /// It takes part.
    Running,
    /// It stands still, and knows nothing of what happens meanwhile.
    Paused,
    /// It has stopped.
    Stopped,
    /// It was killed.
    Crashed,
}

impl VoterState {
    /// Whether there is a process.
    pub fn is_up(self) -> bool {
        matches!(self, VoterState::Running | VoterState::Paused)
    }
}

/// A controller as the quorum has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Voter {
    /// What its process does.
    pub state: VoterState,
    /// The epoch under which it takes itself for the active one; that may be over without its knowledge.
    pub leads: Option<u32>,
    /// It follows a leader that it takes for alive, and votes for nobody else (KIP-996).
    pub follows: bool,
    /// When it has last read the log, and up to which offset; none of one that reads on.
    pub left: Option<(Time, Offset)>,
    /// When it stands for election, if it hears of no leader before.
    pub campaigns_at: Option<Time>,
}

impl Voter {
    /// How far it has read a log that ends at `end`.
    pub fn log_end(&self, end: Offset) -> Offset {
        self.left.map_or(end, |(_, left)| left)
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quorum {
    voters: Map<BrokerId, Voter>,
    leader: Option<BrokerId>,
    epoch: u32,
    /// Since when.
    since: Time,
    /// When the leader resigns, if no majority reads from it before.
    resigns_at: Option<Time>,
    /// How often dice were rolled.
    rolls: u64,
}

/// What a quorum reacts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuorumInput {
    /// The process of a controller has begun, ended or stopped to do something.
    Changed {
        /// Which.
        voter: BrokerId,
        /// What it does now.
        state: VoterState,
        /// Where the log ends.
        log_end: Offset,
    },
    /// The moment that [`Quorum::next_timer`] named has come.
    Timer {
        /// Where the log ends.
        log_end: Offset,
    },
}

/// Something that happened in the quorum.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum QuorumEvent {
    /// A controller runs, stands still, or is gone.
    VoterChanged {
        /// Which.
        voter: BrokerId,
        /// When.
        at: Time,
        /// What it does now.
        state: VoterState,
        /// Where the log ends.
        log_end: Offset,
    },
    /// It will stand for election then, unless it hears of a leader before.
    CampaignPlanned {
        /// Who.
        voter: BrokerId,
        /// When.
        at: Time,
    },
    /// It was elected and is active from now on.
    LeaderElected {
        /// Who.
        leader: BrokerId,
        /// When.
        at: Time,
        /// Under which epoch.
        epoch: u32,
        /// Who has voted for it.
        votes: Vec<BrokerId>,
    },
    /// It stood for election, and no majority was there to vote for it.
    CampaignLost {
        /// Who.
        voter: BrokerId,
        /// How many have voted for it, itself included.
        votes: usize,
        /// How many it needs.
        majority: usize,
        /// When it tries again.
        again_at: Time,
    },
    /// No majority reads from the leader any more, or does again (`None`): then it resigns.
    MajorityChecked {
        /// When it resigns.
        resigns_at: Option<Time>,
    },
    /// The leader is none any more: it stops, or no majority reads from it.
    LeaderResigned {
        /// Who.
        leader: BrokerId,
        /// Of which epoch.
        epoch: u32,
        /// Whether it stops.
        is_stopping: bool,
    },
    /// Who took itself for the leader learns of a higher epoch.
    LeaderFenced {
        /// Who.
        voter: BrokerId,
        /// The epoch in which it was the leader.
        epoch: u32,
        /// The one that is now.
        by: u32,
    },
}

impl Quorum {
    /// Controllers that all run, the first of them active under epoch 1.
    pub fn new(voters: impl IntoIterator<Item = BrokerId>) -> Quorum {
        let voter = |id| {
            let new = Voter {
                state: VoterState::Running,
                leads: None,
                follows: true,
                left: None,
                campaigns_at: None,
            };
            (id, new)
        };
        let mut voters: Map<BrokerId, Voter> = voters.into_iter().map(voter).collect();
        let leader = voters.keys().next().copied();
        if let Some(first) = leader.and_then(|id| voters.get_mut(&id)) {
            first.leads = Some(1);
        }
        Quorum { voters, leader, epoch: 1, since: Time::ZERO, resigns_at: None, rolls: 0 }
    }

    /// The controllers, by number.
    pub fn voters(&self) -> &Map<BrokerId, Voter> {
        &self.voters
    }

    /// Which of them leads; it may stand still. None while there is none.
    pub fn leader(&self) -> Option<BrokerId> {
        self.leader
    }

    /// The number of the leadership, the last one while there is none.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// When that leadership has begun.
    pub fn since(&self) -> Time {
        self.since
    }

    /// How many make a majority.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }

    /// How many take part.
    pub fn running(&self) -> usize {
        self.voters.values().filter(|voter| voter.state == VoterState::Running).count()
    }

    /// The active controller, if it runs: who answers brokers.
    pub fn active(&self) -> Option<BrokerId> {
        self.leader.filter(|id| self.is_running(*id))
    }

    /// Whether what the active controller writes is committed now.
    pub fn can_commit(&self) -> bool {
        self.active().is_some() && self.running() >= self.majority()
    }

    /// Whether a controller takes part.
    pub fn is_running(&self, id: BrokerId) -> bool {
        self.voters.get(&id).is_some_and(|voter| voter.state == VoterState::Running)
    }

    /// The next moment at which something is to do; it may have come already.
    pub fn next_timer(&self) -> Option<Time> {
        let running = self.voters.values().filter(|voter| voter.state == VoterState::Running);
        running
            .filter_map(|voter| voter.campaigns_at)
            .chain(self.resigns_at.filter(|_| self.active().is_some()))
            .min()
    }
}
