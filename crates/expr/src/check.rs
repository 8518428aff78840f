//! What can be known of an expression before it sees a record: mistakes that no record could cure, the fields it
//! names, and what of the value has to be read.

use crate::ast::{Field, Node, NodeKind, Operator, Root, Step};
use crate::error::{Kind, ParseError, Span};
use crate::functions::Function;
use crate::json::Shape;
use crate::print::print;
use crate::suggest::nearest;
use crate::value::Value;

/// The kind of a node's value if it is the same for all records (null aside); `None` if it depends.
pub(crate) fn kind(node: &Node) -> Option<Kind> {
    use Operator as O;
    match &node.kind {
        NodeKind::Literal(value) => Some(value.kind()).filter(|k| *k != Kind::Null),
        NodeKind::Field(field) => match (field.root, field.steps.as_slice()) {
            (Root::Value | Root::Aggregate, _) => None,
            (Root::Headers, []) => Some(Kind::Map),
            (Root::Headers | Root::Key | Root::Topic, _) => Some(Kind::Text),
            (Root::Partition | Root::Offset | Root::Timestamp | Root::Attempt, _) => Some(Kind::Number),
        },
        NodeKind::List(_) => Some(Kind::List),
        NodeKind::Map(_) => Some(Kind::Map),
        NodeKind::Get(..) | NodeKind::At(..) => None,
        NodeKind::Not(_) => Some(Kind::Bool),
        NodeKind::Negate(_) => Some(Kind::Number),
        NodeKind::Binary(operator, a, b) => match operator {
            O::Or | O::And | O::In => Some(Kind::Bool),
            O::Equal | O::NotEqual | O::Less | O::LessEqual | O::Greater | O::GreaterEqual => {
                Some(Kind::Bool)
            }
            O::Add => kind(a).or(kind(b)),
            O::Subtract | O::Multiply | O::Divide | O::Remainder => Some(Kind::Number),
        },
        NodeKind::If(_, a, b) => kind(a).filter(|k| kind(b) == Some(*k)),
        NodeKind::Call(function, _) => function.signature().and_then(|s| s.gives),
    }
}

/// Finds the first mistake that every record would show.
pub(crate) fn check(source: &str, node: &Node) -> Result<(), ParseError> {
    node.children().into_iter().try_for_each(|child| check(source, child))?;
    let want = |node: &Node, expected: Kind| match kind(node) {
        Some(found) if found != expected => Err(mismatch(source, node, expected, found)),
        _ => Ok(()),
    };
    match &node.kind {
        NodeKind::Field(field) => check_field(source, node.at, field),
        NodeKind::Not(a) | NodeKind::If(a, ..) => want(a, Kind::Bool),
        NodeKind::Negate(a) => want(a, Kind::Number),
        NodeKind::Binary(operator, a, b) => check_binary(source, *operator, a, b),
        NodeKind::Call(function, arguments) => {
            check_part(source, *function, arguments)?;
            let Some(signature) = function.signature() else { return Ok(()) };
            arguments.iter().enumerate().try_for_each(|(i, argument)| match signature.takes(i) {
                Some(expected) => want(argument, expected),
                None => Ok(()),
            })
        }
        NodeKind::Literal(_) | NodeKind::List(_) | NodeKind::Map(_) => Ok(()),
        NodeKind::Get(..) | NodeKind::At(..) => Ok(()),
    }
}

/// Whether the expression can be true or false at all.
pub(crate) fn check_predicate(source: &str, node: &Node) -> Result<(), ParseError> {
    match kind(node) {
        Some(found) if found != Kind::Bool => Err(mismatch(source, node, Kind::Bool, found)),
        _ => Ok(()),
    }
}

/// Whether the expression can be a list at all.
pub(crate) fn check_list(source: &str, node: &Node) -> Result<(), ParseError> {
    match kind(node) {
        Some(found) if found != Kind::List => Err(mismatch(source, node, Kind::List, found)),
        _ => Ok(()),
    }
}

/// Whether the expression can be a map of `key` and `value` at all.
pub(crate) fn check_pair(source: &str, node: &Node) -> Result<(), ParseError> {
    match &node.kind {
        NodeKind::Map(entries) => match entries.iter().find(|(name, _)| !PAIR.contains(&&**name)) {
            None => Ok(()),
            Some((name, _)) => {
                let near = nearest(name, PAIR).map(str::to_owned);
                let error = ParseError::new(source, node.at, "`key` and `value`", format!("`{name}`"));
                Err(error.with_nearest(near))
            }
        },
        NodeKind::If(_, a, b) => check_pair(source, a).and(check_pair(source, b)),
        _ => match kind(node) {
            Some(found) if found != Kind::Map => Err(mismatch(source, node, Kind::Map, found)),
            _ => Ok(()),
        },
    }
}

/// Whether the expression can be a list of such maps at all.
pub(crate) fn check_pairs(source: &str, node: &Node) -> Result<(), ParseError> {
    match &node.kind {
        NodeKind::List(items) => items.iter().try_for_each(|item| check_pair(source, item)),
        NodeKind::If(_, a, b) => check_pairs(source, a).and(check_pairs(source, b)),
        NodeKind::Literal(Value::List(items)) if !items.is_empty() => {
            let found = format!("`{}`", print(node));
            Err(ParseError::new(source, node.at, "a list of maps of `key` and `value`", found))
        }
        _ => check_list(source, node),
    }
}

/// True if it is the same for every record.
pub(crate) fn is_constant(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Field(_) | NodeKind::Call(Function::Header | Function::HeaderNumber, _) => false,
        _ => node.children().into_iter().all(is_constant),
    }
}

const PAIR: [&str; 2] = ["key", "value"];

fn mismatch(source: &str, node: &Node, expected: Kind, found: Kind) -> ParseError {
    let nearest = match (expected, found) {
        (Kind::Number, Kind::Text) => Some(format!("number({})", print(node))),
        (Kind::Text, Kind::Number) => Some(format!("text({})", print(node))),
        _ => None,
    };
    let found = format!("{found} in `{}`", print(node));
    ParseError::new(source, node.at, expected.name(), found).with_nearest(nearest)
}

fn check_field(source: &str, at: Span, field: &Field) -> Result<(), ParseError> {
    let most = match field.root {
        Root::Value | Root::Aggregate => return Ok(()),
        Root::Headers => 1,
        Root::Key | Root::Topic => 0,
        Root::Partition | Root::Offset | Root::Timestamp | Root::Attempt => 0,
    };
    if field.steps.len() <= most && !matches!(field.steps.first(), Some(Step::Index(_))) {
        return Ok(());
    }
    let name = field.root.name();
    let expected = match field.root {
        Root::Headers => "a header's name behind `headers` and nothing further".to_owned(),
        _ => format!("`{name}` alone, as it has no fields"),
    };
    Err(ParseError::new(source, at, expected, format!("`{field}`")))
}

fn check_binary(source: &str, operator: Operator, a: &Node, b: &Node) -> Result<(), ParseError> {
    use Operator as O;
    let want = |node: &Node, expected: Kind| match kind(node) {
        Some(found) if found != expected => Err(mismatch(source, node, expected, found)),
        _ => Ok(()),
    };
    let ordered = |node: &Node| match kind(node) {
        Some(found @ (Kind::Bool | Kind::List | Kind::Map)) => {
            let found = format!("{found} in `{}`", print(node));
            Err(ParseError::new(source, node.at, "a number or a text", found))
        }
        _ => Ok(()),
    };
    match operator {
        O::Or | O::And => want(a, Kind::Bool).and(want(b, Kind::Bool)),
        O::In => want(b, Kind::List),
        O::Equal | O::NotEqual => same(source, a, b),
        O::Less | O::LessEqual | O::Greater | O::GreaterEqual | O::Add => {
            ordered(a)?;
            ordered(b)?;
            same(source, a, b)
        }
        O::Subtract | O::Multiply | O::Divide | O::Remainder => {
            want(a, Kind::Number).and(want(b, Kind::Number))
        }
    }
}

/// Both sides of the same kind, as far as that is known. The side that is not a literal is the one to convert.
fn same(source: &str, a: &Node, b: &Node) -> Result<(), ParseError> {
    match (kind(a), kind(b)) {
        (Some(x), Some(y)) if x != y => {
            let b_converts =
                matches!(a.kind, NodeKind::Literal(_)) && !matches!(b.kind, NodeKind::Literal(_));
            Err(if b_converts { mismatch(source, b, x, y) } else { mismatch(source, a, y, x) })
        }
        _ => Ok(()),
    }
}

/// Functions of a part of the record want to be told which, and not its value.
fn check_part(source: &str, function: Function, arguments: &[Node]) -> Result<(), ParseError> {
    let Some(node) = arguments.first() else { return Ok(()) };
    let (fits, expected) = match function {
        Function::Has => (matches!(&node.kind, NodeKind::Field(_)), "a field, as in has(value.amount)"),
        Function::IsJson | Function::IsUtf8 | Function::Size => {
            (part(node).is_some(), "`key`, `value` or one header, as in size(value)")
        }
        _ => return Ok(()),
    };
    let wrong = || ParseError::new(source, node.at, expected, format!("`{}`", print(node)));
    if fits { Ok(()) } else { Err(wrong()) }
}

/// The part of the record that has bytes of its own, if the node is one.
pub(crate) fn part(node: &Node) -> Option<&Field> {
    match &node.kind {
        NodeKind::Field(field) => match (field.root, field.steps.as_slice()) {
            (Root::Key | Root::Value, []) | (Root::Headers, [Step::Field(_)]) => Some(field),
            _ => None,
        },
        _ => None,
    }
}

/// The fields that the expression names, sorted, each once.
pub(crate) fn referenced(node: &Node) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    visit(node, &mut |field, _| {
        if let Err(place) = fields.binary_search(field) {
            fields.insert(place, field.clone());
        }
    });
    fields
}

/// What of the value has to be read.
pub(crate) fn shape(node: &Node) -> Shape {
    let mut shape = Shape::default();
    visit(node, &mut |field, bytes_only| {
        if field.root == Root::Value && !bytes_only {
            shape.want(&field.steps);
        }
    });
    shape
}

/// Shows every field, and whether only its bytes are looked at.
fn visit(node: &Node, see: &mut impl FnMut(&Field, bool)) {
    if let NodeKind::Field(field) = &node.kind {
        return see(field, false);
    }
    if let NodeKind::Call(Function::IsJson | Function::IsUtf8 | Function::Size, arguments) = &node.kind {
        return arguments.iter().filter_map(part).for_each(|field| see(field, true));
    }
    for child in node.children() {
        visit(child, see);
    }
}
