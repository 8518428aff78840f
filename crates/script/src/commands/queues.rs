//! `queue`: a queue beside the log, which forgets what is acknowledged. Not Kafka's.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::span;
use millrace_model::Span;
use millrace_sim::{Command, Name, QueueAction, QueueCommand, QueueConfig};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "queue start",
        synopsis: "queue start NAME [--prefetch N] [--visibility-timeout DURATION]",
        meaning: "starts a queue that forgets what is acknowledged (not Kafka's): each worker has up to N messages that it has not acknowledged; they come back when it dies, or after that time",
        example: "queue start tasks --prefetch 2",
    },
    Help {
        name: "queue send",
        synopsis: "queue send NAME N",
        meaning: "sends N messages to a queue",
        example: "queue send tasks 6",
    },
    Help {
        name: "queue rate",
        synopsis: "queue rate NAME PER-SECOND|off",
        meaning: "has messages sent to a queue by themselves",
        example: "queue rate tasks 20",
    },
    Help {
        name: "queue worker",
        synopsis: "queue worker NAME WORKER [--work DURATION]",
        meaning: "starts a worker that takes messages from a queue, works so long on each and acknowledges it; again: another pace, or a new life",
        example: "queue worker tasks w1 --work 2s",
    },
    Help {
        name: "queue crash",
        synopsis: "queue crash NAME WORKER",
        meaning: "kills a worker of a queue",
        example: "queue crash tasks w1",
    },
];

/// How long a message takes unless told otherwise.
const WORK: Span = Span::from_millis(100);

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let verb = arguments.choice("what to do:", &["start", "send", "rate", "worker", "crash"])?;
    let name = Name::from(arguments.word("a queue's name")?.name("a queue's name")?);
    let mut worker = || Ok(Name::from(arguments.word("a worker's name")?.name("a worker's name")?));
    let action = match verb {
        0 => start(arguments)?,
        1 => {
            let what = "how many messages";
            QueueAction::Send(whole(&arguments.word(what)?, what, 1, 10_000)?)
        }
        2 => {
            let what = "messages a second, or off";
            let value = arguments.word(what)?;
            QueueAction::Rate(if value.text() == "off" { 0 } else { whole(&value, what, 0, 1_000)? })
        }
        3 => {
            let worker = worker()?;
            work(worker, arguments)?
        }
        _ => QueueAction::Crash(worker()?),
    };
    arguments.done()?;
    Ok(Command::Queue(Box::new(QueueCommand { name, action })))
}

fn start(arguments: &mut Arguments<'_>) -> Result<QueueAction, Problem> {
    let options = Options { once: vec!["prefetch", "visibility-timeout"], many: &[] };
    let mut config = QueueConfig { prefetch: 1, visibility_timeout: None };
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("prefetch") => {
                let what = "how many messages a worker has and has not acknowledged";
                config.prefetch = whole(&arguments.value(what)?, what, 1, 1_000)?;
            }
            Argument::Option(_) => {
                let what = "after how long an unacknowledged message is handed out again";
                config.visibility_timeout = Some(span(&arguments.value(what)?, what, "s")?);
            }
        }
    }
    Ok(QueueAction::Start(config))
}

fn work(worker: Name, arguments: &mut Arguments<'_>) -> Result<QueueAction, Problem> {
    let options = Options { once: vec!["work"], many: &[] };
    let mut work = WORK;
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(_) => {
                let what = "how long a message takes it";
                work = span(&arguments.value(what)?, what, "ms")?;
            }
        }
    }
    Ok(QueueAction::Work(worker, work))
}

pub(super) fn print(command: &QueueCommand) -> String {
    let (verb, words, options): (_, Vec<String>, Vec<(&str, String)>) = match &command.action {
        QueueAction::Start(config) => {
            let prefetch = (config.prefetch != 1).then(|| ("prefetch", config.prefetch.to_string()));
            let timeout =
                config.visibility_timeout.map(|timeout| ("visibility-timeout", timeout.to_string()));
            ("start", Vec::new(), prefetch.into_iter().chain(timeout).collect())
        }
        QueueAction::Send(count) => ("send", vec![count.to_string()], Vec::new()),
        QueueAction::Rate(0) => ("rate", vec!["off".to_owned()], Vec::new()),
        QueueAction::Rate(rate) => ("rate", vec![rate.to_string()], Vec::new()),
        QueueAction::Work(worker, work) => {
            let work = (*work != WORK).then(|| ("work", work.to_string()));
            ("worker", vec![worker.to_string()], work.into_iter().collect())
        }
        QueueAction::Crash(worker) => ("crash", vec![worker.to_string()], Vec::new()),
    };
    let mut line = format!("queue {verb}");
    add(&mut line, &command.name);
    words.iter().for_each(|word| add(&mut line, word));
    for (name, value) in &options {
        option(&mut line, name, value);
    }
    line
}
