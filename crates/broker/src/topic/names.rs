//! The rules for a topic's name (`org.apache.kafka.common.internals.Topic`).

/// Why a name is not allowed, in Kafka's words (`Topic.validate`); `None` if it is.
pub fn invalid_topic_reason(name: &str) -> Option<String> {
    const MAX_NAME_LENGTH: usize = 249;
    let reason = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." => "'.' is not allowed".to_owned(),
        ".." => "'..' is not allowed".to_owned(),
        _ if name.encode_utf16().count() > MAX_NAME_LENGTH => {
            format!("the length of '{name}' is longer than the max allowed length {MAX_NAME_LENGTH}")
        }
        _ if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) => format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ),
        _ => return None,
    };
    Some(format!("Topic name is invalid: {reason}"))
}

/// The name by which `.` and `_` collide: both become `_` in names of metrics (`Topic.unifyCollisionChars`).
pub fn unify_collision_chars(name: &str) -> String {
    name.replace('.', "_")
}
