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
        _ => Err(value.wrong(format!("{what}, a whole number from {min} to {max}"))),
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
