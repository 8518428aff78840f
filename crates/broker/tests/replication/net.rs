//! The network of the tests, the brokers' lives, and what must hold after every step.

use crate::controller::TestController;
use millrace_broker::{Broker, CONTROLLER, Call, Event, Input, ReplicaEvent, RequestId, Sent, Stopped};
use millrace_model::config::broker::BrokerConfig;
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::config::producer::Acks;
use millrace_model::protocol::*;
use millrace_model::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// No dice are needed for data.
pub struct NoDice;

impl Dice for NoDice {
    fn roll(&self, _stream: &str, n: u64) -> u64 {
        n
    }
}

/// Small random numbers from a seed.
#[derive(Clone)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    Up,
    Hung,
    Down,
}

pub struct Node {
    pub broker: Broker,
    pub life: Life,
    /// Which of its lives this is.
    incarnation: u64,
    backlog: Vec<Message>,
    /// How much of the controller's log was sent to it.
    told: usize,
    /// When the controller has last heard of it.
    heard: Time,
}

#[derive(Clone, Debug)]
enum Message {
    /// From a client, or from another broker's life.
    Request {
        id: RequestId,
        to: BrokerId,
        request: Box<Request>,
    },
    Reply {
        to: BrokerId,
        incarnation: u64,
        from: BrokerId,
        call: Call,
        response: Option<Box<Response>>,
    },
    Metadata {
        to: BrokerId,
        incarnation: u64,
        delta: MetadataDelta,
    },
}

/// A request that a broker has sent.
#[derive(Clone, Copy)]
struct Asked {
    by: BrokerId,
    incarnation: u64,
    whom: BrokerId,
    call: Call,
}

pub struct Net {
    pub now: Time,
    pub nodes: BTreeMap<BrokerId, Node>,
    pub controller: TestController,
    pub rng: Rng,
    /// Links that lose everything; the controller is a node too.
    pub cut: Vec<(BrokerId, BrokerId)>,
    /// One line per event that a test may want.
    pub lines: Vec<String>,
    /// Answers to clients.
    pub answers: BTreeMap<RequestId, (Time, Response)>,
    /// What readers of any leader could see, by offset.
    pub shown: BTreeMap<TopicPartition, Vec<Arc<[u8]>>>,
    /// What readers saw that was different from what they had seen.
    pub contradictions: Vec<String>,
    pub session_timeout: Span,
    queue: BTreeMap<(Time, u64), Message>,
    last_arrival: BTreeMap<(BrokerId, BrokerId), Time>,
    asked: BTreeMap<RequestId, Asked>,
    leaders: BTreeMap<(TopicPartition, LeaderEpoch), BrokerId>,
    next: u64,
    pub steps: usize,
}

pub const LAG: Span = Span::from_millis(1_500);

impl Net {
    pub fn new(brokers: i32, seed: u64, unclean: bool) -> Net {
        let mut net = Net {
            now: Time(1_000_000),
            nodes: BTreeMap::new(),
            controller: TestController::new(unclean),
            rng: Rng(seed),
            cut: Vec::new(),
            lines: Vec::new(),
            answers: BTreeMap::new(),
            shown: BTreeMap::new(),
            contradictions: Vec::new(),
            session_timeout: Span::from_secs(6),
            queue: BTreeMap::new(),
            last_arrival: BTreeMap::new(),
            asked: BTreeMap::new(),
            leaders: BTreeMap::new(),
            next: 0,
            steps: 0,
        };
        for id in (1..=brokers).map(BrokerId) {
            let info = BrokerInfo { id, host: format!("broker-{id}"), port: 9092, rack: None };
            let config = ClusterConfig { replica_lag_time_max: LAG, ..ClusterConfig::default() };
            let broker = Broker::new(info, BrokerConfig::defaults(Profile::V4), Profile::V4)
                .in_cluster(Arc::new(config));
            let node =
                Node { broker, life: Life::Up, incarnation: 0, backlog: Vec::new(), told: 0, heard: net.now };
            net.nodes.insert(id, node);
            net.controller.register(id);
            net.controller.unfence(id);
        }
        net
    }

    fn is_cut(&self, a: BrokerId, b: BrokerId) -> bool {
        self.cut.iter().any(|(x, y)| (*x, *y) == (a, b) || (*x, *y) == (b, a))
    }

    fn post(&mut self, from: BrokerId, to: BrokerId, message: Message) {
        if self.is_cut(from, to) {
            return;
        }
        // A connection keeps the order.
        let delay = Span::from_millis(1 + self.rng.next(4));
        let last = self.last_arrival.entry((from, to)).or_default();
        let at = (self.now + delay).max(*last);
        *last = at;
        self.next += 1;
        self.queue.insert((at, self.next), message);
    }

    /// Lets the controller's log go to those who are behind, and fences who is silent.
    fn control(&mut self) {
        let ids: Vec<_> = self.nodes.keys().copied().collect();
        for id in &ids {
            let reachable = !self.is_cut(*id, CONTROLLER);
            let node = self.nodes.get_mut(id).unwrap();
            if node.life == Life::Up && reachable {
                node.heard = self.now;
                self.controller.unfence(*id);
            } else if self.now.since(node.heard) >= self.session_timeout {
                self.controller.fence(*id);
            }
        }
        for id in ids {
            let node = self.nodes.get_mut(&id).unwrap();
            if node.life == Life::Down || node.told >= self.controller.log.len() {
                continue;
            }
            let from = node.told;
            let base_offset = Offset(from as i64);
            let delta = MetadataDelta { base_offset, records: self.controller.log[from..].into() };
            let incarnation = node.incarnation;
            if !self.is_cut(id, CONTROLLER) {
                self.nodes.get_mut(&id).unwrap().told = self.controller.log.len();
                self.post(CONTROLLER, id, Message::Metadata { to: id, incarnation, delta });
            }
        }
    }

    /// A client's request.
    pub fn send(&mut self, to: BrokerId, request: Request) -> RequestId {
        self.next += 1;
        let id = RequestId(self.next);
        self.post(BrokerId(-1), to, Message::Request { id, to, request: Box::new(request) });
        id
    }

    pub fn produce(&mut self, to: i32, topic: &str, acks: Acks, value: &str) -> RequestId {
        let record = Record::new(Timestamp(1), None, Some(value.as_bytes()));
        let batch = Arc::new(Batch::new(vec![record]));
        let data = vec![(TopicPartition::new(topic, 0), batch)];
        let timeout = Span::from_secs(4);
        self.send(BrokerId(to), Request::Produce(ProduceRequest { acks, timeout, data, transaction: None }))
    }

    /// Lets time pass.
    pub fn run(&mut self, span: Span) {
        let until = self.now + span;
        loop {
            self.control();
            let message = self.queue.keys().next().map(|(at, _)| *at);
            let timer = self
                .nodes
                .iter()
                .filter(|(_, node)| node.life == Life::Up)
                .filter_map(|(id, node)| Some((node.broker.next_timer()?.0.max(self.now), *id)))
                .min();
            let tick = Time((self.now.0 / 100_000 + 1) * 100_000);
            let next = message.into_iter().chain(timer.map(|(at, _)| at)).chain([tick]).min().unwrap();
            if next > until {
                break;
            }
            self.now = self.now.max(next);
            if message.is_some_and(|at| at <= self.now) {
                let (_, message) = self.queue.pop_first().unwrap();
                self.deliver(message);
            } else if let Some((at, id)) = timer.filter(|(at, _)| *at <= self.now) {
                assert!(at <= self.now);
                let (_, timer) = self.nodes[&id].broker.next_timer().unwrap();
                let shown = format!("{timer:?}");
                let events = self.step(id, &Input::Timer(timer));
                assert!(events > 0, "{shown} came to nothing and would come again for ever");
            }
        }
        self.now = until;
    }

    fn deliver(&mut self, message: Message) {
        let to = match &message {
            Message::Request { to, .. } | Message::Reply { to, .. } | Message::Metadata { to, .. } => *to,
        };
        if to == CONTROLLER {
            let Message::Request { id, request, .. } = message else { return };
            let Request::Controller(request) = *request else { return };
            let ControllerRequest::AlterPartition(request) = *request else { return };
            let answer = self.controller.alter_partition(&request);
            let response = Response::Controller(Box::new(ControllerResponse::AlterPartition(answer)));
            self.answer(CONTROLLER, id, Some(response));
            return;
        }
        let node = self.nodes.get_mut(&to).unwrap();
        match node.life {
            Life::Hung => return node.backlog.push(message),
            Life::Down => {
                if let Message::Request { id, .. } = message {
                    self.answer(to, id, None);
                }
                return;
            }
            Life::Up => {}
        }
        let incarnation = node.incarnation;
        match message {
            Message::Request { id, request, .. } => {
                let _ = self.step(to, &Input::Request { from: id, request: *request });
            }
            Message::Reply { incarnation: of, from, call, response, .. } if of == incarnation => {
                let _ = self.step(to, &Input::Reply { from, call, response });
            }
            Message::Metadata { incarnation: of, delta, .. } if of == incarnation => {
                let _ = self.step(to, &Input::Metadata(delta));
            }
            Message::Reply { .. } | Message::Metadata { .. } => {}
        }
    }

    /// An answer goes back to a broker, or to the client.
    fn answer(&mut self, from: BrokerId, id: RequestId, response: Option<Response>) {
        match self.asked.remove(&id) {
            Some(asked) => {
                let Asked { by, incarnation, call, .. } = asked;
                let response = response.map(Box::new);
                self.post(from, by, Message::Reply { to: by, incarnation, from, call, response });
            }
            None => {
                if let Some(response) = response {
                    assert!(!self.answers.contains_key(&id), "{id:?} was answered twice");
                    self.answers.insert(id, (self.now, response));
                }
            }
        }
    }

    fn step(&mut self, id: BrokerId, input: &Input) -> usize {
        self.steps += 1;
        let node = self.nodes.get_mut(&id).unwrap();
        let outcome = node.broker.decide(self.now, input, &NoDice);
        let incarnation = node.incarnation;
        for event in &outcome.events {
            self.nodes.get_mut(&id).unwrap().broker.apply(event);
            self.look(id, event);
        }
        for (to, response) in outcome.replies {
            self.answer(id, to, Some(response));
        }
        for Sent { to, call, request } in outcome.sends {
            self.next += 1;
            let request_id = RequestId(self.next);
            self.asked.insert(request_id, Asked { by: id, incarnation, whom: to, call });
            self.post(id, to, Message::Request { id: request_id, to, request: Box::new(request) });
        }
        outcome.events.len()
    }

    /// What must hold: one leader an epoch; what was shown stays.
    fn look(&mut self, id: BrokerId, event: &Event) {
        let Event::Replica(event) = event else { return };
        let ms = self.now.0 / 1_000;
        match &**event {
            ReplicaEvent::LeaderStarted { tp, leader_epoch, epoch_start, .. } => {
                let known = *self.leaders.entry((tp.clone(), *leader_epoch)).or_insert(id);
                assert_eq!(known, id, "two leaders of {tp} in epoch {leader_epoch}");
                self.lines.push(format!("{ms} {id} leads {tp} epoch {leader_epoch} from {epoch_start}"));
                self.show(id, tp, Offset(0));
            }
            ReplicaEvent::HighWatermarkIncremented { tp, from, .. } => self.show(id, tp, *from),
            ReplicaEvent::IsrAltered { tp, from, to, .. } => {
                let list =
                    |ids: &[BrokerId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
                self.lines.push(format!("{ms} {id} isr of {tp} {} -> {}", list(from), list(to)));
            }
            ReplicaEvent::Truncated { tp, from, to, records, .. } => {
                self.lines.push(format!("{ms} {id} truncated {tp} {from} -> {to} x{records}"));
            }
            _ => {}
        }
    }

    /// What readers of this leader see from now on must be what they saw before.
    fn show(&mut self, id: BrokerId, tp: &TopicPartition, from: Offset) {
        let log = self.nodes[&id].broker.log(tp).unwrap();
        let shown = self.shown.entry(tp.clone()).or_default();
        let until = log.high_watermark();
        for stored in log.batches_from(from).take_while(|stored| stored.next_offset() <= until) {
            for (offset, record) in stored.records_from(stored.base_offset) {
                let value = record.value.clone().unwrap();
                let at = usize::try_from(offset.0).unwrap();
                match shown.get(at) {
                    None => shown.push(value),
                    Some(known) if *known == value => {}
                    Some(known) => {
                        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                        let (old, new) = (text(known), text(&value));
                        self.contradictions.push(format!("{tp} #{offset} was {old}, is {new} at {id}"));
                        shown[at] = value;
                    }
                }
            }
        }
    }

    /// Replicas that are up hold the same below the least of their high watermarks.
    pub fn check_logs_agree(&self) {
        for tp in self.controller.partitions.keys() {
            let up = self.nodes.iter().filter(|(_, node)| node.life != Life::Down);
            let logs: Vec<_> = up.filter_map(|(id, node)| Some((*id, node.broker.log(tp)?))).collect();
            for (at, (a, one)) in logs.iter().enumerate() {
                for (b, other) in &logs[at + 1..] {
                    let until = one.high_watermark().min(other.high_watermark());
                    let same = one.contents_hash(until) == other.contents_hash(until);
                    assert!(same, "{tp}: {a} and {b} differ below {until}");
                }
            }
        }
    }

    pub fn kill(&mut self, id: i32) {
        let id = BrokerId(id);
        let node = self.nodes.get_mut(&id).unwrap();
        node.life = Life::Down;
        node.backlog.clear();
        // Connections break.
        let broken: Vec<_> =
            self.asked.iter().filter(|(_, asked)| asked.whom == id).map(|(request, _)| *request).collect();
        for request in broken {
            self.answer(id, request, None);
        }
        self.asked.retain(|_, asked| asked.by != id);
    }

    pub fn restart(&mut self, id: i32, how: Stopped) {
        let id = BrokerId(id);
        let node = self.nodes.get_mut(&id).unwrap();
        assert_eq!(node.life, Life::Down);
        node.broker = node.broker.after_stop(how, self.now);
        (node.life, node.told) = (Life::Up, 0);
        node.incarnation += 1;
        self.controller.register(id);
    }

    pub fn hang(&mut self, id: i32) {
        self.nodes.get_mut(&BrokerId(id)).unwrap().life = Life::Hung;
    }

    pub fn go_on(&mut self, id: i32) {
        let node = self.nodes.get_mut(&BrokerId(id)).unwrap();
        node.life = Life::Up;
        for message in std::mem::take(&mut node.backlog) {
            self.next += 1;
            self.queue.insert((self.now, self.next), message);
        }
    }

    /// All records of a broker's log up to its high watermark.
    pub fn read(&self, id: i32, topic: &str) -> Vec<String> {
        let log = self.nodes[&BrokerId(id)].broker.log(&TopicPartition::new(topic, 0)).unwrap();
        let until = log.high_watermark();
        let batches = log.batches_from(Offset(0)).take_while(|stored| stored.next_offset() <= until);
        batches
            .flat_map(|stored| stored.records_from(stored.base_offset))
            .map(|(_, record)| String::from_utf8_lossy(record.value.as_ref().unwrap()).into_owned())
            .collect()
    }

    /// Where a broker's log ends, and its high watermark.
    pub fn ends(&self, id: i32, topic: &str) -> (i64, i64) {
        let log = self.nodes[&BrokerId(id)].broker.log(&TopicPartition::new(topic, 0)).unwrap();
        (log.log_end_offset().0, log.high_watermark().0)
    }

    /// What a produce was answered.
    pub fn answered(&self, id: RequestId) -> Option<Result<i64, ErrorCode>> {
        let (_, Response::Produce(response)) = self.answers.get(&id)? else { return None };
        let answer = response.partitions.first()?;
        Some(if answer.error == ErrorCode::None { Ok(answer.base_offset.0) } else { Err(answer.error) })
    }

    /// `leader=1 isr=1,2,3`
    pub fn state(&self, topic: &str) -> String {
        let of = &self.controller.partitions[&TopicPartition::new(topic, 0)];
        let isr = of.isr.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let leader = of.leader.map_or("none".to_owned(), |id| id.to_string());
        format!("leader={leader} isr={isr}")
    }
}
