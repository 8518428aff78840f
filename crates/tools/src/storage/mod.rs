//! `kafka-storage` (`StorageTool`): formats directories, says what is in them, and knows the releases' features.
//!
//! A directory is what files are in it; it is there if its `meta.properties` is. Formatting writes that file, for whoever
//! keeps files; the metadata's own log is not written.

mod format;
mod scram;

pub(crate) use format::looks_random;

use crate::admin::parse;
use crate::configs::properties;
use crate::console::Properties;
use crate::features::levels::METADATA;
use crate::features::{dependencies, mapping};
use crate::options::argparse::{Arg, Parser, Takes};
use crate::shell::{Exit, Shell};

const CONFIG: Arg = Arg::value(&["--config", "-c"], "", "the broker's settings").required();
const RELEASE: Arg =
    Arg::value(&["--release-version", "-r"], "", "the release whose features' levels it has");
const FEATURE: Arg =
    Arg::value(&["--feature", "-f"], "", "a feature and its level: metadata.version=5").takes(Takes::Each);

const PARSER: Parser = Parser {
    shows_defaults: true,
    commands: &[
        Parser::new("info", "Get information about the Kafka log directories on this node.", &[CONFIG]),
        Parser {
            groups: &[false],
            ..Parser::new(
                "format",
                "Format the Kafka log directories on this node.",
                &[
                    CONFIG,
                    Arg::value(&["--cluster-id", "-t"], "", "the cluster's id").required(),
                    Arg::value(
                        &["--add-scram", "-S"],
                        "",
                        "a user: SCRAM-SHA-256=[name=alice,password=alice-secret]",
                    )
                    .takes(Takes::Each),
                    Arg::flag(
                        &["--ignore-formatted", "-g"],
                        "leaves directories alone that are formatted already",
                    ),
                    RELEASE,
                    FEATURE,
                    Arg::flag(&["--standalone", "-s"], "a quorum of this controller alone, which may grow")
                        .group(1),
                    Arg::flag(&["--no-initial-controllers", "-N"], "no quorum that may grow").group(1),
                    Arg::value(
                        &["--initial-controllers", "-I"],
                        "",
                        "the controllers: id@host:port:directory, …",
                    )
                    .group(1),
                ],
            )
        },
        Parser::new("version-mapping", "Shows the features' levels of a release.", &[RELEASE]),
        Parser::new("feature-dependencies", "Shows what a feature's level needs.", &[FEATURE.required()]),
        Parser::new("random-uuid", "Print a random UUID.", &[]),
    ],
    ..Parser::new("kafka-storage", "The Kafka storage tool.", &[])
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = parse(shell, &PARSER, arguments, 0)?;
    let config = match given.value("--config") {
        Some(path) => read(shell, path)?,
        None => Properties::new(),
    };
    match given.command {
        Some("info") => info(shell, &directories(&config)),
        Some("format") => format::run(shell, &given, &config),
        Some("version-mapping") => match mapping(given.value("--release-version")) {
            Ok(text) => {
                shell.print(&text);
                Ok(())
            }
            Err(release) => {
                let (first, last) = (METADATA.least_bootstrap(), METADATA.newest());
                let words = format!(
                    "Unknown release version '{release}'. Supported versions are: {} to {}",
                    first.name, last.name
                );
                Err(shell.die(&words))
            }
        },
        Some("feature-dependencies") => {
            for feature in given.values("--feature") {
                let text = match of_feature(feature) {
                    Ok(text) => text,
                    Err(words) => return Err(shell.die(&words)),
                };
                shell.print(&text);
            }
            Ok(())
        }
        _ => {
            let id = looks_random(&shell.world().now().0.to_string());
            shell.say(id);
            Ok(())
        }
    }
}

fn of_feature(text: &str) -> Result<String, String> {
    let (name, level) = text.split_once('=').unwrap_or((text, ""));
    let number = level.parse().map_err(|_| format!("Invalid version format: {level} for feature {name}"))?;
    dependencies(name, number)
        .map_err(|()| format!("Feature level {level} is not supported for feature {name}"))?
}

fn read(shell: &mut Shell<'_>, path: &str) -> Result<Properties, Exit> {
    let Some(text) = shell.read(path) else {
        return Err(shell.uncaught("java.nio.file.NoSuchFileException", path));
    };
    Ok(properties(&text).map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect())
}

/// `log.dirs` and `metadata.log.dir`, sorted.
fn directories(config: &Properties) -> Vec<String> {
    let logs = config.get("log.dirs").or(config.get("log.dir")).map_or("/tmp/kafka-logs", String::as_str);
    let mut all: Vec<String> = logs.split(',').map(|dir| dir.trim().to_owned()).collect();
    all.extend(config.get("metadata.log.dir").cloned());
    all.retain(|dir| !dir.is_empty());
    all.sort();
    all.dedup();
    all
}

/// What `meta.properties` of a directory says.
fn meta(shell: &Shell<'_>, directory: &str) -> Option<Properties> {
    let text = shell.read(&format!("{directory}/meta.properties"))?;
    Some(properties(&text).map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect())
}

fn info(shell: &mut Shell<'_>, directories: &[String]) -> Result<(), Exit> {
    let (mut problems, mut found) = (Vec::new(), Vec::new());
    let mut first: Option<Properties> = None;
    for directory in directories {
        let Some(meta) = meta(shell, directory) else {
            problems.push(format!("{directory} does not exist"));
            continue;
        };
        found.push(directory);
        let differs = |key: &str| first.as_ref().is_some_and(|first| first.get(key) != meta.get(key));
        if differs("cluster.id") {
            problems.push("Mismatched cluster IDs between storage directories.".to_owned());
        } else if differs("node.id") {
            problems.push("Mismatched node IDs between storage directories.".to_owned());
        }
        first.get_or_insert(meta);
    }
    let headed =
        |one: &str, several: &str, count: usize| if count == 1 { one.to_owned() } else { several.to_owned() };
    if !found.is_empty() {
        shell.say(headed("Found log directory:", "Found log directories:", found.len()));
        found.iter().for_each(|directory| shell.say(format!("  {directory}")));
        shell.say("");
    }
    if let Some(first) = first {
        let shown: Vec<String> = first.iter().map(|(key, value)| format!("{key}={value}")).collect();
        shell.say(format!("Found metadata: {{{}}}\n", shown.join(", ")));
    }
    if problems.is_empty() {
        return Ok(());
    }
    shell.say(headed("Found problem:", "Found problems:", problems.len()));
    problems.iter().for_each(|problem| shell.say(format!("  {problem}")));
    shell.say("");
    Err(Exit(1))
}
