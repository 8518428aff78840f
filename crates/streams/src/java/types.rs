//! Java's names for what flows: types, serdes, durations, windows.

use crate::topology::{JoinWindows, Windows};

/// The key of a stream or table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    /// `String`.
    Text,
    /// `Windowed<…>`: the result of a windowed aggregation.
    Windowed {
        /// The key inside.
        of: Box<KeyType>,
        /// How long a window is in milliseconds; `None` of a session.
        size_ms: Option<i64>,
    },
}

/// The value of a stream or table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueType {
    /// `String`.
    Text,
    /// `Long`.
    Count,
}

/// Key and value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Types {
    pub key: KeyType,
    pub value: ValueType,
}

impl Types {
    /// As a source reads them.
    pub const fn text() -> Types {
        Types { key: KeyType::Text, value: ValueType::Text }
    }

    /// `String, Long`.
    pub fn names(&self) -> String {
        [&self.key.name(), ", ", self.value.name()].concat()
    }

    /// `Serdes.String(), Serdes.Long()`.
    pub fn serdes(&self) -> String {
        [&self.key.serde(), ", ", self.value.serde()].concat()
    }
}

impl KeyType {
    /// The key that an aggregation in these windows has.
    pub fn windowed(self, windows: &Windows) -> KeyType {
        let size_ms = match windows {
            Windows::Time(windows) => Some(windows.size_ms()),
            Windows::Sliding(windows) => Some(windows.time_difference_ms()),
            Windows::Session(_) => None,
        };
        KeyType::Windowed { of: Box::new(self), size_ms }
    }

    /// The Java type.
    pub fn name(&self) -> String {
        match self {
            KeyType::Text => "String".to_owned(),
            KeyType::Windowed { of, .. } => ["Windowed<", &of.name(), ">"].concat(),
        }
    }

    /// An expression for its serde.
    pub fn serde(&self) -> String {
        match self {
            KeyType::Text => "Serdes.String()".to_owned(),
            KeyType::Windowed { of, size_ms: None } => {
                ["new WindowedSerdes.SessionWindowedSerde<>(", &of.serde(), ")"].concat()
            }
            KeyType::Windowed { of, size_ms: Some(size_ms) } => {
                ["new WindowedSerdes.TimeWindowedSerde<>(", &of.serde(), ", ", &long(*size_ms), ")"].concat()
            }
        }
    }
}

impl ValueType {
    /// The Java type.
    pub fn name(self) -> &'static str {
        match self {
            ValueType::Text => "String",
            ValueType::Count => "Long",
        }
    }

    /// An expression for its serde.
    pub fn serde(self) -> &'static str {
        match self {
            ValueType::Text => "Serdes.String()",
            ValueType::Count => "Serdes.Long()",
        }
    }
}

/// `10_000L`.
fn long(n: i64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out.push('L');
    out
}

/// `Duration.ofSeconds(10)`.
pub(super) fn duration(ms: i64) -> String {
    const UNITS: [(i64, &str); 4] =
        [(86_400_000, "Days"), (3_600_000, "Hours"), (60_000, "Minutes"), (1_000, "Seconds")];
    let unit = UNITS.into_iter().find(|(unit, _)| ms > 0 && ms % unit == 0);
    let (unit, name) = unit.unwrap_or((1, "Millis"));
    ["Duration.of", name, "(", &(ms / unit).to_string(), ")"].concat()
}

/// The factory's call.
pub(super) fn windows(windows: &Windows) -> String {
    match windows {
        Windows::Time(w) => {
            let made = factory("TimeWindows.ofSize", w.size_ms(), w.grace_ms());
            match w.is_tumbling() {
                true => made,
                false => [&made, ".advanceBy(", &duration(w.advance_ms()), ")"].concat(),
            }
        }
        Windows::Sliding(w) => {
            factory("SlidingWindows.ofTimeDifference", w.time_difference_ms(), w.grace_ms())
        }
        Windows::Session(w) => factory("SessionWindows.ofInactivityGap", w.gap_ms(), w.grace_ms()),
    }
}

/// The windows of a join.
pub(super) fn join_windows(windows: &JoinWindows) -> String {
    let made = factory("JoinWindows.ofTimeDifference", windows.before_ms(), windows.grace_ms());
    match windows.after_ms() == windows.before_ms() {
        true => made,
        false => [&made, ".after(", &duration(windows.after_ms()), ")"].concat(),
    }
}

fn factory(name: &str, length_ms: i64, grace_ms: i64) -> String {
    match grace_ms {
        0 => [name, "WithNoGrace(", &duration(length_ms), ")"].concat(),
        grace_ms => [name, "AndGrace(", &duration(length_ms), ", ", &duration(grace_ms), ")"].concat(),
    }
}
