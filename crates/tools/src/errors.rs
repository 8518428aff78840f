//! The Java classes behind Kafka's error codes, as the tools' logs name them.

use millrace_model::ErrorCode;
use std::sync::Arc;

/// A refusal of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub error: ErrorCode,
    pub words: Arc<str>,
}

impl Refused {
    /// With the sentence of the answer, or the error's own.
    pub fn new(error: ErrorCode, words: Option<Arc<str>>) -> Refused {
        Refused { error, words: words.unwrap_or_else(|| error.message().into()) }
    }

    /// `org.apache.kafka.common.errors.TopicExistsException: Topic 'a' already exists.`
    pub fn in_java(&self) -> String {
        format!("{}: {}", class(self.error), self.words)
    }
}

/// `org.apache.kafka.common.errors.TopicExistsException`
pub(crate) fn class(error: ErrorCode) -> String {
    format!("org.apache.kafka.common.errors.{}", simple_class(error))
}

/// The exception of an error (`Errors`): mostly its name in another case.
fn simple_class(error: ErrorCode) -> String {
    match error {
        ErrorCode::TopicAlreadyExists => "TopicExistsException".to_owned(),
        ErrorCode::InvalidTopicException => "InvalidTopicException".to_owned(),
        ErrorCode::InvalidConfig => "InvalidConfigurationException".to_owned(),
        ErrorCode::NonEmptyGroup => "GroupNotEmptyException".to_owned(),
        ErrorCode::RequestTimedOut => "TimeoutException".to_owned(),
        ErrorCode::MessageTooLarge => "RecordTooLargeException".to_owned(),
        _ => in_camel_case(error.name()) + "Exception",
    }
}

fn in_camel_case(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_owned() + &rest.to_ascii_lowercase()
    };
    name.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_javas() {
        let shown = |error| simple_class(error);
        assert_eq!(shown(ErrorCode::UnknownTopicOrPartition), "UnknownTopicOrPartitionException");
        assert_eq!(shown(ErrorCode::TopicAlreadyExists), "TopicExistsException");
        assert_eq!(shown(ErrorCode::GroupIdNotFound), "GroupIdNotFoundException");
    }
}
