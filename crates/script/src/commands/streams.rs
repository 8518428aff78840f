//! `streams`: a streams application and its pipeline.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option, quoted};
use crate::settings::{self, streams::SETTINGS};
use millrace_model::config::streams::StreamsConfig;
use millrace_sim::command::Name;
use millrace_sim::{Command, InstanceAction};
use millrace_streams::language::Pipeline;

/// The most instances that one command starts.
const INSTANCES: u32 = 16;

pub(super) const HELP: &[Help] = &[
    Help {
        name: "streams start",
        synopsis: "streams start NAME [--instances N] [--SETTING VALUE]… 'PIPELINE'",
        meaning: "starts a streams application with Kafka Streams' settings (--processing-guarantee, --num-stream-threads, --num-standby-replicas, --commit-interval, --statestore-cache-max-bytes, --max-task-idle …); under a name that runs it stops that one and starts over",
        example: "streams start analytics 'stream orders | group by key | window tumbling 10s grace 5s | count | to orders-per-customer'",
    },
    Help {
        name: "streams stop",
        synopsis: "streams stop NAME [INSTANCE]",
        meaning: "stops a streams application, or one of its instances",
        example: "streams stop analytics",
    },
    Help {
        name: "streams add",
        synopsis: "streams add NAME",
        meaning: "starts one more instance of a streams application: NAME-2, then NAME-3 …",
        example: "streams add analytics",
    },
    Help {
        name: "streams crash",
        synopsis: "streams crash|freeze|thaw|restart NAME INSTANCE",
        meaning: "does something to one instance; with a crash its state is gone and comes back from the changelogs",
        example: "streams crash analytics analytics-2",
    },
];

/// What is done to one instance, by its verb.
const ACTIONS: &[(&str, InstanceAction)] = &[
    ("crash", InstanceAction::Crash),
    ("freeze", InstanceAction::Freeze),
    ("thaw", InstanceAction::Thaw),
    ("restart", InstanceAction::Restart),
    ("stop", InstanceAction::Stop),
];
const VERBS: &[&str] =
    &["start", "stop", "add", "crash", "freeze", "thaw", "restart", "describe", "show", "query", "where"];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let verb = arguments.choice("what to do:", VERBS)?;
    let expected = "a streams application's name";
    let name: Name = arguments.word(expected)?.name(expected)?.into();
    let verb = VERBS.get(verb).copied().unwrap_or_default();
    match verb {
        "start" => return start(name, arguments),
        "add" => {
            arguments.done()?;
            return Ok(Command::AddStreamsInstance { name });
        }
        _ => {}
    }
    let Some(token) = arguments.argument(&Options::default())? else {
        return match verb {
            "stop" => Ok(Command::StopStreams { name }),
            _ => Err(arguments.missing("an instance's name")),
        };
    };
    let instance: Name = match token {
        Argument::Word(token) => arguments.as_value(token).name("an instance's name")?.into(),
        Argument::Option(_) => return Err(arguments.missing("an instance's name")),
    };
    arguments.done()?;
    let action = ACTIONS.iter().find(|(known, _)| *known == verb);
    let action = action.map_or(InstanceAction::Stop, |(_, action)| *action);
    Ok(Command::StreamsInstance { name, instance, action })
}

fn start(name: Name, arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let mut once = vec!["instances"];
    once.extend(SETTINGS.iter().map(|setting| setting.name));
    let options = Options { once, many: &[] };
    let mut config = StreamsConfig::default();
    let mut instances = 1;
    let mut pipeline: Option<Value<'_>> = None;
    let mut says_interval = false;
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => {
                let word = arguments.as_value(token);
                if pipeline.is_some() {
                    return Err(word.wrong("quotes around the pipeline: 'stream orders | to copies'"));
                }
                pipeline = Some(word);
            }
            Argument::Option("instances") => {
                let what = "the number of instances";
                instances = whole(&arguments.value(what)?, what, 1, INSTANCES)?;
            }
            Argument::Option(option) => {
                says_interval |= option == "commit-interval";
                if let Some(setting) = settings::named(SETTINGS, option) {
                    setting.read(&mut config, &arguments.value(setting.key)?)?;
                }
            }
        }
    }
    if !says_interval {
        config.commit_interval = config.processing_guarantee.commit_interval();
    }
    let Some(value) = pipeline else {
        return Err(arguments.missing("a pipeline in quotes, such as 'stream orders | to copies'"));
    };
    if let Err(error) = Pipeline::parse(value.text()) {
        return Err(value.wrong_at(error.at, error.expected, error.found).with_nearest(error.nearest));
    }
    let pipeline = value.text().into();
    Ok(Command::StartStreams { name, pipeline, config: Box::new(config), instances })
}

pub(super) fn print_start(name: &str, pipeline: &str, config: &StreamsConfig, instances: u32) -> String {
    let mut line = "streams start".to_owned();
    add(&mut line, name);
    if instances != 1 {
        option(&mut line, "instances", &instances.to_string());
    }
    settings::print(&mut line, SETTINGS, config, &config.defaults_beside(), &[]);
    add(&mut line, pipeline);
    line
}

/// `streams crash NAME INSTANCE` and its like.
pub(super) fn print_instance(name: &str, instance: &str, action: InstanceAction) -> String {
    let verb = ACTIONS.iter().find(|(_, known)| *known == action).map_or("stop", |(verb, _)| *verb);
    let mut line = format!("streams {verb}");
    add(&mut line, name);
    add(&mut line, instance);
    line
}

pub(super) fn print_add(name: &str) -> String {
    format!("streams add {}", quoted(name))
}

pub(super) fn print_stop(name: &str) -> String {
    format!("streams stop {}", quoted(name))
}
