//! Which assignor a generation uses, and whether a joining member fits (`ClassicGroup.selectProtocol`).

use super::{Group, GroupState};
use crate::java_hash;
use millrace_model::protocol::Subscription;
use millrace_model::{ErrorCode, Map, MemberId};
use std::sync::Arc;

impl Group {
    /// May somebody with these assignors join? The first needs at least one; the others one that all members know.
    pub(super) fn supports_protocols(&self, protocols: &[(Arc<str>, Subscription)]) -> bool {
        if self.is(GroupState::Empty) {
            return !protocols.is_empty();
        }
        let known_by_all =
            |name: &str| self.members.values().all(|member| member.subscription(name).is_some());
        protocols.iter().any(|(name, _)| known_by_all(name))
    }

    /// Each member votes for the first of its assignors that all know; the most votes win. Equal votes are settled
    /// as in Kafka, by the order of the names in a Java hash map.
    pub(super) fn select_protocol(&self) -> Option<Arc<str>> {
        let known_by_all =
            |name: &Arc<str>| self.members.values().all(|member| member.subscription(name).is_some());
        let first = self.members.values().next()?;
        let candidates: Vec<&Arc<str>> =
            first.protocols.iter().map(|(name, _)| name).filter(|name| known_by_all(name)).collect();
        let mut votes: Map<&Arc<str>, usize> = Map::new();
        for member in self.members.values() {
            if let Some(name) = member.protocols.iter().map(|(name, _)| name).find(|n| candidates.contains(n))
            {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes
            .into_iter()
            .min_by_key(|(name, votes)| (std::cmp::Reverse(*votes), java_hash::hash_map_bucket(name)))
            .map(|(name, _)| Arc::clone(name))
    }

    /// Is that member in, and is it who it says it is? (`ClassicGroup.validateMember`)
    pub(super) fn validate_member(
        &self,
        id: &MemberId,
        instance: Option<&Arc<str>>,
    ) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            match self.static_members.get(instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(existing) if existing != id => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(id) { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }
}
