//! The simulated world: it composes brokers and clients over a simulated network, and it alone owns time and dice.
//!
//! [`World`] is one moment; [`Timeline`] is a history of moments with its branches. The truth is a [`Setup`] and a log
//! of [`Command`]s; trace, checkpoints and pictures are derived from it and can be thrown away.
//!
//! Not here: rendering, text, anything of the host (clock, storage, browser).

pub mod cluster;
pub mod command;
pub mod connection;
pub mod dice;
pub mod fault;
pub mod letter;
pub mod limits;
pub mod machine;
pub mod node;
pub mod safety;
pub mod service;
pub mod template;
pub mod timeline;
pub mod trace;
pub mod traffic;
pub mod work_queue;
pub mod workload;
pub mod world;

pub use cluster::{BrokerAction, ClusterCommand, ControllerAction};
pub use command::{
    AppConfig, Command, InstanceAction, Name, NewRecord, OwnSettings, ProducerAction, ResetScope, ResetTarget,
};
pub use connection::{ConnectionEvent, SetListeners, Unreachable};
pub use dice::SeededDice;
pub use fault::{Fault, Leg, Party};
pub use letter::{AlertRule, DeskAction, DeskWork, ERROR_WINDOW, Gauge};
pub use machine::{Machines, Part, speeds};
pub use safety::Safety;
pub use service::{Damage, Service, ServiceAction, ServiceCommand};
pub use timeline::{
    Bookmark, Branch, BranchId, LeftOut, Logged, Misfit, Moment, Noted, Rebuild, SavedBranch, Timeline,
};
pub use trace::{Actor, Alarm, Entry, EntryId, Fact, Lifecycle, Message, NodeId, Recorder, Timer};
pub use traffic::{CallRate, Downstream, Traffic};
pub use work_queue::{QueueAction, QueueCommand, QueueConfig, QueueDeed, QueueEvent, WorkQueue};
pub use workload::{Skew, Workload};
pub use world::{Account, BrokerHost, Halt, Reach, Refusal, Setup, World};
