//! Pipelines as Java: each operator's call, and two whole classes.
//!
//! The expected texts have been through a Java compiler with Kafka's and Jackson's sources. Who changes the printer
//! should send the new ones through one, too.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // Helpers of tests.

use millrace_streams::language::Pipeline;

/// Pipelines, each followed by what stands between the builder and its `build()`, an empty line between two.
const CALLS: &str = include_str!("java/calls.txt");

fn class(pipeline: &str, id: &str) -> String {
    Pipeline::parse(pipeline).unwrap().to_java(id).unwrap()
}

fn calls(pipeline: &str) -> String {
    let class = class(pipeline, "app");
    let (_, after) = class.split_once("new StreamsBuilder();\n").unwrap();
    after.split_once("        return builder.build();").unwrap().0.to_owned()
}

#[test]
fn each_operator_has_its_call() {
    let mut words: Vec<String> = Vec::new();
    for case in CALLS.split("\n\n") {
        let (pipeline, expected) = case.split_once('\n').unwrap();
        assert_eq!(calls(pipeline).trim_end(), expected.trim_end(), "{pipeline}");
        words.extend(pipeline.split('|').map(|stage| stage.split_whitespace().next().unwrap().to_owned()));
    }
    for word in [
        "stream",
        "table",
        "filter",
        "map",
        "select",
        "group",
        "merge",
        "repartition",
        "join",
        "left",
        "outer",
        "as",
        "window",
        "emit",
        "cogroup",
        "count",
        "sum",
        "suppress",
        "split",
        "flat",
        "peek",
        "reduce",
        "aggregate",
        "to",
    ] {
        assert!(words.iter().any(|w| w == word), "no pipeline has {word}");
    }
}

#[test]
fn a_class_is_whole() {
    assert_eq!(class("stream orders | to copies", "copy"), include_str!("java/CopyApp.java"));
    let pipeline = "stream orders | filter value.amount > 0 and contains(value.tags, \"new\") \
                    | group by value.country | window tumbling 10s grace 2s | sum value.amount \
                    | suppress until window closes | to revenue-per-country";
    assert_eq!(class(pipeline, "revenue-per-country"), include_str!("java/RevenuePerCountryApp.java"));
}

#[test]
fn what_the_types_do_not_allow_says_why() {
    for (pipeline, said) in [
        (
            "stream a | group by key | count | filter value > 1 | merge stream b | to c",
            "`merge stream b` has no Java: the values on its left are counts, those of its topic are texts",
        ),
        (
            "stream a | group by key | window tumbling 1s | count | filter value > 1 | join table b | to c",
            "`join table b` has no Java: the keys on its left have windows, those of its topic have none",
        ),
        (
            "stream a | group by key | window tumbling 1s | count | filter value > 1 | join global table b | to c",
            "`join global table b` has no Java: the keys on its left have windows, those of its topic have none",
        ),
        (
            "stream a | group by key | sum offset | to c",
            "`sum offset` has no Java: Kafka Streams hands its function a key and a value, nothing else of the record",
        ),
        (
            "stream a | filter is_utf8(value) | to c",
            "`filter is_utf8(value)` has no Java: a String serde has already read the bytes that it asks about",
        ),
    ] {
        assert_eq!(Pipeline::parse(pipeline).unwrap().to_java("app").unwrap_err().to_string(), said);
    }
}

#[test]
fn a_class_has_a_name_whatever_the_application_is_called() {
    for (id, name) in
        [("orders-per-country", "OrdersPerCountryApp"), ("7-eleven", "N7ElevenApp"), ("é", "App")]
    {
        assert!(class("stream a | to b", id).contains(&format!("public final class {name} {{")), "{id}");
    }
}
