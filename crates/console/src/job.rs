//! What a line asks for.

use millrace_script::Statement;
use millrace_sim::Command;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// One of Kafka's tools is started.
    Tool(ToolLine),
    /// A line of `script`.
    Say(Box<Statement>),
    /// `bare LINE`: the command alone, as a click gives it. No tool looks at it first, and nobody waits for its answer.
    Bare(Box<Command>),
    /// `help` and `man`, with the words behind them.
    Help(Vec<String>),
    /// A text is printed: `echo` without a tool behind it.
    Print(String),
}

/// A tool with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolLine {
    /// The words; the first is the tool's name without a path and without `.sh`.
    pub argv: Vec<String>,
    /// What it reads.
    pub stdin: Stdin,
}

/// A tool's standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing was handed to it.
    #[default]
    Nothing,
    /// A text.
    Text(String),
    /// A file.
    File(String),
}
