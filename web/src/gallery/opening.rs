//! The first scene's script as commands: a first visit reads no text, so that what reads texts comes later. It is carried out
//! in slices before the page is built.
//!
//! A test holds it to the script.

use crate::grown;
use millrace_client::listener::{FailureRule, RetryPolicy, RetryTopics};
use millrace_expr::Expr;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::config::streams::StreamsConfig;
use millrace_model::config::topic::TopicConfig;
use millrace_model::{GroupId, Span, Time, TopicName};
use millrace_script::{Runner, Statement};
use millrace_sim::{AppConfig, Command, Setup, Skew, Timeline, Workload};
use millrace_view::Marks;
use std::cell::RefCell;
use std::sync::Arc;

const FAILS: &str = "value.amount < 0";
const PIPELINE: &str =
    "stream orders | group by key | window tumbling 10s grace 5s | count | to orders-per-customer";
const KEYS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

/// Steps that one slice makes at most.
const SLICE: usize = 60;

thread_local! {
    static READY: RefCell<Option<(Timeline, Marks)>> = const { RefCell::new(None) };
}

/// The first scene, its script carried out, and as many of its marks as have been read.
pub fn opening() -> (Timeline, Marks) {
    READY.take().unwrap_or_else(|| {
        let mut opening = Opening::begin();
        while !opening.go_on() {}
        (opening.finish(), Marks::default())
    })
}

/// Carries its script out in slices, a task each, so that [`opening`] has it at hand; then goes on.
pub fn ready(then: impl FnOnce() + 'static) {
    go_on(Opening::begin(), then);
}

fn go_on(mut opening: Opening, then: impl FnOnce() + 'static) {
    if !opening.go_on() {
        return grown::then(move || go_on(opening, then));
    }
    let timeline = opening.finish();
    grown::then(move || {
        let mut marks = Marks::default();
        marks.read(timeline.branch());
        READY.set(Some((timeline, marks)));
        grown::then(then);
    });
}

/// The first scene on its way.
struct Opening {
    runner: Runner,
    statements: std::vec::IntoIter<Statement>,
    until: Option<Time>,
}

impl Opening {
    fn begin() -> Opening {
        Opening { runner: Runner::new(Setup::default()), statements: statements().into_iter(), until: None }
    }

    /// Goes on for one slice; true once all is done. A test runs it, so that nothing in it can fail; if it did, what has come
    /// about so far would be shown.
    fn go_on(&mut self) -> bool {
        if let Some(until) = self.until {
            let is_there = self.runner.advance(until, SLICE).unwrap_or(true);
            self.until = (!is_there).then_some(until);
            return false;
        }
        match self.statements.next() {
            Some(Statement::Wait(span)) => self.until = Some(self.runner.timeline().world().now() + span),
            Some(statement) => return self.runner.run_owned(statement).is_err(),
            None => return true,
        }
        false
    }

    fn finish(self) -> Timeline {
        let mut timeline = self.runner.into_timeline();
        timeline.forget_undo();
        timeline
    }
}

fn statements() -> Vec<Statement> {
    let profile = Setup::default().profile;
    let orders = TopicName::from("orders");
    let checkout: Arc<str> = "checkout".into();
    let mut billing = AppConfig::new(GroupId::from("billing"), vec![orders.clone()], profile);
    billing.work = Span::from_millis(300);
    billing.failures.extend(Expr::parse(FAILS).map(|when| FailureRule {
        when,
        exception: "IllegalStateException".into(),
        message: FAILS.into(),
        fatal: false,
    }));
    billing.retry = RetryPolicy::RetryTopics(RetryTopics::default());
    let workload = Workload {
        rate: 2,
        keys: KEYS.map(Arc::from).to_vec(),
        skew: Skew::Even,
        value: r#"{"amount": ${-5..60}}"#.into(),
        late_percent: 8,
        late_by: Span::from_secs(25),
        topic: None,
        is_per_record: false,
    };
    let commands = [
        Command::SetNetwork { latency: Span::from_millis(300) },
        Command::CreateTopic {
            topic: orders.clone(),
            partitions: Some(3),
            replication_factor: None,
            config: TopicConfig::default(),
        },
        Command::StartProducer {
            name: checkout.clone(),
            topic: orders,
            config: Box::new(ProducerConfig::defaults(profile)),
        },
        Command::StartApp { app: Box::new(billing), instances: 2 },
        Command::StartStreams {
            name: "analytics".into(),
            pipeline: PIPELINE.into(),
            config: Box::new(StreamsConfig { statestore_cache_max_bytes: 0, ..StreamsConfig::default() }),
            instances: 1,
        },
        Command::SetWorkload { producer: checkout, workload: Some(workload) },
    ];
    let mut statements: Vec<Statement> = commands.into_iter().map(Statement::Do).collect();
    statements.push(Statement::Wait(Span::from_secs(26)));
    statements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::SCENES;
    use crate::session::Loading;
    use millrace_script::parse_script;

    #[test]
    fn it_is_the_script_of_the_first_scene() {
        let (read, problems) = parse_script(SCENES[0].script, Setup::default().profile);
        assert_eq!(problems, []);
        let read: Vec<Statement> = read.into_iter().map(|(_, statement)| statement).collect();
        assert_eq!(statements(), read);
    }

    #[test]
    fn it_opens_as_the_gallery_does() {
        let chosen = Loading::at_once(SCENES[0].script).unwrap();
        let (opened, _) = opening();
        assert_eq!(opened.world().state_hash(), chosen.world().state_hash());
        assert!(opened.undoable().is_none());
    }
}
