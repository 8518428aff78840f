//! The clients in Rust, for `rdkafka`.

use crate::clients::{self, Course, Piece, fill};
use crate::comment;
use crate::plan::{App, Plan, Producer};
use crate::quote::{rust, stems};
use crate::{Check, File, librdkafka};

const CONSUMER: &str = include_str!("templates/consumer.rs.txt");
const PRODUCER: &str = include_str!("templates/producer.rs.txt");
const MANIFEST: &str = "\
# librdkafka itself is built along (a C compiler and make are needed), or found with the feature `dynamic-linking`.
[package]
name = \"scenario\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

[dependencies]
rdkafka = { version = \"0.38\", default-features = false }

[workspace]
";

/// All files of `rust/`; none if there is no client.
pub(crate) fn files(plan: &Plan) -> Vec<File> {
    let mut files = Vec::new();
    let groups = stems(plan.apps.iter().map(|app| app.config.group.as_str()));
    for (app, stem) in plan.apps.iter().zip(groups) {
        let stem = format!("consumer_{stem}");
        files.push(File::new(format!("rust/src/bin/{stem}.rs"), consumer(app, plan, &stem), Check::Rust));
    }
    let names = stems(plan.producers.iter().map(|producer| &*producer.name));
    for (one, stem) in plan.producers.iter().zip(names) {
        files.push(File::new(format!("rust/src/bin/producer_{stem}.rs"), producer(one, plan), Check::Rust));
    }
    if !files.is_empty() {
        files.insert(0, File::new("rust/Cargo.toml", MANIFEST.to_owned(), Check::Rust));
    }
    files
}

fn consumer(app: &App, plan: &Plan, stem: &str) -> String {
    let course = Course::of(app);
    let (set, lacking) = librdkafka::of_consumer(app, plan);
    let stages = course.stages.iter().map(|stage| {
        let next = stage.next.map_or("None".to_owned(), |next| format!("Some({next})"));
        format!("({}, {}, {next})", rust(&stage.suffix), stage.delay_ms)
    });
    let optional = |text: &Option<String>| match text {
        Some(text) => format!("Some({})", rust(text)),
        None => "None".to_owned(),
    };
    fill(
        CONSUMER,
        &[
            ("ABOUT", head(&clients::about(app))),
            ("STEM", stem.to_owned()),
            ("GROUP", rust(app.config.group.as_str())),
            ("TOPICS", list(librdkafka::topics(app).iter().map(|topic| rust(topic)))),
            ("CONFIG", settings(&set)),
            ("LACKING", remarks("", "//", &lacking).trim_end().to_owned()),
            ("COMMIT", rust(clients::commit(app.config.commit).0)),
            ("IN_PLACE", course.in_place.to_string()),
            ("PAUSES", list(course.pauses.iter().map(u64::to_string))),
            ("STAGES", list(stages)),
            ("ATTEMPTS", course.attempts.to_string()),
            ("DEAD_SUFFIX", optional(&course.dead_suffix)),
            ("DEAD_TOPIC", optional(&course.dead_topic)),
            ("STOPS", course.stops.to_string()),
            ("IDEMPOTENT", librdkafka::is_idempotent(app).to_string()),
            ("WORK", clients::work_ms(app).to_string()),
            ("FAILS", remarks("    ", "//", &clients::failures(app))),
        ],
    )
}

fn producer(producer: &Producer, plan: &Plan) -> String {
    let (set, lacking) = librdkafka::of_producer(producer, plan);
    let workload = producer.workload.as_ref();
    let topic = workload.and_then(|workload| workload.topic.as_ref()).unwrap_or(&producer.topic);
    let keys = workload.map(|workload| &*workload.keys).unwrap_or_default();
    let weights = workload.map(clients::weights).unwrap_or_default();
    let keys = keys.iter().zip(weights).map(|(key, weight)| format!("({}, {weight})", rust(key)));
    fill(
        PRODUCER,
        &[
            ("ABOUT", head(&clients::about_producer(producer, plan))),
            ("TOPIC", rust(topic.as_str())),
            ("CONFIG", settings(&set)),
            ("LACKING", remarks("", "//", &lacking).trim_end().to_owned()),
            ("RATE", workload.map_or(0, |workload| workload.rate).to_string()),
            ("KEYS", list(keys)),
            ("LATE_PERCENT", workload.map_or(0, |workload| workload.late_percent).to_string()),
            ("LATE_BY_MS", workload.map_or(1, |workload| workload.late_by.as_millis().max(1)).to_string()),
            ("VALUE", value(workload.map_or("", |workload| &workload.value))),
        ],
    )
}

fn value(text: &str) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => format!("{}.to_owned()", rust(text)),
        Piece::Number => "n.to_string()".to_owned(),
        Piece::Between(low, high) => format!("dice.between({}, {}).to_string()", whole(*low), whole(*high)),
    };
    let pieces: Vec<String> = clients::pieces(text).iter().map(piece).collect();
    if pieces.is_empty() { "String::new()".to_owned() } else { format!("[{}].concat()", pieces.join(", ")) }
}

fn whole(n: i64) -> String {
    if n == i64::MIN { "i64::MIN".to_owned() } else { n.to_string() }
}

fn head(lines: &[String]) -> String {
    remarks("", "//!", lines).trim_end().to_owned()
}

fn remarks(indent: &str, sign: &str, lines: &[String]) -> String {
    comment::block(indent, sign, lines)
}

fn settings(set: &[(&'static str, String)]) -> String {
    set.iter().map(|(key, value)| format!("    ({}, {}),\n", rust(key), rust(value))).collect()
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
