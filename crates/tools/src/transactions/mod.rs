//! `kafka-transactions` (`TransactionsCommand`).

mod found;

use crate::admin::{API_TIMEOUT_MS, connect, load, parse};
use crate::cluster::broker;
use crate::options::argparse::{Arg, Namespace, Parser, Takes, Type};
use crate::shell::{Exit, Shell};
use crate::table;
use millrace_model::protocol::AdminRequest;
use millrace_model::{ErrorCode, Partition, ProducerEpoch, ProducerId, TopicName, TopicPartition};

const TOPIC: Arg = Arg::value(&["--topic"], "", "the topic");
const PARTITION: Arg = Arg::value(&["--partition"], "", "the partition").kind(Type::Integer);
const BROKER: Arg = Arg::value(&["--broker-id"], "", "the broker").kind(Type::Integer);

const PARSER: Parser = Parser {
    commands_as: "COMMAND",
    commands: &[
        Parser::new(
            "list",
            "list transactions",
            &[Arg::value(&["--duration-filter"], "", "only those that have run for so many ms")
                .kind(Type::Long)],
        ),
        Parser::new(
            "describe",
            "describe the state of an active transactional-id",
            &[Arg::value(&["--transactional-id"], "", "the transactional.id").required()],
        ),
        Parser::new(
            "describe-producers",
            "describe the states of active producers for a topic partition",
            &[BROKER, TOPIC.required(), PARTITION.required()],
        ),
        Parser::new(
            "abort",
            "abort a hanging transaction (requires administrative privileges)",
            &[
                TOPIC.required(),
                PARTITION.required(),
                Arg::value(&["--start-offset"], "", "where it begins").kind(Type::Long),
                Arg::value(&["--producer-id"], "", "whose it is (brokers before 3.0)").kind(Type::Long),
                Arg::value(&["--producer-epoch"], "", "the producer's epoch (brokers before 3.0)")
                    .kind(Type::Short),
                Arg::value(&["--coordinator-epoch"], "", "the coordinator's epoch (brokers before 3.0)")
                    .kind(Type::Integer),
            ],
        ),
        Parser::new(
            "find-hanging",
            "find hanging transactions",
            &[
                BROKER,
                Arg::value(&["--max-transaction-timeout"], "", "minutes after which one hangs, default 15")
                    .kind(Type::Integer),
                TOPIC,
                PARTITION,
            ],
        ),
    ],
    ..Parser::new(
        "kafka-transactions.sh",
        "Shows the transactions of producers, finds those that hang and aborts them.",
        &[
            Arg::flag(&["-v", "--version"], "show the version of this Kafka distribution and exit")
                .takes(Takes::Version),
            Arg::value(&["--command-config"], "FILE", "settings of the admin client"),
            Arg::value(&["--bootstrap-server"], "host:port", "the cluster").required(),
        ],
    )
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = parse(shell, &PARSER, arguments, 1)?;
    execute(shell, &given).map_err(|words| shell.die(&words))
}

/// `printErrorAndExit` with an exception.
fn failed(what: &str, why: &str) -> String {
    let why = why.strip_prefix("org.apache.kafka.common.errors.TimeoutException: ").unwrap_or(why);
    format!("{what}: {why}. Enable debug logging for additional detail.")
}

fn execute(shell: &mut Shell<'_>, given: &Namespace) -> Result<(), String> {
    load(shell, given.value("--command-config"))
        .map_err(|why| failed("Failed to load admin client properties", &why))?;
    let text = |name: &str| given.value(name).unwrap_or_default();
    let tp = || TopicPartition {
        topic: TopicName::from(text("--topic")),
        partition: Partition(given.number("--partition").unwrap_or_default()),
    };
    match given.command {
        Some("list") => {
            connect(shell, given, "listTransactions")
                .map_err(|why| failed("Failed to list transactions", &why))?;
            let headers = ["TransactionalId", "Coordinator", "ProducerId", "TransactionState"];
            let rows = found::listed(shell, given.number("--duration-filter"));
            shell.print(&table::pretty(&headers, &rows));
            Ok(())
        }
        Some("describe") => {
            let id = text("--transactional-id");
            let what = format!("Failed to describe transaction state of transactional-id `{id}`");
            connect(shell, given, "findCoordinator").map_err(|why| failed(&what, &why))?;
            if let Some(row) = found::described(shell, text("--transactional-id")) {
                shell.print(&table::pretty(&DESCRIBED, &[row]));
                return Ok(());
            }
            let why = format!(
                "DescribeTransactions request for transactionalId `{id}` failed because the ID could not be found"
            );
            Err(failed(&what, &why))
        }
        Some("describe-producers") => {
            let on = given.value("--broker-id").map_or("leader".to_owned(), |id| format!("broker {id}"));
            let what = format!("Failed to describe producers for partition {} on {on}", tp());
            producers_of(shell, given, &tp()).map_err(|why| failed(&what, &why))?;
            let headers = [
                "ProducerId",
                "ProducerEpoch",
                "LatestCoordinatorEpoch",
                "LastSequence",
                "LastTimestamp",
                "CurrentTransactionStartOffset",
            ];
            let rows: Vec<Vec<String>> = found::producers(shell, &tp(), given.number("--broker-id"))
                .into_iter()
                .map(found::producer_row)
                .collect();
            shell.print(&table::pretty(&headers, &rows));
            Ok(())
        }
        Some("abort") => abort(shell, given, &tp()),
        _ => find_hanging(shell, given, &tp()),
    }
}

/// The columns of `describe`.
const DESCRIBED: [&str; 9] = [
    "CoordinatorId",
    "TransactionalId",
    "ProducerId",
    "ProducerEpoch",
    "TransactionState",
    "TransactionTimeoutMs",
    "CurrentTransactionStartTimeMs",
    "TransactionDurationMs",
    "TopicPartitions",
];

/// Minutes after which a transaction hangs unless told otherwise.
const MAX_TRANSACTION_TIMEOUT: i64 = 15;

/// Asks for the producers of a partition; who they are is looked up later.
fn producers_of(shell: &mut Shell<'_>, given: &Namespace, tp: &TopicPartition) -> Result<(), String> {
    let broker_id: Option<i32> = given.number("--broker-id");
    let api = if broker_id.is_some() { "DESCRIBE_PRODUCERS" } else { "METADATA" };
    let call = format!("describeProducers(api={api})");
    connect(shell, given, &call)?;
    if broker_id.is_some_and(|id| shell.world().brokers().all(|broker| broker.id().0 != id)) {
        shell.timed_out(&call, API_TIMEOUT_MS);
        return Err(format!("Timed out waiting for a node assignment. Call: {call}"));
    }
    if broker(shell.world()).is_none_or(|broker| broker.partition(tp).is_none()) {
        return Err(shell.timed_out(&call, API_TIMEOUT_MS));
    }
    Ok(())
}

fn abort(shell: &mut Shell<'_>, given: &Namespace, tp: &TopicPartition) -> Result<(), String> {
    let missing = |name: &str| format!("Missing required argument {name}");
    if let Some(offset) = given.value("--start-offset") {
        let what = format!("Failed to validate producer state for partition {tp}");
        producers_of(shell, given, tp).map_err(|why| failed(&what, &why))?;
        let none =
            || format!("Could not find any open transactions starting at offset {offset} on partition {tp}");
        let state =
            found::open_at(shell, tp, given.number("--start-offset").unwrap_or(-1)).ok_or_else(none)?;
        let producer = (state.producer_id, state.producer_epoch);
        return write_marker(shell, tp, producer, state.coordinator_epoch.max(0));
    }
    if !given.has("--producer-id") {
        return Err("The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) \
                    or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)"
            .to_owned());
    }
    if let Some(name) = ["--producer-epoch", "--coordinator-epoch"].into_iter().find(|name| !given.has(name))
    {
        return Err(missing(name));
    }
    let number = |name: &str| given.number::<i64>(name).unwrap_or_default();
    let epoch = i16::try_from(number("--producer-epoch")).unwrap_or(-1);
    let coordinator_epoch = i32::try_from(number("--coordinator-epoch")).unwrap_or_default().max(0);
    let producer = (ProducerId(number("--producer-id")), ProducerEpoch(epoch));
    write_marker(shell, tp, producer, coordinator_epoch)
}

/// `Admin.abortTransaction`
fn write_marker(
    shell: &mut Shell<'_>,
    tp: &TopicPartition,
    (producer_id, producer_epoch): (ProducerId, ProducerEpoch),
    coordinator_epoch: i32,
) -> Result<(), String> {
    let what = format!(
        "Failed to abort transaction AbortTransactionSpec(topicPartition={tp}, producerId={producer_id}, \
         producerEpoch={producer_epoch}, coordinatorEpoch={coordinator_epoch})"
    );
    let tp = tp.clone();
    let request = AdminRequest::WriteTxnMarkers { tp, producer_id, producer_epoch, coordinator_epoch };
    match shell.administer(request) {
        Ok(_) => Ok(()),
        Err(refused) => Err(failed(&what, refused.error.message())),
    }
}

fn find_hanging(shell: &mut Shell<'_>, given: &Namespace, tp: &TopicPartition) -> Result<(), String> {
    if !given.has("--topic") && !given.has("--broker-id") {
        return Err("The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search"
            .to_owned());
    }
    if given.has("--partition") && !given.has("--topic") {
        return Err("The --partition argument requires --topic to be provided".to_owned());
    }
    if given.has("--partition") {
        let on =
            given.value("--broker-id").map_or("Optional.empty".to_owned(), |id| format!("Optional[{id}]"));
        let what = format!("Failed to describe producers for 1 partitions on broker {on}");
        producers_of(shell, given, tp).map_err(|why| failed(&what, &why))?;
    } else if given.has("--topic") {
        let what = "Failed to describe 1 topics";
        connect(shell, given, "describeTopics").map_err(|why| failed(what, &why))?;
        if broker(shell.world()).is_none_or(|broker| broker.topic(tp.topic.as_str()).is_none()) {
            return Err(failed(what, ErrorCode::UnknownTopicOrPartition.message()));
        }
    } else {
        connect(shell, given, "listTopics").map_err(|why| failed("Failed to list topics", &why))?;
    }
    let partitions = match (given.has("--partition"), given.has("--topic")) {
        (true, _) => vec![tp.clone()],
        (false, of_topic) => all_partitions(shell, of_topic.then_some(&tp.topic)),
    };
    let minutes = given.number("--max-transaction-timeout").unwrap_or(MAX_TRANSACTION_TIMEOUT);
    let rows = found::hanging(shell, &partitions, minutes, given.number("--broker-id"));
    let headers = [
        "Topic",
        "Partition",
        "ProducerId",
        "ProducerEpoch",
        "CoordinatorEpoch",
        "StartOffset",
        "LastTimestamp",
        "Duration(min)",
    ];
    shell.print(&table::pretty(&headers, &rows));
    Ok(())
}

/// Every partition of a topic, or of all.
fn all_partitions(shell: &Shell<'_>, topic: Option<&TopicName>) -> Vec<TopicPartition> {
    let topics = broker(shell.world()).into_iter().flat_map(|broker| broker.topics());
    let meant = topics.filter(|found| topic.is_none_or(|topic| found.name() == topic));
    let partitions = meant.flat_map(|topic| {
        (0..topic.partition_count())
            .map(|n| TopicPartition { topic: topic.name().clone(), partition: Partition(n) })
    });
    partitions.collect()
}
