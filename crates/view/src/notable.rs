//! What is worth a stop when stepping, and what is the background hum.

use millrace_broker as broker;
use millrace_broker::{ConsumerGroupChange, GroupChange};
use millrace_client::consumer::{ConsumerEvent, MembershipEvent};
use millrace_client::listener::InstanceEvent;
use millrace_client::producer::{ProducerEvent, ProducerIdEvent, TransactionEvent};
use millrace_sim::node::streams::StreamsEvent;
use millrace_sim::{Actor, Branch, Entry, Fact, QueueDeed};

/// Whether step number `step` of a branch (counted from 1: the step that brought the count to `step`) holds anything but
/// the background hum. A step whose trace has been forgotten counts as hum; step 0 is the beginning, which is notable.
pub fn is_notable(branch: &Branch, step: u64) -> bool {
    let Some(index) = step.checked_sub(1) else { return true };
    let step = usize::try_from(index).ok().and_then(|index| branch.steps().get(index));
    step.is_some_and(|step| step.entries.iter().any(is_notable_entry))
}

/// Whether an entry is worth a stop: something that the picture shows or that a learner asks about. Arrivals and timers
/// are not by themselves; what follows from them is.
pub fn is_notable_entry(entry: &Entry) -> bool {
    match &entry.fact {
        Fact::Commanded(_) | Fact::Lifecycle(_) | Fact::Administered { .. } | Fact::Alarmed(_) => true,
        // Followers ask a leader that is not there again and again.
        Fact::Lost { message, from } => !(message.quiet && matches!(from, Actor::Broker(_))),
        Fact::Sent { message, .. } => !message.quiet && message.records > 0,
        Fact::Arrived { .. } | Fact::Woke(_) => false,
        Fact::Answered { error, .. } => error.is_some(),
        // A producer tells of it itself.
        Fact::Throttled { is_told, .. } => !is_told,
        Fact::Connection(event) => crate::reach::is_notable(event),
        Fact::Queue(event) => match event.deed {
            QueueDeed::Delivered(_, times) => times > 1,
            QueueDeed::Returned => true,
            QueueDeed::Worked(_) | QueueDeed::Acknowledged => false,
        },
        Fact::Controller(event) => crate::sentence::is_notable_at_controller(event),
        Fact::Quorum(event) => crate::sentence::is_notable_in_quorum(event),
        Fact::Broker(event) => is_notable_at_broker(event),
        Fact::Producer(event) => is_notable_in_producer(event),
        Fact::Instance(event) => is_notable_in_instance(event),
        Fact::Streams(event) => match event {
            StreamsEvent::Consumer(event) => is_notable_in_consumer(event),
            StreamsEvent::Producer(event) => is_notable_in_producer(event),
            StreamsEvent::Task { event, .. } => {
                !matches!(event, millrace_streams::TaskEvent::RecordConsumed { .. })
            }
            StreamsEvent::TaskStarted { .. }
            | StreamsEvent::TaskClosed { .. }
            | StreamsEvent::StandbyStarted { .. }
            | StreamsEvent::StandbyClosed { .. }
            | StreamsEvent::StandbyPromoted { .. }
            | StreamsEvent::RestoreStarted { .. }
            | StreamsEvent::RestoreProgressed { .. }
            | StreamsEvent::RestoreCompleted { .. }
            | StreamsEvent::TaskIdled { .. }
            | StreamsEvent::GlobalTablesRead { .. }
            | StreamsEvent::TaskMigrated { .. } => true,
            StreamsEvent::Passed { .. } => false,
            StreamsEvent::Emitted { results, .. } => *results > 0,
        },
    }
}

fn is_notable_at_broker(event: &broker::Event) -> bool {
    match event {
        broker::Event::TopicCreated { .. }
        | broker::Event::PartitionsAdded { .. }
        | broker::Event::TopicDeleted { .. }
        | broker::Event::ConfigsAltered { .. }
        | broker::Event::RecordsDeleted { .. }
        | broker::Event::LogImported { .. }
        | broker::Event::LogChanged { .. }
        | broker::Event::ProduceRejected(_)
        | broker::Event::Rejected(_) => true,
        broker::Event::Txn(event) => match &**event {
            broker::TxnEvent::ProducerIdAllocated { .. }
            | broker::TxnEvent::TimeoutsChecked { .. }
            | broker::TxnEvent::TransitionPrepared { .. }
            | broker::TxnEvent::MarkersAnswered { .. }
            | broker::TxnEvent::CoordinatorAskedLater { .. }
            | broker::TxnEvent::CoordinatorAnswered { .. } => false,
            broker::TxnEvent::MarkersSent { requests, .. } => !requests.is_empty(),
            broker::TxnEvent::Expired { transactional_ids, .. } => !transactional_ids.is_empty(),
            _ => true,
        },
        broker::Event::BatchAppended { tp, .. } => !crate::cast::is_internal(tp.topic.as_str()),
        broker::Event::FetchHeld { .. }
        | broker::Event::RetentionChecked { .. }
        | broker::Event::Lifecycle(_)
        | broker::Event::MetadataRead { .. }
        | broker::Event::LogsChecked { .. } => false,
        broker::Event::Replica(event) => crate::sentence::is_notable_at_replica(event),
        broker::Event::FetchAnswered { records, .. } => *records > 0,
        broker::Event::Group { change, .. } => !matches!(
            change,
            GroupChange::HeartbeatReceived { .. }
                | GroupChange::SessionSatisfied { .. }
                | GroupChange::Consumer(ConsumerGroupChange::HeartbeatReceived { .. })
        ),
    }
}

/// Whether an event of a producer is more than bookkeeping.
pub fn is_notable_in_producer(event: &ProducerEvent) -> bool {
    match event {
        ProducerEvent::MetadataRefreshRequested { .. }
        | ProducerEvent::MetadataRequested { .. }
        | ProducerEvent::MetadataUpdated { .. }
        | ProducerEvent::RequestEnded { .. }
        | ProducerEvent::ReplyIgnored { .. }
        | ProducerEvent::FlushStarted { .. }
        | ProducerEvent::FlushCompleted { .. } => false,
        ProducerEvent::RecordsAppended { .. }
        | ProducerEvent::StickyPartitionSwitched { .. }
        | ProducerEvent::SendBlocked { .. }
        | ProducerEvent::SendUnblocked { .. }
        | ProducerEvent::BatchClosed { .. }
        | ProducerEvent::RequestSent { .. }
        | ProducerEvent::BatchAcknowledged { .. }
        | ProducerEvent::BatchRetried { .. }
        | ProducerEvent::BatchSplit { .. }
        | ProducerEvent::RecordsFailed { .. }
        | ProducerEvent::MetadataRequestFailed { .. }
        | ProducerEvent::BrokerDisconnected { .. }
        | ProducerEvent::Throttled { .. }
        | ProducerEvent::CloseStarted { .. }
        | ProducerEvent::Closed { .. } => true,
        ProducerEvent::ProducerId(event) => {
            !matches!(**event, ProducerIdEvent::Requested { .. } | ProducerIdEvent::SequencesResolved { .. })
        }
        ProducerEvent::Transaction(event) => {
            !matches!(**event, TransactionEvent::CallTaken { .. } | TransactionEvent::Settled { .. })
        }
    }
}

/// Whether an event of a consumer is more than bookkeeping.
pub fn is_notable_in_consumer(event: &ConsumerEvent) -> bool {
    match event {
        ConsumerEvent::PollStarted { .. }
        | ConsumerEvent::Requested { .. }
        | ConsumerEvent::Answered { .. }
        | ConsumerEvent::MetadataUpdated { .. }
        | ConsumerEvent::MetadataWanted { .. }
        | ConsumerEvent::CoordinatorFound { .. }
        | ConsumerEvent::JoinPrepareStarted
        | ConsumerEvent::JoinPrepareFinished
        | ConsumerEvent::HeartbeatAcknowledged { .. }
        | ConsumerEvent::CommittedOffsetsFetched { .. }
        | ConsumerEvent::PositionResetNeeded { .. }
        | ConsumerEvent::FetchDiscarded { .. }
        | ConsumerEvent::AutoCommitScheduled { .. }
        | ConsumerEvent::CommitStarted { .. }
        | ConsumerEvent::CommitQueued { .. }
        | ConsumerEvent::Paused { .. }
        | ConsumerEvent::Resumed { .. }
        | ConsumerEvent::CloseLeft => false,
        ConsumerEvent::Membership(event) => match event {
            MembershipEvent::Transitioned { .. }
            | MembershipEvent::TargetReceived { .. }
            | MembershipEvent::HeartbeatFailed { .. } => true,
            MembershipEvent::EpochReceived { .. }
            | MembershipEvent::ReconciliationStarted { .. }
            | MembershipEvent::ReconciliationFinished
            | MembershipEvent::AssignmentCleared => false,
        },
        ConsumerEvent::Fetched { batches, .. } => !batches.is_empty(),
        ConsumerEvent::PollReturned { polled, .. } => polled.count > 0,
        ConsumerEvent::CommitSent { offsets, .. } | ConsumerEvent::OffsetsCommitted { offsets, .. } => {
            !offsets.is_empty()
        }
        ConsumerEvent::PartitionsRevoked { partitions, .. } => !partitions.is_empty(),
        _ => true,
    }
}

fn is_notable_in_instance(event: &InstanceEvent) -> bool {
    match event {
        InstanceEvent::Consumer { event, .. } => is_notable_in_consumer(event),
        InstanceEvent::Producer(event) => is_notable_in_producer(event),
        InstanceEvent::CommitIssued { .. }
        | InstanceEvent::ErrandRequested { .. }
        | InstanceEvent::SeekIssued { .. }
        | InstanceEvent::SleepEnded { .. }
        | InstanceEvent::PauseIssued { .. }
        // The failure that follows says it.
        | InstanceEvent::Refused { .. }
        | InstanceEvent::PollRetryScheduled { .. } => false,
        InstanceEvent::Started { .. }
        | InstanceEvent::HandlingStarted { .. }
        | InstanceEvent::Submitted { .. }
        | InstanceEvent::Handled(_)
        | InstanceEvent::Guarded { .. }
        | InstanceEvent::Called { .. }
        | InstanceEvent::Held { .. }
        | InstanceEvent::PartitionPausedForBackoff { .. }
        | InstanceEvent::BackoffElapsed { .. }
        | InstanceEvent::PublishStarted { .. }
        | InstanceEvent::Published { .. }
        | InstanceEvent::PublishFailed { .. }
        | InstanceEvent::Skipped { .. }
        | InstanceEvent::RedeliveryScheduled { .. }
        | InstanceEvent::ContainerStopped { .. }
        | InstanceEvent::ContainerClosing { .. }
        | InstanceEvent::ProducerCloseIssued
        | InstanceEvent::Reconfigured { .. }
        | InstanceEvent::ErrandStarted { .. }
        | InstanceEvent::BlockEnded { .. }
        | InstanceEvent::PauseRequested
        | InstanceEvent::ResumeRequested
        | InstanceEvent::CloseRequested
        | InstanceEvent::OutputRewound { .. } => true,
    }
}
