//! `kafka-consumer-groups` (`ConsumerGroupCommand`): one file an action; what is known of a group is in [`view`].

mod checks;
mod delete;
mod describe;
mod list;
mod offsets;
mod reset;
mod view;

use crate::admin::load;
use crate::cluster::check_bootstrap;
use crate::options::{Given, Grammar, Opt, OptionError, usage};
use crate::shell::{Exit, Shell};

const ABOUT: &str = "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset \
                     consumer group offsets.";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("group", "group", "a group; may be repeated"),
        Opt::value("topic", "topic[:p,p]", "a topic, or some of its partitions; may be repeated"),
        Opt::flag("all-topics", "all topics for which the group has committed something"),
        Opt::flag("list", "lists the groups"),
        Opt::flag("describe", "shows offsets and lag of groups"),
        Opt::flag("all-groups", "all groups"),
        Opt::flag("delete", "deletes groups"),
        Opt::value("timeout", "ms", "how long to wait for the cluster"),
        Opt::value("command-config", "file", "settings of the admin client"),
        Opt::flag("reset-offsets", "changes what groups have committed"),
        Opt::flag("delete-offsets", "deletes what a group has committed for topics"),
        Opt::flag("dry-run", "shows what a reset would do"),
        Opt::flag("execute", "does the reset"),
        Opt::flag("export", "prints the reset as CSV"),
        Opt::value("to-offset", "offset", "resets to an offset"),
        Opt::value("from-file", "file", "resets to the offsets of a CSV file"),
        Opt::value("to-datetime", "YYYY-MM-DDTHH:mm:ss.sss", "resets to the first record that is not older"),
        Opt::value(
            "by-duration",
            "PnDTnHnMnS",
            "resets to the first record that is not older than so long ago",
        ),
        Opt::flag("to-earliest", "resets to the start of the log"),
        Opt::flag("to-latest", "resets to its end"),
        Opt::flag("to-current", "resets to what is committed"),
        Opt::value("shift-by", "number", "moves by so many records, back if negative"),
        Opt::flag("members", "describes the members").only_with(&["describe"]),
        Opt::flag("verbose", "describes more").only_with(&["describe"]),
        Opt::flag("offsets", "describes the offsets: the default").only_with(&["describe"]),
        Opt::optional("state", "states", "describes or lists states; lists only groups in one of these")
            .only_with(&["describe", "list"]),
        Opt::optional("type", "types", "lists types; only groups of one of these").only_with(&["list"]),
    ],
};

const LOGGER: &str = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";

/// What ends an action early.
enum Failure {
    /// `IllegalArgumentException`: the sentence and the usage, exit code 1.
    Usage(String),
    /// Anything else: Java's class and the sentence; the exit code is 0.
    Error(&'static str, String),
    /// It was said already.
    Exit(Exit),
}

impl From<OptionError> for Failure {
    fn from(error: OptionError) -> Failure {
        Failure::Error(error.class, error.words)
    }
}

impl From<Exit> for Failure {
    fn from(exit: Exit) -> Failure {
        Failure::Exit(exit)
    }
}

impl Failure {
    /// `new RuntimeException(cause)`
    fn caused_by(cause: &str) -> Failure {
        Failure::Error("java.lang.RuntimeException", cause.to_owned())
    }
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.uncaught(error.class, &error.words)),
    };
    checks::check(shell, arguments, &given)?;
    let actions = ["list", "describe", "delete", "reset-offsets", "delete-offsets"];
    if actions.iter().filter(|action| given.has(action)).count() != 1 {
        let words = "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets";
        return Err(usage(shell, &GRAMMAR, words));
    }
    let done = open(shell, &given).and_then(|()| match actions.iter().find(|action| given.has(action)) {
        Some(&"list") => list::list(shell, &given),
        Some(&"describe") => describe::describe(shell, &given),
        Some(&"delete") => delete::delete_groups(shell, &given),
        Some(&"reset-offsets") => reset::reset(shell, &given),
        _ => delete::delete_offsets(shell, &given),
    });
    match done {
        Ok(()) => Ok(()),
        Err(Failure::Usage(words)) => Err(usage(shell, &GRAMMAR, &words)),
        Err(Failure::Exit(exit)) => Err(exit),
        Err(Failure::Error(class, words)) => {
            error(shell, &format!("Executing consumer group command failed due to {words}"));
            shell.complain(format!("{class}: {words}"));
            Ok(())
        }
    }
}

/// Makes the admin client; every action then asks for `--timeout`.
fn open(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    if let Err(path) = load(shell, given.value("command-config")?) {
        return Err(Failure::caused_by(&format!("java.nio.file.NoSuchFileException: {path}")));
    }
    let servers = given.value("bootstrap-server")?.unwrap_or_default();
    if check_bootstrap(servers).is_err() {
        let words = "Failed to create new KafkaAdminClient".to_owned();
        return Err(Failure::Error("org.apache.kafka.common.KafkaException", words));
    }
    given.number::<i64>("timeout")?;
    Ok(())
}

/// `printError`
fn error(shell: &mut Shell<'_>, words: &str) {
    shell.say(format!("\nError: {words}"));
}
