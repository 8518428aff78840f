//! Numbers as Java prints and reads them.

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
}
