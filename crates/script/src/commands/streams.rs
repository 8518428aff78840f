//! `streams`: a streams application and its pipeline.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option, quoted};
use crate::settings::{self, streams::SETTINGS};
use millrace_model::config::streams::StreamsConfig;
use millrace_sim::Command;
use millrace_sim::command::Name;
use millrace_streams::language::Pipeline;

/// The most instances that one command starts.
const INSTANCES: u32 = 16;

pub(super) const HELP: &[Help] = &[
    Help {
        name: "streams start",
        synopsis: "streams start NAME [--instances N] [--SETTING VALUE]… 'PIPELINE'",
        meaning: "starts a streams application with Kafka Streams' settings (--num-stream-threads, --num-standby-replicas, --commit-interval, --statestore-cache-max-bytes, --max-task-idle …); under a name that runs it stops that one and starts over",
        example: "streams start analytics 'stream orders | group by key | window tumbling 10s grace 5s | count | to orders-per-customer'",
    },
    Help {
        name: "streams stop",
        synopsis: "streams stop NAME",
        meaning: "stops a streams application",
        example: "streams stop analytics",
    },
];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let verb = arguments.choice("what to do:", &["start", "stop", "describe", "show"])?;
    let expected = "a streams application's name";
    let name = arguments.word(expected)?.name(expected)?.into();
    if verb == 1 {
        arguments.done()?;
        return Ok(Command::StopStreams { name });
    }
    start(name, arguments)
}

fn start(name: Name, arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let mut once = vec!["instances"];
    once.extend(SETTINGS.iter().map(|setting| setting.name));
    let options = Options { once, many: &[] };
    let mut config = StreamsConfig::default();
    let mut instances = 1;
    let mut pipeline: Option<Value<'_>> = None;
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
                if let Some(setting) = settings::named(SETTINGS, option) {
                    setting.read(&mut config, &arguments.value(setting.key)?)?;
                }
            }
        }
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
    settings::print(&mut line, SETTINGS, config, &StreamsConfig::default(), &[]);
    add(&mut line, pipeline);
    line
}

pub(super) fn print_stop(name: &str) -> String {
    format!("streams stop {}", quoted(name))
}
