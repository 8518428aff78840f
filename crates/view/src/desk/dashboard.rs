//! Live dashboards: what a page shows of a topic, beside what the topic says. A snapshot up to one offset and a feed from
//! another one; where the two do not meet, rows are wrong and nothing on such a page says so. Here it is said.

use super::keys::Reading;
use super::{SEARCHED, app};
use crate::cast::{self, Cast, GroupKind};
use crate::hue;
use crate::words;
use millrace_broker::Event;
use millrace_expr::Decimal;
use millrace_model::{Bytes, Map, Offset, Partition, Span, TopicName, TopicPartition};
use millrace_sim::{Fact, Timeline};
use millrace_streams::board::Board;
use millrace_streams::{Key, Value};
use millrace_words::flows as say;

/// Most rows.
pub const ROWS: usize = 24;
/// So long after a record came its row shows what it did to it.
const FRESH: Span = Span::from_secs(3);
/// Records of a partition's tail in which a fresh row's former value is looked for.
const TAIL: i64 = 400;

/// A dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct DashboardView {
    /// Its name.
    pub name: String,
    /// The topic that it shows.
    pub topic: String,
    /// How snapshot and feed meet, by partition.
    pub seams: Vec<Seam>,
    /// True once it has a feed.
    pub is_fed: bool,
    /// "9 rows · snapshot of 12 records · 3 deltas behind it".
    pub counted: String,
    /// How many rows are not what the topic says.
    pub wrong: usize,
    /// Why, and what else is to be said; the gravest first.
    pub reasons: Vec<String>,
    /// The rows, by rank; then what has no number; then what is missing.
    pub rows: Vec<Row>,
    /// Rows that are not shown.
    pub more_rows: usize,
    /// The sum of the numbers that it shows, and of those in the topic.
    pub totals: Option<(String, String)>,
}

/// How the snapshot and the feed of one partition meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seam {
    /// The partition.
    pub partition: i32,
    /// The offset up to which the snapshot holds what has happened.
    pub snapshot: u64,
    /// The offset at which the feed begins.
    pub feed: Option<u64>,
    /// The end of the log.
    pub end: u64,
}

/// What the newest record did to a row, a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new, or its number rose.
    Rose,
    /// Its number fell from this one: it was corrected.
    Fell(String),
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its rank, from 1; none for a value that is no number, and for a row that is missing.
    pub rank: Option<usize>,
    /// Its key, with its window.
    pub key: String,
    /// Its key's hue.
    pub hue: u8,
    /// What the dashboard shows; none for a row that it lacks.
    pub value: Option<String>,
    /// How long its bar is, of the longest: in thousandths.
    pub share: u16,
    /// True if its number is below zero.
    pub is_negative: bool,
    /// What the topic says, where that is something else: a value, or none because it has been deleted.
    pub truth: Option<Option<String>>,
    /// What happened to it just now.
    pub change: Option<Change>,
}

impl Seam {
    /// Records between snapshot and feed that nobody has told the page.
    pub fn missing(&self) -> u64 {
        self.feed.map_or(0, |feed| feed.saturating_sub(self.snapshot))
    }

    /// Records of the feed that the snapshot has already.
    pub fn again(&self) -> u64 {
        self.feed.map_or(0, |feed| self.snapshot.saturating_sub(feed))
    }

    /// Records behind the snapshot that the feed has told.
    pub fn told(&self) -> u64 {
        self.feed.map_or(0, |feed| self.end.saturating_sub(feed.max(self.snapshot)))
    }

    /// Records that came since the snapshot, for a page without a feed.
    pub fn untold(&self) -> u64 {
        if self.feed.is_some() { 0 } else { self.end.saturating_sub(self.snapshot) }
    }
}

/// The topics of an application that a dashboard can show: what it writes, then its changelogs.
pub fn shown_topics(timeline: &Timeline, name: &str) -> Vec<TopicName> {
    let cast = Cast::of(timeline.world());
    let Some((_, processes)) = app(&cast, name) else { return Vec::new() };
    let Some((_, streams)) = processes.first() else { return Vec::new() };
    let topology = streams.topology();
    let stores = (0..topology.stores().len()).filter_map(|n| u32::try_from(n).ok());
    let changelogs = stores.filter_map(|n| topology.changelog_topic(millrace_streams::topology::StoreId(n)));
    let mut topics = topology.sink_topics();
    topics.retain(|topic| !cast::is_internal(topic.as_str()));
    topics.extend(changelogs);
    topics.retain(|topic| cast::topic(cast.world, topic.as_str()).is_some());
    topics
}

/// The dashboards that show an application's topics; those of no application's topics stand on the first one's desk.
pub fn dashboards(timeline: &Timeline, name: &str) -> Vec<DashboardView> {
    let world = timeline.world();
    if world.dashboards().is_empty() {
        return Vec::new();
    }
    let cast = Cast::of(world);
    let apps = cast.groups.iter().filter_map(|group| match &group.kind {
        GroupKind::Streams(of) => Some(of.clone()),
        GroupKind::App(_) => None,
    });
    let apps: Vec<_> = apps.map(|app| (shown_topics(timeline, &app), app)).collect();
    let is_here = |topic: &TopicName| {
        let owner = apps.iter().find(|(topics, _)| topics.contains(topic)).or(apps.first());
        owner.is_some_and(|(_, app)| **app == *name)
    };
    let here = world.dashboards().iter().filter(|(_, dashboard)| is_here(&dashboard.topic));
    here.filter_map(|(of, _)| view(timeline, &cast, name, of)).collect()
}

fn view(timeline: &Timeline, cast: &Cast<'_>, app_name: &str, name: &str) -> Option<DashboardView> {
    let world = timeline.world();
    let dashboard = world.dashboards().get(name)?;
    let (board, _) = world.dashboard(name)?;
    let truth = world.dashboard_truth(name)?;
    let (_, processes) = app(cast, app_name)?;
    let reading = processes.first().map(|(_, streams)| Reading::of(streams.topology(), &dashboard.topic));
    let seams = (0..).zip(&dashboard.snapshot).map(|(partition, until)| {
        let tp = TopicPartition { topic: dashboard.topic.clone(), partition: Partition(partition) };
        let feed = dashboard.feed.as_ref().and_then(|feed| feed.get(usize::try_from(partition).ok()?));
        let end = cast::log(world, &tp).map_or(Offset(0), |log| log.high_watermark());
        let offset = |offset: &Offset| u64::try_from(offset.0).unwrap_or(0);
        Seam { partition, snapshot: offset(until), feed: feed.map(offset), end: offset(&end) }
    });
    let seams: Vec<Seam> = seams.collect();
    let changes = changes(timeline, cast, &dashboard.topic, dashboard.feed.as_deref());
    let all = rows(&board, &truth, reading.as_ref(), &changes);
    let wrong = all.iter().filter(|row| row.truth.is_some()).count();
    let more_rows = all.len().saturating_sub(ROWS);
    let is_fed = dashboard.feed.is_some();
    let sum = |of: fn(&Seam) -> u64| seams.iter().map(of).sum::<u64>();
    let feed = match is_fed {
        true => say::behind_it(&words::many(sum(Seam::told), "delta")),
        false => say::no_feed().to_owned(),
    };
    let (rows_shown, records) =
        (words::many(board.rows().count(), "row"), words::many(sum(|seam| seam.snapshot), "record"));
    let counted = say::counted(&rows_shown, &records, &feed);
    let totals = board.total().zip(truth.total()).filter(|_| !board.top(1).is_empty());
    Some(DashboardView {
        name: name.to_owned(),
        topic: dashboard.topic.to_string(),
        reasons: reasons(&seams, wrong, is_fed),
        seams,
        is_fed,
        counted,
        wrong,
        rows: all.into_iter().take(ROWS).collect(),
        more_rows,
        totals: totals.map(|(shown, true_one)| (shown.to_string(), true_one.to_string())),
    })
}

/// Why it shows what it shows.
fn reasons(seams: &[Seam], wrong: usize, is_fed: bool) -> Vec<String> {
    let mut reasons = Vec::new();
    for seam in seams.iter().filter(|seam| seam.missing() > 0) {
        let (from, to) = (seam.snapshot, seam.feed.unwrap_or(0).saturating_sub(1));
        let offsets = if from == to { say::offset_was(&from) } else { say::offsets_were(&from, &to) };
        let after = match wrong {
            0 => say::every_key_concerned_has_been(),
            _ => "",
        };
        reasons.push(say::partition_the_snapshot_ends_before(
            &seam.partition,
            &from,
            &seam.feed.unwrap_or(0),
            &offsets,
            &after,
        ));
    }
    let again: u64 = seams.iter().map(Seam::again).sum();
    if again > 0 {
        reasons.push(say::the_feed_told_records_again(again));
    }
    let untold: u64 = seams.iter().map(Seam::untold).sum();
    if !is_fed && untold > 0 {
        reasons.push(say::it_has_no_feed_records(untold));
    }
    if reasons.is_empty() && wrong == 0 {
        reasons.push(match is_fed {
            true => say::the_feed_begins_where_the().to_owned(),
            false => say::a_snapshot_and_nothing_has().to_owned(),
        });
    }
    reasons
}

fn rows(board: &Board, truth: &Board, reading: Option<&Reading>, changes: &Map<Key, Change>) -> Vec<Row> {
    let true_rows: Map<&Key, &Value> = truth.rows().collect();
    let shown: Map<&Key, &Value> = board.rows().collect();
    let top = board.top(usize::MAX);
    let size = |value: Decimal| value.abs().billionths();
    let longest = top.iter().map(|ranked| size(ranked.value)).max().unwrap_or(0).max(1);
    let row = |rank: Option<(usize, Decimal)>, key: &Key, value: Option<&Value>| {
        let (inner, text) = match reading {
            Some(reading) => reading.key(key.inner()),
            None => (key.inner().clone(), words::bytes(Some(key.inner()))),
        };
        let says = |value: &&Value| words::cut(&value.to_text());
        let is = true_rows.get(key);
        let truth = (is.map(says) != value.as_ref().map(says)).then(|| is.map(says));
        let share = rank.map_or(0, |(_, value)| size(value).saturating_mul(1_000) / longest);
        let value = value.as_ref().map(says);
        Row {
            rank: rank.map(|(rank, _)| rank),
            key: text,
            hue: hue::of_key(Some(&inner)).1,
            is_negative: value.as_ref().is_some_and(|value| rank.is_some() && value.starts_with('-')),
            value,
            share: u16::try_from(share).unwrap_or(1_000),
            truth,
            change: changes.get(key).cloned(),
        }
    };
    let mut rows: Vec<Row> = Vec::new();
    for ranked in &top {
        let value = shown.get(ranked.key).copied();
        rows.push(row(Some((ranked.rank, ranked.value)), ranked.key, value));
    }
    let ranked: Map<&Key, ()> = top.iter().map(|ranked| (ranked.key, ())).collect();
    for (key, value) in shown.iter().filter(|(key, _)| !ranked.contains_key(**key)) {
        rows.push(row(None, key, Some(value)));
    }
    for key in true_rows.keys().filter(|key| !shown.contains_key(**key)) {
        rows.push(row(None, key, None));
    }
    rows
}

/// What the records that came a moment ago and that the feed told did to their rows.
fn changes(
    timeline: &Timeline,
    cast: &Cast<'_>,
    topic: &TopicName,
    feed: Option<&[Offset]>,
) -> Map<Key, Change> {
    let since = millrace_model::Time(timeline.world().now().0.saturating_sub(FRESH.0));
    let mut fresh: Map<Partition, Offset> = Map::new();
    let entries = timeline.branch().entries_before(timeline.moment().step).take(SEARCHED);
    for entry in entries.take_while(|entry| entry.at >= since) {
        if let Fact::Broker(Event::BatchAppended { tp, stored }) = &entry.fact
            && tp.topic == *topic
        {
            fresh.insert(tp.partition, stored.base_offset);
        }
    }
    let mut changes = Map::new();
    for (partition, first) in fresh {
        let tp = TopicPartition { topic: topic.clone(), partition };
        let told_from = feed.and_then(|feed| feed.get(usize::try_from(partition.0).ok()?).copied());
        let (Some(log), Some(told_from)) = (cast::log(cast.world, &tp), told_from) else { continue };
        let from = Offset(first.0.saturating_sub(TAIL)).max(log.log_start_offset());
        let mut former: Map<Bytes, Option<Decimal>> = Map::new();
        for (offset, record) in log.batches_from(from).flat_map(|batch| batch.records_from(from)) {
            let (Some(key), true) = (&record.key, offset < log.high_watermark()) else { continue };
            let now = record.value.as_ref().and_then(number);
            let before = former.insert(key.clone(), now).flatten();
            if offset < first.max(told_from) || record.value.is_none() {
                continue;
            }
            let change = match (before, now) {
                (Some(before), Some(now)) if now < before => Change::Fell(before.to_string()),
                _ => Change::Rose,
            };
            changes.insert(Key::plain(key), change);
        }
    }
    changes
}

/// A count or a text that is a number.
fn number(bytes: &Bytes) -> Option<Decimal> {
    match <[u8; 8]>::try_from(&**bytes) {
        Ok(long) if long.first() == Some(&0) => Some(Decimal::from(i64::from_be_bytes(long))),
        _ => std::str::from_utf8(bytes).ok()?.parse().ok(),
    }
}
