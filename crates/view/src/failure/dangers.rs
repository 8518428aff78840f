//! What may go wrong when dead letters are sent again, counted before it is done: order, staleness, duplicates, and the
//! load on what has just been mended.

use super::Place;
use crate::cast;
use crate::words;
use millrace_client::listener::headers;
use millrace_model::{Bytes, Map, Offset, Record, Span, Timestamp, TopicPartition};
use millrace_sim::Timeline;
use millrace_sim::node::Kind;
use millrace_sim::world::App;

/// From this age on a letter is called stale.
const STALE_MS: i64 = 60_000;

/// One of the four.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// `order`, `staleness`, `duplicates`, `overload`.
    pub name: &'static str,
    /// Whether it is there.
    pub is_there: bool,
    /// What it comes to.
    pub says: String,
}

/// The dangers of sending these letters again, so many a second.
pub fn dangers(timeline: &Timeline, group: &str, chosen: &[Place], rate: Option<u32>) -> Vec<Danger> {
    let world = timeline.world();
    let Some(app) = world.apps().get(group) else { return Vec::new() };
    let letters: Vec<(&Record, Timestamp, Option<Place>)> = chosen
        .iter()
        .filter_map(|(tp, offset)| {
            let stored = cast::stored(world, tp, *offset)?;
            let record = stored.record(*offset)?;
            let written = headers::first_timestamp(record).unwrap_or(stored.timestamp(record));
            Some((record, written, headers::original(record)))
        })
        .collect();
    if letters.is_empty() {
        return Vec::new();
    }
    vec![
        order(timeline, group, &letters),
        staleness(timeline, &letters),
        duplicates(timeline, group, app, &letters),
        overload(timeline, app, letters.len() as u64, rate),
    ]
}

type Chosen<'a> = [(&'a Record, Timestamp, Option<Place>)];

fn danger(name: &'static str, is_there: bool, says: String) -> Danger {
    Danger { name, is_there, says }
}

/// Records of the same key that were handled meanwhile.
fn order(timeline: &Timeline, group: &str, letters: &Chosen<'_>) -> Danger {
    let world = timeline.world();
    let committed = cast::group(world, group);
    let mut newest: Map<(&TopicPartition, &Bytes), Offset> = Map::new();
    let mut looked: Vec<&TopicPartition> = Vec::new();
    for (_, _, original) in letters {
        let Some((tp, _)) = original else { continue };
        if looked.contains(&tp) {
            continue;
        }
        looked.push(tp);
        let done = committed.and_then(|group| group.committed(tp)).map_or(Offset(0), |done| done.offset);
        let Some(log) = cast::log(world, tp) else { continue };
        for batch in log.batches_from(log.log_start_offset()) {
            for (at, record) in batch.records_from(batch.base_offset).take_while(|(at, _)| *at < done) {
                if let (Some(key), None) = (&record.key, headers::original(record)) {
                    newest.insert((tp, key), at);
                }
            }
        }
    }
    let is_overtaken = |(record, _, original): &&(&Record, Timestamp, Option<Place>)| {
        let place = original.as_ref().zip(record.key.as_ref());
        place.is_some_and(|((tp, offset), key)| newest.get(&(tp, key)).is_some_and(|at| at > offset))
    };
    let n = letters.iter().filter(is_overtaken).count();
    let says = match n {
        0 => "No newer record of these keys has been handled: they come in time.".to_owned(),
        n => format!(
            "{n} of {} would come after a newer record of the same key that has been handled: an old state over a new one.",
            letters.len()
        ),
    };
    danger("order", n > 0, says)
}

fn staleness(timeline: &Timeline, letters: &Chosen<'_>) -> Danger {
    let now = timeline.world().now().timestamp();
    let oldest = letters.iter().map(|(_, at, _)| *at).min().unwrap_or(now);
    let is_stale = now.0.saturating_sub(oldest.0) >= STALE_MS;
    let age = super::age(now, oldest);
    let says = match is_stale {
        true => format!("The oldest was written {age} ago: does anybody still want what it asks for?"),
        false => format!("The oldest was written {age} ago."),
    };
    danger("staleness", is_stale, says)
}

fn duplicates(timeline: &Timeline, group: &str, app: &App, letters: &Chosen<'_>) -> Danger {
    let fortunes = timeline.world().fortunes(group).unwrap_or_default();
    let is_done = |(_, _, original): &&(&Record, Timestamp, Option<Place>)| {
        original.as_ref().and_then(|place| fortunes.get(place)).is_some_and(|fortune| fortune.times > 0)
    };
    let n = letters.iter().filter(is_done).count();
    let dedupe = app.config.guard.as_ref().and_then(|guard| guard.dedupe.as_ref());
    match (n, dedupe) {
        (n, Some(dedupe)) => {
            let known = if n > 0 { format!("{n} of {} are done already; ", letters.len()) } else { String::new() };
            danger("duplicates", false, format!("{known}the application knows what it has seen by {}, and drops it.", dedupe.id.text()))
        }
        (0, None) => danger("duplicates", false, "None of them is done by the books. What a failed try had done before it threw, nobody knows: this application does not recognise what it has seen.".to_owned()),
        (n, None) => danger("duplicates", true, format!("{n} of {} are done already: they would be done twice.", letters.len())),
    }
}

fn overload(timeline: &Timeline, app: &App, n: u64, rate: Option<u32>) -> Danger {
    let world = timeline.world();
    let call = app.config.guard.as_ref().and_then(|guard| guard.call.as_ref());
    let Some((name, service)) = call.and_then(|call| Some((&call.service, world.service(&call.service)?)))
    else {
        let instances = world.nodes().filter(|(_, node)| {
            matches!(&node.kind, Kind::Instance { group, .. } if *group == app.config.group)
                && node.activity() != millrace_sim::node::Activity::Gone
        });
        let each = app.config.work;
        let whole = Span(each.0.saturating_mul(n) / instances.count().max(1) as u64);
        return danger(
            "overload",
            false,
            format!("{} of work for the application, {} each.", words::span(whole), words::span(each)),
        );
    };
    if let Some((percent, _)) = service.broken().filter(|(percent, _)| *percent > 0) {
        return danger(
            "overload",
            true,
            format!("{name} is broken now, {percent} % of its calls fail: they would come straight back."),
        );
    }
    let per_second = u64::from(service.capacity()) * 1_000_000 / service.latency().0.max(1);
    let takes = format!("{name} takes {per_second} calls a second");
    let queue = service.queue(world.now());
    match rate {
        _ if queue > Span::from_secs(1) => danger(
            "overload",
            true,
            format!("{name} has {} of work in its queue already.", words::span(queue)),
        ),
        Some(rate) if u64::from(rate) < per_second => {
            danger("overload", false, format!("{takes}; {rate} a second leave room for what is new."))
        }
        Some(rate) => danger(
            "overload",
            true,
            format!("{takes}; {rate} a second are more than it can do beside what is new."),
        ),
        None => {
            let whole = Span(n.saturating_mul(service.latency().0) / u64::from(service.capacity().max(1)));
            danger(
                "overload",
                n > per_second,
                format!("{takes}; {n} at once are {} of its work before anything new.", words::span(whole)),
            )
        }
    }
}
