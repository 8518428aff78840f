//! The values of expressions. Printing them is JSON; reading JSON is in [`json`](crate::json).

use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::decimal::Decimal;
use crate::error::Kind;

/// A value: what JSON can say, with exact numbers. Cloning shares texts, lists and maps.
///
/// `Display` prints JSON on one line; [`to_text`](Self::to_text) is the form that a record would carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Missing, or null.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// An exact number.
    Number(Decimal),
    /// A text.
    Text(Arc<str>),
    /// A list.
    List(Arc<[Value]>),
    /// A map from texts.
    Map(Arc<Map>),
}

impl Value {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Number(_) => Kind::Number,
            Self::Text(_) => Kind::Text,
            Self::List(_) => Kind::List,
            Self::Map(_) => Kind::Map,
        }
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<Decimal> {
        if let Self::Number(n) = self { Some(*n) } else { None }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(t) = self { Some(t) } else { None }
    }

    /// What a record would carry: a text as it is, everything else as JSON.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.as_ref().to_owned(),
            other => other.to_string(),
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<Decimal> for Value {
    fn from(n: Decimal) -> Self {
        Self::Number(n)
    }
}

/// A map that keeps the order of its entries, as a user expects to see their record again. Equality, order and
/// hash do not depend on that order.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Arc<str>, Value)>,
}

/// Up to here comparing every pair of keys is quicker than sorting them.
const FEW: usize = 16;

impl Map {
    /// Keeps, of entries with the same key, the last one's value at the first one's place.
    pub fn from_entries(mut entries: Vec<(Arc<str>, Value)>) -> Self {
        if entries.len() <= FEW {
            let mut i = 1;
            while i < entries.len() {
                let (head, tail) = entries.split_at_mut(i);
                let first = tail
                    .first_mut()
                    .and_then(|new| head.iter_mut().find(|old| old.0 == new.0).map(|old| (old, new)));
                if let Some((old, new)) = first {
                    std::mem::swap(&mut old.1, &mut new.1);
                    entries.remove(i);
                } else {
                    i += 1;
                }
            }
            return Self { entries };
        }
        // Sorted places and neither a tree nor a sort: each of those over another type adds 5 to 10 KB to the wasm.
        let mut places: Vec<usize> = Vec::with_capacity(entries.len());
        let mut kept: Vec<(Arc<str>, Value)> = Vec::with_capacity(entries.len());
        for (name, value) in entries {
            match place_of(&places, &kept, &name) {
                Ok(first) => {
                    if let Some(entry) = kept.get_mut(first) {
                        entry.1 = value;
                    }
                }
                Err(at) => {
                    places.insert(at, kept.len());
                    kept.push((name, value));
                }
            }
        }
        Self { entries: kept }
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name.as_ref() == key).map(|(_, value)| value)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// How many entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries by key, which do not depend on their order.
    fn sorted(&self) -> impl Iterator<Item = (&str, &Value)> {
        let mut places: Vec<usize> = Vec::with_capacity(self.entries.len());
        for (i, (name, _)) in self.entries.iter().enumerate() {
            if let Err(at) = place_of(&places, &self.entries, name) {
                places.insert(at, i);
            }
        }
        places.into_iter().filter_map(|i| self.entries.get(i)).map(|(name, value)| (name.as_ref(), value))
    }
}

/// Where `name` stands: its place among the entries, or where it belongs among the sorted places.
fn place_of(places: &[usize], entries: &[(Arc<str>, Value)], name: &str) -> Result<usize, usize> {
    let name_at = |place: &usize| entries.get(*place).map_or("", |(name, _)| name);
    let found = places.binary_search_by(|place| name_at(place).cmp(name))?;
    places.get(found).copied().ok_or(found)
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.sorted().eq(other.sorted())
    }
}

impl Eq for Map {}

impl PartialOrd for Map {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Map {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sorted().cmp(other.sorted())
    }
}

impl Hash for Map {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        self.sorted().for_each(|entry| entry.hash(state));
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Number(n) => write!(f, "{n}"),
            Self::Text(text) => quoted(f, text),
            Self::List(items) => {
                f.write_char('[')?;
                for (i, item) in items.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{item}")?;
                }
                f.write_char(']')
            }
            Self::Map(map) => {
                f.write_char('{')?;
                for (i, (name, value)) in map.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    quoted(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

/// Writes `text` as a JSON string, which is also how the language writes texts.
pub(crate) fn quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut plain = 0;
    for (i, c) in text.char_indices() {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            c if c.is_ascii_control() => "",
            _ => continue,
        };
        f.write_str(text.get(plain..i).unwrap_or(""))?;
        plain = i + c.len_utf8();
        if short.is_empty() { write!(f, "\\u{:04x}", u32::from(c))? } else { f.write_str(short)? }
    }
    f.write_str(text.get(plain..).unwrap_or(""))?;
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(keys: impl IntoIterator<Item = (usize, i32)>) -> Map {
        let entry = |(key, n): (usize, i32)| (Arc::from(format!("k{key}")), Value::Number(n.into()));
        Map::from_entries(keys.into_iter().map(entry).collect())
    }

    #[test]
    fn the_last_of_equal_keys_wins_at_the_first_ones_place() {
        for size in [3, 40] {
            let twice = map((0..size).map(|k| (k, 0)).chain([(1, 7), (1, 8), (0, 9)]));
            let printed: Vec<String> = twice.iter().map(|(k, v)| format!("{k}={v}")).collect();
            assert_eq!(printed.len(), size);
            assert_eq!(printed[..3], ["k0=9", "k1=8", "k2=0"]);
        }
    }

    #[test]
    fn maps_are_equal_whatever_their_order() {
        use std::collections::hash_map::DefaultHasher;
        let hash = |m: &Map| {
            let mut h = DefaultHasher::new();
            m.hash(&mut h);
            h.finish()
        };
        let (a, b) = (map([(1, 1), (2, 2)]), map([(2, 2), (1, 1)]));
        assert_eq!((&a, hash(&a), a.cmp(&b)), (&b, hash(&b), Ordering::Equal));
        assert_ne!(a, map([(1, 1), (2, 3)]));
        assert_ne!(a, map([(1, 1)]));
        assert!(map([(1, 1)]) < map([(1, 2)]));
    }

    #[test]
    fn prints_json() {
        let text = Value::text("a\"\\\n\u{1}é😀\u{7f}");
        assert_eq!(text.to_string(), "\"a\\\"\\\\\\n\\u0001é😀\\u007f\"");
        let list = Value::List([Value::Null, true.into(), text.clone()].into());
        assert_eq!(list.to_string(), format!("[null,true,{text}]"));
        let nested =
            Value::Map(Arc::new(Map::from_entries(vec![("b c".into(), list), ("a".into(), Value::Null)])));
        assert_eq!(nested.to_string(), format!("{{\"b c\":[null,true,{text}],\"a\":null}}"));
        assert_eq!((text.to_text().len(), Value::Null.to_text()), (12, "null".to_owned()));
    }
}
