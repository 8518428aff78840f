//! What a learner does to the brokers of a cluster: starts several of them with a controller, kills one, stops one cleanly,
//! starts it again. `world::cluster` says what it does, `millrace-script` how it is written.

use millrace_model::config::cluster::ClusterConfig;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{AlterPartitionReassignmentsRequest, ElectLeadersRequest};
use millrace_model::{BrokerId, TopicName};
use std::sync::Arc;

/// One thing done to the brokers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClusterCommand {
    /// Several brokers, 1 and up, and their controller. Only before anything else is there.
    Start {
        /// How many.
        brokers: u32,
        /// How many controllers; with one it never fails.
        controllers: u32,
        /// `broker.rack` of each, given out in turn; none if empty.
        racks: Vec<Arc<str>>,
        /// Their settings.
        config: ClusterConfig,
    },
    /// `kafka-topics --create --replica-assignment`.
    CreateTopic {
        /// The topic.
        topic: TopicName,
        /// `--config`.
        config: TopicConfig,
        /// The replicas of each partition, the preferred leader first.
        replicas: Vec<Vec<BrokerId>>,
    },
    /// `kafka-leader-election`.
    ElectLeaders(ElectLeadersRequest),
    /// Something is done to one of them.
    Broker {
        /// Which.
        id: BrokerId,
        /// What.
        action: BrokerAction,
    },
    /// Partitions get other replicas, or stay with those that they have (AlterPartitionReassignments).
    Reassign(AlterPartitionReassignmentsRequest),
    /// One more broker starts, with the settings of the others and an empty disk.
    AddBroker {
        /// Its number.
        id: BrokerId,
        /// `broker.rack`.
        rack: Option<Arc<str>>,
    },
    /// `kafka-cluster unregister`: the controller forgets a broker, running or not.
    Unregister(BrokerId),
    /// Something is done to one of several controllers.
    Controller {
        /// Which.
        id: BrokerId,
        /// What.
        action: ControllerAction,
    },
}

impl ClusterCommand {
    /// Whether it is a tool that asks the controller.
    pub(crate) fn awaits_an_answer(&self) -> bool {
        match self {
            ClusterCommand::CreateTopic { .. }
            | ClusterCommand::ElectLeaders(_)
            | ClusterCommand::Reassign(_)
            | ClusterCommand::Unregister(_) => true,
            ClusterCommand::Start { .. }
            | ClusterCommand::Broker { .. }
            | ClusterCommand::AddBroker { .. }
            | ClusterCommand::Controller { .. } => false,
        }
    }
}

/// What is done to a broker's process. That it stands still is a fault of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BrokerAction {
    /// `kill -9`: its memory is gone, what it has written stays.
    Crash,
    /// SIGTERM: controlled shutdown.
    Stop,
    /// It starts again.
    Restart,
    /// Its machine loses its power: what was not flushed to the disk is gone, too.
    CrashUnflushed,
    /// Its machine dies with its disk: it will start with nothing.
    CrashDiskLost,
}

/// What is done to a controller's process, where there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControllerAction {
    /// `kill -9`.
    Crash,
    /// SIGTERM: an active one names its successor.
    Stop,
    /// It starts again.
    Restart,
    /// It stands still.
    Pause,
    /// It goes on.
    Resume,
}
