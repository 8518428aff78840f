//! The printer of the pipe language: the inverse of the parser.

use super::{Pipeline, Stage};
use crate::topology::{BufferFull, CustomShape, EmitStrategy};
use millrace_model::Span;
use std::fmt;

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, stage) in self.stages.iter().enumerate() {
            if at > 0 {
                f.write_str(" | ")?;
            }
            stage.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Stream(topic) => write!(f, "stream {topic}"),
            Stage::Filter(expr) => write!(f, "filter {expr}"),
            Stage::Map(expr) => write!(f, "map {expr}"),
            Stage::FlatMap(expr) => write!(f, "flat map {expr}"),
            Stage::FlatMapValues(expr) => write!(f, "flat map values {expr}"),
            Stage::Peek(label) => write!(f, "peek {label}"),
            Stage::MapValues(expr) => write!(f, "map values {expr}"),
            Stage::SelectKey(expr) => write!(f, "select key {expr}"),
            Stage::GroupByKey => f.write_str("group by key"),
            Stage::GroupBy(expr) => write!(f, "group by {expr}"),
            Stage::Window(w) if w.is_tumbling() => {
                write!(f, "window tumbling {}", span(w.size_ms()))?;
                grace(f, w.grace_ms())
            }
            Stage::Window(w) => {
                write!(f, "window hopping {} every {}", span(w.size_ms()), span(w.advance_ms()))?;
                grace(f, w.grace_ms())
            }
            Stage::SlidingWindow(w) => {
                write!(f, "window sliding {}", span(w.time_difference_ms()))?;
                grace(f, w.grace_ms())
            }
            Stage::SessionWindow(w) => {
                write!(f, "window session {}", span(w.gap_ms()))?;
                grace(f, w.grace_ms())
            }
            Stage::CustomWindow(w) => {
                match w.shape() {
                    CustomShape::Span { from, to } => write!(f, "window from {from} to {to}")?,
                    CustomShape::Gap(gap) => write!(f, "window session by {gap}")?,
                }
                write!(f, " up to {}", span(w.longest_ms()))?;
                grace(f, w.grace_ms())
            }
            Stage::Emit(EmitStrategy::OnWindowClose) => f.write_str("emit on window close"),
            Stage::Emit(EmitStrategy::OnWindowUpdate) => f.write_str("emit on window update"),
            Stage::Cogroup(topic, None) => write!(f, "cogroup {topic} by key"),
            Stage::Cogroup(topic, Some(expr)) => write!(f, "cogroup {topic} by {expr}"),
            Stage::Count => f.write_str("count"),
            Stage::Sum(expr) => write!(f, "sum {expr}"),
            Stage::Fold(fold) => fold.fmt(f),
            Stage::Stored(stage, name) => write!(f, "{stage} store {name}"),
            Stage::SuppressUntilWindowCloses(most) => {
                f.write_str("suppress until window closes")?;
                most.map_or(Ok(()), |most| write!(f, " max records {most}"))
            }
            Stage::SuppressUntilTimeLimit(ms, bound) => {
                write!(f, "suppress until time limit {}", span(*ms))?;
                match bound {
                    None => Ok(()),
                    Some((most, BufferFull::Emit)) => write!(f, " max records {most}"),
                    Some((most, BufferFull::ShutDown)) => {
                        write!(f, " max records {most} shut down when full")
                    }
                }
            }
            Stage::Tables(stage) => stage.fmt(f),
            Stage::Detect(pattern) => write!(f, "detect {pattern}"),
            Stage::Split(split) => split.fmt(f),
            Stage::To(topic) => write!(f, "to {topic}"),
            Stage::ToBy(expr) => write!(f, "to by {expr}"),
        }
    }
}

/// Without grace nothing is said, as with Kafka's factories `…NoGrace`.
fn grace(f: &mut fmt::Formatter<'_>, ms: i64) -> fmt::Result {
    if ms == 0 { Ok(()) } else { write!(f, " grace {}", span(ms)) }
}

pub(super) fn span(ms: i64) -> Span {
    Span::from_millis(u64::try_from(ms).unwrap_or(0))
}
