//! The services downstream of the applications.

use super::{Refusal, World};
use crate::service::{Service, ServiceAction, ServiceCommand};
use millrace_client::listener::{Instance, Quote};
use millrace_expr::suggest;
use millrace_model::Dice;

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
            ServiceAction::Break { errors, latency } => {
                if let Some(service) = self.outside.services.get_mut(&command.name) {
                    service.set_broken(Some((errors, latency)));
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

/// What a call of an instance would come to now.
pub(super) fn quote(
    outside: &super::outside::Outside,
    instance: &Instance,
    now: millrace_model::Time,
    dice: &dyn Dice,
) -> Option<Quote> {
    let call = instance.guard()?.call.as_ref()?;
    let service = outside.services.get(&call.service)?;
    let (calls, _) = service.calls();
    Some(service.quote(call, now, dice.roll(&[&*call.service, " call"].concat(), calls)))
}
