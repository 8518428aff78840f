//! The functions: their table, and what each does with evaluated arguments.
//!
//! `has`, `coalesce`, `header`, `header_number`, `is_json`, `is_utf8` and `size` look at the record or do not
//! evaluate all their arguments; they are in `eval`.

use std::sync::Arc;

use crate::decimal::{Decimal, DecimalError};
use crate::error::{EvalErrorKind, Kind};
use crate::limits::{GLOB_BYTES, LIST_ITEMS, TEXT_BYTES};
use crate::value::Value;
use crate::zone::Zone;

/// What a function is called with and what it does, for help texts and completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// Its arguments; `[…]` may be left out, `…` may be repeated.
    pub arguments: &'static str,
    /// What it answers, in one sentence.
    pub about: &'static str,
    pub(crate) function: Function,
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// The kind of each argument (the last one's for all further ones); `None` for any.
    pub(crate) takes: &'static [Option<Kind>],
    /// What it answers unless null; `None` if that depends.
    pub(crate) gives: Option<Kind>,
}

const MANY: usize = usize::MAX;
const NUMBER: Option<Kind> = Some(Kind::Number);
const TEXT: Option<Kind> = Some(Kind::Text);
const BOOL: Option<Kind> = Some(Kind::Bool);

macro_rules! functions {
    ($($function:ident $name:literal $arguments:literal $least:literal..$most:tt $takes:expr => $gives:expr, $about:literal;)*) => {
        /// A function of the language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Function { $($function),* }

        static TABLE: &[Signature] = &[$(Signature {
            name: $name, arguments: $arguments, about: $about, function: Function::$function,
            least: $least, most: $most, takes: &$takes, gives: $gives,
        }),*];

        impl Function {
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$function => $name),* }
            }
        }
    };
}

functions! {
    Len "len" "x" 1..1 [None] => NUMBER, "How many characters a text, items a list or entries a map has.";
    Lower "lower" "text" 1..1 [TEXT] => TEXT, "The text with the letters A–Z and À–Þ in lower case.";
    Upper "upper" "text" 1..1 [TEXT] => TEXT, "The text with the letters a–z and à–þ in upper case.";
    Trim "trim" "text" 1..1 [TEXT] => TEXT, "The text without white space at its ends.";
    Contains "contains" "x, part" 2..2 [None, None] => BOOL, "Whether a text has that part, or a list that item.";
    StartsWith "starts_with" "text, start" 2..2 [TEXT, TEXT] => BOOL, "Whether the text starts so.";
    EndsWith "ends_with" "text, end" 2..2 [TEXT, TEXT] => BOOL, "Whether the text ends so.";
    Substring "substring" "text, from[, to]" 2..3 [TEXT, NUMBER, NUMBER] => TEXT, "The characters from index `from` (the first is 0) to before index `to`.";
    Split "split" "text, separator" 2..2 [TEXT, TEXT] => Some(Kind::List), "The parts of the text between separators.";
    Matches "matches" "text, pattern" 2..2 [TEXT, TEXT] => BOOL, "Whether the whole text fits a pattern: `*` is any text, `?` any character, `\\` takes the next literally.";
    Abs "abs" "x" 1..1 [NUMBER] => NUMBER, "The number without its sign.";
    Min "min" "x, …" 1..MANY [NUMBER] => NUMBER, "The smallest.";
    Max "max" "x, …" 1..MANY [NUMBER] => NUMBER, "The greatest.";
    Round "round" "x[, digits]" 1..2 [NUMBER, NUMBER] => NUMBER, "The number rounded half-even to that many digits after the point.";
    Floor "floor" "x" 1..1 [NUMBER] => NUMBER, "The greatest whole number not above it.";
    Ceil "ceil" "x" 1..1 [NUMBER] => NUMBER, "The smallest whole number not below it.";
    Number "number" "x" 1..1 [None] => NUMBER, "A text read as a number; any other text is an error.";
    Text "text" "x" 1..1 [None] => TEXT, "The value as text; lists and maps as JSON.";
    Coalesce "coalesce" "x, …" 1..MANY [None] => None, "The first that is not null.";
    Has "has" "field" 1..1 [None] => BOOL, "Whether the field is there, even if it is null.";
    Header "header" "name" 1..1 [TEXT] => TEXT, "The last header of that name, as text.";
    HeaderNumber "header_number" "name" 1..1 [TEXT] => NUMBER, "The last header of that name, its 4 or 8 bytes read as a big-endian integer, as Spring Kafka writes attempts and offsets.";
    IsJson "is_json" "part" 1..1 [None] => BOOL, "Whether the bytes of `key`, `value` or a header are JSON.";
    IsUtf8 "is_utf8" "part" 1..1 [None] => BOOL, "Whether the bytes of `key`, `value` or a header are a text.";
    DayStart "day_start" "timestamp, zone" 2..2 [NUMBER, TEXT] => NUMBER, "When the local day of a timestamp began, in a zone such as `\"Europe/Berlin\"`, `\"America/New_York\"`, `\"UTC\"` or `\"+05:30\"`.";
    DayEnd "day_end" "timestamp, zone" 2..2 [NUMBER, TEXT] => NUMBER, "When the next local day begins.";
    Size "size" "part" 1..1 [None] => NUMBER, "How many bytes `key`, `value` or a header has.";
}

/// The table of all functions.
pub fn functions() -> &'static [Signature] {
    TABLE
}

impl Function {
    pub(crate) fn find(name: &str) -> Option<&'static Signature> {
        TABLE.iter().find(|s| s.name == name)
    }

    pub(crate) fn signature(self) -> Option<&'static Signature> {
        TABLE.get(self as usize)
    }
}

impl Signature {
    /// The kind of the argument at `index`; `None` for any.
    pub(crate) fn takes(&self, index: usize) -> Option<Kind> {
        self.takes.get(index).or(self.takes.last()).copied().flatten()
    }
}

type Answer = Result<Value, EvalErrorKind>;

/// Applies a function to arguments of the right kinds; null among them makes the answer null, or false of a
/// question.
pub(crate) fn apply(function: Function, arguments: &[Value]) -> Answer {
    use Function as F;
    use Value as V;
    let gives = function.signature().and_then(|s| s.gives);
    let (null_counts, other) = match function {
        F::Contains => (matches!(arguments, [V::List(_), _]), V::Bool(false)),
        F::Text => (false, V::Null),
        _ if gives == BOOL => (false, V::Bool(false)),
        _ => (false, V::Null),
    };
    if !null_counts && arguments.contains(&V::Null) {
        return Ok(other);
    }
    let number = |n: Result<Decimal, DecimalError>| n.map(V::Number).map_err(EvalErrorKind::Number);
    match (function, arguments) {
        (F::Len, [V::Text(t)]) => count(t.chars().count()),
        (F::Len, [V::List(l)]) => count(l.len()),
        (F::Len, [V::Map(m)]) => count(m.len()),
        (F::Len, [other]) => wrong(function, "a text, a list or a map", other),
        (F::Lower, [V::Text(t)]) => text(t.chars().map(lower).collect::<String>()),
        (F::Upper, [V::Text(t)]) => text(t.chars().map(upper).collect::<String>()),
        (F::Trim, [V::Text(t)]) => text(t.trim()),
        (F::Contains, [V::Text(t), V::Text(part)]) => Ok(V::Bool(t.contains(part.as_ref()))),
        (F::Contains, [V::List(l), item]) => Ok(V::Bool(l.contains(item))),
        (F::Contains, [V::Text(_), other]) => wrong(function, "a text in a text", other),
        (F::Contains, [other, _]) => wrong(function, "a text or a list", other),
        (F::StartsWith, [V::Text(t), V::Text(part)]) => Ok(V::Bool(t.starts_with(part.as_ref()))),
        (F::EndsWith, [V::Text(t), V::Text(part)]) => Ok(V::Bool(t.ends_with(part.as_ref()))),
        (F::Substring, [V::Text(t), V::Number(from)]) => substring(t, *from, None),
        (F::Substring, [V::Text(t), V::Number(from), V::Number(to)]) => substring(t, *from, Some(*to)),
        (F::Split, [V::Text(t), V::Text(separator)]) => split(t, separator),
        (F::Matches, [V::Text(t), V::Text(pattern)]) => matches(t, pattern).map(V::Bool),
        (F::Abs, [V::Number(n)]) => Ok(V::Number(n.abs())),
        (F::Min, numbers) => Ok(numbers.iter().min().cloned().unwrap_or_default()),
        (F::Max, numbers) => Ok(numbers.iter().max().cloned().unwrap_or_default()),
        (F::Round, [V::Number(n)]) => number(n.round(0)),
        (F::Round, [V::Number(n), V::Number(digits)]) => match digits.to_i64().map(u32::try_from) {
            Some(Ok(digits @ 0..=9)) => number(n.round(digits)),
            _ => Err(EvalErrorKind::Argument("round wants 0 to 9 digits")),
        },
        (F::Floor, [V::Number(n)]) => number(n.floor()),
        (F::Ceil, [V::Number(n)]) => number(n.ceil()),
        (F::DayStart, [V::Number(at), V::Text(zone)]) => local_day(*at, zone).map(|(start, _)| start),
        (F::DayEnd, [V::Number(at), V::Text(zone)]) => local_day(*at, zone).map(|(_, end)| end),
        (F::Number, [V::Number(n)]) => Ok(V::Number(*n)),
        (F::Number, [V::Text(t)]) => number(t.trim().parse()),
        (F::Number, [other]) => wrong(function, "a text or a number", other),
        (F::Text, [V::Text(t)]) => Ok(V::Text(t.clone())),
        (F::Text, [other]) => text(other.to_text()),
        // The parser counts arguments and `eval` checks kinds; the functions of the record never come here.
        _ => Err(EvalErrorKind::Argument("this function does not take these arguments")),
    }
}

fn wrong(function: Function, expected: &'static str, found: &Value) -> Answer {
    Err(EvalErrorKind::Type { by: function.name(), expected, found: found.kind() })
}

fn count(n: usize) -> Answer {
    Ok(Value::Number(Decimal::from(n as u64)))
}

/// A text within [`TEXT_BYTES`].
pub(crate) fn text<T: AsRef<str> + Into<Arc<str>>>(text: T) -> Answer {
    if text.as_ref().len() > TEXT_BYTES {
        return Err(EvalErrorKind::TooLarge("the text is longer than 1048576 bytes"));
    }
    Ok(Value::Text(text.into()))
}

fn local_day(at: Decimal, zone: &str) -> Result<(Value, Value), EvalErrorKind> {
    let zone = Zone::named(zone).ok_or(EvalErrorKind::Argument(
        "a zone is \"UTC\", \"+05:30\" or a city as in \"Europe/Berlin\" or \"America/New_York\"",
    ))?;
    let day = at.to_i64().and_then(|at| zone.day(at));
    let (start, end) = day.ok_or(EvalErrorKind::Argument("a timestamp is a whole number of milliseconds"))?;
    Ok((Value::Number(start.into()), Value::Number(end.into())))
}

/// Letters of ASCII and Latin-1 only: the tables for all of Unicode weigh 15 KB of compressed wasm.
fn lower(c: char) -> char {
    match c {
        '×' => c,
        'À'..='Þ' => char::from_u32(u32::from(c) + 32).unwrap_or(c),
        _ => c.to_ascii_lowercase(),
    }
}

fn upper(c: char) -> char {
    match c {
        '÷' => c,
        'à'..='þ' => char::from_u32(u32::from(c) - 32).unwrap_or(c),
        _ => c.to_ascii_uppercase(),
    }
}

fn substring(t: &str, from: Decimal, to: Option<Decimal>) -> Answer {
    let index = |n: Decimal| n.to_i64().and_then(|n| usize::try_from(n).ok());
    let (Some(from), Some(to)) = (index(from), to.map_or(Some(MANY), index)) else {
        return Err(EvalErrorKind::Argument("substring wants whole numbers from 0"));
    };
    text(t.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
}

fn split(t: &str, separator: &str) -> Answer {
    if separator.is_empty() {
        return Err(EvalErrorKind::Argument("split wants a separator that is not empty"));
    }
    let parts: Vec<Value> = t.split(separator).take(LIST_ITEMS + 1).map(Value::text).collect();
    if parts.len() > LIST_ITEMS {
        return Err(EvalErrorKind::TooLarge("the list is longer than 100000 items"));
    }
    Ok(Value::List(parts.into()))
}

/// Whether the whole text fits the pattern. Only the last star is ever tried again, which is enough: what an
/// earlier star could take more, a later one can.
fn matches(text: &str, pattern: &str) -> Result<bool, EvalErrorKind> {
    if pattern.len() > GLOB_BYTES {
        return Err(EvalErrorKind::TooLarge("the pattern is longer than 256 bytes"));
    }
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let mut ahead = pattern.clone();
        let wanted = ahead.next();
        if wanted == Some('*') {
            pattern = ahead;
            retry = Some((text.clone(), pattern.clone()));
            continue;
        }
        let mut after = text.clone();
        let there = after.next();
        let fits = match (wanted, there) {
            (None, None) => return Ok(true),
            (Some('?'), Some(_)) => true,
            (Some('\\'), Some(c)) => ahead.next().unwrap_or('\\') == c,
            (Some(w), Some(c)) => w == c,
            _ => false,
        };
        if fits {
            (text, pattern) = (after, ahead);
            continue;
        }
        let Some((from, rest)) = &mut retry else { return Ok(false) };
        if from.next().is_none() {
            return Ok(false);
        }
        (text, pattern) = (from.clone(), rest.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_names_are_unique() {
        for signature in functions() {
            assert_eq!(signature.function.signature(), Some(signature));
            assert_eq!(Function::find(signature.name), Some(signature));
            assert_eq!(signature.function.name(), signature.name);
        }
    }

    #[test]
    fn patterns() {
        for (text, pattern, fits) in [
            ("", "", true),
            ("", "*", true),
            ("a", "", false),
            ("", "?", false),
            ("order-12", "order-*", true),
            ("order-12", "order-?", false),
            ("order-12", "*-??", true),
            ("abcabd", "*abd", true),
            ("abcabc", "*abd", false),
            ("aXbXc", "a*b*c", true),
            ("aXbXd", "a*b*c", false),
            ("a*b", "a\\*b", true),
            ("axb", "a\\*b", false),
            ("a\\", "a\\", true),
            ("é😀", "?😀", true),
            ("ab", "b", false),
            ("ab", "a", false),
        ] {
            assert_eq!(matches(text, pattern), Ok(fits), "{text} {pattern}");
        }
        assert!(matches("a", &"*".repeat(257)).is_err());
        assert_eq!(matches(&"a".repeat(10_000), &"*a".repeat(128)), Ok(true));
    }
}
