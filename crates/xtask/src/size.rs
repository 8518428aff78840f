//! `cargo xtask size`: what every shipped file weighs, against `budgets.toml`.

mod budgets;
mod first_load;
mod functions;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use budgets::Budgets;

use crate::args::Flags;
use crate::build::{self, Kind, PLAY, dist};
use crate::process::{capture, root};
use crate::{Done, tools, versions, widget};

/// Node's zlib has both compressors, so that xtask needs none.
const MEASURE: &str = include_str!("size/measure.cjs");

/// Heads the first column, and says what the numbers are.
const HEAD: &str = "KB = 1024 bytes";

/// A shipped file and its sizes in bytes.
struct Shipped {
    /// Its path below `dist/`.
    name: String,
    raw: u64,
    /// As `gzip -9` makes it.
    gzip: u64,
    /// At brotli's quality 11.
    brotli: u64,
    /// Whether a first visit loads it.
    first: bool,
    /// Whether the first widget of somebody's page does.
    embed: bool,
}

/// Prints the table and judges it.
///
/// # Errors
/// If something is over its budget, or there is no built site.
pub fn run(args: &[String]) -> Done {
    let mut flags = Flags::new(args);
    let fresh = flags.take("--build");
    let functions = flags.value("--functions")?;
    flags.end()?;
    if let Some(of) = functions {
        return functions::run(&of);
    }
    if fresh {
        build::build(Kind::Release)?;
    } else {
        build::must_exist()?;
    }
    let budgets = Budgets::read(&root().join("budgets.toml"))?;
    let shipped = measure(&dist())?;
    print!("{}", table(&shipped));
    let judged = budgets.judge(&shipped);
    for line in &judged {
        println!("{}", line.text);
    }
    let over: Vec<&str> = judged.iter().filter(|line| line.over).map(|line| line.text.as_str()).collect();
    if over.is_empty() { Ok(()) } else { Err(format!("over budget\n{}", over.join("\n"))) }
}

fn measure(dist: &Path) -> Result<Vec<Shipped>, String> {
    let mut files = Vec::new();
    collect(dist, &mut files).map_err(|error| format!("{}: {error}", dist.display()))?;
    // The same bytes lie in `embed/v1/`.
    files.retain(|file| !versions::is_copy(&name_below(dist, file)));
    files.sort();
    let first = first_load::names(dist, &files, &format!("{PLAY}index.html"))?;
    let embed = first_load::names(dist, &files, &format!("{}/embed.js", widget::HOME))?;
    let printed = capture(tools::node_script()?.args(["-e", MEASURE]).arg("--").args(&files))?;
    let read = |(file, line): (&PathBuf, &str)| {
        let mut numbers = line.split(' ').map(str::parse::<u64>);
        let mut number = || numbers.next()?.ok();
        let name = name_below(dist, file);
        let (first, embed) = (first.contains(&name), embed.contains(&name));
        Some(Shipped { name, raw: number()?, gzip: number()?, brotli: number()?, first, embed })
    };
    let shipped: Option<Vec<Shipped>> = files.iter().zip(printed.lines()).map(read).collect();
    shipped
        .filter(|shipped| shipped.len() == files.len())
        .ok_or_else(|| format!("the measuring script printed:\n{printed}"))
}

/// All files of a folder and of the folders in it, but hidden folders.
pub fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            if !hidden {
                collect(&path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// A file's path below the site, with slashes.
pub fn name_below(dist: &Path, file: &Path) -> String {
    file.strip_prefix(dist).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

fn table(shipped: &[Shipped]) -> String {
    let width = shipped.iter().map(|file| file.name.len()).max().unwrap_or(0).max(HEAD.len());
    let row = |name: &str, sizes: [u64; 3], first: &str| {
        let [raw, gzip, brotli] = sizes.map(kilobytes);
        format!("{name:width$}  {raw:>9}  {gzip:>9}  {brotli:>9}  {first}\n")
    };
    let mut text = format!("{:width$}  {:>9}  {:>9}  {:>9}  first load\n", HEAD, "raw", "gzip -9", "brotli");
    let mut sum = [0; 3];
    for file in shipped {
        text.push_str(&row(
            &file.name,
            [file.raw, file.gzip, file.brotli],
            match (file.first, file.embed) {
                (true, _) => "yes",
                (false, true) => "of a widget",
                (false, false) => "later",
            },
        ));
        let [raw, gzip, brotli] = sum;
        sum = [raw + file.raw, gzip + file.gzip, brotli + file.brotli];
    }
    text.push_str(&row("all files", sum, ""));
    text
}

/// Bytes as KB with one decimal, rounded up: a budget is not met by rounding.
fn kilobytes(bytes: u64) -> String {
    let tenths = (bytes * 10).div_ceil(1024);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The names of files, for tests and for the closure of the first load.
type Names = BTreeSet<String>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilobytes_round_up() {
        for (bytes, want) in
            [(0, "0.0"), (1, "0.1"), (1024, "1.0"), (1025, "1.1"), (358_400, "350.0"), (358_401, "350.1")]
        {
            assert_eq!(kilobytes(bytes), want);
        }
    }

    #[test]
    fn the_table_says_what_a_first_visit_loads() {
        let file = |name: &str, first, embed| {
            let name = name.to_owned();
            Shipped { name, raw: 2048, gzip: 1024, brotli: 512, first, embed }
        };
        let text = table(&[
            file("a.wasm", true, false),
            file("codec.wasm", false, false),
            file("e.js", false, true),
        ]);
        let want = "\
KB = 1024 bytes        raw    gzip -9     brotli  first load
a.wasm                 2.0        1.0        0.5  yes
codec.wasm             2.0        1.0        0.5  later
e.js                   2.0        1.0        0.5  of a widget
all files              6.0        3.0        1.5  ";
        assert_eq!(text.trim_end_matches('\n'), want);
    }
}
