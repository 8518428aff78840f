//! What a page of the site loads at first, the playground or a widget: the page,
//! and every shipped file in its folder that the text of a loaded page, script or
//! style names. What is loaded when first used is named by the module only, so it
//! does not count.

use std::path::{Path, PathBuf};

use super::{Names, name_below};

/// The names of the files, below `dist`, that `page` loads at first.
///
/// # Errors
/// If a text cannot be read.
pub fn names(dist: &Path, files: &[PathBuf], page: &str) -> Result<Names, String> {
    let all: Vec<String> = files.iter().map(|file| name_below(dist, file)).collect();
    let read =
        |name: &str| std::fs::read_to_string(dist.join(name)).map_err(|error| format!("{name}: {error}"));
    closure(&all, page, read)
}

fn closure(
    all: &[String],
    page: &str,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<Names, String> {
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut loaded = Names::new();
    let mut open = vec![page.to_owned()];
    while let Some(name) = open.pop() {
        if !loaded.insert(name.clone()) {
            continue;
        }
        let names_others = [".html", ".js", ".mjs", ".css"].iter().any(|end| name.ends_with(end));
        if !names_others {
            continue;
        }
        let text = read(&name)?;
        open.extend(all.iter().filter(|other| other.starts_with(folder) && mentions(&text, other)).cloned());
    }
    Ok(loaded)
}

/// Whether a text names a file, by its last part: what stands beside a script
/// in a folder is named without the folder. Trunk's hashes make names unique.
fn mentions(text: &str, file: &str) -> bool {
    text.contains(file.rsplit('/').next().unwrap_or(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_names_counts_and_what_only_the_module_names_does_not() {
        let texts = [
            ("index.html", "the landing page"),
            ("manifest", "for installing"),
            ("play/index.html", "<script src='./app-1.js'> ./app-1_bg.wasm ./a.css manifest"),
            ("play/app-1.js", "import './snippets/x/glue.js'"),
            ("play/snippets/x/glue.js", ""),
            ("play/a.css", "url(font.woff2)"),
            ("play/app-1_bg.wasm", "lesson.json"),
            ("play/font.woff2", ""),
            ("play/lesson.json", ""),
        ];
        let all: Vec<String> = texts.iter().map(|(name, _)| (*name).to_owned()).collect();
        let read = |wanted: &str| {
            let text = texts.iter().find(|(name, _)| *name == wanted).map(|(_, text)| (*text).to_owned());
            text.ok_or_else(|| wanted.to_owned())
        };
        let loaded = closure(&all, "play/index.html", read).unwrap();
        let want = ["a.css", "app-1.js", "app-1_bg.wasm", "font.woff2", "index.html", "snippets/x/glue.js"];
        assert_eq!(loaded.iter().filter_map(|name| name.strip_prefix("play/")).collect::<Vec<_>>(), want);
    }
}
