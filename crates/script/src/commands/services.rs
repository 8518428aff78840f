//! `service`: something downstream that applications call.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::span;
use millrace_model::Span;
use millrace_sim::{Command, Name, ServiceAction, ServiceCommand};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "service start",
        synopsis: "service start NAME [--latency DURATION] [--capacity N]",
        meaning: "starts a service that works on N calls at a time; applications call it with --calls NAME",
        example: "service start payments --latency 100ms --capacity 2",
    },
    Help {
        name: "service break",
        synopsis: "service break NAME [--errors PERCENT] [--latency DURATION [--share PERCENT]]",
        meaning: "breaks a service: so many of its calls fail (all of them unless said), and each (or that share) takes so long",
        example: "service break payments --errors 50",
    },
    Help {
        name: "service mend",
        synopsis: "service mend NAME",
        meaning: "mends a service; what waits in its queue stays there",
        example: "service mend payments",
    },
];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let verb = arguments.choice("what to do:", &["start", "break", "mend"])?;
    let name = Name::from(arguments.word("a service's name")?.name("a service's name")?);
    let once = match verb {
        0 => vec!["latency", "capacity"],
        1 => vec!["errors", "latency", "share"],
        _ => Vec::new(),
    };
    let options = Options { once, many: &[] };
    let (mut latency, mut number, mut share) = (None, None, 100);
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("latency") => {
                let what = "how long it works on a call";
                latency = Some(span(&arguments.value(what)?, what, "ms")?);
            }
            Argument::Option("capacity") => {
                let what = "how many calls it works on at a time";
                number = Some(whole(&arguments.value(what)?, what, 1, 1_000)?);
            }
            Argument::Option("share") => {
                let what = "how many percent of its calls take so long";
                share = whole(&arguments.value(what)?, what, 1, 100)?;
            }
            Argument::Option(_) => {
                let what = "how many percent of its calls fail";
                number = Some(whole(&arguments.value(what)?, what, 0, 100)?);
            }
        }
    }
    let action = match verb {
        0 => ServiceAction::Start {
            latency: latency.unwrap_or(Span::from_millis(20)),
            capacity: number.unwrap_or(1),
        },
        1 => ServiceAction::Break { errors: number.unwrap_or(100), latency, share },
        _ => ServiceAction::Mend,
    };
    Ok(Command::Service(ServiceCommand { name, action }))
}

pub(super) fn print(command: &ServiceCommand) -> String {
    let (verb, numbers) = match command.action {
        ServiceAction::Start { latency, capacity } => {
            ("start", vec![("latency", latency.to_string()), ("capacity", capacity.to_string())])
        }
        ServiceAction::Break { errors, latency, share } => {
            let latency = latency.map(|latency| ("latency", latency.to_string()));
            let share = (share != 100).then(|| ("share", share.to_string()));
            ("break", [("errors", errors.to_string())].into_iter().chain(latency).chain(share).collect())
        }
        ServiceAction::Mend => ("mend", Vec::new()),
    };
    let mut line = format!("service {verb}");
    add(&mut line, &command.name);
    for (name, value) in &numbers {
        option(&mut line, name, value);
    }
    line
}
