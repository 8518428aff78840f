//! Retry topics and dead letters: what waits, and since when, until when.

use crate::cast::{self, Cast, GroupCast, GroupKind, RetryTopic};
use crate::cells;
use crate::layout::{BLOCK_GAP, Columns, TITLE, UNIT, count, fitting, rect};
use crate::scene::{Cell, CellState, Drain, Rect, RetryChain, Station, Target};
use crate::words;
use millrace_broker::PartitionLog;
use millrace_client::listener::{DestinationKind, RetryTopics, headers};
use millrace_model::collections::sort;
use millrace_model::{Offset, Time, TopicPartition};
use millrace_words::stage as say;

/// A station's height.
const STATION_H: f32 = 80.0;
/// The narrowest station; more of them break into further rows.
const STATION_W: f32 = 120.0;
/// Between two stations: a piece of the dashed path.
const STATION_GAP: f32 = 24.0;
/// A tile; the next one follows after a gap.
const TILE: f32 = 28.0;
const TOUCH_TILE: f32 = 36.0;
const TILE_GAP: f32 = 8.0;
/// Most stations of one chain; a chain never has more (20 attempts and the dead letters) times a few topics.
const STATIONS: usize = 24;

/// The chains, from `top` on, and where they end.
pub fn chains(cast: &Cast<'_>, columns: &Columns, top: f32) -> (Vec<RetryChain>, f32) {
    let mut y = top;
    let mut chains = Vec::new();
    for group in &cast.groups {
        let GroupKind::App(app) = &group.kind else { continue };
        let Some(retry) = app.retry.retry_topics() else { continue };
        if chains.len() >= crate::groups::GROUPS {
            break;
        }
        let chain = chain(cast, group, retry, columns, y);
        y = chain.rect.bottom() + BLOCK_GAP;
        chains.push(chain);
    }
    (chains, if y > top { y - BLOCK_GAP } else { top })
}

fn chain(
    cast: &Cast<'_>,
    group: &GroupCast<'_>,
    retry: &RetryTopics,
    columns: &Columns,
    top: f32,
) -> RetryChain {
    let (x, w) = columns.wide();
    let topics = group.retry_chain();
    let topics = topics.get(..STATIONS.min(topics.len())).unwrap_or(&topics);
    let in_row = fitting(w + STATION_GAP, STATION_W + STATION_GAP).clamp(1, topics.len().max(1)).min(4);
    let station_w = ((w + STATION_GAP) / count(in_row) - STATION_GAP).min(240.0).floor();
    let tile = if columns.is_touch { TOUCH_TILE } else { TILE };
    let station_h = STATION_H + 2.0 * (tile - TILE);
    let stations: Vec<Station> = topics
        .iter()
        .enumerate()
        .map(|(n, topic)| {
            let left = x + count(n % in_row) * (station_w + STATION_GAP);
            let upper = top + TITLE + count(n / in_row) * (station_h + 2.0 * UNIT);
            station(cast, topic, rect(left, upper, station_w, station_h), tile)
        })
        .collect();
    let end = stations.last().map_or(top + TITLE, |station| station.rect.bottom());
    RetryChain {
        group: group.id.clone(),
        title: None,
        rect: rect(x, top, w, end - top),
        subtitle: subtitle(retry),
        stations,
    }
}

/// `exponential backoff, 3 attempts, then dead letter`.
fn subtitle(retry: &RetryTopics) -> String {
    let backoff =
        if retry.multiplier_percent > 100 { say::exponential_backoff() } else { say::fixed_backoff() };
    let end = if retry.dlt { say::then_dead_letter() } else { say::then_given_up() };
    say::attempts_backoff_n_end(&backoff, retry.max_attempts() as u64, &end)
}

fn station(cast: &Cast<'_>, retry: &RetryTopic, place: Rect, tile: f32) -> Station {
    let is_dead_letter = retry.kind == DestinationKind::DeadLetter;
    let fits = fitting(place.w - 2.0 * UNIT + TILE_GAP, tile + TILE_GAP);
    let mut cells = Vec::new();
    let (mut total, mut came) = (0, 0);
    if let Some(topic) = cast::topic(cast.world, retry.topic.as_str()) {
        let committed = cast::group(cast.world, retry.group.as_str());
        let mut found = Vec::new();
        for (tp, log) in cast::logs(topic) {
            let start = log.log_start_offset();
            let done =
                committed.and_then(|group| group.committed(&tp)).map_or(start, |c| c.offset.max(start));
            let from = if is_dead_letter { start } else { done };
            total += log.log_end_offset().since(from);
            came += log.log_end_offset().since(Offset(0));
            let from = if is_dead_letter { tail(log, fits) } else { from };
            waiting(&tp, log, from, fits, cast.world.now(), is_dead_letter, &mut found);
        }
        sort::sort_by_key(&mut found, |(when, _)| *when);
        // Dead letters: the newest that fit, in the order of their coming; waiting ones: those that are due first.
        let skip = if is_dead_letter { found.len().saturating_sub(fits) } else { 0 };
        let shown = found.into_iter().skip(skip).take(fits);
        cells = shown.zip(0..).map(|((_, cell), n)| placed(cell, place, tile, n)).collect();
    }
    Station {
        target: Target::Topic(retry.topic.clone()),
        rect: place,
        topic: retry.topic.clone(),
        subtitle: match retry.kind {
            DestinationKind::DeadLetter => say::dead_letters().to_owned(),
            DestinationKind::Retry => say::after(&words::span(retry.delay)),
            DestinationKind::ReusableRetry => say::after_again_and_again(&words::span(retry.delay)),
        },
        is_dead_letter,
        cells,
        count: total,
        came,
    }
}

fn tail(log: &PartitionLog, fits: usize) -> Offset {
    let back = i64::try_from(fits).unwrap_or(i64::MAX);
    Offset(log.log_end_offset().0.saturating_sub(back)).max(log.log_start_offset())
}

fn waiting(
    tp: &TopicPartition,
    log: &PartitionLog,
    from: Offset,
    fits: usize,
    now: Time,
    is_dead_letter: bool,
    found: &mut Vec<(Time, Cell)>,
) {
    if from >= log.log_end_offset() {
        return;
    }
    let records = log
        .batches_from(from)
        .flat_map(|batch| batch.records_from(from).map(move |(offset, record)| (offset, record, batch)));
    for (offset, record, batch) in records.take(fits.max(1)) {
        let due = headers::due(record, now.timestamp()).map(|due| due.time());
        let (when, state, wait) = match due {
            _ if is_dead_letter => (batch.appended_at, CellState::Dead, None),
            Some(due) if due > now => {
                let wait = Drain { from: batch.appended_at, until: due, what: "backoff" };
                (due, CellState::Waiting, Some(wait))
            }
            Some(due) => (due, CellState::New, None),
            None => (batch.appended_at, CellState::New, None),
        };
        found.push((when, cells::cell(tp, offset, record, Rect::default(), state, wait)));
    }
}

fn placed(cell: Cell, place: Rect, tile: f32, n: usize) -> Cell {
    let x = place.x + UNIT + count(n) * (tile + TILE_GAP);
    Cell { rect: rect(x, place.bottom() - tile - UNIT, tile, tile), ..cell }
}
