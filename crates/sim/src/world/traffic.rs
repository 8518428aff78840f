//! How calls go through services, one thing at a time: see [`crate::traffic`].

use super::{Refusal, World};
use crate::command::Name;
use crate::limits;
use crate::trace::{Actor, EntryId, Fact, Recorder, Timer};
use crate::traffic::{Act, Call, CallId, CallRate, Downstream, Pool, Traffic};
use millrace_client::listener::Quote;
use millrace_expr::suggest;
use millrace_model::{Dice, Span};
use std::collections::VecDeque;
use std::sync::Arc;

impl World {
    /// The calls between services; none before there are any.
    pub fn traffic(&self) -> Option<&Traffic> {
        self.traffic.as_deref()
    }

    pub(super) fn traffic_mut(&mut self) -> &mut Traffic {
        Arc::make_mut(self.traffic.get_or_insert_default())
    }

    /// A service has threads that wait for another service.
    pub(super) fn start_pool(&mut self, name: &Name, threads: u32, downstream: &Downstream) {
        let pool = Pool { downstream: downstream.clone(), threads, busy: 0, queue: VecDeque::new() };
        self.traffic_mut().pools.insert(name.clone(), pool);
    }

    /// So many calls a second from now on.
    pub(super) fn set_load(&mut self, name: &Name, rate: CallRate, cause: EntryId) {
        let (now, travel) = (self.now, self.latency);
        self.traffic_mut().set_rate(now, travel, name, rate, cause);
        self.arm_outside();
    }

    /// Does the first thing that is due.
    pub(super) fn act_in_traffic(&mut self, recorder: &mut Recorder) {
        let (now, travel) = (self.now, self.latency);
        let Some(traffic) = self.traffic.as_mut().map(Arc::make_mut) else { return };
        let Some(act) = traffic.take_due(now) else { return };
        let cause = recorder.record(Actor::Learner, traffic.cause(), Fact::Woke(Timer::Outside));
        match act {
            Act::Send(name) => traffic.send_due(now, travel, &name),
            Act::Queue(name, act) => self.queue_acts(&name, &act, cause, recorder),
            Act::Arrive(id) => self.call_arrives(id),
            Act::Worked(id, error) => self.call_goes_on(id, error),
            Act::Done(id, error) => self.call_is_done(id, error),
            Act::Answer(id, error) => {
                let Some(call) = self.traffic_mut().settle(id) else { return };
                if !call.is_left {
                    self.answered(&call, error, cause, recorder);
                }
            }
            Act::GiveUp(id) => {
                let traffic = self.traffic_mut();
                let Some(call) = traffic.calls.get_mut(&id) else { return };
                call.is_left = true;
                call.deadline = None;
                let call = call.clone();
                self.answered(&call, Some("TimeoutException"), cause, recorder);
            }
        }
    }

    fn call_arrives(&mut self, id: CallId) {
        let now = self.now;
        let traffic = self.traffic_mut();
        let Some(service) = traffic.calls.get(&id).map(|call| call.service.clone()) else { return };
        if let Some(pool) = traffic.pools.get_mut(&service) {
            if pool.busy < pool.threads {
                pool.busy += 1;
                return self.begin_call(id, &service);
            }
            let is_full = pool.queue.len() >= limits::CALLS_WAITING;
            if !is_full {
                pool.queue.push_back(id);
            }
            traffic.exhausted.entry(service).or_insert(now);
            if is_full {
                self.answer_later(id, Some("ConnectException"));
            }
            return;
        }
        let is_full = traffic.calls.len() > limits::CALLS_WAITING
            && traffic.calls.values().filter(|call| call.service == service).count() > limits::CALLS_WAITING;
        if is_full {
            return self.answer_later(id, Some("ConnectException"));
        }
        if self.service(&service).is_some_and(|service| service.queue(now) > Span::ZERO) {
            self.traffic_mut().exhausted.entry(service.clone()).or_insert(now);
        }
        let Some(quote) = self.quote(&service) else {
            return self.answer_later(id, Some("UnknownHostException"));
        };
        if let Some(service) = self.outside.services.get_mut(&service) {
            service.begin(now, &quote);
        }
        self.traffic_mut().plan(now + quote.wait, Act::Done(id, quote.error));
    }

    /// A thread takes up a call.
    fn begin_call(&mut self, id: CallId, name: &Name) {
        let now = self.now;
        let Some(quote) = self.quote(name) else { return };
        if let Some(service) = self.outside.services.get_mut(name) {
            service.count();
        }
        self.traffic_mut().plan(now + quote.work, Act::Worked(id, quote.error));
    }

    /// The service's own part of a call is done: it fails, or calls the next service.
    fn call_goes_on(&mut self, id: CallId, error: Option<&'static str>) {
        let (now, travel) = (self.now, self.latency);
        if error.is_some() {
            return self.call_is_done(id, error);
        }
        let traffic = self.traffic_mut();
        let service = traffic.calls.get(&id).map(|call| call.service.clone());
        let Some(pool) = service.and_then(|service| traffic.pools.get(&service)) else { return };
        let Downstream { service, timeout } = pool.downstream.clone();
        traffic.send(now, travel, service, Some(id), timeout);
    }

    /// A service is done with a call: its thread takes up the next one, the answer sets out.
    fn call_is_done(&mut self, id: CallId, error: Option<&'static str>) {
        let traffic = self.traffic_mut();
        let Some(name) = traffic.calls.get(&id).map(|call| call.service.clone()) else { return };
        let pool = traffic.pools.get_mut(&name);
        let is_pooled = pool.is_some();
        let next = pool.and_then(|pool| {
            let next = pool.queue.pop_front();
            if next.is_none() {
                pool.busy = pool.busy.saturating_sub(1);
            }
            next
        });
        if let (true, true, Some(service)) =
            (is_pooled, error.is_some(), self.outside.services.get_mut(&name))
        {
            service.count_failure();
        }
        self.answer_later(id, error);
        if let Some(next) = next {
            self.begin_call(next, &name);
        }
    }

    fn answer_later(&mut self, id: CallId, error: Option<&'static str>) {
        let at = self.now + self.latency;
        self.traffic_mut().plan(at, Act::Answer(id, error));
    }

    /// The caller goes on: the call for which it waited is done, or somebody outside has an answer.
    fn answered(
        &mut self,
        call: &Call,
        error: Option<&'static str>,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        match call.caller {
            Some(caller) => self.call_is_done(caller, error),
            None => {
                let now = self.now;
                self.traffic_mut().count(now, call, error);
                let fact = Fact::Answered { service: call.service.clone(), since: call.since, error };
                recorder.record(Actor::Learner, Some(cause), fact);
            }
        }
    }

    /// What a service would do with a call now.
    fn quote(&self, name: &Name) -> Option<Quote> {
        let service = self.service(name)?;
        let (calls, _) = service.calls();
        Some(service.offer(self.now, self.dice.roll(&[name, " call"].concat(), calls)).quote(None))
    }

    pub(super) fn known_service(&self, name: &str) -> Result<(), Refusal> {
        if self.service(name).is_some() {
            return Ok(());
        }
        let nearest = suggest::nearest(name, self.services().map(|(name, _)| name)).map(str::to_owned);
        Err(Refusal::Unknown { kind: "service", name: name.to_owned(), nearest })
    }

    /// An application waits for a service that calls nobody: only of that is it known at once how long it takes.
    pub(super) fn check_callable(&self, name: &str) -> Result<(), Refusal> {
        match self.traffic().and_then(|traffic| traffic.pool(name)) {
            Some(_) => Err(Refusal::Not {
                name: name.to_owned(),
                why: "calls a service itself; an application can call only one that calls none (service load calls both)",
            }),
            None => Ok(()),
        }
    }
}
