//! The broker itself: what it holds, and which file decides what.

use crate::api::{self, Purgatory};
use crate::config::{Configs, LogConfig};
use crate::replica::{self, ReplicaManager};
use crate::timer::Timers;
use crate::topic::PartitionState;
use crate::txn::{self, Guards, TxnCoordinator};
use crate::upkeep::{self, LogChecks};
use crate::{
    Call, ClusterMember, Event, Group, Input, Outcome, RequestId, Timer, Topic, group, member, topic,
};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::protocol::{CommittedOffset, ConfigChanges, ConfigResource, ResourceKind};
use millrace_model::{
    BrokerId, BrokerInfo, Dice, GroupId, Map, Profile, Request, Time, TopicName, TopicPartition,
};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// One broker.
///
/// A clone shares what is sealed and costs a few machine words a topic and group. Its hash is a function of
/// everything that a later answer may depend on.
#[derive(Clone, Debug)]
pub struct Broker {
    pub(crate) id: BrokerId,
    info: Arc<BrokerInfo>,
    pub(crate) brokers: Arc<[BrokerInfo]>,
    config: Arc<BrokerConfig>,
    profile: Profile,
    pub(crate) topics: Map<TopicName, Arc<Topic>>,
    pub(crate) groups: Map<GroupId, Arc<Group>>,
    pub(crate) purgatory: Purgatory,
    pub(crate) timers: Timers,
    /// When the coordinator looks for expired offsets; `None` while there is no group.
    pub(crate) retention_check: Option<Time>,
    /// How many member ids were drawn: the broker's own count for its dice.
    member_ids_drawn: u64,
    /// How many topics were ever created, for the dice as well.
    topics_created: u64,
    /// Settings that were given to anything but topics.
    pub(crate) configs: Configs,
    /// When it looks after its logs.
    pub(crate) log_checks: LogChecks,
    /// What it knows of its cluster; none if it is alone in it.
    pub(crate) member: Option<Arc<ClusterMember>>,
    /// Producer ids.
    pub(crate) txn: TxnCoordinator,
    /// What it asks other coordinators about transactions in the partitions that it leads.
    pub(crate) guards: Guards,
    /// What it leads and follows in its cluster; none if it is alone.
    pub(crate) replicas: Option<Arc<ReplicaManager>>,
}

impl Broker {
    /// A broker alone in its cluster, without topics.
    pub fn new(info: BrokerInfo, config: BrokerConfig, profile: Profile) -> Broker {
        Broker {
            id: info.id,
            info: Arc::new(info.clone()),
            brokers: [info].into(),
            config: Arc::new(config),
            profile,
            topics: Map::new(),
            groups: Map::new(),
            purgatory: Purgatory::default(),
            timers: Timers::default(),
            retention_check: None,
            member_ids_drawn: 0,
            topics_created: 0,
            configs: Configs::new(),
            log_checks: LogChecks::default(),
            member: None,
            txn: TxnCoordinator::default(),
            guards: Guards::default(),
            replicas: None,
        }
    }

    /// The same broker with other settings, as after a restart with another `server.properties`. What it holds stays.
    pub fn with_config(mut self, config: BrokerConfig) -> Broker {
        self.config = Arc::new(config);
        self
    }

    /// What `input` comes to at `now`. Changes nothing: the owner applies the events.
    pub fn decide(&self, now: Time, input: &Input, dice: &dyn Dice) -> Outcome {
        let mut outcome = match input {
            Input::Request { from, request } => self.request(now, *from, request, dice),
            Input::Timer(timer) => self.timer(now, timer),
            Input::Reply { .. } | Input::Metadata(_) | Input::Start { .. } | Input::Stop => {
                member::decide(self, now, input)
            }
        };
        if let Some(replicas) = &self.replicas {
            // What has waited for a transaction's coordinator goes on as if it came now.
            let waited = match input {
                Input::Reply { call: Call::AddPartitionsToTxn(number), .. }
                | Input::Timer(Timer::CoordinatorAnswerDue(number)) => self.guards.shared(*number),
                _ => None,
            };
            let asked = match input {
                Input::Request { from, request } => Some((*from, request)),
                _ => waited.as_deref().map(|waited| (waited.from, &waited.request)),
            };
            replica::after_decision(self, replicas, now, asked, &mut outcome);
        }
        outcome
    }

    fn request(&self, now: Time, from: RequestId, request: &Request, dice: &dyn Dice) -> Outcome {
        if self.member.is_some()
            && let Some(outcome) = member::request(self, from, request, dice)
        {
            return outcome;
        }
        match request {
            Request::Metadata(request) => topic::metadata(self, from, request, dice),
            Request::CreateTopics(request) => topic::create_topics(self, from, request, dice),
            Request::CreatePartitions(request) => topic::create_partitions(self, from, request),
            Request::DeleteTopics(request) => topic::delete_topics(self, now, from, request),
            Request::Produce(request) => api::produce(self, now, from, request),
            Request::Fetch(request) => api::fetch(self, now, from, request),
            Request::ListOffsets(request) => api::list_offsets(self, from, request),
            Request::FindCoordinator(request) => api::find_coordinator(self, from, request, dice),
            Request::DescribeGroups(request) => group::describe(self, from, request),
            Request::JoinGroup(request) => group::join(self, now, from, request, dice),
            Request::SyncGroup(request) => group::sync(self, now, from, request),
            Request::Heartbeat(request) => group::heartbeat(self, now, from, request),
            Request::LeaveGroup(request) => group::leave(self, now, from, request),
            Request::ConsumerGroupHeartbeat(request) => {
                group::consumer_group_heartbeat(self, now, from, request, dice)
            }
            Request::OffsetCommit(request) => group::offset_commit(self, now, from, request),
            Request::OffsetFetch(request) => group::offset_fetch(self, from, request),
            Request::Admin(request) => crate::admin::admin(self, now, from, request),
            // A broker alone in its cluster has no controller to ask.
            Request::Controller(_) => Outcome::default(),
            Request::Txn(request) => txn::txn(self, now, from, request),
            Request::FollowerFetch(request) => replica::fetch(self, now, from, request),
        }
    }

    fn timer(&self, now: Time, timer: &Timer) -> Outcome {
        match timer {
            Timer::FetchSatisfied(id) | Timer::FetchWaitExpired(id) => api::answer_held(self, *id),
            Timer::JoinPhaseCompleted(group) => group::join_phase_completed(self, now, group),
            Timer::InitialRebalanceDelayExpired(group) => group::initial_delay_expired(self, now, group),
            Timer::RebalanceTimeoutExpired(group) => group::rebalance_timeout(self, now, group),
            Timer::SyncTimeoutExpired(group) => group::sync_timeout(self, now, group),
            Timer::SessionTimeoutExpired(group, member) => group::session_timeout(self, now, group, member),
            Timer::RetentionCheckDue => group::check_retention(self, now),
            Timer::LogRetentionCheckDue => upkeep::check_retention(self, now),
            Timer::LogCleanerDue => upkeep::clean(self, now),
            Timer::TxnMarkersDue(id) => txn::write_markers(self, now, id),
            Timer::TxnTimeoutCheckDue => txn::check_timeouts(self, now),
            Timer::CommunicationDue => member::communicate(self, now),
            Timer::MemberRebalanceTimeoutExpired(group, member) => {
                group::member_rebalance_timeout(self, now, group, member)
            }
            Timer::Replica(timer) => replica::timer(self, now, *timer),
            Timer::TxnAppendDue(id) => txn::finish(self, now, id),
            Timer::ProducerIdExpirationDue => upkeep::expire_producers(self, now),
            Timer::TransactionalIdExpirationDue => txn::expire_ids(self, now),
            Timer::CoordinatorAnswerDue(number) => txn::coordinator_due(self, now, *number),
        }
    }

    /// Takes an event in. Events come from [`Broker::decide`] of the same state.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::TopicCreated { topic, id, partitions, config, internal, leader } => {
                self.topics_created += 1;
                let mut new = Topic::new(topic.clone(), *id, config.clone(), *internal);
                new.follow(LogConfig::of(config, &self.configs, self.id, self.profile));
                new.grow(*partitions, *leader);
                self.topics.insert(topic.clone(), Arc::new(new));
            }
            Event::PartitionsAdded { topic, to, leader, .. } => {
                if let Some(topic) = self.topics.get_mut(topic) {
                    Arc::make_mut(topic).grow(*to, *leader);
                }
            }
            Event::TopicDeleted { topic, at } => {
                self.topics.remove(topic);
                self.purgatory.deleted(topic, *at, &mut self.timers);
            }
            Event::BatchAppended { tp, stored } => {
                self.guards.appended(tp, &stored.batch);
                if let Some(topic) = self.topics.get_mut(&tp.topic) {
                    Arc::make_mut(topic).append(tp.partition, stored);
                    self.log_checks.log_changed(topic, tp.partition, stored.appended_at, &mut self.timers);
                }
                // In a cluster, readers may have to wait for the other replicas.
                if self.replicas.is_none() || !replica::appended(self, tp, stored) {
                    self.purgatory.appended(tp, stored, stored.appended_at, &mut self.timers);
                }
            }
            Event::FetchHeld { request, until, min_bytes, max_bytes, partitions } => {
                let timers = &mut self.timers;
                self.purgatory.hold(*request, *until, *min_bytes, *max_bytes, partitions, timers);
            }
            Event::FetchAnswered { request, was_held: true, .. } => {
                self.purgatory.release(*request, &mut self.timers);
            }
            Event::Group { group, at, change } => {
                if change.draws_member_id() {
                    self.member_ids_drawn += 1;
                }
                let state =
                    self.groups.entry(group.clone()).or_insert_with(|| Arc::new(Group::new(group.clone())));
                Arc::make_mut(state).apply(*at, change, &mut self.timers);
                if *change == crate::GroupChange::Deleted {
                    self.groups.remove(group);
                } else {
                    self.plan_retention_check(*at);
                }
            }
            Event::RetentionChecked { next, .. } => self.set_retention_check(*next),
            Event::ConfigsAltered { resource, changes } => self.alter(resource, changes),
            Event::RecordsDeleted { tp, log_start_offset } => {
                if let Some(topic) = self.topics.get_mut(&tp.topic) {
                    Arc::make_mut(topic).delete_records(tp.partition, *log_start_offset);
                }
            }
            Event::LogImported { tp, log_start_offset, log_end_offset } => {
                if let Some(topic) = self.topics.get_mut(&tp.topic) {
                    Arc::make_mut(topic).import_log(tp.partition, *log_start_offset, *log_end_offset);
                }
            }
            Event::LogChanged { tp, at, change } => {
                if let Some(topic) = self.topics.get_mut(&tp.topic) {
                    Arc::make_mut(topic).change_log(tp.partition, *at, change);
                    self.log_checks.log_changed(topic, tp.partition, *at, &mut self.timers);
                }
            }
            Event::LogsChecked { at } => {
                let topics = self.topics.values().map(|topic| &**topic);
                self.log_checks.plan_anew(topics, *at, &mut self.timers);
            }
            Event::Lifecycle(_) | Event::MetadataRead { .. } => member::apply(self, event),
            Event::Txn(event) => {
                self.txn.apply(event, &mut self.timers);
                self.guards.apply(event, &mut self.timers);
            }
            Event::Replica(event) => replica::apply(self, event),
            Event::FetchAnswered { was_held: false, .. } | Event::ProduceRejected(_) | Event::Rejected(_) => {
            }
        }
    }

    pub(crate) fn alter(&mut self, resource: &ConfigResource, changes: &ConfigChanges) {
        if resource.kind == ResourceKind::Topic {
            if let Some(topic) = self.topics.get_mut(&*resource.name) {
                let topic = Arc::make_mut(topic);
                topic.configure(changes);
                topic.follow(LogConfig::of(topic.config(), &self.configs, self.id, self.profile));
            }
            return;
        }
        let of_it = self.configs.entry(resource.clone()).or_default();
        for (key, value) in changes {
            match value {
                Some(value) => drop(of_it.insert(key.clone(), value.clone())),
                None => drop(of_it.remove(key)),
            }
        }
        if of_it.is_empty() {
            self.configs.remove(resource);
        }
        if resource.kind == ResourceKind::Broker {
            for topic in self.topics.values_mut() {
                let config = LogConfig::of(topic.config(), &self.configs, self.id, self.profile);
                if config != *topic.log_config() {
                    Arc::make_mut(topic).follow(config);
                }
            }
        }
    }

    /// There are groups. The checks have a rhythm of their own, from the broker's start on.
    pub(crate) fn plan_retention_check(&mut self, at: Time) {
        if self.retention_check.is_none() {
            let interval = self.config.offsets_retention_check_interval.0.max(1);
            let next = Time((at.0 / interval).saturating_add(1).saturating_mul(interval));
            self.set_retention_check(Some(next));
        }
    }

    fn set_retention_check(&mut self, next: Option<Time>) {
        let old = std::mem::replace(&mut self.retention_check, next);
        self.timers.replace(old, next, || Timer::RetentionCheckDue);
    }

    /// The next moment at which something is to do here; it may have come already.
    pub fn next_timer(&self) -> Option<(Time, Timer)> {
        let own = self.timers.first();
        match &self.replicas {
            None => own,
            Some(replicas) => {
                replicas.next_timer().map(|(at, timer)| (at, timer.into())).into_iter().chain(own).min()
            }
        }
    }

    /// Its number.
    pub fn id(&self) -> BrokerId {
        self.id
    }

    /// Its number, address and rack.
    pub fn info(&self) -> &BrokerInfo {
        &self.info
    }

    /// The brokers of its cluster that take part.
    pub fn brokers(&self) -> &[BrokerInfo] {
        &self.brokers
    }

    /// Its settings.
    pub fn config(&self) -> &BrokerConfig {
        &self.config
    }

    /// Which Kafka it answers like.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Every topic, by name.
    pub fn topics(&self) -> impl ExactSizeIterator<Item = &Topic> {
        self.topics.values().map(|topic| &**topic)
    }

    /// One topic.
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.get(name).map(|topic| &**topic)
    }

    /// One partition.
    pub fn partition(&self, tp: &TopicPartition) -> Option<&PartitionState> {
        self.topics.get(&tp.topic)?.partition(tp.partition)
    }

    /// One partition's log.
    pub fn log(&self, tp: &TopicPartition) -> Option<&crate::PartitionLog> {
        Some(&self.partition(tp)?.log)
    }

    /// Every group, by name.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Group> {
        self.groups.values().map(|group| &**group)
    }

    /// One group.
    pub fn group(&self, group: &str) -> Option<&Group> {
        self.groups.get(group).map(|group| &**group)
    }

    /// What `group` has committed for `tp`.
    pub fn committed(&self, group: &str, tp: &TopicPartition) -> Option<&CommittedOffset> {
        self.group(group)?.committed(tp)
    }

    /// The settings that were given to anything but topics ([`Topic::config`]).
    pub fn configs(&self) -> &Configs {
        &self.configs
    }

    /// The fetches that wait: each with the moment at which it is answered at the latest.
    pub fn held_fetches(&self) -> impl Iterator<Item = (RequestId, Time)> {
        self.purgatory.held()
    }

    /// Its part of the transaction coordinator.
    pub fn txn_coordinator(&self) -> &TxnCoordinator {
        &self.txn
    }

    /// What it asks other coordinators about transactions in the partitions that it leads.
    pub fn guards(&self) -> &Guards {
        &self.guards
    }

    pub(crate) fn purgatory(&self) -> &Purgatory {
        &self.purgatory
    }

    pub(crate) fn topics_created(&self) -> u64 {
        self.topics_created
    }

    pub(crate) fn member_ids_drawn(&self) -> u64 {
        self.member_ids_drawn
    }
}

impl Hash for Broker {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The timers are a function of the groups and the held fetches.
        (self.id, &self.brokers, &self.config, self.profile, self.member_ids_drawn, self.topics_created)
            .hash(state);
        (&self.topics, &self.groups, &self.purgatory, self.retention_check).hash(state);
        if !self.configs.is_empty() {
            self.configs.hash(state);
        }
        if !self.log_checks.is_idle() {
            self.log_checks.hash(state);
        }
        if let Some(member) = &self.member {
            member.hash(state);
        }
        if self.txn != TxnCoordinator::default() {
            self.txn.hash(state);
        }
        if self.guards != Guards::default() {
            self.guards.hash(state);
        }
        if let Some(replicas) = &self.replicas {
            replicas.hash(state);
        }
    }
}
