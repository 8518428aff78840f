//! What can be done to a client's link, and to a broker.

use super::Inspector;
use crate::words;
use millrace_model::{BrokerId, Span};
use millrace_sim::world::Link;
use millrace_sim::{Command, Fault, Party, World};
use millrace_words::inspect as say;

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
        Some(_) => {
            inspector.action(say::do_usual_link(), &Command::Fault(Fault::SlowLink(party.clone(), None)))
        }
        None => {
            let latency = world.latency().times(SLOWER).max(SLOWEST);
            inspector.action(
                say::do_slow_its_link(),
                &Command::Fault(Fault::SlowLink(party.clone(), Some(latency))),
            );
        }
    }
    match link.is_cut {
        true => inspector.action(say::do_heal_its_link(), &Command::Fault(Fault::HealLink(party.clone()))),
        false => inspector.action(say::do_cut_its_link(), &Command::Fault(Fault::CutLink(party.clone()))),
    }
}

/// Pause or resume of the broker that leads.
pub(super) fn broker(inspector: &mut Inspector, world: &World, id: BrokerId) {
    if world.is_broker_paused(id) {
        inspector.fact(format!("broker-{id}"), say::stands_still_what_arrives_waits());
        inspector.action(say::resume_broker(&id), &Command::Fault(Fault::ResumeBroker(id)));
    } else {
        inspector.action(say::pause_broker(&id), &Command::Fault(Fault::PauseBroker(id)));
    }
    if let Some(host) = world.broker_host(id) {
        crate::reach::host_facts(inspector, host);
    }
}

fn link<'a>(world: &'a World, party: &Party) -> Option<&'a Link> {
    world.links().find(|(of, _)| *of == party).map(|(_, link)| link)
}

fn state(link: &Link) -> String {
    match (link.is_cut, link.latency) {
        (true, _) => say::cut_nothing_gets_through().to_owned(),
        (false, Some(latency)) => say::slow_one_way(&words::span(latency)),
        (false, None) => say::as_the_others().to_owned(),
    }
}
