//! What has happened to the brokers last, in the log's own sentences: deaths, elections, who left or joined the in-sync
//! replicas, what was taken back. Copies and high watermarks are seen in the rooms.

use crate::desk::SEARCHED;
use crate::sentence::{Names, sentence};
use crate::words;
use millrace_broker::{Event, ReplicaEvent};
use millrace_model::Time;
use millrace_sim::{Actor, Entry, Fact, Timeline};

/// So many sentences.
const SENTENCES: usize = 8;

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Time,
    /// The same as the clock shows it.
    pub clock: String,
    /// The log's sentence.
    pub text: String,
}

fn belongs(entry: &Entry) -> bool {
    match &entry.fact {
        Fact::Controller(_) => true,
        Fact::Lifecycle(_) => matches!(entry.actor, Actor::Broker(_)),
        Fact::Broker(Event::Replica(change)) => !matches!(
            **change,
            ReplicaEvent::RecordsCopied { .. }
                | ReplicaEvent::HighWatermarkIncremented { .. }
                | ReplicaEvent::FollowerStarted { leader: Some(_), .. }
                | ReplicaEvent::ProduceHeld { .. }
        ),
        _ => false,
    }
}

/// The newest first.
pub(super) fn told(timeline: &Timeline) -> Vec<Told> {
    let names = Names::of(timeline.world());
    let entries = timeline.branch().entries_before(timeline.moment().step).take(SEARCHED);
    let said = entries.filter(|entry| belongs(entry)).filter_map(|entry| {
        Some(Told { at: entry.at, clock: words::time(entry.at), text: sentence(entry, &names)?.text })
    });
    let mut all: Vec<Told> = Vec::new();
    for told in said {
        // The same said twice in one moment is said once.
        if !all.contains(&told) {
            all.push(told);
        }
        if all.len() == SENTENCES {
            break;
        }
    }
    all
}
