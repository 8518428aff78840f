//! One change of one partition (`PartitionChangeBuilder`): from the in-sync replicas and replicas that are wanted to a leader.

use millrace_model::protocol::{LeaderRecoveryState, PartitionChange, PartitionRegistration};
use millrace_model::{BrokerId, TopicPartition};

/// Which leader is wanted (`PartitionChangeBuilder.Election`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Election {
    /// The first replica, if it may; else anyone who may.
    Preferred,
    /// The present one, else the first who may.
    Online,
    /// As online, and if nobody may, the first who is alive.
    Unclean,
}

/// A change under way: targets that begin as what there is.
pub(super) struct ChangeBuilder<'a> {
    partition: &'a PartitionRegistration,
    tp: TopicPartition,
    is_acceptable: &'a dyn Fn(BrokerId) -> bool,
    min_isr: usize,
    pub election: Election,
    pub elr_enabled: bool,
    pub target_isr: Vec<BrokerId>,
    pub target_replicas: Vec<BrokerId>,
    pub target_removing: Vec<BrokerId>,
    pub target_adding: Vec<BrokerId>,
    pub target_recovery: LeaderRecoveryState,
    /// Who has lost what was in its memory only (KIP-966).
    pub unclean_shutdown: Option<BrokerId>,
    target_elr: Vec<BrokerId>,
}

/// Who leads now, and whether something may be lost with that.
struct Elected {
    leader: Option<BrokerId>,
    unclean: bool,
}

impl<'a> ChangeBuilder<'a> {
    pub fn new(
        partition: &'a PartitionRegistration,
        tp: TopicPartition,
        is_acceptable: &'a dyn Fn(BrokerId) -> bool,
        min_isr: usize,
    ) -> ChangeBuilder<'a> {
        ChangeBuilder {
            partition,
            tp,
            is_acceptable,
            min_isr,
            election: Election::Online,
            elr_enabled: false,
            target_isr: partition.isr.clone(),
            target_replicas: partition.replicas.clone(),
            target_removing: partition.removing_replicas.clone(),
            target_adding: partition.adding_replicas.clone(),
            target_recovery: partition.leader_recovery_state,
            unclean_shutdown: None,
            target_elr: partition.elr.clone(),
        }
    }

    /// The change; `None` if nothing changes.
    pub fn build(mut self) -> Option<PartitionChange> {
        let mut change = PartitionChange::new(self.tp.clone());
        self.complete_reassignment();
        self.find_elr();
        self.elect(&mut change);
        // Who is not a replica any more must not go on believing in the old epoch.
        let old = self.partition;
        if change.leader.is_none() && !contains_all(&self.target_replicas, &old.replicas) {
            change.leader = Some(old.leader);
        }
        if change.isr.is_some() || !self.elr_enabled {
            self.target_elr.clear();
        }
        change.elr = differing(&self.target_elr, &old.elr);
        // Without eligible leader replicas the last one stays, leader or not: else nobody could ever be elected cleanly.
        if change.isr.is_none() && (self.elr_enabled || !self.target_isr.is_empty()) {
            change.isr = differing(&self.target_isr, &old.isr);
        }
        self.remember_last_leader(&mut change);
        change.replicas =
            differing(&self.target_replicas, &old.replicas).filter(|replicas| !replicas.is_empty());
        change.removing_replicas = differing(&self.target_removing, &old.removing_replicas);
        change.adding_replicas = differing(&self.target_adding, &old.adding_replicas);
        if self.target_recovery != old.leader_recovery_state {
            change.leader_recovery_state = Some(self.target_recovery);
        }
        (!change.is_no_op()).then_some(change)
    }

    /// `maybeCompleteReassignment`: everybody who shall be there is in sync.
    fn complete_reassignment(&mut self) {
        if self.target_removing.is_empty() && self.target_adding.is_empty() {
            return;
        }
        let stays = |replica: &&BrokerId| !self.target_removing.contains(replica);
        let isr: Vec<BrokerId> = self.target_isr.iter().filter(stays).copied().collect();
        let replicas: Vec<BrokerId> = self.target_replicas.iter().filter(stays).copied().collect();
        if isr.is_empty() || replicas.is_empty() || !contains_all(&isr, &replicas) {
            return;
        }
        self.target_isr = isr;
        self.target_replicas = replicas;
        self.target_removing.clear();
        self.target_adding.clear();
    }

    /// `maybePopulateTargetElr`.
    fn find_elr(&mut self) {
        if !self.elr_enabled {
            return;
        }
        if self.target_isr.len() >= self.min_isr {
            self.target_elr.clear();
            return;
        }
        let mut candidates = self.target_elr.clone();
        add_all(&mut candidates, &self.partition.isr);
        // Java keeps them in a HashSet of small numbers: in their order.
        candidates.sort();
        let isr = &self.target_isr;
        let elr = candidates.iter().filter(|r| !isr.contains(r) && self.unclean_shutdown != Some(**r));
        self.target_elr = elr.copied().collect();
    }

    /// `maybeUpdateLastKnownLeader`: who led when the last one fell out of sync may lead again if nobody is left who is known to
    /// have everything. `lastKnownElr` holds that one only (`useLastKnownLeaderInBalancedRecovery`, which nothing turns off).
    fn remember_last_leader(&self, change: &mut PartitionChange) {
        if !self.elr_enabled {
            return;
        }
        let old = self.partition;
        let has_leader = change.leader.unwrap_or(old.leader).is_some();
        if change.isr.as_ref().is_some_and(Vec::is_empty)
            && let Some(last) = old.leader
        {
            change.last_known_elr = differing(&[last], &old.last_known_elr);
        } else if has_leader && !old.last_known_elr.is_empty() {
            change.last_known_elr = Some(Vec::new());
        }
    }

    /// `canElectLastKnownLeader`. The recorded snapshot does not ask whether that one is alive; a leader that is fenced can then
    /// be taken its leadership without being remembered, and nobody leads ever again (KAFKA-19522).
    fn last_known_leader(&self) -> Option<BrokerId> {
        let nobody_else = self.elr_enabled && self.target_elr.is_empty() && self.target_isr.is_empty();
        match self.partition.last_known_elr.as_slice() {
            [last] if nobody_else && (self.is_acceptable)(*last) => Some(*last),
            _ => None,
        }
    }

    fn is_valid(&self, replica: BrokerId) -> bool {
        let is_in_sync = self.target_isr.contains(&replica)
            || (self.target_isr.is_empty() && self.target_elr.contains(&replica));
        is_in_sync && (self.is_acceptable)(replica)
    }

    fn elected(&self) -> Elected {
        let clean = |leader| Elected { leader: Some(leader), unclean: false };
        let present = self.partition.leader.filter(|leader| self.is_valid(*leader));
        let preferred = self.target_replicas.first().copied().filter(|first| self.is_valid(*first));
        let first = match self.election {
            Election::Preferred => preferred.or(present),
            Election::Online | Election::Unclean => present,
        };
        let any = || self.target_replicas.iter().copied().find(|replica| self.is_valid(*replica));
        if let Some(leader) = first.or_else(any) {
            return clean(leader);
        }
        if let Some(leader) = self.last_known_leader() {
            return Elected { leader: Some(leader), unclean: true };
        }
        let alive = || self.target_replicas.iter().copied().find(|replica| (self.is_acceptable)(*replica));
        if self.election == Election::Unclean
            && let Some(leader) = alive()
        {
            return Elected { leader: Some(leader), unclean: true };
        }
        Elected { leader: None, unclean: false }
    }

    fn elect(&mut self, change: &mut PartitionChange) {
        let elected = self.elected();
        if elected.leader == self.partition.leader {
            return;
        }
        change.leader = Some(elected.leader);
        let Some(leader) = elected.leader else { return };
        if self.target_elr.contains(&leader) {
            self.target_isr = vec![leader];
            self.target_elr.retain(|replica| *replica != leader);
        }
        if elected.unclean {
            // Everybody else may know more: what they know is lost.
            change.isr = Some(vec![leader]);
            if self.partition.leader_recovery_state != LeaderRecoveryState::Recovering {
                change.leader_recovery_state = Some(LeaderRecoveryState::Recovering);
                self.target_recovery = self.partition.leader_recovery_state;
            }
        }
    }
}

fn contains_all(all: &[BrokerId], some: &[BrokerId]) -> bool {
    some.iter().all(|one| all.contains(one))
}

fn add_all(to: &mut Vec<BrokerId>, some: &[BrokerId]) {
    for one in some {
        if !to.contains(one) {
            to.push(*one);
        }
    }
}

fn differing(target: &[BrokerId], old: &[BrokerId]) -> Option<Vec<BrokerId>> {
    (target != old).then(|| target.to_vec())
}
