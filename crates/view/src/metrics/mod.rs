//! Metrics over virtual time, under the names that Kafka's JMX and its exporters use, computed from the trace alone.
//!
//! [`Metrics`] reads each step once and keeps a sample a quarter of a second, so that charts can be scrubbed without going
//! through the trace again. [`exposition`] is one moment in Prometheus' text format. What Kafka has no name for begins with
//! `millrace_`.

mod charts;
mod fold;
mod letters;
mod logs;
mod prometheus;
mod series;
mod window;

pub use charts::{Chart, Drawn, Frame, Tick, Trend, charts};
pub use fold::Who;
pub use prometheus::exposition;
pub use series::{Line, Subject, Unit};
pub use window::{Percentiles, WINDOW};

use fold::Fold;
use millrace_model::{GroupId, Span, Time};
use millrace_sim::node::Kind;
use millrace_sim::{Actor, BranchId, EntryId, Fact, NodeId, Timeline, World};
use series::Series;

/// Time between two samples at first. With [`SAMPLES`] of them, every second one goes and the interval doubles.
pub const INTERVAL: Span = Span::from_millis(250);
/// Most samples that are kept.
pub const SAMPLES: usize = 1_024;

/// A time during which an alarm fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// The alarm's name.
    pub name: std::sync::Arc<str>,
    /// Since when.
    pub from: Time,
    /// Until when; none while it fires.
    pub until: Option<Time>,
    /// The step at which it began.
    pub step: u64,
}

/// The metrics of one branch, as far as it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    branch: Option<BranchId>,
    read: usize,
    /// The last step that was read: another timeline's branch may have the same number.
    last: Option<(Time, EntryId)>,
    fold: Fold,
    series: Series,
    fired: Vec<Fired>,
}

impl Metrics {
    /// The metrics of the branch on stage.
    pub fn of(timeline: &Timeline) -> Metrics {
        let mut metrics = Metrics::default();
        metrics.read(timeline);
        metrics
    }

    /// Reads the steps that it has not read yet; another branch than before begins anew. True if there was anything new.
    pub fn read(&mut self, timeline: &Timeline) -> bool {
        let branch = timeline.branch();
        let last = |read: usize| branch.steps().get(read.checked_sub(1)?).map(|step| (step.at, step.first));
        if self.branch != Some(branch.id) || self.last != last(self.read) {
            *self = Metrics { branch: Some(branch.id), ..Metrics::default() };
        }
        let samples = self.series.len();
        let from = self.read;
        for (index, step) in branch.steps().iter().enumerate().skip(from) {
            self.series.sample_until(step.at, &mut self.fold);
            for entry in step.entries.iter() {
                self.fold.know(entry.actor, timeline);
                self.fold.look_at(entry, branch);
                if let Fact::Alarmed(alarm) = &entry.fact {
                    self.alarmed(&alarm.rule.name, alarm.is_firing, entry.at, index as u64 + 1);
                }
            }
        }
        self.read = branch.steps().len();
        self.last = last(self.read);
        // Nothing can happen any more before the frontier.
        self.series.sample_until(branch.frontier(), &mut self.fold);
        self.read > from || self.series.len() != samples
    }

    /// A value at a moment, in the unit of its line: the newest sample's that is not later.
    pub fn value(&self, subject: Option<&GroupId>, line: Line, at: Time) -> Option<u64> {
        self.series.value(subject, line, at)
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.series.len()
    }

    /// When alarms fired, in the order in which they began.
    pub fn fired(&self) -> &[Fired] {
        &self.fired
    }

    fn alarmed(&mut self, name: &std::sync::Arc<str>, is_firing: bool, at: Time, step: u64) {
        if is_firing {
            return self.fired.push(Fired { name: name.clone(), from: at, until: None, step });
        }
        if let Some(fired) = self.fired.iter_mut().rev().find(|fired| fired.name == *name) {
            fired.until = Some(at);
        }
    }
}

impl Fold {
    /// Learns who a client is. The world at the playhead knows all that have started before it; for one that starts later
    /// the end of the branch is asked.
    fn know(&mut self, actor: Actor, timeline: &Timeline) {
        let Actor::Node(NodeId(id)) = actor else { return };
        if (id as usize) < self.who.len() {
            return;
        }
        self.learn(timeline.world());
        if (id as usize) >= self.who.len() {
            let mut end = timeline.clone();
            end.seek_step(end.branch().step_count());
            self.learn(end.world());
        }
    }

    fn learn(&mut self, world: &World) {
        let known = self.who.len();
        let new = world.nodes().skip(known).map(|(_, node)| Who {
            name: node.name.clone(),
            group: node.group().cloned(),
            is_producer: matches!(node.kind, Kind::Producer(_)),
        });
        self.who.extend(new);
    }
}
