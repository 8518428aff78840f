//! A consumer's loop as a row of steps with the gaps in which its process can die, and what comes of a crash in each of them.
//!
//! What comes of it is tried out, not known: the history is told again from its beginning, with a crash in it, and the engine's
//! account is read at the end.

use millrace_client::listener::{CommitMode, CrashPoint, MarkOrder, StoreKind};
use millrace_model::{GroupId, Span};
use millrace_sim::{Account, AppConfig, Command, Fact, Fault, Lifecycle, Name, Timeline, World};
use millrace_words::loops as say;
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
        step("fetch", say::poll_returns_records_the_position()),
        gap(CrashPoint::AfterFetch, say::records_are_in_hand_none(), true),
    ];
    let process = [
        step("process", say::the_listener_method_runs()),
        gap(CrashPoint::BeforeEffect, say::it_has_run_up_to(), true),
        step("effect", say::the_side_effect_a_payment()),
        gap(CrashPoint::AfterEffect, say::the_side_effect_is_done(), true),
    ];
    let mark = [
        step("mark", say::the_idempotent_consumer_writes_that()),
        gap(CrashPoint::AfterMark, say::the_marker_is_written(), marks_apart),
    ];
    let publish = [
        gap(CrashPoint::BeforePublish, say::a_failed_record_is_about(), publishes),
        step("publish", say::only_what_failed_to_a()),
        gap(CrashPoint::AfterPublish, say::a_broker_has_it_there(), publishes),
    ];
    let is_transactional = is_transactional(app);
    let offsets = [
        gap(CrashPoint::BeforeOffsets, say::the_results_are_in_the(), true),
        step("offsets", say::sendoffsetstotransaction_what_was_read_becomes()),
        gap(CrashPoint::AfterOffsets, say::the_offsets_are_in_the(), true),
    ];
    let commit = [
        gap(CrashPoint::BeforeCommit, say::the_commit_is_decided_and(), true),
        step(
            "commit",
            if is_transactional {
                say::committransaction_results_and_offsets()
            } else {
                commit_says(app.commit)
            },
        ),
        gap(CrashPoint::AfterCommit, say::the_broker_has_confirmed_it(), true),
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
    if is_transactional {
        all.extend(offsets);
    }
    if app.commit != CommitMode::Before {
        all.extend(commit);
    }
    all
}

/// The points at which a crash can be tried out on an application, in the engine's order: those of a transaction only where
/// there is one.
pub fn points(app: &AppConfig) -> Vec<CrashPoint> {
    let is_transactional = is_transactional(app);
    let is_there = |point: &CrashPoint| {
        is_transactional || !matches!(point, CrashPoint::BeforeOffsets | CrashPoint::AfterOffsets)
    };
    CrashPoint::ALL.iter().map(|(_, point)| *point).filter(is_there).collect()
}

fn is_transactional(app: &AppConfig) -> bool {
    app.output.as_ref().is_some_and(|output| output.transactional_id.is_some())
}

fn commit_says(mode: CommitMode) -> &'static str {
    match mode {
        CommitMode::Auto => say::enable_auto_commit_inside_the(),
        CommitMode::Batch => say::ackmode_batch_once_all_records(),
        CommitMode::Record => say::ackmode_record_after_each_record(),
        CommitMode::Time => say::ackmode_time_once_acktime_has(),
        CommitMode::Count => say::ackmode_count_once_ackcount_records(),
        CommitMode::CountTime => say::ackmode_count_time_whichever_comes(),
        CommitMode::Manual => say::ackmode_manual_what_was_acknowledged(),
        CommitMode::ManualImmediate => say::ackmode_manual_immediate_at_each(),
        CommitMode::Before => say::before_any_record_is_handled(),
        CommitMode::Async => say::commitasync_once_all_records_of(),
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
            return say::never_comes_there().to_owned();
        }
        let parts = [(say::done_twice(), twice), (say::lost(), lost), (say::not_done_yet(), open + waiting)];
        let told: Vec<String> =
            parts.into_iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what}: {n}")).collect();
        if told.is_empty() { say::nothing_lost_nothing_twice().to_owned() } else { told.join(" · ") }
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
        let is_start = matches!(&*logged.command, Command::StartApp { app, .. } if app.group == *group);
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
