//! Topics with their lanes: the visible tail of each log, the high watermark, each group's position.

use crate::cast::{self, Cast, GroupCast};
use crate::cells::{self, Failed, Owners, Progress, Tail};
use crate::layout::{BLOCK_GAP, Columns, Density, LaneMeasures, TITLE, UNIT, rect};
use crate::scene::{Lane, PositionMark, Target, TopicBlock};
use crate::words;
use millrace_broker::{PartitionLog, Topic};
use millrace_model::config::producer::Partitioner;
use millrace_model::{GroupId, Map, TopicPartition};
use millrace_words::stage as say;

/// Most topics with lanes; further ones are counted.
pub const TOPICS: usize = 6;
/// Most lanes of one topic; further ones are counted.
pub const LANES: usize = 16;
/// Height of the line that counts what is not shown.
pub const MORE: f32 = 24.0;

/// What is looked up once for all lanes.
pub struct Readers<'a> {
    owners: Map<GroupId, Owners<'a>>,
    failed: Map<GroupId, Failed>,
}

impl<'a> Readers<'a> {
    /// Looks it up.
    pub fn of(cast: &Cast<'a>) -> Readers<'a> {
        let owners = cast.groups.iter().map(|group| (group.id.clone(), group.owners())).collect();
        let failed = cast.groups.iter().map(|g| (g.id.clone(), cells::failed(cast.world, g))).collect();
        Readers { owners, failed }
    }

    /// Which member of a group owns a partition.
    pub fn owner(&self, group: &GroupCast<'_>, tp: &TopicPartition) -> Option<usize> {
        self.owners.get(&group.id)?.get(tp).copied()
    }
}

/// The blocks, from `top` on, where they end, and how many topics were left out. `room` is the height that lanes may
/// take without making the stage higher than it is anyway.
pub fn blocks(
    cast: &Cast<'_>,
    readers: &Readers<'_>,
    columns: &Columns,
    top: f32,
    room: f32,
) -> (Vec<TopicBlock>, f32, usize) {
    let shown = cast.topics.get(..TOPICS.min(cast.topics.len())).unwrap_or(&[]);
    let lanes = shown.iter().map(|topic| topic.partitions().len().min(LANES)).sum();
    let density = if columns.is_touch { Density::Touch } else { Density::of(lanes, room) };
    let mut y = top;
    let mut blocks = Vec::new();
    for topic in shown {
        let block = block(cast, readers, columns, topic, density, y);
        y = block.rect.bottom() + BLOCK_GAP;
        blocks.push(block);
    }
    (blocks, if y > top { y - BLOCK_GAP } else { top }, cast.topics.len() - shown.len())
}

fn block(
    cast: &Cast<'_>,
    readers: &Readers<'_>,
    columns: &Columns,
    topic: &Topic,
    density: Density,
    top: f32,
) -> TopicBlock {
    let measures = density.lane();
    let name = topic.name().clone();
    let mut y = top + TITLE - UNIT;
    let mut lanes = Vec::new();
    for (tp, log) in cast::logs(topic).take(LANES) {
        let trough = rect(columns.lanes_x, y + measures.above, columns.lanes_w, measures.height);
        lanes.push(lane(cast, readers, tp, log, Tail::of(log, trough, measures), measures));
        y += measures.step();
    }
    let hidden = topic.partitions().len().saturating_sub(LANES);
    let more = (hidden > 0).then(|| say::and_more_partitions(hidden as u64));
    if more.is_some() {
        y += MORE;
    }
    TopicBlock {
        target: Target::Topic(name.clone()),
        rect: rect(columns.lanes_x, top, columns.lanes_w, y - top),
        subtitle: subtitle(cast, topic),
        is_paused: is_paused(cast, topic),
        name,
        density,
        lanes,
        more,
    }
}

/// Whether a broker that leads one of its partitions stands still.
fn is_paused(cast: &Cast<'_>, topic: &Topic) -> bool {
    let mut leaders = topic.partitions().filter_map(|partition| partition.info.leader);
    leaders.any(|id| cast.world.is_broker_paused(id))
}

/// `3 partitions · key → murmur2 mod 3`.
fn subtitle(cast: &Cast<'_>, topic: &Topic) -> String {
    let count = topic.partition_count();
    let partitions = words::many(topic.partitions().len(), "partition");
    let uses = |partitioner: Partitioner| {
        let writers = cast.producers.iter().filter(|(_, _, producer)| producer.topic == *topic.name());
        writers.into_iter().any(|(_, _, producer)| producer.client.config().partitioner == partitioner)
    };
    let mut writers = cast.producers.iter().filter(|(_, _, producer)| producer.topic == *topic.name());
    if count > 1 && writers.any(|(_, _, producer)| producer.client.config().partitioner_rule.is_some()) {
        return format!("{partitions} · partitioner.class → murmur2 mod {count}");
    }
    match (uses(Partitioner::RoundRobin), count) {
        (false, 2..) if uses(Partitioner::ConsistentRandom) => {
            format!("{partitions} · key → crc32 mod {count}")
        }
        (true, _) => say::in_turn_roundrobinpartitioner(&partitions),
        (false, 0..=1) => partitions,
        (false, _) => format!("{partitions} · key → murmur2 mod {count}"),
    }
}

fn lane(
    cast: &Cast<'_>,
    readers: &Readers<'_>,
    tp: TopicPartition,
    log: &PartitionLog,
    tail: Tail,
    measures: LaneMeasures,
) -> Lane {
    let focus = cast.focus(&tp.topic);
    let progress = |group: &GroupCast<'_>| {
        let owner = readers.owner(group, &tp).and_then(|n| group.members.get(n));
        Progress::of(group, owner, &tp)
    };
    let failed = focus.and_then(|group| readers.failed.get(&group.id));
    let cells = cells::cells(log, &tp, &tail, focus.map(progress).as_ref(), failed);
    let marks = cast
        .readers(&tp.topic)
        .enumerate()
        .map(|(n, group)| mark(group, &progress(group), log, &tail, tail.trough.y - row(n, measures)))
        .collect();
    // Of an imported log nothing is in sight: that is said in words.
    let earlier = if cells.is_empty() { 0 } else { tail.first.since(log.log_start_offset()) };
    Lane {
        label: words::partition(&tp),
        rect: tail.trough,
        cells,
        earlier,
        unknown: log.unknown_count(),
        high_watermark_x: tail.x(log.high_watermark()),
        high_watermark: log.high_watermark(),
        log_end_offset: log.log_end_offset(),
        marks,
        target: Target::Partition(tp),
    }
}

/// How high above the trough the marks of the n-th group stand; beyond the room that there is they share a height.
fn row(n: usize, measures: LaneMeasures) -> f32 {
    let rows = if measures.above > UNIT { 3 } else { 2 };
    4.0 + crate::layout::count(n.min(rows - 1)) * ((measures.above - 4.0) / crate::layout::count(rows))
}

fn mark(group: &GroupCast<'_>, progress: &Progress, log: &PartitionLog, tail: &Tail, y: f32) -> PositionMark {
    let x = |offset: Option<millrace_model::Offset>| tail.x(offset.unwrap_or(log.log_start_offset()));
    PositionMark {
        group: group.id.clone(),
        hue: group.hue,
        committed: progress.committed,
        committed_x: x(progress.committed),
        position: progress.position,
        position_x: x(progress.position.or(progress.committed)),
        lag: log.high_watermark().since(progress.committed.unwrap_or(log.log_start_offset())),
        y,
    }
}
