//! From a tree to its normal form: one space around operators, no bracket that is not needed, double quotes.

use std::fmt::{self, Write};

use crate::ast::{Node, NodeKind, Operator, Step};
use crate::lexer::is_word;
use crate::value::{Value, quoted};

/// How tightly a form binds; a looser one needs brackets inside a tighter one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    If,
    Or,
    And,
    Not,
    Compare,
    Add,
    Multiply,
    Negate,
    Step,
}

fn operator_level(operator: Operator) -> Level {
    use Operator as O;
    match operator {
        O::Or => Level::Or,
        O::And => Level::And,
        O::Equal | O::NotEqual | O::Less | O::LessEqual | O::Greater | O::GreaterEqual | O::In => {
            Level::Compare
        }
        O::Add | O::Subtract => Level::Add,
        O::Multiply | O::Divide | O::Remainder => Level::Multiply,
    }
}

/// The next tighter level, for the side on which an operator does not repeat.
fn tighter(level: Level) -> Level {
    match level {
        Level::If => Level::Or,
        Level::Or => Level::And,
        Level::And => Level::Not,
        Level::Not => Level::Compare,
        Level::Compare => Level::Add,
        Level::Add => Level::Multiply,
        Level::Multiply => Level::Negate,
        Level::Negate | Level::Step => Level::Step,
    }
}

fn level(node: &Node) -> Level {
    match &node.kind {
        NodeKind::If(..) => Level::If,
        NodeKind::Binary(operator, ..) => operator_level(*operator),
        NodeKind::Not(_) => Level::Not,
        NodeKind::Negate(_) => Level::Negate,
        NodeKind::Literal(Value::Number(n)) if n.billionths() < 0 => Level::Negate,
        _ => Level::Step,
    }
}

/// The normal form.
pub(crate) fn print(node: &Node) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write(&mut out, node, Level::If);
    out
}

fn write(out: &mut String, node: &Node, least: Level) -> fmt::Result {
    if level(node) < least {
        out.push('(');
        write(out, node, Level::If)?;
        out.push(')');
        return Ok(());
    }
    match &node.kind {
        NodeKind::Literal(value) => literal(out, value),
        NodeKind::Field(field) => write!(out, "{field}"),
        NodeKind::List(items) => {
            out.push('[');
            list(out, items)?;
            out.push(']');
            Ok(())
        }
        NodeKind::Map(entries) => {
            out.push('{');
            for (i, (name, value)) in entries.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                if is_word(name) {
                    out.push_str(name)
                } else {
                    quoted(out, name)?
                }
                out.push_str(": ");
                write(out, value, Level::If)?;
            }
            out.push('}');
            Ok(())
        }
        NodeKind::Get(of, name) => {
            write(out, of, Level::Step)?;
            step(out, name)
        }
        NodeKind::At(of, by) => {
            write(out, of, Level::Step)?;
            out.push('[');
            write(out, by, Level::If)?;
            out.push(']');
            Ok(())
        }
        NodeKind::Not(of) => {
            out.push_str("not ");
            write(out, of, Level::Not)
        }
        NodeKind::Negate(of) => {
            out.push('-');
            write(out, of, Level::Negate)
        }
        NodeKind::Binary(operator, a, b) => {
            let level = operator_level(*operator);
            // Comparisons do not chain; everything else leans to the left.
            write(out, a, if level == Level::Compare { tighter(level) } else { level })?;
            write!(out, " {} ", operator.symbol())?;
            write(out, b, tighter(level))
        }
        NodeKind::If(condition, yes, no) => {
            out.push_str("if ");
            write(out, condition, Level::If)?;
            out.push_str(" then ");
            write(out, yes, Level::If)?;
            out.push_str(" else ");
            write(out, no, Level::If)
        }
        NodeKind::Call(function, arguments) => {
            write!(out, "{}(", function.name())?;
            list(out, arguments)?;
            out.push(')');
            Ok(())
        }
    }
}

fn list(out: &mut String, items: &[Node]) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        write(out, item, Level::If)?;
    }
    Ok(())
}

fn literal(out: &mut String, value: &Value) -> fmt::Result {
    let Value::List(items) = value else { return write!(out, "{value}") };
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        literal(out, item)?;
    }
    out.push(']');
    Ok(())
}

/// `.name`, `["odd name"]` or `[0]`.
pub(crate) fn step(out: &mut impl Write, step: &Step) -> fmt::Result {
    match step {
        Step::Field(name) if is_word(name) => write!(out, ".{name}"),
        Step::Field(name) => {
            out.write_char('[')?;
            quoted(out, name)?;
            out.write_char(']')
        }
        Step::Index(index) => write!(out, "[{index}]"),
    }
}
