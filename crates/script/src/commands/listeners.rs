//! `broker listeners`: where a broker's process runs, on what it listens and what it advertises. Kafka's settings have Kafka's
//! names, the container's those of `docker run`.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::problem::Problem;
use crate::language::quote::option;
use millrace_model::BrokerId;
use millrace_sim::{Command, SetListeners};
use std::sync::Arc;

pub(super) const HELP: Help = Help {
    name: "broker listeners",
    synopsis: "broker listeners broker-N [--network NAME|host] [--name NAME] [--publish HOST-PORT:PORT,…] [--listeners LIST] [--advertised-listeners LIST] [--listener-security-protocol-map MAP] [--inter-broker-listener-name NAME]",
    meaning: "starts a broker anew with other listeners, or in a container of its own; what is left out stays, its records stay, connections by addresses break. Who is told no --bootstrap-server reaches everything",
    example: "broker listeners broker-1 --network docker --name kafka --publish 9092:9092 --listeners PLAINTEXT://:9092 --advertised-listeners PLAINTEXT://localhost:9092",
};

type Field = fn(&mut SetListeners) -> &mut Option<Arc<str>>;

/// The options that are texts, in the order in which they are written; `publish` comes behind the second.
const TEXTS: [(&str, &str, Field); 6] = [
    ("network", "a container network, or host", |change| &mut change.network),
    ("name", "its name in the network", |change| &mut change.hostname),
    ("listeners", "listeners, such as PLAINTEXT://:9092", |change| &mut change.listeners),
    ("advertised-listeners", "addresses for clients, such as PLAINTEXT://localhost:9092", |change| {
        &mut change.advertised
    }),
    ("listener-security-protocol-map", "a map, such as INSIDE:PLAINTEXT,HOST:PLAINTEXT", |change| {
        &mut change.protocol_map
    }),
    ("inter-broker-listener-name", "a listener's name", |change| &mut change.inter_broker),
];

const PUBLISH: &str = "ports of the host and of the container, such as 9092:9092";

pub(super) fn parse(id: BrokerId, arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let mut once: Vec<&'static str> = TEXTS.iter().map(|(name, ..)| *name).collect();
    once.push("publish");
    let options = Options { once, many: &[] };
    let mut change = SetListeners::of(id);
    while let Some(argument) = arguments.argument(&options)? {
        let name = match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(name) => name,
        };
        match TEXTS.iter().find(|(known, ..)| *known == name) {
            None => change.publish = Some(publish(&arguments.value(PUBLISH)?)?),
            Some((name, what, field)) => {
                let value = arguments.value(what)?;
                // A container has a name; what Kafka may be told can be taken away again.
                let is_name = matches!(*name, "network" | "name" | "listeners");
                let text = if is_name { value.name(what)? } else { value.text() };
                *field(&mut change) = Some(text.into());
            }
        }
    }
    if change == SetListeners::of(id) {
        return Err(
            arguments.missing("what is to be different, such as --listeners or --advertised-listeners")
        );
    }
    Ok(Command::SetListeners(Box::new(change)))
}

/// `9092:9092,29092:19092`; nothing for none.
fn publish(value: &Value<'_>) -> Result<Vec<(u16, u16)>, Problem> {
    let ports = value.text().split(',').filter(|part| !part.is_empty()).map(|part| {
        let (outside, inside) = part.split_once(':')?;
        Some((outside.parse().ok()?, inside.parse().ok()?))
    });
    ports.collect::<Option<Vec<_>>>().ok_or_else(|| value.wrong(PUBLISH))
}

pub(super) fn print(change: &SetListeners) -> String {
    let mut line = format!("broker listeners broker-{}", change.id);
    let mut change = change.clone();
    for (at, (name, _, field)) in TEXTS.iter().enumerate() {
        if at == 2
            && let Some(ports) = &change.publish
        {
            let ports: Vec<String> =
                ports.iter().map(|(outside, inside)| format!("{outside}:{inside}")).collect();
            option(&mut line, "publish", &ports.join(","));
        }
        if let Some(text) = field(&mut change).as_deref() {
            option(&mut line, name, text);
        }
    }
    line
}
