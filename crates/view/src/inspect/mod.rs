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
mod record;
mod streams;
mod window;

pub(crate) use find::{onward, step_of};
pub(crate) use headers::value as header_value;

use crate::cast::Cast;
use crate::scene::Target;
use millrace_model::Time;
use millrace_sim::{Command, EntryId, Timeline};

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
    found.unwrap_or_else(|| Inspector {
        kind: "nothing",
        title: "Not there at this moment".to_owned(),
        ..Inspector::default()
    })
}

impl Inspector {
    fn new(kind: &'static str, title: impl Into<String>) -> Inspector {
        Inspector { kind, title: title.into(), ..Inspector::default() }
    }

    fn fact(&mut self, name: impl Into<String>, value: impl ToString) {
        self.facts.push(Fact { name: name.into(), value: value.to_string() });
    }

    fn action(&mut self, label: impl Into<String>, command: &Command) {
        self.actions.push(Action { label: label.into(), line: crate::line_of(command) });
    }
}
