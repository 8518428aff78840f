//! One setting: its kind, its default, and what is said of a value that it does not take (`ConfigDef.parseType`,
//! `ConfigDef.Range`, `ConfigDef.ValidString`).

use std::sync::Arc;

/// The type of a setting's value (`ConfigDef.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 32 bits.
    Int,
    /// 64 bits.
    Long,
    /// A ratio.
    Double,
    /// `true` or `false`, in any case.
    Boolean,
    /// Anything.
    String,
    /// Words set off by commas.
    List,
}

/// Which values are valid (`ConfigDef.Validator`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Every one of its type.
    Any,
    /// At least so much.
    AtLeast(i64),
    /// From and to.
    Between(i64, i64),
    /// A level of gzip: from 1 to 9, or -1.
    GzipLevel,
    /// One of these words; of a list, each.
    OneOf(&'static [&'static str]),
    /// Replicas as `0:1,1:2`, or `*` (`ThrottledReplicaListValidator`).
    ThrottledReplicas,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct ConfigKey {
    /// Kafka's key.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its valid values.
    pub check: Check,
    /// Its default, as it is shown.
    pub default: &'static str,
    /// The broker's setting that gives its default; none if there is none, or if that one has another unit.
    pub synonym: Option<&'static str>,
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigProblem {
    /// There is none of that name (`InvalidConfigurationException`).
    Unknown(Arc<str>),
    /// It does not take this value (`ConfigException`).
    Value(Arc<str>),
    /// Two settings contradict each other (`InvalidConfigurationException`).
    Conflict(Arc<str>),
}

impl ConfigProblem {
    /// Kafka's sentence.
    pub fn words(&self) -> &Arc<str> {
        match self {
            ConfigProblem::Unknown(words) | ConfigProblem::Value(words) | ConfigProblem::Conflict(words) => {
                words
            }
        }
    }
}

impl ConfigKey {
    /// The value as Kafka shows it (`ConfigDef.convertToString` of what was parsed).
    ///
    /// # Errors
    /// Kafka's sentence, if it is none.
    pub fn parse(&self, text: &str) -> Result<String, ConfigProblem> {
        let trimmed = text.trim();
        let wrong = |value: &str, why: &str| {
            let words = format!("Invalid value {value} for configuration {}: {why}", self.name);
            ConfigProblem::Value(words.into())
        };
        match self.kind {
            Kind::Int => match trimmed.parse::<i32>() {
                Ok(n) => self.number(i64::from(n)).map_err(|why| wrong(trimmed, &why)),
                Err(_) => Err(wrong(text, "Not a number of type INT")),
            },
            Kind::Long => match trimmed.parse::<i64>() {
                Ok(n) => self.number(n).map_err(|why| wrong(trimmed, &why)),
                Err(_) => Err(wrong(text, "Not a number of type LONG")),
            },
            Kind::Double => match millionths(trimmed) {
                None => Err(wrong(text, "Not a number of type DOUBLE")),
                Some(n) if n < 0 => Err(wrong(&java_double(trimmed), "Value must be at least 0")),
                Some(n) if n > 1_000_000 => Err(wrong(&java_double(trimmed), "Value must be no more than 1")),
                Some(_) => Ok(java_double(trimmed)),
            },
            Kind::Boolean => match trimmed.to_ascii_lowercase().as_str() {
                word @ ("true" | "false") => Ok(word.to_owned()),
                _ => Err(wrong(text, "Expected value to be either true or false")),
            },
            Kind::String => {
                self.word(trimmed).map_err(|why| wrong(trimmed, &why))?;
                Ok(trimmed.to_owned())
            }
            Kind::List => {
                let words: Vec<&str> =
                    if trimmed.is_empty() { Vec::new() } else { trimmed.split(',').map(str::trim).collect() };
                for word in &words {
                    self.word(word).map_err(|why| wrong(word, &why))?;
                }
                if self.check == Check::ThrottledReplicas && !are_replicas(&words) {
                    let why = "must be the literal '*' or a list of replicas in the following format: \
                               [partitionId]:[brokerId],[partitionId]:[brokerId],...";
                    let shown = format!("[{}]", words.join(", "));
                    return Err(ConfigProblem::Value(
                        format!("Invalid value {shown} for configuration {}: {} {why}", self.name, self.name)
                            .into(),
                    ));
                }
                Ok(words.join(","))
            }
        }
    }

    fn number(&self, n: i64) -> Result<String, String> {
        match self.check {
            Check::AtLeast(min) if n < min => Err(format!("Value must be at least {min}")),
            Check::Between(min, _) if n < min => Err(format!("Value must be at least {min}")),
            Check::Between(_, max) if n > max => Err(format!("Value must be no more than {max}")),
            Check::GzipLevel if n != -1 && !(1..=9).contains(&n) => {
                Err("Value must be between 1 and 9 or equal to -1".to_owned())
            }
            _ => Ok(n.to_string()),
        }
    }

    fn word(&self, word: &str) -> Result<(), String> {
        match self.check {
            Check::OneOf(words) if !words.contains(&word) => {
                Err(format!("String must be one of: {}", words.join(", ")))
            }
            _ => Ok(()),
        }
    }
}

/// A decimal in millionths, so that no state depends on a float.
fn millionths(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !is_number(whole) || !is_number(part) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i64 = format!("{part:0<6}").get(..6)?.parse().ok()?;
    Some(sign * (whole.checked_mul(1_000_000)?.checked_add(part)?))
}

/// `Double.toString` of a short decimal: `1` is `1.0`, `.50` is `0.5`.
fn java_double(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let part = part.trim_end_matches('0');
    let or_zero = |text: &str| if text.is_empty() { "0".to_owned() } else { text.to_owned() };
    format!("{sign}{}.{}", or_zero(whole), or_zero(part))
}

fn are_replicas(words: &[&str]) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let is_pair = |word: &&str| word.split_once(':').is_some_and(|(a, b)| is_number(a) && is_number(b));
    words.is_empty() || words == ["*"] || words.iter().all(is_pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: Kind, check: Check) -> ConfigKey {
        ConfigKey { name: "k", kind, check, default: "", synonym: None }
    }

    #[test]
    fn values_are_read_and_refused_in_kafkas_words() {
        let check = |kind, check, text: &str| {
            key(kind, check).parse(text).map_err(|problem| problem.words().to_string())
        };
        let ok = |text: &str| Ok(text.to_owned());
        let no = |value: &str, why: &str| Err(format!("Invalid value {value} for configuration k: {why}"));
        assert_eq!(check(Kind::Long, Check::AtLeast(-1), " 007 "), ok("7"));
        assert_eq!(check(Kind::Long, Check::AtLeast(-1), "-2"), no("-2", "Value must be at least -1"));
        assert_eq!(check(Kind::Int, Check::Any, "3000000000"), no("3000000000", "Not a number of type INT"));
        assert_eq!(check(Kind::Int, Check::Between(1, 17), "18"), no("18", "Value must be no more than 17"));
        assert_eq!(
            check(Kind::Int, Check::GzipLevel, "0"),
            no("0", "Value must be between 1 and 9 or equal to -1")
        );
        assert_eq!(check(Kind::Boolean, Check::Any, "TRUE"), ok("true"));
        assert_eq!(
            check(Kind::Boolean, Check::Any, "yes"),
            no("yes", "Expected value to be either true or false")
        );
        assert_eq!(check(Kind::Double, Check::Any, ".50"), ok("0.5"));
        assert_eq!(check(Kind::Double, Check::Any, "1.5"), no("1.5", "Value must be no more than 1"));
        assert_eq!(check(Kind::Double, Check::Any, "a"), no("a", "Not a number of type DOUBLE"));
        assert_eq!(check(Kind::List, Check::OneOf(&["a", "b"]), "b, a"), ok("b,a"));
        assert_eq!(
            check(Kind::List, Check::OneOf(&["a", "b"]), "a,c"),
            no("c", "String must be one of: a, b")
        );
        assert_eq!(check(Kind::List, Check::ThrottledReplicas, "0:1,1:2"), ok("0:1,1:2"));
        assert!(check(Kind::List, Check::ThrottledReplicas, "0").is_err());
    }
}
