//! What expressions compute where records become one (`reduce`, `aggregate`, sessions that merge) or one becomes
//! many (`map`, `flatMap`, `flatMapValues`).

use super::evaluate::{Scene, key_of, text, wants};
use super::function::FlatMapper;
use crate::data::{Key, Value};
use millrace_expr::{EvalError, EvalErrorKind, Expr, Kind, Span, Subject, Value as Json};

/// A record's key and value.
pub type Pair = (Option<Key>, Option<Value>);

/// A value's bytes as an expression reads them.
fn bytes(value: &Value) -> std::borrow::Cow<'_, [u8]> {
    match value {
        Value::Bytes(bytes) => (&**bytes).into(),
        Value::Long(_) | Value::Number(_) => value.to_text().into_owned().into_bytes().into(),
    }
}

/// A new aggregate, as text or JSON; null deletes.
pub(super) fn fold(
    expr: &Expr,
    scene: &Scene<'_>,
    aggregate: Option<&Value>,
) -> Result<Option<Value>, EvalError> {
    let aggregate = aggregate.map(bytes);
    Ok(match scene.eval_over(expr, aggregate.as_deref())? {
        Json::Null => None,
        other => Some(Value::text(other.to_text())),
    })
}

/// Two values as one of their kind: a reducer's result has the type of what it is given.
pub(super) fn reduce(expr: &Expr, a: Option<&Value>, b: Option<&Value>) -> Result<Option<Value>, EvalError> {
    let (one, other) = (a.map(bytes), b.map(bytes));
    let subject = Subject { value: other.as_deref(), ..Subject::default() };
    let result = expr.eval_over(&subject, one.as_deref())?;
    let whole = Span { start: 0, end: expr.text().len() };
    Ok(match (result, a) {
        (Json::Null, _) => None,
        (Json::Number(n), Some(Value::Long(_))) => {
            let kind = EvalErrorKind::Argument("counts reduce to a whole number");
            Some(Value::Long(n.to_i64().ok_or(EvalError { at: whole, kind })?))
        }
        (Json::Number(n), Some(Value::Number(_))) => Some(Value::Number(n)),
        (result, Some(Value::Long(_) | Value::Number(_))) => {
            return Err(wants(expr, "reduce", "a number", result.kind()));
        }
        (result, Some(Value::Bytes(_)) | None) => Some(Value::text(result.to_text())),
    })
}

/// Two sessions' aggregates as one; null starts anew.
pub(super) fn merge(expr: &Expr, a: Option<&Value>, b: Option<&Value>) -> Result<Option<Value>, EvalError> {
    let (one, other) = (a.map(bytes), b.map(bytes));
    let subject = Subject { value: other.as_deref(), ..Subject::default() };
    Ok(match expr.eval_over(&subject, one.as_deref())? {
        Json::Null => None,
        result => Some(Value::text(result.to_text())),
    })
}

/// The key and the value that a map names; what it does not name is null.
pub(super) fn pair(expr: &Expr, by: &'static str, of: &Json) -> Result<Pair, EvalError> {
    let Json::Map(map) = of else {
        return Err(wants(expr, by, "a map of `key` and `value`", of.kind()));
    };
    let part = |name: &str| map.get(name).filter(|part| part.kind() != Kind::Null).map(Json::to_text);
    Ok((part("key").map(|key| key_of(&key)), part("value").map(Value::text)))
}

fn items(expr: &Expr, by: &'static str, scene: &Scene<'_>) -> Result<Vec<Json>, EvalError> {
    match scene.eval(expr)? {
        Json::Null => Ok(Vec::new()),
        Json::List(items) => Ok(items.to_vec()),
        other => Err(wants(expr, by, "a list", other.kind())),
    }
}

impl FlatMapper {
    /// The values that a record becomes; none of a null.
    ///
    /// # Errors
    /// What the expression says when it has no answer, and an answer that is no list.
    pub fn values(&self, scene: &Scene<'_>) -> Result<Vec<Option<Value>>, EvalError> {
        match self {
            Self::Words => Ok(words(scene).into_iter().map(|word| Some(Value::text(word))).collect()),
            Self::Expr(expr) => {
                let value = |item: Json| (item.kind() != Kind::Null).then(|| Value::text(item.to_text()));
                Ok(items(expr, "flat map values", scene)?.into_iter().map(value).collect())
            }
        }
    }

    /// The records that a record becomes; none of a null.
    ///
    /// # Errors
    /// As [`values`](Self::values), and an item that is no map.
    pub fn pairs(&self, scene: &Scene<'_>) -> Result<Vec<Pair>, EvalError> {
        match self {
            Self::Words => {
                let value = scene.key.map(|key| Value::text(key.text()));
                Ok(words(scene).iter().map(|word| (Some(key_of(word)), value.clone())).collect())
            }
            Self::Expr(expr) => {
                let all = items(expr, "flat map", scene)?;
                all.iter().map(|item| pair(expr, "flat map", item)).collect()
            }
        }
    }
}

fn words(scene: &Scene<'_>) -> Vec<String> {
    let text = text(scene.value);
    let words = text.split(' ').filter(|word| scene.value.is_some() && !word.is_empty());
    words.map(str::to_owned).collect()
}
