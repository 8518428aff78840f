//! Dates and durations as Kafka's tools take them: `2026-01-01T12:00:30.000`, `PT1H`. Everything is UTC.

use millrace_model::{Span, Timestamp};

const DAY: i64 = 86_400_000;

/// Reads `YYYY-MM-DDTHH:mm:ss.sss`, with or without a `Z`, or with `+hhmm`.
pub fn read_datetime(text: &str) -> Option<Timestamp> {
    let (date, clock) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| digits(part, 1, 4));
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (clock, zone) = match clock.find(['Z', '+', '-']) {
        Some(at) => clock.split_at(at),
        None => (clock, "Z"),
    };
    let mut parts = clock.splitn(3, ':');
    let (hours, minutes) = (digits(parts.next()?, 2, 2)?, digits(parts.next()?, 2, 2)?);
    // Kafka's pattern wants the milliseconds.
    let (seconds, millis) = parts.next()?.split_once('.')?;
    let (seconds, millis) = (digits(seconds, 2, 2)?, digits(millis, 3, 3)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let clock = ((hours * 60 + minutes) * 60 + seconds) * 1_000 + millis;
    Some(Timestamp(days(year, month, day) * DAY + clock - offset(zone)?))
}

/// A zone's distance from UTC in ms.
fn offset(zone: &str) -> Option<i64> {
    let (sign, clock) = match zone.split_at_checked(1)? {
        ("Z", "") => return Some(0),
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let clock = clock.replace(':', "");
    let (hours, minutes) = clock.split_at_checked(2)?;
    Some(sign * (digits(hours, 2, 2)? * 60 + digits(minutes, 2, 2)?) * 60_000)
}

fn digits(text: &str, least: usize, most: usize) -> Option<i64> {
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March, so that the leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The text that [`read_datetime`] reads back, for every time from the year 1 to 9999.
pub fn print_datetime(timestamp: Timestamp) -> String {
    let (day, ms) = (timestamp.0.div_euclid(DAY), timestamp.0.rem_euclid(DAY));
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{:03}", ms % 1_000)
}

/// Reads `PnDTnHnMn.nS`, in whole milliseconds, never negative.
pub fn read_duration(text: &str) -> Option<Span> {
    let rest = text.strip_prefix('P')?;
    let (days, clock) = match rest.split_once('T') {
        Some((days, clock)) if !clock.is_empty() => (days, clock),
        Some(_) => return None,
        None => (rest, ""),
    };
    if days.is_empty() && clock.is_empty() {
        return None;
    }
    let mut ms: u64 = match days {
        "" => 0,
        days => days.strip_suffix('D')?.parse::<u64>().ok()?.checked_mul(86_400_000)?,
    };
    let mut rest = clock;
    for (unit, of) in [('H', 3_600_000), ('M', 60_000)] {
        if let Some((number, after)) = rest.split_once(unit) {
            ms = ms.checked_add(number.parse::<u64>().ok()?.checked_mul(of)?)?;
            rest = after;
        }
    }
    if !rest.is_empty() {
        let seconds = rest.strip_suffix('S')?;
        let (whole, part) = seconds.split_once('.').unwrap_or((seconds, "0"));
        let part = digits(&format!("{part:0<3}"), 3, 3)?;
        ms = ms
            .checked_add(whole.parse::<u64>().ok()?.checked_mul(1_000)?)?
            .checked_add(u64::try_from(part).ok()?)?;
    }
    ms.checked_mul(1_000).map(Span)
}

/// The text that [`read_duration`] reads back, as Java's `Duration` prints it; what is less than a millisecond is left out.
pub fn print_duration(span: Span) -> String {
    let ms = span.as_millis();
    let (hours, minutes, seconds, part) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
    let mut text = "PT".to_owned();
    if hours > 0 {
        text.push_str(&format!("{hours}H"));
    }
    if minutes > 0 {
        text.push_str(&format!("{minutes}M"));
    }
    if part > 0 {
        text.push_str(&format!("{seconds}.{part:03}S"));
    } else if seconds > 0 || ms == 0 {
        text.push_str(&format!("{seconds}S"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::Time;

    #[test]
    fn datetimes() {
        let of = |text| read_datetime(text).map(|t| t.0);
        assert_eq!(of("2026-01-01T12:00:00.000"), Some(Time::EPOCH.0));
        assert_eq!(of("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(of("2023-11-14T22:13:20.003"), Some(1_700_000_000_003));
        assert_eq!(of("2023-11-15T00:13:20.002+0200"), Some(1_700_000_000_002));
        assert_eq!(of("2000-02-29T00:00:00.000"), Some(951_782_400_000));
        for wrong in
            ["2023-11-14T22:13:20", "2023-13-01T00:00:00.000", "12:00", "2023-11-14T24:00:00.000", "T"]
        {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        for day in (0..40_000).step_by(17) {
            let timestamp = Timestamp(day * DAY + 12_345_678);
            assert_eq!(read_datetime(&print_datetime(timestamp)), Some(timestamp), "{day}");
        }
    }

    #[test]
    fn durations() {
        let of = |text| read_duration(text).map(|span| span.as_millis());
        assert_eq!(of("PT1H"), Some(3_600_000));
        assert_eq!(of("P1DT2M3.5S"), Some(86_523_500));
        assert_eq!(of("P10000D"), Some(864_000_000_000));
        for wrong in ["1h", "P", "PT", "PT1X", "P1H", "PT-1H", "PT1.2345S"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        for ms in [0, 1, 999, 1_000, 61_000, 3_600_000, 90_061_001] {
            let span = Span::from_millis(ms);
            assert_eq!(read_duration(&print_duration(span)), Some(span), "{}", print_duration(span));
        }
    }
}
