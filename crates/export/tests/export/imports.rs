//! Listings of real clusters become worlds that our own tools list the same way.

use crate::common::{SCENES, ran};
use millrace_export::import::{Import, import};
use millrace_model::{Offset, Profile, TopicPartition};
use millrace_script::{Runner, parse_script};
use millrace_sim::{Setup, World};
use millrace_tools::{Invocation, NoFiles};

const LISTING: &str = "\
$ bin/kafka-topics.sh --describe --bootstrap-server kafka:9092
Topic: orders\tTopicId: QmFzZTY0IHV1aWQgaGVyZQ\tPartitionCount: 3\tReplicationFactor: 3\tConfigs: cleanup.policy=compact,delete,retention.ms=604800000,made.up=1
\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 1,2,3\tIsr: 1,2,3\tElr: \tLastKnownElr:
\tTopic: orders\tPartition: 1\tLeader: 2\tReplicas: 2,3,1\tIsr: 2,3,1\tElr: \tLastKnownElr:
\tTopic: orders\tPartition: 2\tLeader: none\tReplicas: 3,1,2\tIsr: 3\tElr: \tLastKnownElr:
Topic: __consumer_offsets\tTopicId: x\tPartitionCount: 50\tReplicationFactor: 3\tConfigs: 

GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
billing         orders          0          4999999120      4999999250      130             c-1-uuid        /10.0.0.7       c-1
billing         orders          1          90              90              0               c-2-uuid        /10.0.0.8       c-2
billing         orders          2          -               17              -               c-2-uuid        /10.0.0.8       c-2
what is this

Consumer group 'audit' has no active members.

GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
audit           orders          0          4000000000      4999999251      999999251       -               -               -
orders:0:3000000000
";

fn read(text: &str) -> Import {
    import(text, Profile::default())
}

fn world(import: &Import) -> World {
    let text = import.lines.join("\n");
    let (statements, problems) = parse_script(&text, Profile::default());
    assert_eq!(problems, [], "{text}");
    let mut runner = Runner::new(Setup::default());
    for (line, statement) in statements {
        let answer = runner.run(&statement).unwrap_or_else(|failure| panic!("{line:?}: {failure}"));
        assert_eq!(answer.refused, None, "{line:?}");
    }
    runner.timeline().world().clone()
}

fn list(world: &World, line: &str) -> String {
    let line = format!("{line} --bootstrap-server localhost:9092");
    let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let outcome =
        millrace_tools::run(world, &Invocation { argv: &argv, stdin: "", files: &NoFiles }).unwrap();
    outcome.stdout
}

#[test]
fn offsets_and_lag_are_as_they_were_pasted() {
    let read = read(LISTING);
    assert_eq!(
        read.lines,
        [
            "# Imported from the listings of a real cluster: offsets and lag are as they were there, contents unknown.",
            "kafka-topics --create --topic orders --partitions 3 --config cleanup.policy=compact,delete --config retention.ms=604800000",
            "topic import orders --offsets 0:3000000000..4999999251 --offsets 1:0..90 --offsets 2:0..17",
            "kafka-consumer-groups --reset-offsets --group audit --topic orders:0 --to-offset 4000000000 --execute",
            "kafka-consumer-groups --reset-offsets --group billing --topic orders:1 --to-offset 90 --execute",
            "kafka-consumer-groups --reset-offsets --group billing --topic orders:0 --to-offset 4999999120 --execute",
            "app start audit --topic orders",
            "consumer stop audit/c1",
            "app start billing --topic orders --instances 2",
            "wait 8s",
        ]
    );
    let world = world(&read);
    let tp = TopicPartition::new("orders", 0);
    let log = world.brokers().next().unwrap().log(&tp).unwrap();
    assert_eq!(log.log_start_offset(), Offset(3_000_000_000));
    let shown = list(&world, "kafka-consumer-groups --describe --group billing");
    let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().take(6).collect()).collect();
    assert!(rows.contains(&vec!["billing", "orders", "0", "4999999120", "4999999251", "131"]), "{shown}");
    assert!(rows.contains(&vec!["billing", "orders", "1", "90", "90", "0"]), "{shown}");
    let shown = list(&world, "kafka-consumer-groups --describe --group audit");
    assert!(shown.contains("4000000000      4999999251      999999251"), "{shown}");
    assert_eq!(records(&world), 0, "not one record was made up");
}

/// How many records the world holds.
fn records(world: &World) -> u64 {
    let topics = world.brokers().flat_map(|broker| broker.topics().filter(|topic| !topic.is_internal()));
    topics.flat_map(|topic| topic.partitions().map(|partition| partition.log.record_count() as u64)).sum()
}

#[test]
fn what_is_not_understood_is_said_with_its_line_and_the_rest_is_kept() {
    let read = read(LISTING);
    let said: Vec<String> = read.problems.iter().chain(&read.remarks).map(ToString::to_string).collect();
    assert_eq!(said[0], "line 12: 3 columns, but 9 names above");
    assert_eq!(said[1], "line 5: orders-2 has no leader there; here it has one");
    assert!(said.iter().any(|says| says.starts_with("orders: left out made.up=1:")), "{said:#?}");
    assert!(said.contains(&"left out: __consumer_offsets (Kafka makes and fills them itself)".to_owned()));
    assert!(said.contains(&"one broker here: of each partition there is one copy, there up to 3".to_owned()));
    assert_eq!(read.groups[1].lag, 131);
}

#[test]
fn members_and_states_are_understood() {
    let text = "\
GROUP     CONSUMER-ID  HOST       CLIENT-ID  #PARTITIONS
billing   c-1          /10.0.0.7  a          2
billing   c-2          /10.0.0.7  b          1

GROUP     COORDINATOR (ID)     ASSIGNMENT-STRATEGY  STATE   #MEMBERS
billing   kafka:9092  (1)      range                Stable  3
Topic:old PartitionCount:2 ReplicationFactor:1 Configs:
orders
nonsense:1:x
";
    let read = read(text);
    assert_eq!((read.groups[0].members.len(), read.groups[0].member_count), (2, 3));
    assert_eq!((&*read.topics[0].name, read.topics[0].partitions), ("old", 2));
    let said: Vec<usize> = read.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(said, [8, 9]);
    assert!(read.remarks.iter().any(|remark| remark.says.starts_with("billing: left out")));
}

#[test]
fn what_our_own_tools_list_comes_back_the_same() {
    let before = ran(SCENES[0].1);
    let topics = list(&before, "kafka-topics --describe");
    let groups = list(&before, "kafka-consumer-groups --describe --group billing");
    let ends = list(&before, "kafka-get-offsets");
    let read = read(&format!("{topics}\n{groups}\n{ends}"));
    assert_eq!(read.problems, []);
    let after = world(&read);
    let column = |shown: &str| -> Vec<String> {
        let rows = shown.lines().filter(|line| line.starts_with("billing") && line.contains(" orders "));
        let mut rows: Vec<String> =
            rows.map(|line| line.split_whitespace().take(6).collect::<Vec<_>>().join(" ")).collect();
        rows.sort();
        rows
    };
    let again = list(&after, "kafka-consumer-groups --describe --group billing");
    assert_eq!(column(&again), column(&groups));
    assert!(!column(&groups).is_empty());
}

#[test]
fn any_text_is_read_without_harm() {
    for text in [
        "",
        "\n\n",
        "Topic:",
        "Topic: \t",
        "GROUP a b\n- - -",
        "GROUP TOPIC PARTITION CURRENT-OFFSET\n\u{0} a\u{1}b 9 9",
        "a:b:c",
        ":::",
        "x:2147483647:1",
    ] {
        let read = read(text);
        assert_eq!(read.lines, Vec::<String>::new(), "{text:?}");
    }
}
