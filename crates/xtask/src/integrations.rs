//! `cargo xtask integrations [NAME]`: what `integrations/` holds, each tested by its own tests, its example site built by
//! the real generator, and the site looked at: every widget of the example stands in it with its loader; if Millrace itself is
//! built, they run in a browser. What could not be built is said, with its reason.
//!
//! Not part of what has to pass before anything lands: it fetches the generators from their registries into
//! `target/integrations`.

use crate::args::{Flags, USAGE};
use crate::build::{self, PLAY, dist};
use crate::export_check::Verdict;
use crate::process::{self, root, say};
use crate::{Done, site_server, tools};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The generators, one version of each.
const PYTHON: [&str; 4] =
    ["mkdocs==1.6.1", "mkdocs-material>=9,<10", "pymdown-extensions>=10,<11", "sphinx>=8,<9"];
const NODE: [&str; 4] = ["@antora/cli@3", "@antora/site-generator@3", "happy-dom@15", "reveal.js@5"];
/// 1,200 packages, four minutes.
const DOCUSAURUS: [&str; 5] = [
    "@docusaurus/core@3.8.1",
    "@docusaurus/preset-classic@3.8.1",
    "react@19",
    "react-dom@19",
    // Its progress plugin refuses webpack 5.112.
    "webpack@5.99.9",
];
const MDX: [&str; 3] = ["@mdx-js/mdx@3", "react@19", "react-dom@19"];
const MDBOOK: &str = "0.4.52";

/// An integration: its name, how it is tested and built, the page that is looked at.
type Part = (&'static str, fn(&Path, &Path) -> Result<(), Verdict>, &'static str);

const PARTS: [Part; 7] = [
    ("mdbook", mdbook, "index.html"),
    ("mkdocs", mkdocs, "index.html"),
    ("material", material, "index.html"),
    ("sphinx", sphinx, "index.html"),
    ("docusaurus", docusaurus, "index.html"),
    ("antora", antora, "example/1.0/index.html"),
    ("reveal", reveal, "index.html"),
];

/// What every example shows.
const WIDGETS: [&str; 3] =
    ["/embed/v1/embed.js", "<millrace-embed lesson=\"L16\" at=\"12s\"", "<millrace-embed seed=\"7\""];

/// Tests and builds all of them, or one.
///
/// # Errors
/// If one is wrong; what could not be built is no error.
pub fn run(args: &[String]) -> Done {
    let (wanted, rest) = match args.split_first() {
        Some((name, rest)) if !name.starts_with('-') => (Some(name.as_str()), rest),
        _ => (None, args),
    };
    Flags::new(rest).end()?;
    let names = PARTS.map(|(name, ..)| name);
    if let Some(name) = wanted.filter(|name| !names.contains(name)) {
        return Err(format!("{USAGE}: no integration `{name}`; all: {}", names.join(", ")));
    }
    let place = root().join("target/integrations");
    fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let mut wrong = 0_usize;
    for (name, build, page) in PARTS.iter().filter(|(name, ..)| wanted.is_none_or(|wanted| wanted == *name)) {
        let site = place.join("sites").join(name);
        let _ = fs::remove_dir_all(&site);
        let verdict = match build(&place, &site) {
            Ok(()) => looked_at(&site.join(page)),
            Err(verdict) => verdict,
        };
        match verdict {
            Verdict::Checked(says) => println!("{name:10} checked: {says}"),
            Verdict::CouldNot(why) => println!("{name:10} could not be built: {why}"),
            Verdict::Wrong(says) => {
                wrong += 1;
                println!("{name:10} {} {says}", process::red("wrong:"));
            }
        }
    }
    if let Err(says) = in_a_browser(&place.join("sites")) {
        wrong += 1;
        println!("{says}");
    }
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} integrations are wrong")) }
}

/// Opens what was built, with the widgets of the built site.
fn in_a_browser(sites: &Path) -> Done {
    if build::must_exist().is_err() {
        say("not opened in a browser: there is no built site, which `cargo xtask build` makes");
        return Ok(());
    }
    tools::node_packages()?;
    let browser = tools::browser()?;
    let server = site_server::start(&dist(), "/", "127.0.0.1", 0)?;
    let mut command = tools::node_script()?;
    command
        .args(["--test", "--test-reporter=spec", "integrations/browser.mjs"])
        .env("SITES", sites)
        .env("MILLRACE_SITE", &server.url)
        .env("MILLRACE_URL", format!("{}{PLAY}", server.url))
        .env("MILLRACE_CHROMIUM", browser.chromium);
    process::run(&mut command)
}

fn looked_at(page: &Path) -> Verdict {
    let Ok(text) = fs::read_to_string(page) else {
        return Verdict::Wrong(format!("there is no {}", page.display()));
    };
    match WIDGETS.iter().find(|widget| !text.contains(**widget)) {
        Some(widget) => Verdict::Wrong(format!("no {widget} in {}", page.display())),
        None => {
            Verdict::Checked(format!("its tests, and {} widgets in {}", WIDGETS.len() - 1, page.display()))
        }
    }
}

/// Runs what has to succeed.
fn must(command: &mut Command) -> Result<(), Verdict> {
    let output = command.output().map_err(|error| {
        Verdict::CouldNot(format!("{}: {error}", command.get_program().to_string_lossy()))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    Err(Verdict::Wrong(String::from_utf8_lossy(&text).trim().chars().take(4_000).collect()))
}

/// Runs what fetches: if it fails, the rest cannot be built, and nobody is wrong.
fn fetched(command: &mut Command) -> Result<(), Verdict> {
    must(command).map_err(|verdict| match verdict {
        Verdict::Wrong(says) => Verdict::CouldNot(says.lines().last().unwrap_or_default().to_owned()),
        other => other,
    })
}

fn here(name: &str) -> PathBuf {
    root().join("integrations").join(name)
}

fn mdbook(place: &Path, site: &Path) -> Result<(), Verdict> {
    must(process::cargo().args(["test", "--quiet", "-p", "mdbook-millrace"]))?;
    must(process::cargo().args(["build", "--quiet", "-p", "mdbook-millrace"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let own = place.join("mdbook/bin/mdbook");
    let program = match process::on_path(&["mdbook"]).filter(|_| !own.is_file()) {
        Some(found) => found,
        None if own.is_file() => own,
        None => {
            let mut install = process::cargo();
            install.args([
                "install",
                "mdbook",
                "--quiet",
                "--no-default-features",
                "--version",
                MDBOOK,
                "--root",
            ]);
            fetched(install.arg(place.join("mdbook")))?;
            own
        }
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(target.join("debug")).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(paths).map_err(|error| Verdict::CouldNot(error.to_string()))?;
    must(Command::new(program).arg("build").arg(here("mdbook/example")).arg("-d").arg(site).env("PATH", path))
}

/// A virtual environment with the generators written in Python, and ours.
fn python(place: &Path) -> Result<PathBuf, Verdict> {
    let venv = place.join("venv");
    let program = venv.join("bin/python");
    let has_all = PYTHON.iter().all(|package| {
        let name = package.split(['=', '>']).next().unwrap_or_default();
        has_package(&venv, name)
    });
    if !has_all {
        fetched(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        fetched(Command::new(&program).args(["-m", "pip", "install", "--quiet"]).args(PYTHON))?;
    }
    // A copy: whoever builds a package leaves files beside it.
    let ours = place.join("python");
    let _ = fs::remove_dir_all(&ours);
    copy(&here("python"), &ours)?;
    let mut install = Command::new(&program);
    install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall"]);
    fetched(install.arg(&ours))?;
    let mut test = Command::new(&program);
    must(test.args(["-B", "-m", "unittest", "discover", "-s", "tests"]).current_dir(here("python")))?;
    Ok(venv)
}

/// Whether a package is installed; its metadata lie in a folder of its name.
fn has_package(venv: &Path, name: &str) -> bool {
    let begin = format!("{}-", name.replace('-', "_"));
    let libraries = fs::read_dir(venv.join("lib")).into_iter().flatten().flatten();
    let mut packages = libraries
        .filter_map(|library| fs::read_dir(library.path().join("site-packages")).ok())
        .flat_map(|entries| entries.flatten());
    packages.any(|entry| {
        let found = entry.file_name().to_string_lossy().to_lowercase();
        found.starts_with(&begin) && found.ends_with(".dist-info")
    })
}

fn mkdocs(place: &Path, site: &Path) -> Result<(), Verdict> {
    let venv = python(place)?;
    let mut build = Command::new(venv.join("bin/mkdocs"));
    build.args(["build", "--quiet", "--strict", "--site-dir"]).arg(site);
    must(build.current_dir(here("mkdocs/example")))
}

/// The same with Material, whose instant navigation goes from page to page without loading one.
fn material(place: &Path, site: &Path) -> Result<(), Verdict> {
    let venv = python(place)?;
    let mut build = Command::new(venv.join("bin/mkdocs"));
    build.args(["build", "--quiet", "--strict", "--config-file", "material.yml", "--site-dir"]).arg(site);
    must(build.current_dir(here("mkdocs/example")))
}

fn sphinx(place: &Path, site: &Path) -> Result<(), Verdict> {
    let venv = python(place)?;
    let mut build = Command::new(venv.join("bin/sphinx-build"));
    build.args(["--fail-on-warning", "-E", "-a", "-q", "-b", "html", "-d"]).arg(place.join("doctrees"));
    must(build.arg(here("sphinx/example")).arg(site))
}

/// A folder with packages, and ours among them as a copy: a link would look for its packages here.
fn node(place: &Path, name: &str, packages: &[&str]) -> Result<PathBuf, Verdict> {
    must(Command::new("node").args(["--test", "test/"]).current_dir(here("js")))?;
    let folder = place.join(name);
    fs::create_dir_all(&folder).map_err(|error| Verdict::CouldNot(error.to_string()))?;
    let has_all = packages.iter().all(|package| {
        let name = package.rsplit_once('@').map_or(*package, |(name, _)| name);
        folder.join("node_modules").join(name).is_dir()
    });
    if !has_all {
        fetched(Command::new("npm").args(["init", "-y"]).current_dir(&folder))?;
        // npm says commonjs, and webpack then takes what Docusaurus writes for that.
        fetched(Command::new("npm").args(["pkg", "delete", "type"]).current_dir(&folder))?;
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--install-links"]).args(packages);
        fetched(install.current_dir(&folder))?;
    }
    let ours = folder.join("node_modules/millrace-docs");
    let _ = fs::remove_dir_all(&ours);
    copy(&here("js"), &ours)?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<(), Verdict> {
    let wrong = |error: std::io::Error| Verdict::CouldNot(format!("{}: {error}", from.display()));
    fs::create_dir_all(to).map_err(wrong)?;
    for entry in fs::read_dir(from).map_err(wrong)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).map_err(wrong)?;
        }
    }
    Ok(())
}

/// By Docusaurus itself; where its packages cannot be had, its page as its server makes it, by MDX and React.
fn docusaurus(place: &Path, site: &Path) -> Result<(), Verdict> {
    match node(place, "docusaurus", &DOCUSAURUS) {
        Ok(folder) => {
            copy(&here("docusaurus/example"), &folder)?;
            let mut build = Command::new(folder.join("node_modules/.bin/docusaurus"));
            return must(build.args(["build", "--out-dir"]).arg(site).current_dir(folder));
        }
        Err(Verdict::CouldNot(why)) => say(&format!("docusaurus: {why}; its page by MDX and React instead")),
        Err(wrong) => return Err(wrong),
    }
    let folder = node(place, "mdx", &MDX)?;
    let script = folder.join("page.mjs");
    let wrong = |error: std::io::Error| Verdict::CouldNot(error.to_string());
    fs::copy(here("docusaurus/page.mjs"), &script).map_err(wrong)?;
    fs::create_dir_all(site).map_err(wrong)?;
    let page = here("docusaurus/example/docs/index.md");
    must(Command::new("node").arg(script).arg(page).arg(site.join("index.html")))
}

fn antora(place: &Path, site: &Path) -> Result<(), Verdict> {
    let folder = node(place, "node", &NODE)?;
    let example = folder.join("antora");
    let _ = fs::remove_dir_all(&example);
    copy(&here("antora/example"), &example)?;
    // Antora reads its pages from a repository.
    for words in [
        &["init", "-q"][..],
        &["add", "."],
        &["-c", "user.name=example", "-c", "user.email=a@b", "commit", "-qm", "example"],
    ] {
        must(Command::new("git").args(words).current_dir(&example))?;
    }
    must(
        Command::new(folder.join("node_modules/.bin/antora"))
            .arg("--to-dir")
            .arg(site)
            .arg("playbook.yml")
            .current_dir(example),
    )
}

/// Slides are made in the page: the plugin is run over the deck by a document without a browser.
fn reveal(place: &Path, site: &Path) -> Result<(), Verdict> {
    let folder = node(place, "node", &NODE)?;
    let script = folder.join("slides.mjs");
    fs::copy(here("reveal/slides.mjs"), &script).map_err(|error| Verdict::CouldNot(error.to_string()))?;
    fs::create_dir_all(site).map_err(|error| Verdict::CouldNot(error.to_string()))?;
    let example = here("reveal/example/index.html");
    must(Command::new("node").arg(script).arg(&example).arg(site.join("index.html")))?;
    // And as it is, for a browser.
    let deck = site.with_file_name("reveal-deck");
    let _ = fs::remove_dir_all(&deck);
    for packages in ["reveal.js/dist", "millrace-docs"] {
        let name = Path::new("node_modules").join(packages);
        copy(&folder.join(&name), &deck.join(&name))?;
    }
    fs::copy(example, deck.join("index.html")).map(drop).map_err(|error| Verdict::CouldNot(error.to_string()))
}
