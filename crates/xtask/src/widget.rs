//! The widget in `dist/embed/v1/`: a module of its own over the same crates, the
//! element's scripts, the frame's page, and the scenes that it can begin with.
//!
//! `embed.js` and `frame.html` have names for ever; everything that they name
//! has the number of its content in its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::build::{Kind, PLAY, dist};
use crate::halves::{self, Cut, Lists, file_name, hash, read, read_text, write};
use crate::minify::minify;
use crate::process::{cargo, in_root, root, run, run_quietly, say};
use crate::size::collect;
use crate::{Done, single, tools, versions};

/// The program of `web` that is the widget, and how its module is called.
pub const BIN: &str = "millrace-embed";
/// Where it lies in the site. Pages of others name it: it stays.
pub const HOME: &str = "embed/v1";
/// The address for places that take only an iframe.
const SHORT: &str = "e";
/// The way from the widget up to the site.
const UP: &str = "../../";

/// The scenes' lines.
const SCENES: &str = "static/scenes";

/// What the widget looks like: of the page's style what it shows, and its own.
/// `true`: it shows that before it is touched. All of it replaces those when the rest of the module comes.
const STYLES: [(&str, bool); 17] = [
    ("style/tokens.css", true),
    ("style/base.css", true),
    ("style/stage.css", true),
    ("style/faults.css", true),
    ("style/panels.css", true),
    ("style/scrubber.css", true),
    ("style/controls.css", true),
    ("style/inspector.css", false),
    ("style/log.css", false),
    ("style/console.css", false),
    ("style/phone.css", true),
    ("style/desk.css", false),
    ("style/cluster.css", false),
    ("style/board.css", false),
    ("style/storage.css", false),
    ("style/metrics.css", false),
    ("embed/embed.css", true),
];

/// What only a widget with a lesson's desk loads.
const DESK: [&str; 2] = ["style/lesson.css", "embed/lesson.css"];
/// Behind this line a style has nothing that a widget shows before it is touched.
const LATER: &str = "/* Later in a widget. */";

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
    finish(kind)
}

/// The same of the program that was built last: after a change of its lists, or of what is around it.
///
/// # Errors
/// If there is none, or a part cannot be built.
pub fn cut(kind: Kind) -> Done {
    lay(kind)?;
    finish(kind)
}

fn finish(kind: Kind) -> Done {
    let module = halves::module(&home())?;
    let first = match kind {
        // Without a recording it is loaded whole.
        Kind::Release if lists().deferred.is_file() => Some(halves::cut_module(&module, &lists())?),
        Kind::Release | Kind::Debug => None,
    };
    write_around(&module, first.as_ref())?;
    if dist().join("lessons").is_dir() {
        single::write_one(kind)?;
    }
    versions::write_all()
}

/// The module whole, with the names of its functions, and its glue.
///
/// # Errors
/// If a tool cannot be had or the build fails.
pub fn bundle(kind: Kind) -> Done {
    tools::wasm_target()?;
    say("building the widget");
    let profile = if kind == Kind::Release { "site" } else { "dev" };
    let mut command = cargo();
    command.args(["build", "--quiet", "--package", "millrace-web", "--bin", BIN, "--profile", profile]);
    run(command.args(["--target", tools::WASM_TARGET]))?;
    lay(kind)
}

/// Puts the program that was built last in its place in the site.
///
/// # Errors
/// If there is none, or a tool cannot be had or fails.
pub fn lay(kind: Kind) -> Done {
    if home().exists() {
        std::fs::remove_dir_all(home()).map_err(|error| format!("{}: {error}", home().display()))?;
    }
    match kind {
        Kind::Release => copy(&shrunk(BIN)?, &home()),
        Kind::Debug => {
            bind(BIN, kind, &home())?;
            let module = halves::module(&home())?;
            write(&module, &bare(&read(&module)?)?)
        }
    }
}

/// A program of `web` with its glue, as small as it gets whole: made once for each build of it, for that takes a minute.
///
/// # Errors
/// If it has not been built, or a tool cannot be had or fails.
pub fn shrunk(bin: &str) -> Result<PathBuf, String> {
    let program = program(bin, Kind::Release);
    let time = |file: &Path| std::fs::metadata(file).and_then(|data| data.modified());
    let built = time(&program).map_err(|error| format!("{}: {error}; build it first", program.display()))?;
    let home = program.with_file_name(format!("{bin}-shrunk"));
    // It is there only once it is whole.
    let stamp = home.join("stamp");
    if !time(&stamp).is_ok_and(|made| made > built) {
        bind(bin, Kind::Release, &home)?;
        halves::shrink_whole(&home)?;
        write(&stamp, b"")?;
    }
    Ok(home)
}

fn bind(bin: &str, kind: Kind, to: &Path) -> Done {
    let bindgen = tools::wasm_bindgen()?;
    run_quietly(
        in_root(bindgen.join("wasm-bindgen"))
            .args(["--target", "web", "--no-typescript", "--out-name", bin, "--out-dir"])
            .arg(to)
            .arg(program(bin, kind)),
    )
}

/// Copies a folder, but for its stamp.
///
/// # Errors
/// If a file cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> Done {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    std::fs::create_dir_all(to).map_err(failed)?;
    for entry in std::fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = file_name(&path);
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else if !["stamp", "first.wasm", "single.bin"].contains(&name.as_str()) {
            std::fs::copy(&path, to.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}

/// Where cargo puts a program of `web`.
pub fn program(bin: &str, kind: Kind) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = if kind == Kind::Release { "site" } else { "debug" };
    target.join(tools::WASM_TARGET).join(folder).join(format!("{bin}.wasm"))
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
            "import {{ fetchPacked }} from './{unpack}';\nexport const first = new URL('./{first}', import.meta.url).href;\nexport const load = () => fetchPacked(first);\n"
        ),
        None => {
            let name = file_name(module);
            format!(
                "export const first = undefined;\nexport const load = () => new URL('./{name}', import.meta.url);\n"
            )
        }
    };
    let glue = read_text(&home.join(format!("{BIN}.js")))?;
    std::fs::remove_file(home.join(format!("{BIN}.js"))).map_err(|error| format!("{BIN}.js: {error}"))?;
    let play = format!("{UP}{PLAY}");
    let lessons = format!("{UP}lessons/");
    for script in snippets(&home)? {
        write(&script, minify(&read_text(&script)?, "js")?.as_bytes())?;
    }
    let mut names = vec![("@SITE", UP.to_owned()), ("@PLAY", play), ("@LESSONS", lessons)];
    names.push(("@GLUE", hashed(&home, "glue", "js", &glue)?));
    names.push(("@LOAD", hashed(&home, "load", "js", &load)?));
    names.push(("@CSS", styles(&home, cut.is_some())?));
    names.push(("@FIRST", cut.map(|cut| cut.first.clone()).unwrap_or_default()));
    for (mark, name) in [("@WIDGET", "widget"), ("@FRAME", "frame"), ("@PAGE", "page"), ("@HOST", "host")] {
        let script = fill(&script(name)?, &names);
        names.push((mark, hashed(&home, name, "js", &script)?));
    }
    write(&home.join("embed.js"), minify(&fill(&script("embed")?, &names), "js")?.as_bytes())?;
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
    copy_scenes(&home.join("scenes"))
}

/// The scripts that the glue brings along.
fn snippets(home: &Path) -> Result<Vec<PathBuf>, String> {
    let home = home.join("snippets");
    let mut files = Vec::new();
    collect(&home, &mut files).map_err(|error| format!("{}: {error}", home.display()))?;
    Ok(files)
}

/// Replaces marks by what they stand for.
pub fn fill(text: &str, names: &[(&str, String)]) -> String {
    names.iter().fold(text.to_owned(), |text, (mark, name)| text.replace(mark, name))
}

/// Writes a file under a name with the number of its content; the name.
pub fn hashed(home: &Path, name: &str, ending: &str, text: &str) -> Result<String, String> {
    let text = minify(text, ending)?;
    let name = format!("{name}-{}.{ending}", hash(text.as_bytes()));
    write(&home.join(&name), text.as_bytes())?;
    Ok(name)
}

/// A script of the widget as it is shipped, its marks not yet filled in.
///
/// # Errors
/// If it cannot be read.
pub fn script(name: &str) -> Result<String, String> {
    Ok(slim(&read_text(&root().join(format!("static/embed/{name}.js")))?))
}

/// Writes the style three times: what it shows at first, all, and what a lesson's desk adds. The name of the first; the
/// scripts know how the others' differ. A module that is not cut begins with all.
fn styles(home: &Path, is_cut: bool) -> Result<String, String> {
    let (mut first, mut all, mut desk) = (String::new(), String::new(), String::new());
    let text = |name: &str| read_text(&root().join("static").join(name));
    for (name, is_first) in STYLES {
        let text = text(name)?;
        let _ = writeln!(all, "{text}");
        if is_first || !is_cut {
            let shown = if is_cut { text.split(LATER).next().unwrap_or_default() } else { &text };
            let _ = writeln!(first, "{shown}");
        }
    }
    for name in DESK {
        let _ = writeln!(desk, "{}", text(name)?);
    }
    let [first, all, desk] = [minify(&first, "css")?, minify(&all, "css")?, minify(&desk, "css")?];
    let number = hash([first.as_str(), &all, &desk].concat().as_bytes());
    for (part, text) in [("first", first), ("all", all), ("desk", desk)] {
        write(&home.join(format!("frame-{number}_{part}.css")), text.as_bytes())?;
    }
    Ok(format!("frame-{number}_first.css"))
}

/// Without what only readers of the source need: comments that have their lines
/// for themselves, and what lines begin with. Ours are written so that this is
/// safe: no text of several lines holds either.
pub fn slim(text: &str) -> String {
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

/// The names of the scenes that a widget can begin with, in order.
///
/// # Errors
/// If they cannot be listed.
pub fn scenes() -> Result<Vec<String>, String> {
    let from = root().join(SCENES);
    let entries = std::fs::read_dir(&from).map_err(|error| format!("{}: {error}", from.display()))?;
    let files = entries.flatten().map(|entry| file_name(&entry.path()));
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.strip_suffix(".mill")?.to_owned())).collect();
    names.sort();
    Ok(names)
}

fn copy_scenes(to: &Path) -> Done {
    std::fs::create_dir_all(to).map_err(|error| format!("{}: {error}", to.display()))?;
    for name in scenes()? {
        let file = format!("{name}.mill");
        write(&to.join(&file), &read(&root().join(SCENES).join(&file))?)?;
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
