//! What brokers and their controller say to each other: BrokerRegistration (62), BrokerHeartbeat (63), AlterPartition (56),
//! ElectLeaders (43), AlterPartitionReassignments (45), ListPartitionReassignments (46), and the requests of administrators
//! that brokers forward (Envelope, 58).
//!
//! Clients' ElectLeaders and reassignments reach a broker as the same requests; it forwards them.

use super::alter::{ConfigChanges, ConfigResource};
use super::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteTopicsRequest, DeleteTopicsResponse,
};
use crate::{
    BrokerEpoch, BrokerId, BrokerInfo, ErrorCode, LeaderEpoch, Map, Offset, PartitionEpoch, TopicName,
    TopicPartition,
};
use std::sync::Arc;

/// Asked of the controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ControllerRequest {
    /// I have started.
    BrokerRegistration(BrokerRegistrationRequest),
    /// I am alive.
    BrokerHeartbeat(BrokerHeartbeatRequest),
    /// My partitions' in-sync replicas have changed.
    AlterPartition(AlterPartitionRequest),
    /// Elect leaders.
    ElectLeaders(ElectLeadersRequest),
    /// Move replicas, or stop moving them.
    AlterPartitionReassignments(AlterPartitionReassignmentsRequest),
    /// Which replicas are moving? `None` asks for all.
    ListPartitionReassignments(Option<Vec<TopicPartition>>),
    /// Forwarded for a client, with the replicas of those topics for which they are given (`--replica-assignment`): of each
    /// partition, the preferred leader first.
    CreateTopics(CreateTopicsRequest, Map<TopicName, Vec<Vec<BrokerId>>>),
    /// Forwarded for a client.
    CreatePartitions(CreatePartitionsRequest),
    /// Forwarded for a client.
    DeleteTopics(DeleteTopicsRequest),
    /// Forwarded for a client: settings of anything but a broker's own.
    IncrementalAlterConfigs(ConfigResource, ConfigChanges),
    /// Forwarded for a client: forget a broker (UnregisterBroker, 64).
    UnregisterBroker(BrokerId),
}

/// What the controller answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ControllerResponse {
    /// To [`ControllerRequest::BrokerRegistration`]: the new registration's epoch, or why not.
    BrokerRegistration(Result<BrokerEpoch, ErrorCode>),
    /// To [`ControllerRequest::BrokerHeartbeat`].
    BrokerHeartbeat(Result<BrokerHeartbeatResponse, ErrorCode>),
    /// To [`ControllerRequest::AlterPartition`].
    AlterPartition(AlterPartitionResponse),
    /// To [`ControllerRequest::ElectLeaders`]: in the order of the request; of all partitions, those that do not have the
    /// leader that was wanted already.
    ElectLeaders(Vec<(TopicPartition, ErrorCode, Option<Arc<str>>)>),
    /// To [`ControllerRequest::AlterPartitionReassignments`], in the order of the request.
    AlterPartitionReassignments(Vec<(TopicPartition, ErrorCode, Option<Arc<str>>)>),
    /// To [`ControllerRequest::ListPartitionReassignments`].
    ListPartitionReassignments(Vec<OngoingReassignment>),
    /// To [`ControllerRequest::CreateTopics`].
    CreateTopics(CreateTopicsResponse),
    /// To [`ControllerRequest::CreatePartitions`].
    CreatePartitions(CreatePartitionsResponse),
    /// To [`ControllerRequest::DeleteTopics`].
    DeleteTopics(DeleteTopicsResponse),
    /// To [`ControllerRequest::IncrementalAlterConfigs`].
    IncrementalAlterConfigs(ErrorCode, Option<Arc<str>>),
    /// To [`ControllerRequest::UnregisterBroker`].
    UnregisterBroker(ErrorCode, Option<Arc<str>>),
}

/// A broker has started and asks to be let in; it is fenced until it has caught up with the controller's log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerRegistrationRequest {
    /// Its number, address and rack.
    pub broker: BrokerInfo,
    /// Tells one life of a process from the next.
    pub incarnation: u64,
    /// The epoch under which its last life stopped cleanly, if it did (KIP-966); [`BrokerEpoch::NONE`] otherwise.
    pub previous_broker_epoch: BrokerEpoch,
}

/// A broker is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrokerHeartbeatRequest {
    /// Which broker.
    pub broker: BrokerId,
    /// Under which registration.
    pub broker_epoch: BrokerEpoch,
    /// How far it has read the controller's log: the offset of the last record.
    pub current_metadata_offset: Offset,
    /// It wants to be fenced, or to stay so.
    pub want_fence: bool,
    /// It wants to stop cleanly.
    pub want_shut_down: bool,
}

/// Where the controller sees a broker that is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BrokerHeartbeatResponse {
    /// It has read the record of its own registration.
    pub is_caught_up: bool,
    /// It is fenced: it leads nothing and clients do not see it.
    pub is_fenced: bool,
    /// It may stop now.
    pub should_shut_down: bool,
}

/// Whether a leader that was elected uncleanly has looked after its log yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaderRecoveryState {
    /// It has, or there was nothing to look after.
    #[default]
    Recovered,
    /// It was elected uncleanly and has not said anything since.
    Recovering,
}

/// A leader proposes new in-sync replicas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterPartitionRequest {
    /// The leader.
    pub broker: BrokerId,
    /// Under which registration.
    pub broker_epoch: BrokerEpoch,
    /// What it proposes.
    pub partitions: Vec<AlteredPartition>,
}

/// What a leader proposes for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlteredPartition {
    /// The partition.
    pub tp: TopicPartition,
    /// The epoch of the leadership.
    pub leader_epoch: LeaderEpoch,
    /// The number of the state that the proposal starts from.
    pub partition_epoch: PartitionEpoch,
    /// The new in-sync replicas, each with the epoch of the registration that the leader knows of
    /// ([`BrokerEpoch::NONE`]: not checked).
    pub new_isr: Vec<(BrokerId, BrokerEpoch)>,
    /// Whether the leader has recovered.
    pub leader_recovery_state: LeaderRecoveryState,
}

/// What the controller says to the proposals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterPartitionResponse {
    /// Of the whole: `STALE_BROKER_EPOCH`, `NOT_CONTROLLER` …
    pub error: ErrorCode,
    /// In the order of the request; each the state that holds now, or why not: `NOT_CONTROLLER`, `FENCED_LEADER_EPOCH`,
    /// `INVALID_REQUEST`, `INVALID_UPDATE_VERSION`, `INELIGIBLE_REPLICA`, `NEW_LEADER_ELECTED`,
    /// `UNKNOWN_TOPIC_OR_PARTITION`.
    pub partitions: Vec<(TopicPartition, Result<PartitionRegistration, ErrorCode>)>,
}

/// `--election-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElectionType {
    /// The first replica, if it is in sync.
    Preferred,
    /// Any replica that is alive, if there is no leader.
    Unclean,
}

/// Elect leaders.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ElectLeadersRequest {
    /// Which kind.
    pub election_type: ElectionType,
    /// Of which partitions; `None`: of all.
    pub partitions: Option<Vec<TopicPartition>>,
}

/// Move replicas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterPartitionReassignmentsRequest {
    /// Each partition with the replicas that it shall have; `None` cancels what is under way.
    pub partitions: Vec<(TopicPartition, Option<Vec<BrokerId>>)>,
}

/// Replicas on the move.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OngoingReassignment {
    /// The partition.
    pub tp: TopicPartition,
    /// All replicas now.
    pub replicas: Vec<BrokerId>,
    /// Of them, those that are coming.
    pub adding_replicas: Vec<BrokerId>,
    /// Of them, those that go.
    pub removing_replicas: Vec<BrokerId>,
}

/// Everything that the controller knows of one partition (`PartitionRegistration`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionRegistration {
    /// Every broker that holds a copy, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// The copies that are in sync, in the order in which they came.
    pub isr: Vec<BrokerId>,
    /// Replicas that a reassignment is taking away.
    pub removing_replicas: Vec<BrokerId>,
    /// Replicas that a reassignment is bringing.
    pub adding_replicas: Vec<BrokerId>,
    /// Out of sync, yet with everything that was acknowledged: they may lead (KIP-966).
    pub elr: Vec<BrokerId>,
    /// Those that fell out of `elr` by an unclean stop, and the last leader (KIP-966).
    pub last_known_elr: Vec<BrokerId>,
    /// The leader, if there is one.
    pub leader: Option<BrokerId>,
    /// Whether it has recovered.
    pub leader_recovery_state: LeaderRecoveryState,
    /// The number of its leadership.
    pub leader_epoch: LeaderEpoch,
    /// The number of this state.
    pub partition_epoch: PartitionEpoch,
}

impl ControllerRequest {
    /// Kafka's name of the API.
    pub fn api(&self) -> &'static str {
        match self {
            ControllerRequest::BrokerRegistration(..) => "BrokerRegistration",
            ControllerRequest::BrokerHeartbeat(..) => "BrokerHeartbeat",
            ControllerRequest::AlterPartition(..) => "AlterPartition",
            ControllerRequest::ElectLeaders(..) => "ElectLeaders",
            ControllerRequest::AlterPartitionReassignments(..) => "AlterPartitionReassignments",
            ControllerRequest::ListPartitionReassignments(..) => "ListPartitionReassignments",
            ControllerRequest::CreateTopics(..) => "CreateTopics",
            ControllerRequest::CreatePartitions(..) => "CreatePartitions",
            ControllerRequest::DeleteTopics(..) => "DeleteTopics",
            ControllerRequest::IncrementalAlterConfigs(..) => "IncrementalAlterConfigs",
            ControllerRequest::UnregisterBroker(..) => "UnregisterBroker",
        }
    }
}

impl ControllerResponse {
    /// Kafka's name of the API.
    pub fn api(&self) -> &'static str {
        match self {
            ControllerResponse::BrokerRegistration(..) => "BrokerRegistration",
            ControllerResponse::BrokerHeartbeat(..) => "BrokerHeartbeat",
            ControllerResponse::AlterPartition(..) => "AlterPartition",
            ControllerResponse::ElectLeaders(..) => "ElectLeaders",
            ControllerResponse::AlterPartitionReassignments(..) => "AlterPartitionReassignments",
            ControllerResponse::ListPartitionReassignments(..) => "ListPartitionReassignments",
            ControllerResponse::CreateTopics(..) => "CreateTopics",
            ControllerResponse::CreatePartitions(..) => "CreatePartitions",
            ControllerResponse::DeleteTopics(..) => "DeleteTopics",
            ControllerResponse::IncrementalAlterConfigs(..) => "IncrementalAlterConfigs",
            ControllerResponse::UnregisterBroker(..) => "UnregisterBroker",
        }
    }
}
