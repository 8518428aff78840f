//! The whole export of one scene as text that people have read. `UPDATE_GOLDEN=1` writes it anew.

use crate::common::{SCENES, ran};
use millrace_export::{Options, export, zip};
use std::fs;
use std::path::Path;

#[test]
fn the_export_of_a_scene_is_as_it_was_read() {
    let files = export(&ran(SCENES[0].1), &Options { title: "Orders, retries and windows".to_owned() });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/orders");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = fs::remove_dir_all(&folder);
        for file in &files {
            let path = folder.join(golden(&file.path));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.text).unwrap();
        }
    }
    for file in &files {
        let path = folder.join(golden(&file.path));
        let read = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(file.text, read, "{}", file.path);
    }
}

/// Programs keep their ends out of the reach of tools that look for programs.
fn golden(path: &str) -> String {
    format!("{path}.txt")
}

#[test]
fn the_archive_holds_every_file_and_is_the_same_each_time() {
    let files = export(&ran(SCENES[0].1), &Options::default());
    let bytes = zip::archive("orders", &files);
    assert_eq!(bytes, zip::archive("orders", &files));
    let total: usize = files.iter().map(|file| file.text.len()).sum();
    assert!(bytes.len() < total / 2, "{} of {total} bytes", bytes.len());
    for file in &files {
        let name = format!("orders/{}", file.path);
        assert_eq!(
            bytes.windows(name.len()).filter(|window| *window == name.as_bytes()).count(),
            2,
            "{name}"
        );
    }
}

#[test]
fn every_file_is_named_in_the_readme_and_has_a_path_of_its_own() {
    for (_, script) in SCENES {
        let files = export(&ran(script), &Options::default());
        let mut paths: Vec<&str> = files.iter().map(|file| &*file.path).collect();
        assert_eq!(paths[0], "README.md");
        assert!(paths[1..].iter().all(|path| files[0].text.contains(&format!("`{path}`"))));
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), files.len());
    }
}
