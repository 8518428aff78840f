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

/// The text that a tool prints for `--help`.
pub fn usage(name: &str) -> String {
    let argv = [name.to_owned(), "--help".to_owned()];
    // No tool looks at the world to print its help.
    let world = World::new(&Setup::default());
    let outcome = millrace_tools::run(&world, &Invocation { argv: &argv, stdin: "", files: &NoFiles });
    outcome.map_or_else(String::new, |outcome| outcome.stdout + &outcome.stderr)
}

/// What a tool is for, in its own words.
pub fn about(name: &str) -> String {
    let usage = usage(name);
    let first = usage.lines().find(|line| !line.starts_with("usage: ")).unwrap_or_default().trim();
    let about = first.strip_prefix("This tool ").unwrap_or(first);
    let about =
        ["helps to ", "is used to "].iter().find_map(|begin| about.strip_prefix(begin)).unwrap_or(about);
    about.trim_end_matches('.').to_owned()
}

/// The options of a tool.
pub fn flags(name: &str) -> Vec<Flag> {
    usage(name).lines().filter_map(flag).collect()
}

/// `* --topic <topic>      the topic's name`
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

/// The address of a broker, as `--bootstrap-server` takes it.
pub fn bootstrap(world: &World) -> String {
    let broker = world.brokers().next().and_then(|broker| broker.brokers().first());
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
    let is_addressed =
        says(&["--bootstrap-server", "-bootstrap-server", "--bootstrap-controller", "--broker-list"]);
    let asks = says(&["--help", "--version", "-h", "-v"]);
    if words.is_empty() || is_addressed || asks {
        return argv;
    }
    if flags(name).iter().any(|flag| flag.name == "--bootstrap-server") {
        let address = bootstrap(world);
        argv.splice(1..1, ["--bootstrap-server".to_owned(), address]);
    }
    argv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_its_options() {
        // These have arguments or sub-commands alone.
        let without = ["kafka-cluster", "kafka-e2e-latency", "kafka-storage"];
        for name in millrace_tools::names().filter(|name| !without.contains(name)) {
            let flags = flags(name);
            assert!(flags.len() >= 2, "{name}: {flags:?}");
            assert!(flags.iter().all(|flag| !flag.name.contains(['<', '>', '['])), "{name}: {flags:?}");
        }
        let topics = flags("kafka-topics");
        let topic = topics.iter().find(|flag| flag.name == "--topic").unwrap();
        assert!(!topic.argument.is_empty() && !topic.meaning.is_empty(), "{topic:?}");
        assert_eq!(topics.iter().find(|flag| flag.name == "--list").unwrap().argument, "");
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
