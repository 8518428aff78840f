//! Tools whose options are known and whose work the playground does not do: their help, their version, and what they say to
//! an option that they do not have.

use crate::options::{Grammar, Opt, help_or_version, usage};
use crate::shell::{Exit, Shell};

/// What becomes of an option that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unknown {
    /// The sentence.
    Die,
    /// An exception that nobody catches.
    Uncaught,
    /// The sentence and the usage.
    Usage,
}

/// A tool that reads its options by jopt-simple.
struct Outline {
    name: &'static str,
    about: &'static str,
    unknown: Unknown,
    grammar: Grammar,
}

/// A tool that reads them by argparse4j.
struct Parser {
    name: &'static str,
    /// Without arguments: the exit code, and whether the usage goes to the standard output.
    alone: (u8, bool),
    /// The exit code of `--help`.
    help: u8,
    /// The options of the help, and those of the one line that comes with a mistake.
    options: &'static [&'static str],
    brief: &'static [&'static str],
}

/// Every name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    OUTLINES.iter().map(|tool| tool.name).chain(PARSERS.iter().map(|tool| tool.name))
}

/// Runs the tool of that name, if it is one of these.
pub(crate) fn run(shell: &mut Shell<'_>, name: &str, arguments: &[String]) -> Option<Result<(), Exit>> {
    if let Some(tool) = OUTLINES.iter().find(|tool| tool.name == name) {
        return Some(outline(shell, tool, arguments));
    }
    let tool = PARSERS.iter().find(|tool| tool.name == name)?;
    Some(Err(parser(shell, tool, arguments)))
}

fn outline(shell: &mut Shell<'_>, tool: &'static Outline, arguments: &[String]) -> Result<(), Exit> {
    let grammar = &tool.grammar;
    if tool.name == "kafka-replica-verification" {
        let words = "This tool is deprecated and may be removed in a future major release.";
        shell.log("WARN", words, "org.apache.kafka.tools.ReplicaVerificationTool");
    }
    let given = match grammar.parse(arguments) {
        Ok(given) => given,
        Err(error) => {
            return Err(match tool.unknown {
                Unknown::Die => shell.die(&error.words),
                Unknown::Uncaught => shell.uncaught(error.class, &error.words),
                Unknown::Usage => usage(shell, grammar, &error.words),
            });
        }
    };
    help_or_version(shell, grammar, &given, (arguments.is_empty(), tool.about))?;
    Err(not_here(shell, tool.name))
}

fn parser(shell: &mut Shell<'_>, tool: &Parser, arguments: &[String]) -> Exit {
    let text = |options: &[&str]| {
        let lines: String = options.iter().map(|option| format!("  {option}\n")).collect();
        format!("usage: {} [-h] …\n{lines}", tool.name)
    };
    if arguments.is_empty() {
        let (code, is_out) = tool.alone;
        if is_out {
            shell.print(&text(tool.options));
        } else {
            shell.complain(text(tool.brief).trim_end());
        }
        return Exit(code);
    }
    if arguments.iter().any(|word| word == "--help" || word == "-h") {
        shell.print(&text(tool.options));
        return Exit(tool.help);
    }
    let known = |word: &String| {
        !word.starts_with("--") || tool.options.contains(&word.split('=').next().unwrap_or(""))
    };
    if !arguments.iter().all(known) {
        shell.complain(text(tool.brief).trim_end());
        return Exit(1);
    }
    not_here(shell, tool.name)
}

fn not_here(shell: &mut Shell<'_>, name: &str) -> Exit {
    shell.die(&format!("{name}: the playground has nothing for this tool to work on"))
}

const OUTLINES: &[Outline] = &[
    Outline {
        name: "kafka-replica-verification",
        about: "Validate that all replicas for a set of topics have the same data.",
        unknown: Unknown::Die,
        grammar: Grammar {
            options: &[
                Opt::value("broker-list", "host:port", ""),
                Opt::value("fetch-size", "bytes", ""),
                Opt::value("max-wait-ms", "ms", ""),
                Opt::value("report-interval-ms", "ms", ""),
                Opt::value("time", "time", ""),
                Opt::value("topics-include", "regex", ""),
            ],
        },
    },
    Outline {
        name: "kafka-console-share-consumer",
        about: "This tool helps to read data from Kafka topics using share groups and outputs it to standard output.",
        unknown: Unknown::Usage,
        grammar: Grammar {
            options: &[
                Opt::value("bootstrap-server", "value", ""),
                Opt::value("consumer-config", "value", ""),
                Opt::value("consumer-property", "value", ""),
                Opt::value("formatter", "value", ""),
                Opt::value("formatter-config", "value", ""),
                Opt::value("group", "value", ""),
                Opt::value("key-deserializer", "value", ""),
                Opt::value("max-messages", "value", ""),
                Opt::value("property", "value", ""),
                Opt::flag("reject", ""),
                Opt::flag("reject-message-on-error", ""),
                Opt::flag("release", ""),
                Opt::value("timeout-ms", "value", ""),
                Opt::value("topic", "value", ""),
                Opt::value("value-deserializer", "value", ""),
            ],
        },
    },
    Outline {
        name: "kafka-share-groups",
        about: "This tool helps to list, describe, reset and delete share groups.",
        unknown: Unknown::Uncaught,
        grammar: Grammar {
            options: &[
                Opt::flag("all-topics", ""),
                Opt::value("bootstrap-server", "value", ""),
                Opt::value("command-config", "value", ""),
                Opt::flag("delete", ""),
                Opt::flag("delete-offsets", ""),
                Opt::flag("describe", ""),
                Opt::flag("dry-run", ""),
                Opt::flag("execute", ""),
                Opt::value("group", "value", ""),
                Opt::flag("list", ""),
                Opt::flag("members", ""),
                Opt::flag("offsets", ""),
                Opt::flag("reset-offsets", ""),
                Opt::flag("state", ""),
                Opt::value("timeout", "value", ""),
                Opt::value("to-datetime", "value", ""),
                Opt::flag("to-earliest", ""),
                Opt::flag("to-latest", ""),
                Opt::value("topic", "value", ""),
            ],
        },
    },
];

const PARSERS: &[Parser] = &[
    Parser {
        name: "kafka-verifiable-producer",
        alone: (0, true),
        help: 1,
        options: &[
            "--acks",
            "--bootstrap-server",
            "--max-messages",
            "--message-create-time",
            "--producer.config",
            "--repeating-keys",
            "--throughput",
            "--topic",
            "--value-prefix",
        ],
        brief: &[
            "--acks",
            "--max-messages",
            "--message-create-time",
            "--producer.config",
            "--repeating-keys",
            "--throughput",
            "--value-prefix",
        ],
    },
    Parser {
        name: "kafka-verifiable-consumer",
        alone: (0, true),
        help: 1,
        options: &[
            "--assignment-strategy",
            "--bootstrap-server",
            "--consumer.config",
            "--enable-autocommit",
            "--group-id",
            "--group-instance-id",
            "--group-protocol",
            "--group-remote-assignor",
            "--max-messages",
            "--reset-policy",
            "--session-timeout",
            "--topic",
            "--verbose",
        ],
        brief: &[
            "--assignment-strategy",
            "--consumer.config",
            "--enable-autocommit",
            "--group-instance-id",
            "--group-protocol",
            "--group-remote-assignor",
            "--max-messages",
            "--reset-policy",
            "--session-timeout",
            "--verbose",
        ],
    },
];
