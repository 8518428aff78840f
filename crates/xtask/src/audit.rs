//! `cargo xtask audit`: Lighthouse with its mobile emulation on the built site's
//! pages. Its scores for speed depend on the machine; run it when that is quiet.

use crate::args::Flags;
use crate::build::{self, dist};
use crate::process::{run as run_command, say};
use crate::{Done, tools};

/// The pages that are looked at, if they were built.
const PAGES: [&str; 4] = ["", "play/", "l/L03/", "gallery/"];

/// Audits.
///
/// # Errors
/// If there is no built site, Lighthouse cannot be had, or a score is too low.
pub fn run(args: &[String]) -> Done {
    let mut flags = Flags::new(args);
    let only = flags.value("--page")?;
    flags.end()?;
    build::must_exist()?;
    let pages: Vec<&str> = match &only {
        Some(page) => vec![page.trim_start_matches('/')],
        None => PAGES.into_iter().filter(|page| dist().join(page).join("index.html").is_file()).collect(),
    };
    let browser = tools::browser()?;
    tools::lighthouse()?;
    say("auditing (about half a minute a page)");
    let wish = serde_json::json!({
        "dist": dist(),
        "pages": pages,
        "least": { "performance": 90, "accessibility": 100, "best-practices": 100 },
    });
    let mut command = tools::node_script()?;
    command.arg("tests/audit/audit.js").arg(wish.to_string()).env("MILLRACE_CHROMIUM", browser.chromium);
    run_command(&mut command)
}
