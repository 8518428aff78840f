//! The stages of tables and joins.
//!
//! | stage | DSL |
//! |---|---|
//! | `table TOPIC` | `builder.table(topic)` |
//! | `as table` | `toTable` |
//! | `filter table EXPR`, `map table values EXPR` | `filter` and `mapValues` of a table (without `table`: of the stream of its changes) |
//! | `group table by EXPR` | `groupBy` of a table, then `count` or `sum EXPR`, which take back what has left the group |
//! | `merge stream TOPIC` | `merge` |
//! | `repartition [as NAME] [partitions N]` | `repartition` with `Repartitioned.withName` and `withNumberOfPartitions` |
//! | `[left\|outer] join stream TOPIC within DIFFERENCE [after TIME] [grace TIME]` | `join` with `JoinWindows.ofTimeDifferenceAndGrace`; without grace `ofTimeDifferenceWithNoGrace` |
//! | `[left] join table TOPIC` behind a stream | `join` with a table |
//! | `[left\|outer] join table TOPIC` behind a table | `join` of tables |
//! | `[left] join table TOPIC by EXPR` behind a table | `join` by the foreign key that the expression finds in the left value |
//!
//! A join's result is a JSON object: `{"left": …, "right": …}`.

use super::build::{Built, filter};
use super::parser::{Left, checked, end, expr, keyword, name, time, topic};
use super::print::span;
use super::scan::Piece;
use crate::topology::builder::Materialized;
use crate::topology::function::{Joiner, KeyMapper, KeyValueMapper, ValueMapper};
use crate::topology::{JoinType, JoinWindows, StreamJoined, TopologyBuilder, TopologyError};
use millrace_expr::{Expr, ParseError};
use millrace_model::TopicName;
use std::fmt;
use std::sync::Arc;

/// A stage of tables or joins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TableStage {
    /// `table TOPIC`.
    Table(TopicName),
    /// `as table`.
    AsTable,
    /// `filter table EXPR`.
    Filter(Expr),
    /// `map table values EXPR`.
    MapValues(Expr),
    /// `group table by EXPR`.
    GroupBy(Expr),
    /// `merge stream TOPIC`.
    Merge(TopicName),
    /// `repartition [as NAME] [partitions N]`.
    Repartition(Option<Arc<str>>, Option<u32>),
    /// `join stream TOPIC within …`.
    JoinStream(JoinType, TopicName, JoinWindows),
    /// `join table TOPIC` behind a stream; true for `left`.
    JoinTable(bool, TopicName),
    /// `join global table TOPIC [by EXPR]`; true for `left`.
    JoinGlobal(bool, TopicName, Option<Expr>),
    /// `join table TOPIC` behind a table.
    JoinTables(JoinType, TopicName),
    /// `join table TOPIC by EXPR` behind a table; true for `left`.
    JoinForeignKey(bool, TopicName, Expr),
}

/// Reads a stage that begins with this word; `None` if it is none of these.
pub(super) fn parse<'s>(
    word: Piece<'s>,
    rest: Piece<'s>,
    left: Left,
) -> Result<Option<(TableStage, Left)>, ParseError> {
    let behind_table = left == Left::Table;
    let of_table = || keyword(rest, "table").ok().filter(|_| behind_table);
    Ok(Some(match word.text() {
        "table" => (TableStage::Table(topic(rest)?), Left::Table),
        "as" => {
            end(keyword(rest, "table")?)?;
            (TableStage::AsTable, Left::Table)
        }
        "filter" => {
            let Some(rest) = of_table() else { return Ok(None) };
            (TableStage::Filter(checked(rest, Expr::check_predicate)?), Left::Table)
        }
        "map" => {
            let Some(rest) = of_table() else { return Ok(None) };
            (TableStage::MapValues(expr(keyword(rest, "values")?)?), Left::Table)
        }
        "group" => {
            let Some(rest) = of_table() else { return Ok(None) };
            (TableStage::GroupBy(expr(keyword(rest, "by")?)?), Left::GroupedTable)
        }
        "merge" => (TableStage::Merge(topic(keyword(rest, "stream")?)?), Left::Stream),
        "repartition" => (repartition(rest)?, Left::Stream),
        "join" => join(JoinType::Inner, rest, behind_table)?,
        "left" => join(JoinType::Left, keyword(rest, "join")?, behind_table)?,
        "outer" => join(JoinType::Outer, keyword(rest, "join")?, behind_table)?,
        _ => return Ok(None),
    }))
}

fn join(join_type: JoinType, piece: Piece<'_>, behind_table: bool) -> Result<(TableStage, Left), ParseError> {
    let (kind, rest) = piece.word();
    match (kind.text(), behind_table) {
        ("stream", false) => {
            let (name, rest) = rest.word();
            Ok((TableStage::JoinStream(join_type, topic(name)?, windows(rest)?), Left::Stream))
        }
        ("table" | "global", false) if join_type == JoinType::Outer => {
            Err(kind.error("`stream` (a stream and a table have no outer join)", &["stream"]))
        }
        ("table", false) => {
            Ok((TableStage::JoinTable(join_type == JoinType::Left, topic(rest)?), Left::Stream))
        }
        // A table has no join with a global one: the stream of its changes has.
        ("global", _) if join_type != JoinType::Outer => {
            let (name, rest) = keyword(rest, "table")?.word();
            let name = topic(name)?;
            let by = match rest.text().is_empty() {
                true => None,
                false => Some(expr(keyword(rest, "by")?)?),
            };
            Ok((TableStage::JoinGlobal(join_type == JoinType::Left, name, by), Left::Stream))
        }
        ("table", true) => {
            let (name, rest) = rest.word();
            let name = topic(name)?;
            if rest.text().is_empty() {
                return Ok((TableStage::JoinTables(join_type, name), Left::Table));
            }
            if join_type == JoinType::Outer {
                return Err(rest.error("`|` or the end (by foreign key there is no outer join)", &[]));
            }
            let key = expr(keyword(rest, "by")?)?;
            Ok((TableStage::JoinForeignKey(join_type == JoinType::Left, name, key), Left::Table))
        }
        (_, false) => {
            Err(kind.error("`stream` or `table` or `global table`", &["stream", "table", "global"]))
        }
        (_, true) => Err(kind.error("`table` or `global table`", &["table", "global"])),
    }
}

/// `within DIFFERENCE [after TIME] [grace TIME]`.
fn windows(piece: Piece<'_>) -> Result<JoinWindows, ParseError> {
    let (difference, mut rest) = keyword(piece, "within")?.word();
    let before_ms = time(difference)?;
    let (mut after_ms, mut grace_ms) = (before_ms, 0);
    if let Ok(after) = keyword(rest, "after") {
        let (after, more) = after.word();
        (after_ms, rest) = (time(after)?, more);
    }
    if !rest.text().is_empty() {
        let (grace, more) = keyword(rest, "grace")?.word();
        (grace_ms, rest) = (time(grace)?, more);
    }
    end(rest)?;
    let refused = |error: TopologyError| {
        difference.error_with(error.to_string(), format!("`{}`", difference.text()), None)
    };
    JoinWindows::new(before_ms, grace_ms).and_then(|w| w.after(after_ms)).map_err(refused)
}

impl TableStage {
    /// True for what is done to a table and not to the stream of its changes.
    pub(crate) fn of_table(&self) -> bool {
        match self {
            Self::Filter(_)
            | Self::MapValues(_)
            | Self::GroupBy(_)
            | Self::JoinTables(..)
            | Self::JoinForeignKey(..) => true,
            Self::Table(_)
            | Self::AsTable
            | Self::Merge(_)
            | Self::Repartition(..)
            | Self::JoinStream(..)
            | Self::JoinTable(..)
            | Self::JoinGlobal(..) => false,
        }
    }

    pub(super) fn build(
        &self,
        b: &mut TopologyBuilder,
        built: Built,
        materialized: Materialized,
    ) -> Result<Built, TopologyError> {
        let none = Materialized::default;
        Ok(match (self, built) {
            (Self::Table(topic), _) => Built::Table(b.table(topic, materialized)?),
            (Self::AsTable, Built::Stream(s)) => Built::Table(b.to_table(s, materialized)?),
            (Self::Filter(e), Built::Table(t)) => {
                let (predicate, not) = filter(e);
                Built::Table(b.filter_table(t, predicate, not, materialized)?)
            }
            (Self::MapValues(e), Built::Table(t)) => {
                Built::Table(b.map_table_values(t, ValueMapper::Expr(e.clone()), materialized)?)
            }
            (Self::GroupBy(e), Built::Table(t)) => {
                let (key, value) = (KeyMapper::Expr(e.clone()), ValueMapper::Identity);
                Built::GroupedTable(b.group_table(t, KeyValueMapper::Rekey { key, value }, None)?)
            }
            (Self::Merge(topic), Built::Stream(s)) => {
                let other = b.stream(std::slice::from_ref(topic))?;
                Built::Stream(b.merge(s, other)?)
            }
            (Self::Repartition(name, partitions), Built::Stream(s)) => {
                Built::Stream(b.repartition(s, name.as_deref(), *partitions)?)
            }
            (Self::JoinStream(join_type, topic, windows), Built::Stream(s)) => {
                let other = b.stream(std::slice::from_ref(topic))?;
                let named = StreamJoined::default();
                Built::Stream(b.join(s, other, *join_type, *windows, Joiner::Object, &named)?)
            }
            (Self::JoinTable(left, topic), Built::Stream(s)) => {
                let table = b.table(topic, none())?;
                Built::Stream(b.join_table(s, table, *left, Joiner::Object, None, None)?)
            }
            (Self::JoinGlobal(left, topic, by), Built::Stream(s)) => {
                let table = b.global_table(topic, none())?;
                let key = by.clone().map_or(KeyMapper::Identity, KeyMapper::Expr);
                Built::Stream(b.join_global(s, table, *left, key, Joiner::Object)?)
            }
            (Self::JoinTables(join_type, topic), Built::Table(t)) => {
                let other = b.table(topic, none())?;
                Built::Table(b.join_tables(t, other, *join_type, Joiner::Object, None)?)
            }
            (Self::JoinForeignKey(left, topic, e), Built::Table(t)) => {
                let (other, key) = (b.table(topic, none())?, KeyMapper::Expr(e.clone()));
                Built::Table(b.join_foreign_key(t, other, *left, key, Joiner::Object, none())?)
            }
            // The parser lets no other order through.
            (_, other) => other,
        })
    }
}

/// `[as NAME] [partitions N]`.
fn repartition(piece: Piece<'_>) -> Result<TableStage, ParseError> {
    let (mut named, mut rest) = (None, piece);
    if let Ok(after) = keyword(rest, "as") {
        let (word, more) = after.word();
        (named, rest) = (Some(name(word)?), more);
    }
    if rest.text().is_empty() {
        return Ok(TableStage::Repartition(named, None));
    }
    let (number, rest) = match keyword(rest, "partitions") {
        Ok(after) => after.word(),
        Err(_) if named.is_none() => return Err(rest.error("`as NAME`, `partitions N`, `|` or the end", &[])),
        Err(error) => return Err(error),
    };
    end(rest)?;
    // What Kafka's brokers would take is more; ours end here.
    const MOST: u32 = millrace_model::limits::PARTITIONS_PER_TOPIC.unsigned_abs();
    let digits = !number.text().is_empty() && number.text().bytes().all(|b| b.is_ascii_digit());
    let partitions = number.text().parse().ok().filter(|n| digits && (1..=MOST).contains(n));
    let expected = || format!("a number of partitions from 1 to {MOST}");
    let partitions = partitions.ok_or_else(|| number.error(&expected(), &[]))?;
    Ok(TableStage::Repartition(named, Some(partitions)))
}

impl fmt::Display for TableStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |join_type: JoinType| match join_type {
            JoinType::Inner => "join",
            JoinType::Left => "left join",
            JoinType::Outer => "outer join",
        };
        let left = |left: bool| if left { "left join" } else { "join" };
        match self {
            Self::Table(topic) => write!(f, "table {topic}"),
            Self::AsTable => f.write_str("as table"),
            Self::Filter(expr) => write!(f, "filter table {expr}"),
            Self::MapValues(expr) => write!(f, "map table values {expr}"),
            Self::GroupBy(expr) => write!(f, "group table by {expr}"),
            Self::Merge(topic) => write!(f, "merge stream {topic}"),
            Self::Repartition(name, partitions) => {
                f.write_str("repartition")?;
                name.as_ref().map_or(Ok(()), |name| write!(f, " as {name}"))?;
                partitions.map_or(Ok(()), |partitions| write!(f, " partitions {partitions}"))
            }
            Self::JoinStream(join_type, topic, windows) => {
                write!(f, "{} stream {topic} within {}", word(*join_type), span(windows.before_ms()))?;
                if windows.after_ms() != windows.before_ms() {
                    write!(f, " after {}", span(windows.after_ms()))?;
                }
                match windows.grace_ms() {
                    0 => Ok(()),
                    grace => write!(f, " grace {}", span(grace)),
                }
            }
            Self::JoinTable(is_left, topic) => write!(f, "{} table {topic}", left(*is_left)),
            Self::JoinGlobal(is_left, topic, by) => {
                write!(f, "{} global table {topic}", left(*is_left))?;
                by.as_ref().map_or(Ok(()), |by| write!(f, " by {by}"))
            }
            Self::JoinTables(join_type, topic) => write!(f, "{} table {topic}", word(*join_type)),
            Self::JoinForeignKey(is_left, topic, key) => {
                write!(f, "{} table {topic} by {key}", left(*is_left))
            }
        }
    }
}
