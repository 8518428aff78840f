//! What a quantity is in a world.

use super::{Expectation, Operand, Quantity, Value};
use millrace_broker::{Broker, Group, PartitionLog};
use millrace_client::listener::Ledger;
use millrace_expr::suggest;
use millrace_model::{ClientId, Offset, Partition, Timestamp, TopicPartition};
use millrace_sim::node::{Activity, Kind};
use millrace_sim::{Timeline, World};

impl Expectation {
    /// Checks it.
    ///
    /// # Errors
    /// The sentence that says what the value is instead, or that there is no such thing.
    pub fn check(&self, timeline: &Timeline) -> Result<(), String> {
        let now = timeline.world().now();
        let value = |quantity: &Quantity| {
            let missing = |missing| format!("expected {self}, but {missing} at {now}");
            quantity.value(timeline).map_err(missing)
        };
        let found = value(&self.quantity)?;
        let (wanted, other) = match &self.operand {
            Operand::Value(value) => (value.clone(), String::new()),
            Operand::Quantity(quantity) => {
                let other = value(quantity)?;
                let said = format!(" and {quantity} is {other}");
                (other, said)
            }
        };
        if self.comparison.holds(&found, &wanted) {
            return Ok(());
        }
        Err(format!("expected {self}, but it is {found}{other} at {now}"))
    }
}

impl Quantity {
    /// What it is now.
    ///
    /// # Errors
    /// A half sentence, if what it names does not exist: "there is no topic ordres; did you mean orders?".
    pub fn value(&self, timeline: &Timeline) -> Result<Value, String> {
        let world = timeline.world();
        Ok(match self {
            Quantity::Records(topic) => {
                let broker = broker(world)?;
                let Some(topic) = broker.topic(topic.as_str()) else {
                    return Err(no_topic(broker, topic.as_str()));
                };
                // Who was never in a transaction has no markers to look for.
                let are_any = world.brokers().any(|b| b.txn_coordinator().transactions().next().is_some());
                let of_log = |log: &PartitionLog| {
                    let stored = log.batches_from(log.log_start_offset()).filter(|_| are_any);
                    let markers = stored.filter(|stored| stored.batch.marker().is_some()).count();
                    log.record_count().saturating_sub(markers) as u64
                };
                let places =
                    (0..topic.partition_count()).map(|n| TopicPartition::new(topic.name().clone(), n));
                number(places.filter_map(|tp| world.log(&tp)).map(of_log).sum())
            }
            Quantity::Partitions(topic) => {
                let count = broker(world)?.topic(topic.as_str()).map_or(0, |topic| topic.partition_count());
                Value::Number(i64::from(count))
            }
            Quantity::LogEndOffset(tp) => Value::Number(log(world, tp)?.log_end_offset().0),
            Quantity::HighWatermark(tp) => Value::Number(log(world, tp)?.high_watermark().0),
            Quantity::Lag(name) => lag(world, name.as_str())?,
            Quantity::Committed(name, tp) => {
                log(world, tp)?;
                let committed = group(world, name.as_str())?.and_then(|group| group.committed(tp));
                committed.map_or(Value::None, |committed| Value::Number(committed.offset.0))
            }
            Quantity::Owner(name, tp) => {
                log(world, tp)?;
                let group = group(world, name.as_str())?;
                let owner = group.and_then(|group| owner(group, tp));
                owner.map_or(Value::None, |client| Value::Text(client.as_str().into()))
            }
            Quantity::Position(name, tp) => {
                log(world, tp)?;
                group(world, name.as_str())?;
                position(world, name.as_str(), tp).map_or(Value::None, |at| Value::Number(at.0))
            }
            Quantity::Generation(name) => match group(world, name.as_str())? {
                Some(group) => Value::Number(i64::from(match group.consumer() {
                    Some(consumer) => consumer.group_epoch().0,
                    None => group.generation().0,
                })),
                None => Value::None,
            },
            Quantity::Idle(name) => number(group(world, name.as_str())?.map_or(0, idle)),
            Quantity::Told(told, name, within) => {
                group(world, name.as_str())?;
                super::history::value(timeline, told, name.as_str(), *within)?
            }
            Quantity::State(name) => match group(world, name.as_str())? {
                Some(group) => Value::Text(match group.consumer() {
                    Some(consumer) => consumer.state().to_string().into(),
                    None => group.state().to_string().into(),
                }),
                None => Value::None,
            },
            Quantity::Members(name) => {
                let count = |group: &Group| match group.consumer() {
                    Some(consumer) => consumer.members().len() as u64,
                    None => group.members().len() as u64,
                };
                number(group(world, name.as_str())?.map_or(0, count))
            }
            Quantity::Effects(name) => number(ledger(world, name.as_str())?.totals().done),
            Quantity::Repeated(name) => number(ledger(world, name.as_str())?.repeated()),
            Quantity::Dead(name) => number(ledger(world, name.as_str())?.totals().dead),
            Quantity::Account(kept, name) => kept.value(world, name.as_str())?,
            Quantity::Calls(name) => match world.service(name) {
                Some(service) => number(service.calls().0),
                None => return Err(missing("service", name, world.services().map(|(name, _)| name))),
            },
            Quantity::Outside(of, name) => of.value(world, name)?,
            Quantity::Tries(tries, name) => tries.value(world, name.as_str())?,
            Quantity::Newest(topic, key) => super::streams::newest(world, topic, key)?,
            Quantity::Spread(spread, topic) => spread.value(world, topic)?,
            Quantity::Written(written, topic) => written.value(timeline, topic)?,
            Quantity::Streams(of, name) => of.value(timeline, name)?,
            Quantity::Shows(name, key) => super::streams::shows(world, name, key)?,
            Quantity::Differs(name) => super::streams::differs(world, name)?,
            Quantity::StreamTime(name, partition) => stream_time(world, name, *partition)?,
            Quantity::Exported(name, key) => super::exported::value(world, name, key)?,
            Quantity::Log(of, tp) => of.value(world, tp, log(world, tp)?),
            Quantity::Retried(name, error) => super::of_producer::retried(timeline, name, error.as_deref())?,
            Quantity::Thrown(name, class) => super::of_producer::thrown(timeline, name, class)?,
            Quantity::Replicas(of, tp) => {
                log(world, tp)?;
                of.value(timeline, tp)?
            }
            Quantity::Contents(of, topic) => of.value(timeline, topic)?,
            Quantity::Load(of, name) => of.value(world, name)?,
            Quantity::Network(of, name) => of.value(world, name)?,
            Quantity::Beaten(of) => {
                // One world can tell that there is something to compare.
                let values = [of.0.value(timeline)?, of.1.value(timeline)?];
                if values.contains(&Value::None) { Value::None } else { Value::Number(0) }
            }
        })
    }
}

pub(super) fn number(n: u64) -> Value {
    Value::Number(i64::try_from(n).unwrap_or(i64::MAX))
}

pub(super) fn broker(world: &World) -> Result<&Broker, String> {
    world.asked_broker().ok_or_else(|| "there is no broker".to_owned())
}

pub(super) fn missing<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match suggest::nearest(name, known) {
        Some(nearest) => format!("there is no {kind} {name} (did you mean {nearest}?)"),
        None => format!("there is no {kind} {name}"),
    }
}

pub(super) fn no_topic(broker: &Broker, name: &str) -> String {
    missing("topic", name, broker.topics().map(|topic| topic.name().as_str()))
}

fn log<'a>(world: &'a World, tp: &TopicPartition) -> Result<&'a PartitionLog, String> {
    if let Some(log) = world.log(tp) {
        return Ok(log);
    }
    let broker = broker(world)?;
    Err(match broker.topic(tp.topic.as_str()) {
        Some(topic) => format!("{} has no partition {}", topic.name(), tp.partition),
        None => no_topic(broker, tp.topic.as_str()),
    })
}

/// The group; `None` while its application has not yet reached the coordinator.
pub(super) fn group<'a>(world: &'a World, name: &str) -> Result<Option<&'a Group>, String> {
    let group = world.group(name);
    if group.is_some() || world.apps().contains_key(name) {
        return Ok(group);
    }
    let apps = world.apps().keys().map(|group| group.as_str());
    let known = world.brokers().flat_map(Broker::groups).map(|group| group.id().as_str());
    Err(missing("group", name, apps.chain(known)))
}

/// The member that reads a partition; in the consumer protocol also one that has not given it up yet.
fn owner<'a>(group: &'a Group, tp: &TopicPartition) -> Option<&'a ClientId> {
    match group.consumer() {
        Some(consumer) => {
            let (member, _) = consumer.owner(tp)?;
            Some(&consumer.member(member.as_str())?.subscription.client_id)
        }
        None => {
            let mut members = group.members();
            Some(&members.find(|member| member.assignment.partitions.contains(tp))?.client_id)
        }
    }
}

fn idle(group: &Group) -> u64 {
    let count = match group.consumer() {
        Some(consumer) => consumer.members().filter(|member| member.assigned.is_empty()).count(),
        None => group.members().filter(|member| member.assignment.partitions.is_empty()).count(),
    };
    count as u64
}

/// Of the process that is assigned the partition and alive.
fn position(world: &World, name: &str, tp: &TopicPartition) -> Option<Offset> {
    world.nodes().find_map(|(_, node)| {
        let Kind::Instance { group, instance } = &node.kind else { return None };
        let reads = group.as_str() == name && node.activity() != Activity::Gone;
        instance.containers().filter(|_| reads).find_map(|(_, c)| c.consumer().position(tp))
    })
}

pub(super) fn ledger<'a>(world: &'a World, name: &str) -> Result<&'a Ledger, String> {
    let known = || world.apps().keys().map(|group| group.as_str());
    world.ledger(name).ok_or_else(|| missing("application", name, known()))
}

/// Over the partitions of the application's topics, or those that the group has committed. What was never committed
/// counts from the log's start.
fn lag(world: &World, name: &str) -> Result<Value, String> {
    let group = group(world, name)?;
    let topics = world.apps().get(name).map(|app| app.config.topics.as_slice()).unwrap_or_default();
    let of_topics = topics.iter().flat_map(|topic| {
        let count = world
            .brokers()
            .find_map(|broker| broker.topic(topic.as_str()))
            .map_or(0, |t| t.partition_count());
        (0..count).map(|partition| TopicPartition::new(topic.clone(), partition))
    });
    let mut partitions: Vec<TopicPartition> = of_topics.collect();
    if partitions.is_empty() {
        partitions = group.map(|group| group.offsets().keys().cloned().collect()).unwrap_or_default();
    }
    let mut lag = 0;
    for tp in &partitions {
        let log = log(world, tp)?;
        let committed = group.and_then(|group| group.committed(tp)).map(|committed| committed.offset);
        lag += log.log_end_offset().since(committed.unwrap_or_else(|| log.log_start_offset()));
    }
    Ok(number(lag))
}

fn stream_time(world: &World, name: &str, partition: Partition) -> Result<Value, String> {
    if !world.streams_apps().contains_key(name) {
        return Err(missing("streams application", name, world.streams_apps().keys().map(|name| &**name)));
    }
    let tasks = world.live_streams_instances(name).flat_map(|(.., streams)| streams.tasks().iter());
    let of_partition = tasks.filter(|(id, _)| id.partition == partition);
    let task = of_partition.min_by_key(|(id, _)| id.subtopology);
    Ok(match task.map(|(_, task)| task.stream_time()) {
        Some(time) if time != Timestamp::NONE => Value::Time(time),
        _ => Value::None,
    })
}
