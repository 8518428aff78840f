//! The whole way of a record, at the level of the world: produced, placed, read, committed, retried, dead, counted.

mod common;

use common::{Run, app, record};
use millrace_model::{Offset, Span, TopicPartition};

#[test]
fn five_keyed_records_land_where_kafka_puts_them_and_are_read_and_committed() {
    let mut run = Run::new();
    run.topic("orders", 3);
    run.start(app("billing", "orders"), 2);
    run.wait(Span::from_secs(10));
    for key in ["alice", "bob", "carol", "dave", "alice"] {
        run.produce("orders", record(key, "{\"amount\": 12}"));
    }
    run.wait(Span::from_secs(10));
    assert_eq!(run.keys("orders"), [vec!["alice", "bob", "alice"], vec!["dave"], vec!["carol"]]);
    let committed = |p| run.committed("billing", &TopicPartition::new("orders", p));
    assert_eq!([0, 1, 2].map(committed), [Some(Offset(3)), Some(Offset(1)), Some(Offset(1))]);
}
