//! What rustup and cargo install: the wasm target, wasm-bindgen's programs, Trunk.

use std::path::PathBuf;
use std::process::Command;

use super::{TRUNK, WASM_BINDGEN, WASM_TARGET, tools_dir};
use crate::Done;
use crate::process::{answer, cargo, on_path, run, say};

/// The standard library for wasm32.
///
/// # Errors
/// If it is missing and rustup cannot add it.
pub fn wasm_target() -> Done {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libdir = answer(Command::new(rustc).args(["--print", "target-libdir", "--target", WASM_TARGET]));
    if libdir.is_some_and(|dir| PathBuf::from(dir.trim()).is_dir()) {
        return Ok(());
    }
    if on_path(&["rustup"]).is_none() {
        return Err(format!(
            "the Rust target {WASM_TARGET} is missing and there is no rustup to add it: https://rustup.rs"
        ));
    }
    say(&format!("adding the Rust target {WASM_TARGET} (seconds, once)"));
    run(Command::new("rustup").args(["target", "add", WASM_TARGET]))
}

/// The folder that holds `wasm-bindgen` and `wasm-bindgen-test-runner`.
///
/// # Errors
/// If it cannot be installed.
pub fn wasm_bindgen() -> Result<PathBuf, String> {
    // Without its lock file: that names a crate version that was withdrawn.
    CargoTool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: WASM_BINDGEN,
        args: &[],
        minutes: 4,
    }
    .ensure()
}

/// The folder that holds `trunk`.
///
/// # Errors
/// If it cannot be installed.
pub fn trunk() -> Result<PathBuf, String> {
    let args = &["--locked", "--no-default-features", "--features", "rustls"];
    CargoTool { package: "trunk", program: "trunk", version: TRUNK, args, minutes: 4 }.ensure()
}

struct CargoTool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
    args: &'static [&'static str],
    minutes: u32,
}

impl CargoTool {
    fn ensure(&self) -> Result<PathBuf, String> {
        let installed = tools_dir().join(format!("{}-{}", self.package, self.version));
        let bin = installed.join("bin");
        if self.is_right(&bin.join(self.program)) {
            return Ok(bin);
        }
        let found = on_path(&[self.program]).filter(|program| self.is_right(program));
        if let Some(dir) = found.as_ref().and_then(|program| program.parent()) {
            return Ok(dir.to_owned());
        }
        say(&format!("installing {} {} (about {} minutes, once)", self.package, self.version, self.minutes));
        let mut command = cargo();
        command
            .args(["install", self.package, "--version", self.version, "--force"])
            .args(self.args)
            .arg("--root")
            .arg(&installed)
            // These tools are started a few times a day: build them quickly
            // rather than well. Trunk's own profile would take 10 minutes.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env_remove("CARGO_TARGET_DIR");
        run(&mut command)?;
        if self.is_right(&bin.join(self.program)) {
            Ok(bin)
        } else {
            Err(format!(
                "{} was installed into {} but does not answer with version {}",
                self.package,
                bin.display(),
                self.version
            ))
        }
    }

    fn is_right(&self, program: &std::path::Path) -> bool {
        let text = answer(Command::new(program).arg("--version"));
        text.is_some_and(|text| text.split_whitespace().any(|word| word == self.version))
    }
}
