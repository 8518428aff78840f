//! The inspector: what something is, its numbers under Kafka's names, why it is so, and what can be done with it.
//!
//! "Why" is a chain from the learner's deed (or a timeout) to what is seen, each link with its step, so that a click on
//! it goes there. The trace is searched from a known place on and never further than [`SEARCHED`] entries.

mod find;
mod group;
mod headers;
mod life;
mod links;
mod member;
mod message;
mod partition;
mod producer;
mod queue;
mod record;
mod sent;
mod service;
mod streams;
mod window;

pub(crate) use find::{onward, step_of};
pub(crate) use headers::value as header_value;
pub use sent::sent_by_hand;

use crate::cast::Cast;
use crate::scene::Target;
use millrace_model::Time;
use millrace_sim::{Command, EntryId, Timeline};
use millrace_words::inspect as say;

/// Entries of the trace that one look at something may read.
pub const SEARCHED: usize = 60_000;

/// What is known about something on stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspector {
    /// What kind of thing it is: `record`, `member`, `window`.
    pub kind: &'static str,
    /// Its name: `orders · P2 · offset 5`.
    pub title: String,
    /// Its numbers.
    pub facts: Vec<Fact>,
    /// Why it is where it is, the oldest cause first.
    pub why: Vec<Why>,
    /// What came of it so far, for what has consequences of its own.
    pub then: Vec<Why>,
    /// What can be done with it.
    pub actions: Vec<Action>,
}

/// One number under Kafka's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Kafka's name where there is one.
    pub name: String,
    /// The value.
    pub value: String,
}

/// One link of a chain of causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// A plain sentence.
    pub text: String,
    /// When.
    pub at: Time,
    /// The step that did it.
    pub step: u64,
    /// The trace entry behind it.
    pub entry: EntryId,
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What a button says.
    pub label: String,
    /// The line that does it.
    pub line: String,
}

/// Looks at something, at the playhead of a timeline.
pub fn inspect(timeline: &Timeline, target: &Target) -> Inspector {
    let cast = Cast::of(timeline.world());
    let found = match target {
        Target::Producer(id) => producer::inspect(timeline, &cast, *id),
        Target::Topic(name) => partition::topic(timeline, &cast, name),
        Target::Partition(tp) => partition::inspect(timeline, &cast, tp),
        Target::Record(tp, offset) => record::inspect(timeline, &cast, tp, *offset),
        Target::Group(group) => group::inspect(timeline, &cast, group),
        Target::Member(group, name) => member::inspect(timeline, &cast, group, name),
        Target::Streams(name) => streams::inspect(timeline, &cast, name),
        Target::Window(app, key, start) => window::inspect(timeline, &cast, app, key, *start),
        Target::Message(sent) => message::inspect(timeline, &cast, *sent),
        Target::Dropped(app, number) => window::dropped(timeline, &cast, app, *number),
    };
    let found = found.or_else(|| queue::inspect(timeline, target));
    found.or_else(|| service::inspect(timeline, target)).unwrap_or_else(|| Inspector {
        kind: named("nothing"),
        title: say::not_there_at_this_moment().to_owned(),
        ..Inspector::default()
    })
}

/// What a fact, or a kind of thing, is called. Kafka's own names, such as its configuration's keys, stay as they are.
fn named(name: &str) -> &str {
    match name {
        "Kafka's log line" => say::name_kafkas_log_line(),
        "Produce requests" => say::name_produce_requests(),
        "acknowledged" => say::name_acknowledged(),
        "acknowledges" => say::name_acknowledges(),
        "appended" => say::name_appended(),
        "arrives" => say::name_arrives(),
        "assignment" => say::name_assignment(),
        "assignor" => say::name_assignor(),
        "attempts" => say::name_attempts(),
        "batch" => say::name_batch(),
        "because" => say::name_because(),
        "brings" => say::name_brings(),
        "bytes" => say::name_bytes(),
        "closes at stream time" => say::name_closes_at_stream_time(),
        "commits" => say::name_commits(),
        "coordinator" => say::name_coordinator(),
        "correlation id" => say::name_correlation_id(),
        "dead letters" => say::name_dead_letters(),
        "done more than once" => say::name_done_more_than_once(),
        "failed" => say::name_failed(),
        "fails when" => say::name_fails_when(),
        "from" => say::name_from(),
        "generation" => say::name_generation(),
        "grace" => say::name_grace(),
        "group epoch" => say::name_group_epoch(),
        "group" => say::name_group(),
        "high watermark" => say::name_high_watermark(),
        "imported" => say::name_imported(),
        "key" => say::name_key(),
        "lag" => say::name_lag(),
        "largest timestamp in it" => say::name_largest_timestamp_in_it(),
        "leader" => say::name_leader(),
        "link" => say::name_link(),
        "log end offset" => say::name_log_end_offset(),
        "log start offset" => say::name_log_start_offset(),
        "member epoch" => say::name_member_epoch(),
        "member id" => say::name_member_id(),
        "members" => say::name_members(),
        "membership" => say::name_membership(),
        "now" => say::name_now(),
        "partitioner" => say::name_partitioner(),
        "pipeline" => say::name_pipeline(),
        "processed" => say::name_processed(),
        "reason" => say::name_reason(),
        "rebalance ends at the latest" => say::name_rebalance_ends_at_the_latest(),
        "record" => say::name_record(),
        "records in hand" => say::name_records_in_hand(),
        "records sent" => say::name_records_sent(),
        "records" => say::name_records(),
        "results go to" => say::name_results_go_to(),
        "sends by itself since" => say::name_sends_by_itself_since(),
        "sent" => say::name_sent(),
        "side effects" => say::name_side_effects(),
        "state" => say::name_state(),
        "sticky partition" => say::name_sticky_partition(),
        "stream time minus grace" => say::name_stream_time_minus_grace(),
        "stream time" => say::name_stream_time(),
        "target assignment epoch" => say::name_target_assignment_epoch(),
        "task" => say::name_task(),
        "time per record" => say::name_time_per_record(),
        "timestamp" => say::name_timestamp(),
        "to" => say::name_to(),
        "too late by" => say::name_too_late_by(),
        "topic" => say::name_topic(),
        "value" => say::name_value(),
        "window" => say::name_window(),
        "dropped record" => say::name_dropped_record(),
        "producer" => say::name_producer(),
        "streams application" => say::name_streams_application(),
        "member" => say::name_member(),
        "message" => say::name_message(),
        "partition" => say::name_partition(),
        "nothing" => say::name_nothing(),
        "host" => say::name_host(),
        _ => name,
    }
}

impl Inspector {
    fn new(kind: &'static str, title: impl Into<String>) -> Inspector {
        Inspector { kind: named(kind), title: title.into(), ..Inspector::default() }
    }

    pub(crate) fn fact(&mut self, name: impl Into<String>, value: impl ToString) {
        let name: String = name.into();
        self.facts.push(Fact { name: named(&name).to_owned(), value: value.to_string() });
    }

    fn action(&mut self, label: impl Into<String>, command: &Command) {
        self.actions.push(Action { label: label.into(), line: crate::line_of(command) });
    }
}
