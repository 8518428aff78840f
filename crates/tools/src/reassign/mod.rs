//! `kafka-reassign-partitions` (`ReassignPartitionsCommand`). With one broker every replica is where it can be, so that nothing
//! ever moves; in a cluster the controller is asked ([`moves`]). How fast they may move is `throttle`, what is in the files is
//! `plan`.

mod moves;
mod plan;
mod propose;
mod throttle;

use crate::admin::{connect_to, load};
use crate::cluster::broker;
use crate::java_map;
use crate::options::{Given, Grammar, Opt, OptionError, help_or_version, require, usage};
use crate::quorum::LOG_DIR;
use crate::shell::{Exit, Shell};
use millrace_model::{BrokerInfo, ErrorCode, Partition, TopicName, TopicPartition};
use plan::{ANY, Place, check_plan, joined, read_plan, to_generate};

const ABOUT: &str = "This tool helps to move topic partitions between replicas.";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::flag("verify", "tells whether a reassignment is done"),
        Opt::flag("generate", "proposes a reassignment"),
        Opt::flag("execute", "begins a reassignment"),
        Opt::flag("cancel", "stops a reassignment"),
        Opt::flag("list", "lists reassignments that go on"),
        Opt::value("bootstrap-server", "host:port", "the cluster"),
        Opt::value("command-config", "file", "settings of the admin client"),
        Opt::value(
            "reassignment-json-file",
            "file",
            "where partitions shall be: {\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"replicas\":[1]}],\"version\":1}",
        ),
        Opt::value(
            "topics-to-move-json-file",
            "file",
            "which topics: {\"topics\":[{\"topic\":\"orders\"}],\"version\":1}",
        ),
        Opt::value("broker-list", "ids", "the brokers, set off by commas"),
        Opt::value("bootstrap-controller", "host:port", "the controller"),
        Opt::flag("disable-rack-aware", "looks at no racks"),
        Opt::value("throttle", "bytes a second", "how fast replicas may move between brokers"),
        Opt::value(
            "replica-alter-log-dirs-throttle",
            "bytes a second",
            "how fast they may move between directories",
        ),
        Opt::value("timeout", "ms", "how long to wait for a move to begin, default 10000"),
        Opt::flag("additional", "besides reassignments that go on"),
        Opt::flag("preserve-throttles", "leaves throttles as they are"),
    ],
};

/// The actions, each with what it needs and what else it takes.
const ACTIONS: [(&str, &[&str], &[&str]); 5] = [
    (
        "generate",
        &["topics-to-move-json-file", "broker-list"],
        &["bootstrap-server", "broker-list", "command-config", "disable-rack-aware"],
    ),
    (
        "execute",
        &["reassignment-json-file"],
        &[
            "additional",
            "bootstrap-server",
            "command-config",
            "throttle",
            "replica-alter-log-dirs-throttle",
            "timeout",
        ],
    ),
    ("verify", &["reassignment-json-file"], &["bootstrap-server", "command-config", "preserve-throttles"]),
    (
        "cancel",
        &["reassignment-json-file"],
        &["bootstrap-server", "bootstrap-controller", "command-config", "preserve-throttles", "timeout"],
    ),
    ("list", &[], &["bootstrap-server", "bootstrap-controller", "command-config"]),
];

/// `CANNOT_EXECUTE_BECAUSE_OF_EXISTING_MESSAGE`
const EXISTING: &str = "Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a \
     new partition assignment in addition to the existing one. The --additional flag can also be used to change the \
     throttle by resubmitting the current reassignment.";

/// What ends the tool with exit code 1: an exception's sentence.
struct Failure(String);

impl From<OptionError> for Failure {
    fn from(error: OptionError) -> Failure {
        Failure(error.words)
    }
}

impl From<String> for Failure {
    fn from(words: String) -> Failure {
        Failure(words)
    }
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.uncaught(error.class, &error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    let action = check(shell, &given, arguments)?;
    execute(shell, &given, action).map_err(|Failure(words)| {
        shell.say(format!("Error: {words}"));
        Exit(1)
    })
}

fn check(shell: &mut Shell<'_>, given: &Given, arguments: &[String]) -> Result<&'static str, Exit> {
    let mut asked = ACTIONS.iter().filter(|(action, ..)| given.has(action));
    let (Some((action, required, permitted)), None) = (asked.next(), asked.next()) else {
        let names: Vec<String> = ACTIONS.iter().map(|(action, ..)| format!("--{action}")).collect();
        let words = format!("Command must include exactly one action: {}", names.join(", "));
        return Err(usage(shell, &GRAMMAR, &words));
    };
    let words = match (given.has("bootstrap-server"), given.has("bootstrap-controller")) {
        (true, true) => "Please don't specify both --bootstrap-server and --bootstrap-controller",
        (false, false) => "Please specify either --bootstrap-server or --bootstrap-controller",
        _ => "",
    };
    if !words.is_empty() {
        return Err(usage(shell, &GRAMMAR, words));
    }
    require(shell, &GRAMMAR, given, required)?;
    // In the order in which they were given.
    let given_at = |option: &&Opt| {
        let is_it = |word: &String| word.trim_start_matches('-').split('=').next() == Some(option.name);
        arguments.iter().position(is_it)
    };
    let mut others: Vec<&Opt> = GRAMMAR.options.iter().filter(|option| given.has(option.name)).collect();
    others.sort_by_key(given_at);
    let is_wrong = |option: &&&Opt| {
        option.name != *action && !required.contains(&option.name) && !permitted.contains(&option.name)
    };
    if let Some(wrong) = others.iter().find(is_wrong) {
        let words = format!("Option \"[{}]\" can't be used with action \"[{action}]\"", wrong.name);
        return Err(usage(shell, &GRAMMAR, &words));
    }
    Ok(action)
}

fn execute(shell: &mut Shell<'_>, given: &Given, action: &str) -> Result<(), Failure> {
    load(shell, given.value("command-config")?)?;
    let (servers, controllers) = (given.value("bootstrap-server")?, given.value("bootstrap-controller")?);
    let file = match action {
        "list" => String::new(),
        "generate" => read(shell, given.value("topics-to-move-json-file")?)?,
        _ => read(shell, given.value("reassignment-json-file")?)?,
    };
    match action {
        "list" => {
            connect_to(shell, servers, controllers, "listPartitionReassignments")?;
            let text = moves::listed(shell);
            shell.say(text);
            Ok(())
        }
        "generate" => {
            let (brokers, topics) = to_generate(&file, given.value("broker-list")?.unwrap_or_default())?;
            connect_to(shell, servers, controllers, "describeTopics")?;
            generate(shell, given, &brokers, &topics)
        }
        "execute" => {
            let plan = read_plan(&file)?;
            check_plan(&plan)?;
            connect_to(shell, servers, controllers, "listPartitionReassignments")?;
            begin(shell, given, &plan)
        }
        "verify" => {
            let plan = read_plan(&file)?;
            connect_to(shell, servers, controllers, "listPartitionReassignments")?;
            verify(shell, &plan)?;
            if moves::ongoing(shell).is_empty() && !given.has("preserve-throttles") {
                throttle::clear(shell, &plan)?;
            }
            Ok(())
        }
        _ => {
            let plan = read_plan(&file)?;
            connect_to(shell, servers, controllers, "listPartitionReassignments")?;
            moves::cancel(shell, &plan)?;
            shell.print("None of the specified partition moves are active.");
            if !given.has("preserve-throttles") {
                throttle::clear(shell, &plan)?;
            }
            Ok(())
        }
    }
}

fn read(shell: &Shell<'_>, path: Option<&str>) -> Result<String, String> {
    let path = path.unwrap_or_default();
    shell.read_or_inline(path).ok_or_else(|| format!("Unable to read file {path}"))
}

/// The replicas of a partition; while they move, those that come and those that go as well.
fn replicas(shell: &Shell<'_>, tp: &TopicPartition) -> Option<Vec<i32>> {
    let partition = broker(shell.world())?.partition(tp)?;
    Some(partition.info.replicas.iter().map(|replica| replica.0).collect())
}

/// `formatAsReassignmentJson`
fn as_json(places: &[(TopicPartition, Vec<i32>)]) -> String {
    let entry = |(tp, replicas): &(TopicPartition, Vec<i32>)| {
        let dirs = vec!["\"any\""; replicas.len()].join(",");
        format!(
            "{{\"topic\":\"{}\",\"partition\":{},\"replicas\":[{}],\"log_dirs\":[{dirs}]}}",
            tp.topic,
            tp.partition,
            joined(replicas, ",")
        )
    };
    let entries: Vec<String> = places.iter().map(entry).collect();
    format!("{{\"version\":1,\"partitions\":[{}]}}", entries.join(","))
}

fn not_found(topic: &TopicName) -> Failure {
    let class = crate::errors::class(ErrorCode::UnknownTopicOrPartition);
    Failure(format!("{class}: Topic {topic} not found."))
}

fn begin(shell: &mut Shell<'_>, given: &Given, plan: &[Place]) -> Result<(), Failure> {
    if !given.has("additional") && !moves::ongoing(shell).is_empty() {
        return Err(Failure(EXISTING.to_owned()));
    }
    let alive = broker(shell.world()).into_iter().flat_map(|broker| broker.brokers());
    let known: Vec<i32> = alive.map(|info| info.id.0).collect();
    let wanted: Vec<i32> = plan.iter().flat_map(|place| place.replicas.iter().copied()).collect();
    let mut sorted = wanted;
    sorted.sort_unstable();
    sorted.dedup();
    if let Some(unknown) = java_map::order_by(sorted, 16, |id| *id).into_iter().find(|id| !known.contains(id))
    {
        return Err(Failure(format!("Unknown broker id {unknown}")));
    }
    let mut current = Vec::new();
    let mut missing = Vec::new();
    for place in plan {
        if broker(shell.world()).is_none_or(|broker| broker.topic(place.tp.topic.as_str()).is_none()) {
            return Err(not_found(&place.tp.topic));
        }
        match replicas(shell, &place.tp) {
            Some(replicas) => current.push((place.tp.clone(), replicas)),
            None => missing.push(place.tp.clone()),
        }
    }
    if !missing.is_empty() {
        let class = crate::errors::class(ErrorCode::UnknownTopicOrPartition);
        return Err(Failure(format!("{class}: Unable to find partition: {}", joined(&missing, ", "))));
    }
    current.sort();
    shell.say(format!(
        "Current partition replica assignment\n\n{}\n\nSave this to use as the --reassignment-json-file option during \
         rollback",
        as_json(&current)
    ));
    let between: i64 = given.number("throttle")?.unwrap_or(-1);
    let within: i64 = given.number("replica-alter-log-dirs-throttle")?.unwrap_or(-1);
    if between >= 0 || within >= 0 {
        shell.say(
            "Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is \
             removed.",
        );
    }
    if between >= 0 {
        throttle::set(shell, plan, &current, between)?;
    }
    let moves: Vec<(&TopicPartition, &String, &i32)> = plan
        .iter()
        .flat_map(|place| {
            place.log_dirs.iter().zip(&place.replicas).map(move |(dir, id)| (&place.tp, dir, id))
        })
        .filter(|(_, dir, _)| *dir != ANY)
        .collect();
    if within >= 0 {
        let mut ids: Vec<i32> = moves.iter().map(|(.., id)| **id).collect();
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            throttle::set_within(shell, &ids, within)?;
        }
    }
    moves::begin(shell, plan)?;
    let many = if plan.len() == 1 { "" } else { "s" };
    let names: Vec<&TopicPartition> = current.iter().map(|(tp, _)| tp).collect();
    shell.say(format!("Successfully started partition reassignment{many} for {}", joined(&names, ",")));
    for (tp, dir, id) in moves {
        if dir != LOG_DIR {
            return Err(Failure(format!("Failed to alter dir for {tp}-{id}")));
        }
        shell.say(format!(
            "Successfully started moving log directory to {dir} for replica {tp} with broker {id} "
        ));
    }
    Ok(())
}

fn verify(shell: &mut Shell<'_>, plan: &[Place]) -> Result<(), Failure> {
    let mut places: Vec<&Place> = plan.iter().collect();
    places.sort_by(|a, b| a.tp.cmp(&b.tp));
    let mut lines = vec!["Status of partition reassignment:".to_owned()];
    for place in &places {
        let number = place.tp.partition.0;
        let topic = broker(shell.world()).and_then(|broker| broker.topic(place.tp.topic.as_str()));
        // Of numbers above the tool sees that they are none, of the first one behind the last it does not.
        if let Some(count) = topic.map(|topic| topic.partition_count()).filter(|count| number == *count) {
            return Err(Failure(format!("Index {number} out of bounds for length {count}")));
        }
        let current = replicas(shell, &place.tp).unwrap_or_default();
        lines.push(if moves::is_moving(shell, &place.tp) {
            format!("Reassignment of partition {} is still in progress.", place.tp)
        } else if current == place.replicas {
            format!("Reassignment of partition {} is completed.", place.tp)
        } else {
            format!(
                "There is no active reassignment of partition {}, but replica set is {} rather than {}.",
                place.tp,
                joined(&current, ","),
                joined(&place.replicas, ",")
            )
        });
    }
    let mut moves = Vec::new();
    for place in &places {
        for (dir, id) in place.log_dirs.iter().zip(&place.replicas).filter(|(dir, _)| *dir != ANY) {
            let is_here = replicas(shell, &place.tp).is_some_and(|replicas| replicas.contains(id));
            moves.push(match (is_here, dir == LOG_DIR) {
                (false, _) => format!(
                    "Partition {} cannot be found in any live log directory on broker {id}.",
                    place.tp
                ),
                (true, true) => format!("Reassignment of replica {}-{id} completed successfully.", place.tp),
                (true, false) => format!(
                    "Partition {} on broker {id} is not being moved from log dir {LOG_DIR} to {dir}.",
                    place.tp
                ),
            });
        }
    }
    shell.say(lines.join("\n"));
    shell.say(moves.join("\n"));
    Ok(())
}

fn generate(shell: &mut Shell<'_>, given: &Given, brokers: &[i32], topics: &[String]) -> Result<(), Failure> {
    let mut current = Vec::new();
    for topic in topics {
        let name = TopicName::from(topic.as_str());
        let count =
            broker(shell.world()).and_then(|broker| broker.topic(topic)).map(|topic| topic.partition_count());
        let Some(count) = count else { return Err(not_found(&name)) };
        for partition in (0..count).map(Partition) {
            let tp = TopicPartition { topic: name.clone(), partition };
            let replicas = replicas(shell, &tp).unwrap_or_default();
            current.push((tp, replicas));
        }
    }
    let known: Vec<BrokerInfo> = broker(shell.world()).map(|one| one.brokers().to_vec()).unwrap_or_default();
    let racks = |info: &BrokerInfo| info.rack.clone().filter(|_| !given.has("disable-rack-aware"));
    let of = |id: &i32| known.iter().find(|info| info.id.0 == *id).map(|info| (*id, racks(info)));
    let there: Vec<(i32, Option<String>)> = brokers.iter().filter_map(of).collect();
    let proposed = propose::propose(&current, &there).map_err(Failure)?;
    current.sort();
    let text = as_json(&current);
    shell.say(format!("Current partition replica assignment\n{text}\n"));
    shell.say(format!("Proposed partition reassignment configuration\n{}", as_json(&proposed)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Invocation, NoFiles};
    use millrace_model::Profile;
    use millrace_sim::{Setup, Timeline};

    /// With one broker everything is where it shall be, or cannot be there.
    #[test]
    fn nothing_moves_with_one_broker() {
        let mut timeline = Timeline::new(Setup { profile: Profile::Snapshot40, seed: 1 });
        let mut run = |line: &str| {
            let argv: Vec<String> = format!("{line} --bootstrap-server broker-1:9092")
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            let invocation = Invocation { argv: &argv, stdin: "", files: &NoFiles };
            let outcome = crate::run(timeline.world(), &invocation).unwrap();
            for (at, command) in &outcome.commands {
                timeline.run_until(*at, usize::MAX);
                timeline.dispatch(command.clone()).unwrap();
            }
            timeline.run_until(outcome.until, usize::MAX);
            (outcome.stdout, outcome.exit)
        };
        run("kafka-topics --create --topic t --partitions 1");
        let tool = "kafka-reassign-partitions";
        let now =
            r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1],"log_dirs":["any"]}]}"#;
        let plan = r#"{"partitions":[{"topic":"t","partition":0,"replicas":[1]}]}"#;
        let topics = r#"{"topics":[{"topic":"t"}]}"#;
        assert_eq!(run(&format!("{tool} --list")), ("No partition reassignments found.\n".to_owned(), 0));
        assert_eq!(
            run(&format!("{tool} --generate --broker-list 1 --topics-to-move-json-file {topics}")).0,
            format!(
                "Current partition replica assignment\n{now}\n\nProposed partition reassignment configuration\n{now}\n"
            )
        );
        assert_eq!(
            run(&format!("{tool} --execute --reassignment-json-file {plan} --throttle 5")).0,
            format!(
                "Current partition replica assignment\n\n{now}\n\nSave this to use as the --reassignment-json-file option \
                 during rollback\nWarning: You must run --verify periodically, until the reassignment completes, to ensure \
                 the throttle is removed.\nThe inter-broker throttle limit was set to 5 B/s\nSuccessfully started partition \
                 reassignment for t-0\n"
            )
        );
        assert_eq!(
            run(&format!("{tool} --verify --reassignment-json-file {plan}")).0,
            "Status of partition reassignment:\nReassignment of partition t-0 is completed.\n\nClearing broker-level \
             throttles on broker 1\nClearing topic-level throttles on topic t\n"
        );
        let elsewhere = plan.replace("[1]", "[2]");
        assert_eq!(
            run(&format!("{tool} --execute --reassignment-json-file {elsewhere}")),
            ("Error: Unknown broker id 2\n".to_owned(), 1)
        );
        assert!(
            run(&format!("{tool} --verify --preserve-throttles --reassignment-json-file {elsewhere}"))
                .0
                .contains(
                    "There is no active reassignment of partition t-0, but replica set is 1 rather than 2."
                )
        );
    }
}
