//! The stages of tables and joins: which call of the DSL, with which serdes.

use super::call::{Chain, of_both, text, without_record};
use super::folds::{materialized, named};
use super::stages::{KEYS_DIFFER, Shape, filter, source, with};
use super::types::{KeyType, Types, ValueType, join_windows};
use crate::language::TableStage;
use crate::topology::JoinType;
use millrace_expr::java::{Unsaid, java_text};

const PAIR: &str = "(left, right) -> pair(left, right)";

pub(super) fn step(chain: &mut Chain, shape: Shape, stage: &TableStage) -> Result<Shape, Unsaid> {
    Ok(match (stage, shape) {
        (TableStage::Table(topic), _) => {
            let table = source("table", topic);
            match named(chain, &Types::text(), "KeyValueStore") {
                // The serdes are the consumer's.
                Some(materialized) => {
                    let table = table.strip_suffix(')').unwrap_or(&table);
                    chain.start(&[table, ", ", &materialized, ")"].concat());
                }
                None => chain.start(&table),
            }
            Shape::Table(Types::text())
        }
        (TableStage::AsTable, Shape::Stream(types)) => {
            let materialized = materialized(chain, &types, "KeyValueStore");
            chain.call("toTable", &[&materialized]);
            Shape::Table(types)
        }
        (TableStage::Filter(expr), Shape::Table(types)) => {
            without_record(expr)?;
            let store = named(chain, &types, "KeyValueStore");
            filter(chain, expr, store.as_deref())?;
            Shape::Table(types)
        }
        (TableStage::MapValues(expr), Shape::Table(types)) => {
            let mapper = of_both(&text(without_record(expr)?)?);
            let types = Types { value: ValueType::Text, ..types };
            match named(chain, &types, "KeyValueStore") {
                Some(store) => chain.call("mapValues", &[&mapper, &store]),
                None => chain.call("mapValues", &[&mapper]),
            }
            Shape::Table(types)
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
        (TableStage::Repartition(name, partitions), Shape::Stream(types)) => {
            let mut repartitioned = with("Repartitioned", &types);
            if let Some(name) = name {
                repartitioned += &[".withName(", &java_text(name), ")"].concat();
            }
            if let Some(partitions) = partitions {
                repartitioned += &[".withNumberOfPartitions(", &partitions.to_string(), ")"].concat();
            }
            chain.call("repartition", &[&repartitioned]);
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
