//! Queues beside the log: what waits in each, and what its workers have and have not acknowledged. What is acknowledged is
//! nowhere: that is the difference. Drawn like a chain of retries, one station for the queue and one for each worker.

use crate::hue;
use crate::layout::{BLOCK_GAP, Columns, TITLE, UNIT, count, fitting, rect};
use crate::scene::{Cell, CellState, Rect, RetryChain, Station, Target};
use crate::words;
use millrace_model::{GroupId, Offset, TopicName, TopicPartition};
use millrace_sim::{WorkQueue, World};
use millrace_words::outside as say;

const STATION_H: f32 = 80.0;
const STATION_W: f32 = 144.0;
const STATION_GAP: f32 = 24.0;
const TILE: f32 = 28.0;
const TOUCH_TILE: f32 = 36.0;
const TILE_GAP: f32 = 8.0;
/// Workers that are shown.
const WORKERS: usize = 11;

/// What stands before a queue's name in the ids of the stage, so that no group has the same.
pub(crate) const PREFIX: &str = "queue/";

/// The queues, from `top` on, and where they end.
pub fn queues(world: &World, columns: &Columns, top: f32) -> (Vec<RetryChain>, f32) {
    let mut y = top;
    let mut chains = Vec::new();
    for (name, queue) in world.work_queues() {
        let chain = chain(name, queue, columns, y);
        y = chain.rect.bottom() + BLOCK_GAP;
        chains.push(chain);
    }
    (chains, if y > top { y - BLOCK_GAP } else { top })
}

fn chain(name: &str, queue: &WorkQueue, columns: &Columns, top: f32) -> RetryChain {
    let (x, w) = columns.wide();
    let stations = 1 + queue.workers().count().min(WORKERS);
    let in_row = fitting(w + STATION_GAP, STATION_W + STATION_GAP).clamp(1, 4);
    let station_w = ((w + STATION_GAP) / count(in_row) - STATION_GAP).min(240.0).floor();
    let tile = if columns.is_touch { TOUCH_TILE } else { TILE };
    let station_h = STATION_H + 2.0 * (tile - TILE);
    let place = |n: usize| {
        let left = x + count(n % in_row) * (station_w + STATION_GAP);
        let upper = top + TITLE + count(n / in_row) * (station_h + 2.0 * UNIT);
        rect(left, upper, station_w, station_h)
    };
    let group = GroupId::from([PREFIX, name].concat().as_str());
    let mut all = vec![waiting(&group, queue, place(0), tile)];
    for (n, (worker, state)) in (1..).zip(queue.workers().take(WORKERS)) {
        let held: Vec<u64> =
            queue.unacknowledged().filter(|(of, _)| *of == worker).map(|(_, message)| message).collect();
        let prefetch = queue.config.prefetch;
        let subtitle = match state.is_alive {
            true => say::of_not_acknowledged(&held.len(), &prefetch),
            false => say::dead_not_acknowledged(&held.len()),
        };
        let first = if state.is_alive { CellState::Current } else { CellState::Failed };
        let states = [first].into_iter().chain(std::iter::repeat(CellState::Fetched));
        all.push(Station {
            target: Target::Member(group.clone(), worker.clone()),
            rect: place(n),
            topic: TopicName::from(&**worker),
            subtitle,
            is_dead_letter: false,
            cells: cells(&group, queue, held.into_iter().zip(states), place(n), tile),
            count: 0,
            came: 0,
        });
    }
    let end = place(stations - 1).bottom();
    RetryChain {
        group,
        title: Some(say::queue(&name)),
        rect: rect(x, top, w, end - top),
        subtitle: subtitle(queue),
        stations: all,
    }
}

fn waiting(group: &GroupId, queue: &WorkQueue, place: Rect, tile: f32) -> Station {
    let states = std::iter::repeat(CellState::New);
    Station {
        target: Target::Group(group.clone()),
        rect: place,
        topic: TopicName::from(say::ready()),
        subtitle: say::acknowledged_and_gone(&queue.acknowledged),
        is_dead_letter: false,
        cells: cells(group, queue, queue.ready().zip(states), place, tile),
        count: queue.ready().count() as u64,
        came: 0,
    }
}

/// `not Kafka · prefetch 1 · what is not acknowledged comes back when its worker dies`.
fn subtitle(queue: &WorkQueue) -> String {
    let prefetch = queue.config.prefetch;
    match queue.config.visibility_timeout {
        Some(timeout) => say::comes_back_after(&prefetch, &words::span(timeout)),
        None => say::comes_back_when_its_worker_dies(&prefetch),
    }
}

fn cells(
    group: &GroupId,
    queue: &WorkQueue,
    messages: impl Iterator<Item = (u64, CellState)>,
    place: Rect,
    tile: f32,
) -> Vec<Cell> {
    let fits = fitting(place.w - 2.0 * UNIT + TILE_GAP, tile + TILE_GAP);
    let cell = |(n, (message, state)): (usize, (u64, CellState))| {
        let key = message.to_string();
        let (letter, hue) = hue::of_key(Some(key.as_bytes()));
        let offset = Offset(i64::try_from(message).unwrap_or(i64::MAX));
        let times = queue.deliveries(message).unwrap_or(0);
        Cell {
            target: Target::Record(TopicPartition::new(group.as_str(), 0), offset),
            rect: rect(
                place.x + UNIT + count(n) * (tile + TILE_GAP),
                place.bottom() - tile - UNIT,
                tile,
                tile,
            ),
            offset,
            label: say::message_delivered(&key, u64::from(times)),
            key,
            letter,
            hue,
            state,
            wait: None,
        }
    };
    messages.take(fits).enumerate().map(cell).collect()
}
