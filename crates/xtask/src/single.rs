//! The widget in one file, `embed/v1/single.js`, for documentation without a network or opened from a disk, where scripts
//! cannot import and fetch: the element, the module, styles, scenes and lessons, in the page itself.
//!
//! It is put together from the same sources as the widget; what they would import is bundled, what they would fetch is in an
//! archive in it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::build::{Kind, dist};
use crate::halves::{file_name, module, read, shrink, write};
use crate::process::{root, run_quietly, say};
use crate::widget::{self, BIN, fill, script};
use crate::{Done, tools};

/// What it is called.
pub const NAME: &str = "single.js";
/// What the scripts name, and what it is called here.
const NAMES: [(&str, &str); 11] = [
    ("@SITE", "../../"),
    ("@PLAY", "../../play/"),
    ("@LESSONS", "../../lessons/"),
    ("@CSS", "frame_first.css"),
    ("@FIRST", ""),
    ("@GLUE", "glue.js"),
    ("@LOAD", "load.js"),
    ("@WIDGET", "widget.js"),
    ("@FRAME", "frame.js"),
    ("@PAGE", "page.js"),
    ("@HOST", "host.js"),
];
/// What is written otherwise: a name that a bundler can follow, and that there is no frame.
const OTHERWISE: [(&str, &str, &str); 3] = [
    ("embed", "import(`${home}host.js`)", "import('./host.js')"),
    ("embed", "return this.getAttribute('mode') === 'page';", "return true;"),
    ("host", "import(new URL('page.js', home))", "import('./page.js')"),
];
/// The module is in the archive.
const LOAD: &str = "import { bytes } from './shim.js';\nexport const first = undefined;\nexport const load = () => bytes('embed/module.wasm');\n";

/// Makes it from a built site.
///
/// # Errors
/// If something that goes into it is missing, or cannot be bundled.
pub fn write_one(kind: Kind) -> Done {
    say("putting the widget into one file");
    let home = widget::home();
    let place = root().join("target/single");
    let _ = fs::remove_dir_all(&place);
    folder(&place.join("files/embed/scenes"))?;
    for name in ["embed", "host", "page", "widget"] {
        write(&place.join(format!("{name}.js")), adapted(name, &script(name)?)?.as_bytes())?;
    }
    write(&place.join("shim.js"), &read(&root().join("static/embed/single.js"))?)?;
    write(&place.join("load.js"), LOAD.as_bytes())?;
    write(&place.join("glue.js"), &read(&the_one(&home, "glue-", ".js")?)?)?;
    widget::copy(&home.join("snippets"), &place.join("snippets"))?;
    let files = place.join("files");
    write(&files.join("embed/frame_first.css"), &read(&the_one(&home, "frame-", "_all.css")?)?)?;
    write(&files.join("embed/frame_desk.css"), &read(&the_one(&home, "frame-", "_desk.css")?)?)?;
    widget::copy(&home.join("scenes"), &files.join("embed/scenes"))?;
    write(&files.join("embed/module.wasm"), &whole(kind)?)?;
    lessons(&dist().join("lessons"), &files.join("lessons"))?;
    let bundler = root().join("crates/xtask/src/single/bundle.mjs");
    let modules = tools::node_packages()?;
    run_quietly(tools::node_script()?.arg(bundler).arg(modules).arg(&place).arg(home.join(NAME)))
}

/// A script as it is in the bundle.
fn adapted(name: &str, text: &str) -> Result<String, String> {
    let text = fill(text, &NAMES.map(|(mark, name)| (mark, name.to_owned())));
    OTHERWISE.iter().filter(|(of, ..)| *of == name).try_fold(text, |text, (_, old, new)| {
        if text.contains(old) {
            Ok(text.replace(old, new))
        } else {
            Err(format!(
                "static/embed/{name}.js does not say `{old}` any more, which one file says otherwise"
            ))
        }
    })
}

/// The module uncut, without the names of its functions.
fn whole(kind: Kind) -> Result<Vec<u8>, String> {
    if kind == Kind::Debug {
        return read(&module(&widget::home())?);
    }
    let named = module(&widget::shrunk(BIN)?)?;
    let bare = named.with_file_name("single.bin");
    let time = |file: &Path| fs::metadata(file).and_then(|data| data.modified()).ok();
    if time(&bare) < time(&named) {
        let work = named.with_file_name("single.tmp");
        write(&work, &read(&named)?)?;
        shrink(&work, &[])?;
        fs::rename(&work, &bare).map_err(|error| format!("{}: {error}", work.display()))?;
    }
    read(&bare)
}

/// The lessons' texts, without their pictures.
fn lessons(from: &Path, to: &Path) -> Done {
    folder(to)?;
    let entries = fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = file_name(&path);
        if path.is_dir() {
            lessons(&path, &to.join(name))?;
        } else if !name.ends_with(".svg") {
            write(&to.join(name), &read(&path)?)?;
        }
    }
    Ok(())
}

fn folder(path: &Path) -> Done {
    fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn the_one(home: &Path, begin: &str, end: &str) -> Result<PathBuf, String> {
    let entries = fs::read_dir(home).map_err(|error| format!("{}: {error}", home.display()))?;
    let mut found = entries.flatten().map(|entry| entry.path()).filter(|path| {
        let name = file_name(path);
        name.starts_with(begin) && name.ends_with(end)
    });
    found.next().ok_or_else(|| format!("{} holds no {begin}…{end}", home.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_file_on_a_disk_cannot_do() {
        for name in ["embed", "host", "page", "widget"] {
            let text = adapted(name, &script(name).unwrap()).unwrap();
            let is_mark = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_uppercase());
            assert_eq!(text.split('@').skip(1).find(is_mark), None, "{name}: a mark is left");
            assert!(!text.contains("import(new URL") && !text.contains("import(`"), "{name}");
        }
        assert!(adapted("embed", "").unwrap_err().contains("any more"));
    }

    #[test]
    fn fetching_and_the_address_are_what_the_bundler_is_told_to_put_in_their_place() {
        let shim = crate::halves::read_text(&root().join("static/embed/single.js")).unwrap();
        assert!(
            shim.contains("export async function fetch(") && shim.contains("export const home_of_the_file ")
        );
        assert!(shim.contains("export async function bytes(") && LOAD.contains("bytes('embed/module.wasm')"));
    }
}
