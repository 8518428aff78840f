//! The picture as data: where everything stands on stage, what it says, and why it is so. Pure functions of a world
//! (for "why", of its trace too); no browser, no colours, no animation.
//!
//! [`scene()`] is one moment as boxes, curves and words.

mod axis;
pub mod beside;
mod boards;
mod cast;
mod cells;
mod contents;
pub mod crash;
pub mod curve;
pub mod desk;
pub mod failure;
mod finals;
mod futures;
mod groups;
pub mod hue;
pub mod inspect;
pub mod layout;
mod links;
mod marks;
mod members;
pub mod metrics;
pub mod nearing;
mod notable;
pub mod panel;
mod places;
mod producers;
mod queues;
mod reach;
pub mod rebalance;
mod retries;
mod running;
pub mod scene;
mod seen;
pub mod sentence;
mod services;
mod silence;
mod stage;
pub mod text;
mod tokens;
mod topics;
pub mod versions;
pub mod words;

pub use boards::SILENCE_STEP;
pub use cast::is_internal;
pub use contents::{Contents, PartitionContents, RecordText, contents};
pub use futures::{Flag, FutureLine, Futures, futures};
pub use inspect::{Action, Fact, Inspector, Why, inspect, sent_by_hand};
pub use marks::{MARKS, Mark, MarkKind, Marks};
pub use nearing::Nearing;
pub use notable::{is_notable, is_notable_entry};
pub use panel::{GroupPanel, group_panel};
pub use scene::*;
pub use sentence::{Names, Sentence, SentenceKind, sentence};
pub use stage::scene;
pub use words::halt_sentence;

/// A command as a line of the one language, as a learner on the default version of Kafka would write it.
fn line_of(command: &millrace_sim::Command) -> String {
    millrace_script::print(command, millrace_model::Profile::default())
}
