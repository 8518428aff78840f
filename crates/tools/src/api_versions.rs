//! `kafka-broker-api-versions` (`BrokerApiVersionsCommand`): the requests that a broker of this version of Kafka
//! understands, in which versions. Requests have no versions here; what is shown is what the version says of itself.

use crate::admin::{connect_to, load};
use crate::cluster::broker;
use crate::options::{Grammar, Opt, help_or_version, require};
use crate::shell::{Exit, Shell};

const ABOUT: &str = "This tool helps to retrieve broker version information.";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value("command-config", "file", "settings of the admin client"),
    ],
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.die(&error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    require(shell, &GRAMMAR, &given, &["bootstrap-server"])?;
    let (servers, config) = match (given.value("bootstrap-server"), given.value("command-config")) {
        (Ok(servers), Ok(config)) => (servers.unwrap_or_default(), config),
        (Err(error), _) | (_, Err(error)) => return Err(shell.die(&error.words)),
    };
    if let Err(path) = load(shell, config) {
        return Err(shell.die(&path));
    }
    if let Err(why) = crate::cluster::check_bootstrap(servers) {
        return Err(shell.die(&why));
    }
    if connect_to(shell, Some(servers), None, "").is_err() {
        let nodes: Vec<String> = servers
            .split(',')
            .zip(1..)
            .map(|(server, n)| format!("{server} (id: -{n} rack: null)"))
            .collect();
        return Err(shell.die(&format!("Request METADATA failed on brokers [{}]", nodes.join(", "))));
    }
    let Some(info) = broker(shell.world()).and_then(|broker| broker.brokers().first().cloned()) else {
        return Ok(());
    };
    let rack = info.rack.as_deref().unwrap_or("null");
    shell.say(format!("{}:{} (id: {} rack: {rack}) -> (", info.host, info.port, info.id));
    let last = APIS.len() - 1;
    for (at, (name, key, newest)) in APIS.iter().enumerate() {
        let versions = match newest {
            None => "UNSUPPORTED".to_owned(),
            Some(0) => "0 [usable: 0]".to_owned(),
            Some(newest) => format!("0 to {newest} [usable: {newest}]"),
        };
        let comma = if at == last { "" } else { "," };
        shell.say(format!("\t{name}({key}): {versions}{comma}"));
    }
    shell.say(")");
    Ok(())
}

/// Every request that a client may send (`ApiKeys`), with its number and the newest version that the broker takes, if it
/// takes any; all begin at 0.
const APIS: &[(&str, u8, Option<u8>)] = &[
    ("Produce", 0, Some(11)),
    ("Fetch", 1, Some(17)),
    ("ListOffsets", 2, Some(10)),
    ("Metadata", 3, Some(12)),
    ("LeaderAndIsr", 4, None),
    ("StopReplica", 5, None),
    ("UpdateMetadata", 6, None),
    ("ControlledShutdown", 7, None),
    ("OffsetCommit", 8, Some(9)),
    ("OffsetFetch", 9, Some(9)),
    ("FindCoordinator", 10, Some(6)),
    ("JoinGroup", 11, Some(9)),
    ("Heartbeat", 12, Some(4)),
    ("LeaveGroup", 13, Some(5)),
    ("SyncGroup", 14, Some(5)),
    ("DescribeGroups", 15, Some(5)),
    ("ListGroups", 16, Some(5)),
    ("SaslHandshake", 17, Some(1)),
    ("ApiVersions", 18, Some(4)),
    ("CreateTopics", 19, Some(7)),
    ("DeleteTopics", 20, Some(6)),
    ("DeleteRecords", 21, Some(2)),
    ("InitProducerId", 22, Some(5)),
    ("OffsetForLeaderEpoch", 23, Some(4)),
    ("AddPartitionsToTxn", 24, Some(5)),
    ("AddOffsetsToTxn", 25, Some(4)),
    ("EndTxn", 26, Some(4)),
    ("WriteTxnMarkers", 27, Some(1)),
    ("TxnOffsetCommit", 28, Some(4)),
    ("DescribeAcls", 29, Some(3)),
    ("CreateAcls", 30, Some(3)),
    ("DeleteAcls", 31, Some(3)),
    ("DescribeConfigs", 32, Some(4)),
    ("AlterConfigs", 33, Some(2)),
    ("AlterReplicaLogDirs", 34, Some(2)),
    ("DescribeLogDirs", 35, Some(4)),
    ("SaslAuthenticate", 36, Some(2)),
    ("CreatePartitions", 37, Some(3)),
    ("CreateDelegationToken", 38, Some(3)),
    ("RenewDelegationToken", 39, Some(2)),
    ("ExpireDelegationToken", 40, Some(2)),
    ("DescribeDelegationToken", 41, Some(3)),
    ("DeleteGroups", 42, Some(2)),
    ("ElectLeaders", 43, Some(2)),
    ("IncrementalAlterConfigs", 44, Some(1)),
    ("AlterPartitionReassignments", 45, Some(0)),
    ("ListPartitionReassignments", 46, Some(0)),
    ("OffsetDelete", 47, Some(0)),
    ("DescribeClientQuotas", 48, Some(1)),
    ("AlterClientQuotas", 49, Some(1)),
    ("DescribeUserScramCredentials", 50, Some(0)),
    ("AlterUserScramCredentials", 51, Some(0)),
    ("DescribeQuorum", 55, Some(2)),
    ("AlterPartition", 56, None),
    ("UpdateFeatures", 57, Some(2)),
    ("Envelope", 58, None),
    ("DescribeCluster", 60, Some(1)),
    ("DescribeProducers", 61, Some(0)),
    ("UnregisterBroker", 64, Some(0)),
    ("DescribeTransactions", 65, Some(0)),
    ("ListTransactions", 66, Some(1)),
    ("AllocateProducerIds", 67, None),
    ("ConsumerGroupHeartbeat", 68, Some(0)),
    ("ConsumerGroupDescribe", 69, Some(0)),
    ("GetTelemetrySubscriptions", 71, None),
    ("PushTelemetry", 72, None),
    ("ListClientMetricsResources", 74, Some(0)),
    ("DescribeTopicPartitions", 75, Some(0)),
    ("ShareGroupHeartbeat", 76, None),
    ("ShareGroupDescribe", 77, None),
    ("ShareFetch", 78, None),
    ("ShareAcknowledge", 79, None),
    ("AddRaftVoter", 80, Some(0)),
    ("RemoveRaftVoter", 81, Some(0)),
    ("InitializeShareGroupState", 83, None),
    ("ReadShareGroupState", 84, None),
    ("WriteShareGroupState", 85, None),
    ("DeleteShareGroupState", 86, None),
    ("ReadShareGroupStateSummary", 87, None),
];
