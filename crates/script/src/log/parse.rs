//! Reading a save file. What makes no sense is named, line by line, and the rest is kept.

use super::{FILE_BYTES, SaveFile, SavedBranch, VERSION, has_plain_producers};
use crate::language::problem::{Problem, shown};
use crate::language::time::read_time;
use crate::statement::{Statement, parse_line};
use millrace_expr::Span;
use millrace_model::{Profile, Time};
use millrace_sim::timeline::{BOOKMARKS, NAME as NAME_LENGTH};
use millrace_sim::{Bookmark, BranchId, Command, Logged, Moment, Setup, limits};

impl SaveFile {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that is too large or is no save file of this version. Damaged lines are no error: they are in the list.
    pub fn parse(source: &str) -> Result<(SaveFile, Vec<Problem>), Problem> {
        if source.len() > FILE_BYTES {
            let start = Span { start: 0, end: 0 };
            let expected = format!("a file of at most {} MiB", FILE_BYTES >> 20);
            return Err(Problem::new(source, start, expected, format!("{} bytes", source.len())));
        }
        let mut reader = Reader { source, ..Reader::default() };
        let mut header = false;
        let mut start = 0;
        for (index, line) in source.split_inclusive('\n').enumerate() {
            let text = line.trim_end_matches(['\n', '\r']);
            if header {
                reader.line(index + 1, text, start);
            } else if !text.trim().is_empty() {
                check_header(source, text, start)?;
                header = true;
            }
            start += line.len();
        }
        if !header {
            let nothing = Span { start: 0, end: 0 };
            return Err(Problem::new(source, nothing, format!("`millrace {VERSION}`"), "an empty file"));
        }
        Ok(reader.finish())
    }
}

fn check_header(source: &str, line: &str, start: usize) -> Result<(), Problem> {
    if line.trim() == format!("millrace {VERSION}") {
        return Ok(());
    }
    let at = Span { start, end: start + line.len() };
    let expected = format!("`millrace {VERSION}`, the first line of a save file that this version can read");
    Err(Problem::new(source, at, expected, shown(line)))
}

#[derive(Default)]
struct Reader<'a> {
    source: &'a str,
    setup: Setup,
    branches: Vec<SavedBranch>,
    playhead: Option<Moment>,
    engine: Option<String>,
    hash: Option<u64>,
    commands: usize,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn line(&mut self, number: usize, line: &str, start: usize) {
        if line.trim().is_empty() {
            return;
        }
        let read = if line.starts_with('@') { self.command(number, line, start) } else { self.section(line) };
        if let Err(wrong) = read {
            let problem = match wrong {
                Wrong::Place(expected) => {
                    let at = Span { start, end: start + line.len() };
                    let mut problem = Problem::new("", at, expected, shown(line));
                    (problem.line, problem.column) = (number, 1);
                    problem
                }
                Wrong::Line(problem) => *problem,
            };
            self.problems.push(problem);
        }
    }

    fn command(&mut self, number: usize, line: &str, start: usize) -> Result<(), Wrong> {
        let expected = "@TIME #STEPS and a command";
        let mut parts = line.splitn(3, ' ');
        let (at, after) = place(parts.next(), parts.next()).ok_or(Wrong::Place(expected))?;
        let text = parts.next().ok_or(Wrong::Place(expected))?;
        let moved = |mut problem: Problem| {
            let before = line.len() - text.len();
            problem = problem.moved(number - 1, start + before);
            problem.column += line.get(..before).map_or(0, |place| place.chars().count());
            Wrong::Line(Box::new(problem))
        };
        let command = match parse_line(text, self.setup.profile).map_err(moved)? {
            Some(Statement::Do(command)) => self.as_it_was_meant(command),
            Some(_) | None => return Err(Wrong::Place("a command: a history holds nothing else")),
        };
        self.commands += 1;
        if self.commands > limits::COMMANDS {
            return Err(Wrong::Place("fewer commands: the limit of one history is reached"));
        }
        let branch =
            self.branches.last_mut().ok_or(Wrong::Place("`branch 0` in front of the first command"))?;
        let before = branch.log.last().map(|(logged, _)| (logged.after, logged.at));
        if before.is_some_and(|(steps, time)| after <= steps || at < time) {
            return Err(Wrong::Place("a command that comes after the one before"));
        }
        branch.log.push((Logged { after, at, command: command.into() }, number));
        Ok(())
    }

    /// What a command of an older engine has to say today to come to the same.
    fn as_it_was_meant(&self, mut command: Command) -> Command {
        if let Command::StartProducer { config, .. } = &mut command
            && has_plain_producers(self.engine.as_deref())
            && config.transactional_id.is_none()
        {
            config.enable_idempotence.get_or_insert(false);
        }
        command
    }

    fn section(&mut self, line: &str) -> Result<(), Wrong> {
        if let Some(note) = self.note(line) {
            return note;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["engine", version] => self.engine = Some((*version).to_owned()),
            ["seed", seed] => {
                self.setup.seed = seed.parse().map_err(|_| Wrong::Place("seed and a whole number"))?;
            }
            ["profile", name] => {
                self.setup.profile = Profile::from_name(name)
                    .ok_or(Wrong::Place("profile and a version: 4.x, 4.0-snapshot or 3.9"))?;
            }
            ["branch", id] => self.begin(id, None)?,
            ["branch", id, "from", parent, at, step] => {
                let (at, step) = place(Some(at), Some(step)).ok_or(Wrong::Place(BRANCH))?;
                let branch = BranchId(parent.parse().map_err(|_| Wrong::Place(BRANCH))?);
                if !self.branches.iter().any(|known| known.id == branch) {
                    return Err(Wrong::Place("a branch from one that stands above"));
                }
                self.begin(id, Some(Moment { branch, step, at }))?;
            }
            ["end", at, steps] => {
                let (at, steps) = place(Some(at), Some(steps)).ok_or(Wrong::Place("end @TIME #STEPS"))?;
                let branch = self.branches.last_mut().ok_or(Wrong::Place("a branch in front of its end"))?;
                branch.end = (steps, at);
            }
            ["playhead", branch, at, step, hash @ ..] => {
                let expected =
                    "playhead, a branch's number, @TIME #STEPS, and perhaps hash and its 16 digits";
                self.hash = match hash {
                    [] => None,
                    ["hash", digits] if digits.len() == 16 => {
                        Some(u64::from_str_radix(digits, 16).map_err(|_| Wrong::Place(expected))?)
                    }
                    _ => return Err(Wrong::Place(expected)),
                };
                let (at, step) = place(Some(at), Some(step)).ok_or(Wrong::Place(expected))?;
                let branch = BranchId(branch.parse().map_err(|_| Wrong::Place(expected))?);
                self.playhead = Some(Moment { branch, step, at });
            }
            _ => {
                return Err(Wrong::Place(
                    "engine, seed, profile, branch, name, @TIME #STEPS and a command, bookmark, end or playhead",
                ));
            }
        }
        Ok(())
    }

    /// What the learner wrote on a branch; `None` if the line is something else.
    fn note(&mut self, line: &str) -> Option<Result<(), Wrong>> {
        const NAME: &str = "name and a branch's name, below its branch";
        const BOOKMARK: &str = "bookmark @TIME #STEPS and its name, below its branch";
        let (word, rest) = line.split_once(' ')?;
        let expected = match word {
            "name" => NAME,
            "bookmark" => BOOKMARK,
            _ => return None,
        };
        let Some(branch) = self.branches.last_mut() else { return Some(Err(Wrong::Place(expected))) };
        let fits = |name: &str| (1..=NAME_LENGTH).contains(&name.chars().count());
        if word == "name" {
            let name = Some(rest.trim()).filter(|name| fits(name));
            branch.name = name.map(Into::into);
            return Some(name.map(drop).ok_or(Wrong::Place(expected)));
        }
        let mut parts = rest.trim().splitn(3, ' ');
        let at = place(parts.next(), parts.next());
        let name = parts.next().map(str::trim).filter(|name| fits(name));
        let Some(((at, step), name)) = at.zip(name) else { return Some(Err(Wrong::Place(expected))) };
        if branch.bookmarks.len() >= BOOKMARKS {
            return Some(Err(Wrong::Place("fewer bookmarks: the limit is reached")));
        }
        let moment = Moment { branch: branch.id, step, at };
        branch.bookmarks.push(Bookmark { name: name.into(), moment });
        Some(Ok(()))
    }

    fn begin(&mut self, id: &str, from: Option<Moment>) -> Result<(), Wrong> {
        let id = BranchId(id.parse().map_err(|_| Wrong::Place(BRANCH))?);
        if self.branches.iter().any(|branch| branch.id == id) {
            return Err(Wrong::Place("a branch with a number of its own"));
        }
        if self.branches.len() >= limits::BRANCHES {
            return Err(Wrong::Place("fewer branches: the limit is reached"));
        }
        self.branches.push(SavedBranch {
            id,
            from,
            log: Vec::new(),
            end: (0, Time::ZERO),
            name: None,
            bookmarks: Vec::new(),
        });
        Ok(())
    }

    fn finish(mut self) -> (SaveFile, Vec<Problem>) {
        if self.branches.is_empty() {
            let _ = self.begin("0", None);
        }
        for branch in &mut self.branches {
            // A damaged or missing end: at least as far as the last command.
            if let Some((last, _)) = branch.log.last() {
                branch.end = (branch.end.0.max(last.after + 1), branch.end.1.max(last.at));
            }
        }
        let known = |playhead: &Moment| self.branches.iter().any(|branch| branch.id == playhead.branch);
        let last = self.branches.last().map(|branch| Moment {
            branch: branch.id,
            step: branch.end.0,
            at: branch.end.1,
        });
        let start = Moment { branch: BranchId(0), step: 0, at: Time::ZERO };
        let playhead = self.playhead.filter(known).or(last).unwrap_or(start);
        if self.playhead.is_none_or(|asked| asked != playhead) {
            let end = self.source.len();
            let at = Span { start: end, end };
            self.problems.push(Problem::new(self.source, at, "a playhead on a branch of this file", "none"));
        }
        let (engine, hash) = (self.engine, self.hash);
        (SaveFile { setup: self.setup, branches: self.branches, playhead, engine, hash }, self.problems)
    }
}

const BRANCH: &str = "branch NUMBER, or branch NUMBER from NUMBER @TIME #STEPS";

enum Wrong {
    /// The line as a whole.
    Place(&'static str),
    /// A place in it.
    Line(Box<Problem>),
}

fn place(at: Option<&str>, steps: Option<&str>) -> Option<(Time, u64)> {
    let at = read_time(at?.strip_prefix('@')?)?;
    Some((at, steps?.strip_prefix('#')?.parse().ok()?))
}
