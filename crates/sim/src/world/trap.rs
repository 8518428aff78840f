//! A process that dies at an exact point of its loop: what is left of the point has happened, the rest never does.

use super::World;
use super::outside::{Due, Job};
use crate::command::{InstanceAction, Name};
use crate::node::{Kind, NodeInput, instance_input};
use crate::trace::{Actor, EntryId, Fact, NodeId, Recorder};
use millrace_client::listener::InstanceEvent;
use millrace_client::listener::point::{CrashPoint, Passing, first_of};
use millrace_model::{GroupId, Span};
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
    /// The trap that waits for a client, if there is one.
    pub(super) fn trap_of(&self, id: NodeId) -> Option<usize> {
        if self.outside.traps.is_empty() {
            return None;
        }
        let node = self.node(id)?;
        let group = node.group()?;
        self.outside.traps.iter().position(|trap| trap.group == *group && trap.name == node.name)
    }

    /// [`World::node_decides`] for an instance with a trap. False if the process has died.
    pub(super) fn trapped_decides(
        &mut self,
        (id, at): (NodeId, usize),
        input: NodeInput,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let (now, dice) = (self.now, self.dice);
        let mut trap = self.outside.traps.remove(at);
        let Some(node) = self.nodes.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        let name = node.name.clone();
        let (Kind::Instance { instance, .. }, Some(input)) = (&mut node.kind, instance_input(input)) else {
            return;
        };
        let mut ledger = self.ledgers.get_mut(&trap.group).map(Arc::make_mut);
        let outcome = instance.decide(now, &input, &dice);
        let mut sprung = false;
        for event in outcome.events {
            let (event, dies) = trap.meets(event);
            if let Some(event) = event {
                instance.apply(&event);
                if let Some(ledger) = &mut ledger {
                    ledger.apply(&name, now, &event);
                }
                recorder.record(Actor::Node(id), Some(cause), Fact::Instance(event));
            }
            if dies {
                sprung = true;
                break;
            }
        }
        if !sprung {
            self.outside.traps.insert(at, trap);
            let requests = outcome.requests.into_iter().map(|request| (request.port, request.outgoing));
            self.after_decision(id, requests.collect(), cause, recorder);
            return;
        }
        self.act_on_process(id, InstanceAction::Crash, cause, recorder);
        if let Some(restart) = trap.restart {
            let cause = recorder.last().unwrap_or(cause);
            let job = Job::Restart(trap.group, trap.name);
            self.schedule(Due { at: now + restart, cause, job });
        }
    }
}
