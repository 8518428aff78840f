//! What an application writes: `--to TOPIC [--writes EXPR] [--transactional-id NAME [--transaction-timeout DURATION]]`.

use super::failures;
use crate::language::arguments::Arguments;
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::language::time::span;
use millrace_client::listener::Output;
use millrace_expr::Expr;
use millrace_model::{Span, TopicName};
use std::sync::Arc;

/// The options.
pub const OPTIONS: &[&str] = &["to", "writes", "transactional-id", "transaction-timeout"];

/// What a line says about it, before it is known whether it says anything.
#[derive(Debug, Default)]
pub struct Draft {
    topic: Option<TopicName>,
    value: Option<Expr>,
    transactional_id: Option<Arc<str>>,
    timeout: Option<Span>,
    /// What an option would need that stands alone.
    needs_topic: Option<Problem>,
    needs_id: Option<Problem>,
}

impl Draft {
    /// Takes one of [`OPTIONS`].
    ///
    /// # Errors
    /// If its value is missing or wrong.
    pub fn option(&mut self, name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
        let needs = |expected: &'static str| {
            arguments.problem(arguments.option_span(), expected, format!("`--{name}` alone"))
        };
        match name {
            "to" => {}
            "transaction-timeout" => self.needs_id = Some(needs("--transactional-id and a name beside it")),
            _ => self.needs_topic = Some(needs("--to and a topic beside it")),
        }
        match name {
            "to" => self.topic = Some(arguments.value("a topic")?.name("a topic's name")?.into()),
            "writes" => {
                let what = "an expression for the value, such as 'value.amount * 2'";
                self.value = Some(failures::expression(&arguments.value(what)?)?);
            }
            "transactional-id" => {
                let what = "a name that stays the same across restarts, such as billing";
                self.transactional_id = Some(arguments.value(what)?.name(what)?.into());
            }
            _ => {
                let what = "how long a transaction may be open";
                self.timeout = Some(span(&arguments.value(what)?, what, "ms")?);
            }
        }
        Ok(())
    }

    /// What it writes, if it writes anything.
    ///
    /// # Errors
    /// Options that need others.
    pub fn finish(self) -> Result<Option<Arc<Output>>, Problem> {
        if let (None, Some(problem)) = (&self.transactional_id, self.needs_id) {
            return Err(problem);
        }
        let Some(topic) = self.topic else { return self.needs_topic.map_or(Ok(None), Err) };
        Ok(Some(Arc::new(Output {
            value: self.value,
            transactional_id: self.transactional_id,
            transaction_timeout: self.timeout.unwrap_or(Output::TRANSACTION_TIMEOUT),
            ..Output::to(topic)
        })))
    }
}

/// Writes it.
pub fn print(line: &mut String, output: &Output) {
    option(line, "to", output.topic.as_str());
    if let Some(value) = &output.value {
        option(line, "writes", value.text());
    }
    if let Some(id) = &output.transactional_id {
        option(line, "transactional-id", id);
    }
    if output.transaction_timeout != Output::TRANSACTION_TIMEOUT {
        option(line, "transaction-timeout", &output.transaction_timeout.to_string());
    }
}
