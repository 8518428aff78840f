//! `service`: something downstream that applications call.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::span;
use millrace_model::Span;
use millrace_sim::{CallRate, Command, Downstream, Name, ServiceAction, ServiceCommand, limits};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "service start",
        synopsis: "service start NAME [--latency DURATION] [--capacity N] [--calls SERVICE [--timeout DURATION]]",
        meaning: "starts a service that works on N calls at a time; applications call it with --calls NAME, another service too: it waits with one of its N threads",
        example: "service start payments --latency 100ms --capacity 2",
    },
    Help {
        name: "service load",
        synopsis: "service load NAME PER-SECOND|off [--timeout DURATION]",
        meaning: "has a service called from outside, as by a browser: each call waits for its answer, or so long",
        example: "service load payments 10 --timeout 5s",
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
    let verb = arguments.choice("what to do:", &["start", "break", "mend", "load"])?;
    let name = Name::from(arguments.word("a service's name")?.name("a service's name")?);
    let once = match verb {
        0 => vec!["latency", "capacity", "calls", "timeout"],
        1 => vec!["errors", "latency", "share"],
        3 => return load(name, arguments),
        _ => Vec::new(),
    };
    let options = Options { once, many: &[] };
    let (mut latency, mut number, mut share) = (None, None, 100);
    let (mut called, mut timeout) = (None, None);
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
            Argument::Option("calls") => {
                called = Some(Name::from(arguments.value("a service's name")?.name("a service's name")?));
            }
            Argument::Option("timeout") => timeout = Some(patience(arguments)?),
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
    if timeout.is_some() && called.is_none() {
        return Err(arguments.missing("--calls and the service that it waits for"));
    }
    let action = match verb {
        0 => ServiceAction::Start {
            latency: latency.unwrap_or(Span::from_millis(20)),
            capacity: number.unwrap_or(1),
            downstream: called.map(|service| Box::new(Downstream { service, timeout })),
        },
        1 => ServiceAction::Break { errors: number.unwrap_or(100), latency, share },
        _ => ServiceAction::Mend,
    };
    Ok(Command::Service(ServiceCommand { name, action }))
}

fn load(name: Name, arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let what = "calls a second, or off";
    let value = arguments.word(what)?;
    let per_second = if value.text() == "off" { 0 } else { whole(&value, what, 0, limits::CALL_RATE)? };
    let options = Options { once: vec!["timeout"], many: &[] };
    let mut timeout = None;
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(_) => timeout = Some(patience(arguments)?),
        }
    }
    let action = ServiceAction::Load(CallRate { per_second, timeout });
    Ok(Command::Service(ServiceCommand { name, action }))
}

fn patience(arguments: &mut Arguments<'_>) -> Result<Span, Problem> {
    let what = "how long it waits for an answer";
    span(&arguments.value(what)?, what, "s")
}

pub(super) fn print(command: &ServiceCommand) -> String {
    let (verb, numbers) = match &command.action {
        ServiceAction::Start { latency, capacity, downstream } => {
            let mut numbers = vec![("latency", latency.to_string()), ("capacity", capacity.to_string())];
            if let Some(downstream) = downstream {
                numbers.push(("calls", downstream.service.to_string()));
                numbers.extend(downstream.timeout.map(|timeout| ("timeout", timeout.to_string())));
            }
            ("start", numbers)
        }
        ServiceAction::Load(rate) => {
            ("load", rate.timeout.map(|t| ("timeout", t.to_string())).into_iter().collect())
        }
        &ServiceAction::Break { errors, latency, share } => {
            let latency = latency.map(|latency| ("latency", latency.to_string()));
            let share = (share != 100).then(|| ("share", share.to_string()));
            ("break", [("errors", errors.to_string())].into_iter().chain(latency).chain(share).collect())
        }
        ServiceAction::Mend => ("mend", Vec::new()),
    };
    let mut line = format!("service {verb}");
    add(&mut line, &command.name);
    if let ServiceAction::Load(rate) = &command.action {
        let rate = rate.per_second;
        add(&mut line, &if rate == 0 { "off".to_owned() } else { rate.to_string() });
    }
    for (name, value) in &numbers {
        option(&mut line, name, value);
    }
    line
}
