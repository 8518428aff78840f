//! `millrace run FILE -- LINE` and `millrace console`: lines of the console over a script's history.

use crate::arguments::RunOptions;
use crate::complain;
use crate::run::played;
use millrace_console::{Printed, lines, run, run_words};
use millrace_sim::{Setup, Timeline};
use millrace_tools::Files;
use std::io::{IsTerminal, Read, Write};

/// The files of this machine.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }
}

/// One line once the script has ended; its exit code.
pub fn line(options: &RunOptions, words: &[String]) -> u8 {
    let mut timeline = match history(options) {
        Ok(timeline) => timeline,
        Err(code) => return code,
    };
    // What reads nothing shall not wait for a terminal or for a pipe that nobody closes.
    let reads = words.first().is_some_and(|word| word.contains("kafka-console-producer"));
    let mut stdin = String::new();
    if reads && options.file.as_os_str() != "-" && !std::io::stdin().is_terminal() {
        let _ = std::io::stdin().read_to_string(&mut stdin);
    }
    show(&run_words(&mut timeline, words, &stdin, &Disk))
}

/// The lines of the standard input; the exit code of the last that failed. At a terminal each is carried out when it is
/// there, and a failure ends nothing.
pub fn console(script: Option<&RunOptions>, setup: Setup, keep_going: bool) -> u8 {
    let profile = setup.profile;
    let mut timeline = match script {
        None => Timeline::new(setup),
        Some(options) => match history(options) {
            Ok(timeline) => timeline,
            Err(code) => return code,
        },
    };
    let is_terminal = std::io::stdin().is_terminal();
    let mut input = Input { is_terminal, done: false };
    let (mut source, mut code) = (String::new(), 0);
    while input.more(&mut source) {
        let mut at = 0;
        for line in lines(&source, profile) {
            // The end of a here-document may be still to come.
            if is_terminal && !input.done && line.is_unfinished() {
                break;
            }
            let printed = run(&mut timeline, &line, &Disk);
            at = line.next;
            let exit = show(&printed);
            if exit != 0 {
                code = exit;
                if !keep_going && !is_terminal {
                    if source.lines().count() > 1 {
                        complain(&format!("stopped at line {}: {}", line.number, first_line(&line.text)));
                    }
                    return code;
                }
            }
        }
        source.drain(..at);
    }
    code
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

struct Input {
    is_terminal: bool,
    done: bool,
}

impl Input {
    /// Reads on: a line at a terminal, everything otherwise. False once there is nothing left to do.
    fn more(&mut self, source: &mut String) -> bool {
        if self.done {
            return false;
        }
        if !self.is_terminal {
            self.done = true;
            return match std::io::stdin().read_to_string(source) {
                Ok(_) => true,
                Err(error) => complain(&format!("standard input: {error}")) == 0,
            };
        }
        let _ = write!(std::io::stderr(), "{}", if source.is_empty() { "millrace> " } else { "> " });
        let _ = std::io::stderr().flush();
        match std::io::stdin().read_line(source) {
            Ok(n) => self.done = n == 0,
            Err(_) => self.done = true,
        }
        !self.done || !source.is_empty()
    }
}

/// The history of the script; what has failed in it is said.
fn history(options: &RunOptions) -> Result<Timeline, u8> {
    match played(options)? {
        (timeline, None) => Ok(timeline),
        (_, Some((sentence, code))) => {
            complain(&sentence);
            Err(code)
        }
    }
}

/// Prints what a line has printed; its exit code.
fn show(printed: &Printed) -> u8 {
    let _ = write!(std::io::stdout(), "{}", printed.stdout);
    let _ = std::io::stdout().flush();
    let _ = write!(std::io::stderr(), "{}", printed.stderr);
    if let Some(hint) = &printed.hint {
        let _ = writeln!(std::io::stderr(), "{hint}");
    }
    printed.exit
}
