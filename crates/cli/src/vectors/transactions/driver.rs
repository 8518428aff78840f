//! One broker, one topic of one partition, and producers by the names of the recording.

use millrace_client::consumer::ConsumerEvent;
use millrace_client::listener::{InstanceEvent, Port};
use millrace_client::producer::{Failure, ProducerEvent, TransactionEvent};
use millrace_model::{Offset, Profile, Span, TopicPartition};
use millrace_script::{Runner, parse_line};
use millrace_sim::{Actor, EntryId, Fact, Setup};
use serde_json::{Value, json};

/// Long enough for any call; short enough that no transaction is open for `transaction.timeout.ms`.
const SETTLE: Span = Span::from_millis(500);

pub struct Driver {
    runner: Runner,
    profile: Profile,
    tp: TopicPartition,
    started: Vec<String>,
    seen: Option<EntryId>,
}

/// What came of a call: an offset, an exception, or nothing to tell.
#[derive(Default)]
struct Came {
    offset: Option<Offset>,
    failure: Option<Failure>,
}

impl Driver {
    pub fn new() -> Result<Driver, String> {
        let profile = Profile::Snapshot40;
        let mut driver = Driver {
            runner: Runner::new(Setup { seed: 1, profile }),
            profile,
            tp: TopicPartition::new("orders", 0),
            started: Vec::new(),
            seen: None,
        };
        driver.line("kafka-topics --create --topic orders --partitions 1")?;
        driver.settle()?;
        Ok(driver)
    }

    /// `new KafkaProducer` with `initTransactions`; `A'` has the transactional id of `A`.
    pub fn init(&mut self, who: &str) -> Result<Value, String> {
        let (name, id) = (named(who), who.trim_end_matches('\''));
        self.line(&format!("producer start {name} --topic orders --transactional-id {id}"))?;
        self.started.push(name);
        self.settle()?;
        Ok(self.result(who))
    }

    pub fn call(&mut self, verb: &str, who: &str) -> Result<Value, String> {
        self.line(&format!("producer {verb} {}", named(who)))?;
        self.settle()?;
        Ok(self.result(who))
    }

    pub fn send(&mut self, who: &str, key: &str, value: &str) -> Result<Value, String> {
        let name = named(who);
        if !self.started.contains(&name) {
            // `plain`: idempotent, without transactions.
            self.line(&format!("producer start {name} --topic orders --idempotence true"))?;
            self.started.push(name.clone());
        }
        self.line(&format!("produce orders {key} {value} --producer {name}"))?;
        self.settle()?;
        Ok(self.result(who))
    }

    pub fn settle(&mut self) -> Result<(), String> {
        let until = self.runner.timeline().world().now() + SETTLE;
        self.runner.run_until(until).map_err(|failure| failure.to_string())
    }

    pub fn line(&mut self, line: &str) -> Result<(), String> {
        let statement =
            parse_line(line, self.profile).map_err(|problem| format!("not modelled: {line}: {problem}"))?;
        let Some(statement) = statement else { return Ok(()) };
        let answer = self.runner.run(&statement).map_err(|failure| format!("{line}: {failure}"))?;
        answer.refused.map_or(Ok(()), |words| Err(format!("{line}: {words}")))
    }

    /// In the form of the recording.
    fn result(&mut self, who: &str) -> Value {
        let came = self.came(&named(who));
        let world = self.runner.timeline().world();
        let log = world.brokers().find_map(|broker| broker.log(&self.tp));
        let mut result = json!({
            "hw": log.map_or(-1, |log| log.high_watermark().0),
            "lso": log.map_or(-1, |log| log.last_stable_offset().0),
        });
        if let Some(result) = result.as_object_mut() {
            if let Some(failure) = came.failure {
                let class = failure.class.rsplit('.').next().unwrap_or_default();
                result.insert("error".to_owned(), json!(class));
            } else if let Some(offset) = came.offset {
                result.insert("offset".to_owned(), json!(offset.0));
            }
        }
        result
    }

    /// What has come of a producer's calls since the last time.
    fn came(&mut self, who: &str) -> Came {
        let timeline = self.runner.timeline();
        let new = timeline.branch().entries_before(timeline.world().steps());
        let entries: Vec<_> = new.take_while(|entry| Some(entry.id) > self.seen).collect();
        let mut came = Came::default();
        for entry in entries.iter().rev() {
            let (Actor::Node(node), Fact::Producer(event)) = (entry.actor, &entry.fact) else { continue };
            if timeline.world().node(node).is_none_or(|node| &*node.name != who) {
                continue;
            }
            match event {
                ProducerEvent::BatchAcknowledged { base_offset, .. } => came.offset = Some(*base_offset),
                ProducerEvent::RecordsFailed { failure, .. } => came.failure = Some(failure.clone()),
                ProducerEvent::Transaction(event) => {
                    if let TransactionEvent::CallReturned { failure: Some(failure), .. } = &**event {
                        came.failure = Some(failure.clone());
                    }
                }
                _ => {}
            }
        }
        self.seen = entries.first().map(|entry| entry.id).or(self.seen);
        came
    }

    /// What a consumer reads from the beginning, and its position in the end.
    pub fn read(&mut self, isolation: &str) -> Result<(Value, i64), String> {
        self.line(&format!("app start {isolation} --topic orders --isolation-level read_{isolation}"))?;
        for _ in 0..20 {
            self.settle()?;
        }
        let timeline = self.runner.timeline();
        let steps = timeline.world().steps();
        let entries: Vec<_> = timeline.branch().entries_before(steps).collect();
        let text = |bytes: &Option<millrace_model::Bytes>| {
            bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let mut records = Vec::new();
        let (id, _) = timeline.world().instance(isolation, "c1").ok_or("no consumer")?;
        for entry in entries.iter().rev() {
            let Fact::Instance(InstanceEvent::Consumer { event, .. }) = &entry.fact else { continue };
            let ConsumerEvent::PollReturned { polled, .. } = event else { continue };
            if entry.actor != Actor::Node(id) {
                continue;
            }
            for part in &polled.records {
                for (offset, record, _) in part.records() {
                    records.push(json!([offset.0, text(&record.key), text(&record.value)]));
                }
            }
        }
        let node = timeline.world().node(id).ok_or("no consumer")?;
        let millrace_sim::node::Kind::Instance { instance, .. } = &node.kind else {
            return Err("no consumer".to_owned());
        };
        let consumer = instance.container(Port(0)).map(|container| container.consumer());
        let position = consumer.and_then(|consumer| consumer.position(&self.tp));
        Ok((json!(records), position.map_or(-1, |position| position.0)))
    }

    /// What a group has committed (`Admin.listConsumerGroupOffsets`).
    pub fn committed(&self, group: &str) -> Value {
        let mut brokers = self.runner.timeline().world().brokers();
        match brokers.find_map(|broker| broker.committed(group, &self.tp)) {
            Some(committed) => json!({"offset": committed.offset.0, "metadata": &*committed.metadata}),
            None => Value::Null,
        }
    }
}

fn named(who: &str) -> String {
    who.replace('\'', "-2")
}
