//! For random sends, answers, losses and delays: every record is acknowledged, failed or still waiting, exactly once,
//! and each partition's log has them in order.

use super::*;
use millrace_model::protocol::{
    InitProducerIdResponse, ListOffsetsResponse, MetadataResponse, TxnRequest, TxnResponse,
};
use millrace_model::{ProducerEpoch, ProducerId};
use std::collections::{BTreeMap, BTreeSet};

/// Reproducible chance for the test itself.
struct Chance(u64);

impl Chance {
    fn up_to(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

impl Dice for Chance {
    fn roll(&self, stream: &str, n: u64) -> u64 {
        StableHasher::of(&(self.0, stream, n))
    }
}

/// Two brokers that append when a request leaves, and may lose it, refuse it, or lose the answer.
struct World {
    producer: Producer,
    now: Time,
    chance: Chance,
    /// While false, nothing goes wrong any more.
    rough: bool,
    leaders: [Option<i32>; 3],
    logs: BTreeMap<TopicPartition, Vec<u32>>,
    answers: Vec<Reply>,
    sent: BTreeSet<u32>,
    settled: BTreeSet<u32>,
    /// By partition, what the broker knows of an idempotent producer: id, epoch, and its batches' first numbers and ends.
    known: BTreeMap<TopicPartition, Known>,
    /// Brokers whose connection has lost an answer: nothing more comes through it. Only with idempotence, which relies on
    /// the order of a connection's answers.
    broken: BTreeSet<BrokerId>,
}

type Known = ((ProducerId, ProducerEpoch), Vec<(i32, i32)>);

impl World {
    fn new(seed: u64, enable_idempotence: Option<bool>) -> World {
        let mut chance = Chance(seed);
        let batch_size = 80 + chance.up_to(200) as usize;
        let config = ProducerConfig {
            batch_size,
            buffer_memory: batch_size * (1 + chance.up_to(8) as usize),
            max_in_flight: if is_one_in_flight(seed) { 1 } else { 5 },
            max_request_size: 200 + chance.up_to(400) as usize,
            linger: Span::from_millis(chance.up_to(3) * 5),
            request_timeout: Span::from_millis(300),
            delivery_timeout: Span::from_millis(1_000),
            max_block: Span::from_millis(400),
            retries: if chance.up_to(4) == 0 { 2 } else { u32::MAX },
            metadata_max_age: Span::from_millis(700),
            enable_idempotence,
            ..defaults()
        };
        World {
            producer: Producer::new(ClientId::from("p"), config, vec![BrokerId(1)]),
            now: Time::ZERO,
            chance,
            rough: true,
            leaders: [Some(1), Some(2), Some(1)],
            logs: BTreeMap::new(),
            answers: Vec::new(),
            sent: BTreeSet::new(),
            settled: BTreeSet::new(),
            known: BTreeMap::new(),
            broken: BTreeSet::new(),
        }
    }

    fn step(&mut self, input: ProducerInput) {
        let outcome = self.producer.decide(self.now, &input, &self.chance);
        for event in &outcome.events {
            self.producer.apply(event);
            self.note(event);
        }
        for outgoing in outcome.requests {
            self.broker(outgoing);
        }
        let waiting: BTreeSet<u32> = self.sent.difference(&self.settled).copied().collect();
        assert_eq!(self.producer.incomplete_records(), waiting.len());
        assert!(self.producer.buffer_used() <= self.producer.config().buffer_memory);
    }

    fn is_idempotent(&self) -> bool {
        self.producer.config().is_idempotent()
    }

    fn settle(&mut self, origin: Origin) {
        assert!(self.sent.contains(&origin.0));
        assert!(self.settled.insert(origin.0), "record {} was settled twice", origin.0);
    }

    fn note(&mut self, event: &ProducerEvent) {
        match event {
            ProducerEvent::RecordsFailed { origins, .. } => {
                origins.iter().for_each(|origin| self.settle(*origin));
            }
            ProducerEvent::BrokerDisconnected { broker, .. } if self.is_idempotent() => {
                self.broken.remove(broker);
                self.answers.retain(|answer| answer.from != *broker);
            }
            ProducerEvent::BatchAcknowledged { batch, tp, .. } => {
                for record in &batch.records {
                    self.settle(record.origin);
                    assert!(self.logs[tp].contains(&record.origin.0), "acknowledged but not in the log");
                }
            }
            _ => {}
        }
    }

    fn broker(&mut self, outgoing: Outgoing) {
        let fate = if self.rough { self.chance.up_to(60) } else { 99 };
        if self.is_idempotent() && self.broken.contains(&outgoing.to) {
            return;
        }
        if fate == 0 {
            self.broken.insert(outgoing.to);
            return; // The request is lost.
        }
        let response = match outgoing.request {
            Request::Metadata(_) => {
                let topics: &[(&str, &[Option<i32>])] = &[("orders", &self.leaders)];
                let known = fate != 1;
                Response::Metadata(MetadataResponse {
                    cluster: cluster(if known { topics } else { &[] }),
                    errors: vec![],
                })
            }
            Request::Produce(request) => {
                let partitions =
                    request.data.iter().map(|(tp, batch)| self.append(tp, batch, fate)).collect();
                Response::Produce(ProduceResponse { partitions })
            }
            Request::Txn(request) => {
                assert!(matches!(*request, TxnRequest::InitProducerId(_)));
                let error = if fate == 1 { ErrorCode::CoordinatorLoadInProgress } else { ErrorCode::None };
                let (producer_id, producer_epoch) = (ProducerId(7), ProducerEpoch(0));
                let answer = InitProducerIdResponse { error, producer_id, producer_epoch };
                Response::Txn(Box::new(TxnResponse::InitProducerId(answer)))
            }
            other => panic!("a producer does not ask {other:?}"),
        };
        if fate == 2 {
            self.broken.insert(outgoing.to);
            return; // The answer is lost.
        }
        let response = if fate == 3 {
            Response::ListOffsets(ListOffsetsResponse { partitions: vec![] })
        } else {
            response
        };
        let (correlation, from) = (outgoing.correlation, outgoing.to);
        self.answers.push(Reply { correlation, from, response });
    }

    /// What comes without a sequence number is taken as it comes.
    fn append(&mut self, tp: &TopicPartition, batch: &millrace_model::Batch, fate: u64) -> ProducedPartition {
        let ids: Vec<u32> = batch.records.iter().map(|record| record.origin.0).collect();
        let is_there = self.logs.get(tp).is_some_and(|log| log.contains(&ids[0]));
        let error = match fate {
            4 => ErrorCode::NotLeaderOrFollower,
            5 if !(self.is_idempotent() && is_there) => ErrorCode::InvalidRecord,
            6 if batch.len() > 1 => ErrorCode::MessageTooLarge,
            7 => ErrorCode::NotEnoughReplicas,
            _ => self.judge(tp, batch),
        };
        let is_duplicate = error == ErrorCode::DuplicateSequenceNumber;
        let error = if is_duplicate { ErrorCode::None } else { error };
        if error == ErrorCode::None && !is_duplicate {
            self.logs.entry(tp.clone()).or_default().extend(&ids);
        }
        ProducedPartition {
            tp: tp.clone(),
            error,
            base_offset: Offset(0),
            log_append_time: None,
            log_start_offset: Offset(0),
        }
    }

    /// What a broker says of a sequence number; a duplicate is `DUPLICATE_SEQUENCE_NUMBER` here.
    fn judge(&mut self, tp: &TopicPartition, batch: &millrace_model::Batch) -> ErrorCode {
        let Some(producer) = batch.producer.as_deref() else { return ErrorCode::None };
        let id = (producer.id, producer.epoch);
        let (first, end) = (producer.base_sequence, producer.base_sequence + batch.len() as i32);
        // A broker takes any first number of a producer that it does not know: if it refuses that producer's very first
        // batch, it takes the second one. A hole of Kafka's, left out here: it knows the producer.
        let before = (producer.id, ProducerEpoch::NONE);
        let known = self.known.entry(tp.clone()).or_insert_with(|| (before, Vec::new()));
        if id < known.0 {
            return ErrorCode::InvalidProducerEpoch;
        }
        if id > known.0 {
            if first != 0 {
                return ErrorCode::OutOfOrderSequenceNumber;
            }
            *known = (id, Vec::new());
        }
        if known.1.iter().rev().take(5).any(|batch| *batch == (first, end)) {
            return ErrorCode::DuplicateSequenceNumber;
        }
        if !known.1.is_empty() && known.1.last().is_some_and(|last| last.1 != first) {
            return ErrorCode::OutOfOrderSequenceNumber;
        }
        known.1.push((first, end));
        ErrorCode::None
    }

    fn send(&mut self) {
        let mut records = Vec::new();
        for _ in 0..=self.chance.up_to(6) {
            let id = self.sent.len() as u32;
            self.sent.insert(id);
            let key = ["", "alice", "bob", "carol", "dave"][self.chance.up_to(5) as usize];
            let value = "x".repeat(self.chance.up_to(90) as usize);
            records.push(ProducerRecord { origin: Origin(id), ..record(key, &value) });
        }
        self.step(ProducerInput::Send { records });
    }

    /// Runs timers and answers up to `until`.
    fn run(&mut self, until: Time) {
        for _ in 0..100_000 {
            if !self.rough && !self.answers.is_empty() {
                let reply = self.answers.remove(0);
                self.step(ProducerInput::Reply(reply));
                continue;
            }
            match self.producer.next_timer().filter(|(due, _)| *due <= until) {
                Some((due, timer)) => {
                    self.now = self.now.max(due);
                    self.step(ProducerInput::Timer(timer));
                }
                None => {
                    self.now = until;
                    return;
                }
            }
        }
        panic!("timers without end: {:?}", self.producer.next_timer());
    }

    fn something(&mut self) {
        match self.chance.up_to(12) {
            0..4 => self.send(),
            4..8 if !self.answers.is_empty() => {
                for _ in 0..=self.chance.up_to(self.answers.len() as u64) {
                    let index = match self.is_idempotent() {
                        true => 0,
                        false => self.chance.up_to(self.answers.len() as u64) as usize,
                    };
                    let reply = self.answers.remove(index);
                    self.step(ProducerInput::Reply(reply));
                    if self.answers.is_empty() {
                        break;
                    }
                }
            }
            8 if self.chance.up_to(4) == 0 => {
                let broker = BrokerId(1 + self.chance.up_to(2) as i32);
                self.step(ProducerInput::Disconnected(broker));
            }
            9 => {
                let partition = self.chance.up_to(3) as usize;
                self.leaders[partition] =
                    [None, Some(1), Some(2), Some(1), Some(2)][self.chance.up_to(5) as usize];
            }
            10 if self.chance.up_to(5) == 0 => self.step(ProducerInput::Flush),
            _ => {
                let reply = Reply {
                    correlation: Correlation(self.chance.up_to(20)),
                    from: BrokerId(9),
                    response: Response::Produce(ProduceResponse { partitions: vec![] }),
                };
                self.step(ProducerInput::Reply(reply));
            }
        }
        let wait = Span::from_millis(self.chance.up_to(40));
        self.run(self.now + wait);
    }
}

#[test]
fn without_idempotence_every_record_is_settled_once_and_one_in_flight_keeps_each_log_in_order() {
    let (mut twice, mut overtaken) = (0, 0);
    sweep(Some(false), |seed, log| {
        // A batch whose answer was lost may stand there twice; its first appearance counts.
        let mut seen = BTreeSet::new();
        let first: Vec<u32> = log.iter().copied().filter(|id| seen.insert(*id)).collect();
        assert!(first.is_sorted() || !is_one_in_flight(seed), "seed {seed}: {log:?}");
        twice += usize::from(first.len() < log.len());
        overtaken += usize::from(!first.is_sorted());
    });
    assert!(twice > 100 && overtaken > 20, "{twice} {overtaken}");
}

#[test]
fn an_idempotent_producer_writes_every_record_once_and_in_order() {
    sweep(None, |seed, log| {
        let seen: BTreeSet<u32> = log.iter().copied().collect();
        assert_eq!(seen.len(), log.len(), "seed {seed}: something twice in {log:?}");
        assert!(log.is_sorted(), "seed {seed}: {log:?}");
    });
}

fn is_one_in_flight(seed: u64) -> bool {
    seed.is_multiple_of(2)
}

fn sweep(enable_idempotence: Option<bool>, mut check: impl FnMut(u64, &[u32])) {
    let (mut acknowledged, mut failed, mut retries) = (0, 0, 0);
    for seed in 0..400 {
        let mut world = World::new(seed, enable_idempotence);
        for _ in 0..60 {
            world.something();
        }
        world.rough = false;
        world.leaders = [Some(1), Some(2), Some(1)];
        world.step(ProducerInput::Close);
        world.run(world.now + Span::from_secs(10));
        assert_eq!(world.settled, world.sent, "seed {seed}");
        assert_eq!(world.producer.buffer_used(), 0, "seed {seed}");
        assert_eq!(world.producer.lifecycle(), Lifecycle::Closed, "seed {seed}");
        world.logs.values().for_each(|log| check(seed, log));
        let totals = world.producer.totals();
        acknowledged += totals.acknowledged;
        failed += totals.failed;
        retries += totals.retries;
    }
    // The test means something only if all of this happens.
    assert!(acknowledged > 10_000 && failed > 1_000 && retries > 1_000, "{acknowledged} {failed} {retries}");
}
