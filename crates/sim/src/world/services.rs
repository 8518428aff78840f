//! The services downstream of the applications.

use super::{Refusal, World};
use crate::command::Name;
use crate::limits;
use crate::service::{Damage, Service, ServiceAction, ServiceCommand};
use crate::trace::EntryId;
use crate::traffic::Traffic;
use millrace_client::listener::{Instance, Offer};
use millrace_model::{Dice, Map, Time};

impl World {
    /// A service.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.outside.services.get(name)
    }

    /// The services by name.
    pub fn services(&self) -> impl Iterator<Item = (&str, &Service)> {
        self.outside.services.iter().map(|(name, service)| (&**name, service))
    }

    pub(super) fn act_on_service(&mut self, command: &ServiceCommand, cause: EntryId) {
        match &command.action {
            ServiceAction::Start { latency, capacity, downstream } => {
                self.outside.services.insert(command.name.clone(), Service::new(*latency, *capacity));
                if let Some(downstream) = downstream {
                    self.start_pool(&command.name, *capacity, downstream);
                }
            }
            ServiceAction::Load(rate) => self.set_load(&command.name, *rate, cause),
            &ServiceAction::Break { errors, latency, share } => {
                if let Some(service) = self.outside.services.get_mut(&command.name) {
                    service.set_broken(Some(Damage { errors, latency, share }));
                }
            }
            ServiceAction::Mend => {
                if let Some(service) = self.outside.services.get_mut(&command.name) {
                    service.set_broken(None);
                }
            }
        }
    }

    pub(super) fn check_service(&self, command: &ServiceCommand) -> Result<(), Refusal> {
        let is_there = self.service(&command.name).is_some();
        match &command.action {
            ServiceAction::Start { .. } if is_there => {
                Err(Refusal::Taken { kind: "service", name: command.name.to_string() })
            }
            ServiceAction::Start { downstream: Some(downstream), .. } => {
                self.known_service(&downstream.service)
            }
            ServiceAction::Start { .. } => Ok(()),
            ServiceAction::Break { .. } | ServiceAction::Mend => self.known_service(&command.name),
            ServiceAction::Load(rate) => {
                self.known_service(&command.name)?;
                let most = u64::from(limits::CALL_RATE);
                super::checks::in_range("calls a second", u64::from(rate.per_second), 0, most)
            }
        }
    }
}

/// What the services would do now with a call of an instance: the one that it calls, or all if its records choose.
pub(super) fn offers(
    outside: &super::outside::Outside,
    traffic: Option<&Traffic>,
    instance: &Instance,
    now: Time,
    dice: &dyn Dice,
) -> Map<Name, Offer> {
    let Some(call) = instance.guard().and_then(|guard| guard.call.as_ref()) else { return Map::new() };
    let offer = |(name, service): (&Name, &Service)| {
        let (calls, _) = service.calls();
        (name.clone(), service.offer(now, dice.roll(&[name, " call"].concat(), calls)))
    };
    match call.service.name() {
        Some(name) => outside.services.get(name).map(|service| offer((name, service))).into_iter().collect(),
        None => {
            let is_chained = |name: &Name| traffic.is_some_and(|traffic| traffic.pool(name).is_some());
            outside.services.iter().filter(|(name, _)| !is_chained(name)).map(offer).collect()
        }
    }
}
