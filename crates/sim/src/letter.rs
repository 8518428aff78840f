//! What a learner does at the desk of the dead letters, and which alarms watch it.

use millrace_expr::Expr;
use millrace_model::{Bytes, GroupId, Span, TopicName};
use std::sync::Arc;

/// Something done to dead letters of a group: to those for which `filter` holds, all of them without one. Letters that were
/// sent again or thrown away before do not count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeskWork {
    /// Whose letters.
    pub group: GroupId,
    /// Which of them.
    pub filter: Option<Expr>,
    /// What is done.
    pub action: DeskAction,
}

/// What is done to a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DeskAction {
    /// It is produced again, without the headers of its retries, so that its tries begin anew.
    Redrive {
        /// Letters a second; all at once if left out.
        rate: Option<u32>,
        /// The value that it gets, if it was edited.
        value: Option<Bytes>,
        /// Where to, if not to the topic that it came from.
        to: Option<TopicName>,
    },
    /// Thrown away, knowingly.
    Discard,
}

/// What an alarm looks at, once a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gauge {
    /// Dead letters that wait for somebody.
    Letters,
    /// The age of the oldest of them, in seconds.
    LetterAge,
    /// `kafka_consumergroup_lag`, over all partitions: records behind the committed offsets.
    Lag,
    /// Deliveries of the last [`ERROR_WINDOW`] that threw, in percent of all.
    ErrorRate,
}

/// What [`Gauge::ErrorRate`] looks back over.
pub const ERROR_WINDOW: Span = Span::from_secs(5);

impl Gauge {
    /// All of them, by their names in scripts.
    pub const ALL: [(&'static str, Gauge); 4] = [
        ("letters", Gauge::Letters),
        ("letter-age", Gauge::LetterAge),
        ("lag", Gauge::Lag),
        ("error-rate", Gauge::ErrorRate),
    ];

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, gauge)| *gauge == self).map_or("", |(name, _)| name)
    }
}

/// An alarm rule, as Prometheus has them: it fires when the gauge has been above the threshold for so long.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlertRule {
    /// Its name.
    pub name: Arc<str>,
    /// Whose gauge.
    pub group: GroupId,
    /// Which.
    pub gauge: Gauge,
    /// The threshold.
    pub above: u64,
    /// `for`.
    pub lasting: Span,
}
