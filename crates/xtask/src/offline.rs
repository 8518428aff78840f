//! The site without a network, and installed: the service worker, which knows
//! every file of the site, the manifest, and the script that every page loads.
//! See docs/decisions/0013.

use std::path::Path;

use crate::build::PLAY;
use crate::halves::{hash, read, read_text, write};
use crate::process::root;
use crate::size::{collect, name_below};
use crate::{Done, versions};

/// What no visit needs: it is for search engines and for those who show links.
const NOT_KEPT: [&str; 4] = ["sw.js", "sitemap.xml", "social.png", "robots.txt"];

/// Puts the script into the site and returns its name.
///
/// # Errors
/// If it cannot be read or written.
pub fn script(dist: &Path) -> Result<String, String> {
    let script = read(&source("offline.js"))?;
    let name = format!("offline-{}.js", hash(&script));
    write(&dist.join(&name), &script)?;
    Ok(name)
}

/// The playground's page with the script.
///
/// # Errors
/// If the page has no end.
pub fn add_script(html: &str, name: &str) -> Result<String, String> {
    let (page, rest) = html.rsplit_once("</body>").ok_or("index.html has no </body>")?;
    Ok(format!("{page}<script type=\"module\" src=\"../{name}\"></script>\n</body>{rest}"))
}

/// Writes the icons, the manifest and, when everything else is there, the worker.
///
/// # Errors
/// If something cannot be read or written.
pub fn write_all(dist: &Path) -> Done {
    let icons = dist.join("icons");
    std::fs::create_dir_all(&icons).map_err(|error| format!("{}: {error}", icons.display()))?;
    write(&icons.join("favicon.svg"), &read(&root().join("static/favicon.svg"))?)?;
    for name in ["icon-192.png", "icon-512.png", "icon-maskable.png"] {
        write(&icons.join(name), &read(&root().join("static/icons").join(name))?)?;
    }
    write(&dist.join("manifest.webmanifest"), &read(&source("manifest.webmanifest"))?)?;
    let mut files = Vec::new();
    collect(dist, &mut files).map_err(|error| format!("{}: {error}", dist.display()))?;
    files.sort();
    let mut kept = Vec::new();
    for file in files {
        let name = name_below(dist, &file);
        // Other sites ask for a lesson's picture by its id; here it lies in the lesson's folder.
        let is_for_others =
            name.strip_prefix("lessons/").is_some_and(|rest| rest.ends_with(".svg") && !rest.contains('/'));
        if !NOT_KEPT.contains(&name.as_str()) && !is_for_others && !versions::is_copy(&name) {
            let bytes = hash(&read(&file)?);
            kept.push((name, bytes));
        }
    }
    write(&dist.join("sw.js"), worker(&read_text(&source("sw.js"))?, &kept).as_bytes())
}

/// The worker with what it has to know: each file's name and the hash of its bytes.
fn worker(template: &str, files: &[(String, String)]) -> String {
    let names: String = files.iter().map(|(name, bytes)| format!("{name} {bytes}\n")).collect();
    // The worker itself counts: what it does with the same files may have changed.
    let version = hash(format!("{template}{names}").as_bytes());
    let is_first = |name: &str| name.starts_with(PLAY) || name.starts_with("icons/") || !name.contains('/');
    let list = |first: bool| {
        let names: Vec<&String> =
            files.iter().map(|(name, _)| name).filter(|name| is_first(name) == first).collect();
        serde_json::json!(names).to_string()
    };
    template
        .replace("{{version}}", &version)
        .replace("{{first}}", &list(true))
        .replace("{{later}}", &list(false))
}

fn source(name: &str) -> std::path::PathBuf {
    root().join("static/landing").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_byte_makes_another_version_and_lessons_come_later() {
        let file = |name: &str, bytes: &str| (name.to_owned(), bytes.to_owned());
        let template = "{{version}}|{{first}}|{{later}}";
        let one = worker(
            template,
            &[file("index.html", "1"), file("l/L03/index.html", "2"), file("play/a.js", "3")],
        );
        let (version, lists) = one.split_once('|').unwrap();
        assert_eq!(lists, r#"["index.html","play/a.js"]|["l/L03/index.html"]"#);
        let two = worker(
            template,
            &[file("index.html", "1"), file("l/L03/index.html", "9"), file("play/a.js", "3")],
        );
        assert_ne!(version, two.split_once('|').unwrap().0);
    }

    #[test]
    fn the_worker_has_a_place_for_everything_that_it_is_told() {
        let template = read_text(&source("sw.js")).unwrap();
        for place in ["'{{version}}'", "= {{first}};", "= {{later}};"] {
            assert_eq!(template.matches(place).count(), 1, "{place}");
        }
    }

    #[test]
    fn the_script_is_the_last_thing_on_the_page() {
        let page = add_script("<body>x</body></html>", "offline-1.js").unwrap();
        assert_eq!(page, "<body>x<script type=\"module\" src=\"../offline-1.js\"></script>\n</body></html>");
        assert!(add_script("x", "y").is_err());
    }
}
