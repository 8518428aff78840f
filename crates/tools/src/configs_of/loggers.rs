//! Loggers of a broker, with their levels: those that Kafka's `config/log4j.properties` names, and the root.
//!
//! A running broker also lists each class that has logged (`Log4jController.loggers`); nothing logs here.

/// Sorted by name, as the tool shows them.
pub(crate) const LOGGERS: [(&str, &str); 11] = [
    ("kafka", "INFO"),
    ("kafka.authorizer.logger", "INFO"),
    ("kafka.controller", "TRACE"),
    ("kafka.log.LogCleaner", "INFO"),
    ("kafka.network.RequestChannel$", "WARN"),
    ("kafka.request.logger", "WARN"),
    ("org.apache.kafka", "INFO"),
    ("org.apache.kafka.controller", "INFO"),
    ("org.apache.zookeeper", "INFO"),
    ("root", "INFO"),
    ("state.change.logger", "INFO"),
];
