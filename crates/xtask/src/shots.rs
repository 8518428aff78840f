//! `cargo xtask shots`: the built site at three sizes, light and dark, into
//! `target/shots/`. Only `--readme` and `--social` write into the tree.

use crate::args::Flags;
use crate::build::{self, Kind, PLAY, dist};
use crate::process::{root, run as run_command, say};
use crate::{Done, site_server, tools};

/// Takes the screenshots.
///
/// # Errors
/// If there is no built site, or the page reports an error while it is shown.
pub fn run(args: &[String]) -> Done {
    let mut flags = Flags::new(args);
    let fresh = flags.take("--build");
    let readme = flags.take("--readme");
    let social = flags.take("--social");
    let hash = flags.value("--hash")?.unwrap_or_default();
    let script = flags.value("--eval")?.unwrap_or_default();
    let wait: u32 = flags.number("--wait")?.unwrap_or(0);
    flags.end()?;
    if fresh {
        build::build(Kind::Release)?;
    } else {
        build::must_exist()?;
    }
    let browser = tools::browser()?;
    tools::node_packages()?;
    let server = site_server::start(&dist(), "/", "127.0.0.1", 0)?;
    let folder = root().join("target/shots");
    say("taking screenshots");
    let mut command = tools::node_script()?;
    if social {
        command.arg("tests/browser/social.js");
        command.arg(serde_json::json!({ "static": root().join("static") }).to_string());
    } else {
        command.arg("tests/browser/shots.js");
        command.arg(serde_json::json!({ "folder": folder, "readme": readme, "hash": hash, "eval": script, "wait": wait }).to_string());
    }
    command.env("MILLRACE_URL", server.url + PLAY).env("MILLRACE_CHROMIUM", browser.chromium);
    run_command(&mut command)
}
