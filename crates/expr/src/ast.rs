//! The tree of an expression, and the parts of a record that it may name.

use std::fmt;
use std::sync::Arc;

use crate::error::Span;
use crate::functions::Function;
use crate::value::Value;

/// The words that stand for a part of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The key as text; null without one.
    Key,
    /// The value as JSON if it parses, else as text; null for a tombstone.
    Value,
    /// The headers, each as text; of equal names the last.
    Headers,
    /// The topic.
    Topic,
    /// The partition.
    Partition,
    /// The offset.
    Offset,
    /// The timestamp in milliseconds.
    Timestamp,
    /// The delivery attempt, from 1.
    Attempt,
    /// What earlier records have come to, as JSON if it parses, else as text; only where records become one.
    Aggregate,
}

impl Root {
    /// Those of every record: all but [`Aggregate`](Self::Aggregate).
    pub const ALL: [Self; 8] = [
        Self::Key,
        Self::Value,
        Self::Headers,
        Self::Topic,
        Self::Partition,
        Self::Offset,
        Self::Timestamp,
        Self::Attempt,
    ];

    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
            Self::Headers => "headers",
            Self::Topic => "topic",
            Self::Partition => "partition",
            Self::Offset => "offset",
            Self::Timestamp => "timestamp",
            Self::Attempt => "attempt",
            Self::Aggregate => "aggregate",
        }
    }
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `.name` or `["odd name"]`.
    Field(Arc<str>),
    /// `[0]`, from 0.
    Index(u32),
}

/// A part of the record that an expression names, as `value.items[0]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    /// Where it starts.
    pub root: Root,
    /// How it goes on.
    pub steps: Vec<Step>,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root.name())?;
        self.steps.iter().try_for_each(|step| crate::print::step(f, step))
    }
}

/// A part of an expression, with its place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub at: Span,
    pub kind: NodeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// Also a list of literals.
    Literal(Value),
    Field(Field),
    List(Vec<Node>),
    Map(Vec<(Arc<str>, Node)>),
    /// A step into something that is not the record.
    Get(Box<Node>, Step),
    /// A step that is itself computed.
    At(Box<Node>, Box<Node>),
    Not(Box<Node>),
    /// Never of a number literal: that is a negative literal.
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

impl Node {
    /// The nodes directly below.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match &self.kind {
            NodeKind::Literal(_) | NodeKind::Field(_) => Vec::new(),
            NodeKind::List(items) | NodeKind::Call(_, items) => items.iter().collect(),
            NodeKind::Map(entries) => entries.iter().map(|(_, node)| node).collect(),
            NodeKind::Get(a, _) | NodeKind::Not(a) | NodeKind::Negate(a) => vec![a],
            NodeKind::At(a, b) | NodeKind::Binary(_, a, b) => vec![a, b],
            NodeKind::If(a, b, c) => vec![a, b, c],
        }
    }
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}
