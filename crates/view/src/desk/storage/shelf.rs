//! The shelf of a partition's segments: each with its files and their sizes, which one is active, what retention takes next and
//! when, how dirty the log is, what a pass of the cleaner would leave, and how an offset is found in it.

use super::choice::{chosen, partitions};
use super::cleaner::{Cleaning, cleaning};
use super::lookup::{Lookup, Wanted, lookup};
use super::tables::{self, Table};
use crate::words;
use millrace_broker::PartitionLog;
use millrace_broker::log::segments::{LogSegment, SegmentDeletionReason};
use millrace_model::{Offset, TopicPartition};
use millrace_sim::Timeline;
use millrace_words::storage as say;

/// Segments that are shown, the newest.
const SEGMENTS: usize = 12;

/// A file of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What follows the dot in its name.
    pub kind: &'static str,
    /// In bytes.
    pub size: u64,
}

/// A segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its first offset, which names its files.
    pub base_offset: Offset,
    /// The name of its files, without what follows the dot.
    pub name: String,
    /// Its files.
    pub files: Vec<File>,
    /// Only here is appended.
    pub is_active: bool,
    /// Offsets, records, timestamps, in words.
    pub detail: String,
    /// The size of its log, as a share of `segment.bytes`, in thousandths.
    pub filled: u32,
    /// Why retention would take it now, or what keeps it.
    pub fate: Option<String>,
    /// Whether retention would take it at its next beat.
    pub goes: bool,
}

/// What is to be shown; what is not said is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Of which partition.
    pub partition: Option<TopicPartition>,
    /// What is looked up in it: the newest record.
    pub wanted: Option<Wanted>,
    /// The base offset of the segment whose indexes are shown: that in which it is found.
    pub segment: Option<Offset>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Every partition that can be looked at.
    pub partitions: Vec<TopicPartition>,
    /// This one.
    pub partition: TopicPartition,
    /// Its directory's size, offsets and start, in words.
    pub detail: String,
    /// When segments roll, and when they go: the settings.
    pub settings: Vec<(&'static str, String)>,
    /// The oldest first.
    pub segments: Vec<Segment>,
    /// How many older ones are not shown.
    pub earlier: Option<String>,
    /// What retention does next, in words.
    pub retention: String,
    /// What the cleaner would do; none without `cleanup.policy=compact`.
    pub cleaning: Option<Cleaning>,
    /// How what was asked for is found.
    pub lookup: Lookup,
    /// The base offset of the segment whose indexes are shown.
    pub opened: Offset,
    /// Its indexes.
    pub tables: Vec<Table>,
}

/// The shelf of a partition; none while no partition holds anything.
pub fn shelf(timeline: &Timeline, sought: &Sought) -> Option<Shelf> {
    let world = timeline.world();
    let all = partitions(world);
    let (partition, log) = chosen(world, &all, sought.partition.as_ref())?;
    let topic = world.asked_broker()?.topic(partition.topic.as_str())?;
    let config = topic.log_config();
    let now = world.now().timestamp();
    let mut after = log.clone();
    let deleted = after.delete_old_segments(&config.retention, now);
    let due = log.deletion_due(&config.retention, now);
    let retention = match (deleted.len(), due) {
        (0, None) => say::nothing_goes().to_owned(),
        (0, Some(due)) => say::next_goes_at(&words::clock(due)),
        (n, _) => say::goes_at_next_beat(n as u64),
    };
    let fate = |segment: &LogSegment| {
        let gone = deleted.iter().find(|gone| gone.base_offset == segment.base_offset())?;
        Some(match gone.reason {
            SegmentDeletionReason::StartOffset => say::below_start().to_owned(),
            SegmentDeletionReason::Size => say::over_bytes().to_owned(),
            SegmentDeletionReason::Time => say::over_time().to_owned(),
        })
    };
    let last = log.segments().len().saturating_sub(1);
    let earlier = log.segments().len().saturating_sub(SEGMENTS);
    let segments = log.segments().iter().enumerate().skip(earlier).map(|(n, one)| {
        let fate = fate(one);
        segment(log, one, n == last, fate)
    });
    let bytes = |n: i64| match u64::try_from(n) {
        Ok(n) => words::many(n, "byte"),
        Err(_) => say::no_limit().to_owned(),
    };
    let time = |ms: i64| if ms < 0 { say::no_limit().to_owned() } else { words::millis(ms) };
    let settings = vec![
        ("cleanup.policy", policy(config.compact, config.retention.delete).to_owned()),
        ("segment.bytes", bytes(i64::from(config.segments.segment_bytes))),
        ("segment.ms", time(config.segments.segment_ms)),
        ("index.interval.bytes", bytes(i64::from(config.segments.index_interval_bytes))),
        ("retention.ms", time(config.retention.retention_ms)),
        ("retention.bytes", bytes(config.retention.retention_bytes)),
    ];
    let lookup = lookup(log, sought.wanted);
    let by_base = |base: Offset| log.segments().iter().find(|segment| segment.base_offset() == base);
    let opened = sought.segment.and_then(by_base).or_else(|| by_base(lookup.segment))?;
    Some(Shelf {
        detail: say::shelf_detail(
            &words::many(log.size_in_bytes(), "byte"),
            &log.log_start_offset(),
            &log.log_end_offset(),
        ),
        settings,
        segments: segments.collect(),
        earlier: (earlier > 0).then(|| say::earlier_segments(earlier as u64)),
        retention,
        cleaning: config.compact.then(|| cleaning(log, &config.compaction, now)),
        lookup,
        opened: opened.base_offset(),
        tables: tables::tables(opened),
        partition,
        partitions: all,
    })
}

fn policy(compacts: bool, deletes: bool) -> &'static str {
    match (compacts, deletes) {
        (true, true) => "compact,delete",
        (true, false) => "compact",
        (false, _) => "delete",
    }
}

fn segment(log: &PartitionLog, segment: &LogSegment, is_active: bool, fate: Option<String>) -> Segment {
    let size = u64::from(segment.size_in_bytes());
    let files = tables::files(segment);
    let (first, next) = (segment.base_offset(), segment.read_next_offset());
    let detail = match segment.record_count() {
        0 => say::empty_segment().to_owned(),
        n => say::segment_detail(
            n,
            &first,
            &Offset(next.0.saturating_sub(1)),
            &words::clock(segment.largest_timestamp()),
        ),
    };
    let limit = u64::from(log.settings().segment_bytes).max(1);
    let filled = size.saturating_mul(1_000).checked_div(limit).unwrap_or(0).min(1_000);
    Segment {
        base_offset: first,
        name: millrace_disk::name(first),
        files,
        is_active,
        detail,
        filled: u32::try_from(filled).unwrap_or(1_000),
        goes: fate.is_some(),
        fate,
    }
}
