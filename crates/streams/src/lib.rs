//! Kafka Streams' processing core: topologies as data, tasks with their stream time, windows, stores and changelogs.
//!
//! A [`Task`] is one state machine: it is handed records and answers with events and with records for sink and
//! changelog topics. It knows no broker, no clock and no consumer; who fetches and who writes is not its business.
//!
//! ```
//! use millrace_streams::language::Pipeline;
//!
//! let text = "stream orders | group by key | window tumbling 10s | count | to per-customer";
//! let pipeline = Pipeline::parse(text).unwrap();
//! assert_eq!(pipeline.to_string(), text);
//! assert_eq!(pipeline.topology("shop").unwrap().subtopologies().len(), 1);
//! ```

pub mod board;
pub mod data;
pub mod java;
pub mod language;
pub mod limits;
pub mod runtime;
pub mod store;
pub mod task;
pub mod topology;
pub mod vectors;

pub use data::{Key, Serde, Value, Window, WindowKind};
pub use task::{DropReason, Input, Output, OutputKind, Task, TaskEvent, TaskId, TaskOutcome};
pub use topology::{NodeId, StoreId, Topology, TopologyError};
