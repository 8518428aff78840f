//! What the build script does natively and the test does in the browser: the same lines for both.

use millrace_model::Profile;
use millrace_script::{Runner, parse_script};
use millrace_sim::Setup;

/// The hash of the world after every step of a script, the empty world first.
pub fn hashes(script: &str) -> Vec<u64> {
    let mut runner = Runner::new(Setup::default());
    for (_, statement) in parse_script(script, Profile::default()).0 {
        // An expectation that does not hold is another test's business.
        let _ = runner.run(&statement);
    }
    let mut timeline = runner.into_timeline();
    timeline.seek_step(0);
    let mut hashes = vec![timeline.world().state_hash()];
    while timeline.world().steps() < timeline.branch().step_count() && timeline.step() {
        hashes.push(timeline.world().state_hash());
    }
    hashes
}
