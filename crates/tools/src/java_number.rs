//! Numbers as Java prints and reads them.

use millrace_model::Timestamp;
use millrace_script::language::iso;

/// `Duration.parse`, in milliseconds: `P1DT2H`, `-PT1H`, `PT-30M`.
pub(crate) fn read_duration(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let positive =
        |text: &str| i64::try_from(iso::read_duration(&text.to_ascii_uppercase())?.as_millis()).ok();
    // A single part below zero is all of it.
    let inner = rest.replacen('-', "", 1);
    let parts = rest
        .chars()
        .filter(char::is_ascii_alphabetic)
        .filter(|c| !matches!(c, 'P' | 'p' | 'T' | 't'))
        .count();
    match inner.len() < rest.len() {
        true if parts == 1 => Some(-sign * positive(&inner)?),
        true => None,
        false => Some(sign * positive(rest)?),
    }
}

/// `Utils.getDateTime`.
///
/// # Errors
/// The sentence of the `ParseException`.
pub(crate) fn read_datetime(text: &str) -> Result<Timestamp, String> {
    let Some((_, clock)) = text.split_once('T') else {
        let words = "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format";
        return Err(words.to_owned());
    };
    iso::read_datetime(text).ok_or_else(|| {
        let zone = if clock.contains(['+', '-', 'Z']) { "" } else { "Z" };
        format!("Unparseable date: \"{text}{zone}\"")
    })
}

/// `Double.parseDouble`, as far as quotas need it.
pub(crate) fn read_double(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches(['d', 'D', 'f', 'F']);
    let is_number = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    if is_number { text.parse().ok() } else { None }
}

/// `Double.toString`: `2048.0`, `1.0E7`.
pub(crate) fn double(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

/// `%.2f` of `java.util.Formatter`: half up, and `NaN` and `Infinity` by their names.
pub(crate) fn fixed(number: f64, decimals: usize) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}Infinity");
    }
    // The shortest digits that mean this number are what Java rounds.
    let text = format!("{}", number.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = part.bytes().chain(std::iter::repeat(b'0')).take(decimals);
    let mut all: Vec<u8> = whole.bytes().chain(digits).collect();
    let mut carries = part.as_bytes().get(decimals).is_some_and(|digit| *digit >= b'5');
    for digit in all.iter_mut().rev() {
        if !carries {
            break;
        }
        carries = *digit == b'9';
        *digit = if carries { b'0' } else { *digit + 1 };
    }
    if carries {
        all.insert(0, b'1');
    }
    let mut out: String = all.into_iter().map(char::from).collect();
    if decimals > 0 {
        out.insert(out.len() - decimals, '.');
    }
    sign.to_owned() + &out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_printed_as_java_does() {
        let shown: Vec<String> =
            [0.0, 5.0, 0.001, 0.25, 9_999_999.0, 1e7, 12_345_678.5, 1e-5].map(double).to_vec();
        assert_eq!(shown, ["0.0", "5.0", "0.001", "0.25", "9999999.0", "1.0E7", "1.23456785E7", "1.0E-5"]);
        assert_eq!((read_double("1e3"), read_double("x"), read_double("inf")), (Some(1000.0), None, None));
    }

    #[test]
    fn decimals_are_rounded_half_up() {
        let shown =
            [(0.125, 2), (9.995, 2), (1234.0, 1), (0.0, 4), (f64::NAN, 2), (f64::INFINITY, 1), (-0.5, 0)];
        let shown: Vec<String> = shown.map(|(number, decimals)| fixed(number, decimals)).to_vec();
        assert_eq!(shown, ["0.13", "10.00", "1234.0", "0.0000", "NaN", "Infinity", "-1"]);
    }
}
