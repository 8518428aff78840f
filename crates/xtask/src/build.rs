//! `cargo xtask build`: the site in `dist/`, with relative addresses: the
//! landing page at its root, the lessons' data, and in `dist/play/` the
//! playground as Trunk makes it, with hashed names, a module shrunk by wasm-opt
//! and a strict content security policy.

use std::path::PathBuf;

use crate::args::Flags;
use crate::process::{capture, cargo, in_root, root, run as run_command, say};
use crate::{Done, csp, halves, offline, pages, styles, tools, widget};

/// How the module is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The profile `site` and wasm-opt: what is shipped.
    Release,
    /// The profile `dev`: quick to build, big.
    Debug,
}

/// The playground's folder in the site, and in its address.
pub const PLAY: &str = "play/";

/// Where the site is built.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Where Trunk puts the playground; `Trunk.toml` says the same.
pub fn play() -> PathBuf {
    dist().join("play")
}

/// `cargo xtask build`.
///
/// # Errors
/// See [`build`].
pub fn run(args: &[String]) -> Done {
    let mut flags = Flags::new(args);
    let kind = if flags.take("--debug") { Kind::Debug } else { Kind::Release };
    let (only_pages, only_widget) = (flags.take("--pages"), flags.take("--widget"));
    let only_cut = flags.take("--cut");
    flags.end()?;
    match (only_pages, only_widget) {
        (true, _) => shelve().and_then(|()| around_play()),
        (false, true) if only_cut => widget::cut(kind),
        (false, true) => widget::build(kind),
        (false, false) => build(kind),
    }
}

/// Builds the site after making sure of the tools.
///
/// # Errors
/// If a tool cannot be had, the build fails, or Trunk's page has a shape for
/// which no policy can be written.
pub fn build(kind: Kind) -> Done {
    bundle(kind)?;
    if kind == Kind::Release {
        halves::cut(&play())?;
    }
    styles::join(&play())?;
    clear_around_play()?;
    let page = play().join("index.html");
    let html = pages::add_social(&halves::read_text(&page)?)?;
    let html = offline::add_script(&html, &offline::script(&dist())?)?;
    halves::write(&page, csp::add_policy(&html)?.as_bytes())?;
    shelve()?;
    widget::build(kind)?;
    around_play()
}

/// What the site has beside the playground and the lessons' files: all that `--pages` makes anew, with those.
fn around_play() -> Done {
    draw_scenes()?;
    let offline = offline::script(&dist())?;
    pages::write_all(&dist(), &offline)?;
    offline::write_all(&dist())
}

/// Takes away what an earlier build put beside the playground, which Trunk itself cleans.
fn clear_around_play() -> Done {
    let entries = std::fs::read_dir(dist()).map_err(|error| format!("{}: {error}", dist().display()))?;
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| *path != play()) {
        let gone = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        gone.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Puts the lessons beside the page: files that are fetched when one of them is opened.
fn shelve() -> Done {
    let mut command = cargo();
    command.args(["run", "--quiet", "-p", "millrace-cli", "--", "shelf", "static/lessons"]);
    run_command(command.arg(dist().join("lessons")))
}

/// Draws what each scene of a widget begins with: that is seen while its engine comes.
fn draw_scenes() -> Done {
    let home = dist().join("scenes");
    std::fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    for name in widget::scenes()? {
        let mut command = cargo();
        command.args(["run", "--quiet", "-p", "millrace-cli", "--", "render"]);
        let picture = capture(command.arg(format!("static/scenes/{name}.mill")))?;
        halves::write(&home.join(format!("{name}.svg")), picture.as_bytes())?;
    }
    Ok(())
}

/// The site as Trunk makes it: one module, with the names of its functions.
///
/// # Errors
/// If a tool cannot be had or the build fails.
pub fn bundle(kind: Kind) -> Done {
    tools::wasm_target()?;
    let bindgen = tools::wasm_bindgen()?;
    let trunk = tools::trunk()?;
    let node_bin = tools::node_packages()?.join(".bin");
    // Trunk builds offline, so that it downloads no tool; then cargo, too, is
    // offline and wants its crates beforehand.
    run_command(cargo().args(["fetch", "--quiet"]))?;
    say(match kind {
        Kind::Release => "building dist/ (about 2 minutes the first time)",
        Kind::Debug => "building dist/ without optimisation",
    });
    let mut command = in_root(trunk.join("trunk"));
    command
        .arg("build")
        .env("PATH", tools::path_with(&[&trunk, &bindgen, &node_bin])?)
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // Trunk reads NO_COLOR as a flag of its own and stumbles over `1`.
        .env_remove("NO_COLOR");
    if kind == Kind::Debug {
        command.args(["--release", "false", "--cargo-profile", "dev"]);
    }
    run_command(&mut command)?;
    if kind == Kind::Release {
        say("making the module small (about half a minute)");
        halves::shrink_whole(&play())?;
    }
    Ok(())
}

/// Refuses to go on without a built site.
///
/// # Errors
/// If there is none.
pub fn must_exist() -> Done {
    if play().join("index.html").is_file() {
        Ok(())
    } else {
        Err("there is no dist/play/index.html: run `cargo xtask build` first".to_owned())
    }
}
