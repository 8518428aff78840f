//! What can be done to a client's link, and to a broker.

use super::Inspector;
use crate::words;
use millrace_model::{BrokerId, Span};
use millrace_sim::world::Link;
use millrace_sim::{Command, Fault, Party, World};

/// A slow link is so many times slower than the others, at least [`SLOWEST`].
const SLOWER: u64 = 10;
const SLOWEST: Span = Span::from_millis(500);

/// The link as it is, if it is not like the others.
pub(super) fn facts(inspector: &mut Inspector, world: &World, party: &Party) {
    if let Some(link) = link(world, party) {
        inspector.fact("link", state(link));
    }
}

/// Slow, cut, heal.
pub(super) fn actions(inspector: &mut Inspector, world: &World, party: &Party) {
    let link = link(world, party).copied().unwrap_or_default();
    match link.latency {
        Some(_) => inspector.action("Usual link", &Command::Fault(Fault::SlowLink(party.clone(), None))),
        None => {
            let latency = world.latency().times(SLOWER).max(SLOWEST);
            inspector.action("Slow its link", &Command::Fault(Fault::SlowLink(party.clone(), Some(latency))));
        }
    }
    match link.is_cut {
        true => inspector.action("Heal its link", &Command::Fault(Fault::HealLink(party.clone()))),
        false => inspector.action("Cut its link", &Command::Fault(Fault::CutLink(party.clone()))),
    }
}

/// Pause or resume of the broker that leads.
pub(super) fn broker(inspector: &mut Inspector, world: &World, id: BrokerId) {
    if world.is_broker_paused(id) {
        inspector.fact(format!("broker-{id}"), "stands still: what arrives waits");
        inspector.action(format!("Resume broker-{id}"), &Command::Fault(Fault::ResumeBroker(id)));
    } else {
        inspector.action(format!("Pause broker-{id}"), &Command::Fault(Fault::PauseBroker(id)));
    }
}

fn link<'a>(world: &'a World, party: &Party) -> Option<&'a Link> {
    world.links().find(|(of, _)| *of == party).map(|(_, link)| link)
}

fn state(link: &Link) -> String {
    match (link.is_cut, link.latency) {
        (true, _) => "cut: nothing gets through".to_owned(),
        (false, Some(latency)) => format!("slow: {} one way", words::span(latency)),
        (false, None) => "as the others".to_owned(),
    }
}
