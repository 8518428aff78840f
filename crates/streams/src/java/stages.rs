//! Stage by stage: which call of the DSL, with which serdes.

use super::NoJava;
use super::call::{Chain, fixed_key_processor, key_processor, of_both, text, without_record};
use super::types::{KeyType, Types, ValueType, duration, join_windows, windows};
use crate::language::{Stage, TableStage};
use crate::topology::{BufferFull, EmitStrategy, JoinType, Windows};
use millrace_expr::Expr;
use millrace_expr::java::{Unsaid, java_text};
use millrace_model::TopicName;

/// What the chain has come to.
enum Shape {
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

const PAIR: &str = "(left, right) -> pair(left, right)";
const KEYS_DIFFER: Unsaid = "the keys on its left have windows, those of its topic have none";

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

fn source(method: &str, topic: &TopicName) -> String {
    let consumed = "Consumed.with(Serdes.String(), Serdes.String())";
    ["builder.", method, "(", &java_text(topic.as_str()), ", ", consumed, ")"].concat()
}

fn with(class: &str, types: &Types) -> String {
    [class, ".with(", &types.serdes(), ")"].concat()
}

fn step(chain: &mut Chain, shape: Shape, stage: &Stage, rest: &[Stage]) -> Result<Shape, Unsaid> {
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
        (shape, Stage::Tables(stage)) => table_step(chain, shape, stage)?,
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
                chain.call("filter", &[&of_both(&test)]);
            }
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
            let aggregator = aggregator(rest)?;
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
        (Shape::Grouped { types, windows, cogrouped }, Stage::Count | Stage::Sum(_)) => {
            aggregate(chain, types, windows, cogrouped, stage)?
        }
        (Shape::GroupedTable(types), Stage::Count) => {
            let types = Types { value: ValueType::Count, ..types };
            chain.call("count", &[&with("Materialized", &types)]);
            Shape::Table(types)
        }
        (Shape::GroupedTable(types), Stage::Sum(expr)) => {
            let number = without_record(expr)?.to_java()?;
            let types = Types { value: ValueType::Text, ..types };
            let change = |name: &str| ["(key, value, sum) -> ", name, "(sum, ", &number, ")"].concat();
            let materialized = with("Materialized", &types);
            chain.call("aggregate", &["() -> \"0\"", &change("sum"), &change("less"), &materialized]);
            Shape::Table(types)
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
            let produced = with("Produced", &types);
            let topic = java_text(topic.as_str());
            if rest.is_empty() {
                chain.call("to", &[&topic, &produced]);
            } else {
                // `to` returns nothing: what follows needs a name to go on from.
                chain.name_stream(&types);
                chain.aside("to", &[&topic, ", ", &produced].concat());
            }
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

fn select_key(chain: &mut Chain, types: &Types, expr: &Expr) -> Result<(), Unsaid> {
    let key = text(expr)?;
    if expr.java_needs_record() {
        let body = ["context().forward(record.withKey(", &key, "));"].concat();
        chain.call("process", &[&key_processor(types, &body)]);
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

/// What a cogroup's streams are added with: that of the aggregation behind.
struct Aggregator {
    cogroup: &'static str,
    text: String,
}

fn aggregator(rest: &[Stage]) -> Result<Aggregator, Unsaid> {
    for stage in rest {
        if let Stage::Sum(expr) = stage {
            return Ok(Aggregator { cogroup: "<String>cogroup", text: adder(expr)? });
        }
        if *stage == Stage::Count {
            break;
        }
    }
    Ok(Aggregator { cogroup: "<Long>cogroup", text: "(key, value, count) -> count + 1".to_owned() })
}

fn adder(expr: &Expr) -> Result<String, Unsaid> {
    Ok(["(key, value, sum) -> sum(sum, ", &without_record(expr)?.to_java()?, ")"].concat())
}

fn aggregate(
    chain: &mut Chain,
    types: Types,
    windows: Option<Windows>,
    cogrouped: bool,
    stage: &Stage,
) -> Result<Shape, Unsaid> {
    let (value, init, merger) = match stage {
        Stage::Sum(_) => (ValueType::Text, "() -> \"0\"", "(key, left, right) -> sum(left, num(right))"),
        _ => (ValueType::Count, "() -> 0L", "(key, left, right) -> left + right"),
    };
    let materialized = with("Materialized", &Types { value, ..types.clone() });
    let added = match stage {
        Stage::Sum(expr) if !cogrouped => Some(adder(expr)?),
        _ => None,
    };
    let sessions = matches!(windows, Some(Windows::Session(_)));
    let mut arguments: Vec<&str> = Vec::new();
    let counts = *stage == Stage::Count && !cogrouped;
    if !counts {
        arguments.push(init);
        arguments.extend(added.as_deref());
        if sessions {
            arguments.push(merger);
        }
    }
    arguments.push(&materialized);
    chain.call(if counts { "count" } else { "aggregate" }, &arguments);
    let key = match &windows {
        None => types.key,
        Some(windows) => types.key.windowed(windows),
    };
    Ok(Shape::Table(Types { key, value }))
}

fn table_step(chain: &mut Chain, shape: Shape, stage: &TableStage) -> Result<Shape, Unsaid> {
    Ok(match (stage, shape) {
        (TableStage::Table(topic), _) => {
            chain.start(&source("table", topic));
            Shape::Table(Types::text())
        }
        (TableStage::AsTable, Shape::Stream(types)) => {
            chain.call("toTable", &[&with("Materialized", &types)]);
            Shape::Table(types)
        }
        (TableStage::Filter(expr), Shape::Table(types)) => {
            chain.call("filter", &[&of_both(&without_record(expr)?.to_java_test()?)]);
            Shape::Table(types)
        }
        (TableStage::MapValues(expr), Shape::Table(types)) => {
            chain.call("mapValues", &[&of_both(&text(without_record(expr)?)?)]);
            Shape::Table(Types { value: ValueType::Text, ..types })
        }
        (TableStage::GroupBy(expr), Shape::Table(types)) => {
            let row = ["KeyValue.pair(", &text(without_record(expr)?)?, ", value)"].concat();
            let types = Types { key: KeyType::Text, ..types };
            chain.call("groupBy", &[&of_both(&row), &with("Grouped", &types)]);
            Shape::GroupedTable(types)
        }
        (TableStage::Merge(topic), Shape::Stream(types)) => {
            if types.key != KeyType::Text {
                return Err(KEYS_DIFFER);
            }
            if types.value != ValueType::Text {
                return Err("the values on its left are counts, those of its topic are texts");
            }
            chain.call("merge", &[&source("stream", topic)]);
            Shape::Stream(types)
        }
        (TableStage::Repartition, Shape::Stream(types)) => {
            chain.call("repartition", &[&with("Repartitioned", &types)]);
            Shape::Stream(types)
        }
        (TableStage::JoinStream(join_type, topic, windows), Shape::Stream(types)) => {
            let serdes = [&types.serdes(), ", Serdes.String()"].concat();
            let joined = ["StreamJoined.with(", &serdes, ")"].concat();
            let other = source("stream", topic);
            chain.call(join(*join_type), &[&other, PAIR, &join_windows(windows), &joined]);
            pairs(types)?
        }
        (TableStage::JoinTable(left, topic), Shape::Stream(types)) => {
            let joined = ["Joined.with(", &types.serdes(), ", Serdes.String())"].concat();
            let join_type = if *left { JoinType::Left } else { JoinType::Inner };
            chain.call(join(join_type), &[&source("table", topic), PAIR, &joined]);
            pairs(types)?
        }
        (TableStage::JoinGlobal(left, topic, by), Shape::Stream(types)) => {
            let key = match by {
                Some(expr) => of_both(&text(without_record(expr)?)?),
                None if types.key != KeyType::Text => return Err(KEYS_DIFFER),
                None => of_both("key"),
            };
            let join_type = if *left { JoinType::Left } else { JoinType::Inner };
            chain.call(join(join_type), &[&source("globalTable", topic), &key, PAIR]);
            Shape::Stream(Types { value: ValueType::Text, ..types })
        }
        (TableStage::JoinTables(join_type, topic), Shape::Table(types)) => {
            chain.call(join(*join_type), &[&source("table", topic), PAIR]);
            pairs(types).map(table)?
        }
        (TableStage::JoinForeignKey(left, topic, expr), Shape::Table(types)) => {
            let key = text(without_record(expr)?)?;
            // An extractor that is given the key as well came with KIP-1104.
            let extractor = match expr.java_needs_key() {
                true => of_both(&key),
                false => ["value -> ", &key].concat(),
            };
            let types = Types { value: ValueType::Text, ..types };
            let join_type = if *left { JoinType::Left } else { JoinType::Inner };
            let materialized = with("Materialized", &types);
            chain.call(join(join_type), &[&source("table", topic), &extractor, PAIR, &materialized]);
            Shape::Table(types)
        }
        // The parser lets no other order through.
        (_, other) => other,
    })
}

fn join(join_type: JoinType) -> &'static str {
    match join_type {
        JoinType::Inner => "join",
        JoinType::Left => "leftJoin",
        JoinType::Outer => "outerJoin",
    }
}

/// What a join by equal keys makes of its left side.
fn pairs(left: Types) -> Result<Shape, Unsaid> {
    match left.key {
        KeyType::Text => Ok(Shape::Stream(Types::text())),
        KeyType::Windowed { .. } => Err(KEYS_DIFFER),
    }
}

fn table(shape: Shape) -> Shape {
    match shape {
        Shape::Stream(types) => Shape::Table(types),
        other => other,
    }
}
