//! Keys and windows, and Kafka's bytes for them.

use millrace_model::{Bytes, Timestamp};
use std::borrow::Cow;
use std::fmt;

/// How a window's ends count and how it is serialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowKind {
    /// `TimeWindow`: tumbling, hopping (end exclusive) or sliding (end inclusive).
    Time,
    /// `SessionWindow`: both ends inclusive.
    Session,
}

/// A window over event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Its kind.
    pub kind: WindowKind,
    /// Its first millisecond.
    pub start: Timestamp,
    /// Its end, as Kafka prints it: exclusive for tumbling and hopping, inclusive for sliding and session windows.
    pub end: Timestamp,
}

/// A record's key inside a topology.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The bytes that came with the record, or that a key mapper made.
    Plain(Bytes),
    /// `Windowed<K>`: the key of a windowed aggregation's result.
    Windowed {
        /// The key that was grouped by.
        key: Bytes,
        /// The window.
        window: Window,
    },
}

impl Window {
    /// The time window from `start` on; an end beyond the last timestamp is cut (`timeWindowForSize`).
    pub fn time(start: i64, size_ms: i64) -> Window {
        Window {
            kind: WindowKind::Time,
            start: Timestamp(start),
            end: Timestamp(start.saturating_add(size_ms)),
        }
    }

    /// The session of records from `start` to `end`, both included.
    pub fn session(start: i64, end: i64) -> Window {
        Window { kind: WindowKind::Session, start: Timestamp(start), end: Timestamp(end) }
    }
}

/// Clock faces without the parts that are zero in both: `12:00:00-12:00:10`.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start.to_string(), self.end.to_string());
        match (start.strip_suffix(".000"), end.strip_suffix(".000")) {
            (Some(start), Some(end)) => write!(f, "{start}-{end}"),
            _ => write!(f, "{start}-{end}"),
        }
    }
}

impl Key {
    /// A plain key of these bytes.
    pub fn plain(bytes: &[u8]) -> Key {
        Key::Plain(bytes.into())
    }

    /// The key without its window.
    pub fn inner(&self) -> &Bytes {
        match self {
            Key::Plain(key) | Key::Windowed { key, .. } => key,
        }
    }

    /// Its window, if it has one.
    pub fn window(&self) -> Option<Window> {
        match self {
            Key::Plain(_) => None,
            Key::Windowed { window, .. } => Some(*window),
        }
    }

    /// The bytes that Kafka writes: the key itself; `TimeWindowedSerializer`: key and 8 bytes of start;
    /// `SessionWindowedSerializer`: key, 8 bytes of end, 8 bytes of start. All big-endian.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Key::Plain(key) => key.clone(),
            Key::Windowed { key, window } => window_bytes(key, *window, &[]),
        }
    }

    /// The inverse of [`to_bytes`](Self::to_bytes) for a time window of this size; `None` if the bytes are fewer
    /// than eight.
    pub fn from_time_windowed(bytes: &[u8], size_ms: i64) -> Option<Key> {
        let (key, start) = bytes.split_last_chunk::<8>()?;
        Some(Key::Windowed { key: key.into(), window: Window::time(i64::from_be_bytes(*start), size_ms) })
    }

    /// The inverse of [`to_bytes`](Self::to_bytes) for a session; `None` if the bytes are fewer than sixteen.
    pub fn from_session_windowed(bytes: &[u8]) -> Option<Key> {
        let (rest, start) = bytes.split_last_chunk::<8>()?;
        let (key, end) = rest.split_last_chunk::<8>()?;
        let window = Window {
            kind: WindowKind::Session,
            start: Timestamp(i64::from_be_bytes(*start)),
            end: Timestamp(i64::from_be_bytes(*end)),
        };
        Some(Key::Windowed { key: key.into(), window })
    }

    /// Its text with the window in milliseconds: `alice@0-10000` (what a key mapper that turns it into text sees).
    pub fn text(&self) -> Cow<'_, str> {
        let text = String::from_utf8_lossy(self.inner());
        match self {
            Key::Plain(_) => text,
            Key::Windowed { window, .. } => Cow::Owned(format!("{text}@{}-{}", window.start.0, window.end.0)),
        }
    }
}

/// The key, the window's bounds and a suffix, in one allocation.
pub(crate) fn window_bytes(key: &[u8], window: Window, suffix: &[u8]) -> Bytes {
    let (start, end) = (window.start.0.to_be_bytes(), window.end.0.to_be_bytes());
    let parts: [&[u8]; 4] = match window.kind {
        WindowKind::Time => [key, &start, suffix, &[]],
        WindowKind::Session => [key, &end, &start, suffix],
    };
    // Keys are short: they are put together on the stack and copied once.
    let mut short = [0; 64];
    let mut length = 0;
    for part in parts {
        match short.get_mut(length..length + part.len()) {
            Some(place) => place.copy_from_slice(part),
            None => return parts.concat().into(),
        }
        length += part.len();
    }
    short.get(..length).unwrap_or_default().into()
}

/// For people: `alice@12:00:00-12:00:10`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.inner()))?;
        match self {
            Key::Plain(_) => Ok(()),
            Key::Windowed { window, .. } => write!(f, "@{window}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::Time;

    #[test]
    fn a_windowed_key_has_kafkas_bytes_and_reads_back() {
        let key = Key::Windowed { key: b"alice"[..].into(), window: Window::time(258, 10) };
        assert_eq!(&*key.to_bytes(), b"alice\0\0\0\0\0\0\x01\x02");
        assert_eq!(Key::from_time_windowed(&key.to_bytes(), 10), Some(key));
        assert_eq!(Key::from_time_windowed(b"short", 10), None);
    }

    #[test]
    fn a_session_key_has_its_end_before_its_start() {
        let window = Window { kind: WindowKind::Session, start: Timestamp(1), end: Timestamp(2) };
        let key = Key::Windowed { key: b"a"[..].into(), window };
        assert_eq!(&*key.to_bytes(), b"a\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x01");
        assert_eq!(Key::from_session_windowed(&key.to_bytes()), Some(key));
        assert_eq!(Key::from_session_windowed(b"fifteen bytes.."), None);
    }

    #[test]
    fn people_read_clock_faces() {
        let at = |ms| Key::Windowed { key: b"alice"[..].into(), window: Window::time(Time::EPOCH.0, ms) };
        assert_eq!(at(10_000).to_string(), "alice@12:00:00-12:00:10");
        assert_eq!(at(2_500).to_string(), "alice@12:00:00.000-12:00:02.500");
    }

    #[test]
    fn a_windows_end_never_overflows() {
        assert_eq!(Window::time(i64::MAX - 1, 10).end, Timestamp(i64::MAX));
    }
}
