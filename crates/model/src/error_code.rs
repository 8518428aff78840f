//! The error codes of Kafka's protocol that the engine answers with (`org.apache.kafka.common.protocol.Errors`).

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $retriable:literal, $message:literal;)*) => {
        /// An error of Kafka's protocol; `None` is success.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            /// Success.
            #[default]
            None,
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// Every code, success first.
            pub const ALL: &'static [ErrorCode] = &[ErrorCode::None, $(ErrorCode::$variant,)*];

            /// Kafka's number on the wire.
            pub fn code(self) -> i16 {
                match self { ErrorCode::None => 0, $(ErrorCode::$variant => $code,)* }
            }

            /// Kafka's name: `ILLEGAL_GENERATION`.
            pub fn name(self) -> &'static str {
                match self { ErrorCode::None => "NONE", $(ErrorCode::$variant => $name,)* }
            }

            /// True if a client may send the same request again (`RetriableException`).
            pub fn is_retriable(self) -> bool {
                match self { ErrorCode::None => false, $(ErrorCode::$variant => $retriable,)* }
            }

            /// Kafka's own sentence.
            pub fn message(self) -> &'static str {
                let often = OFTEN.iter().find(|(code, _)| *code == self);
                often.map_or_else(|| self.sentence(), |(_, sentence)| sentence)
            }

            #[inline(never)]
            fn sentence(self) -> &'static str {
                match self { ErrorCode::None => "", $(ErrorCode::$variant => $message,)* }
            }
        }
    };
}

/// What members of groups are told in every first visit (KIP-394 makes every consumer join twice). The others are rare, and a
/// widget loads them later.
const OFTEN: [(ErrorCode, &str); 6] = [
    (
        ErrorCode::MemberIdRequired,
        "The group member needs to have a valid member id before actually entering a consumer group.",
    ),
    (ErrorCode::RebalanceInProgress, "The group is rebalancing, so a rejoin is needed."),
    (ErrorCode::UnknownMemberId, "The coordinator is not aware of this member."),
    (ErrorCode::IllegalGeneration, "Specified group generation id is not valid."),
    (ErrorCode::CoordinatorNotAvailable, "The coordinator is not available."),
    (ErrorCode::NotCoordinator, "This is not the correct coordinator."),
];

codes! {
    /// A reader asked for an offset that the log does not have.
    OffsetOutOfRange = 1, "OFFSET_OUT_OF_RANGE", false, "The requested offset is not within the range of offsets maintained by the server.";
    /// No such topic or partition here.
    UnknownTopicOrPartition = 3, "UNKNOWN_TOPIC_OR_PARTITION", true, "This server does not host this topic-partition.";
    /// The partition has no leader now.
    LeaderNotAvailable = 5, "LEADER_NOT_AVAILABLE", true, "There is no leader for this topic-partition as we are in the middle of a leadership election.";
    /// Asked the wrong broker.
    NotLeaderOrFollower = 6, "NOT_LEADER_OR_FOLLOWER", true, "For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.";
    /// Not answered in time.
    RequestTimedOut = 7, "REQUEST_TIMED_OUT", true, "The request timed out.";
    /// A record is larger than `max.message.bytes`.
    MessageTooLarge = 10, "MESSAGE_TOO_LARGE", false, "The request included a message larger than the max message size the server will accept.";
    /// A commit's metadata is longer than `offset.metadata.max.bytes`.
    OffsetMetadataTooLarge = 12, "OFFSET_METADATA_TOO_LARGE", false, "The committing offset data size is not valid.";
    /// The coordinator is still loading its log.
    CoordinatorLoadInProgress = 14, "COORDINATOR_LOAD_IN_PROGRESS", true, "The coordinator is loading and hence can't process requests.";
    /// There is no coordinator now.
    CoordinatorNotAvailable = 15, "COORDINATOR_NOT_AVAILABLE", true, "The coordinator is not available.";
    /// Another broker is the coordinator.
    NotCoordinator = 16, "NOT_COORDINATOR", true, "This is not the correct coordinator.";
    /// The topic's name is not allowed.
    InvalidTopicException = 17, "INVALID_TOPIC_EXCEPTION", false, "The request attempted to perform an operation on an invalid topic.";
    /// A batch is larger than `segment.bytes`.
    RecordListTooLarge = 18, "RECORD_LIST_TOO_LARGE", false, "The request included message batch larger than the configured segment size on the server.";
    /// Too few in-sync replicas for acks=all.
    NotEnoughReplicas = 19, "NOT_ENOUGH_REPLICAS", true, "Messages are rejected since there are fewer in-sync replicas than required.";
    /// A stale or unknown generation.
    IllegalGeneration = 22, "ILLEGAL_GENERATION", false, "Specified group generation id is not valid.";
    /// The members have no assignor in common.
    InconsistentGroupProtocol = 23, "INCONSISTENT_GROUP_PROTOCOL", false, "The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list.";
    /// The group's name is empty.
    InvalidGroupId = 24, "INVALID_GROUP_ID", false, "The group id is invalid.";
    /// The member is not (or no longer) in the group.
    UnknownMemberId = 25, "UNKNOWN_MEMBER_ID", false, "The coordinator is not aware of this member.";
    /// `session.timeout.ms` outside the broker's bounds.
    InvalidSessionTimeout = 26, "INVALID_SESSION_TIMEOUT", false, "The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms).";
    /// The group rebalances: join again.
    RebalanceInProgress = 27, "REBALANCE_IN_PROGRESS", false, "The group is rebalancing, so a rejoin is needed.";
    /// A record is older or younger than the topic allows.
    InvalidTimestamp = 32, "INVALID_TIMESTAMP", false, "The timestamp of the message is out of acceptable range.";
    /// The broker does not know this version of the request.
    UnsupportedVersion = 35, "UNSUPPORTED_VERSION", false, "The version of API is not supported.";
    /// The topic exists already.
    TopicAlreadyExists = 36, "TOPIC_ALREADY_EXISTS", false, "Topic with this name already exists.";
    /// The number of partitions is not allowed.
    InvalidPartitions = 37, "INVALID_PARTITIONS", false, "Number of partitions is below 1.";
    /// The replication factor is not allowed.
    InvalidReplicationFactor = 38, "INVALID_REPLICATION_FACTOR", false, "Replication factor is below 1 or larger than the number of available brokers.";
    /// A manual assignment of replicas is not allowed.
    InvalidReplicaAssignment = 39, "INVALID_REPLICA_ASSIGNMENT", false, "Replica assignment is invalid.";
    /// A setting has a wrong value.
    InvalidConfig = 40, "INVALID_CONFIG", false, "Configuration is invalid.";
    /// The request itself makes no sense.
    InvalidRequest = 42, "INVALID_REQUEST", false, "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.";
    /// A policy forbids it.
    PolicyViolation = 44, "POLICY_VIOLATION", false, "Request parameters do not satisfy the configured policy.";
    /// A batch of an idempotent producer is missing before this one.
    OutOfOrderSequenceNumber = 45, "OUT_OF_ORDER_SEQUENCE_NUMBER", false, "The broker received an out of order sequence number.";
    /// A batch that has been appended, and whose place is not remembered any more.
    DuplicateSequenceNumber = 46, "DUPLICATE_SEQUENCE_NUMBER", false, "The broker received a duplicate sequence number.";
    /// Another producer with the same id has taken over.
    InvalidProducerEpoch = 47, "INVALID_PRODUCER_EPOCH", false, "Producer attempted to produce with an old epoch.";
    /// A batch does not fit to what its transaction is doing.
    InvalidTxnState = 48, "INVALID_TXN_STATE", false, "The producer attempted a transactional operation in an invalid state.";
    /// The producer id does not belong to the transactional id.
    InvalidProducerIdMapping = 49, "INVALID_PRODUCER_ID_MAPPING", false, "The producer attempted to use a producer id which is not currently assigned to its transactional id.";
    /// `transaction.timeout.ms` is larger than `transaction.max.timeout.ms`.
    InvalidTransactionTimeout = 50, "INVALID_TRANSACTION_TIMEOUT", false, "The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms).";
    /// The last transaction is not complete yet.
    ConcurrentTransactions = 51, "CONCURRENT_TRANSACTIONS", true, "The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing.";
    /// A marker comes from a coordinator that was replaced.
    TransactionCoordinatorFenced = 52, "TRANSACTION_COORDINATOR_FENCED", false, "Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer.";
    /// Another part of the same request failed.
    OperationNotAttempted = 55, "OPERATION_NOT_ATTEMPTED", false, "The server did not attempt to execute this operation. This may happen for batched RPCs where some operations in the batch failed, preventing the broker from trying the rest.";
    /// The broker's disk (here: a named limit of the playground).
    KafkaStorageError = 56, "KAFKA_STORAGE_ERROR", true, "Disk error when trying to access log file on the disk.";
    /// The broker knows nothing of this producer any more.
    UnknownProducerId = 59, "UNKNOWN_PRODUCER_ID", false, "This exception is raised by the broker if it could not locate the producer metadata associated with the producerId in question. This could happen if, for instance, the producer's records were deleted because their retention time had elapsed. Once the last records of the producerId are removed, the producer's metadata is removed from the broker, and future appends by the producer will return this exception.";
    /// The group still has members.
    NonEmptyGroup = 68, "NON_EMPTY_GROUP", false, "The group is not empty.";
    /// No such group.
    GroupIdNotFound = 69, "GROUP_ID_NOT_FOUND", false, "The group id does not exist.";
    /// The leader epoch in the request is older than the broker's.
    FencedLeaderEpoch = 74, "FENCED_LEADER_EPOCH", true, "The leader epoch in the request is older than the epoch on the broker.";
    /// The leader epoch in the request is newer than the broker's.
    UnknownLeaderEpoch = 76, "UNKNOWN_LEADER_EPOCH", true, "The leader epoch in the request is newer than the epoch on the broker.";
    /// The coordinator has given the member its id: join again with it (KIP-394).
    MemberIdRequired = 79, "MEMBER_ID_REQUIRED", false, "The group member needs to have a valid member id before actually entering a consumer group.";
    /// `group.max.size` members are in already.
    GroupMaxSizeReached = 81, "GROUP_MAX_SIZE_REACHED", false, "The consumer group has reached its max size.";
    /// Another member holds this `group.instance.id`.
    FencedInstanceId = 82, "FENCED_INSTANCE_ID", false, "The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id.";
    /// The epoch of a member is not the one that the coordinator knows: give everything up and join again (KIP-848).
    FencedMemberEpoch = 110, "FENCED_MEMBER_EPOCH", false, "The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin.";
    /// Another member holds this `group.instance.id` and has not left (KIP-848).
    UnreleasedInstanceId = 111, "UNRELEASED_INSTANCE_ID", false, "The instance ID is still used by another member in the consumer group. That member must leave first.";
    /// `group.remote.assignor` names nothing that the broker has (KIP-848).
    UnsupportedAssignor = 112, "UNSUPPORTED_ASSIGNOR", false, "The assignor or its version range is not supported by the consumer group.";
    /// A commit or a fetch of commits carried an old epoch of the member (KIP-848).
    StaleMemberEpoch = 113, "STALE_MEMBER_EPOCH", false, "The member epoch is stale. The member must retry after receiving its updated member epoch via the ConsumerGroupHeartbeat API.";
    /// Offsets of a topic that the group reads cannot be deleted.
    GroupSubscribedToTopic = 86, "GROUP_SUBSCRIBED_TO_TOPIC", false, "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.";
    /// An open transaction has offsets for this partition.
    UnstableOffsetCommit = 88, "UNSTABLE_OFFSET_COMMIT", true, "There are unstable offsets that need to be cleared.";
    /// The coordinator knows nothing of this transactional id.
    TransactionalIdNotFound = 105, "TRANSACTIONAL_ID_NOT_FOUND", false, "The transactionalId could not be found";
    /// A newer producer has the same transactional id.
    ProducerFenced = 90, "PRODUCER_FENCED", false, "There is a newer producer with the same transactionalId which fences the current one.";
    /// The record is not acceptable for the topic.
    InvalidRecord = 87, "INVALID_RECORD", false, "This record has failed the validation on broker and hence will be rejected.";
    /// A record is acknowledged by fewer in-sync replicas than `min.insync.replicas`: it is in the leader's log nevertheless.
    NotEnoughReplicasAfterAppend = 20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", true, "Messages are written to the log, but to fewer in-sync replicas than required.";
    /// The controller has lost its place, or knows less than the broker.
    NotController = 41, "NOT_CONTROLLER", true, "This is not the correct controller for this cluster.";
    /// A broker speaks under a registration that is not the newest.
    StaleBrokerEpoch = 77, "STALE_BROKER_EPOCH", false, "Broker epoch has changed.";
    /// A new leader does not know yet how far the high watermark was (KIP-207).
    OffsetNotAvailable = 78, "OFFSET_NOT_AVAILABLE", true, "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.";
    /// The preferred leader is not in sync.
    PreferredLeaderNotAvailable = 80, "PREFERRED_LEADER_NOT_AVAILABLE", true, "The preferred leader was not available.";
    /// No replica may lead.
    EligibleLeadersNotAvailable = 83, "ELIGIBLE_LEADERS_NOT_AVAILABLE", true, "Eligible topic partition leaders are not available.";
    /// The leader that was asked for leads already.
    ElectionNotNeeded = 84, "ELECTION_NOT_NEEDED", true, "Leader election not needed for topic partition.";
    /// There is nothing to cancel.
    NoReassignmentInProgress = 85, "NO_REASSIGNMENT_IN_PROGRESS", false, "No partition reassignment is in progress.";
    /// The leader proposed from a state that is not the newest.
    InvalidUpdateVersion = 95, "INVALID_UPDATE_VERSION", false, "The given update version was invalid.";
    /// Another process lives under this number.
    DuplicateBrokerRegistration = 101, "DUPLICATE_BROKER_REGISTRATION", false, "This broker ID is already in use.";
    /// No broker of this number was ever registered.
    BrokerIdNotRegistered = 102, "BROKER_ID_NOT_REGISTERED", false, "The given broker ID was not registered.";
    /// A replica that is fenced, stopping or unknown cannot be in sync.
    IneligibleReplica = 107, "INELIGIBLE_REPLICA", false, "The new ISR contains at least one ineligible replica.";
    /// The batch does not belong to an open transaction: abort, and go on (KIP-890).
    TransactionAbortable = 120, "TRANSACTION_ABORTABLE", false, "The server encountered an error with the transaction. The client can abort the transaction to continue using this transactional ID.";
    /// The state was taken over, and with it somebody else leads.
    NewLeaderElected = 108, "NEW_LEADER_ELECTED", false, "The AlterPartition request successfully updated the partition state but the leader has changed.";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_often_is_said_in_the_same_words() {
        for (code, sentence) in OFTEN {
            assert_eq!(code.sentence(), sentence);
        }
        assert_eq!(ErrorCode::NotCoordinator.message(), "This is not the correct coordinator.");
        assert_eq!(ErrorCode::RequestTimedOut.message(), "The request timed out.");
    }
}
