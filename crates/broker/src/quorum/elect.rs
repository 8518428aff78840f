//! Who stands for election when, who is elected, and when a leader gives up (`FollowerState`, `UnattachedState`,
//! `ProspectiveState`, `LeaderState`, `ResignedState`).

use super::{
    CHECK_QUORUM_TIMEOUT, ELECTION_TIMEOUT, FETCH_TIMEOUT, MAX_FETCH_WAIT_MS, Quorum, QuorumEvent,
    QuorumInput, RETRY_BACKOFF_MS, VoterState,
};
use millrace_model::{BrokerId, Dice, Offset, Span, Time};

/// A decision under way, with the state behind its own events.
struct Draft<'a> {
    quorum: Quorum,
    events: Vec<QuorumEvent>,
    now: Time,
    dice: &'a dyn Dice,
}

impl Quorum {
    /// What `input` comes to at `now`. Changes nothing: the owner applies the events.
    pub fn decide(&self, now: Time, input: &QuorumInput, dice: &dyn Dice) -> Vec<QuorumEvent> {
        let mut draft = Draft { quorum: self.clone(), events: Vec::new(), now, dice };
        match *input {
            QuorumInput::Changed { voter, state, log_end } => draft.changed(voter, state, log_end),
            QuorumInput::Timer { log_end } => draft.timer(log_end),
        }
        draft.events
    }

    /// Who votes for a controller: itself, and who knows of no leader and has read no further.
    fn votes_for(&self, candidate: BrokerId, log_end: Offset) -> Vec<BrokerId> {
        let end = |id: &BrokerId| self.voters.get(id).map_or(Offset(0), |voter| voter.log_end(log_end));
        let of = end(&candidate);
        let votes = self.voters.iter().filter(|(id, voter)| {
            let is_free = **id == candidate || !voter.follows;
            voter.state == VoterState::Running && is_free && end(id) <= of
        });
        votes.map(|(id, _)| *id).collect()
    }
}

impl Draft<'_> {
    fn push(&mut self, event: QuorumEvent) {
        self.quorum.apply(&event);
        self.events.push(event);
    }

    fn below(&self, sides: u64) -> Span {
        Span::from_millis(self.dice.below("quorum", self.quorum.rolls, sides))
    }

    /// `QuorumState.randomElectionTimeoutMs`
    fn election_timeout(&self) -> Span {
        ELECTION_TIMEOUT + self.below(ELECTION_TIMEOUT.as_millis())
    }

    fn running_but(&self, but: Option<BrokerId>) -> Vec<BrokerId> {
        let voters = self.quorum.voters.iter().filter(|(_, voter)| voter.state == VoterState::Running);
        voters.map(|(id, _)| *id).filter(|id| Some(*id) != but).collect()
    }

    fn plan(&mut self, voter: BrokerId, at: Time) {
        self.push(QuorumEvent::CampaignPlanned { voter, at });
    }

    fn changed(&mut self, voter: BrokerId, state: VoterState, log_end: Offset) {
        let was_active = self.quorum.active() == Some(voter);
        if was_active && state == VoterState::Stopped {
            let epoch = self.quorum.epoch;
            self.push(QuorumEvent::LeaderResigned { leader: voter, epoch, is_stopping: true });
        }
        self.push(QuorumEvent::VoterChanged { voter, at: self.now, state, log_end });
        match state {
            VoterState::Running => self.joined(voter),
            VoterState::Stopped if was_active => self.succeed(),
            VoterState::Crashed | VoterState::Paused if was_active => self.missed(),
            VoterState::Stopped | VoterState::Crashed | VoterState::Paused => {}
        }
        self.check_majority();
    }

    /// It runs again: it hears of the leader, or waits whether one is elected.
    fn joined(&mut self, voter: BrokerId) {
        let by = self.quorum.epoch;
        let led = self.quorum.voters.get(&voter).and_then(|voter| voter.leads);
        if let Some(epoch) = led.filter(|epoch| *epoch < by) {
            self.push(QuorumEvent::LeaderFenced { voter, epoch, by });
        }
        if self.quorum.active().is_none() {
            let at = self.now + self.election_timeout();
            self.plan(voter, at);
        }
    }

    /// The leader has named its successors (EndQuorumEpoch): one stands for election at once, the others behind it.
    fn succeed(&mut self) {
        for (n, voter) in (0_u32..).zip(self.running_but(None)) {
            let steps = n.checked_sub(1).map_or(0, |n| 1_u64.checked_shl(n).unwrap_or(u64::MAX));
            self.plan(voter, self.now + Span::from_millis(RETRY_BACKOFF_MS.saturating_mul(steps)));
        }
    }

    /// The leader does not answer any more: each notices by its own fetches.
    fn missed(&mut self) {
        for voter in self.running_but(None) {
            let since_last_fetch = self.below(MAX_FETCH_WAIT_MS);
            let wait = Span(FETCH_TIMEOUT.0.saturating_sub(since_last_fetch.0));
            self.plan(voter, self.now + wait);
        }
    }

    /// The leader counts who reads from it.
    fn check_majority(&mut self) {
        let Some(_) = self.quorum.active() else { return };
        let is_enough = self.quorum.running() >= self.quorum.majority();
        let resigns_at = match (is_enough, self.quorum.resigns_at) {
            (true, _) => None,
            (false, Some(at)) => Some(at),
            (false, None) => Some(self.now + CHECK_QUORUM_TIMEOUT),
        };
        if resigns_at != self.quorum.resigns_at {
            self.push(QuorumEvent::MajorityChecked { resigns_at });
        }
    }

    fn timer(&mut self, log_end: Offset) {
        if let Some(leader) = self.quorum.active()
            && self.quorum.resigns_at.is_some_and(|at| at <= self.now)
        {
            let epoch = self.quorum.epoch;
            self.push(QuorumEvent::LeaderResigned { leader, epoch, is_stopping: false });
            for voter in self.running_but(None) {
                let at = self.now + self.election_timeout();
                self.plan(voter, at);
            }
            return;
        }
        let is_due = |id: &BrokerId| {
            let voter = self.quorum.voters.get(id);
            voter.and_then(|voter| voter.campaigns_at).is_some_and(|at| at <= self.now)
        };
        let Some(voter) = self.running_but(None).into_iter().find(is_due) else { return };
        let votes = self.quorum.votes_for(voter, log_end);
        let majority = self.quorum.majority();
        if votes.len() >= majority {
            let epoch = self.quorum.epoch.saturating_add(1);
            self.push(QuorumEvent::LeaderElected { leader: voter, at: self.now, epoch, votes });
            self.check_majority();
        } else {
            let again_at = self.now + self.election_timeout();
            self.push(QuorumEvent::CampaignLost { voter, votes: votes.len(), majority, again_at });
        }
    }
}
