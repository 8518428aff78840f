//! Requests and responses, one file an API, with the fields that the engine uses under Kafka's names.

mod admin;
mod alter;
mod cluster;
mod consumer_group;
mod coordinator;
mod fetch;
mod group;
mod list_offsets;
mod metadata;
mod metadata_log;
mod offsets;
mod produce;
mod txn;

pub use admin::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteTopicsRequest, DeleteTopicsResponse, NewTopic,
};
pub use alter::{AdminRequest, AdminResponse, ConfigChanges, ConfigResource, ResourceKind};
pub use cluster::{
    AlterPartitionReassignmentsRequest, AlterPartitionRequest, AlterPartitionResponse, AlteredPartition,
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest, ControllerRequest,
    ControllerResponse, ElectLeadersRequest, ElectionType, LeaderRecoveryState, OngoingReassignment,
    PartitionRegistration,
};
pub use consumer_group::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
pub use coordinator::{
    DescribeGroupsRequest, DescribeGroupsResponse, FindCoordinatorRequest, FindCoordinatorResponse,
};
pub use fetch::{
    FetchPartition, FetchRequest, FetchResponse, FetchedPartition, FollowerFetchPartition,
    FollowerFetchRequest, FollowerFetchResponse, FollowerFetchedPartition, IsolationLevel,
};
pub use group::{
    Assignment, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, JoinedMember,
    LeaveGroupRequest, LeaveGroupResponse, Subscription, SyncGroupRequest, SyncGroupResponse,
};
pub use list_offsets::{ListOffsetsRequest, ListOffsetsResponse, ListedOffset, OffsetSpec};
pub use metadata::{MetadataRequest, MetadataResponse};
pub use metadata_log::{MetadataDelta, MetadataRecord, PartitionChange};
pub use offsets::{
    CommittedOffset, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
};
pub use produce::{InTransaction, ProduceRequest, ProduceResponse, ProducedPartition};
pub use txn::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, EndTxnRequest, EndTxnResponse,
    FindTxnCoordinatorRequest, FindTxnCoordinatorResponse, InitProducerIdRequest, InitProducerIdResponse,
    TxnOffsetCommitRequest, TxnRequest, TxnResponse, WriteTxnMarkersRequest,
};

/// Anything a client asks a broker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// Which topics are there, who leads them?
    Metadata(MetadataRequest),
    /// Append these batches.
    Produce(ProduceRequest),
    /// Read from these positions.
    Fetch(FetchRequest),
    /// Which offset belongs to a timestamp, or to the start or end?
    ListOffsets(ListOffsetsRequest),
    /// Which broker coordinates this group?
    FindCoordinator(FindCoordinatorRequest),
    /// Let me into the group.
    JoinGroup(JoinGroupRequest),
    /// Here is (or: what is) the assignment.
    SyncGroup(SyncGroupRequest),
    /// I am alive.
    Heartbeat(HeartbeatRequest),
    /// I go.
    LeaveGroup(LeaveGroupRequest),
    /// Remember how far I am.
    OffsetCommit(OffsetCommitRequest),
    /// How far was the group?
    OffsetFetch(OffsetFetchRequest),
    /// I am alive, and more: the consumer protocol's one request (KIP-848).
    ConsumerGroupHeartbeat(ConsumerGroupHeartbeatRequest),
    /// Create topics.
    CreateTopics(CreateTopicsRequest),
    /// Add partitions.
    CreatePartitions(CreatePartitionsRequest),
    /// Delete topics.
    DeleteTopics(DeleteTopicsRequest),
    /// In which state is this group?
    DescribeGroups(DescribeGroupsRequest),
    /// Change or delete what is there.
    Admin(AdminRequest),
    /// What the controller decides: asked by a broker, or by a client for a broker to forward.
    Controller(Box<ControllerRequest>),
    /// What producers with an id ask.
    Txn(Box<TxnRequest>),
    /// A follower reads from its leader.
    FollowerFetch(Box<FollowerFetchRequest>),
}

/// What a broker answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Response {
    /// To [`Request::Metadata`].
    Metadata(MetadataResponse),
    /// To [`Request::Produce`]; none is sent for acks=0.
    Produce(ProduceResponse),
    /// To [`Request::Fetch`].
    Fetch(FetchResponse),
    /// To [`Request::ListOffsets`].
    ListOffsets(ListOffsetsResponse),
    /// To [`Request::FindCoordinator`].
    FindCoordinator(FindCoordinatorResponse),
    /// To [`Request::JoinGroup`].
    JoinGroup(JoinGroupResponse),
    /// To [`Request::SyncGroup`].
    SyncGroup(SyncGroupResponse),
    /// To [`Request::Heartbeat`].
    Heartbeat(HeartbeatResponse),
    /// To [`Request::LeaveGroup`].
    LeaveGroup(LeaveGroupResponse),
    /// To [`Request::OffsetCommit`].
    OffsetCommit(OffsetCommitResponse),
    /// To [`Request::OffsetFetch`].
    OffsetFetch(OffsetFetchResponse),
    /// To [`Request::ConsumerGroupHeartbeat`].
    ConsumerGroupHeartbeat(ConsumerGroupHeartbeatResponse),
    /// To [`Request::CreateTopics`].
    CreateTopics(CreateTopicsResponse),
    /// To [`Request::CreatePartitions`].
    CreatePartitions(CreatePartitionsResponse),
    /// To [`Request::DeleteTopics`].
    DeleteTopics(DeleteTopicsResponse),
    /// To [`Request::DescribeGroups`].
    DescribeGroups(DescribeGroupsResponse),
    /// To [`Request::Admin`].
    Admin(AdminResponse),
    /// To [`Request::Controller`].
    Controller(Box<ControllerResponse>),
    /// To [`Request::Txn`].
    Txn(Box<TxnResponse>),
    /// None will come: the connection broke, or was refused. Carries Kafka's name of the API that was asked.
    Disconnected(&'static str),
    /// To [`Request::FollowerFetch`].
    FollowerFetch(Box<FollowerFetchResponse>),
}

impl Request {
    /// Kafka's name of the API: `JoinGroup`.
    pub fn api(&self) -> &'static str {
        match self {
            Request::Metadata(_) => "Metadata",
            Request::Produce(_) => "Produce",
            Request::Fetch(_) => "Fetch",
            Request::ListOffsets(_) => "ListOffsets",
            Request::FindCoordinator(_) => "FindCoordinator",
            Request::JoinGroup(_) => "JoinGroup",
            Request::SyncGroup(_) => "SyncGroup",
            Request::Heartbeat(_) => "Heartbeat",
            Request::LeaveGroup(_) => "LeaveGroup",
            Request::OffsetCommit(_) => "OffsetCommit",
            Request::OffsetFetch(_) => "OffsetFetch",
            Request::ConsumerGroupHeartbeat(_) => "ConsumerGroupHeartbeat",
            Request::CreateTopics(_) => "CreateTopics",
            Request::CreatePartitions(_) => "CreatePartitions",
            Request::DeleteTopics(_) => "DeleteTopics",
            Request::DescribeGroups(_) => "DescribeGroups",
            Request::Admin(request) => request.api(),
            Request::Controller(request) => request.api(),
            Request::Txn(request) => request.api(),
            Request::FollowerFetch(_) => "Fetch",
        }
    }
}

impl Response {
    /// Kafka's name of the API: `JoinGroup`.
    pub fn api(&self) -> &'static str {
        match self {
            Response::Metadata(_) => "Metadata",
            Response::Produce(_) => "Produce",
            Response::Fetch(_) => "Fetch",
            Response::ListOffsets(_) => "ListOffsets",
            Response::FindCoordinator(_) => "FindCoordinator",
            Response::JoinGroup(_) => "JoinGroup",
            Response::SyncGroup(_) => "SyncGroup",
            Response::Heartbeat(_) => "Heartbeat",
            Response::LeaveGroup(_) => "LeaveGroup",
            Response::OffsetCommit(_) => "OffsetCommit",
            Response::OffsetFetch(_) => "OffsetFetch",
            Response::ConsumerGroupHeartbeat(_) => "ConsumerGroupHeartbeat",
            Response::CreateTopics(_) => "CreateTopics",
            Response::CreatePartitions(_) => "CreatePartitions",
            Response::DeleteTopics(_) => "DeleteTopics",
            Response::DescribeGroups(_) => "DescribeGroups",
            Response::Admin(answer) => answer.api,
            Response::Controller(response) => response.api(),
            Response::Txn(answer) => answer.api(),
            Response::Disconnected(api) => api,
            Response::FollowerFetch(_) => "Fetch",
        }
    }
}
