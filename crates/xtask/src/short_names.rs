//! Short names where the module and its script meet: wasm-bindgen's own are long, end in hashes that nothing packs, and stand
//! in both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, Module, RawSection};
use wasmparser::{Parser, Payload};

use crate::Done;
use crate::halves::{file_name, module, read, read_text, write};
use crate::minify::minify;
use crate::split::text;

/// How the name ends under which wasm-bindgen's script stands among those that the module imports from.
const SCRIPT: &str = "_bg.js";
/// How the names begin that only this script knows, of what the module exports.
const KNOWN_TO_SCRIPT: [&str; 3] = ["__", "wasm_bindgen_", "intounderlying"];
/// How the short names begin; nothing else in the script does.
const MARK: char = '$';

/// The short names by the long ones.
type Names = BTreeMap<String, String>;

/// Gives the module in a folder and its script short names, and makes the script small.
///
/// # Errors
/// If one of the two is missing, or has a shape that wasm-bindgen does not make.
pub fn shorten(home: &Path) -> Done {
    let (module, script) = (module(home)?, script(home)?);
    let wasm = read(&module)?;
    let names = names(&wasm)?;
    let short = in_script(&read_text(&script)?, &names)?;
    write(&module, &in_module(&wasm, &names)?)?;
    write(&script, minify(&short, "js")?.as_bytes())
}

/// The script that wasm-bindgen has made: the only one beside the module that starts it.
fn script(home: &Path) -> Result<PathBuf, String> {
    let files = std::fs::read_dir(home).map_err(|error| format!("{}: {error}", home.display()))?;
    let mut scripts = files.flatten().map(|file| file.path()).filter(|path| file_name(path).ends_with(".js"));
    let is_it = |path: &PathBuf| read_text(path).is_ok_and(|text| text.contains("__wbindgen_start"));
    scripts.find(is_it).ok_or_else(|| format!("{} holds no script of wasm-bindgen's", home.display()))
}

/// What gets a short name, in the order of the alphabet: what the module imports from the script, and exports for it.
fn names(wasm: &[u8]) -> Result<Names, String> {
    let mut long = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(text)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(text)?;
                    if import.module.ends_with(SCRIPT) {
                        long.extend([import.module.to_owned(), import.name.to_owned()]);
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let name = export.map_err(text)?.name;
                    if KNOWN_TO_SCRIPT.iter().any(|begin| name.starts_with(begin)) {
                        long.push(name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    long.sort();
    long.dedup();
    Ok(long.into_iter().zip(0..).map(|(long, nth)| (long, short(nth))).collect())
}

/// The short name of a number.
fn short(mut nth: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::from(MARK);
    loop {
        name.extend(LETTERS.get(nth % LETTERS.len()).map(|letter| char::from(*letter)));
        nth /= LETTERS.len();
        if nth == 0 {
            return name;
        }
        nth -= 1;
    }
}

fn in_module(wasm: &[u8], names: &Names) -> Result<Vec<u8>, String> {
    let called = |long: &str| names.get(long).map_or(long, String::as_str).to_owned();
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(text)?;
        match &payload {
            Payload::ImportSection(section) => {
                let mut imports = ImportSection::new();
                for import in section.clone().into_imports() {
                    let import = import.map_err(text)?;
                    let ty = RoundtripReencoder.entity_type(import.ty).map_err(text)?;
                    let is_ours = import.module.ends_with(SCRIPT);
                    let name = if is_ours { called(import.name) } else { import.name.to_owned() };
                    imports.import(&called(import.module), &name, ty);
                }
                module.section(&imports);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section.clone() {
                    let export = export.map_err(text)?;
                    let kind = RoundtripReencoder.export_kind(export.kind).map_err(text)?;
                    exports.export(&called(export.name), kind, export.index);
                }
                module.section(&exports);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = wasm.get(range.start as usize..range.end as usize).unwrap_or_default();
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(module.finish())
}

/// The script with the short names: each long one is a word of its own, or, with what cannot stand in a word, a string.
fn in_script(script: &str, names: &Names) -> Result<String, String> {
    let is_in_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut text = script.to_owned();
    for (long, short) in names.iter().filter(|(long, _)| !long.chars().all(is_in_word)) {
        text = text.replace(&format!("\"{long}\""), &format!("\"{short}\""));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(begin) = rest.find(is_in_word) {
        let (before, word) = rest.split_at(begin);
        let end = word.find(|c: char| !is_in_word(c)).unwrap_or(word.len());
        let (word, behind) = word.split_at(end);
        let is_quoted = before.ends_with('"');
        if !is_quoted && word.len() > 1 && word.starts_with(MARK) {
            return Err(format!(
                "wasm-bindgen's script has a name of its own that begins with {MARK}: {word}"
            ));
        }
        out.push_str(before);
        out.push_str(names.get(word).map_or(word, String::as_str));
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = r#"(module
        (import "./page_bg.js" "__wbg_log_0123456789abcdef" (func (param i32)))
        (import "./snippets/rest.js" "loadRest" (func))
        (memory (export "memory") 1)
        (func (export "begin") i32.const 0 call 0)
        (func (export "__wbindgen_start") call 1))"#;
    const SCRIPT: &str = "const all = {\n  \"./page_bg.js\": { __wbg_log_0123456789abcdef: function(n) { log(`${n}`); } },\n  \"./snippets/rest.js\": rest,\n};\nwasm.__wbindgen_start();\nwasm.begin();\n";

    #[test]
    fn names_of_two_are_short_in_both_and_others_stay() {
        let wasm = wat::parse_str(MODULE).unwrap();
        let names = names(&wasm).unwrap();
        let script = in_script(SCRIPT, &names).unwrap();
        assert_eq!(
            script,
            "const all = {\n  \"$a\": { $b: function(n) { log(`${n}`); } },\n  \"./snippets/rest.js\": rest,\n};\nwasm.$c();\nwasm.begin();\n"
        );
        let short = in_module(&wasm, &names).unwrap();
        let shown = meets(&short);
        assert_eq!(shown, ["$a.$b", "./snippets/rest.js.loadRest", "memory", "begin", "$c"]);
        wasmi::Module::new(&wasmi::Engine::default(), &short[..]).unwrap();
    }

    /// What a module imports and exports, by name.
    fn meets(wasm: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.unwrap() {
                Payload::ImportSection(section) => all.extend(
                    section
                        .into_imports()
                        .map(|import| import.unwrap())
                        .map(|i| format!("{}.{}", i.module, i.name)),
                ),
                Payload::ExportSection(section) => {
                    all.extend(section.into_iter().map(|export| export.unwrap().name.to_owned()));
                }
                _ => {}
            }
        }
        all
    }

    #[test]
    fn no_two_numbers_have_one_name() {
        let all: std::collections::BTreeSet<String> = (0..10_000).map(short).collect();
        assert_eq!(all.len(), 10_000);
        assert_eq!([short(0), short(51), short(52)], ["$a", "$Z", "$aa"]);
    }

    #[test]
    fn a_script_that_has_such_names_itself_is_refused() {
        assert!(in_script("let $x = 1;", &Names::new()).unwrap_err().contains("$x"));
    }
}
