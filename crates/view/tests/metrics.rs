//! Metrics: what is counted, from which part of the trace, and how one moment reads as Prometheus' text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{run_until, tell, told};
use millrace_model::{GroupId, Time};
use millrace_view::metrics::{Frame, Line, Metrics, charts, exposition};

/// A record that never succeeds among five that do: two tries in retry topics, then the dead letters.
const FAILING: &str = "
network latency 10ms
kafka-topics --create --topic orders --partitions 2
app start billing --topic orders --work 100ms --fails 'value.amount < 0' --retry topics --attempts 3 --backoff 1s
wait 4s
produce orders alice '{\"amount\": 1}'
produce orders alice '{\"amount\": 2}'
produce orders bob '{\"amount\": -5}'
produce orders bob '{\"amount\": 3}'
wait 6s
";

/// The samples of one family.
fn family(text: &str, name: &str) -> Vec<String> {
    let is_of = |line: &&str| line.starts_with(name) && !line.starts_with('#');
    text.lines().filter(is_of).map(|line| line[name.len()..].to_owned()).collect()
}

#[test]
fn one_moment_as_text() {
    let text = exposition(&told(FAILING));
    assert_eq!(
        family(&text, "kafka_server_brokertopicmetrics_messagesin_total{topic=\"orders"),
        ["\"} 4", "-dlt\"} 1", "-retry-0\"} 1", "-retry-1\"} 1"]
    );
    assert_eq!(
        family(&text, "kafka_consumergroup_lag{consumergroup=\"billing\","),
        ["topic=\"orders\",partition=\"0\"} 0", "topic=\"orders\",partition=\"1\"} 0"]
    );
    assert_eq!(
        family(&text, "millrace_deliveries_total"),
        ["{group=\"billing\",result=\"done\"} 3", "{group=\"billing\",result=\"threw\"} 3"]
    );
    assert_eq!(family(&text, "millrace_retries_total"), ["{group=\"billing\"} 2"]);
    assert_eq!(family(&text, "millrace_dead_letters_total"), ["{group=\"billing\"} 1"]);
    assert_eq!(family(&text, "millrace_dead_letters_waiting"), ["{group=\"billing\"} 1"]);
}

#[test]
fn the_text_keeps_the_rules_of_the_format() {
    let timeline =
        told(&format!("{FAILING}alert set \"a \\\"quoted\\\" name\" letters billing --above 0\nwait 3s\n"));
    let text = exposition(&timeline);
    assert!(text.ends_with('\n'));
    let mut named = std::collections::BTreeSet::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            current = help.split(' ').next().unwrap().to_owned();
            assert!(named.insert(current.clone()), "{current} is told of twice");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, current, "TYPE follows HELP");
            assert!(["counter", "gauge", "summary"].contains(&kind), "{kind}");
            assert!(kind != "counter" || name.ends_with("_total"), "{name}");
        } else {
            let name = line.split(['{', ' ']).next().unwrap();
            let is_of = ["", "_sum", "_count"].iter().any(|suffix| name == format!("{current}{suffix}"));
            assert!(is_of, "{line:?} stands under {current}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name}");
            let value = line.rsplit(' ').next().unwrap();
            assert!(value == "NaN" || value.parse::<f64>().is_ok(), "{line}");
        }
    }
    let labels = "{alertname=\"a \\\"quoted\\\" name\",alertstate=\"firing\",group=\"billing\"} 1";
    assert_eq!(family(&text, "ALERTS"), [labels]);
}

#[test]
fn reading_bit_by_bit_comes_to_the_same() {
    let mut timeline = told(FAILING);
    let whole = Metrics::of(&timeline);
    let end = timeline.world().now();
    let mut bit_by_bit = Metrics::default();
    let mut other = millrace_sim::Timeline::new(timeline.setup().clone());
    tell(&mut other, &FAILING.replace("wait 6s\n", "").replace("wait 4s\n", ""));
    // The same history, with a look after each quarter of a second.
    let mut other = told(&FAILING.replace("wait 6s\n", ""));
    while other.world().now() < end {
        bit_by_bit.read(&other);
        let at = Time(other.world().now().0 + 250_000).min(end);
        run_until(&mut other, at);
    }
    bit_by_bit.read(&other);
    assert!(bit_by_bit == whole);
    // Going back changes nothing: the branch is as long as before, and nobody is missed.
    timeline.seek_step(3);
    assert!(Metrics::of(&timeline) == whole);
}

#[test]
fn a_slow_consumer_has_lag_in_records_and_in_time() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1
app start billing --topic orders --work 60s
wait 4s
produce orders a 1
produce orders a 2
wait 10s
",
    );
    let (metrics, group) = (Metrics::of(&timeline), GroupId::from("billing"));
    let at = |line, s: u64| metrics.value(Some(&group), line, Time(s * 1_000_000));
    assert_eq!([3, 5, 14].map(|s| at(Line::Lag, s)), [Some(0), Some(2), Some(2)]);
    let waited = at(Line::LagSeconds, 14).unwrap();
    assert!((9_900_000..=10_000_000).contains(&waited), "{waited}");
    // Both are in hand: the consumer's own lag is a distance of its position.
    assert_eq!(at(Line::RecordsLagMax, 14), Some(0));
    assert_eq!(at(Line::P50, 14), None);
    let consumed = "kafka_consumer_consumer_fetch_manager_metrics_records_consumed_total";
    assert_eq!(family(&exposition(&timeline), consumed), ["{client_id=\"billing-c1\"} 2"]);
}

#[test]
fn end_to_end_latency_runs_from_send_to_the_listeners_return() {
    let timeline = told(
        "network latency 100ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
app start billing --topic orders --work 300ms
wait 8s
produce orders a 1 --producer checkout
wait 2s
",
    );
    let (metrics, group) = (Metrics::of(&timeline), GroupId::from("billing"));
    let p50 = metrics.value(Some(&group), Line::P50, Time(10_000_000)).unwrap();
    // 200 ms for the topic's metadata, linger.ms 5, 100 ms to the broker, where a fetch was waiting, 100 ms to the consumer,
    // 300 ms of work.
    assert_eq!(p50, 705_000);
    let request = metrics.value(None, Line::RequestAvg, Time(10_000_000)).unwrap();
    assert_eq!(request, 200_000);
}

#[test]
fn a_lost_acknowledgement_is_a_retry_of_the_producer() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders --acks 1 --request-timeout 1s
wait 2s
network lose checkout response --api Produce
produce orders a 1 --producer checkout
wait 4s
",
    );
    let text = exposition(&timeline);
    let of = |name: &str| family(&text, &format!("kafka_producer_producer_metrics_record_{name}_total"));
    assert_eq!(of("send"), ["{client_id=\"checkout\"} 2"]);
    assert_eq!(of("retry"), ["{client_id=\"checkout\"} 1"]);
    assert_eq!(of("error"), ["{client_id=\"checkout\"} 0"]);
    assert_eq!(
        family(&text, "kafka_topic_partition_current_offset{topic=\"orders\","),
        ["partition=\"0\"} 2"]
    );
}

#[test]
fn an_alarm_is_an_entry_a_level_and_a_time() {
    let timeline = told(
        "kafka-topics --create --topic orders --partitions 1
app start billing --topic orders --fails 'value.amount < 0'
alert set failing error-rate billing --above 40 --for 1s
alert set late lag billing --above 1
wait 3s
produce orders a '{\"amount\": -1}'
wait 12s
",
    );
    let metrics = Metrics::of(&timeline);
    let fired: Vec<_> = metrics.fired().iter().map(|f| (&*f.name, f.until.is_some())).collect();
    assert_eq!(fired, [("failing", true)]);
    let group = GroupId::from("billing");
    let frame = Frame { width: 400.0, height: 120.0, from: Time(0), until: Time(15_000_000) };
    let drawn = charts(&metrics, Some(&group), timeline.world(), frame);
    let of = |key: &str| drawn.iter().find(|chart| chart.key == key).unwrap();
    assert_eq!(of("errors").fired.len(), 1);
    assert_eq!(of("lag").thresholds.len(), 1);
    assert!(of("lag").fired.is_empty());
    // 40 of 100 stands at two fifths of the plot.
    let plot = frame.plot();
    assert!((of("errors").thresholds[0].y - (plot.bottom() - plot.h * 0.4)).abs() < 0.01);
    let said: Vec<String> = timeline
        .branch()
        .entries_before(u64::MAX)
        .filter_map(|entry| {
            let names = millrace_view::Names::of(timeline.world());
            let is_alarm = matches!(entry.fact, millrace_sim::Fact::Alarmed(_));
            millrace_view::sentence(entry, &names).filter(|_| is_alarm).map(|said| said.text)
        })
        .collect();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0], "failing is over: error-rate of billing is 0 %");
    assert!(said[1].starts_with("failing fires: error-rate of billing is 100 %, above 40 %"), "{}", said[1]);
}
