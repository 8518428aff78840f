//! `cargo xtask profile`: records a first visit in headless Chromium, of the page
//! and of a widget, and writes which functions it did not call into
//! `web/deferred.txt` and `web/embed-deferred.txt`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::args::Flags;
use crate::build::{self, Kind, PLAY, dist, play};
use crate::halves::{Lists, hash, lists, module, read, read_text, write};
use crate::process::{capture, root, say};
use crate::split::{Deferred, Visit, instrument};
use crate::{Done, site_server, tools, widget};

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

/// Records and writes, for the page and for the widget; or for one of them.
///
/// # Errors
/// If a module cannot be built or shown.
pub fn run(args: &[String]) -> Done {
    let mut flags = Flags::new(args);
    let (only_page, only_widget) = (flags.take("--page"), flags.take("--widget"));
    let no_build = flags.take("--no-build");
    flags.end()?;
    if !only_widget {
        build::bundle(Kind::Release)?;
        record("page", &module(&play())?, &lists())?;
    }
    if !only_page {
        if no_build {
            widget::lay(Kind::Release)?
        } else {
            widget::bundle(Kind::Release)?
        }
        let module = module(&widget::home())?;
        // Its pages load it whole.
        widget::write_around(&module, None)?;
        record("widget", &module, &widget::lists())?;
    }
    // What lies in dist/ now is a site with marks; no one should take it for a build.
    std::fs::remove_dir_all(dist()).map_err(|error| format!("{}: {error}", dist().display()))
}

/// Puts marks on a module in the site, has it visited, and writes down what the visit did not run.
fn record(what: &str, file: &Path, lists: &Lists) -> Done {
    let browser = tools::browser()?;
    tools::node_packages()?;
    let whole = read(file)?;
    write(file, &instrument(&whole)?)?;
    say(&format!("visiting the {what}"));
    let server = site_server::start(&dist(), "/", "127.0.0.1", 0)?;
    let mut visit = tools::node_script()?;
    visit
        .args(["tests/browser/visit.js", what])
        .env("MILLRACE_SITE", &server.url)
        .env("MILLRACE_URL", format!("{}{PLAY}", server.url))
        .env("MILLRACE_CHROMIUM", browser.chromium);
    let printed = capture(&mut visit)?;
    let visit = Visit::new(&whole, &with_earlier(what, &whole, numbers(&printed))?)?;
    let functions = &visit.functions;
    let list_text = Deferred::from_visit(functions.iter().map(|(path, was)| (path.as_str(), *was))).text();
    let Lists { deferred, cold } = lists;
    write(deferred, format!("{HEAD}{list_text}").as_bytes())?;
    write(cold, format!("{COLD_HEAD}{}", visit.cold.text()).as_bytes())?;
    let shown = deferred.strip_prefix(root()).unwrap_or(deferred);
    say(&format!(
        "{} of {} functions were called; the list is {}",
        functions.iter().filter(|(_, was)| *was).count(),
        functions.len(),
        shown.display()
    ));
    Ok(())
}

fn numbers(text: &str) -> BTreeSet<u32> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// What this and all earlier recordings of the same module have marked: some moments are rare, and a second recording
/// may meet what the first did not.
fn with_earlier(what: &str, module: &[u8], mut marked: BTreeSet<u32>) -> Result<BTreeSet<u32>, String> {
    let kept = root().join(format!("target/visits/{what}-{}.txt", hash(module)));
    if kept.is_file() {
        marked.append(&mut numbers(&read_text(&kept)?));
    }
    let folder = kept.parent().unwrap_or(&kept);
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let text: Vec<String> = marked.iter().map(u32::to_string).collect();
    write(&kept, text.join(" ").as_bytes())?;
    Ok(marked)
}
