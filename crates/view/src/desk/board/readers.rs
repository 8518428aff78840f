//! Who reads a partition, how far each is, and who waits behind the last stable offset.

use super::lane::{READER_H, Window};
use crate::cast::Cast;
use crate::layout::{count, rect};
use crate::scene::Rect;
use millrace_broker::PartitionLog;
use millrace_model::collections::sort;
use millrace_model::protocol::IsolationLevel;
use millrace_model::{Offset, TopicPartition};
use millrace_sim::node::Activity;
use millrace_words::transactions as say;

/// A reader below a partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    /// Its name.
    pub name: String,
    /// Its group's colour.
    pub hue: u8,
    /// Its flag.
    pub rect: Rect,
    /// Where its position lies.
    pub x: f32,
    /// The next offset that it reads.
    pub position: Offset,
    /// Whether it reads `read_committed`.
    pub is_committed: bool,
    /// Whether records lie before it that it must not be given yet.
    pub waits: bool,
    /// Isolation level, and whether it waits.
    pub word: String,
    /// All of it in words.
    pub says: String,
}

/// About how wide a character of the flag is, and what stands around its text.
const CHARACTER: f32 = 6.4;
const AROUND: f32 = 20.0;

/// The readers of a partition, their flags in as few rows as they need; `y` is where the first row begins.
pub(super) fn readers(
    cast: &Cast<'_>,
    tp: &TopicPartition,
    log: &PartitionLog,
    window: &Window,
    y: f32,
) -> Vec<Reader> {
    let (stable, high) = (log.last_stable_offset(), log.high_watermark());
    let mut found: Vec<Reader> = Vec::new();
    for group in &cast.groups {
        for member in group.members.iter().filter(|member| member.node.activity() != Activity::Gone) {
            let Some(consumer) = member.consumer() else { continue };
            let Some(position) = consumer.position(tp) else { continue };
            let is_committed = consumer.config().isolation_level == IsolationLevel::ReadCommitted;
            let waits = is_committed && position >= stable && stable < high;
            let level = if is_committed { "read_committed" } else { "read_uncommitted" };
            let word = if waits { say::level_waits(&level) } else { level.to_owned() };
            let name = [group.name(), "/", &*member.node.name].concat();
            let says = say::reader_says(&name, &tp, &position, &word);
            let rect = rect(0.0, y, 0.0, READER_H - 4.0);
            let x = window.x(position);
            found.push(Reader { name, hue: group.hue, rect, x, position, is_committed, waits, word, says });
        }
    }
    sort::sort_by(&mut found, |a, b| a.position.cmp(&b.position).then_with(|| a.name.cmp(&b.name)));
    lay_out(&mut found, window, y);
    found
}

/// Each flag stands at its position if it has room there; one that would cover another goes a row down.
fn lay_out(readers: &mut [Reader], window: &Window, y: f32) {
    let mut ends: Vec<f32> = Vec::new();
    for reader in readers {
        let characters = reader.name.chars().count() + reader.word.chars().count() + 1;
        let w = (count(characters) * CHARACTER + AROUND).min(window.trough.w);
        let x = reader.x.min(window.trough.right() - w).max(window.trough.x);
        let row = ends.iter().position(|end| *end + 6.0 <= x).unwrap_or(ends.len());
        match ends.get_mut(row) {
            Some(end) => *end = x + w,
            None => ends.push(x + w),
        }
        reader.rect = rect(x, y + count(row) * READER_H, w, READER_H - 4.0);
    }
}
