//! `kafka-storage format` (`Formatter`).

use super::{directories, meta};
use crate::cluster::shown_id;
use crate::console::Properties;
use crate::features::levels::{METADATA, MetadataVersion};
use crate::options::argparse::Namespace;
use crate::shell::{Exit, Shell};
use millrace_broker::assignor::TopicId;
use millrace_broker::java_hash::string_hash_code;

pub(super) fn run(shell: &mut Shell<'_>, given: &Namespace, config: &Properties) -> Result<(), Exit> {
    let roles = config.get("process.roles").map_or("", String::as_str);
    if roles.is_empty() {
        return Err(shell.die(
            "The kafka configuration file appears to be for a legacy cluster. Formatting is only supported for clusters in \
             KRaft mode.",
        ));
    }
    let release =
        given.value("--release-version").or(config.get("inter.broker.protocol.version").map(String::as_str));
    let version = match release.map(|text| (text, MetadataVersion::of_release(text))) {
        Some((text, None)) => {
            let words = format!("Version {text} is not a valid version");
            return Err(shell.uncaught("java.lang.IllegalArgumentException", &words));
        }
        Some((_, Some(version))) => version,
        None => METADATA.newest(),
    };
    let is_controller = roles.split(',').any(|role| role.trim() == "controller");
    let is_standalone = given.has("--standalone");
    if is_standalone && !is_controller {
        return Err(shell.die("You can only use --standalone on a controller."));
    }
    let has_voters = config.get("controller.quorum.voters").is_some_and(|voters| !voters.is_empty());
    let is_dynamic = is_standalone || given.has("--initial-controllers");
    if is_controller && !has_voters && !is_dynamic && !given.has("--no-initial-controllers") {
        return Err(shell.die(
            "Because controller.quorum.voters is not set on this controller, you must specify one of the following: \
             --standalone, --initial-controllers, or --no-initial-controllers.",
        ));
    }
    if !version.is_kraft() {
        return Err(shell.die(&format!("metadata.version {} is too old to be supported.", version.name)));
    }
    if !version.is_production() {
        return Err(shell.die(&format!("metadata.version {} is not yet stable.", version.name)));
    }
    let users = given.values("--add-scram");
    if !users.is_empty() && !version.knows_scram() {
        return Err(shell.die("SCRAM is only supported in metadata.version 3.5-IV2 or later."));
    }
    for user in users {
        super::scram::check(user).map_err(|words| shell.die(&words))?;
    }
    format(shell, given, config, (version, is_dynamic))
}

fn format(
    shell: &mut Shell<'_>,
    given: &Namespace,
    config: &Properties,
    (version, is_dynamic): (MetadataVersion, bool),
) -> Result<(), Exit> {
    let cluster = given.value("--cluster-id").unwrap_or_default();
    let node = config.get("node.id").or(config.get("broker.id")).cloned().unwrap_or_default();
    let directories = directories(config);
    let of_metadata = config.get("metadata.log.dir").or(directories.first()).cloned().unwrap_or_default();
    let known: Vec<(String, Properties)> =
        directories.iter().filter_map(|dir| Some((dir.clone(), meta(shell, dir)?))).collect();
    for (directory, meta) in &known {
        let path = format!("{directory}/meta.properties");
        let (id, old_node) = (meta.get("cluster.id"), meta.get("node.id"));
        let words = match (id, old_node) {
            (Some(id), _) if id != cluster => {
                format!("Invalid cluster.id in: {path}. Expected {cluster}, but read {id}")
            }
            (_, Some(old)) if *old != node => format!(
                "Stored node id {old} doesn't match previous node id {node} in {path}. If you moved your data, make sure \
                 your configured node id matches. If you intend to create a new node, you should remove all data in your \
                 data directories."
            ),
            _ => continue,
        };
        return Err(shell.uncaught("java.lang.RuntimeException", &words));
    }
    if let Some((directory, _)) = known.first().filter(|_| !given.has("--ignore-formatted")) {
        return Err(shell.die(&format!(
            "Log directory {directory} is already formatted. Use --ignore-formatted to ignore this directory and format \
             the others."
        )));
    }
    let empty: Vec<&String> =
        directories.iter().filter(|dir| !known.iter().any(|(known, _)| known == *dir)).collect();
    if empty.is_empty() {
        shell.say("All of the log directories are already formatted.");
        return Ok(());
    }
    for directory in empty {
        let kind = match (*directory == of_metadata, is_dynamic) {
            (false, _) => "data directory",
            (true, false) => "metadata directory",
            (true, true) => "dynamic metadata voter directory",
        };
        shell.say(format!("Formatting {kind} {directory} with metadata.version {}.", version.name));
        let id = looks_random(&format!("{cluster}{directory}"));
        let text = format!("cluster.id={cluster}\ndirectory.id={id}\nnode.id={node}\nversion=1\n");
        shell.write(format!("{directory}/meta.properties"), text);
    }
    Ok(())
}

/// An id that looks random and always is the same.
pub(crate) fn looks_random(seed: &str) -> String {
    let mut state = u64::from(string_hash_code(seed).cast_unsigned()) << 16 | 0x5bd1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state ^ (state >> 29)
    };
    let (most, least) = (next().cast_signed(), next().cast_signed());
    // Version 4, variant 2, and no dash in front, as `Uuid.randomUuid` has it.
    let most = (most & !0xf000) | 0x4000;
    let least = (least & 0x3fff_ffff_ffff_ffff) | i64::MIN;
    shown_id(TopicId { most, least })
}
