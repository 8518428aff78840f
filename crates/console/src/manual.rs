//! `help` and `man`: what there is to say, and how. The pages are put together from the help table of `script` and from
//! what each tool prints for `--help`; of its own this has only examples for tools that no line of `script` shows.

use crate::tool;
use millrace_script::{Help, help};
use std::fmt::Write;

/// A line of a tool that can be typed, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The line.
    pub line: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

const EXAMPLES: &[Example] = &[
    Example { line: "kafka-topics --list", meaning: "the topics" },
    Example {
        line: "kafka-topics --describe --topic orders",
        meaning: "a topic's partitions, their leaders and replicas",
    },
    Example {
        line: "echo 'alice:{\"amount\": 5}' | kafka-console-producer --topic orders --property parse.key=true --property key.separator=:",
        meaning: "one record with a key",
    },
    Example {
        line: "kafka-console-producer --topic orders <<EOF\nfirst\nsecond\nEOF",
        meaning: "a record for each line up to the word EOF",
    },
    Example {
        line: "kafka-console-consumer --topic orders --from-beginning --timeout-ms 5000 --property print.key=true",
        meaning: "reads from the start until nothing comes for 5 seconds of virtual time",
    },
    Example { line: "kafka-consumer-groups --list", meaning: "the groups" },
    Example {
        line: "kafka-consumer-groups --describe --group billing",
        meaning: "a group's offsets and lag",
    },
    Example {
        line: "kafka-consumer-groups --describe --group billing --members --verbose",
        meaning: "its members, and what each reads",
    },
    Example {
        line: "kafka-consumer-groups --describe --group billing --state",
        meaning: "its state and its coordinator",
    },
    Example {
        line: "kafka-configs --describe --entity-type topics --entity-name orders",
        meaning: "what is set for a topic",
    },
    Example { line: "kafka-get-offsets --topic orders", meaning: "the end of each partition" },
    Example {
        line: "kafka-leader-election --election-type preferred --all-topic-partitions",
        meaning: "gives each partition back to its first replica",
    },
    Example { line: "kafka-log-dirs --describe", meaning: "how large each partition's log is" },
    Example { line: "kafka-cluster cluster-id", meaning: "the id of this cluster" },
    Example {
        line: "kafka-metadata-quorum describe --status",
        meaning: "who leads the quorum of controllers",
    },
    Example {
        line: "kafka-producer-perf-test --topic orders --num-records 200 --record-size 100 --throughput 50 --producer-props bootstrap.servers=localhost:9092",
        meaning: "sends records and measures, on virtual time",
    },
    Example {
        line: "kafka-streams-application-reset --application-id analytics --input-topics orders",
        meaning: "an application that has stopped begins anew",
    },
];

/// The lines that show a tool at work, where no line of `script` does.
pub fn examples() -> impl Iterator<Item = &'static Example> {
    EXAMPLES.iter()
}

const OWN: &[(&str, &str, &str)] = &[
    ("help", "help [VERB [WORD]]", "this list, or a page about a verb, with examples"),
    ("man", "man TOOL", "a page about one of Kafka's tools, or about a verb"),
    (
        "bare",
        "bare LINE",
        "the command alone, as a click gives it: no tool looks at it first, nobody waits for its answer",
    ),
    ("echo", "echo [-e] [-n] TEXT… [| TOOL]", "prints a text, or hands it to a tool as its standard input"),
    ("cat", "cat <<WORD [| TOOL]", "the same with the lines that follow, up to WORD"),
];

const READING: &str = "\
A line may go on behind a backslash; what follows # is a comment. Text with blanks stands in quotes: 'a b'.
Tools read from  echo TEXT | TOOL,  TOOL <<EOF with lines up to EOF,  or  TOOL <<< TEXT.
--bootstrap-server may be left out. Tab completes, ↑ and ↓ go through what was typed, Ctrl R searches in it.
";

/// The page about some words; about everything without any.
///
/// # Errors
/// That there is none, with what was probably meant.
pub fn page(words: &[String]) -> Result<String, String> {
    let Some((first, rest)) = words.split_first() else { return Ok(overview()) };
    if let Some(name) = tool::name(first) {
        return Ok(of_tool(name));
    }
    if let Some((_, synopsis, meaning)) = OWN.iter().find(|(name, ..)| name == first) {
        return Ok(format!("{synopsis}\n    {meaning}\n\n{READING}"));
    }
    let said = words.join(" ");
    let is_of = |line: &&Help| {
        line.name == said || line.name.strip_prefix(&*said).is_some_and(|rest| rest.starts_with(' '))
    };
    let mut lines: Vec<&Help> = help().filter(is_of).collect();
    if lines.is_empty() && !rest.is_empty() {
        // `help consumer freeze`: several verbs share a line.
        let is_near = |line: &&Help| line.name.split(' ').next() == Some(first);
        lines = help().filter(is_near).collect();
    }
    if lines.is_empty() {
        let meant = tool::nearest(first).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
        return Err(format!("there is no help for `{said}`{meant}"));
    }
    let mut page = String::new();
    for line in lines {
        if !page.is_empty() {
            page.push('\n');
        }
        entry(&mut page, line);
    }
    Ok(page)
}

fn entry(page: &mut String, line: &Help) {
    let _ = write!(page, "{}\n    {}\n    for example:  {}\n", line.synopsis, line.meaning, line.example);
}

fn overview() -> String {
    let mut page = "Kafka's tools, with or without .sh:\n".to_owned();
    let mut row = String::new();
    for name in millrace_tools::names() {
        if row.len() + name.len() > 76 {
            let _ = writeln!(page, " {row}");
            row.clear();
        }
        let _ = write!(row, " {name}");
    }
    let _ = writeln!(page, " {row}\n\nWhat Kafka has no tool for:");
    let width = help().map(|line| line.name.len()).max().unwrap_or(0);
    for line in help().filter(|line| tool::name(line.name.split(' ').next().unwrap_or("")).is_none()) {
        let _ = writeln!(page, "  {:<width$}  {}", line.name, line.meaning);
    }
    let _ = writeln!(page, "\nThe console's own:");
    for (name, _, meaning) in OWN {
        let _ = writeln!(page, "  {name:<width$}  {meaning}");
    }
    let _ = write!(page, "\nhelp VERB says more, and man TOOL.\n{READING}");
    page
}

fn of_tool(name: &str) -> String {
    let usage = tool::usage(name, None);
    let options = usage.strip_prefix("This tool").and_then(|rest| rest.split_once('\n'));
    let options = options.map_or(usage.as_str(), |(_, options)| options);
    let mut page = format!("NAME\n    {name} - {}\n\n", tool::about(name));
    let of_it = |line: &str| {
        let mut words = line.split([' ', '\n', '|']).filter(|word| !word.is_empty());
        words.any(|word| word == name)
    };
    let shown: Vec<(&str, &str)> = help()
        .filter(|line| of_it(line.example))
        .map(|line| (line.example, line.meaning))
        .chain(
            examples().filter(|example| of_it(example.line)).map(|example| (example.line, example.meaning)),
        )
        .collect();
    if !options.trim().is_empty() {
        page.push_str("OPTIONS\n");
        for line in options.lines() {
            let _ = writeln!(page, "    {}", line.trim_end());
        }
        page.push('\n');
    }
    if !shown.is_empty() {
        page.push_str("EXAMPLES\n");
        for (line, meaning) in shown {
            let _ = writeln!(page, "    # {meaning}\n    {}", line.replace('\n', "\n    "));
        }
        page.push('\n');
    }
    page.push_str("NOTE\n    --help ends with exit code 1 in many of Kafka's tools, so it does here.\n");
    page
}
