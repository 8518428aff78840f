//! The widget once more under an address that never holds anything else, and the checksum of its loader, for authors who pin
//! what their pages load: `embed/v0.1.0-1a2b3c4d/`, beside `embed/v1/`, which is always the newest.
//!
//! The number is that of every file in it, so another build is another address. What that build replaces is kept by whoever
//! publishes the site: copied over the old one, nothing is lost; `.github/workflows/pages.yml` fetches what was there.

use std::path::Path;

use sha2::{Digest, Sha384};

use crate::build::dist;
use crate::csp::base64;
use crate::halves::{file_name, hash, read, read_text, write};
use crate::size::{collect, name_below};
use crate::widget::HOME;
use crate::{Done, widget};

/// Where all of them lie.
const EMBED: &str = "embed";
/// Which one is the newest: its loader's address below [`EMBED`], and the checksum, a line each. Pages and the playground read it.
const NEWEST: &str = "embed/v1/loader.txt";
/// Every file of every version that the site holds, a line each, for whoever publishes the next.
const ALL: &str = "embed/versions.txt";

/// A loader to be pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// Its address below the site's root.
    pub path: String,
    /// What `integrity` says.
    pub integrity: String,
}

/// Copies the widget that was just built under its number, and writes down which it is.
///
/// # Errors
/// If a file cannot be read or written.
pub fn write_all() -> Done {
    let home = widget::home();
    let files = files(&home)?;
    let name = version(env!("CARGO_PKG_VERSION"), &home, &files)?;
    let folder = dist().join(EMBED).join(&name);
    clear(&dist().join(EMBED))?;
    for file in &files {
        let to = folder.join(name_below(&home, file));
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
        }
        write(&to, &read(file)?)?;
    }
    let loader = integrity(&read(&home.join("embed.js"))?);
    write(&dist().join(NEWEST), format!("{name}/embed.js\n{loader}\n").as_bytes())?;
    let all: String = files.iter().map(|file| format!("{name}/{}\n", name_below(&home, file))).collect();
    write(&dist().join(ALL), all.as_bytes())
}

/// The newest loader, if the site has widgets.
pub fn newest(dist: &Path) -> Option<Pinned> {
    let text = read_text(&dist.join(NEWEST)).ok()?;
    let (loader, integrity) = text.trim_end().split_once('\n')?;
    Some(Pinned { path: format!("{EMBED}/{loader}"), integrity: integrity.to_owned() })
}

/// Whether a file of the site is one of a version's: the same bytes lie in `embed/v1/`.
pub fn is_copy(name: &str) -> bool {
    name == ALL || (name.starts_with("embed/v") && !name.starts_with(&format!("{HOME}/")))
}

/// The widget's files, but for what says which version it is.
fn files(home: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let mut files = Vec::new();
    collect(home, &mut files).map_err(|error| format!("{}: {error}", home.display()))?;
    files.retain(|file| file_name(file) != "loader.txt");
    files.sort();
    Ok(files)
}

/// Takes away the versions of earlier builds, which nobody has published.
fn clear(embed: &Path) -> Done {
    let entries = std::fs::read_dir(embed).map_err(|error| format!("{}: {error}", embed.display()))?;
    let versions = entries.flatten().map(|entry| entry.path()).filter(|path| file_name(path).contains('.'));
    for path in versions.filter(|path| path.is_dir()) {
        std::fs::remove_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// `v0.1.0-1a2b3c4d`: the release, and eight letters that change with any byte of any file.
fn version(release: &str, home: &Path, files: &[std::path::PathBuf]) -> Result<String, String> {
    let mut all = String::new();
    for file in files {
        all.push_str(&format!("{} {}\n", name_below(home, file), hash(&read(file)?)));
    }
    Ok(format!("v{release}-{}", hash(all.as_bytes()).chars().take(8).collect::<String>()))
}

/// What a browser holds a script's bytes against.
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", base64(&Sha384::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_what_browsers_compute() {
        // https://www.w3.org/TR/sri-2/, 3.1.
        let want = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO";
        assert_eq!(integrity(b"alert('Hello, world.');"), want);
    }

    #[test]
    fn any_byte_of_any_file_makes_another_address() {
        let home = std::env::temp_dir().join(format!("millrace-versions-{}", std::process::id()));
        std::fs::create_dir_all(home.join("scenes")).unwrap();
        let name = |scene: &str| {
            std::fs::write(home.join("embed.js"), "1").unwrap();
            std::fs::write(home.join("scenes/a.mill"), scene).unwrap();
            std::fs::write(home.join("loader.txt"), scene).unwrap();
            let files = files(&home).unwrap();
            assert_eq!(files.len(), 2, "the note of which it is belongs to none");
            version("1.2.3", &home, &files).unwrap()
        };
        let (one, two) = (name("wait 1s"), name("wait 2s"));
        assert!(one.starts_with("v1.2.3-") && one.len() == 15, "{one}");
        assert_ne!(one, two);
        assert_eq!(one, name("wait 1s"));
        std::fs::remove_dir_all(home).unwrap();
    }

    #[test]
    fn copies_are_told_from_what_visits_load() {
        assert!(is_copy("embed/v0.1.0-1a2b3c4d/embed.js") && is_copy("embed/versions.txt"));
        assert!(!is_copy("embed/v1/embed.js") && !is_copy("e/index.html"));
    }
}
