//! Does what the recording did, with the lines that a learner would type, in a world like any other.

use super::action::{Deed, Reads};
use super::callbacks;
use crate::vectors::field;
use millrace_model::{Profile, Span};
use millrace_script::language::quote::{add, option};
use millrace_script::{Runner, parse_line};
use millrace_sim::{EntryId, Fact, Setup};
use serde_json::Value;
use std::collections::BTreeMap;

/// The group of every case.
pub const GROUP: &str = "g";

/// The brokers' settings of the recording (the note in its file, and no topic is ever created by asking for it).
const BROKER: [&str; 5] = [
    "auto.create.topics.enable=false",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "group.consumer.session.timeout.ms=5000",
    "group.consumer.heartbeat.interval.ms=500",
];

/// Members with what they saw, each in its own order.
pub type Callbacks = BTreeMap<String, Vec<Value>>;

/// A world in which a case is replayed.
pub struct Driver {
    runner: Runner,
    profile: Profile,
    client_config: Vec<(String, String)>,
    topics: Vec<String>,
    members: BTreeMap<String, (Reads, Vec<(String, String)>)>,
    seen: Option<EntryId>,
}

impl Driver {
    /// The world before the first action: the topics are there that no action creates.
    pub fn new(input: &Value, later: &[String], seed: u64) -> Result<Driver, String> {
        let profile = Profile::Snapshot40;
        let mut driver = Driver {
            runner: Runner::new(Setup { seed, profile }),
            profile,
            client_config: settings(field(input, "client_config"))?,
            topics: Vec::new(),
            members: BTreeMap::new(),
            seen: None,
        };
        let mut start = "kafka-server-start".to_owned();
        for setting in BROKER {
            option(&mut start, "override", setting);
        }
        driver.line(&start)?;
        for topic in field(input, "topics").as_array().ok_or("not modelled: no topics")? {
            let (name, partitions) =
                topic.get(0).zip(topic.get(1)).ok_or("not modelled: a topic without a name")?;
            let name = name.as_str().ok_or("not modelled: a topic without a name")?;
            driver.topics.push(name.to_owned());
            if !later.iter().any(|topic| topic == name) {
                driver.line(&format!("kafka-topics --create --topic {name} --partitions {partitions}"))?;
            }
        }
        // A plain loop around poll that goes on after exceptions and never commits by itself.
        let first = driver.topics.first().cloned().unwrap_or_default();
        driver
            .line(&format!("app start {GROUP} --topic {first} --instances 0 --client java --commit batch"))?;
        driver.callbacks();
        Ok(driver)
    }

    /// The world now.
    pub fn world(&self) -> &millrace_sim::World {
        self.runner.timeline().world()
    }

    /// Does one thing.
    pub fn act(&mut self, deed: &Deed) -> Result<(), String> {
        let at = |member: &str| format!("{GROUP}/{member}");
        match deed {
            Deed::Join { member, reads, with } => {
                self.members.insert(member.clone(), (reads.clone(), with.clone()));
                self.start(member)
            }
            Deed::JoinLike { member, like } => {
                let like = self.members.get(like).cloned().ok_or("not modelled: like whom?")?;
                self.members.insert(member.clone(), like);
                self.start(member)
            }
            Deed::Resubscribe { member, topics } => {
                let mut line = format!("consumer subscribe {}", at(member));
                topics.iter().for_each(|topic| option(&mut line, "topic", topic));
                self.line(&line)
            }
            Deed::Unsubscribe { member } => self.line(&format!("consumer unsubscribe {}", at(member))),
            Deed::Close { member } => self.line(&format!("consumer stop {}", at(member))),
            Deed::Kill { member } => self.line(&format!("consumer crash {}", at(member))),
            Deed::Return { member } => self.line(&format!("consumer restart {}", at(member))),
            Deed::Block { member, span, commits, joins } => {
                self.line(&format!("consumer block {} {span}", at(member)))?;
                if *commits {
                    self.line(&format!("consumer commit {}", at(member)))?;
                }
                if let Some((other, after)) = joins {
                    self.wait(*after)?;
                    let like = self.members.get(member).cloned().ok_or("not modelled: like whom?")?;
                    self.members.insert(other.clone(), like);
                    self.start(other)?;
                }
                Ok(())
            }
            Deed::Grow { topic, to } => {
                self.line(&format!("kafka-topics --alter --topic {topic} --partitions {to}"))
            }
            Deed::Create { topic, partitions } => {
                self.line(&format!("kafka-topics --create --topic {topic} --partitions {partitions}"))
            }
            Deed::Delete { topic } => self.line(&format!("kafka-topics --delete --topic {topic}")),
        }
    }

    fn start(&mut self, member: &str) -> Result<(), String> {
        let Some((reads, with)) = self.members.get(member) else { return Ok(()) };
        let mut line = "consumer add".to_owned();
        add(&mut line, GROUP);
        option(&mut line, "name", member);
        match reads {
            Reads::Pattern(pattern) => option(&mut line, "pattern", pattern),
            Reads::Topics(topics) => topics.iter().for_each(|topic| option(&mut line, "topic", topic)),
            Reads::Everything => self.topics.iter().for_each(|topic| option(&mut line, "topic", topic)),
        }
        let mut config: BTreeMap<&str, &str> = BTreeMap::new();
        for (key, value) in self.client_config.iter().chain(with) {
            config.insert(key, value);
        }
        for (key, value) in config {
            match key {
                // `--commit batch` says it.
                "enable.auto.commit" if value == "false" => {}
                _ => match key.strip_suffix(".ms") {
                    Some(key) => option(&mut line, &key.replace('.', "-"), &format!("{value}ms")),
                    None => option(&mut line, &key.replace('.', "-"), value),
                },
            }
        }
        self.line(&line)
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let statement =
            parse_line(line, self.profile).map_err(|problem| format!("not modelled: {line}: {problem}"))?;
        let Some(statement) = statement else { return Ok(()) };
        let answer = self.runner.run(&statement).map_err(|failure| format!("{line}: {failure}"))?;
        answer.refused.map_or(Ok(()), |words| Err(format!("{line}: {words}")))
    }

    /// Lets virtual time pass.
    pub fn wait(&mut self, span: Span) -> Result<(), String> {
        let until = self.world().now() + span;
        self.runner.run_until(until).map_err(|failure| failure.to_string())
    }

    /// What has been seen since the last time, in the order in which it happened.
    pub fn callbacks(&mut self) -> Vec<(String, Value)> {
        let timeline = self.runner.timeline();
        let new = timeline.branch().entries_before(timeline.world().steps());
        let entries: Vec<_> = new.take_while(|entry| Some(entry.id) > self.seen).collect();
        let mut seen = Vec::new();
        for entry in entries.iter().rev() {
            let millrace_sim::Actor::Node(node) = entry.actor else { continue };
            if let Fact::Instance(event) = &entry.fact
                && let Some(callback) = callbacks::of(event)
            {
                let name = timeline.world().node(node).map(|node| node.name.to_string());
                seen.push((name.unwrap_or_default(), callback));
            }
        }
        self.seen = entries.first().map(|entry| entry.id).or(self.seen);
        seen
    }
}

/// The settings of an object of texts.
fn settings(object: &Value) -> Result<Vec<(String, String)>, String> {
    let object = object.as_object().ok_or("not modelled: no client_config")?;
    object
        .iter()
        .map(|(key, value)| {
            let value = value.as_str().ok_or_else(|| format!("not modelled: {key}={value}"))?;
            Ok((key.clone(), value.to_owned()))
        })
        .collect()
}
