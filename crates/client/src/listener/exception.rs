//! What a listener method throws, and whether it is worth another try (`ExceptionClassifier`).

use millrace_expr::{EvalError, EvalErrorKind};
use std::sync::Arc;

/// An exception thrown while a record was handled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exception {
    /// Its class with the package.
    pub class: Arc<str>,
    /// Its message.
    pub message: Arc<str>,
    /// False for the fatal list and for classes that were declared as not retryable.
    pub retryable: bool,
    /// True if the record could not even be read: the listener method was never called.
    pub deserialization: bool,
}

/// `ListenerExecutionFailedException`, in which the container wraps what the listener method throws.
pub const LISTENER_EXECUTION_FAILED: &str =
    "org.springframework.kafka.listener.ListenerExecutionFailedException";
/// `DeserializationException`, which an `ErrorHandlingDeserializer` leaves in place of the record's value.
pub const DESERIALIZATION: &str = "org.springframework.kafka.support.serializer.DeserializationException";

/// `ExceptionClassifier.defaultFatalExceptionsList()`: never tried again, straight to the dead letters.
pub const FATAL: [&str; 6] = [
    DESERIALIZATION,
    "org.springframework.messaging.converter.MessageConversionException",
    "org.springframework.kafka.support.converter.ConversionException",
    "org.springframework.messaging.handler.invocation.MethodArgumentResolutionException",
    "java.lang.NoSuchMethodException",
    "java.lang.ClassCastException",
];

/// Classes of `java.lang` that a rule may name without their package.
const JAVA_LANG: [&str; 10] = [
    "ArithmeticException",
    "ClassCastException",
    "Exception",
    "IllegalArgumentException",
    "IllegalStateException",
    "IndexOutOfBoundsException",
    "NoSuchMethodException",
    "NullPointerException",
    "RuntimeException",
    "UnsupportedOperationException",
];

/// The class with its package: the fatal list's and `java.lang`'s own, else `com.example` (an application's class).
pub fn class_name(name: &str) -> Arc<str> {
    if name.contains('.') {
        return name.into();
    }
    if JAVA_LANG.contains(&name) {
        return format!("java.lang.{name}").into();
    }
    match FATAL.iter().find(|class| class.rsplit('.').next() == Some(name)) {
        Some(class) => (*class).into(),
        None if name.is_empty() => "java.lang.RuntimeException".into(),
        None => format!("com.example.{name}").into(),
    }
}

impl Exception {
    /// What the application throws by a rule.
    pub fn thrown(class: &str, message: &Arc<str>, fatal: bool) -> Exception {
        let class = class_name(class);
        let deserialization = &*class == DESERIALIZATION;
        let retryable = !fatal && !FATAL.contains(&&*class);
        Exception { class, message: message.clone(), retryable, deserialization }
    }

    /// What a rule that cannot be evaluated on a record comes to: bytes that are no text or no JSON are a
    /// `DeserializationException`, a value of another kind is a `ClassCastException`, the rest an
    /// `IllegalArgumentException`.
    pub fn from_eval(error: &EvalError) -> Exception {
        let class = match error.kind {
            EvalErrorKind::NotUtf8 { .. } | EvalErrorKind::Json(_) => DESERIALIZATION,
            EvalErrorKind::Type { .. } => "java.lang.ClassCastException",
            EvalErrorKind::Number(_) | EvalErrorKind::Argument(_) | EvalErrorKind::TooLarge(_) => {
                "java.lang.IllegalArgumentException"
            }
        };
        Exception::thrown(class, &error.to_string().into(), false)
    }

    /// The class without its package.
    pub fn simple_name(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or(&self.class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn springs_fatal_list_is_not_retried() {
        let retryable = |class: &str| Exception::thrown(class, &"".into(), false).retryable;
        for class in [
            "DeserializationException",
            "MessageConversionException",
            "ConversionException",
            "MethodArgumentResolutionException",
            "NoSuchMethodException",
            "ClassCastException",
        ] {
            assert!(!retryable(class), "{class}");
        }
        assert!(retryable("IllegalStateException"));
        assert!(retryable("com.acme.ClassCastException"));
        assert!(!Exception::thrown("IllegalStateException", &"".into(), true).retryable);
    }

    #[test]
    fn classes_get_their_packages() {
        let names = ["IllegalStateException", "PaymentDeclined", "a.b.C", "ConversionException", ""];
        assert_eq!(
            names.map(|n| class_name(n).to_string()),
            [
                "java.lang.IllegalStateException",
                "com.example.PaymentDeclined",
                "a.b.C",
                "org.springframework.kafka.support.converter.ConversionException",
                "java.lang.RuntimeException"
            ]
        );
        assert_eq!(Exception::thrown("a.b.C", &"".into(), false).simple_name(), "C");
    }
}
