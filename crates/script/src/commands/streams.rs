//! `streams`: a streams application and its pipeline.

use crate::help::Help;
use crate::language::arguments::Arguments;
use crate::language::problem::Problem;
use crate::language::quote::{add, quoted};
use millrace_sim::Command;
use millrace_streams::language::Pipeline;

pub(super) const HELP: &[Help] = &[
    Help {
        name: "streams start",
        synopsis: "streams start NAME 'PIPELINE'",
        meaning: "starts a streams application; under a name that runs it stops that one and starts over",
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
    let value = arguments.word("a pipeline in quotes, such as 'stream orders | to copies'")?;
    if let Ok(more) = arguments.word("") {
        return Err(more.wrong("quotes around the pipeline: 'stream orders | to copies'"));
    }
    arguments.done()?;
    if let Err(error) = Pipeline::parse(value.text()) {
        return Err(value.wrong_at(error.at, error.expected, error.found).with_nearest(error.nearest));
    }
    Ok(Command::StartStreams { name, pipeline: value.text().into() })
}

pub(super) fn print_start(name: &str, pipeline: &str) -> String {
    let mut line = "streams start".to_owned();
    add(&mut line, name);
    add(&mut line, pipeline);
    line
}

pub(super) fn print_stop(name: &str) -> String {
    format!("streams stop {}", quoted(name))
}
