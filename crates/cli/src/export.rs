//! `millrace export`: what a script ends in, as files for a real cluster.

use crate::arguments::RunOptions;
use crate::run::played;
use crate::{complain, print};
use millrace_export::{File, Options, export, zip};
use std::fs;
use std::path::Path;

pub fn run(options: &RunOptions, out: &Path) -> u8 {
    let (timeline, failed) = match played(options) {
        Ok(played) => played,
        Err(code) => return code,
    };
    if let Some((sentence, code)) = failed {
        complain(&sentence);
        return code;
    }
    let title = options.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let title = title.unwrap_or_default();
    let files = export(timeline.world(), &Options { title: title.clone() });
    let is_zip = out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let written = match is_zip {
        true => fs::write(out, zip::archive(&folder(&title), &files)),
        false => folder_of(&files, out),
    };
    match written {
        Ok(()) => print(&format!("{} files in {}", files.len(), out.display())),
        Err(error) => complain(&format!("{}: {error}", out.display())),
    }
}

/// The folder inside the zip.
fn folder(title: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = title.chars().map(plain).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "scenario".to_owned() } else { name.to_owned() }
}

fn folder_of(files: &[File], out: &Path) -> std::io::Result<()> {
    for file in files {
        let path = out.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, &file.text)?;
        if file.executable {
            make_executable(&path)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
