//! The widget in `dist/embed/v1/`: a module of its own over the same crates, the
//! element's scripts, the frame's page, and the scenes that it can begin with.
//!
//! `embed.js` and `frame.html` have names for ever; everything that they name
//! has the number of its content in its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::build::{Kind, PLAY, dist};
use crate::halves::{self, Cut, Lists, file_name, hash, read, read_text, write};
use crate::process::{cargo, in_root, root, run, run_quietly, say};
use crate::{Done, csp, tools};

/// The program of `web` that is the widget, and how its module is called.
const BIN: &str = "millrace-embed";
/// Where it lies in the site. Pages of others name it: it stays.
pub const HOME: &str = "embed/v1";
/// The address for places that take only an iframe.
const SHORT: &str = "e";
/// The way from the widget up to the site.
const UP: &str = "../../";

/// What the widget looks like: of the page's style what it shows, and its own.
const STYLES: [&str; 14] = [
    "style/tokens.css",
    "style/base.css",
    "style/stage.css",
    "style/faults.css",
    "style/panels.css",
    "style/scrubber.css",
    "style/controls.css",
    "style/inspector.css",
    "style/log.css",
    "style/console.css",
    "style/phone.css",
    "style/desk.css",
    "style/metrics.css",
    "embed/embed.css",
];

/// The frame's policy. Its scripts are its own; it asks nobody else for
/// anything. Style attributes carry geometry, hence the one `unsafe-inline`.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/// What the lists of its first visit are called.
pub fn lists() -> Lists {
    Lists { deferred: root().join("web/embed-deferred.txt"), cold: root().join("web/embed-cold.txt") }
}

/// Where it is built.
pub fn home() -> PathBuf {
    dist().join(HOME)
}

/// Builds all of it into an existing site.
///
/// # Errors
/// If a tool cannot be had or a part cannot be built.
pub fn build(kind: Kind) -> Done {
    bundle(kind)?;
    let module = halves::module(&home())?;
    let first = match kind {
        // Without a recording it is loaded whole.
        Kind::Release if lists().deferred.is_file() => Some(halves::cut_module(&module, &lists())?),
        Kind::Release | Kind::Debug => None,
    };
    write_around(&module, first.as_ref())
}

/// The module whole, with the names of its functions, and its glue.
///
/// # Errors
/// If a tool cannot be had or the build fails.
pub fn bundle(kind: Kind) -> Done {
    tools::wasm_target()?;
    let bindgen = tools::wasm_bindgen()?;
    say("building the widget");
    let profile = if kind == Kind::Release { "site" } else { "dev" };
    let mut command = cargo();
    command.args(["build", "--quiet", "--package", "millrace-web", "--bin", BIN, "--profile", profile]);
    run(command.args(["--target", tools::WASM_TARGET]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = if kind == Kind::Release { "site" } else { "debug" };
    let module = target.join(tools::WASM_TARGET).join(folder).join(format!("{BIN}.wasm"));
    if home().exists() {
        std::fs::remove_dir_all(home()).map_err(|error| format!("{}: {error}", home().display()))?;
    }
    run_quietly(
        in_root(bindgen.join("wasm-bindgen"))
            .args(["--target", "web", "--no-typescript", "--out-name", BIN, "--out-dir"])
            .arg(home())
            .arg(module),
    )?;
    match kind {
        Kind::Release => halves::shrink_whole(&home()),
        Kind::Debug => {
            let module = halves::module(&home())?;
            write(&module, &bare(&read(&module)?)?)
        }
    }
}

/// A module without what only tools read, the linker's list above all: of an
/// unoptimised module that is five sixths, and every frame would load it.
fn bare(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut bare = wasm_encoder::Module::new();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| error.to_string())?;
        if let Some((id, range)) = payload.as_section().filter(|(id, _)| *id != 0) {
            let range = range.start as usize..range.end as usize;
            let data = module.get(range).unwrap_or_default();
            bare.section(&wasm_encoder::RawSection { id, data });
        }
    }
    Ok(bare.finish())
}

/// The scripts, the style, the pages, the scenes.
///
/// # Errors
/// If a file cannot be read or written.
pub fn write_around(module: &Path, cut: Option<&Cut>) -> Done {
    let home = home();
    let load = match cut {
        Some(Cut { first, unpack }) => format!(
            "import {{ fetchPacked }} from './{unpack}';\nexport const load = () => fetchPacked(new URL('./{first}', import.meta.url).href);\n"
        ),
        None => {
            let name = file_name(module);
            format!("export const load = () => new URL('./{name}', import.meta.url);\n")
        }
    };
    let glue = read_text(&home.join(format!("{BIN}.js")))?;
    std::fs::remove_file(home.join(format!("{BIN}.js"))).map_err(|error| format!("{BIN}.js: {error}"))?;
    let play = format!("{UP}{PLAY}");
    let lessons = format!("{UP}lessons/");
    let mut names = vec![("@SITE", UP.to_owned()), ("@PLAY", play), ("@LESSONS", lessons)];
    names.push(("@GLUE", hashed(&home, "glue", "js", &glue)?));
    names.push(("@LOAD", hashed(&home, "load", "js", &load)?));
    names.push(("@CSS", hashed(&home, "frame", "css", &style()?)?));
    names.push(("@FIRST", cut.map(|cut| cut.first.clone()).unwrap_or_default()));
    for (mark, name) in [("@WIDGET", "widget"), ("@FRAME", "frame"), ("@PAGE", "page"), ("@HOST", "host")] {
        let script = fill(&script(name)?, &names);
        names.push((mark, hashed(&home, name, "js", &script)?));
    }
    write(&home.join("embed.js"), fill(&script("embed")?, &names).as_bytes())?;
    let frame = read_text(&root().join("static/embed/frame.html"))?;
    let policy = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">");
    let frame = frame.replace("<meta charset=\"utf-8\">", &format!("<meta charset=\"utf-8\">\n  {policy}"));
    let preload = cut.map_or(String::new(), |Cut { first, unpack }| {
        format!(
            "<link rel=\"modulepreload\" href=\"@BASE{unpack}\" crossorigin>\n  <link rel=\"preload\" href=\"@BASE{first}\" as=\"fetch\" crossorigin>"
        )
    });
    let frame = fill(&frame.replace("@PRELOAD", &preload), &names);
    write(&home.join("frame.html"), frame.replace("@BASE", "./").as_bytes())?;
    let short = dist().join(SHORT);
    std::fs::create_dir_all(&short).map_err(|error| format!("{}: {error}", short.display()))?;
    let base = format!("../{HOME}/");
    write(&short.join("index.html"), frame.replace("@BASE", &base).as_bytes())?;
    scenes(&home.join("scenes"))?;
    gallery()
}

/// The page that shows all widgets, each with its snippet.
fn gallery() -> Done {
    let (from, to) = (root().join("static/gallery"), dist().join("gallery"));
    std::fs::create_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
    let tokens = read_text(&root().join("static/style/tokens.css"))?;
    let style = slim(&format!("{tokens}{}", read_text(&from.join("gallery.css"))?));
    let names = [
        ("{{style}}", hashed(&to, "gallery", "css", &style)?),
        ("{{script}}", hashed(&to, "gallery", "js", &slim(&read_text(&from.join("gallery.js"))?))?),
    ];
    let page = fill(&read_text(&from.join("index.html"))?, &names);
    write(&to.join("index.html"), csp::add_policy(&page)?.as_bytes())
}

/// Replaces marks by what they stand for.
fn fill(text: &str, names: &[(&str, String)]) -> String {
    names.iter().fold(text.to_owned(), |text, (mark, name)| text.replace(mark, name))
}

/// Writes a file under a name with the number of its content; the name.
fn hashed(home: &Path, name: &str, ending: &str, text: &str) -> Result<String, String> {
    let name = format!("{name}-{}.{ending}", hash(text.as_bytes()));
    write(&home.join(&name), text.as_bytes())?;
    Ok(name)
}

fn script(name: &str) -> Result<String, String> {
    Ok(slim(&read_text(&root().join(format!("static/embed/{name}.js")))?))
}

fn style() -> Result<String, String> {
    let mut all = String::new();
    for name in STYLES {
        let text = read_text(&root().join("static").join(name))?;
        let _ = writeln!(all, "{}", slim(&text));
    }
    Ok(all)
}

/// Without what only readers of the source need: comments that have their lines
/// for themselves, and what lines begin with. Ours are written so that this is
/// safe: no text of several lines holds either.
fn slim(text: &str) -> String {
    let mut out = String::new();
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        let begins = line.starts_with("/*");
        if begins || in_comment {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The scenes, by name.
fn scenes(to: &Path) -> Done {
    let from = root().join("static/scenes");
    std::fs::create_dir_all(to).map_err(|error| format!("{}: {error}", to.display()))?;
    let entries = std::fs::read_dir(&from).map_err(|error| format!("{}: {error}", from.display()))?;
    for file in entries.flatten().map(|entry| entry.path()) {
        write(&to.join(file_name(&file)), &read(&file)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_readers_need_is_left_out() {
        let text = "// Why.\nconst a = 'x // y';\n\n/** One. */\nfunction f() {\n  /* two\n     lines */\n  return a; // kept\n}\n";
        assert_eq!(slim(text), "const a = 'x // y';\nfunction f() {\nreturn a; // kept\n}\n");
    }

    #[test]
    fn marks_are_replaced_and_none_is_left() {
        let names = [("@CSS", "frame-1.css".to_owned()), ("@UP", "../".to_owned())];
        assert_eq!(fill("@UP@CSS and @CSS", &names), "../frame-1.css and frame-1.css");
    }

    #[test]
    fn the_policy_lets_nothing_but_the_widgets_own_files_in() {
        assert!(POLICY.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"));
        assert!(!POLICY.contains("*") && !POLICY.contains("'unsafe-eval'"));
    }
}
