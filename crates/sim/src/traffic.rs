//! Calls that services make of each other while their callers wait, and those from outside that begin a chain.
//!
//! A service that calls another one has a pool of threads. A call holds one of them from its beginning until the service
//! downstream has answered; without a free one it waits in the service's queue. Who gives up waiting frees its own thread,
//! not the one downstream. A service that calls nobody is [`crate::Service`] alone. The agenda is that of the queues beside
//! the log, too. Not here: calls that applications make.

use crate::command::Name;
use crate::trace::EntryId;
use crate::work_queue::{QueueAct, WorkQueue};
use millrace_model::{Map, Span, Time};
use std::collections::VecDeque;

/// Whom a service calls, and how long it waits for the answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Downstream {
    /// The service.
    pub service: Name,
    /// Until it answers its own caller with an error; none: it waits as long as it takes.
    pub timeout: Option<Span>,
}

/// Calls from outside, each of which waits for its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CallRate {
    /// How many a second; 0 stops them.
    pub per_second: u32,
    /// How long each waits; none: as long as it takes.
    pub timeout: Option<Span>,
}

/// The threads of a service that calls another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pool {
    /// Whom it calls.
    pub downstream: Downstream,
    /// How many threads there are.
    pub threads: u32,
    /// How many of them are with a call, or wait for the service downstream.
    pub busy: u32,
    /// The calls that wait for a thread, the oldest first.
    pub(crate) queue: VecDeque<CallId>,
}

/// What has become of the calls from outside that one service has had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Load {
    /// What is called.
    pub rate: CallRate,
    pub(crate) since: Time,
    pub(crate) sent: u64,
    /// When the next one is due, as a key of the agenda.
    pub(crate) next: Option<(Time, u64)>,
    /// Calls that got an answer.
    pub answered: u64,
    /// Calls that got an error, or nothing in time.
    pub denied: u64,
    /// How many took so long, in whole milliseconds.
    took: Map<Span, u64>,
}

/// A call's number.
pub(crate) type CallId = u64;

/// A call on its way, in a queue, or in work.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub service: Name,
    /// The call for which the caller makes it; none if it comes from outside.
    pub caller: Option<CallId>,
    pub since: Time,
    /// Its caller's patience ends there, as a key of the agenda.
    pub deadline: Option<(Time, u64)>,
    /// Its caller has given up.
    pub is_left: bool,
}

/// What is to happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Act {
    /// The next calls from outside are due.
    Send(Name),
    /// A call comes in.
    Arrive(CallId),
    /// The service has done its own work on a call.
    Worked(CallId, Option<&'static str>),
    /// The answer of a service that calls nobody sets out.
    Done(CallId, Option<&'static str>),
    /// An answer is with the caller.
    Answer(CallId, Option<&'static str>),
    /// The caller waits no longer.
    GiveUp(CallId),
    /// Something happens in a queue.
    Queue(Name, QueueAct),
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Traffic {
    pub(crate) pools: Map<Name, Pool>,
    pub(crate) loads: Map<Name, Load>,
    pub(crate) calls: Map<CallId, Call>,
    /// When a call first found no thread free.
    pub(crate) exhausted: Map<Name, Time>,
    pub(crate) queues: Map<Name, WorkQueue>,
    agenda: Map<(Time, u64), Act>,
    next: u64,
    /// What the learner did last that makes calls.
    cause: Option<EntryId>,
}

impl Traffic {
    /// The pool of a service that calls another one.
    pub fn pool(&self, service: &str) -> Option<&Pool> {
        self.pools.get(service)
    }

    /// The services that call that one.
    pub fn callers<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a Name> {
        self.pools.iter().filter(move |(_, pool)| *pool.downstream.service == *service).map(|(name, _)| name)
    }

    /// The calls from outside that a service has had.
    pub fn load(&self, service: &str) -> Option<&Load> {
        self.loads.get(service)
    }

    /// When a call of a service first found all of its threads busy.
    pub fn exhausted(&self, service: &str) -> Option<Time> {
        self.exhausted.get(service).copied()
    }

    /// How long so many percent of the calls from outside have taken at most, the nearest rank: errors count, and what
    /// still waits has taken until `now`.
    pub fn latency(&self, service: &str, percent: u32, now: Time) -> Option<Span> {
        let mut took = self.loads.get(service)?.took.clone();
        for call in self.calls.values() {
            if call.caller.is_none() && !call.is_left && *call.service == *service {
                *took.entry(whole(now, call.since)).or_insert(0) += 1;
            }
        }
        let all: u64 = took.values().sum();
        let rank = (all * u64::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        let mut upwards = took.iter().map(|(span, count)| {
            seen += count;
            (*span, seen)
        });
        upwards.find(|(_, seen)| *seen >= rank).map(|(span, _)| span)
    }

    /// What makes calls.
    pub(crate) fn cause(&self) -> Option<EntryId> {
        self.cause
    }

    pub(crate) fn set_cause(&mut self, cause: EntryId) {
        self.cause = Some(cause);
    }

    /// What was to be sent to a queue by itself is not.
    pub(crate) fn forget_sends(&mut self, queue: &str) {
        self.agenda.retain(|_, act| !matches!(act, Act::Queue(name, QueueAct::Send) if **name == *queue));
    }

    /// So many calls of a service a second from now on.
    pub(crate) fn set_rate(
        &mut self,
        now: Time,
        travel: Span,
        service: &Name,
        rate: CallRate,
        cause: EntryId,
    ) {
        self.cause = Some(cause);
        let load = self.loads.entry(service.clone()).or_default();
        (load.rate, load.since, load.sent) = (rate, now, 0);
        if let Some(old) = load.next.take() {
            self.agenda.remove(&old);
        }
        self.send_due(now, travel, service);
    }

    /// Sends the calls from outside that are due, and plans the next ones.
    pub(crate) fn send_due(&mut self, now: Time, travel: Span, service: &Name) {
        let Some(load) = self.loads.get_mut(service) else { return };
        let (timeout, before) = (load.rate.timeout, load.sent);
        while load.due().is_some_and(|at| at <= now) {
            load.sent += 1;
        }
        let (count, due) = (load.sent - before, load.due());
        for _ in 0..count {
            self.send(now, travel, service.clone(), None, timeout);
        }
        let next = due.map(|at| self.plan(at, Act::Send(service.clone())));
        if let Some(load) = self.loads.get_mut(service) {
            load.next = next;
        }
    }

    /// When the next thing happens.
    pub(crate) fn next_time(&self) -> Option<Time> {
        self.agenda.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn take_due(&mut self, now: Time) -> Option<Act> {
        if self.next_time()? > now {
            return None;
        }
        self.agenda.pop_first().map(|(_, act)| act)
    }

    /// Puts something on the agenda; what was put there first happens first.
    pub(crate) fn plan(&mut self, at: Time, act: Act) -> (Time, u64) {
        let key = (at, self.number());
        self.agenda.insert(key, act);
        key
    }

    /// A call sets out, and its caller begins to wait.
    pub(crate) fn send(
        &mut self,
        now: Time,
        travel: Span,
        service: Name,
        caller: Option<CallId>,
        timeout: Option<Span>,
    ) {
        let id = self.number();
        self.plan(now + travel, Act::Arrive(id));
        let deadline = timeout.map(|timeout| self.plan(now + timeout, Act::GiveUp(id)));
        self.calls.insert(id, Call { service, caller, since: now, deadline, is_left: false });
    }

    /// The caller has what it gets.
    pub(crate) fn settle(&mut self, id: CallId) -> Option<Call> {
        let call = self.calls.remove(&id)?;
        if let Some(key) = call.deadline {
            self.agenda.remove(&key);
        }
        Some(call)
    }

    /// A call from outside is over.
    pub(crate) fn count(&mut self, now: Time, call: &Call, error: Option<&'static str>) {
        let Some(load) = self.loads.get_mut(&call.service) else { return };
        match error {
            None => load.answered += 1,
            Some(_) => load.denied += 1,
        }
        *load.took.entry(whole(now, call.since)).or_insert(0) += 1;
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Pool {
    /// How many calls wait for a thread.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }
}

impl Load {
    /// When the next call is due.
    pub(crate) fn due(&self) -> Option<Time> {
        let rate = u64::from(self.rate.per_second);
        (rate > 0)
            .then(|| self.since + Span(self.sent / rate * 1_000_000 + self.sent % rate * 1_000_000 / rate))
    }
}

fn whole(now: Time, since: Time) -> Span {
    Span::from_millis(Span(now.0.saturating_sub(since.0)).as_millis())
}
