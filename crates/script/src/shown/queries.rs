//! Interactive queries as lines: what stores hold, and who has a key.

use super::Shown;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::{print_timestamp, timestamp};
use millrace_model::Timestamp;
use millrace_sim::node::streams::StoreQuery;
use millrace_sim::{Name, World};
use std::fmt::Write;

pub(super) fn parse_query(arguments: &mut Arguments<'_>) -> Result<Shown, Problem> {
    let (name, store) = name_and_store(arguments)?;
    let options = Options { once: vec!["key", "from", "to", "after", "before", "stale"], many: &[] };
    let (mut key, mut from, mut to) = (None, None, None);
    let (mut after, mut before, mut stale) = (None, None, false);
    while let Some(argument) = arguments.argument(&options)? {
        let text = |value: Value<'_>| value.text().to_owned();
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("key") => key = Some(text(arguments.value("a key")?)),
            Argument::Option("from") => from = Some(text(arguments.value("the first key")?)),
            Argument::Option("to") => to = Some(text(arguments.value("the last key")?)),
            Argument::Option("after") => after = Some(timestamp(&arguments.value("the first start")?)?),
            Argument::Option("before") => before = Some(timestamp(&arguments.value("the last start")?)?),
            Argument::Option(_) => stale = true,
        }
    }
    let bytes = |text: String| millrace_model::Bytes::from(text.into_bytes());
    let query = match (key, from, to, after, before) {
        (None, None, None, None, None) => StoreQuery::All,
        (Some(key), None, None, None, None) => StoreQuery::Key(bytes(key)),
        (None, Some(from), Some(to), None, None) => StoreQuery::Range(bytes(from), bytes(to)),
        (Some(key), None, None, Some(after), Some(before)) => {
            StoreQuery::Windows(bytes(key), after.0, before.0)
        }
        _ => {
            return Err(arguments.missing("--key, or --from and --to, or --key with --after and --before"));
        }
    };
    Ok(Shown::Query(name, store, query, stale))
}

pub(super) fn parse_where(arguments: &mut Arguments<'_>) -> Result<Shown, Problem> {
    let (name, store) = name_and_store(arguments)?;
    let key = arguments.word("a key")?.text().to_owned();
    arguments.done()?;
    Ok(Shown::Where(name, store, key))
}

fn name_and_store(arguments: &mut Arguments<'_>) -> Result<(Name, String), Problem> {
    let expected = "a streams application's name";
    let name: Name = arguments.word(expected)?.name(expected)?.into();
    let store = arguments.word("a store's name")?.name("a store's name")?.to_owned();
    Ok((name, store))
}

pub(super) fn print_query(name: &str, store: &str, query: &StoreQuery, stale: bool) -> String {
    let mut line = "streams query".to_owned();
    add(&mut line, name);
    add(&mut line, store);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match query {
        StoreQuery::All => {}
        StoreQuery::Key(key) => option(&mut line, "key", &text(key)),
        StoreQuery::Range(from, to) => {
            option(&mut line, "from", &text(from));
            option(&mut line, "to", &text(to));
        }
        StoreQuery::Windows(key, after, before) => {
            option(&mut line, "key", &text(key));
            option(&mut line, "after", &print_timestamp(Timestamp(*after)));
            option(&mut line, "before", &print_timestamp(Timestamp(*before)));
        }
    }
    if stale {
        line.push_str(" --stale");
    }
    line
}

pub(super) fn print_where(name: &str, store: &str, key: &str) -> String {
    let mut line = "streams where".to_owned();
    for word in [name, store, key] {
        add(&mut line, word);
    }
    line
}

/// One row a line: the key, the value, the instance and the task. What an instance does not answer is said behind.
pub(super) fn answer(
    world: &World,
    name: &str,
    store: &str,
    query: &StoreQuery,
    stale: bool,
) -> Result<String, String> {
    let (mut lines, mut refused, mut asked) = (String::new(), None, false);
    for (_, node, streams) in world.live_streams_instances(name) {
        asked = true;
        match streams.query(store, query, stale) {
            Ok(rows) => {
                for (task, row) in rows {
                    let _ = writeln!(lines, "{} = {}  ({}, task {task})", row.key, row.value, node.name);
                }
            }
            Err(words) => refused = Some(words),
        }
    }
    match refused {
        _ if !asked => Err(format!("no instance of {name} runs")),
        Some(words) if lines.is_empty() => Err(words),
        _ => Ok(lines.trim_end().to_owned()),
    }
}

pub(super) fn hosts(world: &World, name: &str, store: &str, key: &str) -> Result<String, String> {
    let mut instances = world.live_streams_instances(name);
    let Some((.., streams)) = instances.next() else { return Err(format!("no instance of {name} runs")) };
    let Some(hosts) = streams.key_hosts(store, key.as_bytes()) else {
        return Err(format!("no instance has a partition of {store} (KeyQueryMetadata.NOT_AVAILABLE)"));
    };
    if hosts.partition.0 < 0 {
        return Ok(format!("{key}: every instance has the whole table"));
    }
    let active = hosts.active.as_deref().unwrap_or("unavailable");
    let mut text = format!("{key}: partition {}, active on {active}", hosts.partition);
    if !hosts.standby.is_empty() {
        let _ = write!(text, ", standby on {}", hosts.standby.join(", "));
    }
    Ok(text)
}
