//! What can be looked at in a streams application, and the newest value of a key in a topic.

use super::eval::{broker, missing, no_topic, number};
use super::{Value, restores};
use millrace_broker::Broker;
use millrace_model::{TopicName, TopicPartition};
use millrace_sim::node::streams::{StoreQuery, StreamsNode};
use millrace_sim::node::{Activity, Kind};
use millrace_sim::world::StreamsApp;
use millrace_sim::{Name, Timeline, World};
use millrace_streams::Task;
use std::sync::Arc;

/// What can be looked at in a streams application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfStreams {
    /// `tasks(NAME)`: tasks that run.
    Tasks,
    /// `dropped(NAME)`: records that its tasks dropped (`dropped-records-total`).
    Dropped,
    /// `failed(NAME)`: tasks that an exception has stopped.
    Failed,
    /// `internal(NAME)`: its repartition and changelog topics.
    Internal,
    /// `rows(NAME)`: rows in all stores of its tasks.
    Rows,
    /// `row(NAME, KEY)`: the value of a key in the first store that has it; a windowed key is written
    /// `alice@12:00:00-12:00:10`.
    Row(Arc<str>),
    /// `standbys(NAME)`: standby tasks that run.
    Standbys,
    /// `host(NAME, KEY)`: the instance that has a key of the first store, as `queryMetadataForKey` says it.
    Host(Arc<str>),
    /// `answer(NAME, INSTANCE, KEY)`: what this instance's stores answer for a key, standby tasks included; none if the
    /// key is not there.
    Answer(Name, Arc<str>),
    /// `strays(NAME)`: keys that lie in different partitions of two topics that it joins.
    Strays,
    /// `crashes(NAME)`: instances that crashed.
    Crashes,
    /// `restored(NAME)`: changelog records that were read back into stores of active tasks.
    Restored,
    /// `restoring(NAME)`: the longest time for which an active task waited for its store.
    Restoring,
}

impl OfStreams {
    /// The name that it is written with.
    pub(super) fn name(&self) -> &'static str {
        match self {
            OfStreams::Tasks => "tasks",
            OfStreams::Dropped => "dropped",
            OfStreams::Failed => "failed",
            OfStreams::Internal => "internal",
            OfStreams::Rows => "rows",
            OfStreams::Row(_) => "row",
            OfStreams::Standbys => "standbys",
            OfStreams::Host(_) => "host",
            OfStreams::Answer(..) => "answer",
            OfStreams::Strays => "strays",
            OfStreams::Crashes => "crashes",
            OfStreams::Restored => "restored",
            OfStreams::Restoring => "restoring",
        }
    }

    /// What stands behind the application's name.
    pub(super) fn arguments(&self) -> Vec<String> {
        match self {
            OfStreams::Row(key) | OfStreams::Host(key) => vec![key.to_string()],
            OfStreams::Answer(instance, key) => vec![instance.to_string(), key.to_string()],
            OfStreams::Tasks
            | OfStreams::Dropped
            | OfStreams::Failed
            | OfStreams::Internal
            | OfStreams::Rows
            | OfStreams::Standbys
            | OfStreams::Strays
            | OfStreams::Crashes
            | OfStreams::Restored
            | OfStreams::Restoring => Vec::new(),
        }
    }

    /// What it is now.
    pub(super) fn value(&self, timeline: &Timeline, name: &str) -> Result<Value, String> {
        let world = timeline.world();
        let Some(app) = world.streams_apps().get(name) else {
            let known = world.streams_apps().keys().map(|name| &**name);
            return Err(missing("streams application", name, known));
        };
        let id = StreamsApp::application_id(name, app.version);
        let tasks = tasks(world, &id);
        let rows = |task: &Task| -> Vec<_> {
            let stores = task.topology().stores().iter();
            stores.filter_map(|store| task.topology().store_named(&store.name)).collect()
        };
        Ok(match self {
            OfStreams::Tasks => number(tasks.len() as u64),
            OfStreams::Dropped => number(tasks.iter().map(|task| task.dropped_total()).sum()),
            OfStreams::Failed => number(tasks.iter().filter(|task| task.failure().is_some()).count() as u64),
            OfStreams::Internal => {
                let prefix = [&id, "-"].concat();
                let is_internal = |name: &str| {
                    name.starts_with(&prefix)
                        && (name.ends_with("-repartition") || name.ends_with("-changelog"))
                };
                let topics = world.asked_broker().into_iter().flat_map(Broker::topics);
                number(topics.filter(|topic| is_internal(topic.name().as_str())).count() as u64)
            }
            OfStreams::Rows => {
                let count =
                    |task: &&Task| rows(task).into_iter().map(|id| task.table(id).len()).sum::<usize>();
                number(tasks.iter().map(count).sum::<usize>() as u64)
            }
            OfStreams::Row(key) => {
                let found = tasks.iter().find_map(|task| {
                    let tables = rows(task).into_iter().flat_map(|id| task.table(id));
                    tables.into_iter().find(|row| row.key.to_string() == **key)
                });
                found.map_or(Value::None, |row| read(&row.value.to_text()))
            }
            OfStreams::Standbys => {
                let live = world.live_streams_instances(name);
                number(live.map(|(.., streams)| streams.standby_tasks().count()).sum::<usize>() as u64)
            }
            OfStreams::Strays => number(world.strays(name).len() as u64),
            OfStreams::Host(key) => {
                let mut live = world.live_streams_instances(name);
                let asked = live.next().and_then(|(.., streams)| {
                    let store = streams.topology().stores().first()?;
                    streams.key_hosts(&store.name, key.as_bytes())
                });
                asked.and_then(|hosts| hosts.active).map_or(Value::None, Value::Text)
            }
            OfStreams::Answer(instance, key) => {
                let mut live = world.live_streams_instances(name);
                let Some((.., streams)) = live.find(|(_, node, _)| node.name == *instance) else {
                    let known = world.live_streams_instances(name).map(|(_, node, _)| &*node.name);
                    return Err(missing("instance", instance, known));
                };
                answer(streams, key).unwrap_or(Value::None)
            }
            OfStreams::Crashes | OfStreams::Restored | OfStreams::Restoring => {
                let told = restores::told(timeline, &id)?;
                match self {
                    OfStreams::Crashes => number(told.crashes),
                    OfStreams::Restored => number(told.restored),
                    _ => Value::Span(told.longest),
                }
            }
        })
    }
}

/// The key's value in the first of the instance's stores that has it.
fn answer(streams: &StreamsNode, key: &str) -> Option<Value> {
    let stores = streams.topology().stores().iter();
    let query = StoreQuery::Key(key.as_bytes().into());
    let mut rows = stores.filter_map(|store| streams.query(&store.name, &query, true).ok()).flatten();
    rows.next().map(|(_, row)| read(&row.value.to_text()))
}

fn tasks<'a>(world: &'a World, application_id: &str) -> Vec<&'a Task> {
    let mut found = Vec::new();
    for (_, node) in world.nodes() {
        if let Kind::Streams(streams) = &node.kind
            && node.activity() == Activity::Running
            && streams.application_id().as_str() == application_id
        {
            found.extend(streams.tasks().values());
        }
    }
    found
}

/// The value that was written last for a key, in several partitions that of the latest timestamp; none for a tombstone or if there is no such record.
pub(super) fn newest(world: &World, topic: &TopicName, key: &str) -> Result<Value, String> {
    let broker = broker(world)?;
    let Some(found) = broker.topic(topic.as_str()) else { return Err(no_topic(broker, topic.as_str())) };
    let mut newest = None;
    for partition in 0..found.partition_count() {
        let Some(log) = world.log(&TopicPartition::new(topic.clone(), partition)) else { continue };
        let batches = log.batches_from(log.log_start_offset());
        let records = batches.flat_map(|batch| {
            batch.records_from(batch.base_offset).map(|(_, record)| (batch.timestamp(record), record))
        });
        let last = records.filter(|(_, record)| record.key.as_deref() == Some(key.as_bytes())).last();
        if let Some((at, record)) = last
            && newest.as_ref().is_none_or(|(before, _)| *before <= at)
        {
            newest = Some((at, record.value.clone()));
        }
    }
    Ok(newest.and_then(|(_, value)| value).map_or(Value::None, |bytes| read_bytes(&bytes)))
}

/// A record's value: a count is eight bytes, of which the first is zero in all but absurd ones. No text begins so.
pub(super) fn read_bytes(bytes: &[u8]) -> Value {
    match <[u8; 8]>::try_from(bytes) {
        Ok(eight) if eight.first() == Some(&0) => Value::Number(i64::from_be_bytes(eight)),
        _ => read(&String::from_utf8_lossy(bytes)),
    }
}

/// A number if the text is one.
fn read(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::Text(text.into()), Value::Number)
}

/// The value of a dashboard's row; none if it has no such row.
pub(super) fn shows(world: &World, name: &str, key: &str) -> Result<Value, String> {
    let Some((board, _)) = world.dashboard(name) else { return Err(no_dashboard(world, name)) };
    let row = board.rows().find(|(of, _)| of.to_string() == key);
    Ok(row.map_or(Value::None, |(_, value)| read(&value.to_text())))
}

/// How many of a dashboard's rows are wrong.
pub(super) fn differs(world: &World, name: &str) -> Result<Value, String> {
    match world.dashboards().contains_key(name) {
        true => Ok(number(world.dashboard_differences(name).len() as u64)),
        false => Err(no_dashboard(world, name)),
    }
}

fn no_dashboard(world: &World, name: &str) -> String {
    missing("dashboard", name, world.dashboards().keys().map(|name| &**name))
}
