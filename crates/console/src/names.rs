//! The names of what there is in a world: what a line can be about.

use millrace_model::collections::sort;
use millrace_sim::World;

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Topic,
    Group,
    Instance,
    Producer,
    Streams,
    Broker,
    BrokerId,
    Controller,
    Dashboard,
    Service,
    Address,
    /// Anything of the above that has a name of its own.
    Any,
}

impl Kind {
    /// What a name of it is called.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Topic => "topic",
            Kind::Group => "group",
            Kind::Instance => "instance",
            Kind::Producer => "producer",
            Kind::Streams => "streams application",
            Kind::Broker | Kind::BrokerId => "broker",
            Kind::Controller => "controller",
            Kind::Dashboard => "dashboard",
            Kind::Service => "service",
            Kind::Address => "the cluster",
            Kind::Any => "",
        }
    }
}

/// All names of a kind, sorted, each once, with the kind that it is of.
pub fn names(world: &World, kind: Kind) -> Vec<(String, Kind)> {
    if kind == Kind::Any {
        let all = [Kind::Topic, Kind::Group, Kind::Streams, Kind::Dashboard, Kind::Service];
        return all.into_iter().flat_map(|kind| names(world, kind)).collect();
    }
    let mut found: Vec<String> = match kind {
        Kind::Topic => {
            let topics = world.brokers().flat_map(|broker| broker.topics());
            let names = topics.map(|topic| topic.name().as_str());
            names.filter(|name| !name.starts_with("__")).map(str::to_owned).collect()
        }
        Kind::Group => {
            let apps = world.apps().keys().map(ToString::to_string);
            let groups =
                world.brokers().flat_map(|broker| broker.groups()).map(|group| group.id().to_string());
            apps.chain(groups).collect()
        }
        Kind::Instance => {
            let of = |(_, node): (_, &millrace_sim::node::Node)| {
                node.group().map(|group| format!("{group}/{}", node.name))
            };
            world.nodes().filter_map(of).collect()
        }
        Kind::Producer => {
            let producers = world.nodes().filter(|(_, node)| world.producer(&node.name).is_some());
            producers
                .filter(|(_, node)| node.group().is_none())
                .map(|(_, node)| node.name.to_string())
                .collect()
        }
        Kind::Streams => world.streams_apps().keys().map(ToString::to_string).collect(),
        Kind::Broker => brokers(world).map(|id| format!("broker-{id}")).collect(),
        Kind::BrokerId => brokers(world).map(|id| id.to_string()).collect(),
        Kind::Controller => {
            let voters = world.quorum().into_iter().flat_map(|quorum| quorum.voters().keys());
            voters.map(|id| format!("controller-{id}")).collect()
        }
        Kind::Dashboard => world.dashboards().keys().map(ToString::to_string).collect(),
        Kind::Service => world.services().map(|(name, _)| name.to_owned()).collect(),
        Kind::Address => vec![crate::tool::bootstrap(world)],
        Kind::Any => Vec::new(),
    };
    sort::sort(&mut found);
    found.dedup();
    found.into_iter().map(|name| (name, kind)).collect()
}

fn brokers(world: &World) -> impl Iterator<Item = i32> {
    world.brokers().flat_map(|broker| broker.brokers()).map(|info| info.id.0)
}

/// The kind of a name that `script` expects: "a topic's name", "--group and a group's name".
pub fn expected(words: &str) -> Option<Kind> {
    const SAID: &[(&str, Kind)] = &[
        ("a group and its instance", Kind::Instance),
        ("billing/c1", Kind::Instance),
        ("topic", Kind::Topic),
        ("group", Kind::Group),
        ("streams application", Kind::Streams),
        ("producer", Kind::Producer),
        ("broker's address", Kind::Address),
        // Where any node is meant, brokers are named.
        ("a controller, such as", Kind::Controller),
        ("broker", Kind::Broker),
        ("dashboard", Kind::Dashboard),
        ("service", Kind::Service),
    ];
    // `--topic and a topic's name` wants the option first; a setting is no name.
    if words.starts_with("--") || words.contains("setting") {
        return None;
    }
    SAID.iter().find(|(said, _)| words.contains(said)).map(|(_, kind)| *kind)
}

/// What follows an option of one of Kafka's tools.
pub enum Wanted {
    /// A name.
    Name(Kind),
    /// One of these.
    One(&'static [&'static str]),
}

/// What is wanted after an option; `entity` is the value of `--entity-type`.
pub fn wanted(option: &str, entity: &str) -> Option<Wanted> {
    let kind = match option {
        "--topic" | "--include" | "--topics-include" | "--topic-list" | "--input-topics"
        | "--internal-topics" => Kind::Topic,
        "--group" => Kind::Group,
        "--application-id" => Kind::Streams,
        "--bootstrap-server" => Kind::Address,
        "--broker" | "--broker-list" | "--id" => Kind::BrokerId,
        "--entity-name" => match entity {
            "topics" => Kind::Topic,
            "brokers" => Kind::BrokerId,
            "groups" => Kind::Group,
            _ => return None,
        },
        _ => {
            return Some(Wanted::One(match option {
                "--entity-type" => {
                    &["topics", "brokers", "groups", "clients", "users", "ips", "client-metrics"]
                }
                "--isolation-level" => &["read_committed", "read_uncommitted"],
                "--offset" => &["earliest", "latest"],
                "--compression-codec" => &["none", "gzip", "snappy", "lz4", "zstd"],
                "--election-type" => &["preferred", "unclean"],
                "--time" => &["earliest", "latest", "max-timestamp"],
                "--request-required-acks" => &["all", "1", "0"],
                "--property" => &[
                    "parse.key=true",
                    "key.separator=:",
                    "parse.headers=true",
                    "print.key=true",
                    "print.partition=true",
                    "print.offset=true",
                    "print.timestamp=true",
                    "print.headers=true",
                ],
                _ => return None,
            }));
        }
    };
    Some(Wanted::Name(kind))
}
