//! `consumer add` with settings of its own, and what a learner has an instance's thread do between two polls.

use super::topic;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::span;
use crate::settings::{self, consumer::SETTINGS};
use millrace_client::listener::{Errand, Subscribed};
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::{GroupId, Pattern, Profile};
use millrace_sim::{AppConfig, Command, Name, OwnSettings};
use std::sync::Arc;

/// What is to be read, as it comes in: topics one by one, or a pattern.
#[derive(Default)]
pub(super) struct Reads {
    topics: Vec<millrace_model::TopicName>,
    pattern: Option<Arc<Pattern>>,
}

/// The options of [`Reads`].
pub(super) const READS: &[&str] = &["topic", "topics"];

impl Reads {
    /// Takes the value of the option `name`; false if it is none of these.
    pub(super) fn option(&mut self, name: &str, arguments: &mut Arguments<'_>) -> Result<bool, Problem> {
        match name {
            "topic" => self.topics.push(topic(&arguments.value("a topic's name")?)?),
            "topics" => {
                let what = "topics, such as orders,payments";
                let value = arguments.value(what)?;
                for name in value.text().split(',') {
                    if name.is_empty() {
                        return Err(value.wrong(what));
                    }
                    self.topics.push(name.into());
                }
            }
            "pattern" => self.pattern = Some(pattern(&arguments.value("a pattern of topic names")?)?),
            _ => return Ok(false),
        }
        if self.pattern.is_some() && !self.topics.is_empty() {
            let at = arguments.option_span();
            return Err(arguments.problem(at, "either topics or a pattern", "both"));
        }
        Ok(true)
    }

    /// What was given, if anything was.
    pub(super) fn finish(self) -> Option<Subscribed> {
        match self.pattern {
            Some(pattern) => Some(Subscribed::Pattern(pattern)),
            None if self.topics.is_empty() => None,
            None => Some(Subscribed::Topics(self.topics)),
        }
    }
}

fn pattern(value: &Value<'_>) -> Result<Arc<Pattern>, Problem> {
    let read = Pattern::new(value.name("a pattern of topic names")?);
    read.map(Arc::new).map_err(|error| value.wrong(format!("a pattern of topic names ({error})")))
}

pub(super) fn parse_add(arguments: &mut Arguments<'_>, profile: Profile) -> Result<Command, Problem> {
    let group = GroupId::from(arguments.word("a group's name")?.name("a group's name")?);
    let mut once = vec!["name", "pattern"];
    once.extend(SETTINGS.iter().map(|setting| setting.name));
    let options = Options { once, many: READS };
    let (mut name, mut reads) = (None, Reads::default());
    let mut consumer: Option<ConsumerConfig> = None;
    while let Some(argument) = arguments.argument(&options)? {
        let option = match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(option) => option,
        };
        if option == "name" {
            let value = arguments.value("the instance's name")?;
            if value.text().contains('/') {
                return Err(value.wrong("a name without a slash"));
            }
            name = Some(Name::from(value.name("the instance's name")?));
        } else if let Some(setting) = settings::named(SETTINGS, option) {
            let config = consumer.get_or_insert_with(|| defaults(&group, profile));
            setting.read(config, &arguments.value(setting.key)?)?;
        } else {
            reads.option(option, arguments)?;
        }
    }
    let subscribed = reads.finish();
    let own =
        (subscribed.is_some() || consumer.is_some()).then(|| Box::new(OwnSettings { subscribed, consumer }));
    Ok(Command::AddInstance { group, name, own })
}

fn defaults(group: &GroupId, profile: Profile) -> ConsumerConfig {
    AppConfig::new(group.clone(), Vec::new(), profile).consumer
}

pub(super) fn print_add(
    group: &GroupId,
    name: Option<&Name>,
    own: Option<&OwnSettings>,
    profile: Profile,
) -> String {
    let mut line = "consumer add".to_owned();
    add(&mut line, group.as_str());
    if let Some(name) = name {
        option(&mut line, "name", name);
    }
    if let Some(subscribed) = own.and_then(|own| own.subscribed.as_ref()) {
        print_reads(&mut line, subscribed);
    }
    if let Some(consumer) = own.and_then(|own| own.consumer.as_ref()) {
        settings::print(&mut line, SETTINGS, consumer, &defaults(group, profile), &["auto-offset-reset"]);
    }
    line
}

pub(super) fn print_reads(line: &mut String, subscribed: &Subscribed) {
    match subscribed {
        Subscribed::Topics(topics) => topics.iter().for_each(|topic| option(line, "topic", topic.as_str())),
        Subscribed::Pattern(pattern) => option(line, "pattern", pattern.as_str()),
    }
}

/// The verbs that are errands.
pub(super) const VERBS: [&str; 4] = ["subscribe", "unsubscribe", "commit", "block"];

pub(super) fn parse(
    verb: &str,
    (group, name): (GroupId, Name),
    arguments: &mut Arguments<'_>,
) -> Result<Command, Problem> {
    let errand = match verb {
        "subscribe" => {
            let options = Options { once: vec!["pattern"], many: READS };
            let mut reads = Reads::default();
            while let Some(argument) = arguments.argument(&options)? {
                match argument {
                    Argument::Word(token) => return Err(arguments.extra(&token)),
                    Argument::Option(option) => drop(reads.option(option, arguments)?),
                }
            }
            let reads = reads.finish();
            Errand::Subscribe(
                reads.ok_or_else(|| arguments.missing("--topic and a topic's name, or --pattern"))?,
            )
        }
        "unsubscribe" => Errand::Unsubscribe,
        "commit" => Errand::Commit,
        _ => {
            let what = "how long it stays out of poll";
            Errand::Block(span(&arguments.word(what)?, what, "s")?)
        }
    };
    arguments.done()?;
    Ok(Command::Errand { group, name, errand })
}

pub(super) fn print(group: &GroupId, name: &str, errand: &Errand) -> String {
    let verb = match errand {
        Errand::Subscribe(_) => "subscribe",
        Errand::Unsubscribe => "unsubscribe",
        Errand::Commit => "commit",
        Errand::Block(_) => "block",
    };
    let mut line = format!("consumer {verb}");
    add(&mut line, &format!("{group}/{name}"));
    match errand {
        Errand::Subscribe(subscribed) => print_reads(&mut line, subscribed),
        Errand::Block(span) => add(&mut line, &span.to_string()),
        Errand::Unsubscribe | Errand::Commit => {}
    }
    line
}
