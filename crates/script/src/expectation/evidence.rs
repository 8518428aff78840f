//! Where on the stage it can be seen why an expectation is not met: as data, for whoever draws it.

use super::spread::{apart, overtaken, split};
use super::{Expectation, Kept, Operand, Quantity, Spread, Told, Tries, history, of_producer};
use millrace_model::{GroupId, Offset, TopicName, TopicPartition};
use millrace_sim::world::account::Outcome;
use millrace_sim::{EntryId, Name, Timeline};

/// Records and entries named at most: a stage shows no more.
const MOST: usize = 50;

/// What to look at. Most expectations name only some of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Topics.
    pub topics: Vec<TopicName>,
    /// Partitions.
    pub partitions: Vec<TopicPartition>,
    /// Groups.
    pub groups: Vec<GroupId>,
    /// Streams applications, services, dashboards.
    pub names: Vec<Name>,
    /// Records: the first fifty that are at fault.
    pub records: Vec<(TopicPartition, Offset)>,
    /// Entries of the trace: the last fifty that tell of it, the oldest first.
    pub entries: Vec<EntryId>,
}

impl Evidence {
    fn quantity(&mut self, quantity: &Quantity, timeline: &Timeline) {
        match quantity {
            Quantity::Records(topic) | Quantity::Partitions(topic) | Quantity::Newest(topic, _) => {
                self.topics.push(topic.clone());
            }
            Quantity::LogEndOffset(tp) | Quantity::HighWatermark(tp) => self.partitions.push(tp.clone()),
            Quantity::Log(of, tp) => {
                self.partitions.push(tp.clone());
                self.records.extend(of.record(timeline.world(), tp).map(|offset| (tp.clone(), offset)));
            }
            Quantity::Retried(name, error) => {
                self.names.push(name.clone());
                let entries = of_producer::entries(timeline, name, error.as_deref()).unwrap_or_default();
                self.entries.extend(entries.get(entries.len().saturating_sub(MOST)..).unwrap_or_default());
            }
            Quantity::Thrown(name, class) => {
                self.names.push(name.clone());
                let entries = of_producer::throwing(timeline, name, class).unwrap_or_default();
                self.entries.extend(entries.get(entries.len().saturating_sub(MOST)..).unwrap_or_default());
            }
            Quantity::Replicas(of, tp) => {
                self.partitions.push(tp.clone());
                let entries = of.evidence(timeline, tp);
                self.entries.extend(entries.get(entries.len().saturating_sub(MOST)..).unwrap_or_default());
            }
            Quantity::Contents(of, topic) => {
                self.topics.push(topic.clone());
                let (records, entries) = of.evidence(timeline, topic).unwrap_or_default();
                self.records.extend(records.into_iter().take(MOST));
                self.entries.extend(entries.get(entries.len().saturating_sub(MOST)..).unwrap_or_default());
            }
            Quantity::Committed(group, tp) | Quantity::Owner(group, tp) | Quantity::Position(group, tp) => {
                self.groups.push(group.clone());
                self.partitions.push(tp.clone());
            }
            Quantity::Spread(spread, topic) => {
                self.topics.push(topic.clone());
                let records = match spread {
                    Spread::Split(of) => split(timeline.world(), topic, of.as_deref()).unwrap_or_default(),
                    Spread::Apart(other) => {
                        self.topics.push(other.clone());
                        apart(timeline.world(), topic, other).unwrap_or_default()
                    }
                    Spread::Skew(_) | Spread::Filled => Vec::new(),
                };
                self.records.extend(records.into_iter().take(MOST));
            }
            Quantity::Written(written, topic) => {
                self.topics.push(topic.clone());
                let (records, entries) = super::written::evidence(*written, timeline, topic);
                self.records.extend(records.into_iter().take(MOST));
                self.entries.extend(entries.get(entries.len().saturating_sub(MOST)..).unwrap_or_default());
            }
            Quantity::Tries(Tries::Overtaken(of), group) => {
                self.groups.push(group.clone());
                let late = overtaken(timeline.world(), group.as_str(), of).unwrap_or_default();
                self.records.extend(late.into_iter().take(MOST));
            }
            Quantity::Lag(group)
            | Quantity::State(group)
            | Quantity::Generation(group)
            | Quantity::Members(group)
            | Quantity::Idle(group)
            | Quantity::Effects(group)
            | Quantity::Tries(_, group) => self.groups.push(group.clone()),
            Quantity::Repeated(group) => self.fortunes(timeline, group, Outcome::Twice),
            Quantity::Dead(group) => self.fortunes(timeline, group, Outcome::Dead),
            Quantity::Account(kept, group) => match kept {
                Kept::Twice => self.fortunes(timeline, group, Outcome::Twice),
                Kept::Waiting => self.fortunes(timeline, group, Outcome::Waiting),
                Kept::Buried | Kept::Letters | Kept::Oldest => self.fortunes(timeline, group, Outcome::Dead),
                Kept::Skipped => self.fortunes(timeline, group, Outcome::Skipped),
                Kept::Open => self.fortunes(timeline, group, Outcome::Open),
                Kept::Lost => self.fortunes(timeline, group, Outcome::Lost),
                Kept::Expected
                | Kept::Once
                | Kept::Disordered
                | Kept::Duplicates
                | Kept::Spared
                | Kept::Fired
                | Kept::Tripped
                | Kept::Recovered
                | Kept::Buffered
                | Kept::Rejected
                | Kept::Hedged => self.groups.push(group.clone()),
            },
            Quantity::Told(told, group, within) => {
                self.groups.push(group.clone());
                self.told(timeline, told, group, *within);
            }
            Quantity::Beaten(of) => {
                self.quantity(&of.0, timeline);
                self.quantity(&of.1, timeline);
            }
            Quantity::Calls(name)
            | Quantity::Outside(_, name)
            | Quantity::Streams(_, name)
            | Quantity::Shows(name, _)
            | Quantity::Differs(name)
            | Quantity::StreamTime(name, _)
            | Quantity::Load(_, name)
            | Quantity::Network(_, name)
            | Quantity::Exported(name, _) => self.names.push(name.clone()),
        }
    }

    /// The records of a group that ended so.
    fn fortunes(&mut self, timeline: &Timeline, group: &GroupId, outcome: Outcome) {
        self.groups.push(group.clone());
        let Some(fortunes) = timeline.world().fortunes(group.as_str()) else { return };
        let so = fortunes.iter().filter(|(_, fortune)| fortune.outcome() == outcome);
        self.records.extend(so.take(MOST).map(|(place, _)| place.clone()));
    }

    fn told(
        &mut self,
        timeline: &Timeline,
        told: &Told,
        group: &GroupId,
        within: Option<millrace_model::Span>,
    ) {
        let (entries, partitions, records) = history::evidence(timeline, told, group.as_str(), within);
        self.entries.extend(entries.get(entries.len().saturating_sub(MOST)..).unwrap_or_default());
        self.partitions.extend(partitions);
        self.records.extend(records.into_iter().take(MOST));
    }
}

impl Expectation {
    /// Where to look for what it names.
    pub fn evidence(&self, timeline: &Timeline) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.quantity(&self.quantity, timeline);
        if let Operand::Quantity(quantity) = &self.operand {
            evidence.quantity(quantity, timeline);
        }
        evidence
    }
}
