//! Kafka's tools as the console knows them: their names, their options (read from the text that each prints for `--help`,
//! so that there is no second list), and the address that is filled in.

use millrace_expr::suggest;
use millrace_script::help;
use millrace_sim::{Setup, World};
use millrace_tools::{Invocation, NoFiles};

/// The words of the console itself.
pub const OWN: &[&str] = &["help", "man", "bare", "echo", "cat"];

/// An option of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// With its dashes.
    pub name: String,
    /// What follows it, as the help calls it; empty for none.
    pub argument: String,
    /// What it does.
    pub meaning: String,
}

/// The tool that a first word names, without path and `.sh`: `bin/kafka-topics.sh` is `kafka-topics`.
pub fn name(word: &str) -> Option<&'static str> {
    let word = word.rsplit('/').next().unwrap_or(word);
    let word = word.strip_suffix(".sh").unwrap_or(word);
    millrace_tools::names().find(|name| *name == word)
}

/// Every first word.
pub fn verbs() -> Vec<&'static str> {
    let mut verbs: Vec<&str> = help().filter_map(|line| line.name.split(' ').next()).collect();
    verbs.extend(millrace_tools::names());
    verbs.extend(OWN);
    millrace_model::collections::sort::sort(&mut verbs);
    verbs.dedup();
    verbs
}

/// The first word that was probably meant.
pub fn nearest(word: &str) -> Option<&'static str> {
    let word = word.rsplit('/').next().unwrap_or(word);
    suggest::nearest(word.strip_suffix(".sh").unwrap_or(word), verbs())
}

/// The text that a tool prints for `--help`, alone or behind a sub-command.
pub fn usage(name: &str, command: Option<&str>) -> String {
    let argv: Vec<String> = [name].into_iter().chain(command).chain(["--help"]).map(str::to_owned).collect();
    // No tool looks at the world to print its help.
    let world = World::new(&Setup::default());
    let outcome = millrace_tools::run(&world, &Invocation { argv: &argv, stdin: "", files: &NoFiles });
    outcome.map_or_else(String::new, |outcome| outcome.stdout + &outcome.stderr)
}

/// What a tool is for, in its own words.
pub fn about(name: &str) -> String {
    let usage = usage(name, None);
    // Below argparse4j's usage, which ends with an empty line.
    let text = match usage.strip_prefix("usage: ").and_then(|rest| rest.split_once("\n\n")) {
        Some((_, text)) => text,
        None => &usage,
    };
    let first = text.lines().next().filter(|line| !line.ends_with(':')).unwrap_or_default().trim();
    let about = first.strip_prefix("This tool ").unwrap_or(first);
    let about =
        ["helps to ", "is used to "].iter().find_map(|begin| about.strip_prefix(begin)).unwrap_or(about);
    about.trim_end_matches('.').to_owned()
}

/// The sub-commands of a tool, each with what it is for.
pub fn commands(name: &str) -> Vec<(String, String)> {
    let usage = usage(name, None);
    let Some((_, text)) = usage.split_once("\npositional arguments:\n") else { return Vec::new() };
    let lines = text.lines().take_while(|line| !line.is_empty());
    let commands = lines.filter_map(|line| line.strip_prefix("    ").filter(|line| !line.starts_with(' ')));
    let split = |line: &str| {
        let (name, about) = line.split_once(' ').unwrap_or((line, ""));
        (name.to_owned(), about.trim().to_owned())
    };
    commands.map(split).collect()
}

/// The options of a tool, those of its sub-command among them.
pub fn flags(name: &str, command: Option<&str>) -> Vec<Flag> {
    let read = |usage: &str| match usage.split_once("\noptional arguments:\n") {
        Some((_, text)) => of_argparse(text),
        None => usage.lines().filter_map(flag).collect(),
    };
    let mut flags = read(&usage(name, None));
    if let Some(command) = command.filter(|word| !word.starts_with('-')) {
        for flag in read(&usage(name, Some(command))) {
            if flags.iter().all(|known| known.name != flag.name) {
                flags.push(flag);
            }
        }
    }
    flags
}

/// jopt-simple's `* --topic <topic>      the topic's name`.
fn flag(line: &str) -> Option<Flag> {
    let line = line.trim_start();
    let line = line.strip_prefix("* ").unwrap_or(line);
    let end = line.find([' ', '=', ',']).unwrap_or(line.len());
    let (name, rest) = line.split_at_checked(end)?;
    if !name.starts_with("--") || name.len() < 3 || name.starts_with("---") {
        return None;
    }
    let rest = rest.trim_start();
    let inside = rest.strip_prefix("[<").or_else(|| rest.strip_prefix('<'));
    let (argument, meaning) = match inside.and_then(|rest| rest.split_once('>')) {
        Some((argument, meaning)) => (argument, meaning.strip_prefix(']').unwrap_or(meaning)),
        None => ("", rest),
    };
    Some(Flag { name: name.to_owned(), argument: argument.to_owned(), meaning: meaning.trim().to_owned() })
}

/// argparse4j's `  --topic TOPIC, -t TOPIC`, and what it means behind it or below.
fn of_argparse(text: &str) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for line in text.lines() {
        let title = line.strip_prefix("  ").filter(|line| line.starts_with('-'));
        let Some(title) = title else {
            if let Some(last) = flags.last_mut() {
                let space = if last.meaning.is_empty() { "" } else { " " };
                last.meaning = [last.meaning.as_str(), space, line.trim()].concat();
            }
            continue;
        };
        let (title, meaning) = title.split_once("  ").unwrap_or((title, ""));
        let long = title.split(", ").find(|part| part.starts_with("--"));
        if let Some(long) = long {
            let (name, argument) = long.split_once(' ').unwrap_or((long, ""));
            let (name, argument) = (name.to_owned(), argument.to_lowercase());
            flags.push(Flag { name, argument, meaning: meaning.trim().to_owned() });
        }
    }
    flags
}

/// The address of a broker, as `--bootstrap-server` takes it.
pub fn bootstrap(world: &World) -> String {
    let broker = world.asked_broker().and_then(|broker| broker.brokers().first());
    broker.map_or_else(|| "localhost:9092".to_owned(), |info| format!("{}:{}", info.host, info.port))
}

/// Fills in `--bootstrap-server` where it is missing: there is one cluster. What asks for help, for a version or for
/// nothing is left alone.
pub fn with_bootstrap(world: &World, argv: &[String]) -> Vec<String> {
    let mut argv = argv.to_vec();
    let Some((name, words)) = argv.split_first() else { return argv };
    let says = |options: &[&str]| {
        words.iter().any(|word| {
            let option = word.split('=').next().unwrap_or(word);
            options.contains(&option)
        })
    };
    let is_addressed = says(&["--bootstrap-server", "-bootstrap-server", "--bootstrap-controller"]);
    let asks = says(&["--help", "--version", "-h", "-v"]);
    if words.is_empty() || is_addressed || asks {
        return argv;
    }
    let has = |flags: Vec<Flag>| flags.iter().any(|flag| flag.name == "--bootstrap-server");
    let command = words.first().map(String::as_str);
    let place = if has(flags(name, None)) {
        1
    } else if has(flags(name, command)) {
        2
    } else {
        return argv;
    };
    let address = bootstrap(world);
    argv.splice(place..place, ["--bootstrap-server".to_owned(), address]);
    argv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_its_options() {
        for name in millrace_tools::names().filter(|name| *name != "kafka-e2e-latency") {
            let (flags, commands) = (flags(name, None), commands(name));
            assert!(flags.len() >= 2 || !commands.is_empty(), "{name}: {flags:?} {commands:?}");
            assert!(flags.iter().all(|flag| !flag.name.contains(['<', '>', '['])), "{name}: {flags:?}");
            assert!(!about(name).is_empty() || !commands.is_empty(), "{name}");
        }
        let topics = flags("kafka-topics", None);
        let topic = topics.iter().find(|flag| flag.name == "--topic").unwrap();
        assert!(!topic.argument.is_empty() && !topic.meaning.is_empty(), "{topic:?}");
        assert_eq!(topics.iter().find(|flag| flag.name == "--list").unwrap().argument, "");
    }

    #[test]
    fn a_sub_command_has_options_of_its_own() {
        let names: Vec<String> = commands("kafka-cluster").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["cluster-id", "unregister"]);
        let of = |command| {
            let found = flags("kafka-cluster", command).into_iter().find(|flag| flag.name == "--id");
            found.map(|flag| (flag.argument, flag.meaning))
        };
        assert_eq!(of(None), None);
        assert_eq!(of(Some("unregister")), Some(("id".to_owned(), "the broker".to_owned())));
        let world = World::new(&Setup::default());
        let filled = |line: &str| {
            let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
            with_bootstrap(&world, &argv).join(" ")
        };
        assert_eq!(
            filled("kafka-cluster cluster-id"),
            "kafka-cluster cluster-id --bootstrap-server broker-1:9092"
        );
        assert_eq!(
            filled("kafka-metadata-quorum describe --status"),
            "kafka-metadata-quorum --bootstrap-server broker-1:9092 describe --status"
        );
        assert_eq!(filled("kafka-topics --help"), "kafka-topics --help");
        // Brokers' numbers are no address.
        assert_eq!(
            filled("kafka-log-dirs --describe --broker-list 1"),
            "kafka-log-dirs --bootstrap-server broker-1:9092 --describe --broker-list 1"
        );
    }

    #[test]
    fn a_tool_has_many_spellings_and_a_near_one() {
        for word in ["kafka-topics", "kafka-topics.sh", "bin/kafka-topics.sh", "/opt/kafka/bin/kafka-topics"]
        {
            assert_eq!(name(word), Some("kafka-topics"), "{word}");
        }
        assert_eq!(name("consumer"), None);
        assert_eq!(nearest("bin/kafka-topic.sh"), Some("kafka-topics"));
        assert_eq!(nearest("consumr"), Some("consumer"));
    }
}
