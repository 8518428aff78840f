//! `dashboard`: a page that shows a topic's newest values, from a snapshot and a feed.

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use millrace_model::TopicName;
use millrace_sim::Command;
use millrace_sim::command::{FeedFrom, Name};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "dashboard open",
        synopsis: "dashboard open NAME --topic TOPIC",
        meaning: "takes a snapshot of an output topic's newest values for a page",
        example: "dashboard open sales --topic per-item",
    },
    Help {
        name: "dashboard feed",
        synopsis: "dashboard feed NAME --from snapshot|latest|earliest",
        meaning: "lets everything behind the snapshot, behind now, or from the beginning be pushed to the page",
        example: "dashboard feed sales --from snapshot",
    },
];

const FROM: &[(&str, FeedFrom)] =
    &[("snapshot", FeedFrom::Snapshot), ("latest", FeedFrom::Latest), ("earliest", FeedFrom::Earliest)];

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let feeds = arguments.choice("what to do:", &["open", "feed"])? == 1;
    let expected = "a dashboard's name";
    let name: Name = arguments.word(expected)?.name(expected)?.into();
    let wanted = if feeds { "from" } else { "topic" };
    let options = Options { once: vec![wanted], many: &[] };
    let mut found = None;
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(_) if feeds => {
                let names: Vec<&'static str> = FROM.iter().map(|(name, _)| *name).collect();
                let at =
                    arguments.value("where the feed begins")?.choice("where the feed begins:", &names)?;
                let from = FROM.get(at).map_or(FeedFrom::Snapshot, |(_, from)| *from);
                found = Some(Command::OpenFeed { name: name.clone(), from });
            }
            Argument::Option(_) => {
                let topic = super::topic(&arguments.value("a topic's name")?)?;
                found = Some(Command::OpenDashboard { name: name.clone(), topic });
            }
        }
    }
    let missing = if feeds { "--from snapshot, latest or earliest" } else { "--topic and a topic's name" };
    found.ok_or_else(|| arguments.missing(missing))
}

pub(super) fn print_open(name: &str, topic: &TopicName) -> String {
    let mut line = "dashboard open".to_owned();
    add(&mut line, name);
    option(&mut line, "topic", topic.as_str());
    line
}

pub(super) fn print_feed(name: &str, from: FeedFrom) -> String {
    let mut line = "dashboard feed".to_owned();
    add(&mut line, name);
    let word = FROM.iter().find(|(_, known)| *known == from).map_or("", |(word, _)| word);
    option(&mut line, "from", word);
    line
}
