//! A run that tests drive by commands and look at from outside.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_model::{GroupId, Offset, Profile, Span, TopicName, TopicPartition};
use millrace_sim::{AppConfig, Command, NewRecord, Setup, Timeline};
use std::sync::Arc;

pub struct Run {
    pub timeline: Timeline,
}

pub fn app(group: &str, topic: &str) -> AppConfig {
    AppConfig::new(GroupId::from(group), vec![TopicName::from(topic)], Profile::default())
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

    pub fn keys(&self, topic: &str) -> Vec<Vec<String>> {
        let broker = self.timeline.world().brokers().next().unwrap();
        let count = broker.topic(topic).unwrap().partition_count();
        (0..count)
            .map(|p| {
                let log = broker.log(&TopicPartition::new(topic, p)).unwrap();
                log.batches_from(Offset(0))
                    .flat_map(|b| b.batch.records.clone())
                    .map(|r| String::from_utf8(r.key.unwrap_or_default().to_vec()).unwrap())
                    .collect()
            })
            .collect()
    }

    pub fn committed(&self, group: &str, tp: &TopicPartition) -> Option<Offset> {
        self.timeline.world().brokers().next().unwrap().committed(group, tp).map(|c| c.offset)
    }
}
