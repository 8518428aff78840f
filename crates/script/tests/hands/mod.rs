//! How a test carries lines out: every one must be well formed, and do what it says.

#![allow(missing_docs, clippy::panic)]

use millrace_model::Profile;
use millrace_script::{Runner, parse_script};
use millrace_sim::Setup;

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
