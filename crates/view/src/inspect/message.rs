//! One message: on its way, or what became of it.

use super::{Inspector, Why, find};
use crate::cast::Cast;
use crate::sentence::Names;
use crate::words;
use millrace_broker::Event as BrokerEvent;
use millrace_client::Correlation;
use millrace_client::consumer::ConsumerEvent;
use millrace_client::listener::InstanceEvent;
use millrace_client::producer::{BatchNumber, FailedPlace, ProducerEvent, SendError};
use millrace_model::config::producer::Acks;
use millrace_model::{Request, Response, Set, Span, Time};
use millrace_sim::node::{Kind, Node};
use millrace_sim::world::{Flight, Payload};
use millrace_sim::{Actor, Command, Entry, EntryId, Fact, Fault, Leg, NodeId, Timeline, World};
use millrace_words::inspect as say;

/// By how much a message is delayed.
const DELAY: Span = Span::from_secs(2);
/// Lines that are told of what follows.
const FOLLOWED: usize = 10;

pub(super) fn inspect(timeline: &Timeline, cast: &Cast<'_>, sent: EntryId) -> Option<Inspector> {
    let names = Names::of(cast.world);
    let entry = timeline.entry(sent)?;
    let Fact::Sent { to, arrives, message } = &entry.fact else { return None };
    let kind = if message.is_response { say::response() } else { say::request() };
    let mut inspector = Inspector::new("message", format!("{} {kind}", message.api));
    inspector.fact("from", names.actor(entry.actor));
    inspector.fact("to", names.actor(*to));
    let flight = cast.world.flights().find(|(_, flight)| flight.cause == Some(sent));
    let contents = flight.map(|(_, flight)| contents(flight)).unwrap_or_default();
    for (name, value) in contents {
        inspector.fact(name, value);
    }
    inspector.fact("sent", words::time(entry.at));
    match flight {
        Some((_, flight)) if flight.is_lost => inspector.fact("state", say::lost_it_will_not_arrive()),
        Some((at, _)) => inspector.fact("arrives", words::time(at)),
        None => inspector.fact("state", fate(timeline, sent, *arrives)),
    }
    inspector.why = find::chain(timeline, sent);
    inspector.then = follow(timeline, entry);
    if let Some((_, flight)) = flight.filter(|(_, flight)| !flight.is_lost) {
        actions(&mut inspector, cast.world, flight, sent);
    }
    Some(inspector)
}

/// What it carries.
fn contents(flight: &Flight) -> Vec<(&'static str, String)> {
    let mut facts = vec![("correlation id", flight.correlation.0.to_string())];
    match &flight.payload {
        Payload::Request(Request::Produce(produce)) => {
            for (tp, batch) in &produce.data {
                facts.push(("batch", format!("{tp}: {}", words::many(batch.len(), "record"))));
            }
        }
        Payload::Request(Request::OffsetCommit(commit)) => {
            for (tp, committed) in &commit.offsets {
                facts.push(("commits", format!("{tp} @{}", committed.offset)));
            }
        }
        Payload::Response(Response::Produce(produce)) => {
            for part in &produce.partitions {
                let says = match part.error.code() {
                    0 => format!("{} @{}", part.tp, part.base_offset),
                    _ => format!("{}: {:?}", part.tp, part.error),
                };
                facts.push(("acknowledges", says));
            }
        }
        Payload::Response(Response::Fetch(fetch)) => {
            for part in fetch.partitions.iter().filter(|part| !part.batches.is_empty()) {
                let records: usize = part.batches.iter().map(|stored| stored.batch.len()).sum();
                facts.push(("brings", format!("{}: {}", part.tp, words::many(records, "record"))));
            }
        }
        _ => {}
    }
    facts
}

/// What became of a message that is on its way no more.
fn fate(timeline: &Timeline, sent: EntryId, arrives: Time) -> String {
    let is_its = |entry: &&Entry| entry.cause == Some(sent);
    match find::onward(timeline, sent).filter(is_its).find_map(|entry| match entry.fact {
        Fact::Lost { .. } => Some((entry.at, say::was_lost())),
        Fact::Arrived { .. } => Some((entry.at, say::has_arrived())),
        _ => None,
    }) {
        Some((at, word)) => say::at(&word, &words::time(at)),
        None => say::waits_since(&words::time(arrives)),
    }
}

/// What a message can be followed by: the request's number at its client, and the batches that it carried.
#[derive(Default)]
struct Thread {
    client: Option<NodeId>,
    correlations: Set<Correlation>,
    batches: Set<BatchNumber>,
    messages: Set<EntryId>,
}

/// What came of it, up to the playhead: loss, timeout, the next attempt, a batch that stands in the log twice.
fn follow(timeline: &Timeline, sent: &Entry) -> Vec<Why> {
    let Fact::Sent { to, message, .. } = &sent.fact else { return Vec::new() };
    let client = match (sent.actor, *to) {
        (Actor::Node(id), _) | (_, Actor::Node(id)) => id,
        _ => return Vec::new(),
    };
    // A response is followed as the request that it answers.
    let request = match message.is_response {
        false => Some(sent),
        true => timeline.causes(sent.id).into_iter().rev().find(|entry| {
            let is_request = matches!(&entry.fact, Fact::Sent { message: m, .. } if !m.is_response && m.api == message.api);
            is_request && entry.actor == Actor::Node(client)
        }),
    };
    let Some(request) = request else { return Vec::new() };
    let mut thread = Thread { client: Some(client), ..Thread::default() };
    thread.messages.insert(request.id);
    thread.messages.insert(sent.id);
    thread.begin(timeline, request);
    let told = find::onward(timeline, sent.id).filter(|entry| entry.id > sent.id);
    let told = told.filter_map(|entry| Some(find::why(timeline, entry, thread.tell(entry)?)));
    told.take(FOLLOWED).collect()
}

impl Thread {
    /// The events that the client has written down when it sent the request: in the same step, before the departure.
    fn begin(&mut self, timeline: &Timeline, request: &Entry) {
        let step = find::onward(timeline, request.id).take_while(|entry| entry.id <= request.id);
        let before: Vec<&Entry> = step.filter(|entry| entry.actor == request.actor).collect();
        // Departures stand behind all events of a decision, in the same order: count from the end of each.
        let is_departure = |entry: &&&Entry| matches!(entry.fact, Fact::Sent { .. });
        let sending = |entry: &&&Entry| {
            producer_event(entry).is_some_and(|e| matches!(e, ProducerEvent::RequestSent { .. }))
                || consumer_event(entry).is_some_and(|e| matches!(e, ConsumerEvent::Requested { .. }))
        };
        let number = before.iter().filter(is_departure).count();
        let Some(event) = before.iter().filter(sending).nth(number.saturating_sub(1)) else { return };
        match (producer_event(event), consumer_event(event)) {
            (Some(ProducerEvent::RequestSent { correlation, batches, .. }), _) => {
                self.correlations.insert(*correlation);
                self.batches.extend(batches.iter().map(|batch| batch.batch));
            }
            (_, Some(ConsumerEvent::Requested { correlation, .. })) => {
                self.correlations.insert(*correlation);
            }
            _ => {}
        }
    }

    /// A sentence for what belongs to the thread.
    fn tell(&mut self, entry: &Entry) -> Option<String> {
        let is_ours = entry.cause.is_some_and(|cause| self.messages.contains(&cause));
        match &entry.fact {
            Fact::Lost { message, .. } if is_ours => {
                Some(say::the_was_lost_on_its(&message.api, &half(message.is_response)))
            }
            Fact::Arrived { .. } | Fact::Sent { .. } if is_ours => {
                self.messages.insert(entry.id);
                None
            }
            Fact::Broker(event) if is_ours => {
                self.messages.insert(entry.id);
                match event {
                    BrokerEvent::BatchAppended { tp, stored } => {
                        Some(say::records_appended(&tp, stored.batch.len() as u64, &stored.base_offset))
                    }
                    BrokerEvent::ProduceRejected(rejected) => {
                        Some(format!("{}: {:?}", rejected.tp, rejected.error))
                    }
                    _ => None,
                }
            }
            _ if Some(entry.actor) == self.client.map(Actor::Node) => self.at_client(entry),
            _ => None,
        }
    }

    fn at_client(&mut self, entry: &Entry) -> Option<String> {
        if let Some(event) = producer_event(entry) {
            return self.in_producer(event);
        }
        if let Fact::Sent { message, .. } = &entry.fact
            && message.api == "Produce"
            && !self.batches.is_empty()
        {
            // The next attempt's own departure: what it does at the broker belongs to the thread.
            self.messages.insert(entry.id);
            return None;
        }
        match consumer_event(entry)? {
            ConsumerEvent::Disconnected { correlation, api, .. }
                if self.correlations.contains(correlation) =>
            {
                Some(say::was_not_answered_within_request(&api))
            }
            ConsumerEvent::Answered { correlation, .. } if self.correlations.contains(correlation) => {
                Some(say::the_answer_is_there().to_owned())
            }
            _ => None,
        }
    }

    fn in_producer(&mut self, event: &ProducerEvent) -> Option<String> {
        let knows = |number: &BatchNumber| self.batches.contains(number);
        match event {
            ProducerEvent::BatchRetried { number, attempt, backoff, error, .. } if knows(number) => {
                let why = match error {
                    SendError::Answered(code) => format!("{code:?}"),
                    SendError::TimedOut(_) => say::no_answer_within_request_timeout().to_owned(),
                    SendError::Disconnected(_) => say::the_connection_broke_before_an().to_owned(),
                };
                let backoff = words::span(*backoff);
                Some(say::attempt_after_retry_backoff_ms(&why, &(attempt + 1), &backoff))
            }
            ProducerEvent::RequestSent { batches, correlation, .. }
                if batches.iter().any(|batch| knows(&batch.batch)) =>
            {
                let attempt =
                    batches.iter().filter(|batch| knows(&batch.batch)).map(|batch| batch.attempt).max()?;
                self.correlations.insert(*correlation);
                Some(say::sent_again_attempt(&attempt))
            }
            ProducerEvent::BatchAcknowledged { number, tp, base_offset, .. } if knows(number) => {
                Some(say::acknowledged(&tp, &base_offset))
            }
            ProducerEvent::RecordsFailed { failure, place, .. } => {
                let number = match place {
                    FailedPlace::Queued(_, number) | FailedPlace::InFlight(_, _, number) => number,
                    _ => return None,
                };
                knows(number).then(|| say::given_up(&format_args!("{:?}", failure)))
            }
            _ => None,
        }
    }
}

fn half(is_response: bool) -> &'static str {
    if is_response { say::response() } else { say::request() }
}

fn producer_event(entry: &Entry) -> Option<&ProducerEvent> {
    match &entry.fact {
        Fact::Producer(event) | Fact::Instance(InstanceEvent::Producer(event)) => Some(event),
        _ => None,
    }
}

fn consumer_event(entry: &Entry) -> Option<&ConsumerEvent> {
    match &entry.fact {
        Fact::Instance(InstanceEvent::Consumer { event, .. }) => Some(event),
        _ => None,
    }
}

/// How long this client waits for an answer.
fn request_timeout(node: &Node) -> Span {
    match &node.kind {
        Kind::Producer(producer) => producer.client.config().request_timeout,
        _ => Span::from_secs(30),
    }
}

fn actions(inspector: &mut Inspector, world: &World, flight: &Flight, sent: EntryId) {
    let delay = |by: Span| Command::Fault(Fault::DelaySent(sent, by));
    let party = world.party(flight.node);
    let lose = Command::Fault(Fault::LoseSent(sent));
    match &flight.payload {
        Payload::Request(request) => {
            inspector.action(say::do_lose_this_request(), &lose);
            let is_answered = !matches!(request, Request::Produce(produce) if produce.acks == Acks::Zero);
            if let (Some(party), true) = (party.clone(), is_answered) {
                let api = Some(request.api().into());
                let lost = Fault::LoseNext { party, leg: Leg::Response, api, count: 1 };
                inspector.action(say::do_lose_its_acknowledgement(), &Command::Fault(lost));
            }
        }
        Payload::Response(_) => inspector.action(say::do_lose_this_acknowledgement(), &lose),
    }
    inspector.action(say::delay_it_by(&words::span(DELAY)), &delay(DELAY));
    if let Some(node) = world.node(flight.node) {
        let timeout = request_timeout(node);
        if timeout >= DELAY {
            inspector
                .action(say::do_delay_it_past_request_timeout_ms(), &delay(timeout + Span::from_secs(1)));
        }
    }
    if let Some(party) = party {
        super::links::actions(inspector, world, &party);
    }
}
