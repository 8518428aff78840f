//! The functions that user code hands to the DSL, as data: expressions of the language, and a closed set of plain
//! text functions. What they compute is in [`evaluate`](super::evaluate).

use crate::data::Value;
use millrace_expr::Expr;

/// Which records a filter keeps.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// An expression of the language that is true.
    Expr(Expr),
    /// Every record.
    True,
    /// No record.
    False,
    /// The value's text contains this.
    ValueContains(String),
    /// The value's text has more UTF-16 units than this.
    ValueLongerThan(i64),
    /// The value's number is even.
    ValueEven,
    /// The value's number is greater than this.
    ValueGreaterThan(i64),
    /// The value is null.
    ValueNull,
    /// There is a key: what stands in front of a repartition topic.
    KeyNotNull,
    /// The key's text is this.
    KeyIs(String),
    /// The key's text is smaller than this.
    KeyBelow(String),
}

/// A new value from a key and a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValueMapper {
    /// An expression of the language, written as text or JSON.
    Expr(Expr),
    /// Upper case; null stays null.
    Upper,
    /// The value's text and this behind it.
    Append(String),
    /// How many UTF-16 units the value's text has; 0 for null.
    Length,
    /// Always this.
    Const(String),
    /// Always null.
    Null,
    /// The value's text.
    Text,
    /// The value's number; null for null.
    Number,
    /// `key:value`.
    WithKey,
    /// The value.
    Identity,
}

/// A new key from a key and a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyMapper {
    /// An expression of the language, written as text or JSON; null stays null.
    Expr(Expr),
    /// The value's text; null for null.
    FromValue,
    /// The first characters of the value's text.
    ValuePrefix(usize),
    /// The first characters of the key's text.
    KeyPrefix(usize),
    /// The key's text and this behind it.
    Append(String),
    /// The text of a windowed key, `key@start-end`.
    WindowText,
    /// The key inside a windowed key.
    WindowInner,
    /// Always this.
    Const(String),
    /// The key.
    Identity,
    /// Always null.
    Null,
    /// The value's text before the first of these, else null.
    ValueBefore(String),
}

/// A new key and a new value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyValueMapper {
    /// Key and value change places, nulls kept.
    Swap,
    /// Each by its own mapper.
    Rekey {
        /// The key's.
        key: KeyMapper,
        /// The value's.
        value: ValueMapper,
    },
    /// An expression of the language that is a map of `key` and `value`.
    Expr(Expr),
}

/// The records that one becomes (`flatMap`, `flatMapValues`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FlatMapper {
    /// The words of the value; as records each is a key, with the old one as its value.
    Words,
    /// An expression of the language that is a list: of values, or of maps of `key` and `value`.
    Expr(Expr),
}

/// Two values become one (`Reducer`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reducer {
    /// Both with a comma between.
    Concat,
    /// The sum of their numbers.
    Sum,
    /// The difference of their numbers.
    Subtract,
    /// The one with the larger number; the first of equals.
    Max,
    /// The one with the smaller number; the first of equals.
    Min,
    /// The second.
    Last,
    /// The first.
    First,
    /// The first, a minus, the second.
    Remove,
    /// Null if the second is `x`, else as [`Concat`](Self::Concat).
    NullOnX,
    /// An expression of the language over the first, `aggregate`, and the second, `value`.
    Expr(Expr),
}

/// A value is added to an aggregate (`Aggregator`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Aggregator {
    /// The aggregate, a plus, the value.
    Concat,
    /// The aggregate, a minus, the value.
    Remove,
    /// The aggregate, a semicolon, `key=value`.
    KeyValue,
    /// The sum of their numbers.
    Sum,
    /// The difference of their numbers.
    Subtract,
    /// The aggregate's number and the value's length.
    SumLength,
    /// Null if the value is `x`, else as [`Concat`](Self::Concat).
    NullOnX,
    /// An expression of the language over the record and `aggregate`.
    Expr(Expr),
}

/// What an aggregation does with each record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Aggregation {
    /// `count()`.
    Count,
    /// `aggregate(0, (key, value, sum) -> sum + number)`: null adds nothing, what is no number is an error.
    Sum(Expr),
    /// `reduce(reducer)`: the first value as it is.
    Reduce(Reducer),
    /// `aggregate(initializer, aggregator)`.
    Aggregate {
        /// The initial aggregate.
        init: Value,
        /// The function.
        aggregator: Aggregator,
    },
}

/// Two sessions' aggregates become one (`Merger`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Merger {
    /// The sum of both counts.
    Count,
    /// The sum of both exact sums.
    Total,
    /// The reducer of `reduce`; a session that starts takes the other as it is.
    Reduce(Reducer),
    /// Both in brackets with an ampersand between.
    Concat,
    /// The sum of their numbers.
    Sum,
    /// An expression of the language over the one, `aggregate`, and the other, `value`.
    Expr(Expr),
}

impl Merger {
    /// What an aggregation brings with it; `None` if its user must say.
    pub fn of(aggregation: &Aggregation) -> Option<Merger> {
        match aggregation {
            Aggregation::Count => Some(Merger::Count),
            Aggregation::Sum(_) => Some(Merger::Total),
            Aggregation::Reduce(reducer) => Some(Merger::Reduce(reducer.clone())),
            Aggregation::Aggregate { .. } => None,
        }
    }
}

/// Two values become one (`ValueJoinerWithKey`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Joiner {
    /// A JSON object with the members `left` and `right`; a value that is no JSON becomes a text.
    Object,
    /// Left, a bar, right.
    Pair,
    /// The key, a colon, left, a bar, right.
    PairWithKey,
    /// Null if the right value is `x`, else as [`Pair`](Self::Pair).
    NullIfRightX,
}

/// What an aggregation of a grouped table does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TableAggregation {
    /// `count()`.
    Count,
    /// `aggregate(0, add, subtract)` over an expression: null adds and takes nothing.
    Sum(Expr),
    /// `reduce(adder, subtractor)`.
    Reduce {
        /// For what has come.
        adder: Reducer,
        /// For what has gone.
        subtractor: Reducer,
    },
    /// `aggregate(initializer, adder, subtractor)`.
    Aggregate {
        /// The initial aggregate.
        init: Value,
        /// For what has come.
        adder: Aggregator,
        /// For what has gone.
        subtractor: Aggregator,
    },
}
