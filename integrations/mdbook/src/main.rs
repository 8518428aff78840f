//! `mdbook-millrace`: a preprocessor for mdBook. A fence
//!
//! ````text
//! ```millrace lesson=L16 at=12s
//! ```
//! ````
//!
//! becomes a widget; one with lines in it becomes a widget of its own scenario, whose lines are checked here. Blocks with
//! the words `continue` or `refused` are for `millrace verify` and stay what they are.
//!
//! mdBook calls it with `supports RENDERER`, or hands over `[context, book]` as JSON and reads the book back.

mod book;
mod chapter;

use std::io::{Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // Others than HTML show the fallback, or leave HTML out.
        ["supports", renderer] => {
            return if *renderer == "html" { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        [] => {}
        _ => return complain("usage: mdbook-millrace [supports RENDERER]; mdBook calls it (see its README)"),
    }
    let mut source = String::new();
    if let Err(error) = std::io::stdin().read_to_string(&mut source) {
        return complain(&format!("standard input: {error}"));
    }
    match book::run(&source) {
        Ok(book) => match writeln!(std::io::stdout(), "{book}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&format!("standard output: {error}")),
        },
        Err(wrong) => complain(&wrong),
    }
}

fn complain(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::FAILURE
}
