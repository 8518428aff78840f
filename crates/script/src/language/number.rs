//! Whole numbers with their range, and percentages.

use super::arguments::Value;
use super::problem::Problem;
use std::fmt::Display;
use std::str::FromStr;

/// A whole number from `min` to `max`.
///
/// # Errors
/// Names the range.
pub fn whole<N>(value: &Value<'_>, what: &str, min: N, max: N) -> Result<N, Problem>
where
    N: FromStr + PartialOrd + Display,
{
    match value.text().parse::<N>() {
        Ok(number) if number >= min && number <= max => Ok(number),
        _ => Err(value.wrong(format!("{what}, a whole number{}", range(&min.to_string(), &max.to_string())))),
    }
}

/// ` from 0 to 5`. Where a number's type ends nobody needs to know: ` from 0`, or nothing.
fn range(min: &str, max: &str) -> String {
    let is_end = |text: &str| {
        [i64::MIN.to_string(), i64::MAX.to_string(), u64::MAX.to_string()].iter().any(|end| end == text)
    };
    match (is_end(min), is_end(max)) {
        (false, false) => format!(" from {min} to {max}"),
        (false, true) => format!(" from {min}"),
        (true, false) => format!(" up to {max}"),
        (true, true) => String::new(),
    }
}

/// `1.5` as 150, with two digits after the point at most.
///
/// # Errors
/// What is no such number, or below 1, or beyond 1000.
pub fn hundredths(value: &Value<'_>, what: &str) -> Result<u32, Problem> {
    let text = value.text();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = (digits(whole) && digits(fraction) && whole.len() <= 4 && fraction.len() <= 2)
        .then(|| {
            let whole = whole.parse::<u32>().ok()?;
            Some(whole * 100 + format!("{fraction:0<2}").parse::<u32>().ok()?)
        })
        .flatten();
    match number {
        Some(number) if (100..=100_000).contains(&number) => Ok(number),
        _ => Err(value.wrong(format!("{what}, a number such as 2 or 1.5, from 1 to 1000"))),
    }
}

/// 150 as `1.5`.
pub fn print_hundredths(number: u32) -> String {
    let text = format!("{}.{:02}", number / 100, number % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_says_only_the_ends_that_mean_something() {
        let of = |min: i64, max: i64| range(&min.to_string(), &max.to_string());
        assert_eq!(of(0, 5), " from 0 to 5");
        assert_eq!(of(0, i64::MAX), " from 0");
        assert_eq!(of(i64::MIN, 9), " up to 9");
        assert_eq!(of(i64::MIN, i64::MAX), "");
        assert_eq!(range("1", &u64::MAX.to_string()), " from 1");
    }
}
