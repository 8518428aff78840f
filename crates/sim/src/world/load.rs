//! The model of what machines can carry ([`Machines`]), at work: each part takes one thing after the other, in the order in which
//! they were sent.
//!
//! A request goes out over its client's interface, comes in over the broker's, is worked on by a thread, and, if it writes, by the
//! disk, for which the thread waits. The answer goes out over the broker's interface and comes in over the client's. A client packs
//! its batches before and unpacks what it is given, one after the other; a broker's threads unpack what they check, and pack it anew if
//! the topic says so. What followers copy goes over both brokers' interfaces and to the follower's disk.

use super::World;
use crate::machine::{Machines, Part};
use crate::trace::NodeId;
use millrace_broker::PartitionLog;
use millrace_model::{
    BrokerId, CompressionType, Map, Offset, Request, Response, Span, StoredBatch, Time, TopicPartition,
};
use std::ops::Range;
use std::sync::Arc;

/// A message has at least so many bytes: its header, the names in it.
const HEADER_BYTES: u64 = 64;
/// Utilisation is told of so many whole seconds.
const WINDOW_SECONDS: u64 = 5;
/// How far ahead a part's work is told apart by seconds; what lies behind is counted in the last one.
const HORIZON_SECONDS: u64 = 600;

/// Whose part it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Owner {
    Client(NodeId),
    Broker(BrokerId),
}

/// One part: when it is free again, and how busy it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Server {
    /// One entry, or one for each thread.
    free_at: Vec<Time>,
    /// Microseconds by second.
    busy: Map<u64, u64>,
}

impl Server {
    /// Takes `work` in, not before `from`; when it is done.
    fn serve(&mut self, places: u32, from: Time, work: Span) -> Time {
        let start = self.begin(places, from);
        self.finish(start, start + work)
    }

    /// When the next place is free.
    fn begin(&mut self, places: u32, from: Time) -> Time {
        self.free_at.resize(usize::try_from(places).unwrap_or(1).max(1), Time::ZERO);
        self.free_at.iter().min().map_or(from, |free| from.max(*free))
    }

    /// The place that is free first is taken up to `end`.
    fn finish(&mut self, start: Time, end: Time) -> Time {
        if let Some(free) = self.free_at.iter_mut().min() {
            *free = end;
        }
        let (mut at, last) = (start.0, start.0 / 1_000_000 + HORIZON_SECONDS);
        while at < end.0 {
            let second = (at / 1_000_000).min(last);
            let until = if second == last { end.0 } else { end.0.min((second + 1) * 1_000_000) };
            *self.busy.entry(second).or_default() += until - at;
            at = until;
        }
        end
    }

    fn forget(&mut self, now: Time) {
        let first = (now.0 / 1_000_000).saturating_sub(WINDOW_SECONDS + 1);
        self.busy.retain(|second, _| *second >= first);
    }

    /// Percent of the last whole seconds.
    fn utilisation(&self, places: u32, since: Time, now: Time) -> u64 {
        let window = window(since, now);
        let seconds = window.end.saturating_sub(window.start).max(1);
        self.busy_in(&window) / (u64::from(places.max(1)) * seconds * 10_000)
    }

    /// Microseconds of work in those seconds.
    fn busy_in(&self, seconds: &Range<u64>) -> u64 {
        self.busy.iter().filter(|(at, _)| seconds.contains(*at)).map(|(_, busy)| busy).sum()
    }
}

/// The last whole seconds.
fn window(since: Time, now: Time) -> Range<u64> {
    let end = now.0 / 1_000_000;
    end.saturating_sub(WINDOW_SECONDS).max(since.0 / 1_000_000)..end
}

/// The machines at work.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Load {
    constants: Machines,
    since: Time,
    servers: Map<(Owner, Part), Server>,
}

fn transfer(bytes: u64, per_second: u64) -> Span {
    Span(bytes.saturating_mul(1_000_000) / per_second.max(1))
}

/// What a message weighs beside its header.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    /// Bytes of records on the network.
    wire: u64,
    /// Bytes of records that are written down.
    disk: u64,
    /// In so many batches.
    batches: u64,
    /// How long the client packs it, or unpacks it.
    client_codec: Span,
    /// How long a request thread unpacks it, and packs it anew.
    broker_codec: Span,
}

fn add(sum: &mut Span, more: Span) {
    *sum = *sum + more;
}

/// Batches of a fetch's answer, one's own or a follower's.
fn batches_of(response: &Response) -> impl Iterator<Item = &StoredBatch> {
    let fetched = match response {
        Response::Fetch(fetch) => fetch.partitions.as_slice(),
        _ => &[],
    };
    let copied = match response {
        Response::FollowerFetch(fetch) => fetch.partitions.as_slice(),
        _ => &[],
    };
    let fetched = fetched.iter().flat_map(|partition| &partition.batches);
    fetched.chain(copied.iter().flat_map(|partition| &partition.batches))
}

/// Bytes of records in an answer.
pub(super) fn response_bytes(response: &Response) -> u64 {
    batches_of(response).map(|stored| stored.batch.size_in_bytes as u64).sum()
}

impl Load {
    fn places(&self, part: Part) -> u32 {
        if part == Part::Threads { self.constants.io_threads } else { 1 }
    }

    fn serve(&mut self, owner: Owner, part: Part, from: Time, work: Span) -> Time {
        let places = self.places(part);
        self.servers.entry((owner, part)).or_default().serve(places, from, work)
    }

    /// Nothing to do is no place to wait at.
    fn serve_if_any(&mut self, owner: Owner, part: Part, from: Time, work: Span) -> Time {
        if work == Span::ZERO { from } else { self.serve(owner, part, from, work) }
    }

    fn over_the_wire(&self, bytes: u64) -> Span {
        transfer(HEADER_BYTES + bytes, self.constants.network)
    }

    /// How long a thread and the disk take for a request if nothing else is to be done.
    fn work(&self, weight: &Weight) -> (Span, Span) {
        (self.constants.per_request + weight.broker_codec, self.write(weight))
    }

    /// How long the disk takes.
    fn write(&self, weight: &Weight) -> Span {
        let Machines { disk, per_batch, .. } = self.constants;
        transfer(weight.disk, disk) + Span(per_batch.0.saturating_mul(weight.batches))
    }

    /// A request goes from one interface to the other, and is worked on.
    fn request(&mut self, ends: (Owner, BrokerId), weight: &Weight, (depart, way): (Time, Span)) -> Time {
        let (from, broker) = (ends.0, Owner::Broker(ends.1));
        let (thread, write) = self.work(weight);
        let over_the_wire = self.over_the_wire(weight.wire);
        let packed = self.serve_if_any(from, Part::Codec, depart, weight.client_codec);
        let sent = self.serve(from, Part::NetworkOut, packed, over_the_wire);
        let there = self.serve(broker, Part::NetworkIn, sent + way, over_the_wire);
        let io_threads = self.constants.io_threads;
        let threads = self.servers.entry((broker, Part::Threads)).or_default();
        let begun = threads.begin(io_threads, there);
        let done = self.serve_if_any(broker, Part::Disk, begun + thread, write);
        let threads = self.servers.entry((broker, Part::Threads)).or_default();
        threads.finish(begun, done)
    }

    /// An answer goes back, is unpacked by a client, or written down by a follower.
    fn response(&mut self, ends: (BrokerId, Owner), weight: &Weight, (depart, way): (Time, Span)) -> Time {
        let (broker, to) = (Owner::Broker(ends.0), ends.1);
        let over_the_wire = self.over_the_wire(weight.wire);
        let sent = self.serve(broker, Part::NetworkOut, depart, over_the_wire);
        let there = self.serve(to, Part::NetworkIn, sent + way, over_the_wire);
        let unpacked = self.serve_if_any(to, Part::Codec, there, weight.client_codec);
        let write = self.write(weight);
        self.serve_if_any(to, Part::Disk, unpacked, write)
    }
}

impl World {
    /// The constants of the model, if it is on.
    pub fn machines(&self) -> Option<&Machines> {
        self.load.as_ref().map(|load| &load.constants)
    }

    /// How busy a part of a broker was in the last five whole seconds, or since the model is on, in percent; none while it is off.
    pub fn busy(&self, broker: BrokerId, part: Part) -> Option<u64> {
        self.busy_of(Owner::Broker(broker), part)
    }

    /// How busy a part of a client's machine was, as [`World::busy`].
    pub fn busy_client(&self, node: NodeId, part: Part) -> Option<u64> {
        self.busy_of(Owner::Client(node), part)
    }

    /// Records a second that a broker would take if it went on like this until its busiest part never rested (the utilisation law):
    /// what was appended to the partitions that it leads in the last five whole seconds, by how busy that part was. None while the
    /// model is off, and if nothing was appended.
    pub fn capacity(&self, broker: BrokerId) -> Option<u64> {
        let load = self.load.as_ref()?;
        let window = window(load.since, self.now);
        let busy = Part::ALL.iter().filter_map(|part| {
            let server = load.servers.get(&(Owner::Broker(broker), *part))?;
            Some(server.busy_in(&window) / u64::from(load.places(*part).max(1)))
        });
        let busiest = busy.max()?.max(1);
        let of = self.broker(broker)?;
        let leads = |tp: &TopicPartition| of.replicas().is_none_or(|replicas| replicas.leader(tp).is_some());
        let is_within = |stored: &&StoredBatch| window.contains(&(stored.appended_at.0 / 1_000_000));
        let in_log = |log: &PartitionLog| -> usize {
            log.batches_from(Offset(0)).filter(is_within).map(|stored| stored.batch.len()).sum()
        };
        let topics = of.topics().filter(|topic| !topic.is_internal());
        let partitions = topics.flat_map(|topic| {
            (0..topic.partition_count()).map(|n| TopicPartition::new(topic.name().clone(), n))
        });
        let logs = partitions.filter(leads).filter_map(|tp| of.log(&tp));
        let records: usize = logs.map(in_log).sum();
        (records > 0).then(|| records as u64 * 1_000_000 / busiest)
    }

    fn busy_of(&self, owner: Owner, part: Part) -> Option<u64> {
        let load = self.load.as_ref()?;
        let server = load.servers.get(&(owner, part));
        Some(server.map_or(0, |server| server.utilisation(load.places(part), load.since, self.now)))
    }

    pub(super) fn set_machines(&mut self, machines: Option<Machines>) {
        self.load =
            machines.map(|constants| Arc::new(Load { constants, since: self.now, servers: Map::new() }));
    }

    /// What a client's request weighs at a broker: the topic may have a codec of its own.
    fn weigh(&self, machines: &Machines, broker: BrokerId, request: &Request) -> Weight {
        let mut weight = Weight::default();
        let Request::Produce(produce) = request else { return weight };
        let broker = self.broker(broker);
        for (tp, batch) in &produce.data {
            let kept = broker.map_or_else(|| Arc::clone(batch), |broker| broker.as_kept(tp, batch));
            weight.wire += batch.size_in_bytes as u64;
            weight.disk += kept.size_in_bytes as u64;
            weight.batches += 1;
            let time = |codec, unpacks| machines.codec_time(codec, batch.unpacked_size() as u64, unpacks);
            if batch.compression != CompressionType::None {
                add(&mut weight.client_codec, time(batch.compression, false));
                // A broker looks at each record (`LogValidator`).
                add(&mut weight.broker_codec, time(batch.compression, true));
            }
            if kept.compression != batch.compression {
                add(&mut weight.broker_codec, time(kept.compression, false));
            }
        }
        weight
    }

    /// How long a thread is busy with a request, and the disk with what it writes.
    pub(super) fn thread_time(&self, broker: BrokerId, request: &Request) -> Span {
        self.load.as_ref().map_or(Span::ZERO, |load| {
            let (thread, write) = load.work(&self.weigh(&load.constants, broker, request));
            thread + write
        })
    }

    /// The model, if it is on, without what it need not know any more.
    fn load_mut(&mut self) -> Option<&mut Load> {
        let now = self.now;
        let load = self.load.as_mut().map(Arc::make_mut)?;
        load.servers.values_mut().for_each(|server| server.forget(now));
        Some(load)
    }

    /// When a request that sets out at `depart` has been worked on; `way` is how long it is under way if nothing else is.
    pub(super) fn carry_request(
        &mut self,
        (node, broker): (NodeId, BrokerId),
        request: &Request,
        (depart, way): (Time, Span),
    ) -> Time {
        let weight = self.load.as_ref().map(|load| self.weigh(&load.constants, broker, request));
        match (self.load_mut(), weight) {
            (Some(load), Some(weight)) => load.request((Owner::Client(node), broker), &weight, (depart, way)),
            _ => depart + way,
        }
    }

    /// When an answer is there, and unpacked.
    pub(super) fn carry_response(
        &mut self,
        (node, broker): (NodeId, BrokerId),
        response: &Response,
        way: Span,
    ) -> Time {
        let now = self.now;
        let Some(load) = self.load_mut() else { return now + way };
        let mut weight = Weight { wire: response_bytes(response), ..Weight::default() };
        for stored in batches_of(response) {
            let batch = &stored.batch;
            if batch.compression != CompressionType::None {
                let bytes = batch.unpacked_size() as u64;
                add(&mut weight.client_codec, load.constants.codec_time(batch.compression, bytes, true));
            }
        }
        load.response((broker, Owner::Client(node)), &weight, (now, way))
    }

    /// When a request of one broker to another has been worked on.
    pub(in crate::world) fn carry_peer_request(
        &mut self,
        (from, to): (BrokerId, BrokerId),
        way: Span,
    ) -> Time {
        let now = self.now;
        let Some(load) = self.load_mut() else { return now + way };
        load.request((Owner::Broker(from), to), &Weight::default(), (now, way))
    }

    /// When the answer of one broker is there at another, and what it brings is written down: a follower's copies.
    pub(in crate::world) fn carry_peer_response(
        &mut self,
        (from, to): (BrokerId, BrokerId),
        response: Option<&Response>,
        way: Span,
    ) -> Time {
        let now = self.now;
        let Some(load) = self.load_mut() else { return now + way };
        let mut weight = Weight::default();
        for stored in response.into_iter().flat_map(batches_of) {
            let bytes = stored.batch.size_in_bytes as u64;
            weight = Weight { wire: weight.wire + bytes, disk: weight.disk + bytes, ..weight };
            weight.batches += 1;
        }
        load.response((from, Owner::Broker(to)), &weight, (now, way))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_after_the_other() {
        let mut disk = Server::default();
        assert_eq!(disk.serve(1, Time(0), Span(700_000)), Time(700_000));
        assert_eq!(disk.serve(1, Time(100), Span(800_000)), Time(1_500_000));
        assert_eq!(disk.serve(1, Time(3_000_000), Span(1)), Time(3_000_001));
        assert_eq!(disk.utilisation(1, Time(0), Time(1_000_000)), 100);
        assert_eq!(disk.utilisation(1, Time(0), Time(2_000_000)), 75);
        let mut threads = Server::default();
        let done: Vec<u64> = (0..3).map(|_| threads.serve(2, Time(0), Span(10)).0).collect();
        assert_eq!(done, [10, 10, 20]);
    }

    #[test]
    fn what_takes_for_ever_is_counted_in_bounded_space() {
        let mut disk = Server::default();
        disk.serve(1, Time(0), Span::from_secs(1_000_000));
        assert_eq!(disk.busy.len(), 601);
        disk.forget(Time(20_000_000));
        assert_eq!(disk.busy.len(), 601 - 14);
    }
}
