//! `split`: each record goes to the topic of the first branch that takes it.

use super::parser::{expr, keyword, topic};
use super::scan::Piece;
use crate::topology::function::Predicate;
use crate::topology::{TopologyBuilder, TopologyError, builder::Stream};
use millrace_expr::{Expr, ParseError};
use millrace_model::TopicName;
use std::fmt;

/// Where a split sends records: branches in their order, and the default branch if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Split {
    /// What each branch takes, and its topic.
    pub branches: Vec<(Expr, TopicName)>,
    /// The topic of what no branch takes; without it such records are dropped.
    pub default: Option<TopicName>,
}

/// `EXPR to TOPIC, …` and, last, `else to TOPIC`.
pub(super) fn parse(piece: Piece<'_>) -> Result<Split, ParseError> {
    let mut split = Split { branches: Vec::new(), default: None };
    let mut rest = Some(piece);
    while let Some(piece) = rest {
        let (word, after) = piece.word();
        if word.text() == "else" && !split.branches.is_empty() {
            split.default = Some(topic(keyword(after, "to")?)?);
            return Ok(split);
        }
        let Some((when, _, after)) = piece.before_word(&["to"]) else {
            expr(piece)?;
            return Err(piece.behind().error("`to`, and the branch's topic", &[]));
        };
        let predicate = expr(when)?;
        if let Err(error) = predicate.check_predicate() {
            return Err(when.error_with(error.expected, error.found, error.nearest));
        }
        let (name, next) = match after.text().find(',') {
            Some(comma) => {
                let (name, next) = after.split_at(comma);
                (name.trimmed(), Some(next.split_at(1).1.trimmed()))
            }
            None => (after, None),
        };
        split.branches.push((predicate, topic(name)?));
        rest = next;
    }
    Ok(split)
}

/// A branch's sink comes right behind it, as with `Branched.withConsumer`.
pub(super) fn build(builder: &mut TopologyBuilder, of: Stream, split: &Split) -> Result<(), TopologyError> {
    let predicates = split.branches.iter().map(|(when, _)| Predicate::Expr(when.clone())).collect();
    let topics: Vec<&TopicName> = split.branches.iter().map(|(_, to)| to).chain(&split.default).collect();
    builder.split_each(of, predicates, split.default.is_some(), |builder, branch, at| {
        topics.get(at).map_or(Ok(()), |topic| builder.to(branch, topic))
    })
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("split ")?;
        for (at, (when, to)) in self.branches.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{when} to {to}")?;
        }
        self.default.as_ref().map_or(Ok(()), |to| write!(f, ", else to {to}"))
    }
}
