//! The model of what machines can carry ([`Machines`]), at work: each part takes one thing after the other, in the order in which
//! they were sent.
//!
//! A request goes out over its client's interface, comes in over the broker's, is worked on by a thread, and, if it writes, by the
//! disk, for which the thread waits. The answer goes out over the broker's interface and comes in over the client's. Copies between
//! brokers are not counted.

use super::World;
use crate::machine::{Machines, Part};
use crate::trace::NodeId;
use millrace_model::{BrokerId, Map, Request, Response, Span, Time};
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
        let end = now.0 / 1_000_000;
        let begin = end.saturating_sub(WINDOW_SECONDS).max(since.0 / 1_000_000);
        let busy: u64 =
            self.busy.iter().filter(|(at, _)| (begin..end).contains(*at)).map(|(_, busy)| busy).sum();
        busy / (u64::from(places.max(1)) * (end - begin).max(1) * 10_000)
    }
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

/// What of a request counts: its batches with their bytes.
fn request_bytes(request: &Request) -> (u64, u64) {
    match request {
        Request::Produce(produce) => {
            let bytes: usize = produce.data.iter().map(|(_, batch)| batch.size_in_bytes).sum();
            (bytes as u64, produce.data.len() as u64)
        }
        _ => (0, 0),
    }
}

/// Bytes of records in an answer.
pub(super) fn response_bytes(response: &Response) -> u64 {
    match response {
        Response::Fetch(fetch) => {
            let batches = fetch.partitions.iter().flat_map(|partition| &partition.batches);
            batches.map(|stored| stored.batch.size_in_bytes as u64).sum()
        }
        _ => 0,
    }
}

impl Load {
    fn places(&self, part: Part) -> u32 {
        if part == Part::Threads { self.constants.io_threads } else { 1 }
    }

    fn serve(&mut self, owner: Owner, part: Part, from: Time, work: Span) -> Time {
        let places = self.places(part);
        self.servers.entry((owner, part)).or_default().serve(places, from, work)
    }

    /// How long a thread and the disk take for a request if nothing else is to be done.
    fn work(&self, request: &Request) -> (Span, Span) {
        let Machines { disk, per_batch, per_request, .. } = self.constants;
        let (records, batches) = request_bytes(request);
        (per_request, transfer(records, disk) + Span(per_batch.0.saturating_mul(batches)))
    }

    /// When a request has been worked on.
    fn request(
        &mut self,
        (node, broker): (NodeId, BrokerId),
        request: &Request,
        (depart, way): (Time, Span),
    ) -> Time {
        let Machines { network, io_threads, .. } = self.constants;
        let (thread, write) = self.work(request);
        let (records, _) = request_bytes(request);
        let over_the_wire = transfer(HEADER_BYTES + records, network);
        let sent = self.serve(Owner::Client(node), Part::NetworkOut, depart, over_the_wire);
        let there = self.serve(Owner::Broker(broker), Part::NetworkIn, sent + way, over_the_wire);
        let threads = self.servers.entry((Owner::Broker(broker), Part::Threads)).or_default();
        let begun = threads.begin(io_threads, there);
        let mut done = begun + thread;
        if write > Span::ZERO {
            done = self.serve(Owner::Broker(broker), Part::Disk, done, write);
        }
        let threads = self.servers.entry((Owner::Broker(broker), Part::Threads)).or_default();
        threads.finish(begun, done)
    }

    fn response(
        &mut self,
        (node, broker): (NodeId, BrokerId),
        bytes: u64,
        (depart, way): (Time, Span),
    ) -> Time {
        let over_the_wire = transfer(HEADER_BYTES + bytes, self.constants.network);
        let sent = self.serve(Owner::Broker(broker), Part::NetworkOut, depart, over_the_wire);
        self.serve(Owner::Client(node), Part::NetworkIn, sent + way, over_the_wire)
    }
}

impl World {
    /// The constants of the model, if it is on.
    pub fn machines(&self) -> Option<&Machines> {
        self.load.as_ref().map(|load| &load.constants)
    }

    /// How busy a part of a broker was in the last five whole seconds, or since the model is on, in percent; none while it is off.
    pub fn busy(&self, broker: BrokerId, part: Part) -> Option<u64> {
        let load = self.load.as_ref()?;
        let server = load.servers.get(&(Owner::Broker(broker), part));
        Some(server.map_or(0, |server| server.utilisation(load.places(part), load.since, self.now)))
    }

    pub(super) fn set_machines(&mut self, machines: Option<Machines>) {
        self.load =
            machines.map(|constants| Arc::new(Load { constants, since: self.now, servers: Map::new() }));
    }

    /// How long a thread is busy with a request, and the disk with what it writes.
    pub(super) fn thread_time(&self, request: &Request) -> Span {
        self.load.as_ref().map_or(Span::ZERO, |load| {
            let (thread, write) = load.work(request);
            thread + write
        })
    }

    /// When a request that sets out at `depart` has been worked on; `way` is how long it is under way if nothing else is.
    pub(super) fn carry_request(
        &mut self,
        ends: (NodeId, BrokerId),
        request: &Request,
        (depart, way): (Time, Span),
    ) -> Time {
        let now = self.now;
        match self.load.as_mut().map(Arc::make_mut) {
            None => depart + way,
            Some(load) => {
                load.servers.values_mut().for_each(|server| server.forget(now));
                load.request(ends, request, (depart, way))
            }
        }
    }

    /// When an answer is there.
    pub(super) fn carry_response(&mut self, ends: (NodeId, BrokerId), bytes: u64, way: Span) -> Time {
        let now = self.now;
        match self.load.as_mut().map(Arc::make_mut) {
            None => now + way,
            Some(load) => load.response(ends, bytes, (now, way)),
        }
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
