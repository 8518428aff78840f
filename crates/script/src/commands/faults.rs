//! What breaks: messages and links (`network lose`, `slow`, `cut`, `heal`), brokers (`broker pause`, `resume`), and a
//! process at an exact point (`consumer crash … --at`).

use super::consumer::instance;
use super::{cluster, listeners};
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options, Value};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::{add, option};
use crate::language::time::span;
use millrace_broker::CONTROLLER;
use millrace_client::listener::CrashPoint;
use millrace_model::{BrokerId, GroupId, Span};
use millrace_sim::{BrokerAction, Command, EntryId, Fault, Leg, Name, Party};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "network lose",
        synopsis: "network lose CLIENT request|response [--api NAME] [--count N] | network lose --message N",
        meaning: "loses a client's next message, or one that is on its way: a lost request never happened for the broker, a lost response did",
        example: "network lose checkout response",
    },
    Help {
        name: "network delay",
        synopsis: "network delay --message N DURATION",
        meaning: "lets a message that is on its way arrive later, and what is behind it on the same connection with it",
        example: "network delay --message 812 2s",
    },
    Help {
        name: "network slow",
        synopsis: "network slow CLIENT|NODE NODE DURATION|off",
        meaning: "sets how long a message takes on one client's link alone, or between two brokers or a broker and the controller",
        example: "network slow billing/c1 800ms",
    },
    Help {
        name: "network cut",
        synopsis: "network cut CLIENT|NODE NODE",
        meaning: "partitions the network: nothing gets through between this client and the brokers, or between these two nodes (`network cut broker-1 controller`)",
        example: "network cut billing/c1",
    },
    Help {
        name: "network heal",
        synopsis: "network heal CLIENT|NODE NODE",
        meaning: "mends a link that was cut",
        example: "network heal billing/c1",
    },
    Help {
        name: "broker pause",
        synopsis: "broker pause broker-N",
        meaning: "lets a broker stand still: what arrives waits",
        example: "broker pause broker-1",
    },
    Help {
        name: "broker resume",
        synopsis: "broker resume broker-N",
        meaning: "lets a broker go on",
        example: "broker resume broker-1",
    },
    Help {
        name: "broker slow",
        synopsis: "broker slow broker-N DURATION|off",
        meaning: "gives a broker of a cluster a slow disk: what it has to write down takes so much longer",
        example: "broker slow broker-2 300ms",
    },
];

const CLIENT: &str = "a producer such as checkout, or an instance such as billing/c1";

fn party(value: &Value<'_>) -> Result<Party, Problem> {
    if value.text().contains('/') {
        let (group, name) = instance(value)?;
        return Ok(Party::Instance(group, name));
    }
    Ok(Party::Producer(value.name(CLIENT)?.into()))
}

/// Everything of `network` but its latency.
pub(super) fn parse_network(verb: &str, arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let fault = match verb {
        "lose" => return lose(arguments),
        "delay" => return delay(arguments),
        "slow" => {
            let first = arguments.word(CLIENT)?;
            let second = second_node(arguments)?;
            let latency = span_or_off(arguments, "the latency, such as 800ms, or off")?;
            match second {
                Some(second) => Fault::SlowPeers(node(&first)?, second, latency),
                None => Fault::SlowLink(party(&first)?, latency),
            }
        }
        verb => {
            let first = arguments.word(CLIENT)?;
            match (second_node(arguments)?, verb == "cut") {
                (Some(second), true) => Fault::CutPeers(node(&first)?, second),
                (Some(second), false) => Fault::HealPeers(node(&first)?, second),
                (None, true) => Fault::CutLink(party(&first)?),
                (None, false) => Fault::HealLink(party(&first)?),
            }
        }
    };
    arguments.done()?;
    Ok(Command::Fault(fault))
}

const NODE: &str = "a broker such as broker-1, or controller";

/// A node of the cluster.
fn node(value: &Value<'_>) -> Result<BrokerId, Problem> {
    match value.text() {
        "controller" => Ok(CONTROLLER),
        text if text.starts_with("controller-") => super::controllers::controller(value),
        _ => broker(value, NODE),
    }
}

/// The other end of a link between two nodes, if one is named.
fn second_node(arguments: &mut Arguments<'_>) -> Result<Option<BrokerId>, Problem> {
    let second = arguments.next_if(|text| {
        text == "controller" || text.starts_with("controller-") || text.starts_with("broker-")
    });
    second.as_ref().map(node).transpose()
}

fn print_node(id: BrokerId) -> String {
    match id {
        CONTROLLER => "controller".to_owned(),
        id if id > CONTROLLER => format!("controller-{id}"),
        id => format!("broker-{id}"),
    }
}

fn span_or_off(arguments: &mut Arguments<'_>, what: &str) -> Result<Option<Span>, Problem> {
    if arguments.skip("off") {
        return Ok(None);
    }
    Ok(Some(span(&arguments.word(what)?, what, "ms")?))
}

fn print_or_off(span: Option<Span>) -> String {
    span.map_or("off".to_owned(), |span| span.to_string())
}

pub(super) fn broker(value: &Value<'_>, what: &str) -> Result<BrokerId, Problem> {
    let id = value.text().strip_prefix("broker-").and_then(|id| id.parse::<i32>().ok());
    Ok(BrokerId(id.filter(|id| *id >= 0).ok_or_else(|| value.wrong(what))?))
}

fn lose(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let options = Options { once: vec!["api", "count", "message"], many: &[] };
    let (mut words, mut api, mut count, mut message) = (Vec::new(), None, None, None);
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) if words.len() < 2 => words.push(arguments.as_value(token)),
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("api") => {
                api = Some(Name::from(
                    arguments.value("Kafka's name of a request")?.name("Kafka's name of a request")?,
                ));
            }
            Argument::Option("count") => {
                let what = "how many messages";
                count = Some(whole(&arguments.value(what)?, what, 1, 10_000)?);
            }
            Argument::Option(_) => {
                let what = "the number of the entry with which the message left";
                message = Some(EntryId(whole(&arguments.value(what)?, what, 0, u32::MAX)?));
            }
        }
    }
    let mut words = words.into_iter();
    if let Some(sent) = message {
        return match (words.next(), api, count) {
            (None, None, None) => Ok(Command::Fault(Fault::LoseSent(sent))),
            _ => Err(arguments.problem(arguments.option_span(), "--message alone", "something beside it")),
        };
    }
    let party = party(&words.next().ok_or_else(|| arguments.missing(CLIENT))?)?;
    let leg = words.next().ok_or_else(|| arguments.missing("request or response"))?;
    let leg = match leg.choice("which half:", &["request", "response"])? {
        0 => Leg::Request,
        _ => Leg::Response,
    };
    Ok(Command::Fault(Fault::LoseNext { party, leg, api, count: count.unwrap_or(1) }))
}

fn delay(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let options = Options { once: vec!["message"], many: &[] };
    let (mut by, mut message) = (None, None);
    let what = "by how much, such as 2s";
    while let Some(argument) = arguments.argument(&options)? {
        match argument {
            Argument::Word(token) if by.is_none() => by = Some(span(&arguments.as_value(token), what, "ms")?),
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option(_) => {
                let what = "the number of the entry with which the message left";
                message = Some(EntryId(whole(&arguments.value(what)?, what, 0, u32::MAX)?));
            }
        }
    }
    let message = message.ok_or_else(|| arguments.missing("--message and its number"))?;
    let by = by.ok_or_else(|| arguments.missing(what))?;
    Ok(Command::Fault(Fault::DelaySent(message, by)))
}

pub(super) fn parse_broker(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let verbs = ["pause", "resume", "slow", "crash", "stop", "restart", "listeners"];
    let verb = arguments.choice("what to do:", &verbs)?;
    let what = "a broker, such as broker-1";
    let value = arguments.word(what)?;
    let id = broker(&value, what)?;
    let command = match verb {
        0 => Command::Fault(Fault::PauseBroker(id)),
        1 => Command::Fault(Fault::ResumeBroker(id)),
        2 => {
            let delay = span_or_off(arguments, "how much longer a write takes, such as 200ms, or off")?;
            Command::Fault(Fault::SlowDisk(id, delay))
        }
        3 => cluster::act(id, cluster::parse_crash(arguments)?),
        4 => cluster::act(id, BrokerAction::Stop),
        6 => return listeners::parse(id, arguments),
        _ => cluster::act(id, BrokerAction::Restart),
    };
    arguments.done()?;
    Ok(command)
}

/// What follows `consumer crash GROUP/INSTANCE`, if anything does.
pub(super) fn parse_crash(
    (group, name): (GroupId, Name),
    arguments: &mut Arguments<'_>,
) -> Result<Option<Command>, Problem> {
    let options = Options { once: vec!["at", "nth", "restart"], many: &[] };
    let (mut point, mut nth, mut restart) = (None, 1, None);
    let mut is_given = false;
    while let Some(argument) = arguments.argument(&options)? {
        is_given = true;
        match argument {
            Argument::Word(token) => return Err(arguments.extra(&token)),
            Argument::Option("at") => {
                let names = CrashPoint::ALL.map(|(name, _)| name);
                let at = arguments.value("a point of its loop")?.choice("a point of its loop:", &names)?;
                point = CrashPoint::ALL.get(at).map(|(_, point)| *point);
            }
            Argument::Option("nth") => {
                let what = "at which record or step";
                nth = u64::from(whole(&arguments.value(what)?, what, 1, u32::MAX)?);
            }
            Argument::Option(_) => {
                let what = "after how long it is started again";
                restart = Some(span(&arguments.value(what)?, what, "s")?);
            }
        }
    }
    match point {
        Some(point) => Ok(Some(Command::Fault(Fault::CrashAt { group, name, point, nth, restart }))),
        None if is_given => Err(arguments.missing("--at and a point of its loop")),
        None => Ok(None),
    }
}

pub(super) fn print(fault: &Fault) -> String {
    let with = |line: &str, party: &Party| {
        let mut line = line.to_owned();
        add(&mut line, &party.to_string());
        line
    };
    match fault {
        Fault::CrashAt { group, name, point, nth, restart } => {
            let mut line = with("consumer crash", &Party::Instance(group.clone(), name.clone()));
            option(&mut line, "at", point.name());
            if *nth != 1 {
                option(&mut line, "nth", &nth.to_string());
            }
            if let Some(restart) = restart {
                option(&mut line, "restart", &restart.to_string());
            }
            line
        }
        Fault::LoseNext { party, leg, api, count } => {
            let mut line = with("network lose", party);
            line.push_str(if *leg == Leg::Request { " request" } else { " response" });
            if let Some(api) = api {
                option(&mut line, "api", api);
            }
            if *count != 1 {
                option(&mut line, "count", &count.to_string());
            }
            line
        }
        Fault::LoseSent(sent) => format!("network lose --message {}", sent.0),
        Fault::DelaySent(sent, by) => format!("network delay --message {} {by}", sent.0),
        Fault::SlowLink(party, latency) => {
            let mut line = with("network slow", party);
            match latency {
                Some(latency) => add(&mut line, &latency.to_string()),
                None => line.push_str(" off"),
            }
            line
        }
        Fault::CutLink(party) => with("network cut", party),
        Fault::HealLink(party) => with("network heal", party),
        Fault::PauseBroker(id) => format!("broker pause broker-{}", id.0),
        Fault::ResumeBroker(id) => format!("broker resume broker-{}", id.0),
        Fault::SlowPeers(a, b, latency) => {
            format!("network slow {} {} {}", print_node(*a), print_node(*b), print_or_off(*latency))
        }
        Fault::CutPeers(a, b) => format!("network cut {} {}", print_node(*a), print_node(*b)),
        Fault::HealPeers(a, b) => format!("network heal {} {}", print_node(*a), print_node(*b)),
        Fault::SlowDisk(id, delay) => format!("broker slow broker-{id} {}", print_or_off(*delay)),
    }
}
