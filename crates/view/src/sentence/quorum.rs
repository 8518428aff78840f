//! What several controllers say: who is elected, who gives up, who learns that it is late.

use super::{Names, Sentence, SentenceKind};
use crate::words;
use millrace_broker::quorum::{Quorum, QuorumEvent};
use millrace_model::BrokerId;
use millrace_words::cluster as say;

/// That somebody stands for election in vain happens again and again.
pub(crate) fn is_notable(event: &QuorumEvent) -> bool {
    match event {
        QuorumEvent::LeaderElected { .. }
        | QuorumEvent::MajorityChecked { .. }
        | QuorumEvent::LeaderResigned { .. }
        | QuorumEvent::LeaderFenced { .. } => true,
        QuorumEvent::VoterChanged { .. }
        | QuorumEvent::CampaignPlanned { .. }
        | QuorumEvent::CampaignLost { .. } => false,
    }
}

pub(super) fn sentence(event: &QuorumEvent, who: &str, names: &Names<'_>) -> Option<Sentence> {
    let name = |id: &BrokerId| names.actor(millrace_sim::Actor::Broker(*id));
    let all = names.world().quorum().map_or(0, |quorum: &Quorum| quorum.voters().len());
    let (kind, text) = match event {
        QuorumEvent::LeaderElected { leader, epoch, votes, .. } => {
            (SentenceKind::Broker, say::quorum_elects(&name(leader), epoch, &votes.len(), &all))
        }
        QuorumEvent::MajorityChecked { resigns_at: Some(at) } => {
            (SentenceKind::Problem, say::quorum_without_majority(&who, &words::time(*at)))
        }
        QuorumEvent::MajorityChecked { resigns_at: None } => {
            (SentenceKind::Broker, say::quorum_with_majority(&who))
        }
        QuorumEvent::LeaderResigned { leader, is_stopping: true, .. } => {
            (SentenceKind::Broker, say::quorum_successor(&name(leader)))
        }
        QuorumEvent::LeaderResigned { leader, is_stopping: false, .. } => {
            (SentenceKind::Problem, say::quorum_resigns(&name(leader)))
        }
        QuorumEvent::LeaderFenced { voter, epoch, by } => {
            (SentenceKind::Problem, say::quorum_fences(&name(voter), by, epoch))
        }
        QuorumEvent::VoterChanged { .. }
        | QuorumEvent::CampaignPlanned { .. }
        | QuorumEvent::CampaignLost { .. } => return None,
    };
    Sentence::new(kind, text)
}
