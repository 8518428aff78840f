//! Several controllers by lines: what is read and printed, what is refused, and what can be expected of them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod hands;

use hands::{go_on, run};
use millrace_model::Profile;
use millrace_script::{Statement, parse_line, print};

fn printed(line: &str) -> String {
    match parse_line(line, Profile::default()) {
        Ok(Some(Statement::Do(command))) => print(&command, Profile::default()),
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn lines_about_controllers_come_back() {
    for line in [
        "cluster start --brokers 3 --controllers 3",
        "controller crash controller-100",
        "controller stop controller-101",
        "controller restart controller-102",
        "controller pause controller-100",
        "controller resume controller-100",
        "network cut broker-1 controller-101",
        "network slow broker-1 controller-102 2s",
        "network heal broker-1 controller",
    ] {
        assert_eq!(printed(line), line);
    }
    assert_eq!(printed("controller crash 101"), "controller crash controller-101");
    assert_eq!(printed("network cut broker-1 controller-100"), "network cut broker-1 controller");
    assert_eq!(printed("cluster start --brokers 3 --controllers 1"), "cluster start --brokers 3");
    let problem = parse_line("controller crash broker-1", Profile::default()).unwrap_err().to_string();
    assert!(problem.contains("expected a controller, such as controller-101, found `broker-1`"), "{problem}");
}

const THREE: &str = "
cluster start --brokers 3 --controllers 3
wait 1s
kafka-topics --create --topic orders --partitions 1 --replication-factor 3
producer start you --topic orders
wait 1s
expect headless(orders) == 0
expect unanswered(orders) == 0
";

#[test]
fn without_a_majority_no_topic_is_created_and_records_are_acknowledged() {
    let mut runner = run(THREE);
    go_on(
        &mut runner,
        "
controller stop controller-101
produce orders alice 1
wait 1s
expect headless(orders) == 0
controller stop controller-102
produce orders bob 2
wait 1s
expect headless(orders) == 1
wait 5s
kafka-topics --create --topic returns --partitions 1
expect unanswered(returns) == 1
expect partitions(returns) == 0
produce orders carol 3
wait 1s
expect headless(orders) == 2
controller restart controller-102
wait 5s
expect partitions(returns) == 1
produce orders dave 4
wait 1s
expect headless(orders) == 2
",
    );
}
