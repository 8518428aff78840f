//! Lines as a learner types them: what they come to in the shortest form, and what is said about wrong ones.

use millrace_model::Profile;
use millrace_script::{LineNo, parse_line, parse_script};

fn normal(line: &str) -> String {
    match parse_line(line, Profile::default()) {
        Ok(Some(statement)) => statement.print(Profile::default()),
        other => format!("{other:?}"),
    }
}

fn wrong(line: &str) -> String {
    match parse_line(line, Profile::default()) {
        Err(problem) => format!("{}: {}", problem.column, problem.sentence()),
        other => format!("{other:?}"),
    }
}

#[test]
fn what_is_the_default_is_left_out() {
    for (typed, printed) in [
        (
            "kafka-topics.sh --bootstrap-server=x:9092 --create --partitions 3 --topic orders",
            "kafka-topics --create --topic orders --partitions 3",
        ),
        (
            "kafka-topics --topic orders --alter --partitions 6",
            "kafka-topics --alter --topic orders --partitions 6",
        ),
        (
            "producer start checkout --topic orders --acks all --linger 5ms",
            "producer start checkout --topic orders",
        ),
        ("producer rate checkout 0", "producer rate checkout off"),
        ("producer rate checkout 12 --late 10% --late-by 10s", "producer rate checkout 12 --late 10%"),
        ("produce orders alice '{\"amount\": 12}'", "produce orders alice '{\"amount\": 12}'"),
        ("produce orders --null-key --value 1", "produce orders --value 1"),
        (
            "produce --topic orders a 1 + b 2 + --value 3 --topic other",
            "produce orders a 1 + b 2 + --value 3 --topic other",
        ),
        (
            "app start billing --topics orders,payments",
            "app start billing --topic orders --topic payments --auto-offset-reset earliest",
        ),
        ("app fails billing 'value.amount<0'", "app fails billing when 'value.amount < 0'"),
        ("app fails billing never", "app fails billing never"),
        ("app retry billing topics", "app retry billing topics --attempts 3 --backoff 1s"),
        ("consumer work billing/c1 2s", "consumer work billing/c1 2s"),
        (
            "kafka-server-start.sh config/server.properties --override num.partitions=1 --override group.initial.rebalance.delay.ms=0",
            "kafka-server-start --override group.initial.rebalance.delay.ms=0ms",
        ),
        (
            "app start a --topic b --client spring --partition-assignment-strategy org.apache.kafka.clients.consumer.CooperativeStickyAssignor,RangeAssignor",
            "app start a --topic b --auto-offset-reset earliest --partition-assignment-strategy cooperative-sticky,range",
        ),
        (
            "consumer add billing --name c9 --group-instance-id billing-c9",
            "consumer add billing --name c9 --auto-offset-reset earliest --group-instance-id billing-c9",
        ),
        (
            "app start a --topic b --client java-848 --group-remote-assignor range",
            "app start a --topic b --client java --auto-offset-reset earliest --group-protocol consumer --group-remote-assignor range",
        ),
        ("consumer subscribe billing/c1 --topics a,b", "consumer subscribe billing/c1 --topic a --topic b"),
        ("streams stop analytics # enough", "streams stop analytics"),
        ("streams describe  analytics", "streams describe analytics"),
        ("streams show 'my app'", "streams show 'my app'"),
        ("streams show analytics --as-java", "streams show analytics --as-java"),
        ("expect owner(billing,orders-0)=='c1'", "expect owner(billing, orders-0) == 'c1'"),
        ("step", "step"),
        ("wait until 12:01", "wait until 12:01:00.000"),
    ] {
        assert_eq!(normal(typed), printed, "{typed}");
    }
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    for (line, said) in [
        (
            "network cut checkout broker-2",
            "13: expected a broker such as broker-1, or controller, found `checkout`",
        ),
        ("broker crash broker-1 --lose all", "30: expected what is lost: unflushed or disk, found `all`"),
        (
            "cluster reassign orders-0 1,two",
            "27: expected its replicas, such as 2,3,1, or cancel, found `1,two`",
        ),
        ("prodce orders", "1: expected a command, found `prodce`; did you mean produce?"),
        (
            "kafka-topics --create --topik orders",
            "23: expected an option that this command has, found `--topik`; did you mean --topic?",
        ),
        (
            "kafka-topics --create --topic orders --partitions three",
            "51: expected the number of partitions, a whole number from -2147483648 to 2147483647, found `three`",
        ),
        (
            "kafka-topics --create --topic orders --config min.insync.replica=2",
            "47: expected a topic's setting, found `min.insync.replica`; did you mean min.insync.replicas?",
        ),
        (
            "kafka-topics --topic orders",
            "28: expected --create, --alter or --delete, found the end of the line",
        ),
        (
            "kafka-topics --alter --topic orders",
            "36: expected --partitions and their number, found the end of the line",
        ),
        (
            "producer start checkout --topic orders --acks al",
            "47: expected acks: 0, 1 or all, found `al`; did you mean all?",
        ),
        (
            "producer start checkout --topic orders --linger 5",
            "49: expected linger.ms, a duration such as 250ms, 10s or 5m, found `5`; did you mean 5ms?",
        ),
        (
            "producer rate checkout 12 --skew hott",
            "34: expected the skew: even, zipf or hot, found `hott`; did you mean hot?",
        ),
        (
            "producer stat checkout",
            "10: expected what to do: start, rate, begin, commit, abort, offsets, stop or crash, found `stat`; did you mean start?",
        ),
        (
            "produce orders alice",
            "21: expected the value (a word after the key, --value) or --tombstone, found the end of the line",
        ),
        (
            "produce orders alice { amount: 12 }",
            "24: expected + before the next record, or quotes around a text with spaces, found `amount:`",
        ),
        (
            "produce orders alice --tombstone --value-hex= 2",
            "34: expected a value only once in a record, found a second one",
        ),
        ("produce orders alice 'x", "22: expected a closing ' on the same line, found the end of the line"),
        ("app start billing --topic orders --fails 'value.amout <'", "56: expected a value, found the end"),
        (
            "app start billing --topic orders --fails \"value.x == \\\"a\\\" andd true\"",
            "60: expected an operator or the end, found `andd`; did you mean and?",
        ),
        (
            "app start billing --topic orders --fatal",
            "34: expected the rule first, such as --fails 'value.amount < 0', found `--fatal`",
        ),
        (
            "app start billing --topic orders --suffix delay",
            "34: expected --retry topics, whose option this is, found `--suffix` alone",
        ),
        ("app start billing", "18: expected --topic and a topic's name, found the end of the line"),
        ("app retry billing topics --attempts 21", "26: expected at most 20 attempts, found 21"),
        (
            "consumer crash billing",
            "16: expected a group and its instance, such as billing/c1, found `billing`",
        ),
        (
            "consumer crahs billing/c1",
            "10: expected what to do: add, work, stop, crash, freeze, thaw, restart, pause, resume, subscribe, unsubscribe, commit or block, found `crahs`; did you mean crash?",
        ),
        ("consumer add billing --topic a --pattern b", "32: expected either topics or a pattern, found both"),
        (
            "consumer subscribe billing/c1 --pattern 'a('",
            "41: expected a pattern of topic names (Unclosed group near index 2), found `a(`",
        ),
        (
            "app start billing --topic orders --partition-assignment-strategy range,rnge",
            "66: expected partition.assignment.strategy: range, roundrobin, sticky, cooperative-sticky, each once",
        ),
        (
            "kafka-server-start --override group.max.sesion.timeout.ms=1",
            "31: expected a broker's setting, found `group.max.sesion.timeout.ms`; did you mean group.max.session.timeout.ms?",
        ),
        ("kafka-topics --delete --topic a --create", "14: expected one thing to do, found --delete, too"),
        (
            "streams shwo a",
            "9: expected what to do: start, stop, add, crash, freeze, thaw, restart, describe, show, query or where, found `shwo`; did you mean show?",
        ),
        (
            "streams show a --as-scala",
            "16: expected an option that this command has, found `--as-scala`; did you mean --as-java?",
        ),
        ("streams describe a b", "20: expected the end of the line, found `b`"),
        ("streams start a stream orders", "24: expected quotes around the pipeline"),
        (
            "expect lagg(billing) == 0",
            "8: expected a quantity such as lag(billing), found `lagg`; did you mean lag(GROUP)?",
        ),
        ("expect lag(billing) = 0", "21: expected == != < <= > or >=, found `=`; did you mean ==?"),
        (
            "expect lag(billing) ==",
            "23: expected a number, a name in quotes, a time such as 12:00:07.500, a duration such as 45s, none, or another quantity, found the end of the line",
        ),
        (
            "expect state(billing) == Stable",
            "26: expected a number, a name in quotes, a time such as 12:00:07.500, a duration such as 45s, none, or another quantity, found `Stable`; did you mean 'Stable'?",
        ),
        ("expect leo(orders) == 0", "12: expected a topic and a partition, such as orders-2, found `orders`"),
        (
            "wait 10",
            "6: expected how long, a duration such as 250ms, 10s or 5m, found `10`; did you mean 10s?",
        ),
        (
            "wait until 11:00",
            "12: expected a time such as 12:00:30, not before 12:00:00, where every run begins, found `11:00`",
        ),
        ("step 0", "6: expected how many steps, a whole number from 1 to 1000000, found `0`"),
        ("wait 1s\nwait 2s", "1: expected one line, found another one"),
    ] {
        assert!(wrong(line).starts_with(said), "{line}\n  said {}\n  not  {said}", wrong(line));
    }
}

#[test]
fn a_script_names_every_wrong_line_and_keeps_the_rest() {
    let source = "# orders\n\nkafka-topics --create \\\n  --topic orders \\\n  --partitons 3\nwait 1s\nproduce orders 'x\nexpect n(orders) == 0\nwiat 2s";
    let (statements, problems) = parse_script(source, Profile::default());
    let kept: Vec<(LineNo, String)> =
        statements.iter().map(|(line, statement)| (*line, statement.print(Profile::default()))).collect();
    assert_eq!(kept, [(LineNo(6), "wait 1s".to_owned()), (LineNo(8), "expect n(orders) == 0".to_owned())]);
    let said: Vec<String> =
        problems.iter().map(|problem| format!("{problem}\n{}", problem.caret(source))).collect();
    assert_eq!(
        said,
        [
            "line 5, column 3: expected an option that this command has, found `--partitons`; did you mean --partitions?\n  --partitons 3\n  ^^^^^^^^^^^",
            "line 7, column 16: expected a closing ' on the same line, found the end of the line\nproduce orders 'x\n               ^^",
            "line 9, column 1: expected a command, found `wiat`; did you mean wait?\nwiat 2s\n^^^^",
        ]
    );
}
