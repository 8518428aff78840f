//! A consumer's loop as a row of steps with the gaps in which its process can die, and what comes of a crash in each of them.
//!
//! What comes of it is tried out, not known: the history is told again from its beginning, with a crash in it, and the engine's
//! account is read at the end.

use millrace_client::listener::{CommitMode, CrashPoint, MarkOrder, StoreKind};
use millrace_model::{GroupId, Span};
use millrace_sim::{Account, AppConfig, Command, Fact, Fault, Lifecycle, Name, Timeline, World};
use std::sync::Arc;

/// A crashed instance is started again so long after.
pub const RESTART: Span = Span::from_secs(2);
/// How long a trial goes on behind the playhead, without new records: longer than `session.timeout.ms`, after which the group
/// gives the dead member's partitions away.
pub const PATIENCE: Span = Span::from_secs(90);
/// Most steps of one trial; a longer history is not tried out.
pub const STEPS: u64 = 400_000;

/// A piece of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Something that the consumer does.
    Step {
        /// Its name.
        name: &'static str,
        /// What it is.
        says: &'static str,
    },
    /// A gap in which it can die.
    Gap {
        /// Which.
        point: CrashPoint,
        /// What has happened by then.
        says: &'static str,
        /// Whether this application ever comes there.
        is_passed: bool,
    },
}

/// The loop of an application, in the order in which it goes through it.
pub fn course(app: &AppConfig) -> Vec<Piece> {
    let dedupe = app.guard.as_ref().and_then(|guard| guard.dedupe.as_ref());
    let is_inbox = dedupe.is_some_and(|dedupe| dedupe.store == StoreKind::Inbox);
    let marks_apart = is_inbox || dedupe.is_some_and(|dedupe| dedupe.order != MarkOrder::Together);
    let publishes = app.retry.retry_topics().is_some();
    let gap = |point, says, is_passed| Piece::Gap { point, says, is_passed };
    let step = |name, says| Piece::Step { name, says };
    let fetch = [
        step("fetch", "poll returns records; the position moves on"),
        gap(CrashPoint::AfterFetch, "records are in hand; none is handled", true),
    ];
    let process = [
        step("process", "the listener method runs"),
        gap(CrashPoint::BeforeEffect, "it has run up to its side effect, which is not done", true),
        step("effect", "the side effect: a payment, a mail, a row"),
        gap(CrashPoint::AfterEffect, "the side effect is done; nothing else has noticed", true),
    ];
    let mark = [
        step("mark", "the idempotent consumer writes that it has seen the id"),
        gap(CrashPoint::AfterMark, "the marker is written", marks_apart),
    ];
    let publish = [
        gap(
            CrashPoint::BeforePublish,
            "a failed record is about to go to a retry topic or the dead letters",
            publishes,
        ),
        step("publish", "only what failed: to a retry topic, to the dead letters"),
        gap(CrashPoint::AfterPublish, "a broker has it there; the offset is not committed", publishes),
    ];
    let commit = [
        gap(CrashPoint::BeforeCommit, "the commit is decided and has not left", true),
        step("commit", commit_says(app.commit)),
        gap(CrashPoint::AfterCommit, "the broker has confirmed it", true),
    ];
    let mut all: Vec<Piece> = fetch.to_vec();
    if app.commit == CommitMode::Before {
        all.extend(commit);
    }
    let is_first = is_inbox || dedupe.is_some_and(|dedupe| dedupe.order == MarkOrder::MarkFirst);
    if marks_apart && is_first {
        all.extend(mark);
    }
    all.extend(process);
    if marks_apart && !is_first {
        all.extend(mark);
    }
    if publishes {
        all.extend(publish);
    }
    if app.commit != CommitMode::Before {
        all.extend(commit);
    }
    all
}

fn commit_says(mode: CommitMode) -> &'static str {
    match mode {
        CommitMode::Auto => "enable.auto.commit: inside the next poll",
        CommitMode::Batch => "AckMode.BATCH: once all records of a poll are handled",
        CommitMode::Record => "AckMode.RECORD: after each record",
        CommitMode::Time => "AckMode.TIME: once ackTime has passed",
        CommitMode::Count => "AckMode.COUNT: once ackCount records are handled",
        CommitMode::CountTime => "AckMode.COUNT_TIME: whichever comes first",
        CommitMode::Manual => "AckMode.MANUAL: what was acknowledged, before the next poll",
        CommitMode::ManualImmediate => "AckMode.MANUAL_IMMEDIATE: at each acknowledgement",
        CommitMode::Before => "before any record is handled",
        CommitMode::Async => "commitAsync once all records of a poll are handled",
    }
}

/// What a crash at one point came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Where; none for the history without a crash.
    pub point: Option<CrashPoint>,
    /// Whether the process came there at all.
    pub has_crashed: bool,
    /// What became of the records, a while after the playhead.
    pub account: Account,
}

impl Trial {
    /// In a few words: `done twice: 2`, `lost: 1`, `each done once`.
    pub fn verdict(&self) -> String {
        let Account { twice, lost, open, waiting, .. } = self.account;
        if self.point.is_some() && !self.has_crashed {
            return "never comes there".to_owned();
        }
        let parts = [("done twice", twice), ("lost", lost), ("not done yet", open + waiting)];
        let told: Vec<String> =
            parts.into_iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what}: {n}")).collect();
        if told.is_empty() { "nothing lost, nothing twice".to_owned() } else { told.join(" · ") }
    }
}

/// Tells the history up to the playhead again with a crash at that point (at its `nth` passing) as soon as the application is
/// started, stops what sends by itself, and looks at the account [`PATIENCE`] later. None if there is no such application,
/// or the history is too long to try.
pub fn trial(
    timeline: &Timeline,
    group: &GroupId,
    name: &Name,
    point: Option<CrashPoint>,
    nth: u64,
) -> Option<Trial> {
    let moment = timeline.moment();
    if moment.step > STEPS {
        return None;
    }
    let mut other = Timeline::new(timeline.setup().clone());
    let mut last = None;
    for logged in timeline.branch().log().iter().take_while(|logged| logged.after < moment.step) {
        // As a rewritten history is told: commands that followed each other at once do so again.
        let at_once = last.is_some_and(|(at, after): (_, u64)| logged.at == at && logged.after == after + 1);
        if !at_once {
            run(&mut other, logged.at)?;
        }
        last = Some((logged.at, logged.after));
        // What makes no sense in the other course of things is left out.
        let done = other.dispatch(logged.command.clone()).is_ok();
        let is_start = matches!(&logged.command, Command::StartApp { app, .. } if app.group == *group);
        if let (true, true, Some(point)) = (done, is_start, point) {
            let crash = Fault::CrashAt {
                group: group.clone(),
                name: name.clone(),
                point,
                nth,
                restart: Some(RESTART),
            };
            other.dispatch(Command::Fault(crash)).ok()?;
        }
    }
    run(&mut other, moment.at)?;
    for producer in streaming(other.world()) {
        other.dispatch(Command::SetWorkload { producer, workload: None }).ok()?;
    }
    run(&mut other, moment.at + PATIENCE)?;
    let steps = other.branch().steps().iter().flat_map(|step| step.entries.iter());
    let has_crashed = steps.into_iter().any(|entry| entry.fact == Fact::Lifecycle(Lifecycle::Crashed));
    Some(Trial { point, has_crashed, account: other.world().account(group.as_str())? })
}

fn run(timeline: &mut Timeline, until: millrace_model::Time) -> Option<()> {
    let budget = usize::try_from(STEPS).unwrap_or(usize::MAX);
    (timeline.run_until(until, budget) < budget && timeline.halt().is_none()).then_some(())
}

/// The producers that send by themselves.
fn streaming(world: &World) -> Vec<Arc<str>> {
    let streams = world.nodes().filter(|(_, node)| match &node.kind {
        millrace_sim::node::Kind::Producer(producer) => producer.workload.is_some(),
        _ => false,
    });
    streams.map(|(_, node)| node.name.clone()).collect()
}
