//! Local days: when the day of a moment began and when it ends, in places with and without summer time.
//!
//! No table of all zones, which would weigh more than the whole language: the rules of today's European Union and United
//! States, and fixed offsets. For years before these rules the answer is by the same rules.

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Zones by their standard offset in hours.
const EUROPE: &[(&str, i64)] = &[
    ("London", 0),
    ("Lisbon", 0),
    ("Dublin", 0),
    ("Berlin", 1),
    ("Paris", 1),
    ("Madrid", 1),
    ("Rome", 1),
    ("Vienna", 1),
    ("Zurich", 1),
    ("Amsterdam", 1),
    ("Brussels", 1),
    ("Copenhagen", 1),
    ("Oslo", 1),
    ("Stockholm", 1),
    ("Warsaw", 1),
    ("Prague", 1),
    ("Athens", 2),
    ("Helsinki", 2),
    ("Kyiv", 2),
];
const AMERICA: &[(&str, i64)] = &[("New_York", -5), ("Chicago", -6), ("Denver", -7), ("Los_Angeles", -8)];

/// A zone: its standard offset in milliseconds, and when its summer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    standard_ms: i64,
    summer: Summer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Summer {
    Never,
    European,
    American,
}

impl Zone {
    /// `UTC`, `+05:30`, `Europe/Berlin`, `America/New_York`.
    pub(crate) fn named(name: &str) -> Option<Zone> {
        let listed = |list: &[(&str, i64)], city: &str, summer| {
            let (_, hours) = list.iter().find(|(known, _)| *known == city)?;
            Some(Zone { standard_ms: hours * HOUR, summer })
        };
        match name.split_once('/') {
            Some(("Europe", city)) => listed(EUROPE, city, Summer::European),
            Some(("America", city)) => listed(AMERICA, city, Summer::American),
            Some(_) => None,
            None if name == "UTC" => Some(Zone { standard_ms: 0, summer: Summer::Never }),
            None => {
                let sign = match name.get(..1)? {
                    "+" => 1,
                    "-" => -1,
                    _ => return None,
                };
                let (hours, minutes) = name.get(1..)?.split_once(':')?;
                let two = |text: &str, most: i64| {
                    let is_two = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
                    text.parse::<i64>().ok().filter(|n| is_two && *n <= most)
                };
                let ms = two(hours, 18)? * HOUR + two(minutes, 59)? * 60_000;
                Some(Zone { standard_ms: sign * ms, summer: Summer::Never })
            }
        }
    }

    /// Local time less UTC at a moment, in milliseconds.
    fn offset_ms(self, utc_ms: i64) -> i64 {
        let year = year_of(utc_ms.div_euclid(DAY));
        let (from, to) = match self.summer {
            Summer::Never => return self.standard_ms,
            // The last Sundays of March and October, everywhere at one o'clock UTC.
            Summer::European => (
                sunday_before(first_day(year, 4)) * DAY + HOUR,
                sunday_before(first_day(year, 11)) * DAY + HOUR,
            ),
            // The second Sunday of March and the first of November, at two o'clock of what the clocks show.
            Summer::American => (
                sunday_before(first_day(year, 3) + 14) * DAY + 2 * HOUR - self.standard_ms,
                sunday_before(first_day(year, 11) + 7) * DAY + HOUR - self.standard_ms,
            ),
        };
        if (from..to).contains(&utc_ms) { self.standard_ms + HOUR } else { self.standard_ms }
    }

    /// The local day of a moment: its first millisecond, and that of the next one. `None` at the ends of time.
    pub(crate) fn day(self, utc_ms: i64) -> Option<(i64, i64)> {
        const FAR: i64 = i64::MAX / 4;
        if !(-FAR..FAR).contains(&utc_ms) {
            return None;
        }
        let day = (utc_ms + self.offset_ms(utc_ms)).div_euclid(DAY);
        Some((self.midnight(day), self.midnight(day + 1)))
    }

    /// No clock changes at midnight, so that every day has one.
    fn midnight(self, day: i64) -> i64 {
        let local = day * DAY;
        local - self.offset_ms(local - self.standard_ms)
    }
}

/// The year of a day since 1970-01-01 (Gregorian; eras of 400 years).
fn year_of(day: i64) -> i64 {
    let from_march = day + 719_468;
    let of_era = from_march.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Years begin in March here: the last 59 or 60 days belong to the next one.
    from_march.div_euclid(146_097) * 400 + year_of_era + i64::from(of_year >= 306)
}

/// The day, since 1970-01-01, on which a month from March to December begins.
fn first_day(year: i64, month: i64) -> i64 {
    let of_year = (153 * (month - 3) + 2) / 5;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// The last Sunday before a day.
fn sunday_before(day: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    let before = day - 1;
    before - (before + 4).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(zone: &str, utc_ms: i64) -> (i64, i64) {
        Zone::named(zone).unwrap().day(utc_ms).unwrap()
    }

    /// 2026: 29 March is the last Sunday of March, 25 October that of October; 8 March and 1 November in America.
    #[test]
    fn days_have_23_24_or_25_hours() {
        const MARCH_29: i64 = 1_774_742_400_000;
        const OCTOBER_25: i64 = 1_792_886_400_000;
        assert_eq!(day("UTC", MARCH_29 + 5), (MARCH_29, MARCH_29 + DAY));
        assert_eq!(day("+05:30", MARCH_29).0, MARCH_29 - 5 * HOUR - HOUR / 2);
        // Berlin's 29 March begins an hour before UTC's and ends two hours before it.
        assert_eq!(day("Europe/Berlin", MARCH_29), (MARCH_29 - HOUR, MARCH_29 + DAY - 2 * HOUR));
        assert_eq!(day("Europe/Berlin", MARCH_29 - HOUR - 1).1, MARCH_29 - HOUR);
        assert_eq!(day("Europe/Berlin", OCTOBER_25), (OCTOBER_25 - 2 * HOUR, OCTOBER_25 + DAY - HOUR));
        assert_eq!(day("Europe/London", OCTOBER_25), (OCTOBER_25 - HOUR, OCTOBER_25 + DAY));
        const MARCH_8: i64 = 1_772_928_000_000;
        assert_eq!(
            day("America/New_York", MARCH_8 + DAY / 2),
            (MARCH_8 + 5 * HOUR, MARCH_8 + DAY + 4 * HOUR)
        );
        const NOVEMBER_1: i64 = 1_793_491_200_000;
        let (start, end) = day("America/Los_Angeles", NOVEMBER_1 + DAY / 2);
        assert_eq!((start, end - start), (NOVEMBER_1 + 7 * HOUR, 25 * HOUR));
    }

    /// Over 40 years, every half hour of some days and the rest by day: days follow each other without a hole, each has
    /// the moments that lie in it, and two a year are odd.
    #[test]
    fn days_follow_each_other() {
        for zone in ["Europe/Berlin", "Europe/London", "Europe/Athens", "America/Denver", "-03:30"] {
            let zone = Zone::named(zone).unwrap();
            let (mut start, mut end) = zone.day(0).unwrap();
            let (mut short, mut long) = (0, 0);
            for _ in 0..40 * 365 {
                for moment in [start, start + HOUR, start + DAY / 2, end - 1] {
                    assert_eq!(zone.day(moment), Some((start, end)));
                }
                match (end - start) / HOUR {
                    23 => short += 1,
                    25 => long += 1,
                    hours => assert_eq!(hours, 24),
                }
                (start, end) = zone.day(end).unwrap();
            }
            let expected = if zone.summer == Summer::Never { 0 } else { 40 };
            assert_eq!((short, long), (expected, expected));
        }
    }

    #[test]
    fn other_names_are_no_zones() {
        for name in
            ["", "utc", "Berlin", "Europe/Atlantis", "Asia/Tokyo", "+5", "+5:30", "+19:00", "*05:30", "é"]
        {
            assert_eq!(Zone::named(name), None, "{name}");
        }
    }
}
