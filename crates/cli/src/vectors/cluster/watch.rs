//! The states of a topic as somebody sees them who looks on, and whether they are the recording's.

use crate::vectors::field;
use millrace_broker::Broker;
use millrace_model::{BrokerId, PartitionInfo, Span, Time, TopicName};
use millrace_sim::World;
use serde_json::Value;

/// How often the recording looked: what was so for a shorter time it may have missed.
const PERIOD: Span = Span::from_millis(100);

/// A partition's states, each with the moment from which on it was so.
pub type States = Vec<(Time, String)>;

/// What was seen of each partition.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// By partition; the first is how it began.
    pub seen: Vec<States>,
}

impl Watch {
    /// Looks.
    pub fn look(&mut self, world: &World) {
        let Some(partitions) = describe(world) else { return };
        let now = world.now();
        self.seen.resize_with(partitions.len().max(self.seen.len()), Vec::new);
        for (states, info) in self.seen.iter_mut().zip(&partitions) {
            let state = text(info);
            if states.last().is_none_or(|(_, last)| *last != state) {
                states.push((now, state));
            }
        }
    }

    /// Forgets all but how it is now.
    pub fn begin_anew(&mut self) {
        for states in &mut self.seen {
            states.drain(..states.len().saturating_sub(1));
        }
    }
}

/// Of the brokers that answer, the one that has read furthest.
pub fn answering(world: &World) -> Option<&Broker> {
    let answers = |id: BrokerId| !world.is_broker_down(id) && !world.is_broker_paused(id);
    let running = world.brokers().filter(|broker| answers(broker.id()));
    running.max_by_key(|broker| broker.member().map(|member| member.metadata_end()))
}

/// The topic's partitions as that one knows them.
pub fn describe(world: &World) -> Option<Vec<PartitionInfo>> {
    let broker = answering(world)?;
    let topic = broker.topic(TopicName::from("a").as_str())?;
    Some(topic.partitions().map(|partition| partition.info.clone()).collect())
}

/// `leader=2 isr=2,3`.
fn text(info: &PartitionInfo) -> String {
    let leader = info.leader.map_or("none".to_owned(), |leader| leader.to_string());
    format!("leader={leader} isr={}", list(&info.isr))
}

fn list(ids: &[BrokerId]) -> String {
    ids.iter().map(BrokerId::to_string).collect::<Vec<_>>().join(",")
}

/// How the moments of a step are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moments {
    /// As in the recording, but for where heartbeats and checks stand.
    Alike,
    /// Not later: a process of the recording needed its time to start.
    NotLater,
}

/// Whether what was seen since `began` is what the recording saw.
pub fn judge(watch: &Watch, began: Time, step: &Value, moments: Moments) -> Result<(), String> {
    let events = field(step, "events").as_array().map(Vec::as_slice).unwrap_or_default();
    for (number, ours) in watch.seen.iter().enumerate() {
        let theirs = recorded(events, number, ours.first().map(|(_, state)| &**state));
        let mut ours = ours.iter().enumerate().skip(1);
        for (dt, state) in &theirs {
            loop {
                let Some((at, (since, seen))) = ours.next() else {
                    return Err(format!("p{number}: {state} after {dt} ms in Kafka, never here"));
                };
                if seen != state {
                    is_short(&watch.seen, number, at).then_some(()).ok_or_else(|| {
                        format!("p{number}: {seen} after {}, in Kafka {state}", since.since(began))
                    })?;
                    continue;
                }
                in_time(since.since(began), *dt, moments)
                    .map_err(|wrong| format!("p{number} {state}: {wrong}"))?;
                break;
            }
        }
        if let Some((_, (since, state))) = ours.next() {
            return Err(format!("p{number}: {state} after {}, in Kafka never", since.since(began)));
        }
    }
    Ok(())
}

/// What the recording saw of one partition: dt and state, where it changed.
fn recorded(events: &[Value], number: usize, before: Option<&str>) -> Vec<(u64, String)> {
    let mut states: Vec<(u64, String)> = Vec::new();
    for event in events {
        let texts = field(event, "state").as_array().into_iter().flatten().filter_map(Value::as_str);
        let of_it = texts.filter_map(|text| text.strip_prefix(&format!("p{number} "))).next();
        let last = states.last().map(|(_, state)| &**state).or(before);
        if let Some(state) = of_it.filter(|state| last != Some(state)) {
            states.push((field(event, "dt").as_u64().unwrap_or(0), state.to_owned()));
        }
    }
    states
}

/// Whether a state was over before the recording looked again.
fn is_short(seen: &[States], number: usize, at: usize) -> bool {
    let Some(states) = seen.get(number) else { return false };
    let (this, next) = (states.get(at), states.get(at + 1));
    this.zip(next).is_some_and(|((from, _), (to, _))| to.since(*from) < PERIOD)
}

/// A heartbeat's interval, and a look.
const SLACK: u64 = 700;

fn in_time(ours: Span, theirs: u64, moments: Moments) -> Result<(), String> {
    let ours = ours.as_millis();
    let is_early = moments == Moments::Alike && ours + SLACK < theirs;
    if is_early || ours > theirs + SLACK {
        return Err(format!("after {ours} ms, in Kafka after {theirs} ms"));
    }
    Ok(())
}
