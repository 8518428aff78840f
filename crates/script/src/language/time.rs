//! Durations (`250ms`, `10s`) and clock faces (`12:00:07.500`, on another day `+1d12:00:07.500`).

use super::arguments::Value;
use super::problem::Problem;
use millrace_model::{Span, Time, Timestamp};

const DAY: i64 = 86_400_000_000;

/// A duration with its unit. `unit` is the one that is proposed for a bare number.
///
/// # Errors
/// What is no duration, with an example.
pub fn span(value: &Value<'_>, what: &str, unit: &str) -> Result<Span, Problem> {
    read_span(value.text()).ok_or_else(|| {
        let bare = !value.text().is_empty() && value.text().bytes().all(|b| b.is_ascii_digit());
        let nearest = bare.then(|| format!("{}{unit}", value.text()));
        value.wrong(format!("{what}, a duration such as 250ms, 10s or 5m")).with_nearest(nearest)
    })
}

/// The same without a message.
pub fn read_span(text: &str) -> Option<Span> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let size: u64 = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" | "min" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(size).map(Span)
}

/// A moment of virtual time as the clock shows it, to the microsecond.
///
/// # Errors
/// What is no clock face, or before the run began.
pub fn time(value: &Value<'_>) -> Result<Time, Problem> {
    read_time(value.text())
        .ok_or_else(|| value.wrong("a time such as 12:00:30, not before 12:00:00, where every run begins"))
}

/// The same without a message.
pub(crate) fn read_time(text: &str) -> Option<Time> {
    read_clock(text).and_then(|us| u64::try_from(us).ok()).map(Time)
}

/// A record's timestamp: a clock face, or milliseconds since 1970.
///
/// # Errors
/// What is neither.
pub fn timestamp(value: &Value<'_>) -> Result<Timestamp, Problem> {
    read_timestamp(value.text())
        .ok_or_else(|| value.wrong("a timestamp: a time such as 12:00:07.500, or milliseconds since 1970"))
}

/// A clock face with whole milliseconds, or milliseconds since 1970.
pub(crate) fn read_timestamp(text: &str) -> Option<Timestamp> {
    if let Ok(ms) = text.parse::<i64>() {
        return Some(Timestamp(ms));
    }
    let us = read_clock(text)?;
    (us % 1_000 == 0).then(|| Timestamp(Time::EPOCH.0 + us / 1_000))
}

/// Microseconds since the start of the run.
fn read_clock(text: &str) -> Option<i64> {
    let (days, face) = match text.split_once('d') {
        Some((days, face)) if days.starts_with(['+', '-']) => (days.parse::<i64>().ok()?, face.trim_start()),
        Some(_) => return None,
        None => (0, text),
    };
    let mut parts = face.split(':');
    let (hours, minutes) = (two_digits(parts.next()?, 24)?, two_digits(parts.next()?, 60)?);
    let (seconds, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "0")),
        None => ("00", "0"),
    };
    let is_fraction = (1..=6).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !is_fraction {
        return None;
    }
    let micros = format!("{fraction:0<6}").parse::<i64>().ok()?;
    let of_day = ((hours * 60 + minutes) * 60 + two_digits(seconds, 60)?) * 1_000_000 + micros;
    let noon = (Time::EPOCH.0 * 1_000).rem_euclid(DAY);
    days.checked_mul(DAY)?.checked_add(of_day - noon)
}

fn two_digits(text: &str, below: i64) -> Option<i64> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse::<i64>().ok()).flatten().filter(|n| *n < below)
}

/// The clock face that [`time`] reads back, microseconds only where there are some.
pub fn print_time(time: Time) -> String {
    let us = i64::try_from(time.0).unwrap_or(i64::MAX);
    let mut text = print_clock(time.timestamp());
    if us % 1_000 != 0 {
        text.push_str(&format!("{:03}", us % 1_000));
    }
    text
}

/// The text that [`timestamp`] reads back: a clock face within a few days of the run, else milliseconds.
pub fn print_timestamp(timestamp: Timestamp) -> String {
    const FAR: i64 = 9 * 86_400_000;
    let near = timestamp.0.checked_sub(Time::EPOCH.0).is_some_and(|ms| ms.abs() < FAR);
    if near { print_clock(timestamp) } else { timestamp.0.to_string() }
}

fn print_clock(timestamp: Timestamp) -> String {
    // The clock face of `model` has a space after the day, which would be two words here.
    timestamp.to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::arguments::Value;
    use proptest::prelude::*;

    fn read<T>(text: &str, read: impl Fn(&Value<'_>) -> Result<T, Problem>) -> Result<T, String> {
        Value::with(text, |value| read(value).map_err(|problem| problem.sentence()))
    }

    #[test]
    fn durations_have_a_unit() {
        let of = |text| read(text, |v| span(v, "the linger", "ms"));
        assert_eq!(
            ["5ms", "10s", "3m", "2h", "7us", "1d"].map(of),
            [5_000, 10_000_000, 180_000_000, 7_200_000_000, 7, 86_400_000_000].map(|us| Ok(Span(us)))
        );
        let words = "expected the linger, a duration such as 250ms, 10s or 5m, found";
        assert_eq!(of("5"), Err(format!("{words} `5`; did you mean 5ms?")));
        assert_eq!(of("5 s"), Err(format!("{words} `5 s`")));
        assert_eq!(of("99999999999999999999h"), Err(format!("{words} `99999999999999999999h`")));
    }

    #[test]
    fn clock_faces_are_counted_from_noon() {
        let of = |text| read(text, time).ok().map(|t| t.0);
        assert_eq!(of("12:00:30"), Some(30_000_000));
        assert_eq!(of("12:01"), Some(60_000_000));
        assert_eq!(of("12:00:00.000250"), Some(250));
        assert_eq!(of("+1d00:00:00"), Some(43_200_000_000));
        for wrong in
            ["11:59:59", "12", "12:60", "24:00", "12:00:00.1234567", "12:00:00.", "1d12:00", "12:00:0x", ""]
        {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        assert_eq!(read("11:59:59.5", timestamp).unwrap().0, Time::EPOCH.0 - 500);
        assert_eq!(read("-1", timestamp), Ok(Timestamp(-1)));
        assert!(read("12:00:00.0005", timestamp).is_err());
    }

    proptest! {
        #[test]
        fn times_print_as_they_are_read(us in 0..u64::from(u32::MAX) * 1_000) {
            prop_assert_eq!(read(&print_time(Time(us)), time), Ok(Time(us)));
        }

        #[test]
        fn timestamps_print_as_they_are_read(ms in any::<i64>(), near in -900_000_000_i64..900_000_000) {
            for timestamp in [Timestamp(ms), Timestamp(Time::EPOCH.0 + near)] {
                prop_assert_eq!(read(&print_timestamp(timestamp), super::timestamp), Ok(timestamp));
            }
        }

        #[test]
        fn spans_print_as_they_are_read(us in any::<u64>()) {
            prop_assert_eq!(read(&Span(us).to_string(), |v| span(v, "", "s")), Ok(Span(us)));
        }
    }
}
