//! A pipeline as Java: a whole class for Kafka Streams 4.x, to be taken home and compiled.
//!
//! One stage becomes one call of the DSL, in the order in which the pipeline's topology was built, so that
//! `Topology.describe()` prints the same here and there. Keys and values are texts, counts are `Long`, sums are exact
//! decimals as text; expressions call small methods at the class's end, as many as it needs. What the DSL does not
//! hand to its functions (headers, offset, …) a processor in the stage's place asks for.
//!
//! Plain text from plain data: nothing here is needed to run a pipeline.

mod call;
mod folds;
mod stages;
mod tables;
mod types;

use crate::language::Pipeline;
use millrace_expr::java::HELPERS;
use millrace_model::Set;
use std::fmt;

/// Why a pipeline has no Java.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoJava {
    /// The stage, as it is written.
    pub stage: String,
    /// Why not.
    pub why: &'static str,
}

impl fmt::Display for NoJava {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has no Java: {}", self.stage, self.why)
    }
}

impl std::error::Error for NoJava {}

impl Pipeline {
    /// A Java class that does the same as this pipeline in an application with this `application.id`.
    ///
    /// # Errors
    /// The first stage that the DSL's types do not allow, or that asks for what a function is not given.
    pub fn to_java(&self, application_id: &str) -> Result<String, NoJava> {
        let calls = stages::print(self.stages())?;
        Ok(class(application_id, &calls))
    }
}

/// The classes that may be needed, each with its package, in the order of Java's imports.
const CLASSES: &[&str] = &[
    "com.fasterxml.jackson.core.JsonProcessingException",
    "com.fasterxml.jackson.core.StreamWriteFeature",
    "com.fasterxml.jackson.databind.DeserializationFeature",
    "com.fasterxml.jackson.databind.JsonNode",
    "com.fasterxml.jackson.databind.json.JsonMapper",
    "com.fasterxml.jackson.databind.node.BooleanNode",
    "com.fasterxml.jackson.databind.node.DecimalNode",
    "com.fasterxml.jackson.databind.node.NullNode",
    "com.fasterxml.jackson.databind.node.ObjectNode",
    "com.fasterxml.jackson.databind.node.TextNode",
    "java.math.BigDecimal",
    "java.math.BigInteger",
    "java.math.RoundingMode",
    "java.nio.charset.StandardCharsets",
    "java.time.Duration",
    "java.time.Instant",
    "java.time.ZoneId",
    "java.util.Arrays",
    "java.util.List",
    "java.util.Properties",
    "java.util.function.BinaryOperator",
    "java.util.function.IntUnaryOperator",
    "java.util.function.UnaryOperator",
    "java.util.regex.Pattern",
    "java.util.stream.Stream",
    "java.util.stream.StreamSupport",
    "org.apache.kafka.common.header.Header",
    "org.apache.kafka.common.header.Headers",
    "org.apache.kafka.common.serialization.Serdes",
    "org.apache.kafka.common.utils.Bytes",
    "org.apache.kafka.streams.KafkaStreams",
    "org.apache.kafka.streams.KeyValue",
    "org.apache.kafka.streams.StreamsBuilder",
    "org.apache.kafka.streams.StreamsConfig",
    "org.apache.kafka.streams.Topology",
    "org.apache.kafka.streams.kstream.Branched",
    "org.apache.kafka.streams.kstream.Consumed",
    "org.apache.kafka.streams.kstream.EmitStrategy",
    "org.apache.kafka.streams.kstream.Grouped",
    "org.apache.kafka.streams.kstream.JoinWindows",
    "org.apache.kafka.streams.kstream.Joined",
    "org.apache.kafka.streams.kstream.KStream",
    "org.apache.kafka.streams.kstream.Materialized",
    "org.apache.kafka.streams.kstream.Produced",
    "org.apache.kafka.streams.kstream.Repartitioned",
    "org.apache.kafka.streams.kstream.SessionWindows",
    "org.apache.kafka.streams.kstream.SlidingWindows",
    "org.apache.kafka.streams.kstream.StreamJoined",
    "org.apache.kafka.streams.kstream.Suppressed",
    "org.apache.kafka.streams.kstream.TimeWindows",
    "org.apache.kafka.streams.kstream.Window",
    "org.apache.kafka.streams.kstream.Windowed",
    "org.apache.kafka.streams.kstream.WindowedSerdes",
    "org.apache.kafka.streams.processor.RecordContext",
    "org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor",
    "org.apache.kafka.streams.processor.api.ContextualProcessor",
    "org.apache.kafka.streams.processor.api.FixedKeyRecord",
    "org.apache.kafka.streams.processor.api.Record",
    "org.apache.kafka.streams.processor.api.RecordMetadata",
    "org.apache.kafka.streams.state.KeyValueStore",
    "org.apache.kafka.streams.state.SessionStore",
    "org.apache.kafka.streams.state.WindowStore",
];

fn class(application_id: &str, calls: &str) -> String {
    let mut body = String::new();
    body.push_str("public final class ");
    body.push_str(&class_name(application_id));
    body.push_str(
        " {\n    static Topology topology() {\n        StreamsBuilder builder = new StreamsBuilder();\n",
    );
    body.push_str(calls);
    body.push_str("        return builder.build();\n    }\n");
    body.push_str(CONFIG_BEFORE);
    body.push_str(&millrace_expr::java::java_text(application_id));
    body.push_str(CONFIG_AFTER);
    let mut out = String::from("// Kafka Streams 4.x: org.apache.kafka:kafka-streams");
    let source = source(body, calls);
    if source.contains("JsonMapper") {
        out.push_str(", com.fasterxml.jackson.core:jackson-databind");
    }
    out.push('\n');
    out + &source
}

/// A class as far as its own methods go, with the helpers that `calls` need behind them, the brace that ends it, and the
/// imports of all that before it.
pub fn source(mut body: String, calls: &str) -> String {
    for helper in helpers(calls) {
        body.push('\n');
        for line in helper.lines() {
            body.push_str("    ");
            body.push_str(line);
            body.push('\n');
        }
    }
    body.push_str("}\n");
    let mut out = String::new();
    let mut last = "";
    for class in CLASSES {
        let (_, name) = class.rsplit_once('.').unwrap_or(("", class));
        if !has_word(&body, name) {
            continue;
        }
        let group = class.split('.').next().unwrap_or("");
        if group != last {
            out.push('\n');
            last = group;
        }
        out.push_str("import ");
        out.push_str(class);
        out.push_str(";\n");
    }
    out.push('\n');
    out + &body
}

const CONFIG_BEFORE: &str = "
    static Properties config() {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, ";
const CONFIG_AFTER: &str = ");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, \"localhost:9092\");
        config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        // Every update goes on at once; the default cache of 10 MB holds them back until the next commit.
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0L);
        return config;
    }

    public static void main(String[] args) {
        KafkaStreams streams = new KafkaStreams(topology(), config());
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
";

/// `orders-per-country` becomes `OrdersPerCountryApp`, which is no class of Kafka's.
fn class_name(application_id: &str) -> String {
    let mut name = String::new();
    let mut starts = true;
    for c in application_id.chars() {
        if !c.is_ascii_alphanumeric() {
            starts = true;
            continue;
        }
        if name.is_empty() && c.is_ascii_digit() {
            name.push('N');
        }
        name.push(if starts { c.to_ascii_uppercase() } else { c });
        starts = false;
    }
    name.push_str("App");
    name
}

/// The methods that the calls need, and those that these need, as they stand in the list.
fn helpers(calls: &str) -> Vec<&'static str> {
    let all: Vec<(&str, &str)> = HELPERS.split("\n\n").map(|text| (helper_name(text), text)).collect();
    let mut needed: Set<&str> = Set::new();
    let mut texts = vec![calls];
    while let Some(text) = texts.pop() {
        for (name, helper) in &all {
            if calls_it(text, name) && !needed.contains(helper) {
                needed.insert(helper);
                texts.push(helper);
            }
        }
    }
    all.into_iter().map(|(_, text)| text).filter(|text| needed.contains(text)).collect()
}

/// What a helper declares: the word before its first bracket, or before the `=` of a constant.
fn helper_name(text: &str) -> &str {
    let line = text.lines().find(|line| line.starts_with("static")).unwrap_or("");
    let end = line.find(" =").unwrap_or(line.len()).min(line.find('(').unwrap_or(line.len()));
    line.get(..end).unwrap_or("").rsplit(' ').next().unwrap_or("")
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// True where a helper's name stands in front of a bracket (or, of the constant, a point), and not behind a point.
fn calls_it(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back()).unwrap_or(' ');
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next()).unwrap_or(' ');
        !in_word(before)
            && before != '.'
            && before != '"'
            && (after == '(' || (after == '.' && name == "JSON"))
    })
}

fn has_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back()).unwrap_or(' ');
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next()).unwrap_or(' ');
        !in_word(before) && before != '.' && before != '"' && !in_word(after)
    })
}
