//! Expressions as Java, for people who take a pipeline home.
//!
//! Every value is a Jackson `JsonNode`, questions are `boolean`; the helpers that do the rest are methods of
//! `Helpers.java`, which is Java to be read and compiled, and never run here. What is printed answers as
//! [`Expr::eval`] does, but for the bounds of [`limits`](crate::limits) and the texts of errors.

use crate::ast::{Field, Node, NodeKind, Operator, Root, Step};
use crate::expr::Expr;
use crate::functions::Function;
use crate::value::{Value, quoted};

/// Java methods, with one empty line between two. A printed expression calls them by their names.
pub const HELPERS: &str = include_str!("Helpers.java");

/// What Java cannot say: why not.
pub type Unsaid = &'static str;

impl Expr {
    /// As a Java expression of type `JsonNode`. It names the variables `key` and `value`, and where
    /// [`java_needs_record`](Self::java_needs_record) is true also `record` (a `Record` or `FixedKeyRecord` of the
    /// Processor API) and `at` (its `RecordMetadata`).
    ///
    /// # Errors
    /// A question about bytes that a Java program with texts for keys and values no longer has.
    pub fn to_java(&self) -> Result<String, Unsaid> {
        let mut out = String::new();
        node(&mut out, self.root())?;
        Ok(out)
    }

    /// The same as a Java `boolean`; what is neither true nor false throws, as here it is an error.
    ///
    /// # Errors
    /// As [`to_java`](Self::to_java).
    pub fn to_java_test(&self) -> Result<String, Unsaid> {
        let mut out = String::new();
        test(&mut out, self.root())?;
        Ok(out)
    }

    /// True if it asks for more of the record than its key and value: that the DSL's functions are not given.
    pub fn java_needs_record(&self) -> bool {
        any(self.root(), &|node| match &node.kind {
            NodeKind::Field(field) => match field.root {
                Root::Key | Root::Value | Root::Attempt | Root::Aggregate => false,
                Root::Headers | Root::Topic | Root::Partition | Root::Offset | Root::Timestamp => true,
            },
            NodeKind::Call(Function::Header | Function::HeaderNumber, _) => true,
            _ => false,
        })
    }

    /// True if it looks at the key.
    pub fn java_needs_key(&self) -> bool {
        any(self.root(), &|node| matches!(&node.kind, NodeKind::Field(Field { root: Root::Key, .. })))
    }
}

/// A text as a Java literal.
pub fn java_text(text: &str) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = quoted(&mut out, text);
    out
}

fn any(of: &Node, is: &dyn Fn(&Node) -> bool) -> bool {
    is(of) || of.children().into_iter().any(|child| any(child, is))
}

type Said = Result<(), Unsaid>;

/// True for what is printed as a `boolean`.
fn is_test(of: &Node) -> bool {
    use Operator as O;
    match &of.kind {
        NodeKind::Literal(Value::Bool(_)) | NodeKind::Not(_) => true,
        NodeKind::Binary(operator, ..) => match operator {
            O::Or | O::And | O::In | O::Equal | O::NotEqual => true,
            O::Less | O::LessEqual | O::Greater | O::GreaterEqual => true,
            O::Add | O::Subtract | O::Multiply | O::Divide | O::Remainder => false,
        },
        NodeKind::Call(function, _) => matches!(
            function,
            Function::Contains
                | Function::StartsWith
                | Function::EndsWith
                | Function::Matches
                | Function::Has
                | Function::IsJson
                | Function::IsUtf8
        ),
        _ => false,
    }
}

fn test(out: &mut String, of: &Node) -> Said {
    use Operator as O;
    match &of.kind {
        NodeKind::Literal(Value::Bool(answer)) => out.push_str(if *answer { "true" } else { "false" }),
        NodeKind::Not(inner) => {
            out.push('!');
            return bracketed(out, inner);
        }
        NodeKind::Binary(operator @ (O::Or | O::And), a, b) => {
            bracketed(out, a)?;
            out.push_str(if *operator == O::Or { " || " } else { " && " });
            return bracketed(out, b);
        }
        NodeKind::Binary(O::Equal, a, b) => return call(out, "same", &[a, b]),
        NodeKind::Binary(O::NotEqual, a, b) => {
            out.push('!');
            return call(out, "same", &[a, b]);
        }
        NodeKind::Binary(O::In, a, b) => return call(out, "in", &[a, b]),
        NodeKind::Binary(operator, a, b) if is_test(of) => {
            out.push_str("compare(");
            node(out, a)?;
            out.push_str(", ");
            out.push_str(&java_text(operator.symbol()));
            out.push_str(", ");
            node(out, b)?;
            out.push(')');
        }
        NodeKind::Call(function, arguments) if is_test(of) => return question(out, *function, arguments),
        _ => return call(out, "truth", &[of]),
    }
    Ok(())
}

/// A `boolean` that another operator takes: in brackets if it has one itself.
fn bracketed(out: &mut String, of: &Node) -> Said {
    if matches!(&of.kind, NodeKind::Binary(Operator::Or | Operator::And, ..)) {
        out.push('(');
        test(out, of)?;
        out.push(')');
        return Ok(());
    }
    test(out, of)
}

fn question(out: &mut String, function: Function, arguments: &[Node]) -> Said {
    const BYTES: Unsaid = "a String serde has already read the bytes that it asks about";
    let name = match function {
        Function::Contains => "contains",
        Function::StartsWith => "startsWith",
        Function::EndsWith => "endsWith",
        Function::Matches => "matches",
        Function::IsJson => {
            let part = part(arguments).ok_or(BYTES)?;
            out.push_str("isJson(");
            out.push_str(part);
            out.push(')');
            return Ok(());
        }
        Function::Has => return has(out, arguments),
        _ => return Err(BYTES),
    };
    let arguments: Vec<&Node> = arguments.iter().collect();
    call(out, name, &arguments)
}

/// `key` or `value`, whole.
fn part(arguments: &[Node]) -> Option<&'static str> {
    match arguments {
        [Node { kind: NodeKind::Field(Field { root, steps }), .. }] if steps.is_empty() => match root {
            Root::Key => Some("key"),
            Root::Value => Some("value"),
            _ => None,
        },
        _ => None,
    }
}

fn has(out: &mut String, arguments: &[Node]) -> Said {
    let [Node { kind: NodeKind::Field(field), .. }] = arguments else {
        return Err("`has` wants a field");
    };
    match (field.root, field.steps.as_slice()) {
        (Root::Key, _) => out.push_str("key != null"),
        (Root::Value, []) => out.push_str("value != null"),
        (Root::Aggregate, []) => out.push_str("aggregate != null"),
        (root @ (Root::Value | Root::Aggregate), steps) => {
            out.push_str("!json(");
            out.push_str(root.name());
            out.push(')');
            path(out, steps);
            out.push_str(".isMissingNode()");
        }
        (Root::Headers, [Step::Field(name)]) => {
            out.push_str("record.headers().lastHeader(");
            out.push_str(&java_text(name));
            out.push_str(") != null");
        }
        _ => out.push_str("true"),
    }
    Ok(())
}

/// Jackson's own steps, which end in a `MissingNode` where nothing is.
fn path(out: &mut String, steps: &[Step]) {
    for step in steps {
        out.push_str(".path(");
        match step {
            Step::Field(name) => out.push_str(&java_text(name)),
            Step::Index(index) => out.push_str(&index.to_string()),
        }
        out.push(')');
    }
}

fn call(out: &mut String, name: &str, arguments: &[&Node]) -> Said {
    out.push_str(name);
    out.push('(');
    for (at, argument) in arguments.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        node(out, argument)?;
    }
    out.push(')');
    Ok(())
}

fn node(out: &mut String, of: &Node) -> Said {
    use Operator as O;
    if is_test(of) {
        out.push_str("BooleanNode.valueOf(");
        test(out, of)?;
        out.push(')');
        return Ok(());
    }
    match &of.kind {
        NodeKind::Literal(value) => literal(out, value),
        NodeKind::Field(field) => self::field(out, field),
        NodeKind::List(items) => return call(out, "list", &items.iter().collect::<Vec<_>>()),
        NodeKind::Map(entries) => {
            out.push_str("object(");
            for (at, (name, value)) in entries.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                out.push_str(&java_text(name));
                out.push_str(", ");
                node(out, value)?;
            }
            out.push(')');
        }
        NodeKind::Get(inner, step) => {
            node(out, inner)?;
            path(out, std::slice::from_ref(step));
        }
        NodeKind::At(inner, by) => return call(out, "pick", &[inner, by]),
        NodeKind::Negate(inner) => return call(out, "negate", &[inner]),
        NodeKind::Binary(operator, a, b) => {
            let name = match operator {
                O::Add => "plus",
                O::Subtract => "minus",
                O::Multiply => "times",
                O::Divide => "over",
                _ => "rest",
            };
            return call(out, name, &[a, b]);
        }
        NodeKind::If(condition, yes, no) => {
            out.push('(');
            bracketed(out, condition)?;
            out.push_str(" ? ");
            node(out, yes)?;
            out.push_str(" : ");
            node(out, no)?;
            out.push(')');
        }
        NodeKind::Call(function, arguments) => return function_call(out, *function, arguments),
        NodeKind::Not(_) => {}
    }
    Ok(())
}

fn function_call(out: &mut String, function: Function, arguments: &[Node]) -> Said {
    let name = match function {
        Function::Len => "len",
        Function::Lower => "lower",
        Function::Upper => "upper",
        Function::Trim => "trim",
        Function::Substring => "substring",
        Function::Split => "split",
        Function::Abs => "abs",
        Function::Min => "min",
        Function::Max => "max",
        Function::Round => "round",
        Function::Floor => "floor",
        Function::Ceil => "ceil",
        Function::Number => "toNumber",
        Function::Text => "asText",
        Function::Coalesce => "coalesce",
        Function::DayStart => "dayStart",
        Function::DayEnd => "dayEnd",
        Function::Header => "header",
        Function::HeaderNumber => "headerNumber",
        Function::Size => {
            let part = part(arguments).ok_or("a String serde has already read the bytes that it counts")?;
            out.push_str("size(");
            out.push_str(part);
            out.push(')');
            return Ok(());
        }
        Function::Contains
        | Function::StartsWith
        | Function::EndsWith
        | Function::Matches
        | Function::Has
        | Function::IsJson
        | Function::IsUtf8 => return question(out, function, arguments),
    };
    if matches!(function, Function::Header | Function::HeaderNumber) {
        out.push_str(name);
        out.push_str("(record.headers(), ");
        for argument in arguments {
            node(out, argument)?;
        }
        out.push(')');
        return Ok(());
    }
    call(out, name, &arguments.iter().collect::<Vec<_>>())
}

fn field(out: &mut String, field: &Field) {
    match (field.root, field.steps.as_slice()) {
        (Root::Key, _) => out.push_str("str(key)"),
        (root @ (Root::Value | Root::Aggregate), steps) => {
            out.push_str("json(");
            out.push_str(root.name());
            out.push(')');
            path(out, steps);
        }
        (Root::Headers, [Step::Field(name)]) => {
            out.push_str("header(record.headers(), str(");
            out.push_str(&java_text(name));
            out.push_str("))");
        }
        (Root::Headers, _) => out.push_str("headers(record.headers())"),
        (Root::Topic, _) => out.push_str("str(at.topic())"),
        (Root::Partition, _) => out.push_str("num(at.partition())"),
        (Root::Offset, _) => out.push_str("num(at.offset())"),
        (Root::Timestamp, _) => out.push_str("num(record.timestamp())"),
        // Streams deliver once.
        (Root::Attempt, _) => out.push_str("num(1)"),
    }
}

fn literal(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("NullNode.getInstance()"),
        Value::Bool(answer) => {
            out.push_str(if *answer { "BooleanNode.TRUE" } else { "BooleanNode.FALSE" });
        }
        Value::Number(n) => {
            out.push_str("num(");
            match n.to_i64() {
                Some(whole) if i32::try_from(whole).is_ok() => out.push_str(&whole.to_string()),
                _ => out.push_str(&java_text(&n.to_string())),
            }
            out.push(')');
        }
        Value::Text(text) => {
            out.push_str("str(");
            out.push_str(&java_text(text));
            out.push(')');
        }
        Value::List(items) => {
            out.push_str("list(");
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                literal(out, item);
            }
            out.push(')');
        }
        // The parser reads a map as a form of its own.
        Value::Map(_) => {}
    }
}

#[cfg(test)]
mod tests;
