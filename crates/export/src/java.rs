//! The clients in Java, for `kafka-clients`.

use crate::clients::{self, Course, Piece, fill};
use crate::comment;
use crate::partitioner;
use crate::plan::{App, Plan, Producer};
use crate::quote::{java, stems};
use crate::{Check, File};
use millrace_model::config::producer::Partitioner;
use millrace_script::properties;

const CONSUMER: &str = include_str!("templates/Consumer.java");
const PRODUCER: &str = include_str!("templates/Producer.java");
const POM: &str = include_str!("templates/clients-pom.xml");
const PLACE: &str = "java/src/main/java/scenario";
/// What a partitioner's rule reads values with.
const JACKSON: &str = "    <dependency>
      <groupId>com.fasterxml.jackson.core</groupId>
      <artifactId>jackson-databind</artifactId>
      <version>2.17.2</version>
    </dependency>
";

/// All files of `java/`; none if there is no client.
pub(crate) fn files(plan: &Plan) -> Vec<File> {
    let mut files = Vec::new();
    let groups = stems(plan.apps.iter().map(|app| app.config.group.as_str()));
    for (app, stem) in plan.apps.iter().zip(groups) {
        let class = class(&stem, "Consumer");
        let text = consumer(app, plan, &class);
        files.push(File::new(format!("{PLACE}/{class}.java"), text, Check::Java));
    }
    let names = stems(plan.producers.iter().map(|producer| &*producer.name));
    for (one, stem) in plan.producers.iter().zip(names) {
        let class = class(&stem, "Producer");
        let rule = one.config.partitioner_rule.as_ref().map(|_| partitioner_of(&class));
        let rule = rule.and_then(|name| Some((partitioner::class(one, &name)?, name)));
        let text = producer(one, plan, &class, rule.as_ref().map(|(_, name)| name.as_str()));
        files.push(File::new(format!("{PLACE}/{class}.java"), text, Check::Java));
        if let Some((text, name)) = rule {
            files.push(File::new(format!("{PLACE}/{name}.java"), text, Check::Java));
        }
    }
    if !files.is_empty() {
        let has_rule = files.iter().any(|file| file.path.ends_with("Partitioner.java"));
        let more = if has_rule { JACKSON } else { "" };
        let pom = fill(POM, &[("VERSION", plan.version().to_owned()), ("MORE", more.to_owned())]);
        files.insert(0, File::new("java/pom.xml", pom, Check::Text));
    }
    files
}

/// `CheckoutProducer` places its records by `CheckoutPartitioner`.
fn partitioner_of(class: &str) -> String {
    format!("{}Partitioner", class.strip_suffix("Producer").unwrap_or(class))
}

/// `billing` becomes `BillingConsumer`; stems that differ give classes that differ.
pub(crate) fn class(stem: &str, kind: &str) -> String {
    let mut chars = stem.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(kind.chars()).collect()
}

fn consumer(app: &App, plan: &Plan, class: &str) -> String {
    let course = Course::of(app);
    let stages = course.stages.iter().map(|stage| {
        let next = stage.next.map_or("-1".to_owned(), |next| next.to_string());
        format!("new Stage({}, {}L, {next})", java(&stage.suffix), stage.delay_ms)
    });
    let optional = |text: Option<&str>| text.map_or("null".to_owned(), java);
    let set = properties::of_listener(&app.config, plan.profile);
    fill(
        CONSUMER,
        &[
            ("ABOUT", head(&clients::about(app))),
            ("CLASS", class.to_owned()),
            ("GROUP", java(app.config.group.as_str())),
            ("TOPICS", list(clients::topics(app).iter().map(|topic| java(topic)))),
            ("PATTERN", optional(app.config.pattern.as_ref().map(|pattern| pattern.as_str()))),
            ("CONFIG", settings(&set)),
            ("COMMIT", java(clients::commit(app.config.commit).0)),
            ("IN_PLACE", course.in_place.to_string()),
            ("PAUSES", list(course.pauses.iter().map(|ms| format!("{ms}L")))),
            ("STAGES", list(stages)),
            ("ATTEMPTS", course.attempts.to_string()),
            ("DEAD_SUFFIX", optional(course.dead_suffix.as_deref())),
            ("DEAD_TOPIC", optional(course.dead_topic.as_deref())),
            ("STOPS", course.stops.to_string()),
            ("WORK", clients::work_ms(app).to_string()),
            ("FAILS", remarks("        ", &clients::failures(app))),
        ],
    )
}

/// `rule` is the class that places its records, if it has one of its own.
fn producer(producer: &Producer, plan: &Plan, class: &str, rule: Option<&str>) -> String {
    let workload = producer.workload.as_ref();
    let topic = workload.and_then(|workload| workload.topic.as_ref()).unwrap_or(&producer.topic);
    let mut about = clients::about_producer(producer, plan);
    let mut set = Vec::new();
    for (key, value) in properties::of_producer(&producer.config, plan.profile) {
        match (key, rule, &producer.config.partitioner_rule) {
            ("partitioner.class", Some(name), _) => {
                set.push((key, format!("scenario.{name}")));
                continue;
            }
            ("partitioner.class", None, Some(rule)) => {
                about.push(format!("Not here: the scenario's own partitioner.class, murmur2 of {rule}"));
                continue;
            }
            _ => {}
        }
        match (key, producer.config.partitioner) {
            ("partitioner.class", Partitioner::RoundRobin) => {
                set.push((key, "org.apache.kafka.clients.producer.RoundRobinPartitioner".to_owned()));
            }
            ("partitioner.class", _) => {
                about.push(
                    "In the scenario keys lead where librdkafka puts them (CRC-32); here murmur2.".to_owned(),
                );
            }
            _ => set.push((key, value)),
        }
    }
    let keys = workload.map(|workload| &*workload.keys).unwrap_or_default();
    let weights = workload.map(clients::weights).unwrap_or_default();
    let value = workload.map_or_else(|| "\"\"".to_owned(), |workload| value(&workload.value));
    fill(
        PRODUCER,
        &[
            ("ABOUT", head(&about)),
            ("CLASS", class.to_owned()),
            ("TOPIC", java(topic.as_str())),
            ("CONFIG", settings(&set)),
            ("RATE", workload.map_or(0, |workload| workload.rate).to_string()),
            ("KEYS", list(keys.iter().map(|key| java(key)))),
            ("WEIGHTS", list(weights.iter().map(|weight| format!("{weight}L")))),
            ("LATE_PERCENT", workload.map_or(0, |workload| workload.late_percent).to_string()),
            ("LATE_BY_MS", workload.map_or(1, |workload| workload.late_by.as_millis().max(1)).to_string()),
            ("VALUE", value),
        ],
    )
}

fn value(text: &str) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => java(text),
        Piece::Number => "n".to_owned(),
        Piece::Between(low, high) => format!("between({}, {})", long(*low), long(*high)),
    };
    let mut pieces: Vec<String> = clients::pieces(text).iter().map(piece).collect();
    // What begins with a text is a text.
    if !pieces.first().is_some_and(|first| first.starts_with('"')) {
        pieces.insert(0, "\"\"".to_owned());
    }
    pieces.join(" + ")
}

fn long(n: i64) -> String {
    if n == i64::MIN { "Long.MIN_VALUE".to_owned() } else { format!("{n}L") }
}

fn head(lines: &[String]) -> String {
    remarks("", lines).trim_end().to_owned()
}

pub(crate) fn remarks(indent: &str, lines: &[String]) -> String {
    lines.iter().map(|line| [indent, "// ", &comment::java(line), "\n"].concat()).collect()
}

fn settings(set: &[(&'static str, String)]) -> String {
    set.iter().map(|(key, value)| format!("        config.put({}, {});\n", java(key), java(value))).collect()
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
