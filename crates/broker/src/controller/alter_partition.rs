//! AlterPartition (`ReplicationControlManager.alterPartition`): a leader proposes who is in sync; only the newest leader may,
//! from the newest state, and only brokers that are alive.

use super::{Controller, Draft};
use millrace_model::protocol::{
    AlterPartitionRequest, AlterPartitionResponse, AlteredPartition, LeaderRecoveryState, MetadataRecord,
    PartitionRegistration,
};
use millrace_model::{BrokerEpoch, BrokerId, ErrorCode};

impl Controller {
    pub(super) fn alter_partition(
        &self,
        request: &AlterPartitionRequest,
        draft: &mut Draft,
    ) -> AlterPartitionResponse {
        if let Err(error) = self.check_epoch(request.broker, request.broker_epoch) {
            draft.rejected("AlterPartition", &request.broker.to_string(), &(error, None));
            return AlterPartitionResponse { error, partitions: Vec::new() };
        }
        let mut partitions = Vec::with_capacity(request.partitions.len());
        for proposal in &request.partitions {
            let altered = self.alter_one(request.broker, proposal, draft);
            if let Err(error) = altered {
                draft.rejected("AlterPartition", &proposal.tp.to_string(), &(error, None));
            }
            partitions.push((proposal.tp.clone(), altered));
        }
        AlterPartitionResponse { error: ErrorCode::None, partitions }
    }

    fn alter_one(
        &self,
        broker: BrokerId,
        proposal: &AlteredPartition,
        draft: &mut Draft,
    ) -> Result<PartitionRegistration, ErrorCode> {
        let partition = self.partition(&proposal.tp).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        self.validate(broker, partition, proposal)?;
        let change =
            self.build_change(&proposal.tp, partition, &|replica| self.is_active(replica), |builder| {
                builder.target_isr = proposal.new_isr.iter().map(|(id, _)| *id).collect();
                builder.target_recovery = proposal.leader_recovery_state;
            });
        let Some(change) = change else { return Ok(partition.clone()) };
        let leader = change.leader;
        let altered = partition.merge(&change);
        draft.records.push(MetadataRecord::PartitionChange(Box::new(change)));
        // The change has completed a reassignment, and with it somebody else leads.
        if leader.is_some_and(|leader| leader != Some(broker)) {
            return Err(ErrorCode::NewLeaderElected);
        }
        Ok(altered)
    }

    fn validate(
        &self,
        broker: BrokerId,
        partition: &PartitionRegistration,
        proposal: &AlteredPartition,
    ) -> Result<(), ErrorCode> {
        if proposal.leader_epoch > partition.leader_epoch
            || proposal.partition_epoch > partition.partition_epoch
        {
            return Err(ErrorCode::NotController);
        }
        if proposal.leader_epoch < partition.leader_epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        if partition.leader != Some(broker) {
            return Err(ErrorCode::InvalidRequest);
        }
        if proposal.partition_epoch < partition.partition_epoch {
            return Err(ErrorCode::InvalidUpdateVersion);
        }
        let isr: Vec<BrokerId> = proposal.new_isr.iter().map(|(id, _)| *id).collect();
        let is_once = |(at, id): (usize, &BrokerId)| isr.iter().position(|other| other == id) == Some(at);
        let is_valid = isr.iter().all(|id| partition.replicas.contains(id))
            && isr.iter().enumerate().all(is_once)
            && isr.contains(&broker);
        let is_recovering = proposal.leader_recovery_state == LeaderRecoveryState::Recovering;
        let is_undone = is_recovering && partition.leader_recovery_state == LeaderRecoveryState::Recovered;
        if !is_valid || is_undone || (is_recovering && isr.len() > 1) {
            return Err(ErrorCode::InvalidRequest);
        }
        let is_eligible = |(id, epoch): &(BrokerId, BrokerEpoch)| {
            self.is_active(*id)
                && (*epoch == BrokerEpoch::NONE
                    || self.registrations.get(id).is_some_and(|known| known.broker_epoch == *epoch))
        };
        match proposal.new_isr.iter().all(is_eligible) {
            true => Ok(()),
            false => Err(ErrorCode::IneligibleReplica),
        }
    }
}
