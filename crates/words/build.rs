//! Makes a function of every text; fails where the languages do not say the same.

#[path = "src/catalogue.rs"]
mod catalogue;

use catalogue::{Catalogue, Problem, Text, compare, read};
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=text");
    println!("cargo::rerun-if-changed=src/catalogue.rs");
    let out = env::var("OUT_DIR").map_err(|error| vec![format!("OUT_DIR: {error}")]);
    let made = out.and_then(|out| {
        let code = code()?;
        fs::write(Path::new(&out).join("catalogues.rs"), code).map_err(|error| vec![error.to_string()])
    });
    for problem in made.err().into_iter().flatten() {
        println!("cargo::error={problem}");
    }
}

/// The module of each room, and the table of all German texts.
fn code() -> Result<String, Vec<String>> {
    let mut rooms = rooms("text/en")?;
    let mut problems: Vec<String> = Vec::new();
    let (mut code, mut table, mut count) = (String::new(), String::new(), 0_usize);
    for room in self::rooms("text/de")? {
        if !rooms.contains(&room) {
            problems.push(format!("text/de/{room}.txt: there is no text/en/{room}.txt"));
        }
    }
    rooms.sort();
    for room in rooms {
        let said = |found: Vec<Problem>| found.iter().map(ToString::to_string).collect::<Vec<_>>();
        let language = |tag: &str| {
            let file = format!("text/{tag}/{room}.txt");
            let text = fs::read_to_string(&file).map_err(|error| vec![format!("{file}: {error}")])?;
            read(&file, &text).map_err(said)
        };
        let (english, german) = match (language("en"), language("de")) {
            (Ok(english), Ok(german)) => (english, german),
            (english, german) => {
                problems.extend(english.err().into_iter().chain(german.err()).flatten());
                continue;
            }
        };
        let different = compare(&english, &german);
        if !different.is_empty() {
            problems.extend(said(different));
            continue;
        }
        module(&mut code, &mut table, &mut count, (&room, &english, &german));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let _ = write!(code, "static GERMAN: [&str; {count}] = [\n{table}];\n");
    Ok(code)
}

fn module(
    code: &mut String,
    table: &mut String,
    count: &mut usize,
    (room, english, german): (&str, &Catalogue, &Catalogue),
) {
    let head = if english.head.is_empty() { room } else { &english.head };
    let _ = writeln!(
        code,
        "/// {head}\n// A sentence may name many things.\n#[allow(clippy::too_many_arguments)]\npub mod {room} {{"
    );
    for text in &english.texts {
        let Some(same) = german.texts.iter().find(|one| one.key == text.key) else { continue };
        function(code, text, same, *count);
        let _ = writeln!(table, "    {:?},", same.packed(&text.names()));
        *count += 1;
    }
    code.push_str("}\n");
}

fn function(code: &mut String, english: &Text, german: &Text, index: usize) {
    let (key, names) = (&english.key, english.names());
    let text = english.packed(&names);
    let _ = writeln!(code, "    /// ```text\n    /// {}\n    /// ```", english.written);
    if names.is_empty() {
        let _ = writeln!(code, "    pub fn {key}() -> &'static str {{ crate::say({text:?}, {index}) }}");
        return;
    }
    let is_number = |name: &&&str| english.counts(name) || german.counts(name);
    let parameter = |name: &&str| match Some(name).filter(is_number) {
        Some(_) => format!("{name}: u64"),
        None => format!("{name}: &dyn core::fmt::Display"),
    };
    let argument = |name: &&str| match Some(name).filter(is_number) {
        Some(_) => format!("crate::Value::Number({name})"),
        None => format!("crate::Value::Text({name})"),
    };
    let parameters: Vec<_> = names.iter().map(parameter).collect();
    let arguments: Vec<_> = names.iter().map(argument).collect();
    let _ = writeln!(
        code,
        "    pub fn {key}({}) -> String {{ crate::fill(crate::say({text:?}, {index}), &[{}]) }}",
        parameters.join(", "),
        arguments.join(", ")
    );
}

/// The names of the files in a folder, without `.txt`.
fn rooms(folder: &str) -> Result<Vec<String>, Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|error| vec![format!("{folder}: {error}")])?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter_map(|name| Some(name.strip_suffix(".txt")?.to_owned())).collect())
}
