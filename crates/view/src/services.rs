//! Services that call each other and wait: one station for each, in the order in which a call goes through them. Drawn like
//! a chain of retries. Services that only applications call are on those applications' desks.

use crate::layout::{Columns, TITLE, UNIT, count, fitting, rect};
use crate::scene::{RetryChain, Station, Target};
use crate::words;
use millrace_model::{GroupId, TopicName};
use millrace_sim::{Service, World};
use millrace_words::outside as say;

const STATION_H: f32 = 56.0;
const STATION_W: f32 = 152.0;
const STATION_GAP: f32 = 24.0;

/// The id of the chain on the stage, which no group has.
pub(crate) const ID: &str = "services/all";

/// The chain, from `top` on, over the whole stage where nothing else is; none if no service calls another one.
pub fn chain(world: &World, columns: &Columns, top: f32, is_alone: bool) -> Option<RetryChain> {
    world.traffic()?;
    let names = in_order(world);
    if names.is_empty() {
        return None;
    }
    let (x, w) = match is_alone {
        true => (columns.margin, columns.width - 2.0 * columns.margin),
        false => columns.wide(),
    };
    let in_row = fitting(w + STATION_GAP, STATION_W + STATION_GAP).clamp(1, 4);
    let station_w = ((w + STATION_GAP) / count(in_row) - STATION_GAP).min(240.0).floor();
    let group = GroupId::from(ID);
    let station = |(n, name): (usize, &&str)| {
        let left = x + count(n % in_row) * (station_w + STATION_GAP);
        let upper = top + TITLE + count(n / in_row) * (STATION_H + 2.0 * UNIT);
        let (subtitle, waiting) = state(world, name);
        Station {
            target: Target::Member(group.clone(), (*name).into()),
            rect: rect(left, upper, station_w, STATION_H),
            topic: TopicName::from(*name),
            subtitle,
            is_dead_letter: false,
            cells: Vec::new(),
            count: waiting,
            came: 0,
        }
    };
    let stations: Vec<Station> = names.iter().enumerate().map(station).collect();
    let end = stations.last().map_or(top, |station| station.rect.bottom());
    Some(RetryChain {
        group,
        title: Some(say::services().to_owned()),
        rect: rect(x, top, w, end - top),
        subtitle: say::each_waits(&names.join(" → ")),
        stations,
    })
}

/// Those that call another one and those that are called by one: callers before whom they call.
pub(crate) fn in_order(world: &World) -> Vec<&str> {
    let Some(traffic) = world.traffic() else { return Vec::new() };
    let next = |name: &str| traffic.pool(name).map(|pool| &*pool.downstream.service);
    let mut found = Vec::new();
    let firsts = world.services().filter(|(name, _)| traffic.callers(name).next().is_none());
    for (first, _) in firsts.filter(|(name, _)| next(name).is_some()) {
        let mut at = Some(first);
        while let Some(name) = at {
            // Two chains may end in the same service.
            let known = world.services().map(|(known, _)| known).find(|known| *known == name);
            if let Some(known) = known.filter(|known| !found.contains(known)) {
                found.push(known);
            }
            at = known.and_then(next).filter(|next| !found.contains(next));
        }
    }
    found
}

/// What a service does now, and how many calls wait for it.
fn state(world: &World, name: &str) -> (String, u64) {
    if let Some(pool) = world.traffic().and_then(|traffic| traffic.pool(name)) {
        return (say::threads_busy(&pool.busy, &pool.threads), pool.waiting() as u64);
    }
    let Some(service) = service(world, name) else { return (String::new(), 0) };
    let waits = service.queue(world.now());
    let says = match waits.0 {
        0 => String::new(),
        _ => [" · ", &say::of_work_waits(&words::span(waits))].concat(),
    };
    ([say::at_a_time(&service.workers(), &words::span(service.latency())), says].concat(), 0)
}

/// One of them.
pub(crate) fn service<'a>(world: &'a World, name: &str) -> Option<&'a Service> {
    world.services().find(|(known, _)| *known == name).map(|(_, service)| service)
}
