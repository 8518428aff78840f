//! What each command does. Everything that could be refused has been checked; what is left is doing it.

use super::World;
use super::admin::{ADMIN, Then};
use super::apps::App;
use crate::command::{AppConfig, Command, InstanceAction, Name};
use crate::node::producer::ProducerCommand;
use crate::node::streams::StreamsInput;
use crate::node::{Kind, Node, NodeInput};
use crate::trace::{Actor, EntryId, Fact, Lifecycle, NodeId, Recorder};
use millrace_client::listener::{Instance, InstanceInput, Ledger, ListenerConfig, RetryPolicy, Subscribed};

use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::config::topic::TopicConfig;
use millrace_model::protocol::{CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, NewTopic};
use millrace_model::{Dice, GroupId, Profile, Request, Span};
use std::sync::Arc;

impl World {
    /// Does `command`, as one step.
    pub fn execute(&mut self, command: Arc<Command>, recorder: &mut Recorder) {
        self.count_step();
        let cause = recorder.record(Actor::Learner, None, Fact::Commanded(command.clone()));
        match &*command {
            Command::CreateTopic { topic, partitions, replication_factor, config } => {
                let new = NewTopic {
                    name: topic.clone(),
                    partitions: *partitions,
                    replication_factor: *replication_factor,
                    config: config.clone(),
                };
                let request = Request::CreateTopics(CreateTopicsRequest { topics: vec![new] });
                self.administer(format!("CreateTopics {topic}"), request, Then::Nothing, cause, recorder);
            }
            Command::AddPartitions { topic, total } => {
                let topics = vec![(topic.clone(), *total)];
                let request = Request::CreatePartitions(CreatePartitionsRequest { topics });
                self.administer(format!("CreatePartitions {topic}"), request, Then::Nothing, cause, recorder);
            }
            Command::DeleteTopic { topic } => {
                let request = Request::DeleteTopics(DeleteTopicsRequest { topics: vec![topic.clone()] });
                self.administer(format!("DeleteTopics {topic}"), request, Then::Nothing, cause, recorder);
            }
            Command::StartBrokers { config } => {
                for broker in self.brokers.values_mut() {
                    *broker = Arc::new((**broker).clone().with_config((**config).clone()));
                }
            }
            Command::StartProducer { name, topic, config } => {
                self.start_producer(name, topic.clone(), (**config).clone(), cause, recorder);
            }
            Command::Produce { producer, records } => {
                self.produce(producer.as_deref(), records, cause, recorder);
            }
            Command::SetWorkload { producer, workload } => {
                if let Some((id, _)) = self.producer(producer) {
                    let input = NodeInput::Producer(ProducerCommand::SetWorkload(workload.clone()));
                    self.node_decides(id, input, cause, recorder);
                }
            }
            Command::StartApp { app, instances } => self.start_app(app, *instances, cause, recorder),
            Command::AddInstance { group, name, own } => {
                let names = match name {
                    Some(name) => vec![name.clone()],
                    None => self.name_instances(group, 1),
                };
                if let (Some(app), Some(first)) = (self.apps.get_mut(group), names.first())
                    && (own.is_some() || name.is_some())
                {
                    app.own.insert(first.clone(), own.as_deref().cloned().unwrap_or_default());
                }
                self.start_instances(group, names, cause, recorder);
            }
            Command::Errand { group, name, errand } => {
                if let Some((id, _)) = self.instance(group.as_str(), name) {
                    let input = InstanceInput::Errand(errand.clone());
                    self.node_decides(id, NodeInput::Instance(Box::new(input)), cause, recorder);
                }
            }
            Command::Instance { group, name, action } => {
                self.act_on_instance(group, name, *action, cause, recorder);
            }
            Command::SetWork { group, instance, work } => {
                self.set_work(group, instance.as_ref(), *work, cause, recorder);
            }
            Command::SetFailures { group, rules } => {
                if let Some(app) = self.apps.get_mut(group) {
                    app.config.failures.clone_from(rules);
                }
                self.reconfigure(group, cause, recorder);
            }
            Command::SetRetry { group, retry } => {
                if let Some(app) = self.apps.get_mut(group) {
                    app.config.retry = retry.clone();
                }
                self.throw_jitter(group);
                self.redeploy(group, cause, recorder);
            }
            Command::StartStreams { name, pipeline, config, instances } => {
                self.start_streams(name, (pipeline, config), *instances, cause, recorder);
            }
            Command::AddStreamsInstance { name } => {
                let next = self.streams.get_mut(name).map(|app| app.next_instance(name));
                if let Some(instance) = next {
                    self.start_streams_node(name, &instance, cause, recorder);
                }
            }
            Command::StreamsInstance { name, instance, action } => {
                self.act_on_streams_instance(name, instance, *action, cause, recorder);
            }
            Command::StopStreams { name } => self.stop_streams(name, cause, recorder),
            Command::OpenDashboard { name, topic } => self.open_dashboard(name, topic),
            Command::OpenFeed { name, from } => self.open_feed(name, *from),
            Command::ResetOffsets { group, scope, to, execute } => {
                self.reset_offsets(group, (scope.clone(), *to, *execute), cause, recorder);
            }
            Command::Fault(fault) => self.fault(fault, cause, recorder),
            Command::DeskWork(work) => self.desk_work(work, cause, recorder),
            Command::Service(command) => self.act_on_service(command, cause),
            Command::Queue(command) => self.act_on_queue(command, cause, recorder),
            Command::Cluster(command) => self.act_on_cluster(command, cause, recorder),
            Command::Producer { name, action } => self.act_on_producer(name, action, cause, recorder),
            Command::SetAlert(rule) => self.set_alert(rule, cause),
            Command::SetNetwork { latency } => self.latency = *latency,
            Command::Administer { request } => self.administer_all((**request).clone(), cause, recorder),
            Command::SetMachines(machines) => self.set_machines(*machines),
            Command::SetListeners(change) => self.set_listeners(change, cause, recorder),
        }
    }

    pub(super) fn add_node(&mut self, node: Node, cause: EntryId, recorder: &mut Recorder) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Arc::new(node));
        recorder.record(Actor::Node(id), Some(cause), Fact::Lifecycle(Lifecycle::Started));
        id
    }

    fn start_app(&mut self, config: &AppConfig, instances: u32, cause: EntryId, recorder: &mut Recorder) {
        let group = config.group.clone();
        let app =
            App { config: config.clone(), started: 0, slow: Default::default(), own: Default::default() };
        self.apps.insert(group.clone(), app);
        self.throw_jitter(&group);
        self.ledgers.insert(group.clone(), Arc::new(Ledger::default()));
        let names = self.name_instances(&group, instances);
        self.start_instances(&group, names, cause, recorder);
    }

    /// The delays of retry topics are drawn when the application starts.
    fn throw_jitter(&mut self, group: &GroupId) {
        let dice = self.dice;
        if let Some(app) = self.apps.get_mut(group)
            && let RetryPolicy::RetryTopics(topics) = &mut app.config.retry
            && topics.jitter > Span::ZERO
        {
            topics.roll = dice.roll(&[group.as_str(), " jitter"].concat(), 0);
        }
    }

    /// The names of the next `count` instances: c1, c2 …
    fn name_instances(&mut self, group: &GroupId, count: u32) -> Vec<Name> {
        let Some(app) = self.apps.get_mut(group) else { return Vec::new() };
        let mut names: Vec<Name> = Vec::new();
        while names.len() < count as usize {
            app.started += 1;
            let name: Name = format!("c{}", app.started).into();
            // Somebody may have been given that name by hand.
            if !app.own.contains_key(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Creates the retry topics that are missing, then starts the instances.
    pub(super) fn start_instances(
        &mut self,
        group: &GroupId,
        names: Vec<Name>,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let topics = self.missing_retry_topics(group);
        if topics.is_empty() {
            for name in names {
                self.start_instance(group, &name, cause, recorder);
            }
            return;
        }
        let what = format!("CreateTopics {}", joined(&topics));
        let request = Request::CreateTopics(CreateTopicsRequest { topics });
        let then = Then::StartInstances { group: group.clone(), names };
        self.administer(what, request, then, cause, recorder);
    }

    fn missing_retry_topics(&self, group: &GroupId) -> Vec<NewTopic> {
        let Some(app) = self.apps.get(group) else { return Vec::new() };
        let config = listener_config(&app.config, app.config.work, self.profile);
        config
            .required_topics()
            .into_iter()
            .filter(|(name, _)| self.partitions_of(name.as_str()).is_none())
            .map(|(name, partitions)| NewTopic {
                name,
                partitions: Some(partitions),
                replication_factor: None,
                config: TopicConfig::default(),
            })
            .collect()
    }

    pub(super) fn partitions_of(&self, topic: &str) -> Option<i32> {
        self.broker(self.any_broker()?)?.topic(topic).map(|topic| topic.partition_count())
    }

    pub(super) fn start_instance(
        &mut self,
        group: &GroupId,
        name: &Name,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some(app) = self.apps.get(group) else { return };
        let mut config = listener_config(&app.config, app.work_of(name), self.profile);
        if let Some(id) = &mut config.consumer.group_instance_id {
            *id = format!("{id}-{name}").into();
        }
        if let Some(output) = config.output.as_mut().map(Arc::make_mut)
            && let Some(id) = &mut output.transactional_id
        {
            *id = format!("{id}-{name}").into();
        }
        if let Some(own) = app.own.get(name) {
            if let Some(consumer) = &own.consumer {
                // Where it runs and begins is the application's.
                let bootstrap = config.consumer.bootstrap;
                config.consumer = ConsumerConfig { bootstrap, ..consumer.clone() };
            }
            match own.subscribed.clone() {
                None => {}
                Some(Subscribed::Topics(topics)) => (config.topics, config.pattern) = (topics, None),
                Some(Subscribed::Pattern(p)) => (config.topics, config.pattern) = (Vec::new(), Some(p)),
            }
        }
        let host: Arc<str> = format!("/{name}").into();
        let instance = Box::new(Instance::new(name.clone(), host, config, self.bootstrap()));
        let node = Node::new(name.clone(), Kind::Instance { group: group.clone(), instance });
        let id = self.add_node(node, cause, recorder);
        self.node_decides(id, NodeInput::Instance(Box::new(InstanceInput::Start)), cause, recorder);
    }

    fn act_on_instance(
        &mut self,
        group: &GroupId,
        name: &Name,
        action: InstanceAction,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some((id, _)) = self.instance(group.as_str(), name) else { return };
        match action {
            InstanceAction::Pause | InstanceAction::Resume => {
                let input = if action == InstanceAction::Pause {
                    InstanceInput::Pause
                } else {
                    InstanceInput::Resume
                };
                self.node_decides(id, NodeInput::Instance(Box::new(input)), cause, recorder);
            }
            InstanceAction::Restart => self.start_instances(group, vec![name.clone()], cause, recorder),
            InstanceAction::Stop | InstanceAction::Crash | InstanceAction::Freeze | InstanceAction::Thaw => {
                self.act_on_process(id, action, cause, recorder);
            }
        }
    }

    /// What is done to any process, whatever runs in it.
    pub(super) fn act_on_process(
        &mut self,
        id: NodeId,
        action: InstanceAction,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        match action {
            InstanceAction::Stop => self.close(id, cause, recorder),
            InstanceAction::Crash => {
                self.mark(id, Lifecycle::Crashed, cause, recorder);
                self.arm_node(id, None);
            }
            InstanceAction::Freeze => {
                self.mark(id, Lifecycle::Frozen, cause, recorder);
                self.arm_node(id, None);
            }
            InstanceAction::Thaw => {
                self.mark(id, Lifecycle::Thawed, cause, recorder);
                let held = self.node_mut(id).map(Node::take_held).unwrap_or_default();
                for flight in held {
                    self.queue.hand_over(self.now, flight);
                }
                self.arm_node(id, Some(cause));
            }
            InstanceAction::Pause | InstanceAction::Resume | InstanceAction::Restart => {}
        }
    }

    fn mark(&mut self, id: NodeId, lifecycle: Lifecycle, cause: EntryId, recorder: &mut Recorder) {
        if let Some(node) = self.node_mut(id) {
            node.set_lifecycle(lifecycle);
            recorder.record(Actor::Node(id), Some(cause), Fact::Lifecycle(lifecycle));
        }
    }

    /// Lets a client say goodbye; it stops when everything is said.
    pub(super) fn close(&mut self, id: NodeId, cause: EntryId, recorder: &mut Recorder) {
        self.mark(id, Lifecycle::Closing, cause, recorder);
        let input = match self.node(id).map(|node| &node.kind) {
            Some(Kind::Producer(_)) => NodeInput::Producer(ProducerCommand::Close),
            Some(Kind::Instance { .. }) => NodeInput::Instance(Box::new(InstanceInput::Close)),
            Some(Kind::Streams(_)) => NodeInput::Streams(StreamsInput::Close),
            Some(Kind::Admin) | None => return,
        };
        self.node_decides(id, input, cause, recorder);
    }

    fn running_instances(&self, group: &GroupId) -> Vec<(NodeId, Name)> {
        self.nodes()
            .filter(|(_, node)| node.group() == Some(group))
            .filter(|(_, node)| {
                matches!(node.lifecycle(), Lifecycle::Started | Lifecycle::Thawed | Lifecycle::Frozen)
            })
            .map(|(id, node)| (id, node.name.clone()))
            .collect()
    }

    fn set_work(
        &mut self,
        group: &GroupId,
        instance: Option<&Name>,
        work: Span,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some(app) = self.apps.get_mut(group) else { return };
        match instance {
            Some(name) => {
                app.slow.insert(name.clone(), work);
            }
            None => {
                app.config.work = work;
                app.slow.clear();
            }
        }
        self.reconfigure(group, cause, recorder);
    }

    /// Tells the running instances how their listener behaves now.
    fn reconfigure(&mut self, group: &GroupId, cause: EntryId, recorder: &mut Recorder) {
        for (id, name) in self.running_instances(group) {
            let Some(app) = self.apps.get(group) else { return };
            let (work, failures) = (app.work_of(&name), app.config.failures.clone());
            let unchanged = |instance: &Instance| {
                instance.config().work == work && instance.config().failures == failures
            };
            if let Some(Kind::Instance { instance, .. }) = self.node(id).map(|node| &node.kind)
                && unchanged(instance)
            {
                continue;
            }
            let input = InstanceInput::Reconfigure { work, failures };
            self.node_decides(id, NodeInput::Instance(Box::new(input)), cause, recorder);
        }
    }

    /// Stops every instance of an application and starts it again with the settings of now.
    fn redeploy(&mut self, group: &GroupId, cause: EntryId, recorder: &mut Recorder) {
        let running = self.running_instances(group);
        for (id, _) in &running {
            self.close(*id, cause, recorder);
        }
        let names = running.into_iter().map(|(_, name)| name).collect();
        self.start_instances(group, names, cause, recorder);
    }
}

fn listener_config(app: &AppConfig, work: Span, profile: Profile) -> ListenerConfig {
    ListenerConfig {
        group: app.group.clone(),
        topics: app.topics.clone(),
        pattern: app.pattern.clone(),
        client: app.client,
        consumer: app.consumer.clone(),
        producer: ProducerConfig::defaults(profile),
        commit: app.commit,
        ack_count: app.ack_count,
        ack_time: app.ack_time,
        threads: app.threads,
        work,
        failures: app.failures.clone(),
        retry: app.retry.clone(),
        guard: app.guard.clone(),
        output: app.output.clone(),
    }
}

pub(super) fn joined(topics: &[NewTopic]) -> String {
    let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    names.join(", ")
}

// The administrator is a client like any other: its number must be the one that the desk uses.
const _: () = assert!(ADMIN.0 == 0);
