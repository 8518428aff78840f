//! Producers of a plan: plain ones, and those with a `transactional.id`.

use super::{Draft, MS, Promise, TOPIC, TRANSACTIONAL_ID, is_idempotent};
use millrace_model::config::producer::{Acks, ProducerConfig};
use millrace_model::{Partition, Profile, TopicPartition};
use millrace_sim::{Command, NewRecord, ProducerAction};
use std::sync::Arc;

impl Draft {
    pub(super) fn start_producer(&mut self, name: &str, acks: Acks) {
        let config = ProducerConfig {
            acks,
            linger: MS(self.draws.below(2) * 5),
            enable_idempotence: is_idempotent(acks, self.draws.one_in(2)),
            request_timeout: MS(3_000),
            delivery_timeout: MS(20_000),
            ..ProducerConfig::defaults(Profile::default())
        };
        let config = Box::new(config);
        self.push(MS(50), Command::StartProducer { name: name.into(), topic: TOPIC.into(), config });
    }

    /// Another producer with the same `transactional.id`; the last one may still be there, a zombie from now on.
    pub(super) fn succeed(&mut self) {
        let Some(count) = self.transactional else { return };
        let config = ProducerConfig {
            transactional_id: Some(TRANSACTIONAL_ID.into()),
            transaction_timeout: MS(self.draws.of(&[3_000, 8_000, 60_000]).unwrap_or(60_000)),
            max_block: MS(20_000),
            request_timeout: MS(3_000),
            delivery_timeout: MS(20_000),
            ..ProducerConfig::defaults(Profile::default())
        };
        let name = name_of(count + 1).into();
        let config = Box::new(config);
        self.push(MS(50), Command::StartProducer { name, topic: TOPIC.into(), config });
        (self.transactional, self.is_open) = (Some(count + 1), false);
    }

    fn tell(&mut self, count: u64, action: ProducerAction) {
        let wait = MS(self.draws.below(200));
        self.push(wait, producer(count, action));
    }

    /// Something with a transaction: it begins, records are part of it, it ends, or its producer does.
    pub(super) fn transact(&mut self) {
        let Some(count) = self.transactional else { return };
        if !self.is_open {
            if self.draws.one_in(3) {
                // What has failed has to be aborted; where nothing has, it is refused.
                self.tell(count, ProducerAction::Abort);
            }
            self.tell(count, ProducerAction::Begin);
            self.is_open = true;
        }
        for _ in 0..1 + self.draws.below(3) {
            let records = self.some_records();
            let wait = MS(self.draws.below(40));
            self.push(wait, Command::Produce { producer: Some(name_of(count).into()), records });
        }
        if self.draws.one_in(4) {
            let tp = TopicPartition { topic: TOPIC.into(), partition: Partition(self.a_partition()) };
            let offset = i64::try_from(self.records).unwrap_or(0);
            let offsets = vec![(tp, offset)];
            self.tell(count, ProducerAction::SendOffsets { group: "g".into(), offsets, metadata: "".into() });
        }
        match self.draws.below(12) {
            0..=5 => self.end(count, ProducerAction::Commit),
            6..=7 => self.end(count, ProducerAction::Abort),
            8 => {
                self.push_fault("producer crash", producer(count, ProducerAction::Crash));
                self.succeed();
            }
            9 => {
                // Two of them: the older one goes on as if nothing had happened.
                self.succeed();
                let records = self.some_records();
                self.push(MS(10), Command::Produce { producer: Some(name_of(count).into()), records });
                self.push_fault("zombie producer", producer(count, ProducerAction::Commit));
            }
            _ => {}
        }
    }

    fn end(&mut self, count: u64, action: ProducerAction) {
        self.tell(count, action);
        self.is_open = false;
    }

    fn some_records(&mut self) -> Vec<NewRecord> {
        let mut records = Vec::new();
        for _ in 0..1 + self.draws.below(3) {
            let value = self.records.to_string();
            self.records += 1;
            let partition = Some(Partition(self.a_partition()));
            records.push(NewRecord {
                topic: None,
                key: None,
                value: Some(value.as_bytes().into()),
                timestamp: None,
                partition,
                headers: Arc::default(),
            });
        }
        records
    }

    pub(super) fn produce(&mut self) {
        for _ in 0..1 + self.draws.below(3) {
            let other = self.promise == Promise::Kept && self.draws.one_in(4);
            let records = self.some_records();
            let producer = Some(if other { "q".into() } else { "p".into() });
            let wait = MS(self.draws.below(40));
            self.push(wait, Command::Produce { producer, records });
        }
    }
}

fn name_of(count: u64) -> String {
    format!("x-{count}")
}

fn producer(count: u64, action: ProducerAction) -> Command {
    Command::Producer { name: name_of(count).into(), action }
}
