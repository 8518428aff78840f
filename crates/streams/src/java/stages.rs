//! Stage by stage: which call of the DSL, with which serdes.

use super::NoJava;
use super::call::{Chain, fixed_key_processor, key_processor, of_both, text, without_record};
use super::types::{KeyType, Types, ValueType, duration, windows};
use super::{folds, tables};
use crate::language::Stage;
use crate::topology::{BufferFull, EmitStrategy, Windows};
use millrace_expr::Expr;
use millrace_expr::java::{Unsaid, java_text};
use millrace_model::TopicName;

/// What the chain has come to.
pub(super) enum Shape {
    Nothing,
    Stream(Types),
    /// Grouped; windowed, and an aggregation of several streams, if so.
    Grouped {
        types: Types,
        windows: Option<Windows>,
        cogrouped: bool,
    },
    Table(Types),
    GroupedTable(Types),
}

pub(super) const KEYS_DIFFER: Unsaid = "the keys on its left have windows, those of its topic have none";

/// The statements between the builder and its `build()`.
pub(super) fn print(stages: &[Stage]) -> Result<String, NoJava> {
    let mut chain = Chain::default();
    let mut shape = Shape::Nothing;
    for (at, stage) in stages.iter().enumerate() {
        let rest = stages.get(at + 1..).unwrap_or_default();
        shape =
            step(&mut chain, shape, stage, rest).map_err(|why| NoJava { stage: stage.to_string(), why })?;
    }
    Ok(chain.finish())
}

pub(super) fn source(method: &str, topic: &TopicName) -> String {
    let consumed = "Consumed.with(Serdes.String(), Serdes.String())";
    ["builder.", method, "(", &java_text(topic.as_str()), ", ", consumed, ")"].concat()
}

pub(super) fn with(class: &str, types: &Types) -> String {
    [class, ".with(", &types.serdes(), ")"].concat()
}

fn step(chain: &mut Chain, shape: Shape, stage: &Stage, rest: &[Stage]) -> Result<Shape, Unsaid> {
    if let Stage::Stored(stage, name) = stage {
        chain.store = Some(name.to_string());
        return step(chain, shape, stage, rest);
    }
    // A table becomes a stream where a stream is needed, as in the topology.
    let shape = match (shape, stage) {
        (Shape::Table(types), Stage::SuppressUntilWindowCloses(_) | Stage::SuppressUntilTimeLimit(..)) => {
            Shape::Table(types)
        }
        (Shape::Table(types), Stage::Tables(stage)) if stage.of_table() => Shape::Table(types),
        (Shape::Table(types), _) => {
            chain.call("toStream", &[]);
            Shape::Stream(types)
        }
        (other, _) => other,
    };
    Ok(match (shape, stage) {
        (shape, Stage::Tables(stage)) => tables::step(chain, shape, stage)?,
        (_, Stage::Stream(topic)) => {
            chain.start(&source("stream", topic));
            Shape::Stream(Types::text())
        }
        (Shape::Stream(types), Stage::Filter(expr)) => {
            let test = expr.to_java_test()?;
            if expr.java_needs_record() {
                let body = ["if (", &test, ") {\n    context().forward(record);\n}"].concat();
                chain.call("processValues", &[&fixed_key_processor(&types, types.value.name(), &body)]);
            } else {
                filter(chain, expr, None)?;
            }
            Shape::Stream(types)
        }
        (Shape::Stream(types), Stage::Map(expr)) => {
            let record = expr.to_java()?;
            if expr.java_needs_record() {
                let body = [
                    "KeyValue<String, String> to = keyValue(",
                    &record,
                    ");\ncontext().forward(record.withKey(to.key).withValue(to.value));",
                ];
                chain.call("process", &[&key_processor(&types, "String", &body.concat())]);
            } else {
                chain.call("map", &[&of_both(&["keyValue(", &record, ")"].concat())]);
            }
            Shape::Stream(Types::text())
        }
        (Shape::Stream(types), Stage::FlatMap(expr)) => {
            let records = ["keyValues(", &expr.to_java()?, ")"].concat();
            if expr.java_needs_record() {
                let body = [
                    "for (KeyValue<String, String> to : ",
                    &records,
                    ") {\n    context().forward(record.withKey(to.key).withValue(to.value));\n}",
                ];
                chain.call("process", &[&key_processor(&types, "String", &body.concat())]);
            } else {
                chain.call("flatMap", &[&of_both(&records)]);
            }
            Shape::Stream(Types::text())
        }
        (Shape::Stream(types), Stage::FlatMapValues(expr)) => {
            let values = ["texts(", &expr.to_java()?, ")"].concat();
            if expr.java_needs_record() {
                let body =
                    ["for (String to : ", &values, ") {\n    context().forward(record.withValue(to));\n}"];
                chain.call("processValues", &[&fixed_key_processor(&types, "String", &body.concat())]);
            } else {
                chain.call("flatMapValues", &[&of_both(&values)]);
            }
            Shape::Stream(Types { value: ValueType::Text, ..types })
        }
        (Shape::Stream(types), Stage::Peek(label)) => {
            let shown = [&java_text(&format!("{label}: ")), " + key + \" = \" + value"].concat();
            chain.call("peek", &[&of_both(&["System.out.println(", &shown, ")"].concat())]);
            Shape::Stream(types)
        }
        (Shape::Stream(types), Stage::MapValues(expr)) => {
            let new = text(expr)?;
            if expr.java_needs_record() {
                let body = ["context().forward(record.withValue(", &new, "));"].concat();
                chain.call("processValues", &[&fixed_key_processor(&types, "String", &body)]);
            } else {
                chain.call("mapValues", &[&of_both(&new)]);
            }
            Shape::Stream(Types { value: ValueType::Text, ..types })
        }
        (Shape::Stream(types), Stage::SelectKey(expr)) => {
            select_key(chain, &types, expr)?;
            Shape::Stream(Types { key: KeyType::Text, ..types })
        }
        (Shape::Stream(types), Stage::GroupByKey) => {
            chain.call("groupByKey", &[&with("Grouped", &types)]);
            Shape::Grouped { types, windows: None, cogrouped: false }
        }
        (Shape::Stream(types), Stage::GroupBy(expr)) => {
            let grouped = Types { key: KeyType::Text, ..types.clone() };
            if expr.java_needs_record() {
                select_key(chain, &types, expr)?;
                chain.call("groupByKey", &[&with("Grouped", &grouped)]);
            } else {
                chain.call("groupBy", &[&of_both(&text(expr)?), &with("Grouped", &grouped)]);
            }
            Shape::Grouped { types: grouped, windows: None, cogrouped: false }
        }
        (Shape::Grouped { types, windows, cogrouped }, Stage::Cogroup(topic, by)) => {
            if types.key != KeyType::Text {
                return Err(KEYS_DIFFER);
            }
            let aggregator = folds::aggregator(rest)?;
            if !cogrouped {
                chain.call(aggregator.cogroup, &[&aggregator.text]);
            }
            let text_types = Types::text();
            let grouped = match by {
                None => [".groupByKey(", &with("Grouped", &text_types), ")"].concat(),
                Some(expr) => {
                    let key = of_both(&text(without_record(expr)?)?);
                    [".groupBy(", &key, ", ", &with("Grouped", &text_types), ")"].concat()
                }
            };
            let other = [source("stream", topic), grouped].concat();
            chain.call("cogroup", &[&other, &aggregator.text]);
            Shape::Grouped { types, windows, cogrouped: true }
        }
        (Shape::Grouped { types, cogrouped, .. }, Stage::Window(w)) => {
            windowed(chain, types, cogrouped, (*w).into())
        }
        (Shape::Grouped { types, cogrouped, .. }, Stage::SlidingWindow(w)) => {
            windowed(chain, types, cogrouped, (*w).into())
        }
        (Shape::Grouped { types, cogrouped, .. }, Stage::SessionWindow(w)) => {
            windowed(chain, types, cogrouped, (*w).into())
        }
        (Shape::Grouped { types, windows, cogrouped }, Stage::Emit(emit)) => {
            let strategy = match emit {
                EmitStrategy::OnWindowClose => "EmitStrategy.onWindowClose()",
                EmitStrategy::OnWindowUpdate => "EmitStrategy.onWindowUpdate()",
            };
            chain.call("emitStrategy", &[strategy]);
            Shape::Grouped { types, windows, cogrouped }
        }
        (Shape::Grouped { types, windows, cogrouped }, Stage::Count | Stage::Sum(_) | Stage::Fold(_)) => {
            folds::aggregate(chain, types, windows, cogrouped, stage)?
        }
        (Shape::GroupedTable(types), Stage::Count | Stage::Sum(_) | Stage::Fold(_)) => {
            folds::aggregate_table(chain, types, stage)?
        }
        (Shape::Table(types), Stage::SuppressUntilWindowCloses(most)) => {
            let buffer = match most {
                None => "Suppressed.BufferConfig.unbounded()".to_owned(),
                Some(most) => buffer(*most, BufferFull::ShutDown),
            };
            chain.call("suppress", &[&["Suppressed.untilWindowCloses(", &buffer, ")"].concat()]);
            Shape::Table(types)
        }
        (Shape::Table(types), Stage::SuppressUntilTimeLimit(ms, bound)) => {
            let buffer = match bound {
                None => "Suppressed.BufferConfig.unbounded()".to_owned(),
                Some((most, full)) => buffer(*most, *full),
            };
            let until = ["Suppressed.untilTimeLimit(", &duration(*ms), ", ", &buffer, ")"].concat();
            chain.call("suppress", &[&until]);
            Shape::Table(types)
        }
        (Shape::Stream(types), Stage::Split(split)) => {
            let branched = |topic: &TopicName| {
                let to = [java_text(topic.as_str()), ", ".to_owned(), with("Produced", &types)].concat();
                ["Branched.withConsumer(branch -> branch.to(", &to, "))"].concat()
            };
            chain.call("split", &[]);
            for (when, topic) in &split.branches {
                let test = without_record(when)?.to_java_test()?;
                chain.call("branch", &[&of_both(&test), &branched(topic)]);
            }
            match &split.default {
                Some(topic) => chain.call("defaultBranch", &[&branched(topic)]),
                None => chain.call("noDefaultBranch", &[]),
            }
            Shape::Nothing
        }
        (Shape::Stream(types), Stage::To(topic)) => {
            send(chain, &types, &java_text(topic.as_str()), rest);
            Shape::Stream(types)
        }
        (Shape::Stream(types), Stage::ToBy(expr)) => {
            send(chain, &types, &extractor(expr)?, rest);
            Shape::Stream(types)
        }
        (_, Stage::CustomWindow(_)) => {
            return Err(
                "it is this playground's own; in Kafka Streams it is a subclass of Windows, or a Processor",
            );
        }
        (_, Stage::Detect(_)) => {
            return Err("it is this playground's own; in Kafka Streams it is a Processor with a store");
        }
        // The parser lets no other order through.
        (other, _) => other,
    })
}

/// `filter`, or `filterNot` of what is negated as a whole.
pub(super) fn filter(chain: &mut Chain, expr: &Expr, store: Option<&str>) -> Result<(), Unsaid> {
    let (name, test) = match expr.negated() {
        Some(inner) => ("filterNot", inner.to_java_test()?),
        None => ("filter", expr.to_java_test()?),
    };
    let mut arguments = vec![of_both(&test)];
    arguments.extend(store.map(str::to_owned));
    chain.call(name, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    Ok(())
}

fn send(chain: &mut Chain, types: &Types, to: &str, rest: &[Stage]) {
    let produced = with("Produced", types);
    if rest.is_empty() {
        chain.call("to", &[to, &produced]);
    } else {
        // `to` returns nothing: what follows needs a name to go on from.
        chain.name_stream(types);
        chain.aside("to", &[to, ", ", &produced].concat());
    }
}

/// A `TopicNameExtractor`, which is given the record's context beside its key and value.
fn extractor(expr: &Expr) -> Result<String, Unsaid> {
    let topic = text(expr)?;
    if super::has_word(&topic, "record") {
        // One thing under both of the names that expressions have for it.
        let body = ["{ RecordContext record = at; return ", &topic, "; }"].concat();
        return Ok(["(key, value, at) -> ", &body].concat());
    }
    Ok(["(key, value, at) -> ", &topic].concat())
}

fn select_key(chain: &mut Chain, types: &Types, expr: &Expr) -> Result<(), Unsaid> {
    let key = text(expr)?;
    if expr.java_needs_record() {
        let body = ["context().forward(record.withKey(", &key, "));"].concat();
        chain.call("process", &[&key_processor(types, types.value.name(), &body)]);
    } else {
        chain.call("selectKey", &[&of_both(&key)]);
    }
    Ok(())
}

fn windowed(chain: &mut Chain, types: Types, cogrouped: bool, made: Windows) -> Shape {
    chain.call("windowedBy", &[&windows(&made)]);
    Shape::Grouped { types, windows: Some(made), cogrouped }
}

fn buffer(most: u32, full: BufferFull) -> String {
    let eager = ["Suppressed.BufferConfig.maxRecords(", &most.to_string(), ")"].concat();
    match full {
        BufferFull::Emit => eager,
        BufferFull::ShutDown => eager + ".shutDownWhenFull()",
    }
}
