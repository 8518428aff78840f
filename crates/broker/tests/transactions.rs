//! Transactions at one broker: what `transactions.txt` recorded from a real broker with real clients, here with a stand-in for
//! the client that sends what Kafka's sends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails shall panic"
)]

mod support;

use millrace_broker::TxnState;
use millrace_model::config::producer::Acks;
use millrace_model::protocol::*;
use millrace_model::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use support::*;

fn tp() -> TopicPartition {
    TopicPartition::new("orders", 0)
}

/// What a producer keeps between its calls.
#[derive(Default)]
struct Client {
    transactional_id: Option<Arc<str>>,
    producer: Option<(ProducerId, ProducerEpoch)>,
    sequence: i32,
    /// The partition is part of the open transaction.
    is_added: bool,
    is_fenced: bool,
}

struct Bench {
    world: World,
    clients: BTreeMap<String, Client>,
}

impl Bench {
    fn new() -> Bench {
        Bench { world: World::ready(1), clients: BTreeMap::new() }
    }

    fn ask(&mut self, request: TxnRequest) -> TxnResponse {
        let Response::Txn(answer) = self.world.ask(Request::Txn(Box::new(request))) else { panic!() };
        *answer
    }

    fn init(&mut self, transactional_id: Option<&str>, timeout: u64) -> Result<Client, ErrorCode> {
        for _ in 0..10 {
            let TxnResponse::InitProducerId(answer) =
                self.ask(TxnRequest::InitProducerId(InitProducerIdRequest {
                    transactional_id: transactional_id.map(Into::into),
                    transaction_timeout: Span::from_millis(timeout),
                    producer_id: ProducerId::NONE,
                    producer_epoch: ProducerEpoch::NONE,
                }))
            else {
                panic!()
            };
            match answer.error {
                ErrorCode::None => {
                    return Ok(Client {
                        transactional_id: transactional_id.map(Into::into),
                        producer: Some((answer.producer_id, answer.producer_epoch)),
                        ..Client::default()
                    });
                }
                ErrorCode::ConcurrentTransactions => self.world.wait(100),
                error => return Err(error),
            }
        }
        panic!("the transaction before does not end")
    }

    fn add(&mut self, name: &str) -> ErrorCode {
        let client = &self.clients[name];
        let (producer_id, producer_epoch) = client.producer.unwrap();
        let request = TxnRequest::AddPartitionsToTxn(AddPartitionsToTxnRequest {
            transactional_id: client.transactional_id.clone().unwrap(),
            producer_id,
            producer_epoch,
            partitions: vec![tp()],
            verify_only: false,
            version: TransactionVersion::V0,
        });
        let TxnResponse::AddPartitionsToTxn(partitions) = self.ask(request) else { panic!() };
        partitions[0].1
    }

    fn send(&mut self, name: &str, key: &str, value: &str) -> Result<i64, ErrorCode> {
        if !self.clients.contains_key(name) {
            let plain = self.init(None, 0).unwrap();
            self.clients.insert(name.to_owned(), plain);
        }
        if self.clients[name].transactional_id.is_some() && !self.clients[name].is_added {
            match self.add(name) {
                ErrorCode::None => self.clients.get_mut(name).unwrap().is_added = true,
                error => return Err(error),
            }
        }
        let client = self.clients.get_mut(name).unwrap();
        let (id, epoch) = client.producer.unwrap();
        let is_transactional = client.transactional_id.is_some();
        let producer =
            ProducedBy { id, epoch, base_sequence: client.sequence, is_transactional, marker: None };
        client.sequence += 1;
        let record = Record::new(Timestamp(0), Some(key.as_bytes()), Some(value.as_bytes()));
        let batch = Arc::new(Batch::new(vec![record]).produced_by(producer));
        let Response::Produce(answer) = self.world.ask(produce_with(Acks::All, tp(), batch)) else {
            panic!()
        };
        match answer.partitions[0].error {
            ErrorCode::None => Ok(answer.partitions[0].base_offset.0),
            error => Err(error),
        }
    }

    fn end(&mut self, name: &str, committed: bool) -> ErrorCode {
        let client = self.clients.get_mut(name).unwrap();
        if !std::mem::take(&mut client.is_added) {
            return ErrorCode::None; // The client knows that nothing has begun.
        }
        let (producer_id, producer_epoch) = client.producer.unwrap();
        let transactional_id = client.transactional_id.clone().unwrap();
        let request = TxnRequest::EndTxn(EndTxnRequest {
            transactional_id,
            producer_id,
            producer_epoch,
            committed,
            version: TransactionVersion::V0,
        });
        let TxnResponse::EndTxn(answer) = self.ask(request) else { panic!() };
        answer.error
    }

    fn step(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let name = words[1];
        let result = match words[0] {
            "init" => self.init(Some(name.trim_end_matches('\'')), 60_000).map(|client| {
                self.clients.insert(name.to_owned(), client);
                "ok".to_owned()
            }),
            "begin" => Ok("ok".to_owned()),
            "send" => self.send(name, words[2], words[3]).map(|offset| format!("@{offset}")),
            verb if self.clients[name].is_fenced => {
                assert!(verb == "commit" || verb == "abort");
                Err(ErrorCode::ProducerFenced)
            }
            verb => match self.end(name, verb == "commit") {
                ErrorCode::None => Ok("ok".to_owned()),
                error => Err(error),
            },
        };
        let result = result.unwrap_or_else(|error| {
            assert_eq!(error, ErrorCode::ProducerFenced, "{line}");
            self.clients.get_mut(name).unwrap().is_fenced = true;
            "ProducerFencedException".to_owned()
        });
        let (hw, lso) = (self.end_offset(IsolationLevel::ReadUncommitted), self.end_offset(READ_COMMITTED));
        format!("{line}: {result} hw={hw} lso={lso}")
    }

    fn end_offset(&mut self, isolation_level: IsolationLevel) -> i64 {
        let partitions = vec![(tp(), OffsetSpec::Latest)];
        let request = Request::ListOffsets(ListOffsetsRequest { isolation_level, partitions });
        let Response::ListOffsets(answer) = self.world.ask(request) else { panic!() };
        answer.partitions[0].offset.0
    }

    /// What a consumer shows of a fetch from the beginning (`CompletedFetch`): no markers, nothing that was aborted.
    fn read(&mut self, isolation_level: IsolationLevel) -> String {
        let (mut text, mut position) = (String::new(), Offset(0));
        loop {
            let request = Request::Fetch(FetchRequest { isolation_level, ..fetch(position.0, 0, 0) });
            let Response::Fetch(answer) = self.world.ask(request) else { panic!() };
            let fetched = &answer.partitions[0];
            if fetched.batches.is_empty() {
                break;
            }
            let mut aborted = fetched.aborted_transactions.clone();
            let mut open = Vec::new();
            for stored in &fetched.batches {
                position = stored.next_offset();
                let producer = stored.batch.producer.as_deref().unwrap();
                let begun = |(_, first): &&(ProducerId, Offset)| *first <= stored.last_offset();
                open.extend(aborted.iter().filter(begun).map(|(id, _)| *id));
                aborted.retain(|txn| !begun(&txn));
                if stored.batch.marker().is_some() {
                    open.retain(|id| *id != producer.id);
                    continue;
                }
                if producer.is_transactional && open.contains(&producer.id) {
                    continue;
                }
                for (offset, record) in stored.records_from(Offset(0)) {
                    let word =
                        |bytes: &Option<Bytes>| String::from_utf8(bytes.as_ref().unwrap().to_vec()).unwrap();
                    text.push_str(&format!("{offset}:{}={} ", word(&record.key), word(&record.value)));
                }
            }
        }
        // Without a record there is a space too.
        format!("{}then {position}", if text.is_empty() { " " } else { &text })
    }
}

const READ_COMMITTED: IsolationLevel = IsolationLevel::ReadCommitted;

#[test]
fn every_recorded_run_comes_out_the_same() {
    let mut cases = 0;
    for case in include_str!("transactions.txt").split("# ").skip(1) {
        let mut bench = Bench::new();
        let lines: Vec<&str> = case.lines().skip(1).collect();
        let found: Vec<String> = lines
            .iter()
            .map(|line| match line.split_once(": ").unwrap().0 {
                "read_uncommitted" => {
                    format!("read_uncommitted: {}", bench.read(IsolationLevel::ReadUncommitted))
                }
                "read_committed" => format!("read_committed: {}", bench.read(READ_COMMITTED)),
                step => bench.step(step),
            })
            .collect();
        assert_eq!(found, lines, "{}", case.lines().next().unwrap());
        cases += 1;
    }
    assert_eq!(cases, 30);
}

/// The successor does not wait for its predecessor: it is fenced, and what it has open aborted.
#[test]
fn a_new_producer_aborts_what_its_predecessor_has_open() {
    let mut bench = Bench::new();
    assert_eq!(bench.step("init A"), "init A: ok hw=0 lso=0");
    bench.step("send A k 1");
    bench.world.lines.clear();
    assert_eq!(bench.step("init A'"), "init A': ok hw=2 lso=2");
    let states: Vec<&str> = ["PrepareAbort", "CompleteAbort", "Empty"].to_vec();
    let lines = bench.world.text();
    let order: Vec<usize> =
        states.iter().map(|state| lines.find(&format!("state: {state}")).unwrap()).collect();
    assert!(order.is_sorted(), "{lines}");
    assert_eq!(bench.send("A", "k", "2"), Err(ErrorCode::InvalidProducerEpoch));
    assert_eq!(bench.end("A", true), ErrorCode::ProducerFenced);
    assert_eq!(bench.read(READ_COMMITTED), " then 2");
}

/// `transaction.timeout.ms`: looked at every 10 s.
#[test]
fn a_transaction_that_is_open_too_long_is_aborted() {
    let mut bench = Bench::new();
    let client = bench.init(Some("A"), 15_000).unwrap();
    bench.clients.insert("A".to_owned(), client);
    bench.step("send A k 1");
    let state = |bench: &Bench| bench.world.broker.txn_coordinator().transaction("A").unwrap().state;
    bench.world.wait(19_999);
    assert_eq!((state(&bench), bench.end_offset(READ_COMMITTED)), (TxnState::Ongoing, 0));
    bench.world.wait(1);
    assert_eq!((state(&bench), bench.end_offset(READ_COMMITTED)), (TxnState::CompleteAbort, 2));
    assert_eq!(bench.add("A"), ErrorCode::ProducerFenced);
}

#[test]
fn what_cannot_be_is_refused() {
    let mut bench = Bench::new();
    assert_eq!(bench.init(Some("A"), 900_001).err(), Some(ErrorCode::InvalidTransactionTimeout));
    assert_eq!(bench.init(Some(""), 1_000).err(), Some(ErrorCode::InvalidRequest));
    bench.step("init A");
    let (producer_id, producer_epoch) = bench.clients["A"].producer.unwrap();
    let end = |id: &str, producer_id, producer_epoch, committed| {
        let transactional_id = id.into();
        TxnRequest::EndTxn(EndTxnRequest {
            transactional_id,
            producer_id,
            producer_epoch,
            committed,
            version: TransactionVersion::V0,
        })
    };
    let answer = |bench: &mut Bench, request| match bench.ask(request) {
        TxnResponse::EndTxn(answer) => answer.error,
        other => panic!("{other:?}"),
    };
    let mapping = ErrorCode::InvalidProducerIdMapping;
    assert_eq!(answer(&mut bench, end("B", producer_id, producer_epoch, true)), mapping);
    assert_eq!(answer(&mut bench, end("A", ProducerId(99), producer_epoch, true)), mapping);
    let other = answer(&mut bench, end("A", producer_id, ProducerEpoch(7), true));
    assert_eq!(other, ErrorCode::ProducerFenced);
    let none = answer(&mut bench, end("A", producer_id, producer_epoch, true));
    assert_eq!(none, ErrorCode::InvalidTxnState, "nothing is open");
    assert_eq!(bench.add("A"), ErrorCode::None);
    assert_eq!(answer(&mut bench, end("A", producer_id, producer_epoch, true)), ErrorCode::None);
    assert_eq!(answer(&mut bench, end("A", producer_id, producer_epoch, true)), ErrorCode::None, "again");
    let turned = answer(&mut bench, end("A", producer_id, producer_epoch, false));
    assert_eq!(turned, ErrorCode::InvalidTxnState);
}
