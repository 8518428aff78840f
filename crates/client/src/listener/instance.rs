//! One running application: its containers, its producer, its settings. Read access for the picture.

use crate::consumer::Consumer;
use crate::listener::config::{ClientProfile, CommitMode, ListenerConfig};
use crate::listener::connect;
use crate::listener::container::{Container, Phase, Step};
use crate::listener::event::{InstanceTimer, Port};
use crate::listener::guard::{Calls, Seen};
use crate::listener::output::{Output, Turn};
use crate::listener::topics::Destination;
use crate::producer::{Lifecycle, Producer};
use millrace_model::{BrokerId, ClientId, Map, Span, Time, TopicName};
use std::sync::Arc;

/// See [`crate::listener`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    pub(super) name: Arc<str>,
    pub(super) config: ListenerConfig,
    /// The retry topics in order: the container at port n (from 1) reads the n-th.
    pub(super) stages: Vec<Destination>,
    pub(super) containers: Vec<Container>,
    pub(super) producer: Producer,
    /// How many partitions the topics have that its clients have heard of.
    pub(super) partition_counts: Map<TopicName, usize>,
    pub(super) paused: bool,
    pub(super) closing: bool,
    pub(super) producer_closing: bool,
    /// Ids that this process has seen.
    pub(super) memory: Seen,
    /// Calls of services.
    pub(super) calls: Calls,
    /// Ids in the application's database, lent for one decision.
    pub(super) table: Arc<Seen>,
}

impl Instance {
    /// An application that has not started. `name` (`c1`) is the prefix of its client ids, `host` where it runs,
    /// `bootstrap` the brokers that it asks first.
    pub fn new(
        name: Arc<str>,
        host: Arc<str>,
        mut config: ListenerConfig,
        bootstrap: Vec<BrokerId>,
    ) -> Instance {
        config.consumer.enable_auto_commit = config.commit == CommitMode::Auto;
        if config.retry.retry_topics().is_some_and(|retry| retry.park_key) && config.guard.is_none() {
            config.guard = Some(Arc::default());
        }
        config.client.adapt(&mut config.consumer, &mut config.producer);
        if config.retry.connect().is_some() {
            connect::adapt(&mut config.producer);
        }
        let stages = config.retry.retry_topics().map(|r| r.retry_destinations()).unwrap_or_default();
        let consumer = |suffix: &str, group: &millrace_model::GroupId| {
            let id = ClientId::new(format!("{name}{suffix}"));
            let consumer =
                Consumer::new(id, host.clone(), group.clone(), config.consumer.clone(), bootstrap.clone());
            match &config.guard {
                Some(guard) => consumer.deserializing(guard.deserializer),
                None => consumer,
            }
        };
        if let Some(output) = &config.output {
            config.producer.transactional_id.clone_from(&output.transactional_id);
            config.producer.transaction_timeout = output.transaction_timeout;
        }
        let mut main =
            Container::new(config.topics.clone(), config.group.clone(), consumer("", &config.group));
        let turn = |output: &Arc<Output>| Box::new(Turn::new(output.transactional_id.is_some()));
        main.turn = config.output.as_ref().map(turn);
        let mut containers = vec![main];
        for stage in &stages {
            let group = stage.group(&config.group);
            let topics = config.topics.iter().map(|topic| stage.topic(topic)).collect();
            let consumer = consumer(&stage.suffix, &group);
            containers.push(Container::new(topics, group, consumer));
        }
        let producer_id = ClientId::new(format!("{name}-producer"));
        let mut producer = Producer::new(producer_id, config.producer.clone(), bootstrap.clone());
        if config.output.is_none() || config.client == ClientProfile::Spring {
            producer = producer.made_when_used();
        }
        Instance {
            name,
            config,
            stages,
            containers,
            producer,
            partition_counts: Map::new(),
            paused: false,
            closing: false,
            producer_closing: false,
            memory: Seen::default(),
            calls: Calls::default(),
            table: Arc::default(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Its settings as they are now.
    pub fn config(&self) -> &ListenerConfig {
        &self.config
    }

    /// Its containers, each with its port: the main one first, then the retry topics' in order.
    pub fn containers(&self) -> impl Iterator<Item = (Port, &Container)> {
        (0..).map(Port).zip(&self.containers)
    }

    /// The container of a port; none for the producer's port and beyond.
    pub fn container(&self, port: Port) -> Option<&Container> {
        self.containers.get(port.index())
    }

    /// How long a record waits in the topics of this port; none for the main topic.
    pub fn delay(&self, port: Port) -> Option<Span> {
        self.stages.get(port.index().checked_sub(1)?).map(|stage| stage.delay)
    }

    /// The producer of retry and dead letter records.
    pub fn producer(&self) -> &Producer {
        &self.producer
    }

    /// The producer's port.
    pub fn producer_port(&self) -> Port {
        Port(u8::try_from(self.containers.len()).unwrap_or(u8::MAX))
    }

    /// True between `Pause` and `Resume`.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// True when every container has stopped, its pool is done, and the producer is closed.
    pub fn is_closed(&self) -> bool {
        let stopped = |c: &Container| matches!(c.phase, Phase::Stopped | Phase::Created) && c.pool.is_empty();
        self.closing && self.producer.lifecycle() == Lifecycle::Closed && self.containers.iter().all(stopped)
    }

    /// What it does next by itself, and when; a moment that has already come means at once.
    pub fn next_timer(&self) -> Option<(Time, InstanceTimer)> {
        let mut next: Option<(Time, InstanceTimer)> = None;
        let mut offer = |at: Time, timer: InstanceTimer| {
            if next.as_ref().is_none_or(|(known, _)| at < *known) {
                next = Some((at, timer));
            }
        };
        for (port, container) in self.containers() {
            if let Some((at, _)) = self.next_step(container) {
                offer(at, InstanceTimer::Thread(port));
            }
            if let Some(at) = container.pool.next_at(self.config.threads) {
                offer(at, InstanceTimer::Pool(port));
            }
            for (tp, waiting) in &container.waiting {
                offer(waiting.until, InstanceTimer::Backoff(port, tp.clone()));
            }
            if let Some((at, timer)) = container.consumer.next_timer() {
                offer(at, InstanceTimer::Consumer(port, timer));
            }
        }
        if self.wants_producer_closed() {
            offer(Time::ZERO, InstanceTimer::Thread(self.producer_port()));
        }
        if let Some((at, timer)) = self.producer.next_timer() {
            offer(at, InstanceTimer::Producer(timer));
        }
        next
    }

    /// The next step of a container's thread.
    pub(super) fn next_step(&self, container: &Container) -> Option<(Time, Step)> {
        // It is inside `send`, which blocks until there are metadata and memory. In a transaction the producer keeps the order.
        let is_plain = container.turn().is_some_and(|turn| !turn.is_transactional());
        if is_plain && self.producer.waiting().next().is_some() {
            return None;
        }
        container.next_step(&self.config, self.paused, self.closing, self.has_unsent())
    }

    /// The producer is closed after the last container, which may still have to publish.
    pub(super) fn wants_producer_closed(&self) -> bool {
        let stopped = |c: &Container| matches!(c.phase, Phase::Stopped | Phase::Created);
        self.closing && !self.producer_closing && self.containers.iter().all(stopped)
    }
}
