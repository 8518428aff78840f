//! What a picture or a test asks an instance.

use super::{StreamThread, StreamsNode, TaskRun};
use millrace_client::consumer::Consumer;
use millrace_client::producer::Producer;
use millrace_model::config::streams::StreamsConfig;
use millrace_model::{GroupId, Map};
use millrace_streams::runtime::AssignmentInfo;
use millrace_streams::{Task, TaskId, Topology};
use std::sync::Arc;

impl StreamsNode {
    /// The instance's name: its process in the leader's eyes.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// `application.id`, also the group's name.
    pub fn application_id(&self) -> &GroupId {
        &self.application_id
    }

    /// What it does.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Its settings.
    pub fn config(&self) -> &StreamsConfig {
        &self.config
    }

    /// Its threads.
    pub fn threads(&self) -> impl Iterator<Item = &StreamThread> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The first thread's consumer.
    pub fn consumer(&self) -> &Consumer {
        &self.first.consumer
    }

    /// The first thread's producer.
    pub fn producer(&self) -> &Producer {
        &self.first.producer
    }

    /// Its active tasks, those that are being restored included.
    pub fn tasks(&self) -> &Map<TaskId, Task> {
        &self.tasks
    }

    /// Its standby tasks.
    pub fn standby_tasks(&self) -> impl Iterator<Item = (&TaskId, &Task)> {
        self.replicas
            .iter()
            .filter(|(id, _)| self.runs.get(*id).is_some_and(|run| run.phase == super::Phase::Standby))
    }

    /// How each of its tasks stands.
    pub fn runs(&self) -> &Map<TaskId, TaskRun> {
        &self.runs
    }

    /// The task that holds its global tables.
    pub fn global(&self) -> Option<&Task> {
        self.global.as_ref().map(|global| &global.task)
    }

    /// Which instance runs which tasks, as the group's leader told last.
    pub fn hosts(&self) -> &AssignmentInfo {
        &self.hosts
    }

    /// Whether it was told to stop: it commits and says goodbye first, and has not ended yet.
    pub fn is_closing(&self) -> bool {
        self.is_closing
    }
}
