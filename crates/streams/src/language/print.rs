//! The printer of the pipe language: the inverse of the parser.

use super::{Pipeline, Stage};
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
            Stage::MapValues(expr) => write!(f, "map values {expr}"),
            Stage::SelectKey(expr) => write!(f, "select key {expr}"),
            Stage::GroupByKey => f.write_str("group by key"),
            Stage::GroupBy(expr) => write!(f, "group by {expr}"),
            Stage::Window(windows) => {
                let size = span(windows.size_ms());
                if windows.is_tumbling() {
                    write!(f, "window tumbling {size}")?;
                } else {
                    write!(f, "window hopping {size} every {}", span(windows.advance_ms()))?;
                }
                match windows.grace_ms() {
                    0 => Ok(()),
                    grace => write!(f, " grace {}", span(grace)),
                }
            }
            Stage::Count => f.write_str("count"),
            Stage::Sum(expr) => write!(f, "sum {expr}"),
            Stage::SuppressUntilWindowCloses => f.write_str("suppress until window closes"),
            Stage::To(topic) => write!(f, "to {topic}"),
        }
    }
}

fn span(ms: i64) -> Span {
    Span::from_millis(u64::try_from(ms).unwrap_or(0))
}
