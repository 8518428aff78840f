//! Reading what stands in the fields, with the language's own parsers, so that the same is right and wrong everywhere.

use millrace_client::listener::FailureRule;
use millrace_expr::{Expr, ParseError};
use millrace_model::{Header, Profile, Span, Time, Timestamp};
use millrace_script::{Statement, parse_line};
use millrace_sim::Command;
use millrace_streams::language::Pipeline;
use millrace_words::controls as say;

/// "column 7: expected …, found …; did you mean …?"
fn sentence(error: &ParseError) -> String {
    let nearest = error.nearest.as_ref().map(|word| format!("; did you mean {word}?")).unwrap_or_default();
    let line = if error.line > 1 { format!("line {}, ", error.line) } else { String::new() };
    format!("{line}column {}: expected {}, found {}{nearest}", error.column, error.expected, error.found)
}

/// A failure rule; nothing at all is "never".
///
/// # Errors
/// Where, what was expected, what stands there, and what was probably meant.
pub fn rule(text: &str) -> Result<Option<FailureRule>, String> {
    if text.trim().is_empty() || text.trim() == "never" {
        return Ok(None);
    }
    let when = Expr::parse(text).map_err(|error| sentence(&error))?;
    when.check_predicate().map_err(|error| sentence(&error))?;
    let message = when.text().into();
    Ok(Some(FailureRule { when, exception: "IllegalStateException".into(), message, fatal: false }))
}

/// A pipeline.
///
/// # Errors
/// As for [`rule`].
pub fn pipeline(text: &str) -> Result<Pipeline, String> {
    let pipeline = Pipeline::parse(text).map_err(|error| sentence(&error))?;
    pipeline.topology("check").map_err(|error| error.to_string())?;
    Ok(pipeline)
}

/// A duration; a bare number is in `unit`.
///
/// # Errors
/// What is none.
pub fn span(text: &str, unit: &str) -> Result<Span, String> {
    let text = text.trim().replace(' ', "");
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let line = if bare { format!("wait {text}{unit}") } else { format!("wait {text}") };
    match parse_line(&line, Profile::default()) {
        Ok(Some(Statement::Wait(span))) => Ok(span),
        _ => Err(say::expected_a_duration_such_as().to_owned()),
    }
}

/// When a record says it happened: nothing is "now", `-30s` lies half a minute back, `12:00:07.500` is a time.
///
/// # Errors
/// What is none of these.
pub fn timestamp(text: &str, now: Time) -> Result<Option<Timestamp>, String> {
    let text = text.trim();
    let wrong = || say::expected_now_a_shift_such().to_owned();
    if text.is_empty() || text == "now" {
        return Ok(None);
    }
    let shift = |rest: &str, sign: i64| {
        let ms = i64::try_from(span(rest, "s").map_err(|_| wrong())?.as_millis()).map_err(|_| wrong())?;
        Ok(Some(Timestamp(now.timestamp().0.saturating_add(sign.saturating_mul(ms)))))
    };
    match text.split_at_checked(1) {
        Some(("-" | "−", rest)) if !rest.contains(':') => return shift(rest, -1),
        Some(("+", rest)) if !rest.contains(':') => return shift(rest, 1),
        _ => {}
    }
    if text.contains(['\'', '"', '\\', '#', ' ']) {
        return Err(wrong());
    }
    match parse_line(&format!("produce t k v --timestamp={text}"), Profile::default()) {
        Ok(Some(Statement::Do(Command::Produce { records, .. }))) => {
            Ok(records.first().and_then(|record| record.timestamp))
        }
        _ => Err(wrong()),
    }
}

/// `name: value`, one a line; a name alone has a null value.
///
/// # Errors
/// The line without a name.
pub fn headers(text: &str) -> Result<Vec<Header>, String> {
    let mut headers = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (name, value) = match line.split_once(':') {
            Some((name, value)) => (name.trim(), Some(value.trim().as_bytes().into())),
            None => (line.trim(), None),
        };
        if name.is_empty() {
            return Err(say::line_expected_name_value(&(n + 1)));
        }
        headers.push(Header { key: name.into(), value });
    }
    Ok(headers)
}

/// A whole number in a range.
///
/// # Errors
/// What is none, or outside.
pub fn whole(text: &str, min: u32, max: u32) -> Result<u32, String> {
    let number = text.trim().parse::<u32>().ok().filter(|n| (min..=max).contains(n));
    number.ok_or_else(|| say::expected_a_whole_number_from(&min, &max))
}

/// A factor such as `1.5`, in percent.
///
/// # Errors
/// What is none.
pub fn percent_of_factor(text: &str) -> Result<u32, String> {
    let wrong = || say::expected_a_factor_from_1().to_owned();
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(part) || part.len() > 2 {
        return Err(wrong());
    }
    let part = format!("{part:0<2}").parse::<u32>().map_err(|_| wrong())?;
    let percent = whole.parse::<u32>().map_err(|_| wrong())?.saturating_mul(100).saturating_add(part);
    if (100..=10_000).contains(&percent) { Ok(percent) } else { Err(wrong()) }
}

/// A percent as a factor: the inverse of [`percent_of_factor`].
pub fn factor(percent: u32) -> String {
    let text = format!("{}.{:02}", percent / 100, percent % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_wrong_says_where() {
        assert_eq!(rule("  "), Ok(None));
        assert!(rule("value.amount < 0").is_ok_and(|rule| rule.is_some()));
        let said = rule("value.amount <").unwrap_err();
        assert!(said.starts_with("column 15: expected"), "{said}");
    }

    #[test]
    fn timestamps_are_now_or_shifted_or_a_time() {
        let now = Time(30_000_000);
        assert_eq!(timestamp("", now), Ok(None));
        assert_eq!(timestamp("-30s", now), Ok(Some(Time::EPOCH)));
        assert_eq!(timestamp("+5", now), Ok(Some(Timestamp(Time::EPOCH.0 + 35_000))));
        assert_eq!(timestamp("12:00:07.500", now), Ok(Some(Timestamp(Time::EPOCH.0 + 7_500))));
        assert!(timestamp("soon", now).is_err() && timestamp("' x", now).is_err());
    }

    #[test]
    fn factors_have_at_most_two_places() {
        for (text, percent) in [("2", 200), ("1.5", 150), ("1.25", 125), ("100", 10_000)] {
            assert_eq!(percent_of_factor(text), Ok(percent));
            assert_eq!(factor(percent), text);
        }
        assert!(["", "0.5", "101", "1.555", "x"].iter().all(|text| percent_of_factor(text).is_err()));
    }
}
