//! Which options of `kafka-consumer-groups` go together (`ConsumerGroupCommandOptions.checkArgs`).

use super::{ABOUT, GRAMMAR};
use crate::options::{Given, exclusive, help_or_version, in_java_order, listed, require, usage};
use crate::shell::{Exit, Shell};

/// Where a reset goes to.
pub(super) const SCENARIOS: [&str; 8] = [
    "to-offset",
    "shift-by",
    "to-datetime",
    "by-duration",
    "to-earliest",
    "to-latest",
    "to-current",
    "from-file",
];

const GROUPS: [&str; 2] = ["group", "all-groups"];

pub(super) fn check(shell: &mut Shell<'_>, arguments: &[String], given: &Given) -> Result<(), Exit> {
    help_or_version(shell, &GRAMMAR, given, (arguments.is_empty(), ABOUT))?;
    require(shell, &GRAMMAR, given, &["bootstrap-server"])?;
    let wrong = |shell: &mut Shell<'_>, words: &str| Err(usage(shell, &GRAMMAR, words));
    let has_group = GROUPS.iter().any(|name| given.has(name));
    if given.has("describe") {
        if !has_group {
            let words =
                format!("Option [describe] takes one of these options: {}", listed(&in_java_order(&GROUPS)));
            return wrong(shell, &words);
        }
        let views = ["members", "offsets", "state"];
        if views.iter().filter(|view| given.has(view)).count() > 1 {
            let words = format!("Option [describe] takes at most one of these options: {}", listed(&views));
            return wrong(shell, &words);
        }
        if !given.values("state").is_empty() {
            return wrong(shell, "Option [describe] does not take a value for [state]");
        }
    }
    if given.has("delete") {
        if !has_group {
            let words =
                format!("Option [delete] takes one of these options: {}", listed(&in_java_order(&GROUPS)));
            return wrong(shell, &words);
        }
        if given.has("topic") {
            return wrong(
                shell,
                "The consumer does not support topic-specific offset deletion from a consumer group.",
            );
        }
    }
    if given.has("delete-offsets") && !(given.has("group") && given.has("topic")) {
        let both = listed(&in_java_order(&["group", "topic"]));
        return wrong(shell, &format!("Option [delete-offsets] takes the following options: {both}"));
    }
    if given.has("reset-offsets") {
        check_reset(shell, given)?;
    }
    exclusive(shell, &GRAMMAR, given, ("group", &["all-groups"]))?;
    exclusive(shell, &GRAMMAR, given, ("group", &["list"]))?;
    exclusive(shell, &GRAMMAR, given, ("topic", &in_java_order(&["list", "describe"])))
}

fn check_reset(shell: &mut Shell<'_>, given: &Given) -> Result<(), Exit> {
    if given.has("dry-run") && given.has("execute") {
        let words = "Option [reset-offsets] only accepts one of [execute] and [dry-run]";
        return Err(usage(shell, &GRAMMAR, words));
    }
    if !given.has("dry-run") && !given.has("execute") {
        shell.complain(
            "WARN: No action will be performed as the --execute option is missing.In a future major release, the default \
             behavior of this command will be to prompt the user before executing the reset rather than doing a dry run. You \
             should add the --dry-run option explicitly if you are scripting this command and want to keep the current default \
             behavior without prompting.",
        );
    }
    if !GROUPS.iter().any(|name| given.has(name)) {
        let words =
            format!("Option [reset-offsets] takes one of these options: {}", listed(&in_java_order(&GROUPS)));
        return Err(usage(shell, &GRAMMAR, &words));
    }
    let order = [
        "to-offset",
        "to-datetime",
        "by-duration",
        "to-earliest",
        "to-latest",
        "to-current",
        "shift-by",
        "from-file",
    ];
    for name in order {
        let others: Vec<&str> =
            in_java_order(&SCENARIOS).into_iter().filter(|other| *other != name).collect();
        exclusive(shell, &GRAMMAR, given, (name, &others))?;
    }
    Ok(())
}
