//! Which options of `kafka-topics` go together (`TopicCommandOptions.checkArgs`).

use super::GRAMMAR;
use crate::options::{Given, exclusive, help_or_version, require, usage};
use crate::shell::{Exit, Shell};

const ACTIONS: [&str; 5] = ["alter", "create", "describe", "list", "delete"];
const REPORTS: [&str; 4] = [
    "under-replicated-partitions",
    "under-min-isr-partitions",
    "at-min-isr-partitions",
    "unavailable-partitions",
];

pub(super) fn check(shell: &mut Shell<'_>, arguments: &[String], given: &Given) -> Result<(), Exit> {
    if arguments.is_empty() {
        return Err(usage(shell, &GRAMMAR, "Create, delete, describe, or change a topic."));
    }
    let about = "This tool helps to create, delete, describe, or change a topic.";
    help_or_version(shell, &GRAMMAR, given, (false, about))?;
    if ACTIONS.iter().filter(|action| given.has(action)).count() != 1 {
        let words =
            "Command must include exactly one action: --list, --describe, --create, --alter or --delete";
        return Err(usage(shell, &GRAMMAR, words));
    }
    if given.has("delete-config") {
        shell.complain(
            "delete-config option is no longer supported and deprecated since version 4.0. The config will be fully \
             removed in future releases.",
        );
    }
    required(shell, given)?;
    // An option, the actions that it belongs to, and what else it does not go with.
    let only: [(&str, &[&str], &[&str]); 12] = [
        ("config", &["alter", "create"], &[]),
        ("partitions", &["alter", "create"], &[]),
        ("replication-factor", &["create"], &[]),
        ("replica-assignment", &["alter", "create"], &[]),
        ("under-replicated-partitions", &["describe"], &["topics-with-overrides"]),
        ("under-min-isr-partitions", &["describe"], &["topics-with-overrides"]),
        ("at-min-isr-partitions", &["describe"], &["topics-with-overrides"]),
        ("unavailable-partitions", &["describe"], &["topics-with-overrides"]),
        ("topics-with-overrides", &["describe"], &REPORTS),
        ("if-exists", &["alter", "delete", "describe"], &[]),
        ("if-not-exists", &["create"], &[]),
        ("exclude-internal", &["list", "describe"], &[]),
    ];
    for (option, allowed, more) in only {
        let others = ACTIONS.iter().filter(|action| !allowed.contains(action)).chain(more);
        let others: Vec<&str> = others.copied().collect();
        exclusive(shell, &GRAMMAR, given, (option, &others))?;
        if option == "replica-assignment" && given.has("create") {
            exclusive(shell, &GRAMMAR, given, (option, &["partitions", "replication-factor"]))?;
        }
    }
    Ok(())
}

fn required(shell: &mut Shell<'_>, given: &Given) -> Result<(), Exit> {
    if !given.has("bootstrap-server") {
        return Err(shell.die("--bootstrap-server must be specified"));
    }
    if given.has("describe") && given.has("if-exists") {
        match (given.has("topic"), given.has("topic-id")) {
            (false, false) => {
                return Err(usage(shell, &GRAMMAR, "--topic or --topic-id is required to describe a topic"));
            }
            (true, true) => shell.say(
                "Only topic id will be used when both --topic and --topic-id are specified and topicId is not \
                 Uuid.ZERO_UUID",
            ),
            (true, false) | (false, true) => {}
        }
    }
    if !given.has("list") && !given.has("describe") {
        require(shell, &GRAMMAR, given, &["topic"])?;
    }
    if given.has("alter") {
        if given.has("config") {
            let words = "Option combination \"[[bootstrap-server], [config]]\" can't be used with option \"[alter]\" \
                         (To alter topic configurations, the kafka-configs tool can be used.)";
            return Err(usage(shell, &GRAMMAR, words));
        }
        require(shell, &GRAMMAR, given, &["partitions"])?;
    }
    Ok(())
}
