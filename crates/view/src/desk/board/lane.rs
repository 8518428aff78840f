//! A partition on the board: its records and markers in their places, the transactions above them, the last stable offset as a
//! barrier through both, the readers below.

use super::readers::{Reader, readers};
use super::spans::{Found, Outcome, Read, Span, read};
use super::{Hanging, LOOKBACK, Who};
use crate::cast::{Cast, is_internal};
use crate::hue;
use crate::layout::{count, fitting, rect};
use crate::scene::Rect;
use millrace_broker::PartitionLog;
use millrace_model::{Offset, TopicPartition};
use millrace_words::transactions as say;

/// From one record to the next.
const PITCH: f32 = 22.0;
const TILE: f32 = 18.0;
/// Left of the first record, and right of the last one.
const INSET: f32 = 6.0;
/// The line with its name, and the one for the barrier's name.
const TITLE_H: f32 = 24.0;
const BARRIER_H: f32 = 18.0;
const SPAN_H: f32 = 20.0;
const TROUGH_H: f32 = 30.0;
/// Below the trough: the high watermark's name.
const FOOT_H: f32 = 18.0;
pub(super) const READER_H: f32 = 26.0;
/// Between two partitions.
pub(super) const GAP: f32 = 22.0;

/// What lies at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A record of no transaction.
    Plain,
    /// A record of a transaction that ended so, or has not ended.
    Of(Outcome),
    /// The marker that commits one.
    Commit,
    /// The marker that aborts one.
    Abort,
}

/// An offset of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Which.
    pub offset: Offset,
    /// Its tile.
    pub rect: Rect,
    /// A record's key, as a letter; a marker's sign.
    pub letter: String,
    /// The key's hue.
    pub hue: u8,
    /// What it is.
    pub kind: CellKind,
    /// All of it in words.
    pub says: String,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Which partition.
    pub tp: TopicPartition,
    /// All of it.
    pub rect: Rect,
    /// Where its records lie.
    pub trough: Rect,
    /// Where its name stands, and the barrier's.
    pub lines: [f32; 2],
    /// Whether readers are held back, in words.
    pub detail: String,
    /// The records and markers in sight.
    pub cells: Vec<Cell>,
    /// Its transactions.
    pub spans: Vec<Span>,
    /// `read_committed` sees what lies below it.
    pub last_stable_offset: Offset,
    /// Where that lies.
    pub stable_x: f32,
    /// `read_uncommitted` sees what lies below it.
    pub high_watermark: Offset,
    /// Where that lies.
    pub watermark_x: f32,
    /// What lies between the two, if anything does: only `read_uncommitted` sees it.
    pub veil: Option<Rect>,
    /// Who reads it.
    pub readers: Vec<Reader>,
    /// How many records lie before those in sight, and behind them.
    pub beyond: [u64; 2],
    /// All of it in words.
    pub says: String,
}

/// Which offsets are in sight, and where each of them lies.
pub(super) struct Window {
    pub trough: Rect,
    pub first: Offset,
    pub slots: usize,
}

impl Window {
    /// The left border of an offset's place, kept within the trough.
    pub fn x(&self, offset: Offset) -> f32 {
        let n = usize::try_from(offset.since(self.first)).unwrap_or(usize::MAX).min(self.slots);
        self.trough.x + INSET + count(n) * PITCH
    }

    fn behind(&self) -> Offset {
        self.first.plus(self.slots)
    }

    /// The end of the log, unless somebody waits before what would be in sight: then what is waited for.
    fn of(log: &PartitionLog, width: f32) -> Window {
        let trough = rect(1.0, 0.0, width - 2.0, TROUGH_H);
        let slots = fitting(trough.w - 2.0 * INSET, PITCH).max(1);
        let room = i64::try_from(slots).unwrap_or(i64::MAX).saturating_sub(1);
        let (start, end, stable) = (log.log_start_offset(), log.log_end_offset(), log.last_stable_offset());
        let newest = Offset(end.0.saturating_sub(room)).max(start);
        let waited_for = Offset(stable.0.saturating_sub(1)).max(start);
        let first = if stable < log.high_watermark() { newest.min(waited_for) } else { newest };
        Window { trough, first, slots }
    }
}

/// What all lanes are drawn with.
pub(super) struct Plan<'a> {
    pub cast: &'a Cast<'a>,
    pub who: &'a Who,
    pub hanging: &'a [Hanging],
    pub width: f32,
}

impl Plan<'_> {
    /// The lane of a partition, `y` from the top.
    pub fn lane(&self, tp: &TopicPartition, log: &PartitionLog, y: f32) -> Lane {
        let mut window = Window::of(log, self.width);
        let from = Offset(window.first.0.saturating_sub(LOOKBACK)).max(log.log_start_offset());
        let Read { mut spans, found } = read(log, from, window.behind(), self.who);
        let rows = rows(&mut spans);
        let in_sight = |span: &Span| span.last.is_none_or(|last| last >= window.first);
        spans_top(&mut spans, y + TITLE_H + BARRIER_H);
        window.trough.y = y + TITLE_H + BARRIER_H + count(rows) * SPAN_H;
        let cells = found
            .into_iter()
            .filter(|(offset, _)| *offset >= window.first && *offset < window.behind())
            .map(|(offset, found)| cell(tp, &window, offset, found, &spans, self.who))
            .collect();
        spans.retain(in_sight);
        for span in &mut spans {
            self.place(span, tp, log, &window);
        }
        let (stable, high) = (log.last_stable_offset(), log.high_watermark());
        let (stable_x, watermark_x) = (window.x(stable), window.x(high));
        let trough = window.trough;
        let is_held = stable < high;
        let veil = is_held.then(|| rect(stable_x, trough.y, (watermark_x - stable_x).max(2.0), trough.h));
        let readers = readers(self.cast, tp, log, &window, trough.bottom() + FOOT_H);
        let bottom =
            readers.iter().map(|reader| reader.rect.bottom()).fold(trough.bottom() + FOOT_H, f32::max);
        let waiting = readers.iter().filter(|reader| reader.waits).count();
        let detail = match (is_held, waiting) {
            (false, _) => say::nothing_open().to_owned(),
            (true, 0) => say::held_back(high.since(stable)),
            (true, n) => say::readers_wait(n as u64, &stable),
        };
        Lane {
            tp: tp.clone(),
            rect: rect(0.0, y, self.width, bottom - y),
            trough,
            lines: [y + 14.0, y + TITLE_H + BARRIER_H - 5.0],
            says: say::lane_says(tp, &stable, &high, &detail),
            detail,
            cells,
            spans,
            last_stable_offset: stable,
            stable_x,
            high_watermark: high,
            watermark_x,
            veil,
            readers,
            beyond: [window.first.since(log.log_start_offset()), log.log_end_offset().since(window.behind())],
        }
    }

    /// Gives a span its bar and its words.
    fn place(&self, span: &mut Span, tp: &TopicPartition, log: &PartitionLog, window: &Window) {
        let is_it = |hanging: &&Hanging| hanging.tp == *tp && hanging.producer_id == span.producer_id;
        let hanging = self.hanging.iter().find(is_it).filter(|_| span.outcome == Outcome::Open);
        span.hangs = hanging.is_some();
        let end = span.last.map_or(log.log_end_offset(), |last| last.plus(1));
        let (left, right) = (window.x(span.first), window.x(end));
        span.rect = rect(left, span.rect.y, (right - left).max(PITCH) - 4.0, SPAN_H - 6.0);
        span.rect.x += 2.0;
        span.says = match (span.outcome, hanging, span.last) {
            (_, Some(hanging), _) => hanging.says.clone(),
            (Outcome::Committed, _, Some(last)) => {
                say::span_committed(&span.name, &span.producer_epoch, &span.first, &last)
            }
            (Outcome::Aborted, _, Some(last)) => {
                say::span_aborted(&span.name, &span.producer_epoch, &span.first, &last)
            }
            (Outcome::Open, ..) | (_, _, None) => {
                say::span_open(&span.name, &span.producer_epoch, &span.first)
            }
        };
    }
}

/// Gives each span a row in which it covers no other; how many rows there are, one at least.
fn rows(spans: &mut [Span]) -> usize {
    let mut ends: Vec<Option<Offset>> = Vec::new();
    for span in spans {
        let is_free = |end: &Option<Offset>| end.is_some_and(|end| end < span.first);
        span.row = ends.iter().position(is_free).unwrap_or(ends.len());
        match ends.get_mut(span.row) {
            Some(end) => *end = span.last,
            None => ends.push(span.last),
        }
    }
    ends.len().max(1)
}

fn spans_top(spans: &mut [Span], y: f32) {
    for span in spans {
        span.rect.y = y + count(span.row) * SPAN_H;
    }
}

fn cell(
    tp: &TopicPartition,
    window: &Window,
    offset: Offset,
    found: Found<'_>,
    spans: &[Span],
    who: &Who,
) -> Cell {
    let place = rect(window.x(offset) + 2.0, window.trough.y + (TROUGH_H - TILE) / 2.0, TILE, TILE);
    match found {
        Found::Marker { commits, coordinator_epoch, producer } => {
            let (kind, letter) = if commits { (CellKind::Commit, "✓") } else { (CellKind::Abort, "✗") };
            let name = if commits { "COMMIT" } else { "ABORT" };
            let says = say::marker_says(&name, &offset, &who.name(producer), &coordinator_epoch);
            Cell { offset, rect: place, letter: letter.to_owned(), hue: hue::NO_KEY, kind, says }
        }
        Found::Record(span, record) => {
            let kind =
                span.and_then(|n| spans.get(n)).map_or(CellKind::Plain, |span| CellKind::Of(span.outcome));
            // Kafka's own records have keys that are no text.
            let (letter, hue) = match is_internal(tp.topic.as_str()) {
                true => ("•".to_owned(), hue::NO_KEY),
                false => hue::of_key(record.key.as_deref()),
            };
            let fate = match kind {
                CellKind::Of(Outcome::Open) => say::open(),
                CellKind::Of(Outcome::Committed) => say::committed(),
                CellKind::Of(Outcome::Aborted) => say::aborted(),
                CellKind::Plain | CellKind::Commit | CellKind::Abort => say::of_no_transaction(),
            };
            let says = say::record_says(&offset, &fate);
            Cell { offset, rect: place, letter, hue, kind, says }
        }
    }
}
