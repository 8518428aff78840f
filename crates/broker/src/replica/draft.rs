//! A decision of several parts, each of which builds on what the last one has changed.

use super::{ReplicaEvent, ReplicaManager};
use crate::{Broker, Outcome};

/// A copy of the broker that is already where the events so far lead.
pub(super) struct Draft {
    pub broker: Broker,
    pub outcome: Outcome,
}

impl Draft {
    pub fn new(broker: &Broker) -> Draft {
        Draft { broker: broker.clone(), outcome: Outcome::default() }
    }

    pub fn push(&mut self, event: ReplicaEvent) {
        let event = event.into();
        self.broker.apply(&event);
        self.outcome.events.push(event);
    }

    pub fn replicas(&self) -> Option<&ReplicaManager> {
        self.broker.replicas()
    }
}
