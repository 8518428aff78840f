//! The desk of the dead letters: `dlq redrive`, `dlq discard`; and alarms, `alert set`.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::span;
use crate::settings::failures;
use millrace_model::{Bytes, GroupId, Span};
use millrace_sim::{AlertRule, Command, DeskAction, DeskWork, Gauge, limits};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "dlq redrive",
        synopsis: "dlq redrive GROUP [--where EXPR] [--rate N] [--value TEXT] [--to TOPIC]",
        meaning: "produces dead letters again: those for which the expression holds, at N a second, edited if a value is given",
        example: "dlq redrive billing --where 'value.order == 7' --rate 5",
    },
    Help {
        name: "dlq discard",
        synopsis: "dlq discard GROUP [--where EXPR]",
        meaning: "throws dead letters away, knowingly",
        example: "dlq discard billing --where 'timestamp < 0'",
    },
    Help {
        name: "alert set",
        synopsis: "alert set NAME letters|letter-age|lag|error-rate GROUP --above N [--for DURATION]",
        meaning: "fires as soon as a gauge has been above N (letter-age: seconds; error-rate: percent of the last 5s) for so long; looked at once a second",
        example: "alert set old-letters letter-age billing --above 30",
    },
];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let verb = arguments.choice("what to do:", &["redrive", "discard"])?;
    let group = GroupId::from(arguments.word("a group's name")?.name("a group's name")?);
    let once = if verb == 0 { vec!["where", "rate", "value", "to"] } else { vec!["where"] };
    let options = Options { once, many: &[] };
    let (mut filter, mut rate, mut value, mut to) = (None, None, None, None);
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("where") => {
                let written = arguments.value("an expression, such as 'value.order == 7'")?;
                filter = Some(failures::rule(&written)?.when);
            }
            Argument::Option("rate") => {
                let what = "letters a second";
                rate = Some(whole(&arguments.value(what)?, what, 1, limits::RATE)?);
            }
            Argument::Option("value") => {
                let text = arguments.value("the value")?.text().to_owned();
                value = Some(Bytes::from(text.into_bytes()));
            }
            Argument::Option(_) => to = Some(super::topic(&arguments.value("a topic's name")?)?),
        }
    }
    let action = if verb == 0 { DeskAction::Redrive { rate, value, to } } else { DeskAction::Discard };
    Ok(Command::DeskWork(Box::new(DeskWork { group, filter, action })))
}

pub(super) fn print(work: &DeskWork) -> String {
    let mut line = match work.action {
        DeskAction::Redrive { .. } => "dlq redrive".to_owned(),
        DeskAction::Discard => "dlq discard".to_owned(),
    };
    add(&mut line, work.group.as_str());
    if let Some(filter) = &work.filter {
        option(&mut line, "where", filter.text());
    }
    if let DeskAction::Redrive { rate, value, to } = &work.action {
        if let Some(rate) = rate {
            option(&mut line, "rate", &rate.to_string());
        }
        if let Some(value) = value {
            option(&mut line, "value", &String::from_utf8_lossy(value));
        }
        if let Some(to) = to {
            option(&mut line, "to", to.as_str());
        }
    }
    line
}

pub(super) fn parse_alert(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    arguments.choice("what to do:", &["set"])?;
    let name = arguments.word("the alarm's name")?.name("the alarm's name")?.into();
    let gauge = arguments.choice("what it looks at:", &Gauge::ALL.map(|(name, _)| name))?;
    let gauge = Gauge::ALL.get(gauge).map_or(Gauge::Letters, |(_, gauge)| *gauge);
    let group = GroupId::from(arguments.word("a group's name")?.name("a group's name")?);
    let options = Options { once: vec!["above", "for"], many: &[] };
    let (mut above, mut lasting) = (None, Span::ZERO);
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("above") => {
                let what = "the threshold";
                above = Some(u64::from(whole::<u32>(&arguments.value(what)?, what, 0, u32::MAX)?));
            }
            Argument::Option(_) => {
                let what = "for how long";
                lasting = span(&arguments.value(what)?, what, "s")?;
            }
        }
    }
    let above = above.ok_or_else(|| arguments.missing("--above and the threshold"))?;
    Ok(Command::SetAlert(Box::new(AlertRule { name, group, gauge, above, lasting })))
}

pub(super) fn print_alert(rule: &AlertRule) -> String {
    let mut line = "alert set".to_owned();
    add(&mut line, &rule.name);
    let gauge = Gauge::ALL.iter().find(|(_, gauge)| *gauge == rule.gauge);
    add(&mut line, gauge.map_or("", |(name, _)| name));
    add(&mut line, rule.group.as_str());
    option(&mut line, "above", &rule.above.to_string());
    if rule.lasting > Span::ZERO {
        option(&mut line, "for", &rule.lasting.to_string());
    }
    line
}
