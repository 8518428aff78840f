//! The clients in Python, for `confluent-kafka`.

use crate::clients::{self, Course, Piece, fill};
use crate::comment::block;
use crate::plan::{App, Plan, Producer};
use crate::quote::{python, stems};
use crate::{Check, File, librdkafka};

const CONSUMER: &str = include_str!("templates/consumer.py");
const PRODUCER: &str = include_str!("templates/producer.py");
const REPLAY: &str = include_str!("templates/replay.py");
const REQUIREMENTS: &str = "# librdkafka 2.8 or later comes with it.\nconfluent-kafka>=2.8,<3\n";

/// All files of `python/`.
pub(crate) fn files(plan: &Plan) -> Vec<File> {
    let mut files = vec![
        File::new("python/requirements.txt", REQUIREMENTS.to_owned(), Check::Text),
        File::program("python/replay.py", REPLAY.to_owned(), Check::Python),
    ];
    let groups = stems(plan.apps.iter().map(|app| app.config.group.as_str()));
    for (app, stem) in plan.apps.iter().zip(groups) {
        let name = format!("consumer_{stem}.py");
        files.push(File::program(format!("python/{name}"), consumer(app, plan, &name), Check::Python));
    }
    let names = stems(plan.producers.iter().map(|producer| &*producer.name));
    for (one, stem) in plan.producers.iter().zip(names) {
        files.push(File::program(format!("python/producer_{stem}.py"), producer(one, plan), Check::Python));
    }
    files
}

fn consumer(app: &App, plan: &Plan, file: &str) -> String {
    let course = Course::of(app);
    let (set, lacking) = librdkafka::of_consumer(app, plan);
    let stages: Vec<String> = course
        .stages
        .iter()
        .map(|stage| {
            let next = stage.next.map_or("None".to_owned(), |next| next.to_string());
            format!("({}, {}, {next})", python(&stage.suffix), stage.delay_ms)
        })
        .collect();
    let optional = |text: &Option<String>| text.as_deref().map_or("None".to_owned(), python);
    fill(
        CONSUMER,
        &[
            ("ABOUT", head(&clients::about(app))),
            ("FILE", file.to_owned()),
            ("GROUP", python(app.config.group.as_str())),
            ("TOPICS", list(librdkafka::topics(app).iter().map(|topic| python(topic)))),
            ("CONFIG", settings(&set)),
            ("LACKING", remarks(&lacking)),
            ("AT_ONCE", librdkafka::at_once(app).to_string()),
            ("COMMIT", python(clients::commit(app.config.commit).0)),
            ("IN_PLACE", course.in_place.to_string()),
            ("PAUSES", list(course.pauses.iter().map(|ms| seconds(*ms)))),
            ("STAGES", list(stages.into_iter())),
            ("ATTEMPTS", course.attempts.to_string()),
            ("DEAD_SUFFIX", optional(&course.dead_suffix)),
            ("DEAD_TOPIC", optional(&course.dead_topic)),
            ("STOPS", if course.stops { "True" } else { "False" }.to_owned()),
            ("IDEMPOTENT", if librdkafka::is_idempotent(app) { "True" } else { "False" }.to_owned()),
            ("WORK", seconds(clients::work_ms(app))),
            ("FAILS", block("    ", "#", &clients::failures(app))),
        ],
    )
}

fn producer(producer: &Producer, plan: &Plan) -> String {
    let (set, lacking) = librdkafka::of_producer(producer, plan);
    let workload = producer.workload.as_ref();
    let topic = workload.and_then(|workload| workload.topic.as_ref()).unwrap_or(&producer.topic);
    let value = workload.map_or_else(|| "\"\"".to_owned(), |workload| value(&workload.value));
    let keys = workload.map(|workload| &*workload.keys).unwrap_or_default();
    let weights = workload.map(clients::weights).unwrap_or_default();
    fill(
        PRODUCER,
        &[
            ("ABOUT", head(&clients::about_producer(producer, plan))),
            ("TOPIC", python(topic.as_str())),
            ("CONFIG", settings(&set)),
            ("LACKING", remarks(&lacking)),
            ("RATE", workload.map_or(0, |workload| workload.rate).to_string()),
            ("KEYS", list(keys.iter().map(|key| python(key)))),
            ("WEIGHTS", list(weights.iter().map(u64::to_string))),
            ("LATE_PERCENT", workload.map_or(0, |workload| workload.late_percent).to_string()),
            ("LATE_BY_MS", workload.map_or(1, |workload| workload.late_by.as_millis().max(1)).to_string()),
            ("VALUE", value),
        ],
    )
}

fn value(text: &str) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => python(text),
        Piece::Number => "str(n)".to_owned(),
        Piece::Between(low, high) => format!("str(random.randint({low}, {high}))"),
    };
    let pieces: Vec<String> = clients::pieces(text).iter().map(piece).collect();
    if pieces.is_empty() { "\"\"".to_owned() } else { pieces.join(" + ") }
}

fn head(lines: &[String]) -> String {
    block("", "#", lines).trim_end().to_owned()
}

/// A block of remarks where a line is free for it.
fn remarks(lines: &[String]) -> String {
    head(lines)
}

fn settings(set: &[(&'static str, String)]) -> String {
    set.iter().map(|(key, value)| format!("    {}: {},\n", python(key), python(value))).collect()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// Milliseconds as seconds.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
