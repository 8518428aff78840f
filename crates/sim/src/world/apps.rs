//! What the learner has started under one name, whatever became of its processes.

use crate::command::{AppConfig, Name, OwnSettings};
use crate::trace::NodeId;
use millrace_model::config::streams::StreamsConfig;
use millrace_model::{Map, Span};
use std::sync::Arc;

/// An application: a group's settings, and how many instances it has ever had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct App {
    /// What new instances start with.
    pub config: AppConfig,
    /// Instances started so far: the next one is called `c<n+1>`.
    pub started: u32,
    /// Instances whose records take another time than the others'.
    pub slow: Map<Name, Span>,
    /// Instances with settings of their own.
    pub own: Map<Name, OwnSettings>,
}

/// A streams application under the name that the learner gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsApp {
    /// Topologies started under this name so far.
    pub version: u32,
    /// The pipeline that runs, as written.
    pub pipeline: Arc<str>,
    /// Its settings.
    pub config: StreamsConfig,
    /// Instances started so far.
    pub started: u32,
    /// Its instances, each with its newest process, in the order of their start; none after it was stopped.
    pub instances: Vec<(Name, NodeId)>,
    /// The process of the first of them that runs, else that of the first; none after it was stopped.
    pub node: Option<NodeId>,
}

impl App {
    /// How long one record takes in the instance of that name.
    pub fn work_of(&self, instance: &str) -> Span {
        self.slow.get(instance).copied().unwrap_or(self.config.work)
    }
}

impl StreamsApp {
    /// The name of its next instance.
    pub(super) fn next_instance(&mut self, name: &str) -> Name {
        self.started = self.started.saturating_add(1);
        if self.started <= 1 { name.into() } else { format!("{name}-{}", self.started).into() }
    }

    /// `application.id` of version `version` of `name`: a changed topology is another application, because its state
    /// would not fit.
    pub fn application_id(name: &str, version: u32) -> String {
        if version <= 1 { name.to_owned() } else { format!("{name}-v{version}") }
    }
}
