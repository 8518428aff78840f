//! Prints how the `streams_*` vectors of a folder fare: `cargo run --release --example vectors -- DIR`.

use std::collections::BTreeMap;
use std::path::Path;

use millrace_streams::vectors::{Problem, replay};

fn main() -> Result<(), String> {
    let dir = std::env::args().nth(1).ok_or("which folder?")?;
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&dir))
        .map_err(|e| format!("{dir}: {e}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("streams_")))
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let report = replay(&text)?;
        println!("{}: {}/{}", report.family, report.passed, report.total);
        let mut missing: BTreeMap<String, usize> = BTreeMap::new();
        for (name, problem) in report.problems {
            match problem {
                Problem::NotModelled(what) => *missing.entry(what).or_default() += 1,
                Problem::Different(how) => println!("    {name}: {how}"),
                Problem::Malformed(how) => println!("    {name}: malformed: {how}"),
            }
        }
        for (what, count) in missing {
            println!("    {count} not modelled: {what}");
        }
    }
    Ok(())
}
