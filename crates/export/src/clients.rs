//! What a scenario's clients are told, whatever the language; and the programs' texts with their holes.

use crate::plan::{App, Plan, Producer};
use millrace_client::listener::backoff::ExponentialBackOff;
use millrace_client::listener::topics::{DestinationKind, RetryTopics};
use millrace_client::listener::{CommitMode, RetryPolicy, Tolerance};
use millrace_model::Span;
use millrace_sim::{Skew, Workload};

/// Fills `@@NAME@@` once: what is filled in is not looked at again.
pub(crate) fn fill(template: &str, holes: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("@@") {
        out.push_str(before);
        let Some((name, after)) = after.split_once("@@") else { break };
        let found = holes.iter().find(|(known, _)| *known == name);
        out.push_str(found.map_or("", |(_, text)| text));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// One stage of an application: its topics themselves, or a retry topic.
pub(crate) struct Stage {
    pub suffix: String,
    pub delay_ms: u64,
    /// Where a record goes that failed here.
    pub next: Option<usize>,
}

/// What an application does with a record that fails.
pub(crate) struct Course {
    /// Deliveries in place.
    pub in_place: u32,
    /// The pauses between them in milliseconds.
    pub pauses: Vec<u64>,
    pub stages: Vec<Stage>,
    /// Deliveries in all stages.
    pub attempts: u32,
    pub dead_suffix: Option<String>,
    pub dead_topic: Option<String>,
    pub stops: bool,
}

/// Pauses that are written out; later ones are as long as the last.
const PAUSES: u32 = 50;

impl Course {
    pub fn of(app: &App) -> Course {
        let main = || Stage { suffix: String::new(), delay_ms: 0, next: None };
        let plain = Course {
            in_place: 1,
            pauses: Vec::new(),
            stages: vec![main()],
            attempts: 1,
            dead_suffix: None,
            dead_topic: None,
            stops: false,
        };
        match &app.config.retry {
            RetryPolicy::None => plain,
            RetryPolicy::Blocking(blocking) => {
                let in_place = blocking.attempts.clamp(1, PAUSES);
                let back_off = ExponentialBackOff { jitter: Span::ZERO, ..blocking.back_off() };
                // Without jitter: the dice of a real application are its own.
                let pauses = (1..in_place).map(|n| back_off.pause(n, 0).as_millis()).collect();
                Course { in_place, pauses, ..plain }
            }
            RetryPolicy::RetryTopics(retry) => Course { stages: stages(retry), ..plain }.with_topics(retry),
            RetryPolicy::Connect(errors) => Course {
                dead_topic: errors.dead_letters.as_ref().map(ToString::to_string),
                stops: errors.tolerance == Tolerance::None,
                ..plain
            },
        }
    }

    fn with_topics(mut self, retry: &RetryTopics) -> Course {
        self.attempts = retry.max_attempts();
        self.dead_suffix = retry.dlt.then(|| retry.dlt_suffix.to_string());
        self
    }
}

fn stages(retry: &RetryTopics) -> Vec<Stage> {
    let chain: Vec<_> =
        retry.chain().into_iter().filter(|next| next.kind != DestinationKind::DeadLetter).collect();
    let mut stages =
        vec![Stage { suffix: String::new(), delay_ms: 0, next: (!chain.is_empty()).then_some(1) }];
    for (at, next) in chain.iter().enumerate() {
        let number = at + 1;
        let following = match next.kind {
            DestinationKind::ReusableRetry => Some(number),
            _ => (number < chain.len()).then_some(number + 1),
        };
        stages.push(Stage {
            suffix: next.suffix.to_string(),
            delay_ms: next.delay.as_millis(),
            next: following,
        });
    }
    stages
}

/// The word for when offsets are committed, and what it leaves unsaid.
pub(crate) fn commit(mode: CommitMode) -> (&'static str, Option<&'static str>) {
    match mode {
        CommitMode::Auto => ("auto", None),
        CommitMode::Batch | CommitMode::Manual => ("batch", None),
        CommitMode::Record | CommitMode::ManualImmediate => ("record", None),
        CommitMode::Before => ("before", None),
        CommitMode::Async => ("async", None),
        CommitMode::Time => ("batch", Some("AckMode.TIME commits by time; here after each batch.")),
        CommitMode::Count => ("batch", Some("AckMode.COUNT commits by count; here after each batch.")),
        CommitMode::CountTime => {
            ("batch", Some("AckMode.COUNT_TIME commits by count and time; here after each batch."))
        }
    }
}

/// What the head of a consumer says, a sentence a line.
pub(crate) fn about(app: &App) -> Vec<String> {
    let config = &app.config;
    let mut out = vec![
        format!("{}: the application of the scenario, in plain client code.", config.group),
        format!("The scenario runs {} of it.", instances(app.instances)),
    ];
    out.extend(commit(config.commit).1.map(str::to_owned));
    match &config.retry {
        RetryPolicy::RetryTopics(retry) => {
            out.push("Retry topics and dead letters as @RetryableTopic of Spring Kafka has them.".to_owned());
            if retry.park_key {
                out.push("Not here: keeping the order of a key while one of its records waits.".to_owned());
            }
            if retry.timeout.is_some() {
                out.push("Not here: the age at which a record is not tried again.".to_owned());
            }
            if retry.dlt_handler.is_some() {
                out.push("Not here: the handler of the dead letters.".to_owned());
            }
        }
        RetryPolicy::Blocking(blocking) => {
            out.push(
                "A record that fails is tried again in place, and blocks its partition meanwhile.".to_owned(),
            );
            if blocking.attempts > PAUSES {
                out.push(format!("The scenario tries {} times; here {PAUSES}.", blocking.attempts));
            }
        }
        RetryPolicy::Connect(_) => {
            out.push("In the scenario a sink task of Kafka Connect: here its way with errors.".to_owned());
        }
        RetryPolicy::None => out.push("A record that fails is logged and skipped.".to_owned()),
    }
    if config.guard.is_some() {
        out.push(
            "Not here: what the scenario puts around the listener (breakers, limits, duplicates).".to_owned(),
        );
    }
    if config.threads > 0 {
        out.push(format!("Not here: the pool of {} threads.", config.threads));
    }
    out
}

pub(crate) fn instances(n: u32) -> String {
    if n == 1 { "1 instance".to_owned() } else { format!("{n} instances") }
}

/// When the scenario's listener fails, a sentence a line.
pub(crate) fn failures(app: &App) -> Vec<String> {
    let rule = |rule: &millrace_client::listener::FailureRule| {
        let last = if rule.fatal { ", and is not tried again" } else { "" };
        format!("In the playground this throws {} when: {}{last}", rule.exception, rule.when.text())
    };
    app.config.failures.iter().map(rule).collect()
}

/// The milliseconds that a record takes.
pub(crate) fn work_ms(app: &App) -> u64 {
    app.config.work.as_millis()
}

/// What a consumer reads: topics, or a pattern.
pub(crate) fn topics(app: &App) -> Vec<String> {
    app.config.topics.iter().map(ToString::to_string).collect()
}

/// How often each key of a workload comes, in proportion.
pub(crate) fn weights(workload: &Workload) -> Vec<u64> {
    let keys = workload.keys.len() as u64;
    (1..=keys)
        .map(|n| match workload.skew {
            Skew::Even => 1,
            Skew::Zipf => 720_720 / n,
            Skew::Hot if n == 1 => keys.saturating_sub(1).max(1),
            Skew::Hot => 1,
        })
        .collect()
}

/// A part of a workload's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// `${n}`
    Number,
    /// `${low..high}`
    Between(i64, i64),
}

/// A value's text with its holes; one that makes no sense stays as it is written, as in the playground.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut out = vec![Piece::Text(String::new())];
    let plain = |out: &mut Vec<Piece>, text: &str| match out.last_mut() {
        Some(Piece::Text(last)) => last.push_str(text),
        _ => out.push(Piece::Text(text.to_owned())),
    };
    let mut rest = text;
    while let Some((before, hole)) = rest.split_once("${") {
        plain(&mut out, before);
        match hole.split_once('}').and_then(|(name, after)| Some((piece(name)?, after))) {
            Some((piece, after)) => {
                out.push(piece);
                rest = after;
            }
            None => {
                plain(&mut out, "${");
                rest = hole;
            }
        }
    }
    plain(&mut out, rest);
    out.retain(|piece| *piece != Piece::Text(String::new()));
    out
}

fn piece(name: &str) -> Option<Piece> {
    if name == "n" {
        return Some(Piece::Number);
    }
    let (low, high) = name.split_once("..")?;
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some(Piece::Between(low, high))
}

/// What the head of a producer says.
pub(crate) fn about_producer(producer: &Producer, plan: &Plan) -> Vec<String> {
    let mut out = vec![format!("{}: the producer of the scenario, with its settings.", producer.name)];
    let topic = producer.workload.as_ref().and_then(|workload| workload.topic.as_ref());
    let topic = topic.unwrap_or(&producer.topic);
    if !plan.topics.iter().any(|known| known.name == *topic) {
        out.push(format!("The topic {topic} is not among those of setup.sh."));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_once() {
        let holes = [("A", "@@B@@".to_owned()), ("B", "x".to_owned())];
        assert_eq!(fill("1 @@A@@ 2 @@B@@@@C@@ 3", &holes), "1 @@B@@ 2 x 3");
    }

    #[test]
    fn a_value_is_cut_as_the_playground_cuts_it() {
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            pieces("{\"n\": ${n}, \"a\": ${-5..5}} ${x} ${3..1}"),
            [
                text("{\"n\": "),
                Piece::Number,
                text(", \"a\": "),
                Piece::Between(-5, 5),
                text("} ${x} ${3..1}")
            ]
        );
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn retry_topics_of_one_pause_are_read_again_and_again() {
        let retry = |attempts, multiplier_percent| RetryTopics {
            attempts,
            multiplier_percent,
            ..RetryTopics::default()
        };
        let of = |retry: &RetryTopics| -> Vec<_> {
            stages(retry).into_iter().map(|stage| (stage.suffix, stage.delay_ms, stage.next)).collect()
        };
        assert_eq!(
            of(&retry(3, 200)),
            [
                (String::new(), 0, Some(1)),
                ("-retry-0".to_owned(), 1000, Some(2)),
                ("-retry-1".to_owned(), 2000, None)
            ]
        );
        assert_eq!(of(&retry(4, 100)), [(String::new(), 0, Some(1)), ("-retry".to_owned(), 1000, Some(1))]);
        assert_eq!(of(&retry(1, 100)), [(String::new(), 0, None)]);
    }
}
