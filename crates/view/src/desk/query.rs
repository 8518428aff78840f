//! Interactive queries: what one instance's stores answer, in Kafka's words where they answer nothing, and who has the key.

use super::keys::row_key;
use super::{app, live};
use crate::cast::Cast;
use crate::words;
use millrace_model::Partition;
use millrace_sim::Timeline;
use millrace_sim::node::streams::{KeyHosts, StoreQuery, StreamsNode};
use millrace_streams::topology::StoreKind;
use millrace_words::flows as say;

/// Most rows of an answer.
const ROWS: usize = 40;

/// What can be asked, and whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Askable {
    /// The instances that are there.
    pub instances: Vec<String>,
    /// The stores.
    pub stores: Vec<StoreName>,
}

/// A store that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreName {
    /// Its name.
    pub name: String,
    /// True if it holds windows: then some of them can be fetched.
    pub is_windowed: bool,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whom.
    pub instance: String,
    /// Which store.
    pub store: String,
    /// What.
    pub query: StoreQuery,
    /// Whether a standby task may answer, which may be behind.
    pub takes_stale: bool,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Key, value, and the task that has it.
    pub rows: Vec<[String; 3]>,
    /// Rows that are not shown.
    pub more: usize,
    /// What the call returned or threw, in one line.
    pub says: String,
    /// True if it threw.
    pub is_exception: bool,
    /// `queryMetadataForKey`: "alice lies in partition 1: active on counts-2, standby on counts".
    pub hosts: Option<String>,
    /// The instance that has the key, if it is another one.
    pub elsewhere: Option<String>,
}

/// What can be asked of an application; nothing if it keeps no state.
pub fn askable(timeline: &Timeline, name: &str) -> Askable {
    let cast = Cast::of(timeline.world());
    let Some((_, processes)) = app(&cast, name) else { return Askable::default() };
    let Some((_, streams)) = processes.first() else { return Askable::default() };
    let stores = streams.topology().stores().iter().filter(|store| {
        // What Kafka Streams opens for queries; the rest serves the operators alone.
        matches!(
            store.kind,
            StoreKind::KeyValue
                | StoreKind::PlainKeyValue
                | StoreKind::Window { .. }
                | StoreKind::Session { .. }
                | StoreKind::Versioned { .. }
        )
    });
    let store = |store: &millrace_streams::topology::StoreDef| StoreName {
        name: store.name.to_string(),
        is_windowed: matches!(store.kind, StoreKind::Window { .. } | StoreKind::Session { .. }),
    };
    Askable {
        instances: live(&processes).map(|(member, _)| member.node.name.to_string()).collect(),
        stores: stores.map(store).collect(),
    }
}

/// The answer as it is now. None if the application or the instance is not there.
pub fn reply(timeline: &Timeline, name: &str, asked: &Asked) -> Option<Reply> {
    let cast = Cast::of(timeline.world());
    let (_, processes) = app(&cast, name)?;
    let (_, streams) = live(&processes).find(|(member, _)| *member.node.name == *asked.instance)?;
    let key = match &asked.query {
        StoreQuery::Key(key) | StoreQuery::Windows(key, ..) => Some(key),
        StoreQuery::All | StoreQuery::Range(..) => None,
    };
    let hosts = key.and_then(|key| Some((key, streams.key_hosts(&asked.store, key)?)));
    let active = hosts.as_ref().and_then(|(_, hosts)| hosts.active.as_deref());
    let elsewhere = active.filter(|active| *active != asked.instance).map(str::to_owned);
    let told = hosts.as_ref().map(|(key, hosts)| told(&words::key(Some(key)), hosts));
    Some(match streams.query(&asked.store, &asked.query, asked.takes_stale) {
        Err(why) => Reply {
            rows: Vec::new(),
            more: 0,
            says: format!("InvalidStateStoreException: {why}"),
            is_exception: true,
            hosts: told,
            elsewhere,
        },
        Ok(found) => {
            let kind = kind_of(streams, &asked.store);
            let rows: Vec<[String; 3]> = found
                .iter()
                .map(|(task, row)| {
                    [row_key(&row.key, kind), words::cut(&row.value.to_text()), task.to_string()]
                })
                .collect();
            let says = match (rows.len(), &asked.query) {
                (0, StoreQuery::Key(_)) => say::null_this_instances_tasks_have().to_owned(),
                (0, _) => say::an_empty_iterator_this_instances().to_owned(),
                (n, _) => words::many(n, "row"),
            };
            let more = rows.len().saturating_sub(ROWS);
            let rows = rows.into_iter().take(ROWS).collect();
            Reply { rows, more, says, is_exception: false, hosts: told, elsewhere }
        }
    })
}

fn kind_of(streams: &StreamsNode, store: &str) -> StoreKind {
    let topology = streams.topology();
    let def = topology.store_named(store).and_then(|id| topology.store(id));
    def.map_or(StoreKind::KeyValue, |def| def.kind)
}

fn told(key: &str, hosts: &KeyHosts) -> String {
    if hosts.partition == Partition(-1) {
        return say::a_global_table_every_instance(&key);
    }
    let active = match &hosts.active {
        Some(active) => say::active_on(&active),
        None => say::active_nowhere().to_owned(),
    };
    let standby = match hosts.standby.is_empty() {
        true => String::new(),
        false => say::standby_on(&words::list(hosts.standby.iter().map(ToString::to_string), 4)),
    };
    say::lies_in_partition(&key, &hosts.partition, &active, &standby)
}
