//! What the quorum's events do to it. Nothing is decided here.

use super::{Quorum, QuorumEvent, VoterState};
use millrace_model::{BrokerId, Offset, Time};

impl Quorum {
    /// Takes an event in. Events come from [`Quorum::decide`] of the same state.
    pub fn apply(&mut self, event: &QuorumEvent) {
        match event {
            QuorumEvent::VoterChanged { voter, at, state, log_end } => {
                self.changed(*voter, *at, *state, *log_end);
            }
            QuorumEvent::CampaignPlanned { voter, at } => {
                self.rolls += 1;
                if let Some(voter) = self.voters.get_mut(voter) {
                    voter.campaigns_at = Some(*at);
                }
            }
            QuorumEvent::LeaderElected { leader, at, epoch, .. } => {
                (self.leader, self.epoch, self.since) = (Some(*leader), *epoch, *at);
                self.resigns_at = None;
                for (id, voter) in self.voters.iter_mut() {
                    if voter.state == VoterState::Running {
                        voter.leads = (id == leader).then_some(*epoch);
                        (voter.follows, voter.left, voter.campaigns_at) = (true, None, None);
                    }
                }
            }
            QuorumEvent::CampaignLost { voter, again_at, .. } => {
                self.rolls += 1;
                if let Some(voter) = self.voters.get_mut(voter) {
                    (voter.follows, voter.campaigns_at) = (false, Some(*again_at));
                }
            }
            QuorumEvent::MajorityChecked { resigns_at } => self.resigns_at = *resigns_at,
            QuorumEvent::LeaderResigned { leader, .. } => {
                (self.leader, self.resigns_at) = (None, None);
                for (id, voter) in self.voters.iter_mut() {
                    if voter.state == VoterState::Running {
                        voter.follows = false;
                    }
                    if id == leader {
                        voter.leads = None;
                    }
                }
            }
            QuorumEvent::LeaderFenced { voter, .. } => {
                if let Some(voter) = self.voters.get_mut(voter) {
                    voter.leads = None;
                }
            }
        }
    }

    fn changed(&mut self, id: BrokerId, at: Time, state: VoterState, log_end: Offset) {
        if self.leader == Some(id) && !state.is_up() {
            (self.leader, self.resigns_at) = (None, None);
        }
        let Some(voter) = self.voters.get_mut(&id) else { return };
        voter.state = state;
        voter.campaigns_at = None;
        if !state.is_up() {
            voter.leads = None;
        }
        match state {
            VoterState::Running => voter.follows = false,
            VoterState::Paused | VoterState::Stopped | VoterState::Crashed => {
                voter.left = voter.left.or(Some((at, log_end)));
            }
        }
        // Who runs while there is a leader reads on, the leader first.
        let Some(leader) = self.leader.filter(|leader| self.is_running(*leader)) else { return };
        for (other, voter) in self.voters.iter_mut() {
            if voter.state == VoterState::Running && (*other == id || id == leader) {
                (voter.follows, voter.left, voter.campaigns_at) = (true, None, None);
            }
        }
    }
}
