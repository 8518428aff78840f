//! `java.text.SimpleDateFormat`, as far as a time needs it.

use millrace_model::Timestamp;
use millrace_script::language::iso;

/// The letters that mean something.
const LETTERS: &str = "GyYMLwWDdFEuaHkKhmsSzZX";

/// A time in a pattern: `yyyy-MM-dd HH:mm:ss:SSS`.
///
/// # Errors
/// Java's sentence, if a letter means nothing.
pub(super) fn format(pattern: &str, at: Timestamp) -> Result<String, String> {
    let text = iso::print_datetime(at);
    let number = |from: usize, to: usize| text.get(from..to).and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
    let (hour, year) = (number(11, 13), number(0, 4));
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\'' {
            if rest.peek() == Some(&'\'') {
                rest.next();
                out.push('\'');
                continue;
            }
            let mut closed = false;
            while let Some(c) = rest.next() {
                closed = c == '\'' && rest.peek() != Some(&'\'');
                if closed {
                    break;
                }
                if c == '\'' {
                    rest.next();
                }
                out.push(c);
            }
            if !closed {
                return Err("Unterminated quote".to_owned());
            }
            continue;
        }
        if !c.is_ascii_alphabetic() {
            out.push(c);
            continue;
        }
        if !LETTERS.contains(c) {
            return Err(format!("Illegal pattern character '{c}'"));
        }
        let mut count = 1;
        while rest.peek() == Some(&c) {
            rest.next();
            count += 1;
        }
        let value = match c {
            'y' | 'Y' if count == 2 => year % 100,
            'y' | 'Y' => year,
            'M' | 'L' => number(5, 7),
            'd' => number(8, 10),
            'H' => hour,
            'k' => (hour + 23) % 24 + 1,
            'K' => hour % 12,
            'h' => (hour + 11) % 12 + 1,
            'm' => number(14, 16),
            's' => number(17, 19),
            'S' => number(20, 23),
            'a' => {
                out.push_str(if hour < 12 { "AM" } else { "PM" });
                continue;
            }
            'z' => {
                out.push_str("UTC");
                continue;
            }
            'Z' => {
                out.push_str("+0000");
                continue;
            }
            'X' => {
                out.push('Z');
                continue;
            }
            // Weeks and days of a week: nobody times a test by them.
            _ => 0,
        };
        out.push_str(&format!("{value:0count$}"));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_filled_as_java_does() {
        let at = Timestamp(1_767_268_800_000 + 3_723_045);
        assert_eq!(format("yyyy-MM-dd HH:mm:ss:SSS", at).unwrap(), "2026-01-01 13:02:03:045");
        assert_eq!(format("h 'o''clock", at).unwrap_err(), "Unterminated quote");
        assert_eq!(format("d.M.yy h 'o''clock' ''a''", at).unwrap(), "1.1.26 1 o'clock 'PM'");
        assert_eq!(format("b", at).unwrap_err(), "Illegal pattern character 'b'");
    }
}
