//! `millrace`: the engine headless.
//!
//! Exit codes: 0 all is well, 1 an expectation or a vector failed, 2 a line, an argument or a file is wrong. A line of the
//! console ends with the tool's own.

mod arguments;
mod console;
mod export;
mod grade;
mod json;
mod line;
mod publish;
mod render;
mod run;
mod shelf;
mod translations;
mod vectors;
mod verify;

use arguments::Task;
use millrace_sim::Setup;
use std::io::Write;
use std::process::ExitCode;

/// Something is not as it should be.
const FAILED: u8 = 1;
/// The input is wrong.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let code = match arguments::read(std::env::args_os().skip(1)) {
        Ok(Task::Help) => print(arguments::USAGE),
        Ok(Task::Run(options)) => run::run(&options),
        Ok(Task::Line(options, words)) => console::line(&options, &words),
        Ok(Task::Console { script, seed, profile, keep_going }) => {
            console::console(script.as_ref(), Setup { seed, profile }, keep_going)
        }
        Ok(Task::Export(options, out)) => export::run(&options, &out),
        Ok(Task::Vectors(dir)) => vectors::run(&dir),
        Ok(Task::Grade { dir, json }) => grade::run(&dir, json),
        Ok(Task::Shelf { dir, out }) => publish::run(&dir, &out),
        Ok(Task::Render { what, lessons, wish }) => render::run(&what, &lessons, &wish),
        Ok(Task::Verify { files, lessons }) => verify::run(&files, &lessons),
        Err(wrong) => complain(&format!("{wrong}\n\n{}", arguments::USAGE)),
    };
    ExitCode::from(code)
}

/// Prints to the standard output; a reader that has gone away is no mistake.
fn print(text: &str) -> u8 {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    0
}

/// Says what is wrong with the input.
fn complain(text: &str) -> u8 {
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    WRONG
}
