//! What settings there are and which values they take, in Kafka's words (`ConfigDef`, `LogConfig`).
//!
//! Some settings here are only kept and shown, and nothing follows from them; `docs/fidelity.md` says which.

mod alter;
mod brokers;
mod def;
pub mod listeners;
mod log;
mod others;
mod topics;

pub(crate) use alter::alter_configs;
pub use def::{Check, ConfigKey, ConfigProblem, Kind};
pub use log::LogConfig;
pub(crate) use log::of_broker;
pub use others::{CLIENT_METRICS_CONFIGS, GROUP_CONFIGS, is_read_only};
pub use topics::{INTERNAL_SEGMENT_BYTES, TOPIC_CONFIGS, topic_configs, topic_key, validate_topic};

use millrace_model::Map;
use millrace_model::protocol::ConfigResource;
use std::sync::Arc;

/// Settings by what has them.
pub type Configs = Map<ConfigResource, Map<Arc<str>, Arc<str>>>;
