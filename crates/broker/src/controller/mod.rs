//! The controller of a cluster as a state machine (`QuorumController`): who is a broker, which topics there are, who leads
//! them, who is in sync.
//!
//! ```text
//! let outcome = controller.decide(now, &input, dice);            // thinks, cannot mutate
//! for event in &outcome.events { controller.apply(event) }       // mutates, cannot fail
//! send(outcome.replies); send_to_brokers(controller.records_from(offset));
//! ```
//!
//! All that it knows stands in its log, a list of [`MetadataRecord`]s; what it does not write down (when it heard of a broker)
//! dies with it in Kafka, too. Several controllers have one log here; which of them is active says [`crate::quorum`]. A broker
//! that is alone in its cluster has no controller.

mod alter_partition;
mod change;
mod configs;
mod create;
mod elect;
mod heartbeat;
mod place;
mod reassign;
mod register;
mod replay;
#[cfg(test)]
mod tests;

use crate::RequestId;
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::protocol::{
    ConfigResource, ControllerRequest, ControllerResponse, MetadataDelta, MetadataRecord,
    PartitionRegistration, ResourceKind,
};
use millrace_model::{
    BrokerEpoch, BrokerId, BrokerInfo, Dice, ErrorCode, Map, Offset, Partition, Time, TopicId, TopicName,
    TopicPartition,
};
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Controller {
    config: Arc<ClusterConfig>,
    /// `num.partitions`.
    num_partitions: i32,
    /// The log, in the stretches in which it was written.
    log: Vec<MetadataDelta>,
    end: Offset,
    registrations: Map<BrokerId, Registration>,
    sessions: Map<BrokerId, Session>,
    topics: Map<TopicName, Arc<TopicControl>>,
    configs: Map<ConfigResource, Map<Arc<str>, Arc<str>>>,
    /// How many topics were ever created, for the dice.
    topics_created: u64,
    /// When leaders are brought back to the preferred replicas, while any is not there (`auto.leader.rebalance.enable`).
    rebalance_at: Option<Time>,
}

/// A broker as it has registered (`BrokerRegistration`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Registration {
    /// Number, address, rack.
    pub broker: BrokerInfo,
    /// The number of this registration.
    pub broker_epoch: BrokerEpoch,
    /// Tells one life of the process from the next.
    pub incarnation: u64,
    /// It leads nothing and clients do not see it.
    pub fenced: bool,
    /// It is stopping cleanly.
    pub in_controlled_shutdown: bool,
}

impl Registration {
    /// A broker as it has just registered (`RegisterBrokerRecord`).
    pub(crate) fn registered(
        broker: &BrokerInfo,
        broker_epoch: BrokerEpoch,
        incarnation: u64,
        fenced: bool,
    ) -> Registration {
        Registration {
            broker: broker.clone(),
            broker_epoch,
            incarnation,
            fenced,
            in_controlled_shutdown: false,
        }
    }

    /// It was fenced or unfenced, or has begun to stop (`BrokerRegistrationChangeRecord`).
    pub(crate) fn change(&mut self, fenced: Option<bool>, in_controlled_shutdown: bool) {
        self.fenced = fenced.unwrap_or(self.fenced);
        self.in_controlled_shutdown |= in_controlled_shutdown;
    }
}

/// When a broker was heard of (`BrokerHeartbeatState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// When.
    pub last_contact: Time,
    /// Fenced brokers have no session to lose.
    pub fenced: bool,
    /// How far it had read.
    pub metadata_offset: Offset,
    /// What the others must have read before it may stop.
    pub controlled_shutdown_offset: Option<Offset>,
}

/// A topic as the controller knows it (`TopicControlInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicControl {
    /// Its id.
    pub id: TopicId,
    /// Its partitions, in the order of their numbers.
    pub partitions: Vec<PartitionRegistration>,
}

/// What a controller reacts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControllerInput<'a> {
    /// A request has arrived.
    Request {
        /// Which one.
        from: RequestId,
        /// What is asked.
        request: &'a ControllerRequest,
    },
    /// The moment that [`Controller::next_timer`] named has come.
    Timer,
    /// Another controller of the quorum is active from now on, with the same log.
    Activated,
}

/// Something that happened at the controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ControllerEvent {
    /// It has written records at the end of its log; with that they hold.
    Appended(MetadataDelta),
    /// A broker was heard of, or is taken to be gone.
    SessionChanged {
        /// Which broker.
        broker: BrokerId,
        /// Its session now.
        session: Session,
    },
    /// It has looked after the leaders.
    RebalanceChecked {
        /// When it looks again.
        next: Option<Time>,
    },
    /// A request was turned down; nothing has changed.
    Rejected {
        /// Kafka's name of the API.
        api: &'static str,
        /// What it was about.
        subject: Arc<str>,
        /// The error in the answer.
        error: ErrorCode,
        /// Why, in words.
        why: Option<Arc<str>>,
    },
}

/// What a decision comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControllerOutcome {
    /// What happened, in order.
    pub events: Vec<ControllerEvent>,
    /// What is answered.
    pub replies: Vec<(RequestId, ControllerResponse)>,
}

/// An error with its sentence.
type Refusal = (ErrorCode, Option<Arc<str>>);

/// A refusal in words of its own.
fn refuse<T>(error: ErrorCode, words: impl Into<Arc<str>>) -> Result<T, Refusal> {
    Err((error, Some(words.into())))
}

/// A decision under way: what it has come to so far.
#[derive(Default)]
struct Draft {
    records: Vec<MetadataRecord>,
    events: Vec<ControllerEvent>,
}

impl Draft {
    fn rejected(&mut self, api: &'static str, subject: &str, refusal: &Refusal) {
        let (error, why) = refusal.clone();
        self.events.push(ControllerEvent::Rejected { api, subject: subject.into(), error, why });
    }
}

impl Controller {
    /// A controller that knows nobody yet.
    pub fn new(config: Arc<ClusterConfig>, num_partitions: i32) -> Controller {
        Controller {
            config,
            num_partitions,
            log: Vec::new(),
            end: Offset(0),
            registrations: Map::new(),
            sessions: Map::new(),
            topics: Map::new(),
            configs: Map::new(),
            topics_created: 0,
            rebalance_at: None,
        }
    }

    /// What `input` comes to at `now`. Changes nothing: the owner applies the events.
    pub fn decide(&self, now: Time, input: &ControllerInput<'_>, dice: &dyn Dice) -> ControllerOutcome {
        let mut draft = Draft::default();
        let mut outcome = ControllerOutcome::default();
        match input {
            ControllerInput::Request { from, request } => {
                let response = self.request(now, request, &mut draft, dice);
                outcome.replies.push((*from, response));
            }
            ControllerInput::Timer => self.timer(now, &mut draft),
            ControllerInput::Activated => self.activate(now, &mut draft),
        }
        if !draft.records.is_empty() {
            self.plan_balance(now, &mut draft);
            let delta = MetadataDelta { base_offset: self.end, records: draft.records.into() };
            outcome.events.push(ControllerEvent::Appended(delta));
        }
        outcome.events.append(&mut draft.events);
        outcome
    }

    fn request(
        &self,
        now: Time,
        request: &ControllerRequest,
        draft: &mut Draft,
        dice: &dyn Dice,
    ) -> ControllerResponse {
        match request {
            ControllerRequest::BrokerRegistration(request) => {
                ControllerResponse::BrokerRegistration(self.register(now, request, draft))
            }
            ControllerRequest::BrokerHeartbeat(request) => {
                ControllerResponse::BrokerHeartbeat(self.heartbeat(now, request, draft))
            }
            ControllerRequest::AlterPartition(request) => {
                ControllerResponse::AlterPartition(self.alter_partition(request, draft))
            }
            ControllerRequest::ElectLeaders(request) => {
                ControllerResponse::ElectLeaders(self.elect_leaders(request, draft))
            }
            ControllerRequest::AlterPartitionReassignments(request) => {
                ControllerResponse::AlterPartitionReassignments(self.reassign(request, draft))
            }
            ControllerRequest::ListPartitionReassignments(of) => {
                ControllerResponse::ListPartitionReassignments(self.reassignments(of.as_deref()))
            }
            ControllerRequest::CreateTopics(request, assigned) => {
                ControllerResponse::CreateTopics(self.create_topics(request, assigned, draft, dice))
            }
            ControllerRequest::CreatePartitions(request) => {
                ControllerResponse::CreatePartitions(self.create_partitions(request, draft, dice))
            }
            ControllerRequest::DeleteTopics(request) => {
                ControllerResponse::DeleteTopics(self.delete_topics(request, draft))
            }
            ControllerRequest::IncrementalAlterConfigs(resource, changes) => {
                let (error, words) = self.alter_configs(resource, changes, draft);
                ControllerResponse::IncrementalAlterConfigs(error, words)
            }
            ControllerRequest::UnregisterBroker(broker) => {
                let (error, words) = self.unregister(*broker, draft);
                ControllerResponse::UnregisterBroker(error, words)
            }
        }
    }

    fn timer(&self, now: Time, draft: &mut Draft) {
        if !self.fence_one_stale_broker(now, draft) {
            self.balance_leaders(now, draft);
        }
    }

    /// The next moment at which something is to do here; it may have come already.
    pub fn next_timer(&self) -> Option<Time> {
        self.next_session_check().into_iter().chain(self.rebalance_at).min()
    }

    /// Where its log ends: the offset of the next record.
    pub fn end(&self) -> Offset {
        self.end
    }

    /// Its log from `offset` on, in the stretches in which it was written.
    pub fn records_from(&self, offset: Offset) -> impl Iterator<Item = &MetadataDelta> {
        self.log.iter().filter(move |delta| delta.base_offset >= offset)
    }

    /// Its settings, and its brokers'.
    pub fn config(&self) -> &Arc<ClusterConfig> {
        &self.config
    }

    /// The brokers that have registered, fenced ones as well.
    pub fn registrations(&self) -> impl Iterator<Item = &Registration> {
        self.registrations.values()
    }

    /// One of them.
    pub fn registration(&self, broker: BrokerId) -> Option<&Registration> {
        self.registrations.get(&broker)
    }

    /// When a broker was heard of.
    pub fn session(&self, broker: BrokerId) -> Option<&Session> {
        self.sessions.get(&broker)
    }

    /// One partition.
    pub fn partition(&self, tp: &TopicPartition) -> Option<&PartitionRegistration> {
        self.topics.get(&tp.topic)?.partitions.get(usize::try_from(tp.partition.0).ok()?)
    }

    /// Every partition, by topic and number.
    pub fn partitions(&self) -> impl Iterator<Item = (TopicPartition, &PartitionRegistration)> {
        self.topics.iter().flat_map(|(name, topic)| {
            (0_i32..)
                .zip(&topic.partitions)
                .map(|(n, state)| (TopicPartition { topic: name.clone(), partition: Partition(n) }, state))
        })
    }

    /// May lead and be in sync: neither fenced nor stopping (`ClusterControlManager.isActive`).
    fn is_active(&self, broker: BrokerId) -> bool {
        self.registrations.get(&broker).is_some_and(|known| !known.fenced && !known.in_controlled_shutdown)
    }

    fn topic_setting(&self, topic: &TopicName, key: &str) -> Option<&Arc<str>> {
        self.configs.get(&ConfigResource::new(ResourceKind::Topic, topic.as_str()))?.get(key)
    }

    /// `unclean.leader.election.enable` of a topic.
    fn allows_unclean(&self, topic: &TopicName) -> bool {
        let own = self.topic_setting(topic, "unclean.leader.election.enable");
        own.map_or(self.config.unclean_leader_election, |value| &**value == "true")
    }

    /// `min.insync.replicas` of a topic, at most its replication factor (`getTopicEffectiveMinIsr`).
    fn effective_min_isr(&self, topic: &TopicName) -> usize {
        let own = self.topic_setting(topic, "min.insync.replicas").and_then(|value| value.parse().ok());
        let min = own.or(usize::try_from(self.config.min_insync_replicas).ok()).unwrap_or(1);
        let first = self.topics.get(topic).and_then(|topic| topic.partitions.first());
        first.map_or(min, |first| min.min(first.replicas.len()))
    }
}
