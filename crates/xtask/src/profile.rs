//! `cargo xtask profile`: records a first visit in headless Chromium, and
//! writes which functions it did not call into `web/deferred.txt`.

use std::collections::BTreeSet;

use crate::args::Flags;
use crate::build::{self, Kind, dist, play};
use crate::halves::{cold_list, list, module, read, write};
use crate::process::{capture, root, say};
use crate::split::{Deferred, Visit, instrument};
use crate::{Done, site_server, tools};

/// Heads the list.
const HEAD: &str = "\
# Functions that a first visit does not run: the second half of the module.
# Made by `cargo xtask profile`; see docs/decisions/0007. A line that ends in
# `::` or `<` stands for everything that begins so.
";

/// Heads the list of parts.
const COLD_HEAD: &str = "\
# Parts that a first visit does not run of the functions that it calls: the second half takes them, too.
# Made by `cargo xtask profile`; see docs/decisions/0007. A line is a function's shape, the operators behind which
# its cold parts begin, and its path. A function of another shape stays whole.
";

/// Records and writes.
///
/// # Errors
/// If the site cannot be built or shown.
pub fn run(args: &[String]) -> Done {
    Flags::new(args).end()?;
    build::bundle(Kind::Release)?;
    let browser = tools::browser()?;
    tools::node_packages()?;
    let file = module(&play())?;
    let whole = read(&file)?;
    write(&file, &instrument(&whole)?)?;
    say("visiting the page");
    let server = site_server::start(&play(), "/", "127.0.0.1", 0)?;
    let mut visit = tools::node_script()?;
    visit
        .arg("tests/browser/visit.js")
        .env("MILLRACE_URL", server.url)
        .env("MILLRACE_CHROMIUM", browser.chromium);
    let printed = capture(&mut visit)?;
    let marked: BTreeSet<u32> = printed.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let visit = Visit::new(&whole, &marked)?;
    let functions = &visit.functions;
    let list_text = Deferred::from_visit(functions.iter().map(|(path, was)| (path.as_str(), *was))).text();
    write(&list(), format!("{HEAD}{list_text}").as_bytes())?;
    write(&cold_list(), format!("{COLD_HEAD}{}", visit.cold.text()).as_bytes())?;
    // What lies in dist/ now is a site with marks; no one should take it for a build.
    std::fs::remove_dir_all(dist()).map_err(|error| format!("{}: {error}", dist().display()))?;
    let shown = list();
    let shown = shown.strip_prefix(root()).unwrap_or(&shown);
    say(&format!(
        "{} of {} functions were called; the list is {}",
        functions.iter().filter(|(_, was)| *was).count(),
        functions.len(),
        shown.display()
    ));
    Ok(())
}
