//! Streams applications on several instances and threads, as lines.

#![allow(clippy::unwrap_used, clippy::panic)]

use millrace_model::Profile;
use millrace_script::{Runner, parse_script};
use millrace_sim::Setup;

/// Carries lines out; every one must do what it says.
fn tell(runner: &mut Runner, text: &str) {
    let (statements, problems) = parse_script(text, Profile::default());
    assert!(problems.is_empty(), "{}", problems[0].sentence());
    for (line, statement) in &statements {
        if let Err(failure) = runner.run(statement) {
            panic!("line {}: {failure}", line.0);
        }
    }
}

#[test]
fn scratch() {
    let text = std::fs::read_to_string("/tmp/scratch.mill").unwrap();
    let mut runner = Runner::new(Setup::default());
    let (statements, problems) = parse_script(&text, Profile::default());
    for p in &problems { println!("{}: {}", p.line, p.sentence()); }
    for (line, statement) in &statements {
        match runner.run(statement) {
            Err(failure) => println!("line {}: {failure}", line.0),
            Ok(answer) => if let Some(s) = answer.shown { println!("line {}: {s}", line.0) },
        }
    }
}
