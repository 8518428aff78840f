//! The command line.

use crate::render::Wish;
use millrace_model::{Profile, Span};
use millrace_picture::Theme;
use std::ffi::OsString;
use std::path::PathBuf;

pub const USAGE: &str = "\
usage: millrace run FILE [--json | --hash] [--all] [--until 60s] [--seed N] [--profile 4.x]
       millrace run FILE [--until 60s] [--seed N] [--profile 4.x] -- LINE
       millrace console [FILE] [--keep-going] [--until 60s] [--seed N] [--profile 4.x]
       millrace metrics FILE [--until 60s] [--seed N] [--profile 4.x]
       millrace export FILE --out DIR|FILE.zip [--until 60s] [--seed N] [--profile 4.x]
       millrace grade DIR [--json]
       millrace shelf DIR OUT
       millrace render LESSON|FILE [--at 12s] [--task N] [--width W] [--theme auto|light|dark] [--seed N] [--lessons DIR]
       millrace verify FILE… [--lessons DIR]
       millrace vectors DIR

run      runs a script (`-` reads it from the standard input) and prints what happens, a line for each event
  --all      background hum, too: heartbeats, empty fetches, inner workings
  --json     the trace, one JSON object a line
  --hash     the hash of the state after each step: step, time, hash
  --until    lets time pass until this long after the start, once the script has ended
  --seed     keys the dice (1)
  --profile  the version of Kafka whose defaults hold: 4.x, 4.0-snapshot or 3.9
  -- LINE    a line of the console once the script has ended, such as kafka-topics --list: only what it prints
console  reads lines from the standard input, after a script if there is one: Kafka's tools print what they print there
  --keep-going  goes on after a line that has failed
metrics  runs a script and prints its metrics at the end, as Prometheus scrapes them
export   runs a script and writes what it ends in as files for a real cluster
  --out      the folder to make, or the zip to write
grade    grades a lesson's folder, or all lessons in a folder, a line for each task: the preset fails its check, the
         solution passes it, the usual mistakes fail what they are said to fail
  --json     one JSON object a line
shelf    writes the lessons of a folder as the site has them: each with its prose as HTML, and a catalogue,
         in every language
render   prints a moment of a lesson or of a script as a picture, an SVG file that stands alone
  --at       how long after the start; what a lesson's front matter says as poster:, or else the end
  --task     whose solution is played (the first task's)
  --width    how wide, in CSS pixels (800)
  --theme    auto (as the reader's system says), light or dark
verify   replays the millrace blocks of documents, and the lessons that they embed; a folder stands for all *.md, *.adoc
         and *.rst in it
  --lessons  where the lessons lie (static/lessons)
vectors  replays golden vectors recorded from Apache Kafka";

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    Help,
    Run(RunOptions),
    /// A line of the console after a script.
    Line(RunOptions, Vec<String>),
    /// What a script ends in, as files, and where to.
    Export(RunOptions, PathBuf),
    /// Lines from the standard input, after a script if there is one.
    Console {
        script: Option<RunOptions>,
        seed: u64,
        profile: Profile,
        keep_going: bool,
    },
    Vectors(PathBuf),
    Grade {
        dir: PathBuf,
        json: bool,
    },
    Shelf {
        dir: PathBuf,
        out: PathBuf,
    },
    Render {
        what: String,
        lessons: PathBuf,
        wish: Wish,
    },
    Verify {
        files: Vec<PathBuf>,
        lessons: PathBuf,
    },
}

/// How a script is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOptions {
    pub file: PathBuf,
    pub output: Output,
    pub all: bool,
    pub until: Option<Span>,
    pub seed: u64,
    pub profile: Profile,
    /// Where an export goes.
    pub out: Option<PathBuf>,
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Text,
    Json,
    Hash,
    /// Prometheus' text format.
    Metrics,
    /// Files for a real cluster.
    Export,
}

/// Reads the arguments after the program's name.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Task, String> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let line = arguments.iter().position(|word| word == "--").map(|at| arguments.split_off(at));
    let line = line.map(|line| line.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect());
    let task = task(arguments)?;
    match (task, line) {
        (task, None) => Ok(task),
        (Task::Run(options), Some(line)) if options.output == Output::Text && !options.all => {
            Ok(Task::Line(options, line))
        }
        (_, Some(_)) => Err("a line after -- belongs to run, without --json, --hash and --all".to_owned()),
    }
}

fn task(arguments: Vec<OsString>) -> Result<Task, String> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match parser.next().map_err(text)? {
        None | Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h')) => Ok(Task::Help),
        Some(lexopt::Arg::Value(word)) if word == "run" => run(&mut parser, Output::Text).map(Task::Run),
        Some(lexopt::Arg::Value(word)) if word == "metrics" => {
            run(&mut parser, Output::Metrics).map(Task::Run)
        }
        Some(lexopt::Arg::Value(word)) if word == "export" => export(&mut parser),
        Some(lexopt::Arg::Value(word)) if word == "console" => console(&mut parser),
        Some(lexopt::Arg::Value(word)) if word == "vectors" => match parser.next().map_err(text)? {
            Some(lexopt::Arg::Value(dir)) => {
                end(&mut parser)?;
                Ok(Task::Vectors(dir.into()))
            }
            _ => Err("vectors: expected a directory".to_owned()),
        },
        Some(lexopt::Arg::Value(word)) if word == "grade" => grade(&mut parser),
        Some(lexopt::Arg::Value(word)) if word == "shelf" => shelf(&mut parser),
        Some(lexopt::Arg::Value(word)) if word == "render" => render(&mut parser),
        Some(lexopt::Arg::Value(word)) if word == "verify" => verify(&mut parser),
        Some(other) => Err(format!(
            "expected run, console, metrics, export, grade, shelf, render, verify or vectors, found {}",
            shown(&other)
        )),
    }
}

fn run(parser: &mut lexopt::Parser, output: Output) -> Result<RunOptions, String> {
    let verb = match output {
        Output::Metrics => "metrics",
        Output::Export => "export",
        Output::Text | Output::Json | Output::Hash => "run",
    };
    let (mut options, file, _) = options(parser, verb, output)?;
    options.file = file.ok_or(format!("{verb}: expected a file, or - for the standard input"))?;
    Ok(options)
}

fn export(parser: &mut lexopt::Parser) -> Result<Task, String> {
    let mut options = run(parser, Output::Export)?;
    let out = options.out.take().ok_or("export: expected --out with a folder or a zip")?;
    Ok(Task::Export(options, out))
}

fn console(parser: &mut lexopt::Parser) -> Result<Task, String> {
    let (mut options, file, keep_going) = options(parser, "console", Output::Text)?;
    let (seed, profile) = (options.seed, options.profile);
    let script = file.map(|file: PathBuf| {
        options.file = file;
        options
    });
    match script.as_ref().is_some_and(|script| script.file.as_os_str() == "-") {
        true => Err("console: the standard input holds the lines, expected a file".to_owned()),
        false => Ok(Task::Console { script, seed, profile, keep_going }),
    }
}

fn options(
    parser: &mut lexopt::Parser,
    verb: &str,
    output: Output,
) -> Result<(RunOptions, Option<PathBuf>, bool), String> {
    let (mut file, mut keep_going) = (None, false);
    let mut options = RunOptions {
        file: PathBuf::new(),
        output,
        all: false,
        until: None,
        seed: 1,
        profile: Profile::default(),
        out: None,
    };
    while let Some(argument) = parser.next().map_err(text)? {
        match argument {
            lexopt::Arg::Value(value) if file.is_none() => file = Some(value.into()),
            lexopt::Arg::Long("keep-going") if verb == "console" => keep_going = true,
            lexopt::Arg::Long("json" | "hash" | "all") if verb == "console" => {
                return Err(format!("{verb}: unexpected {}", shown(&argument)));
            }
            lexopt::Arg::Long("json") if output == Output::Text => options.output = Output::Json,
            lexopt::Arg::Long("hash") if output == Output::Text => options.output = Output::Hash,
            lexopt::Arg::Long("all") if output == Output::Text => options.all = true,
            lexopt::Arg::Long("out") if output == Output::Export => {
                options.out = Some(parser.value().map_err(text)?.into());
            }
            lexopt::Arg::Long("until") => {
                let value = value(parser)?;
                let span = millrace_script::language::time::read_span(&value);
                options.until = Some(
                    span.ok_or_else(|| format!("--until: expected a duration such as 60s, found {value}"))?,
                );
            }
            lexopt::Arg::Long("seed") => {
                let value = value(parser)?;
                options.seed =
                    value.parse().map_err(|_| format!("--seed: expected a whole number, found {value}"))?;
            }
            lexopt::Arg::Long("profile") => {
                let value = value(parser)?;
                let profile = Profile::from_name(&value);
                options.profile = profile
                    .ok_or_else(|| format!("--profile: expected {}, found {value}", Profile::NAMES))?;
            }
            other => return Err(format!("{verb}: unexpected {}", shown(&other))),
        }
    }
    Ok((options, file, keep_going))
}

fn grade(parser: &mut lexopt::Parser) -> Result<Task, String> {
    let mut dir = None;
    let mut json = false;
    while let Some(argument) = parser.next().map_err(text)? {
        match argument {
            lexopt::Arg::Value(value) if dir.is_none() => dir = Some(value.into()),
            lexopt::Arg::Long("json") => json = true,
            other => return Err(format!("grade: unexpected {}", shown(&other))),
        }
    }
    let dir = dir.ok_or("grade: expected a lesson's folder, or one with lessons' folders in it")?;
    Ok(Task::Grade { dir, json })
}

fn shelf(parser: &mut lexopt::Parser) -> Result<Task, String> {
    let mut folder = |what: &str| match parser.next().map_err(text)? {
        Some(lexopt::Arg::Value(value)) => Ok(PathBuf::from(value)),
        _ => Err(format!("shelf: expected {what}")),
    };
    let dir = folder("a folder with lessons' folders in it")?;
    let out = folder("a folder to write to")?;
    end(parser)?;
    Ok(Task::Shelf { dir, out })
}

fn render(parser: &mut lexopt::Parser) -> Result<Task, String> {
    let (mut what, mut lessons, mut wish) = (None, PathBuf::from("static/lessons"), Wish::default());
    while let Some(argument) = parser.next().map_err(text)? {
        match argument {
            lexopt::Arg::Value(value) if what.is_none() => what = Some(value.to_string_lossy().into_owned()),
            lexopt::Arg::Long("at") => {
                let value = value(parser)?;
                let span = millrace_script::language::time::read_span(&value);
                wish.at = Some(span.ok_or(format!("--at: expected a duration such as 12s, found {value}"))?);
            }
            lexopt::Arg::Long("task") => wish.task = Some(value(parser)?),
            lexopt::Arg::Long("width") => {
                let value = value(parser)?;
                let width = value.parse().ok().filter(|width| (160..=4_096).contains(width));
                wish.width = Some(width.ok_or(format!("--width: expected 160 to 4096, found {value}"))?);
            }
            lexopt::Arg::Long("theme") => {
                let value = value(parser)?;
                let theme = Theme::from_name(&value);
                wish.theme = theme.ok_or(format!("--theme: expected auto, light or dark, found {value}"))?;
            }
            lexopt::Arg::Long("seed") => {
                let value = value(parser)?;
                let seed =
                    value.parse().map_err(|_| format!("--seed: expected a whole number, found {value}"))?;
                wish.seed = Some(seed);
            }
            lexopt::Arg::Long("lessons") => lessons = value(parser)?.into(),
            other => return Err(format!("render: unexpected {}", shown(&other))),
        }
    }
    let what = what.ok_or("render: expected a lesson such as L16, or a script")?;
    Ok(Task::Render { what, lessons, wish })
}

fn verify(parser: &mut lexopt::Parser) -> Result<Task, String> {
    let mut files = Vec::new();
    let mut lessons = PathBuf::from("static/lessons");
    while let Some(argument) = parser.next().map_err(text)? {
        match argument {
            lexopt::Arg::Value(value) => files.push(value.into()),
            lexopt::Arg::Long("lessons") => lessons = value(parser)?.into(),
            other => return Err(format!("verify: unexpected {}", shown(&other))),
        }
    }
    if files.is_empty() {
        return Err("verify: expected documents, or folders with *.md, *.adoc or *.rst in them".to_owned());
    }
    Ok(Task::Verify { files, lessons })
}

fn value(parser: &mut lexopt::Parser) -> Result<String, String> {
    parser.value().map_err(text).map(|value| value.to_string_lossy().into_owned())
}

fn end(parser: &mut lexopt::Parser) -> Result<(), String> {
    match parser.next().map_err(text)? {
        None => Ok(()),
        Some(other) => Err(format!("unexpected {}", shown(&other))),
    }
}

fn text(error: lexopt::Error) -> String {
    error.to_string()
}

fn shown(argument: &lexopt::Arg<'_>) -> String {
    match argument {
        lexopt::Arg::Short(name) => format!("-{name}"),
        lexopt::Arg::Long(name) => format!("--{name}"),
        lexopt::Arg::Value(value) => value.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(line: &str) -> Result<Task, String> {
        read(line.split(' ').map(OsString::from))
    }

    #[test]
    fn a_run_has_a_file_and_its_options() {
        let Ok(Task::Run(options)) = task("run - --json --until 60s --seed 7 --profile 4.0-snapshot") else {
            panic!("not a run")
        };
        assert_eq!((options.output, options.until), (Output::Json, Some(Span::from_secs(60))));
        assert_eq!((options.seed, options.profile), (7, Profile::Snapshot40));
    }

    #[test]
    fn a_line_follows_a_run_and_the_console_has_a_file_or_none() {
        let Ok(Task::Line(options, line)) = task("run a.mill --until 5s -- kafka-topics --list") else {
            panic!("not a line")
        };
        assert_eq!(
            (options.until, line.join(" ").as_str()),
            (Some(Span::from_secs(5)), "kafka-topics --list")
        );
        let Ok(Task::Console { script, seed, keep_going, .. }) = task("console --keep-going --seed 3") else {
            panic!("not a console")
        };
        assert_eq!((script, seed, keep_going), (None, 3, true));
        let Ok(Task::Console { script: Some(script), .. }) = task("console a.mill") else {
            panic!("no script")
        };
        assert_eq!(script.file.as_os_str(), "a.mill");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, said) in [
            (
                "walk",
                "expected run, console, metrics, export, grade, shelf, render, verify or vectors, found walk",
            ),
            ("metrics a --json", "metrics: unexpected --json"),
            ("console -", "console: the standard input holds the lines, expected a file"),
            ("console --json", "console: unexpected --json"),
            ("metrics a -- b", "a line after -- belongs to run, without --json, --hash and --all"),
            ("export a", "export: expected --out with a folder or a zip"),
            ("run a --out b", "run: unexpected --out"),
            ("run", "run: expected a file, or - for the standard input"),
            ("run a b", "run: unexpected b"),
            ("run a --until 5", "--until: expected a duration such as 60s, found 5"),
            ("vectors", "vectors: expected a directory"),
            ("vectors a b", "unexpected b"),
            ("render", "render: expected a lesson such as L16, or a script"),
            ("render L16 --at noon", "--at: expected a duration such as 12s, found noon"),
            ("render L16 --width 9", "--width: expected 160 to 4096, found 9"),
            ("render L16 --theme pink", "--theme: expected auto, light or dark, found pink"),
        ] {
            assert_eq!(task(line), Err(said.to_owned()), "{line}");
        }
    }
}
