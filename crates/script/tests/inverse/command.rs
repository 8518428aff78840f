//! Commands.

use super::admin::admin_request;
use super::config::*;
use super::plain::*;
use millrace_model::config::cluster::ClusterConfig;
use millrace_model::protocol::{AlterPartitionReassignmentsRequest, ElectLeadersRequest, ElectionType};
use millrace_model::{BrokerId, Partition, Profile, TopicPartition, TransactionVersion};
use millrace_sim::command::FeedFrom;
use millrace_sim::{
    BrokerAction, CallRate, ClusterCommand, Command, ControllerAction, Downstream, InstanceAction, Machines,
    ProducerAction, QueueAction, QueueCommand, QueueConfig, ServiceAction, ServiceCommand, SetListeners,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn cluster() -> impl Strategy<Value = ClusterCommand> {
    let actions = vec![
        BrokerAction::Crash,
        BrokerAction::Stop,
        BrokerAction::Restart,
        BrokerAction::CrashUnflushed,
        BrokerAction::CrashDiskLost,
    ];
    let of_controllers = vec![
        ControllerAction::Crash,
        ControllerAction::Stop,
        ControllerAction::Restart,
        ControllerAction::Pause,
        ControllerAction::Resume,
    ];
    // Racks are set off by commas.
    let rack = short_name().prop_filter("a rack", |name| !name.contains(','));
    let target = || of(vec((1..=9_i32).prop_map(BrokerId), 1..4));
    let moved = (topic(), 0..9_i32, target())
        .prop_map(|(topic, n, target)| (TopicPartition { topic, partition: Partition(n) }, target));
    let config = (span(), 1..9_i16, any::<bool>(), any::<bool>()).prop_map(|(span, factor, unclean, elr)| {
        ClusterConfig {
            broker_session_timeout: span,
            default_replication_factor: factor,
            unclean_leader_election: unclean,
            eligible_leader_replicas: elr,
            transaction_version: if elr { TransactionVersion::V1 } else { TransactionVersion::V2 },
            ..ClusterConfig::default()
        }
    });
    prop_oneof![
        (1..=9_u32, 1..=5_u32, vec(rack, 0..3), config).prop_map(|(brokers, controllers, racks, config)| {
            ClusterCommand::Start { brokers, controllers, racks, config }
        }),
        (topic(), topic_config(), vec(vec((1..=9_i32).prop_map(BrokerId), 1..4), 1..4))
            .prop_map(|(topic, config, replicas)| ClusterCommand::CreateTopic { topic, config, replicas }),
        (select(vec![ElectionType::Preferred, ElectionType::Unclean]), of((topic(), 0..9_i32))).prop_map(
            |(election_type, of)| {
                let partitions = of.map(|(topic, n)| vec![TopicPartition { topic, partition: Partition(n) }]);
                ClusterCommand::ElectLeaders(ElectLeadersRequest { election_type, partitions })
            }
        ),
        (1..=9_i32, select(actions))
            .prop_map(|(id, action)| ClusterCommand::Broker { id: BrokerId(id), action }),
        (1..=9_i32, of(short_name()))
            .prop_map(|(id, rack)| ClusterCommand::AddBroker { id: BrokerId(id), rack }),
        (0..=9_i32).prop_map(|id| ClusterCommand::Unregister(BrokerId(id))),
        (100..=104_i32, select(of_controllers))
            .prop_map(|(id, action)| ClusterCommand::Controller { id: BrokerId(id), action }),
        vec(moved, 1..4).prop_map(|partitions| {
            ClusterCommand::Reassign(AlterPartitionReassignmentsRequest { partitions })
        }),
    ]
}

pub fn command(profile: Profile) -> impl Strategy<Value = Command> {
    let actions = vec![
        InstanceAction::Stop,
        InstanceAction::Crash,
        InstanceAction::Freeze,
        InstanceAction::Thaw,
        InstanceAction::Restart,
        InstanceAction::Pause,
        InstanceAction::Resume,
    ];
    let pipelines = vec![
        "stream orders | to copies",
        "stream orders | filter value.amount > 0 and key != \"it's\" | group by key | window tumbling 10s grace 2s | count | to per-customer",
    ];
    prop_oneof![
        (topic(), of(any::<i32>()), of(any::<i16>()), topic_config()).prop_map(
            |(topic, partitions, replication_factor, config)| Command::CreateTopic {
                topic,
                partitions,
                replication_factor,
                config
            }
        ),
        (topic(), any::<i32>()).prop_map(|(topic, total)| Command::AddPartitions { topic, total }),
        (name(), topic(), producer_config(profile)).prop_map(|(name, topic, config)| {
            Command::StartProducer { name: name.into(), topic, config: Box::new(config) }
        }),
        (of(name()), vec(record(), 1..4)).prop_map(|(producer, records)| {
            Command::Produce { producer: producer.map(Into::into), records }
        }),
        (name(), of(workload()))
            .prop_map(|(producer, workload)| Command::SetWorkload { producer: producer.into(), workload }),
        (app(profile), 0..=200_u32)
            .prop_map(|(app, instances)| Command::StartApp { app: Box::new(app), instances }),
        topic().prop_map(|topic| Command::DeleteTopic { topic }),
        admin_request().prop_map(|request| Command::Administer { request: Box::new(request) }),
        broker_config().prop_map(|config| Command::StartBrokers { config: Box::new(config) }),
        (group(), of(short_name()), own(profile)).prop_map(|(group, name, own)| Command::AddInstance {
            group,
            name,
            own
        }),
        (group(), short_name(), errand()).prop_map(|(group, name, errand)| Command::Errand {
            group,
            name,
            errand
        }),
        (group(), short_name(), select(actions)).prop_map(|(group, name, action)| Command::Instance {
            group,
            name,
            action
        }),
        (group(), of(short_name()), span()).prop_map(|(group, instance, work)| Command::SetWork {
            group,
            instance,
            work
        }),
        (group(), vec(failure(), 0..4)).prop_map(|(group, rules)| Command::SetFailures { group, rules }),
        (group(), retry()).prop_map(|(group, retry)| Command::SetRetry { group, retry }),
        (name(), select(pipelines), streams_config(), 1_u32..5).prop_map(
            |(name, pipeline, config, instances)| Command::StartStreams {
                name: name.into(),
                pipeline: pipeline.into(),
                config,
                instances
            }
        ),
        name().prop_map(|name| Command::StopStreams { name: name.into() }),
        name().prop_map(|name| Command::AddStreamsInstance { name: name.into() }),
        (
            name(),
            name(),
            select(vec![
                InstanceAction::Stop,
                InstanceAction::Crash,
                InstanceAction::Freeze,
                InstanceAction::Thaw,
                InstanceAction::Restart,
            ])
        )
            .prop_map(|(name, instance, action)| Command::StreamsInstance {
                name: name.into(),
                instance: instance.into(),
                action
            }),
        (group(), scope(), target(), any::<bool>())
            .prop_map(|(group, scope, to, execute)| { Command::ResetOffsets { group, scope, to, execute } }),
        span().prop_map(|latency| Command::SetNetwork { latency }),
        of((1_000..1_000_000_000_000_u64, 1_000..2_000_000_u64, [span(), span()], 1..1_000_u32)).prop_map(
            |machines| {
                let machines = machines.map(|(network, disk, [per_batch, per_request], io_threads)| {
                    let (codec, disk) = (disk * 1_000, disk * 500);
                    Machines { network, disk, per_batch, io_threads, per_request, codec }
                });
                Command::SetMachines(machines)
            }
        ),
        queue().prop_map(|command| Command::Queue(Box::new(command))),
        listeners().prop_map(|change| Command::SetListeners(Box::new(change))),
        cluster().prop_map(|command| Command::Cluster(Box::new(command))),
        (name(), producer_action())
            .prop_map(|(name, action)| Command::Producer { name: name.into(), action }),
        service().prop_map(Command::Service),
        (name(), topic()).prop_map(|(name, topic)| Command::OpenDashboard { name: name.into(), topic }),
        (name(), select(vec![FeedFrom::Snapshot, FeedFrom::Latest, FeedFrom::Earliest]))
            .prop_map(|(name, from)| Command::OpenFeed { name: name.into(), from }),
    ]
}

fn listeners() -> impl Strategy<Value = SetListeners> {
    let text = |texts: Vec<&'static str>| of(select(texts).prop_map(Into::into));
    let endpoints = || text(vec!["PLAINTEXT://:9092", "INSIDE://kafka:19092,HOST://localhost:9092"]);
    let container = (of(name()), of(name()), of(vec(any::<(u16, u16)>(), 0..3)));
    let maps = text(vec!["", "INSIDE:PLAINTEXT,HOST:SASL_SSL"]);
    let told = (endpoints(), endpoints(), maps, text(vec!["INSIDE", ""]));
    let change = (1..=9_i32, container, told).prop_map(|(id, (network, hostname, publish), told)| {
        let (listeners, advertised, protocol_map, inter_broker) = told;
        SetListeners {
            id: BrokerId(id),
            network: network.map(Into::into),
            hostname: hostname.map(Into::into),
            publish,
            listeners,
            advertised,
            protocol_map,
            inter_broker,
        }
    });
    change.prop_filter("something changes", |change| *change != SetListeners::of(change.id))
}

fn producer_action() -> impl Strategy<Value = ProducerAction> {
    let offset = (topic(), 0..9_i32, 0..i64::MAX)
        .prop_map(|(topic, n, offset)| (TopicPartition { topic, partition: Partition(n) }, offset));
    let plain = vec![
        ProducerAction::Begin,
        ProducerAction::Commit,
        ProducerAction::Abort,
        ProducerAction::Stop,
        ProducerAction::Crash,
    ];
    prop_oneof![
        select(plain),
        (group(), vec(offset, 1..3), select(vec!["", "m1", "a b", "x=1:2-3"])).prop_map(
            |(group, offsets, metadata)| ProducerAction::SendOffsets {
                group,
                offsets,
                metadata: metadata.into()
            }
        ),
    ]
}

fn queue() -> impl Strategy<Value = QueueCommand> {
    let action = prop_oneof![
        (1..=1_000_u32, of(span())).prop_map(|(prefetch, visibility_timeout)| {
            QueueAction::Start(QueueConfig { prefetch, visibility_timeout })
        }),
        (1..=10_000_u32).prop_map(QueueAction::Send),
        (0..=1_000_u32).prop_map(QueueAction::Rate),
        (name(), span()).prop_map(|(worker, work)| QueueAction::Work(worker.into(), work)),
        name().prop_map(|worker| QueueAction::Crash(worker.into())),
    ];
    (name(), action).prop_map(|(name, action)| QueueCommand { name: name.into(), action })
}

fn service() -> impl Strategy<Value = ServiceCommand> {
    let downstream = (name(), of(span()))
        .prop_map(|(service, timeout)| Box::new(Downstream { service: service.into(), timeout }));
    let action =
        prop_oneof![
            (span(), 1..=1_000_u32, of(downstream)).prop_map(|(latency, capacity, downstream)| {
                ServiceAction::Start { latency, capacity, downstream }
            }),
            (0..=100_u32, of(span()), 1..=100_u32)
                .prop_map(|(errors, latency, share)| ServiceAction::Break { errors, latency, share }),
            Just(ServiceAction::Mend),
            (0..=1_000_u32, of(span()))
                .prop_map(|(per_second, timeout)| ServiceAction::Load(CallRate { per_second, timeout })),
        ];
    (name(), action).prop_map(|(name, action)| ServiceCommand { name: name.into(), action })
}
