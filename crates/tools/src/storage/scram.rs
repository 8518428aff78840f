//! `--add-scram`: users that a cluster begins with (`ScramParser`). They are checked; nobody logs in here.

use std::collections::BTreeMap;

/// A mechanism's name, and that of its constant.
const MECHANISMS: [(&str, &str); 2] =
    [("SCRAM-SHA-256", "SCRAM_SHA_256"), ("SCRAM-SHA-512", "SCRAM_SHA_512")];
const ITERATIONS: (i32, i32) = (4096, 16384);

/// `SCRAM-SHA-256=[name=alice,password=alice-secret]`
///
/// # Errors
/// Kafka's sentence.
pub(super) fn check(text: &str) -> Result<(), String> {
    let text = text.trim();
    let (mechanism, config) = text
        .split_once('=')
        .ok_or_else(|| format!("Failed to find equals sign in SCRAM argument '{text}'"))?;
    let Some((_, constant)) = MECHANISMS.iter().find(|(name, _)| *name == mechanism) else {
        return Err(format!("The add-scram mechanism {mechanism} is not supported."));
    };
    let config = config.strip_prefix('[').ok_or("Expected configuration string to start with [")?;
    let config = config.strip_suffix(']').ok_or("Expected configuration string to end with ]")?;
    let mut parts: BTreeMap<&str, &str> = BTreeMap::new();
    let whole = config.trim_end_matches(',');
    for part in if whole.is_empty() { config } else { whole }.split(',') {
        let (key, value) =
            part.split_once('=').ok_or_else(|| format!("No equals sign found in SCRAM component: {part}"))?;
        let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        parts.insert(key, inner.unwrap_or(value));
    }
    parts.remove("name").ok_or("You must supply 'name' to add-scram")?;
    let salt = parts.remove("salt");
    if let Some(salt) = salt.filter(|salt| !is_base64(salt)) {
        return Err(format!("Failed to decode given salt: {salt}"));
    }
    let iterations = match parts.remove("iterations") {
        Some(text) => text.parse().map_err(|_| format!("Failed to parse iterations count: {text}"))?,
        None => ITERATIONS.0,
    };
    match (parts.remove("password"), parts.remove("saltedpassword")) {
        (Some(_), _) => {}
        (None, None) => {
            return Err("You must supply one of 'password' or 'saltedpassword' to add-scram".to_owned());
        }
        (None, Some(_)) if salt.is_none() => {
            return Err("You must supply 'salt' with 'saltedpassword' to add-scram".to_owned());
        }
        (None, Some(salted)) if !is_base64(salted) => {
            return Err(format!("Failed to decode given saltedPassword: {salted}"));
        }
        (None, Some(_)) => {}
    }
    if !parts.is_empty() {
        let names: Vec<&str> = parts.into_keys().collect();
        return Err(format!("Unknown SCRAM configurations: {}", names.join(", ")));
    }
    let (min, max) = ITERATIONS;
    if iterations < min {
        return Err(format!("The 'iterations' value must be >= {min} for add-scram using {constant}"));
    }
    if iterations > max {
        return Err(format!("The 'iterations' value must be <= {max} for add-scram using {constant}"));
    }
    Ok(())
}

/// What `Base64.getDecoder` takes: whole groups of four, or without their signs for what is missing.
fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    let padding = text.len() - letters.len();
    let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
    letters.bytes().all(is_letter)
        && letters.len() % 4 != 1
        && (padding == 0 || padding < 3 && (letters.len() + padding).is_multiple_of(4))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn users_are_checked_as_kafka_does() {
        let say = |text: &str| check(text).err().unwrap_or_default();
        assert_eq!(say("SCRAM-SHA-256=[name=alice,password=alice-secret]"), "");
        assert_eq!(
            say("SCRAM-SHA-512=[name=alice,iterations=8192,salt=\"N3E=\",saltedpassword=\"YCE=\"]"),
            ""
        );
        assert_eq!(say("foo"), "Failed to find equals sign in SCRAM argument 'foo'");
        assert_eq!(say("SCRAM-SHA-1=[name=a]"), "The add-scram mechanism SCRAM-SHA-1 is not supported.");
        assert_eq!(say("SCRAM-SHA-256=name=a"), "Expected configuration string to start with [");
        assert_eq!(say("SCRAM-SHA-256=[name=a"), "Expected configuration string to end with ]");
        assert_eq!(say("SCRAM-SHA-256=[]"), "No equals sign found in SCRAM component: ");
        assert_eq!(say("SCRAM-SHA-256=[password=x]"), "You must supply 'name' to add-scram");
        assert_eq!(
            say("SCRAM-SHA-256=[name=a]"),
            "You must supply one of 'password' or 'saltedpassword' to add-scram"
        );
        assert_eq!(
            say("SCRAM-SHA-256=[name=a,password=x,iterations=10]"),
            "The 'iterations' value must be >= 4096 for add-scram using SCRAM_SHA_256"
        );
        assert_eq!(say("SCRAM-SHA-256=[name=a,password=x,b=1,a=2]"), "Unknown SCRAM configurations: a, b");
    }
}
