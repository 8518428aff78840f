//! Decisions of instances that need a closer look: their listener method has guards that reach into a database, or a crash
//! waits at an exact point of their loop. What is left of that point has happened, the rest never does.

use super::World;
use super::outside::{Due, Job};
use crate::command::{InstanceAction, Name};
use crate::node::{Kind, NodeInput, instance_input};
use crate::trace::{Actor, EntryId, Fact, NodeId, Recorder};
use millrace_broker::Broker;
use millrace_client::listener::point::{CrashPoint, Passing, first_of};
use millrace_client::listener::{
    Dedupe, Fate, GuardDeed, Guarded, InstanceEvent, Port, RecordRef, Seen, StoreKind,
};
use millrace_model::{BrokerId, GroupId, Map, Span};
use std::mem;
use std::sync::Arc;

/// A crash that waits for its moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Trap {
    pub group: GroupId,
    pub name: Name,
    pub point: CrashPoint,
    /// Passings that are left, the last one being the one at which it springs.
    pub left: u64,
    pub restart: Option<Span>,
}

impl Trap {
    /// What of `event` happens still, and whether the process dies then.
    fn meets(&mut self, event: InstanceEvent) -> (Option<InstanceEvent>, bool) {
        let (count, is_before) = match self.point.passed(&event) {
            None => return (Some(event), false),
            Some(Passing::Through(count)) => (count, false),
            Some(Passing::Before(count)) => (count, true),
        };
        if count < self.left {
            self.left -= count;
            return (Some(event), false);
        }
        let happens = self.left - u64::from(is_before);
        match event {
            InstanceEvent::Handled(handled) => {
                (first_of(&handled, happens).map(InstanceEvent::Handled), true)
            }
            event => (Some(event), true),
        }
    }
}

impl World {
    /// True if a client's decisions need a closer look.
    pub(super) fn is_watched(&self, id: NodeId) -> bool {
        let Some(Kind::Instance { group, instance }) = self.node(id).map(|node| &node.kind) else {
            return false;
        };
        instance.guard().is_some()
            || self.outside.traps.iter().any(|trap| trap.group == *group && trap.name == *instance.name())
    }

    /// [`World::node_decides`] with a closer look.
    pub(super) fn watched_decides(
        &mut self,
        id: NodeId,
        input: NodeInput,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let (now, dice) = (self.now, self.dice);
        let Some(node) = self.nodes.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        let name = node.name.clone();
        let (Kind::Instance { instance, group }, Some(input)) = (&mut node.kind, instance_input(input))
        else {
            return;
        };
        let dedupe: Option<Dedupe> = instance.guard().and_then(|guard| guard.dedupe.clone());
        let dedupe = dedupe.filter(|dedupe| dedupe.store != StoreKind::Memory);
        let parks = instance.config().retry.retry_topics().is_some_and(|retry| retry.park_key);
        if dedupe.is_some() || parks {
            instance.lend(self.outside.seen.get(group).cloned().unwrap_or_default());
        }
        let calls = instance.guard().is_some_and(|guard| guard.call.is_some());
        if calls {
            instance.offer(super::services::offers(
                &self.outside,
                self.traffic.as_deref(),
                instance,
                now,
                &dice,
            ));
        }
        let outcome = instance.decide(now, &input, &dice);
        if calls {
            instance.offer(Map::new());
        }
        if dedupe.is_some() || parks {
            instance.lend(Arc::default());
        }
        let at = self.outside.traps.iter().position(|trap| trap.group == *group && trap.name == name);
        let mut trap = at.map(|at| self.outside.traps.remove(at));
        let mut ledger = self.ledgers.get_mut(group).map(Arc::make_mut);
        let mut sprung = false;
        let mut stored: Vec<Guarded> = Vec::new();
        for event in outcome.events {
            let (event, dies) = trap.as_mut().map_or((Some(event.clone()), false), |trap| trap.meets(event));
            if let Some(event) = event {
                instance.apply(&event);
                if let Some(ledger) = &mut ledger {
                    ledger.apply(&name, now, &event);
                }
                if let Some(dedupe) = &dedupe {
                    Arc::make_mut(self.outside.seen.entry(group.clone()).or_default()).apply(dedupe, &event);
                }
                if let InstanceEvent::Called { quote, running, .. } = &event
                    && let Some(service) = self.outside.services.get_mut(&running.service)
                {
                    service.begin(now, quote);
                }
                if parks {
                    let seen = self.outside.seen.entry(group.clone()).or_default();
                    keep_parked(Arc::make_mut(seen), &self.brokers, &event, instance.dlt_port());
                }
                if let InstanceEvent::Guarded { guarded, .. } = &event
                    && guarded.deed == GuardDeed::Stored
                {
                    stored.push(guarded.clone());
                }
                recorder.record(Actor::Node(id), Some(cause), Fact::Instance(event));
            }
            if dies {
                sprung = true;
                break;
            }
        }
        let (group, work) = (group.clone(), instance.config().work);
        for row in stored {
            let cause = recorder.last().unwrap_or(cause);
            let job = Job::Inbox(group.clone(), row.id, Box::new(row.record));
            self.schedule(Due { at: now + work, cause, job });
        }
        if !sprung {
            if let Some((at, trap)) = at.zip(trap) {
                self.outside.traps.insert(at, trap);
            }
            let requests = outcome.requests.into_iter().map(|request| (request.port, request.outgoing));
            self.after_decision(id, requests.collect(), cause, recorder);
            return;
        }
        self.act_on_process(id, InstanceAction::Crash, cause, recorder);
        if let Some(restart) = trap.and_then(|mut trap| mem::take(&mut trap.restart)) {
            let cause = recorder.last().unwrap_or(cause);
            self.schedule(Due { at: now + restart, cause, job: Job::Restart(group, name) });
        }
    }
}

/// Which keys wait in the retry topic: a key is parked when a record of it has arrived there, and released when that is done.
fn keep_parked(
    seen: &mut Seen,
    brokers: &Map<BrokerId, Arc<Broker>>,
    event: &InstanceEvent,
    dlt: Option<Port>,
) {
    let key = |record: &RecordRef| {
        let (tp, offset) = &record.original;
        let log = brokers.values().find_map(|broker| broker.log(tp))?;
        let batch = log.batches_from(*offset).next()?;
        batch.records_from(*offset).next().and_then(|(_, record)| record.key.clone())
    };
    match event {
        InstanceEvent::Published { failure, port: Port::MAIN, .. } => {
            if let (Fate::Retry { .. }, Some(key)) = (&failure.fate, key(&failure.record)) {
                seen.park(&key);
            }
        }
        // What becomes of a letter at its handler concerns no key.
        InstanceEvent::Published { port, .. } | InstanceEvent::Skipped { port, .. } if dlt == Some(*port) => {
        }
        InstanceEvent::Published { failure, .. } => {
            if let (Fate::DeadLetter { .. }, Some(key)) = (&failure.fate, key(&failure.record)) {
                seen.release(&key);
            }
        }
        InstanceEvent::Skipped { failure, port } if *port != Port::MAIN => {
            if let Some(key) = key(&failure.record) {
                seen.release(&key);
            }
        }
        InstanceEvent::Handled(handled) => {
            for key in handled.retried.iter().filter_map(key) {
                seen.release(&key);
            }
        }
        _ => {}
    }
}
