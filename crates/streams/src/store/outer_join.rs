//! Records of a stream-stream join that have no partner so far (`ListValueStore` over `TimestampedKeyAndJoinSide`):
//! by time, right before left, then by key.

use crate::data::Value;
use crate::topology::Side;
use millrace_model::{Bytes, Map};
use std::sync::Arc;

/// What a waiting record is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Awaiting {
    /// Its time.
    pub time: i64,
    /// True for the left side's.
    pub left: bool,
    /// Its key.
    pub key: Bytes,
}

impl Awaiting {
    /// What a record of this side is found by.
    pub fn new(side: Side, key: Bytes, time: i64) -> Awaiting {
        Awaiting { time, left: side == Side::Left, key }
    }

    /// `TimestampedKeyAndJoinSideSerializer`: time, side, key.
    pub fn to_bytes(&self) -> Bytes {
        [&self.time.to_be_bytes(), &[u8::from(self.left)][..], &self.key].concat().into()
    }

    /// The inverse; `None` for fewer than nine bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Awaiting> {
        let (time, rest) = bytes.split_first_chunk::<8>()?;
        let (left, key) = rest.split_first()?;
        Some(Awaiting { time: i64::from_be_bytes(*time), left: *left != 0, key: key.into() })
    }
}

/// The waiting records; several of one side, time and key stand in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OuterJoinStore {
    waiting: Arc<Map<Awaiting, Vec<Value>>>,
}

impl OuterJoinStore {
    /// The values that wait under a key.
    pub fn get(&self, key: &Awaiting) -> &[Value] {
        self.waiting.get(key).map_or(&[], Vec::as_slice)
    }

    /// Adds a value.
    pub fn push(&mut self, key: Awaiting, value: Value) {
        Arc::make_mut(&mut self.waiting).entry(key).or_default().push(value);
    }

    /// Takes what the changelog says of a key.
    pub fn restore(&mut self, key: &[u8], value: Option<&Value>) {
        let Some(key) = Awaiting::from_bytes(key) else { return };
        match value {
            Some(Value::Bytes(list)) => {
                Arc::make_mut(&mut self.waiting).insert(key, read_list(list));
            }
            Some(Value::Long(_) | Value::Number(_)) | None => self.remove(&key),
        }
    }

    /// Removes what waits under a key.
    pub fn remove(&mut self, key: &Awaiting) {
        if self.waiting.contains_key(key) {
            Arc::make_mut(&mut self.waiting).remove(key);
        }
    }

    /// What waits, in order.
    pub fn all(&self) -> impl Iterator<Item = (&Awaiting, &[Value])> {
        self.waiting.iter().map(|(key, values)| (key, values.as_slice()))
    }

    /// How many keys wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// The changelog's value: a list of `LeftOrRightValue` (`ListSerializer` of variable size).
pub(crate) fn list_bytes(left: bool, values: &[Value]) -> Bytes {
    let length = |n: usize| i32::try_from(n).unwrap_or(i32::MAX).to_be_bytes();
    let mut bytes = vec![1];
    bytes.extend(length(values.len()));
    for value in values {
        let raw = value.to_bytes();
        bytes.extend(length(raw.len().saturating_add(1)));
        bytes.push(u8::from(left));
        bytes.extend_from_slice(&raw);
    }
    bytes.into()
}

/// The inverse of [`list_bytes`], as far as the bytes go; values come back as bytes.
fn read_list(bytes: &[u8]) -> Vec<Value> {
    let mut found = Vec::new();
    let Some((_, mut rest)) = bytes.split_at_checked(5) else { return found };
    while let Some((length, more)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
        let Some((value, more)) = more.split_at_checked(length) else { return found };
        found.extend(value.split_first().map(|(_, raw)| Value::Bytes(raw.into())));
        rest = more;
    }
    found
}
