//! A scenario's own `partitioner.class` in Java: the expression over key and value, hashed as keys are
//! (`org.apache.kafka.clients.producer.Partitioner`; `client::producer` has the same rule).

use crate::plan::Producer;
use millrace_expr::Expr;

/// The class that places the records of a producer: none if it has no rule, or one that has no Java.
pub(crate) fn class(producer: &Producer, name: &str) -> Option<String> {
    let rule = producer.config.partitioner_rule.as_deref()?;
    let call = Expr::parse(rule).ok()?.to_java().ok()?;
    let body = [
        "public final class ",
        name,
        " implements org.apache.kafka.clients.producer.Partitioner {\n",
        "    /** What is hashed in place of the key; the key itself where the rule comes to nothing. */\n",
        "    static byte[] subject(String key, String value, byte[] keyBytes) {\n        try {\n            String rule = text(",
        &call,
        ");\n            if (rule != null) {\n                return rule.getBytes(java.nio.charset.StandardCharsets.UTF_8);\n            }\n",
        "        } catch (RuntimeException notThisRecord) {\n            // The rule does not fit the record.\n        }\n",
        "        return keyBytes == null ? new byte[0] : keyBytes;\n    }\n\n",
        "    @Override\n    public int partition(String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes,\n",
        "            org.apache.kafka.common.Cluster cluster) {\n",
        "        int partitions = cluster.partitionsForTopic(topic).size();\n",
        "        int hash = org.apache.kafka.common.utils.Utils.murmur2(subject((String) key, (String) value, keyBytes));\n",
        "        return org.apache.kafka.common.utils.Utils.toPositive(hash) % partitions;\n    }\n\n",
        "    @Override\n    public void configure(java.util.Map<String, ?> settings) {\n    }\n\n",
        "    @Override\n    public void close() {\n    }\n",
    ]
    .concat();
    // `text` is one of the helpers, too.
    let source = millrace_streams::java::source(body, &["text(", &call].concat());
    Some(["// The scenario's own partitioner.class.\npackage scenario;\n", &source].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::Profile;
    use millrace_model::config::producer::ProducerConfig;

    fn producer(rule: Option<&str>) -> Producer {
        let config = ProducerConfig {
            partitioner_rule: rule.map(Into::into),
            ..ProducerConfig::defaults(Profile::V4)
        };
        Producer { name: "till".to_owned(), topic: "orders".into(), config, workload: None }
    }

    #[test]
    fn a_rule_becomes_a_class_that_hashes_it_as_the_client_hashes_keys() {
        let text =
            class(&producer(Some("if key == \"vip\" then value.order else key")), "TillPartitioner").unwrap();
        assert!(text.contains(
            "public final class TillPartitioner implements org.apache.kafka.clients.producer.Partitioner"
        ));
        assert!(text.contains("text((same(str(key), str(\"vip\"))"), "{text}");
        for helper in [
            "static String text(",
            "static boolean same(",
            "static JsonNode str(",
            "import com.fasterxml.jackson.databind.JsonNode;",
        ] {
            assert!(text.contains(helper), "{helper}: {text}");
        }
        assert!(text.contains("Utils.toPositive(hash) % partitions"));
        assert_eq!(class(&producer(None), "X"), None);
    }
}
