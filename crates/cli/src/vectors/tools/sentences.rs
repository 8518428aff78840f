//! What a set-up tells in sentences: topics, and records in them.

use super::brokers;
use super::members;
use super::scene::Scene;
use millrace_model::config::topic::TopicConfig;
use millrace_model::{Partition, Span, Timestamp, TopicName};
use millrace_sim::{Command, NewRecord};

/// Records that the recording does not tell of: an offset of 2 was in range, a producer's test had filled a topic, and
/// another one had 142 bytes.
const UNTOLD: [(&str, i64, bool); 3] = [("in1", 5, false), ("pf", 500, true), ("ld1", 9, true)];

/// Does what a sentence says.
pub fn carry_out(scene: &mut Scene, sentence: &str) -> Result<(), String> {
    let strange = || format!("not modelled: set-up {sentence:?}");
    if let Some(done) = members::carry_out(scene, sentence) {
        return done;
    }
    if let Some(done) = brokers::carry_out(scene, sentence) {
        return done;
    }
    if let Some(settings) = sentence.strip_prefix("config file: ") {
        scene.write("<tmp>/st.properties", settings.replace("; ", "\n").into_bytes());
        return Ok(());
    }
    // The files of a case say what is in them themselves.
    if sentence.starts_with("files: ") || sentence.starts_with("file cut ") {
        return Ok(());
    }
    if let Some(rest) = sentence.strip_prefix("producer tx-1: ").or_else(|| sentence.strip_prefix("tx-1: ")) {
        return in_transaction(scene, rest);
    }
    if let Some((name, rest)) = sentence.strip_prefix("topic ").and_then(|rest| rest.split_once(": ")) {
        if let Some(produced) = records_everywhere(scene, name, rest) {
            return produce(scene, produced);
        }
        return create(scene, name, rest);
    }
    if let Some(rest) = sentence.strip_prefix("topic ") {
        let (name, rest) = rest.split_once(' ').ok_or_else(strange)?;
        return create(scene, name, rest);
    }
    // `o1-0: 5 records ts 1790000000000+i; o1-1 empty`
    let mut records = Vec::new();
    for part in sentence.split([';', ',']).map(str::trim) {
        if part.ends_with("empty") {
            continue;
        }
        let (place, rest) = part.split_once(": ").ok_or_else(strange)?;
        let (topic, partition) = place.rsplit_once('-').ok_or_else(strange)?;
        let partition = partition.parse().map_err(|_| strange())?;
        let mut words = rest.split(' ');
        let count: i64 = words.next().and_then(|n| n.parse().ok()).ok_or_else(strange)?;
        let base =
            words.next_back().and_then(|word| word.strip_suffix("+i")).and_then(|n| n.parse::<i64>().ok());
        for i in 0..count {
            records.push(record(topic, partition, &format!("v{i}"), base.map(|base| base + i)));
        }
    }
    produce(scene, records)
}

/// What `tx-1` does. It was the third to be given an id: two idempotent producers came before it, which ask with their first
/// record.
fn in_transaction(scene: &mut Scene, what: &str) -> Result<(), String> {
    let lines: &[&str] = if what.starts_with("initTransactions") {
        &[
            "producer start first --topic warm --idempotence true",
            "produce warm k 1 --producer first",
            "producer start second --topic warm --idempotence true",
            "produce warm k 2 --producer second",
            "producer start tx-1 --topic x1 --transactional-id tx-1 --transaction-timeout 600s",
        ]
    } else if what.starts_with("beginTransaction, 3 records to x1-0, 1 to x1-1, not committed") {
        &[
            "producer begin tx-1",
            "produce x1 k 1 --partition 0 --producer tx-1 + k 2 --partition 0 + k 3 --partition 0 + k 4 --partition 1",
        ]
    } else if what == "abortTransaction" {
        &["producer abort tx-1"]
    } else if what == "begin, 1 record to x1-0, commit" {
        &["producer begin tx-1", "produce x1 k 5 --partition 0 --producer tx-1", "producer commit tx-1"]
    } else {
        return Err(format!("not modelled: tx-1: {what}"));
    };
    for line in lines {
        scene.line(line)?;
        scene.wait(Span::from_millis(500));
    }
    Ok(())
}

fn record(topic: &str, partition: i32, value: &str, timestamp: Option<i64>) -> NewRecord {
    NewRecord {
        topic: Some(TopicName::from(topic)),
        key: None,
        value: Some(value.as_bytes().into()),
        timestamp: timestamp.map(Timestamp),
        partition: Some(Partition(partition)),
        headers: [].into(),
    }
}

/// `10 records in each partition; value v0..v9; timestamps of partition p: 1700000000000+p*100000+i`,
/// `5 records (v0..v4), timestamps 1700000000000+i`,
/// `partition p holds 4 records x(10p)..x(10p+3), timestamps 1790000000000+p+i`.
fn records_everywhere(scene: &Scene, topic: &str, text: &str) -> Option<Vec<NewRecord>> {
    let spread = text.strip_prefix("partition p holds ");
    let (count, _) = spread.unwrap_or(text).split_once(" records")?;
    let count: i64 = count.parse().ok()?;
    let formula = text.rsplit(' ').next()?;
    let mut terms = formula.split('+');
    let base: i64 = terms.next()?.parse().ok()?;
    let per_partition = match terms.next()? {
        "p" => 1,
        term => term.strip_prefix("p*").map_or(0, |n| n.parse().unwrap_or(0)),
    };
    let partitions = scene.world().brokers().next()?.topic(topic)?.partition_count();
    let all = (0..partitions).flat_map(|p| (0..count).map(move |i| (p, i)));
    let value = |p: i32, i: i64| match spread {
        Some(_) => format!("x{}", 10 * i64::from(p) + i),
        None => format!("v{i}"),
    };
    Some(
        all.map(|(p, i)| record(topic, p, &value(p, i), Some(base + i64::from(p) * per_partition + i)))
            .collect(),
    )
}

/// Records in batches of one: a sender that flushes after each.
fn produce(scene: &mut Scene, records: Vec<NewRecord>) -> Result<(), String> {
    for record in records {
        scene.dispatch(Command::Produce { producer: None, records: vec![record] })?;
        scene.wait(Span::from_millis(200));
    }
    Ok(())
}

/// `3 partitions, rf 1, retention.ms=-1`, `3 partition(s) {'retention.ms': '-1'}`, `--config a=b --config c=d`,
/// `(no overrides)`.
fn create(scene: &mut Scene, name: &str, rest: &str) -> Result<(), String> {
    let count = rest.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut config = TopicConfig::default();
    for word in rest.replace("': '", "=").replace(['{', '}', '\''], " ").split([' ', ',']) {
        if let Some((key, value)) = word.split_once('=') {
            config.set(key, Some(value));
        }
    }
    let topic = TopicName::from(name);
    scene.dispatch(Command::CreateTopic {
        topic,
        partitions: Some(count),
        replication_factor: None,
        config,
    })?;
    scene.wait(Span::from_millis(100));
    let untold = UNTOLD.iter().find(|(topic, ..)| *topic == name);
    let (untold, at_once) = untold.map_or((0, false), |(_, count, at_once)| (*count, *at_once));
    let records: Vec<NewRecord> = (0..untold).map(|i| record(name, 0, &format!("v{i}"), None)).collect();
    if at_once {
        scene.dispatch(Command::Produce { producer: None, records })?;
        scene.wait(Span::from_secs(2));
        return Ok(());
    }
    produce(scene, records)
}
