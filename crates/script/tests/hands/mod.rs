//! How a test carries lines out: every one must be well formed, and do what it says.

// Each test takes of it what it needs.
#![allow(missing_docs, dead_code, clippy::panic, clippy::unwrap_used)]

use millrace_client::producer::{ProducerEvent, TransactionEvent, TransactionState};
use millrace_model::{Profile, Span};
use millrace_script::{Expectation, Failure, Runner, Statement, parse_line, parse_script};
use millrace_sim::node::Kind;
use millrace_sim::{Actor, Fact, Setup, Timeline, World};

/// A world of its own in which these lines were carried out.
pub fn run(script: &str) -> Runner {
    let mut runner = Runner::new(Setup::default());
    go_on(&mut runner, script);
    runner
}

/// Carries more lines out.
pub fn go_on(runner: &mut Runner, script: &str) {
    let (statements, problems) = parse_script(script, Profile::default());
    let said: Vec<String> = problems.iter().map(|problem| problem.sentence()).collect();
    assert!(said.is_empty(), "{said:?}");
    for (line, statement) in statements {
        runner.run(&statement).unwrap_or_else(|failure| panic!("line {}: {failure}", line.0));
    }
}

/// Runs a script and says which of its expectations are not met, and which of its lines are refused.
pub fn complaints(script: &str) -> Vec<String> {
    let (statements, problems) = parse_script(script, Profile::default());
    let said: Vec<String> = problems.iter().map(|problem| problem.sentence()).collect();
    assert!(said.is_empty(), "{said:?}");
    let mut runner = Runner::new(Setup::default());
    let failures = statements.iter().filter_map(|(line, statement)| match runner.run(statement) {
        Ok(_) => None,
        Err(Failure::Unmet(sentence)) => Some(sentence),
        Err(Failure::Refused(refusal)) => Some(refusal.to_string()),
        Err(other) => panic!("line {}: {other}", line.0),
    });
    failures.collect()
}

/// A script whose expectations are all met.
pub fn holds(script: &str) {
    assert_eq!(complaints(script), Vec::<String>::new());
}

/// An expectation, which is written as it is printed.
pub fn expectation(text: &str) -> Expectation {
    match parse_line(&format!("expect {text}"), Profile::default()) {
        Ok(Some(Statement::Expect(expectation))) => {
            assert_eq!(expectation.to_string(), text);
            expectation
        }
        other => panic!("{text}: {other:?}"),
    }
}

/// The history of a world in which these lines were carried out and no broker refused anything.
pub fn accepted(script: &str) -> Timeline {
    let (lines, problems) = parse_script(script, Profile::default());
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let mut runner = Runner::new(Setup::default());
    for (number, line) in &lines {
        let done = runner.run(line).map(|answer| answer.refused);
        assert_eq!(done, Ok(None), "line {}", number.0);
    }
    runner.into_timeline()
}

/// A world to which lines are given one after the other. What a test looks at besides, it adds itself.
pub struct Scene(pub Runner);

impl Scene {
    /// An empty world.
    pub fn of(seed: u64) -> Scene {
        Scene(Runner::new(Setup { seed, profile: Profile::V4 }))
    }

    /// Carries a line out; what it was refused with, if it was.
    pub fn try_line(&mut self, line: &str) -> Result<(), String> {
        let statement = parse_line(line, Profile::V4).unwrap().unwrap();
        match self.0.run(&statement) {
            Ok(answer) => answer.refused.map_or(Ok(()), |words| Err(words.to_string())),
            Err(Failure::Refused(refusal)) => Err(refusal.to_string()),
            Err(failure) => panic!("{line}: {failure}"),
        }
    }

    /// Carries a line out, which must do.
    pub fn line(&mut self, line: &str) {
        assert_eq!(self.try_line(line), Ok(()), "{line}");
    }

    /// Carries lines out, which must do.
    pub fn lines(&mut self, lines: &[&str]) {
        lines.iter().for_each(|line| self.line(line));
    }

    /// Lets so many milliseconds pass.
    pub fn wait(&mut self, ms: u64) {
        let until = self.world().now() + Span::from_millis(ms);
        self.0.run_until(until).unwrap();
    }

    pub fn world(&self) -> &World {
        self.0.timeline().world()
    }

    /// The state of a producer's transactions.
    pub fn state(&self, name: &str) -> TransactionState {
        let (_, node) = self.world().producer(name).unwrap();
        let Kind::Producer(producer) = &node.kind else { panic!("{name} is no producer") };
        producer.client.transaction_state().unwrap()
    }

    /// The exceptions that a producer's calls have thrown, the newest first.
    pub fn thrown(&self, name: &str) -> Vec<&'static str> {
        let timeline = self.0.timeline();
        let (id, _) = timeline.world().producer(name).unwrap();
        let entries = timeline.branch().entries_before(timeline.world().steps());
        let class = |event: &ProducerEvent| match event {
            ProducerEvent::RecordsFailed { failure, .. } => Some(failure.class),
            ProducerEvent::Transaction(event) => match &**event {
                TransactionEvent::CallReturned { failure, .. } => failure.as_ref().map(|f| f.class),
                _ => None,
            },
            _ => None,
        };
        entries
            .filter(|entry| entry.actor == Actor::Node(id))
            .filter_map(|entry| match &entry.fact {
                Fact::Producer(event) => class(event).and_then(|class| class.rsplit('.').next()),
                _ => None,
            })
            .collect()
    }
}
