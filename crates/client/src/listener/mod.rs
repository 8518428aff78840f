//! One application instance as Spring Kafka runs it: a `@KafkaListener` method in a listener container, with
//! `@RetryableTopic` around it if the settings say so.
//!
//! An [`Instance`] is a state machine of the contract in [`crate::contract`], made of a consumer for the main topics,
//! a consumer for each retry topic and a producer for retry and dead letter records. It is not the broker's business:
//! Kafka itself knows neither retries nor dead letters. All of it is the client's.
//!
//! # The thread of a container (`KafkaMessageListenerContainer.ListenerConsumer.pollAndInvoke`)
//!
//! Commit what is acknowledged → pause or resume partitions → poll → call the listener method for each record. While
//! it does one of these it does nothing else; the consumer's heartbeats go on by timers of their own.
//!
//! When the method throws, `DefaultErrorHandler` takes over: it commits what was acknowledged, lets the recoverer deal
//! with the failed record, and *seeks back* what had been polled behind it (`seekAfterError = true`), which is read
//! again. The recoverer of the retry topics (`DeadLetterPublishingRecoverer`) publishes the record and **waits** until a
//! broker has acknowledged it (`failIfSendResultIsError`, `verifySendResult`); only then its offset counts as handled.
//! If the producer gives up, the record is sought back too and delivered again.
//!
//! # Waiting (`ContainerPartitionPausingBackOffManager`)
//!
//! A record of a retry topic says in a header when it is due. If that is later, its partition is paused, sought back,
//! and resumed at that moment. What is behind it in the partition waits too. No thread sleeps.
//!
//! # Other clients
//!
//! [`ClientProfile`] says whose loop it is: Spring's container by default. With [`ClientProfile::Java`] it is a plain
//! `while (true)` around `poll` that logs what poll throws and goes on, whatever it is.
//!
//! [`ClientProfile::Librdkafka`] is the same loop over another client library.
//!
//! # Where it differs from Spring Kafka
//!
//! * The dead letter topic has no listener unless one is asked for (`autoStartDltHandler = "false"`); Spring's default one
//!   only logs.
//! * `AckMode.RECORD`: a commit that fails does not count as a failure of the record.
//! * After `poll` has thrown something that does not stop the container, the thread waits a second.
//! * The stack trace header has the classes and messages, no frames.

mod apply;
pub mod backoff;
pub mod config;
pub mod connect;
mod container;
mod decide;
pub mod errand;
mod event;
pub mod exception;
pub mod guard;
mod hand;
mod handle;
mod handle_dlt;
mod handler;
pub mod headers;
mod instance;
pub mod intervals;
pub mod ledger;
pub mod output;
pub mod point;
pub mod pool;
#[cfg(test)]
mod tests;
pub mod topics;

pub use config::{
    ACK_COUNT, ACK_TIME, BlockingRetries, ClientProfile, CommitMode, FailureRule, ListenerConfig, RetryPolicy,
};
pub use connect::{ConnectErrors, Tolerance};
pub use container::{Container, Counts, Phase, Waiting};
pub use errand::{Errand, Subscribed};
pub use event::{
    Failure, Fate, Handled, HandledRange, InstanceEvent, InstanceInput, InstanceOutcome, InstanceTimer, Port,
    PortedRequest, RecordRef,
};
pub use exception::Exception;
pub use guard::{
    Bloom, Breaker, BreakerConfig, BreakerState, Buffer, BulkheadConfig, Call, Calls, Dedupe, Guard,
    GuardDeed, Guarded, Held, Limit, MarkOrder, Offer, Quote, RateLimiterConfig, Running, Seat, Seen,
    StoreKind, Target,
};
pub use hand::Hand;
pub use instance::Instance;
pub use ledger::{Deed, Entry, Ledger, Totals};
pub use output::{Output, Stage, Turn};
pub use point::CrashPoint;
pub use pool::{Pool, PoolCall};
pub use topics::{
    Destination, DestinationKind, DltHandler, DltStrategy, PublishFailure, RetryTopics, SameIntervalReuse,
    TopicSuffixing,
};
