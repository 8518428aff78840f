//! The desk of an application whose records can fail: what became of each (the ledger), the dead letters, one record's
//! life with all its copies, and the services that it calls.
//!
//! Each part is a pure function of a timeline, and is computed only while somebody looks at it.

mod dangers;
mod ledger;
mod letter;
mod letters;
mod life;
mod life_picture;
mod services;

pub use dangers::{Danger, dangers};
pub use ledger::{Books, Kind, books};
pub use letter::{HeaderLine, HexLine, LetterView, letter};
pub use letters::{Cause, LetterLine, Letters, Search, filter_of, letters};
pub use life::{Life, LifeBar, LifeLane, LifeTick, Stop, StopKind, life};
pub use services::{Band, BreakerBoard, CallDot, CallMark, Chart, ServiceBoard, services};

use crate::hue;
use crate::scene::Target;
use crate::words;
use millrace_model::{Offset, Record, Span, TopicPartition};
use millrace_sim::{AlertRule, AppConfig, Gauge};
use millrace_words::fates as say;

/// Where a record lies.
pub type Place = (TopicPartition, Offset);

/// A record in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// For the inspector.
    pub target: Target,
    /// `orders-1 @5`.
    pub place: String,
    /// The key's letter.
    pub letter: String,
    /// The key's hue.
    pub hue: u8,
    /// The key.
    pub key: String,
    /// The value, cut.
    pub value: String,
    /// What there is to say about it.
    pub says: String,
}

impl Line {
    fn of(place: &Place, record: &Record, says: String) -> Line {
        let (letter, hue) = hue::of_key(record.key.as_deref());
        Line {
            target: Target::Record(place.0.clone(), place.1),
            place: words::place(&place.0, place.1),
            letter,
            hue,
            key: words::bytes(record.key.as_ref()),
            value: words::bytes(record.value.as_ref()),
            says,
        }
    }
}

/// Whether there is something to see on the desk: retries, dead letters, a guard around the listener method.
pub fn has_desk(app: &AppConfig) -> bool {
    !matches!(app.retry, millrace_client::listener::RetryPolicy::None) || app.guard.is_some()
}

/// A class without its package.
fn simple(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

/// A length of time in whole seconds.
fn age(span: Span) -> String {
    match span.as_millis() / 1_000 {
        0 => say::less_than_a_second().to_owned(),
        seconds => words::span(Span::from_secs(seconds)),
    }
}

/// An alarm's rule in words: `more than 5 letters for 10 s`.
pub fn rule(rule: &AlertRule) -> String {
    let what = match rule.gauge {
        Gauge::Letters => say::more_than_letters(rule.above),
        Gauge::LetterAge => say::a_letter_older_than(&words::span(Span::from_secs(rule.above))),
        Gauge::Lag => say::more_than_records_still_to(rule.above),
        Gauge::ErrorRate => say::more_than_of_the_deliveries(&rule.above),
    };
    match rule.lasting {
        Span::ZERO => what,
        lasting => say::for_word(&what, &words::span(lasting)),
    }
}
