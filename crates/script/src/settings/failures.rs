//! When an application's listener fails: `EXPR [--as CLASS] [--message TEXT] [--fatal]`, as often as there are rules.

use crate::language::arguments::{Arguments, Value};
use crate::language::problem::{Problem, shown};
use crate::language::quote::option;
use millrace_client::listener::FailureRule;
use millrace_expr::Expr;

/// What may follow a rule.
pub const PARTS: &[&str] = &["as", "message", "fatal"];

/// The exception's class unless `--as` names another.
const CLASS: &str = "IllegalStateException";

/// A rule that holds where `value` is true.
///
/// # Errors
/// If it is no expression, or certainly neither true nor false; the place is the one inside the word.
pub fn rule(value: &Value<'_>) -> Result<FailureRule, Problem> {
    let when = expression(value)?;
    if let Err(error) = when.check_predicate() {
        // Its place is that in the normal form, which is not what was typed: the whole word is meant.
        return Err(value.wrong(error.expected));
    }
    let message = default_message(&when);
    Ok(FailureRule { when, exception: CLASS.into(), message, fatal: false })
}

/// An expression of any kind.
///
/// # Errors
/// If it is none; the place is the one inside the word.
pub fn expression(value: &Value<'_>) -> Result<Expr, Problem> {
    let wrong = |error: millrace_expr::ParseError| {
        value.wrong_at(error.at, error.expected, error.found).with_nearest(error.nearest)
    };
    Expr::parse(value.text()).map_err(wrong)
}

fn default_message(when: &Expr) -> std::sync::Arc<str> {
    when.text().into()
}

/// Takes a part (one of [`PARTS`]) of the last rule.
///
/// # Errors
/// If there is no rule yet, or the part's value is missing.
pub fn part(rules: &mut [FailureRule], name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
    let Some(rule) = rules.last_mut() else {
        let expected = "the rule first, such as --fails 'value.amount < 0'";
        return Err(arguments.problem(arguments.option_span(), expected, shown(&format!("--{name}"))));
    };
    match name {
        "as" => {
            rule.exception = arguments.value("an exception's class")?.name("an exception's class")?.into()
        }
        "message" => rule.message = arguments.value("the exception's message")?.text().into(),
        _ => rule.fatal = true,
    }
    Ok(())
}

/// Writes what follows the expression.
pub fn print_parts(line: &mut String, rule: &FailureRule) {
    if &*rule.exception != CLASS {
        option(line, "as", &rule.exception);
    }
    if rule.message != default_message(&rule.when) {
        option(line, "message", &rule.message);
    }
    if rule.fatal {
        line.push_str(" --fatal");
    }
}
