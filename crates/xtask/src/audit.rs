//! `cargo xtask audit`: Lighthouse with its mobile emulation on the built site's
//! pages. Its scores for speed depend on the machine; run it when that is quiet.

use crate::args::Flags;
use crate::build::{self, dist};
use crate::process::{run as run_command, say};
use crate::{Done, tools};

/// The pages that are looked at, if they were built: each kind of page once, and German ones.
const PAGES: [&str; 9] =
    ["", "play/", "l/L03/", "gallery/", "e/?scenario=orders", "fidelity/", "404.html", "de/", "de/l/L03/"];
/// Times that a page is looked at; the middle one counts, because speeds differ from run to run.
const RUNS: u32 = 3;

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
        None => PAGES.into_iter().filter(|page| is_built(page)).collect(),
    };
    let browser = tools::browser()?;
    tools::lighthouse()?;
    say("auditing (about a minute and a half a page)");
    let wish = serde_json::json!({
        "dist": dist(),
        "pages": pages,
        "runs": RUNS,
        "least": { "performance": 90, "accessibility": 100, "best-practices": 100 },
    });
    let mut command = tools::node_script()?;
    command.arg("tests/audit/audit.js").arg(wish.to_string()).env("MILLRACE_CHROMIUM", browser.chromium);
    run_command(&mut command)
}

/// Whether the site has a page of that address, which may end in a question.
fn is_built(page: &str) -> bool {
    let path = page.split('?').next().unwrap_or_default();
    let file = dist().join(path);
    file.is_file() || file.join("index.html").is_file()
}
