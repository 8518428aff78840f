//! The services downstream of the applications.

use super::{Refusal, World};
use crate::command::Name;
use crate::service::{Damage, Service, ServiceAction, ServiceCommand};
use millrace_client::listener::{Instance, Offer};
use millrace_expr::suggest;
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

    pub(super) fn act_on_service(&mut self, command: &ServiceCommand) {
        match command.action {
            ServiceAction::Start { latency, capacity } => {
                self.outside.services.insert(command.name.clone(), Service::new(latency, capacity));
            }
            ServiceAction::Break { errors, latency, share } => {
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
        match command.action {
            ServiceAction::Start { .. } if is_there => {
                Err(Refusal::Taken { kind: "service", name: command.name.to_string() })
            }
            ServiceAction::Break { .. } | ServiceAction::Mend if !is_there => {
                let known = self.outside.services.keys().map(|name| &**name);
                let nearest = suggest::nearest(&command.name, known).map(str::to_owned);
                Err(Refusal::Unknown { kind: "service", name: command.name.to_string(), nearest })
            }
            _ => Ok(()),
        }
    }
}

/// What the services would do now with a call of an instance: the one that it calls, or all if its records choose.
pub(super) fn offers(
    outside: &super::outside::Outside,
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
        None => outside.services.iter().map(offer).collect(),
    }
}
