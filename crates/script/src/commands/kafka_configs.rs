//! `kafka-configs --alter`: settings of topics, brokers, groups, users, clients; and the lines of what else an
//! administrator does.

use super::{kafka_consumer_groups, kafka_delete_records, topic_import};
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::problem::Problem;
use crate::language::quote::option;
use millrace_model::protocol::{AdminRequest, ConfigChanges, ConfigResource, ResourceKind};
use millrace_sim::Command;

pub(super) const HELP: &[Help] = &[Help {
    name: "kafka-configs --alter",
    synopsis: "kafka-configs --alter --entity-type topics|brokers|groups|users|clients|ips|client-metrics --entity-name NAME | --entity-default [--add-config KEY=VALUE,KEY=[VALUE,VALUE]] [--delete-config KEY,KEY] [--bootstrap-server HOST:PORT]",
    meaning: "changes settings while everything runs",
    example: "kafka-configs --alter --entity-type topics --entity-name orders --add-config retention.ms=60000",
}];

const TYPES: [&str; 7] = ["topics", "brokers", "groups", "users", "clients", "ips", "client-metrics"];

/// How an entity's type is called, for what is no quota.
const KINDS: [(&str, ResourceKind); 4] = [
    ("topics", ResourceKind::Topic),
    ("brokers", ResourceKind::Broker),
    ("groups", ResourceKind::Group),
    ("client-metrics", ResourceKind::ClientMetrics),
];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let options = Options {
        once: vec!["alter", "add-config", "delete-config", "bootstrap-server"],
        many: &["entity-type", "entity-name", "entity-default"],
    };
    let mut alters = false;
    let (mut types, mut names): (Vec<usize>, Vec<Option<String>>) = (Vec::new(), Vec::new());
    let mut changes = ConfigChanges::new();
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("alter") => alters = true,
            Argument::Option("entity-type") => {
                let expected = "what has the settings";
                types.push(arguments.value(expected)?.choice(expected, &TYPES)?);
            }
            Argument::Option("entity-name") => {
                names.push(Some(arguments.value("the name of what has the settings")?.text().to_owned()));
            }
            Argument::Option("entity-default") => names.push(None),
            Argument::Option("add-config") => {
                let expected = "settings, such as retention.ms=60000,cleanup.policy=[compact,delete]";
                let value = arguments.value(expected)?;
                for part in outside_brackets(value.text()) {
                    let Some((key, new)) = part.split_once('=') else { return Err(value.wrong(expected)) };
                    changes.push((key.trim().into(), Some(new.trim().replace(['[', ']'], "").into())));
                }
            }
            Argument::Option("delete-config") => {
                let value = arguments.value("names of settings, set off by commas")?;
                changes.extend(value.text().split(',').map(|key| (key.trim().into(), None)));
            }
            Argument::Option(_) => drop(arguments.value("the broker's address")?),
        }
    }
    if !alters {
        return Err(arguments.missing("--alter"));
    }
    if types.is_empty() || types.len() != names.len() {
        return Err(arguments.missing("--entity-type and --entity-name (or --entity-default) for each"));
    }
    if changes.is_empty() {
        return Err(arguments.missing("--add-config or --delete-config"));
    }
    let entity: Vec<(&str, Option<&str>)> = types
        .iter()
        .filter_map(|at| TYPES.get(*at).copied())
        .zip(names.iter().map(|name| name.as_deref()))
        .collect();
    let resource = resource(&entity, &changes)
        .ok_or_else(|| arguments.missing("users, clients or both, or one thing of another type"))?;
    let request = AdminRequest::IncrementalAlterConfigs { resource, changes };
    Ok(Command::Administer { request: Box::new(request) })
}

/// Parts set off by commas, except for those in brackets.
fn outside_brackets(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = text.split(move |c| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.collect()
}

fn resource(entity: &[(&str, Option<&str>)], changes: &ConfigChanges) -> Option<ConfigResource> {
    if let [(kind, name)] = entity {
        if let Some((_, kind)) = KINDS.iter().find(|(known, _)| known == kind) {
            return Some(ConfigResource::new(*kind, name.unwrap_or_default()));
        }
        if let ("users", Some(name)) = (*kind, name)
            && changes.iter().all(|(key, _)| key.starts_with("SCRAM-"))
        {
            return Some(ConfigResource::new(ResourceKind::Scram, name));
        }
    }
    let is_quota = entity.iter().all(|(kind, _)| matches!(*kind, "users" | "clients" | "ips"));
    is_quota.then(|| ConfigResource::quota(entity.iter().copied()))
}

/// The line of whatever an administrator asks for.
pub(super) fn print(request: &AdminRequest) -> String {
    match request {
        AdminRequest::IncrementalAlterConfigs { resource, changes } => print_alter(resource, changes),
        AdminRequest::DeleteRecords { offsets } => kafka_delete_records::print(offsets),
        AdminRequest::ImportLogs { offsets } => topic_import::print(offsets),
        AdminRequest::DeleteGroups { group } => kafka_consumer_groups::print_delete(group),
        AdminRequest::OffsetDelete { group, partitions } => {
            kafka_consumer_groups::print_delete_offsets(group, partitions)
        }
        AdminRequest::WriteTxnMarkers { tp, producer_id, producer_epoch, coordinator_epoch } => {
            super::kafka_transactions::print(tp, (*producer_id, *producer_epoch), *coordinator_epoch)
        }
    }
}

fn print_alter(resource: &ConfigResource, changes: &ConfigChanges) -> String {
    let mut line = "kafka-configs --alter".to_owned();
    let entity = match KINDS.iter().find(|(_, kind)| *kind == resource.kind) {
        Some((kind, _)) => {
            let name = (!resource.name.is_empty()).then(|| resource.name.to_string());
            vec![((*kind).to_owned(), name)]
        }
        None if resource.kind == ResourceKind::Scram => {
            vec![("users".to_owned(), Some(resource.name.to_string()))]
        }
        None => resource.entity(),
    };
    for (kind, name) in entity {
        option(&mut line, "entity-type", &kind);
        match name {
            Some(name) => option(&mut line, "entity-name", &name),
            None => line.push_str(" --entity-default"),
        }
    }
    let added: Vec<String> = changes
        .iter()
        .filter_map(|(key, value)| {
            let value = value.as_deref()?;
            Some(if value.contains(',') { format!("{key}=[{value}]") } else { format!("{key}={value}") })
        })
        .collect();
    let deleted: Vec<&str> =
        changes.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| &**key).collect();
    if !added.is_empty() {
        option(&mut line, "add-config", &added.join(","));
    }
    if !deleted.is_empty() {
        option(&mut line, "delete-config", &deleted.join(","));
    }
    line
}
