//! `kafka-dump-log` (`DumpLogSegments`): what is in the files of a log, byte for byte.
//!
//! The files are those that the tool is given, and those of the playground's broker: every partition's segments, as Kafka
//! would have written them (`files`).

mod decoders;
mod files;
mod index;
mod log;
mod schema;
mod snapshots;

use crate::options::{Given, Grammar, Opt, OptionError, help_or_version, require};
use crate::shell::{Exit, Shell};
use index::TimeIndexErrors;

const ABOUT: &str = "This tool helps to parse a log file and dump its contents to the console, useful for debugging a \
                     seemingly corrupt log segment.";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::flag("print-data-log", "prints keys and values; any decoder does so, too"),
        Opt::flag("verify-index-only", "compares the index with the log and prints nothing of it"),
        Opt::flag("index-sanity-check", "looks at the index as a broker does when it starts"),
        Opt::value(
            "files",
            "file,file",
            "required: the files, such as /tmp/kraft-combined-logs/orders-0/00000000000000000000.log",
        ),
        Opt::value("max-message-size", "bytes", "the largest batch, default 5242880"),
        Opt::value("max-bytes", "bytes", "reads so much of a log at most"),
        Opt::flag("deep-iteration", "shows each record, not only batches"),
        Opt::optional("value-decoder-class", "class", "what makes values readable"),
        Opt::optional("key-decoder-class", "class", "what makes keys readable"),
        Opt::flag("offsets-decoder", "of __consumer_offsets"),
        Opt::flag("transaction-log-decoder", "of __transaction_state"),
        Opt::flag("cluster-metadata-decoder", "of the controller's log"),
        Opt::flag("remote-log-metadata-decoder", "of the log of remote segments"),
        Opt::flag("share-group-state-decoder", "of __share_group_state"),
        Opt::flag("skip-record-metadata", "leaves out where a record lies and how large it is"),
    ],
};

/// Options that say what a record's bytes mean.
const DECODERS: [&str; 5] = [
    "offsets-decoder",
    "transaction-log-decoder",
    "cluster-metadata-decoder",
    "remote-log-metadata-decoder",
    "share-group-state-decoder",
];

/// An exception that ends the tool: its class, its sentence.
type Thrown = (String, String);

fn thrown<T>(class: &str, words: impl Into<String>) -> Result<T, Thrown> {
    Err((class.to_owned(), words.into()))
}

impl From<OptionError> for Wrapped {
    fn from(error: OptionError) -> Wrapped {
        Wrapped((error.class.to_owned(), error.words))
    }
}

/// So that `?` makes an exception of a mistake in the options.
struct Wrapped(Thrown);

impl From<Wrapped> for Thrown {
    fn from(wrapped: Wrapped) -> Thrown {
        wrapped.0
    }
}

/// What is asked for.
struct Wanted {
    prints_data: bool,
    is_deep: bool,
    skips_metadata: bool,
    only_sanity: bool,
    only_verify: bool,
    max_message_size: usize,
    /// `--max-bytes`, if it was given and is not the largest number there is.
    max_bytes: Option<usize>,
    decoder: decoders::Decoder,
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.uncaught(error.class, &error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    require(shell, &GRAMMAR, &given, &["files"])?;
    dump(shell, &given).map_err(|(class, words)| shell.uncaught(&class, &words))
}

fn dump(shell: &mut Shell<'_>, given: &Given) -> Result<(), Thrown> {
    let files = given.value("files").map_err(Wrapped::from)?.unwrap_or_default().to_owned();
    let mut mismatches = Vec::new();
    let mut time_errors = TimeIndexErrors::default();
    let mut gaps = Vec::new();
    for path in files.split(',') {
        shell.say(format!("Dumping {path}"));
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(dot) = name.rfind('.') else {
            let words = format!("begin -1, end {0}, length {0}", name.chars().count());
            return thrown("java.lang.StringIndexOutOfBoundsException", words);
        };
        match name.get(dot..).unwrap_or_default() {
            ".log" | ".checkpoint" => log::dump(shell, path, &wanted(given)?, &mut gaps)?,
            ".index" => index::dump(shell, path, &wanted(given)?, &mut mismatches)?,
            ".timeindex" => index::dump_times(shell, path, &wanted(given)?, &mut time_errors)?,
            ".snapshot" => snapshots::dump_producers(shell, path)?,
            ".txnindex" => snapshots::dump_transactions(shell, path)?,
            _ => shell.complain(format!("Ignoring unknown file {path}")),
        }
    }
    for (path, pairs) in mismatches {
        shell.complain(format!("Mismatches in :{path}"));
        for (index, log) in pairs {
            shell.complain(format!("  Index offset: {index}, log offset: {log}"));
        }
    }
    time_errors.complain(shell);
    for (path, pairs) in gaps {
        shell.complain(format!("Non-consecutive offsets in {path}"));
        for (first, second) in pairs {
            shell.complain(format!("  {first} is followed by {second}"));
        }
    }
    Ok(())
}

fn wanted(given: &Given) -> Result<Wanted, Thrown> {
    let decodes = DECODERS.iter().any(|name| given.has(name));
    let prints_data = given.has("print-data-log")
        || decodes
        || given.has("value-decoder-class")
        || given.has("key-decoder-class");
    let size = |name: &str| given.number::<i32>(name).map_err(Wrapped::from);
    let max_bytes = size("max-bytes")?.filter(|bytes| *bytes < i32::MAX);
    Ok(Wanted {
        prints_data,
        is_deep: given.has("deep-iteration") || prints_data,
        skips_metadata: given.has("skip-record-metadata"),
        only_sanity: given.has("index-sanity-check"),
        only_verify: given.has("verify-index-only"),
        max_message_size: usize::try_from(size("max-message-size")?.unwrap_or(5 * 1024 * 1024)).unwrap_or(0),
        max_bytes: max_bytes.map(|bytes| usize::try_from(bytes).unwrap_or(0)),
        decoder: decoders::Decoder::of(given)?,
    })
}

/// The number that a file's name begins with.
fn base_offset(path: &str) -> Result<i64, Thrown> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let digits = name.split('.').next().unwrap_or_default();
    match digits.parse() {
        Ok(offset) => Ok(offset),
        Err(_) => thrown("java.lang.NumberFormatException", format!("For input string: \"{digits}\"")),
    }
}

#[cfg(test)]
mod tests;
