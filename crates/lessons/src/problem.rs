//! What is wrong with a lesson's text: where, and what would be right instead.

use std::fmt;

/// One mistake. It has a line, so that an editor can go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// What was expected, what stands there, and what was probably meant.
    pub sentence: String,
}

impl Problem {
    /// A mistake in a line.
    pub fn new(line: usize, sentence: impl Into<String>) -> Problem {
        Problem { line, sentence: sentence.into() }
    }

    /// The same mistake of a line of the language, in a block whose first line is the file's line `first`.
    pub(crate) fn in_block(first: usize, problem: &millrace_script::Problem) -> Problem {
        Problem::new(first + problem.line - 1, format!("column {}: {}", problem.column, problem.sentence()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.sentence)
    }
}

impl std::error::Error for Problem {}
