//! What somebody has done in the lessons, as facts: a line a fact. Joining two files keeps the better of both.
//!
//! ```text
//! millrace lessons 1
//! L03 predicted 2 right
//! L03 solved 1
//! L03 shown 2
//! L03 said 1 of 2
//! ```

use crate::catalogue::{Catalogue, Shelved};
use crate::problem::Problem;
use millrace_model::{Map, Set};
use std::fmt::Write;

/// The first line, up to the version.
const HEAD: &str = "millrace lessons ";
/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;

/// What was answered before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which of the options, from 0.
    pub choice: usize,
    /// Whether the run has shown the same.
    pub is_right: bool,
}

/// What was done in one lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The first answer to its question; later ones do not count.
    pub predicted: Option<Answer>,
    /// Tasks whose checks were met by what the learner did.
    pub solved: Set<String>,
    /// Tasks whose solution was looked at before they were solved.
    pub shown: Set<String>,
    /// Lines of the real tool that were said, from 0.
    pub said: Set<usize>,
    /// Of so many.
    pub to_say: usize,
}

/// What a lesson was done well for; each star can be had without the others, the second one not without the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stars {
    /// All tasks are solved.
    pub done: bool,
    /// And none of them after its solution was looked at.
    pub alone: bool,
    /// The question was answered before the run, and every line of the real tool was said.
    pub whole: bool,
}

impl Stars {
    /// How many.
    pub fn count(self) -> usize {
        usize::from(self.done) + usize::from(self.alone) + usize::from(self.whole)
    }
}

impl Record {
    /// The stars of a lesson with so many tasks.
    pub fn stars(&self, tasks: usize) -> Stars {
        let done = tasks > 0 && self.solved.len() >= tasks;
        let alone = done && self.solved.iter().all(|task| !self.shown.contains(task));
        let whole = self.predicted.is_some() && self.to_say > 0 && self.said.len() >= self.to_say;
        Stars { done, alone, whole }
    }

    /// The question was answered, and the run has answered it. Only the first answer counts.
    pub fn predict(&mut self, choice: usize, is_right: bool) {
        self.predicted.get_or_insert(Answer { choice, is_right });
    }

    /// A task's check was met.
    pub fn solve(&mut self, task: &str) {
        self.solved.insert(task.to_owned());
    }

    /// A task's solution was looked at; once it is solved, that costs nothing.
    pub fn show(&mut self, task: &str) {
        if !self.solved.contains(task) {
            self.shown.insert(task.to_owned());
        }
    }

    /// A line of the real tool was said, from 0, of so many.
    pub fn say(&mut self, line: usize, of: usize) {
        self.said.insert(line);
        self.to_say = of;
    }

    /// Takes over what another record has and this one has not. A task that one of them has solved alone is solved alone.
    fn join(&mut self, other: &Record) {
        let is_alone = |of: &Record, task: &String| of.solved.contains(task) && !of.shown.contains(task);
        let shown: Vec<String> = self.shown.iter().chain(other.shown.iter()).cloned().collect();
        self.shown =
            shown.into_iter().filter(|task| !is_alone(self, task) && !is_alone(other, task)).collect();
        self.solved.extend(other.solved.iter().cloned());
        self.predicted = self.predicted.or(other.predicted);
        self.said.extend(other.said.iter().copied());
        self.to_say = self.to_say.max(other.to_say);
    }
}

/// What was done in all lessons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    records: Map<String, Record>,
}

impl Learnt {
    /// What was done in a lesson.
    pub fn of(&self, lesson: &str) -> Record {
        self.records.get(lesson).cloned().unwrap_or_default()
    }

    /// The same, to change.
    pub fn of_mut(&mut self, lesson: &str) -> &mut Record {
        self.records.entry(lesson.to_owned()).or_default()
    }

    /// Forgets a lesson: all of it can be earned anew.
    pub fn forget(&mut self, lesson: &str) {
        self.records.remove(lesson);
    }

    /// True if nothing was done anywhere.
    pub fn is_empty(&self) -> bool {
        self.records.iter().all(|(_, record)| *record == Record::default())
    }

    /// Takes over what another progress has and this one has not.
    pub fn join(&mut self, other: &Learnt) {
        for (lesson, record) in &other.records {
            self.of_mut(lesson).join(record);
        }
    }

    /// The lesson to go on with: the first one that was begun and is not done, else the first one that is not done.
    pub fn next<'a>(&self, catalogue: &'a Catalogue) -> Option<&'a Shelved> {
        let is_done = |lesson: &Shelved| self.of(&lesson.id).stars(lesson.tasks).done;
        let is_begun = |lesson: &Shelved| self.of(&lesson.id) != Record::default();
        let mut left = catalogue.lessons().iter().filter(|lesson| !is_done(lesson));
        left.clone().find(|lesson| is_begun(lesson)).or_else(|| left.next())
    }

    /// The text.
    pub fn print(&self) -> String {
        let mut out = format!("{HEAD}{VERSION}\n");
        for (lesson, record) in &self.records {
            let mut line = |fact: String| {
                // Writing to a String does not fail.
                let _ = writeln!(out, "{lesson} {fact}");
            };
            if let Some(Answer { choice, is_right }) = record.predicted {
                line(format!("predicted {} {}", choice + 1, if is_right { "right" } else { "wrong" }));
            }
            record.solved.iter().for_each(|task| line(format!("solved {task}")));
            record.shown.iter().for_each(|task| line(format!("shown {task}")));
            record.said.iter().for_each(|said| line(format!("said {} of {}", said + 1, record.to_say)));
        }
        out
    }

    /// Reads a text: what can be read of it, and the lines that cannot.
    ///
    /// # Errors
    /// That it is something else, or was written by a newer version.
    pub fn parse(text: &str) -> Result<(Learnt, Vec<Problem>), String> {
        let mut lines = text.lines().enumerate();
        let head = lines.next().and_then(|(_, line)| line.trim().strip_prefix(HEAD));
        let version: Option<u32> = head.and_then(|version| version.parse().ok());
        match version {
            Some(VERSION) => {}
            Some(newer) if newer > VERSION => {
                return Err(format!(
                    "written by a newer version of the lessons ({newer}); this page reads {VERSION}"
                ));
            }
            _ => return Err(format!("no file of progress: expected the first line {HEAD}{VERSION}")),
        }
        let mut progress = Learnt::default();
        let mut problems = Vec::new();
        for (n, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            if progress.read(line).is_none() {
                let form = "expected a lesson and a fact such as L03 solved 1, L03 shown 1, L03 predicted 2 right, L03 said 1 of 2";
                problems.push(Problem::new(n + 1, format!("{form}, found {line}")));
            }
        }
        Ok((progress, problems))
    }

    fn read(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (lesson, fact) = words.split_first()?;
        let number = |word: &str| word.parse::<usize>().ok()?.checked_sub(1);
        let is_lesson = lesson.starts_with(|c: char| c.is_ascii_uppercase())
            && lesson.len() > 1
            && lesson.bytes().skip(1).all(|byte| byte.is_ascii_digit());
        if !is_lesson {
            return None;
        }
        // Nothing is kept of a line that cannot be read.
        let mut record = self.of(lesson);
        match fact {
            ["predicted", choice, verdict @ ("right" | "wrong")] => {
                record.predict(number(choice)?, *verdict == "right");
            }
            ["solved", task] => record.solve(task),
            ["shown", task] => {
                record.shown.insert((*task).to_owned());
            }
            ["said", line, "of", of] => record.say(number(line)?, of.parse().ok()?),
            _ => return None,
        }
        *self.of_mut(lesson) = record;
        Some(())
    }
}
