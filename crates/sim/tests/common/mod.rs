//! A run that tests drive by commands and look at from outside.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_model::config::cluster::ClusterConfig;
use millrace_model::{GroupId, Offset, Profile, Record, Span, TopicName, TopicPartition};
use millrace_sim::{AppConfig, Command, InstanceAction, NewRecord, Setup, Timeline};
use std::sync::Arc;

pub struct Run {
    pub timeline: Timeline,
}

pub fn app(group: &str, topic: &str) -> AppConfig {
    AppConfig::new(GroupId::from(group), vec![TopicName::from(topic)], Profile::default())
}

pub fn instance(group: &str, name: &str, action: InstanceAction) -> Command {
    Command::Instance { group: group.into(), name: name.into(), action }
}

pub fn record(key: &str, value: &str) -> NewRecord {
    NewRecord {
        topic: None,
        key: Some(key.as_bytes().into()),
        value: Some(value.as_bytes().into()),
        timestamp: None,
        partition: None,
        headers: Arc::default(),
    }
}

impl Run {
    pub fn new() -> Run {
        Run { timeline: Timeline::new(Setup::default()) }
    }

    pub fn dispatch(&mut self, command: Command) {
        self.timeline.dispatch(command).unwrap_or_else(|refusal| panic!("{refusal}"));
    }

    pub fn wait(&mut self, span: Span) {
        let target = self.timeline.world().now() + span;
        while self.timeline.run_until(target, 10_000) == 10_000 {}
        assert_eq!(self.timeline.halt(), None);
    }

    pub fn topic(&mut self, topic: &str, partitions: i32) {
        self.dispatch(Command::CreateTopic {
            topic: topic.into(),
            partitions: Some(partitions),
            replication_factor: None,
            config: Default::default(),
        });
        self.wait(Span::from_millis(10));
    }

    pub fn start(&mut self, app: AppConfig, instances: u32) {
        self.dispatch(Command::StartApp { app: Box::new(app), instances });
    }

    pub fn produce(&mut self, topic: &str, record: NewRecord) {
        let record = NewRecord { topic: Some(topic.into()), ..record };
        self.dispatch(Command::Produce { producer: None, records: vec![record] });
    }

    pub fn log(&self, topic: &str) -> Vec<Vec<Record>> {
        let broker = self.timeline.world().brokers().next().unwrap();
        let count = broker.topic(topic).map_or(0, |topic| topic.partition_count());
        let records = |p| {
            let log = broker.log(&TopicPartition::new(topic, p)).unwrap();
            log.batches_from(Offset(0)).flat_map(|batch| batch.batch.records.clone()).collect()
        };
        (0..count).map(records).collect()
    }

    pub fn records(&self, topic: &str) -> Vec<Record> {
        self.log(topic).concat()
    }

    pub fn keys(&self, topic: &str) -> Vec<Vec<String>> {
        let key = |r: Record| String::from_utf8(r.key.unwrap_or_default().to_vec()).unwrap();
        self.log(topic).into_iter().map(|lane| lane.into_iter().map(key).collect()).collect()
    }

    /// What the coordinator believes: `c1: orders-0 orders-1`.
    pub fn assignment(&self, group: &str) -> Vec<String> {
        let broker = self.timeline.world().brokers().next().unwrap();
        let members = broker.group(group).unwrap().members().map(|member| {
            let owned: Vec<_> = member.assignment.partitions.iter().map(ToString::to_string).collect();
            format!("{}: {}", member.client_id, owned.join(" "))
        });
        members.collect()
    }

    pub fn committed(&self, group: &str, tp: &TopicPartition) -> Option<Offset> {
        self.timeline.world().brokers().next().unwrap().committed(group, tp).map(|c| c.offset)
    }
}

/// A cluster that notices within seconds who is gone, and gives nobody leaderships back by itself.
pub fn hasty() -> ClusterConfig {
    ClusterConfig {
        broker_session_timeout: Span::from_millis(2_000),
        broker_heartbeat_interval: Span::from_millis(500),
        replica_lag_time_max: Span::from_millis(1_500),
        auto_leader_rebalance: false,
        ..Default::default()
    }
}
