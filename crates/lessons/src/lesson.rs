//! What a lesson consists of, as its parser has understood it.

use crate::front::Front;
use crate::options::Choice;
use crate::say::Said;
use millrace_script::over::Over;
use millrace_script::{Expectation, Statement};

/// A whole lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// The front matter.
    pub front: Front,
    /// What stands before the first heading, as Markdown.
    pub intro: String,
    /// The world that it begins with.
    pub preset: Block,
    /// What follows, heading by heading.
    pub sections: Vec<Section>,
}

/// What stands below a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// Text under a heading of its own.
    Prose {
        /// The heading.
        title: String,
        /// Markdown.
        text: String,
    },
    /// The question that is answered before anything runs.
    Predict(Prediction),
    /// Something to do.
    Task(Box<Task>),
    /// What is often written, and the proof that it is not so.
    Read {
        /// The heading.
        title: String,
        /// One after the other.
        corrections: Vec<Correction>,
    },
    /// The last step.
    Say {
        /// The heading.
        title: String,
        /// One after the other.
        sayings: Vec<Saying>,
        /// What stands below the last one.
        after: String,
    },
}

/// Lines of the language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The file's line in which the first one stands.
    pub line: usize,
    /// As written, a line break after each line.
    pub text: String,
    /// What they say, each with its line in the file.
    pub lines: Vec<(usize, Statement)>,
}

/// A question, what is run to answer it, and the answers that can be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prediction {
    /// The heading's line in the file.
    pub line: usize,
    /// The question, as Markdown.
    pub question: String,
    /// What is run on the preset.
    pub block: Block,
    /// The answers. The one whose expectations the run meets is right; the file does not say which.
    pub choices: Vec<Choice>,
    /// What is said once the run has answered.
    pub after: String,
}

/// Something to do, and how it is told that it was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// The heading's line in the file.
    pub line: usize,
    /// What stands behind the word Task: `1`, `4b`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The assignment, as Markdown.
    pub text: String,
    /// Its own world, if the lesson's does not fit.
    pub preset: Option<Block>,
    /// What has to be so.
    pub check: Block,
    /// The next one is shown when the last one did not help.
    pub hints: Vec<String>,
    /// One way that passes.
    pub solution: Block,
    /// The usual mistakes.
    pub wrongs: Vec<Wrong>,
    /// Lines that are refused.
    pub refused: Option<Block>,
    /// What is said once it is solved.
    pub after: String,
}

/// A usual mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// Its name: `a-longer-pause`.
    pub name: String,
    /// What is done. The comment in its first line says what is believed.
    pub block: Block,
    /// The checks that it fails, each with its line; it passes all others.
    pub fails: Vec<(usize, Expectation)>,
}

/// What is often written, and a run in which it is not so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// What is written, and what is so, as Markdown.
    pub text: String,
    /// On what the proof is run.
    pub on: After,
    /// The proof: each of its expectations holds.
    pub block: Block,
}

/// What has happened before a block is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum After {
    /// The lesson's preset.
    #[default]
    Preset,
    /// Nothing.
    Nothing,
    /// The preset and the solution of a task.
    Task(String),
}

/// A line of the real tool that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// The block's first line in the file.
    pub line: usize,
    /// What is asked, as Markdown.
    pub text: String,
    /// The lines, as written and as read.
    pub said: Vec<(String, Said)>,
}

impl Block {
    /// The comment in its first line and the ones behind it: what it is.
    pub fn caption(&self) -> String {
        let comments = self.text.lines().map_while(|line| line.strip_prefix('#'));
        comments.map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// The expectations in it, each with its line.
    pub fn checks(&self) -> impl Iterator<Item = (usize, &Expectation)> {
        self.lines.iter().filter_map(|(line, statement)| match statement {
            Statement::Expect(expectation) => Some((*line, expectation)),
            _ => None,
        })
    }

    /// In how many worlds they have to hold, if it says so.
    pub fn over(&self) -> Option<&Over> {
        self.lines.iter().find_map(|(_, statement)| match statement {
            Statement::Over(over) => Some(over),
            _ => None,
        })
    }
}

impl Lesson {
    /// The tasks.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.sections.iter().filter_map(|section| match section {
            Section::Task(task) => Some(&**task),
            _ => None,
        })
    }

    /// A task by what stands behind the word Task.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks().find(|task| task.id == id)
    }

    /// The question, if there is one.
    pub fn prediction(&self) -> Option<&Prediction> {
        self.sections.iter().find_map(|section| match section {
            Section::Predict(prediction) => Some(prediction),
            _ => None,
        })
    }

    /// The world that a task begins with.
    pub fn preset_of<'a>(&'a self, task: &'a Task) -> &'a Block {
        task.preset.as_ref().unwrap_or(&self.preset)
    }

    /// All its Markdown in the order of the file: what becomes HTML when the site is built, piece by piece. A hint is a
    /// piece, an empty text is one, too, so that places can be counted.
    pub fn prose(&self) -> Vec<&str> {
        let mut all = vec![self.intro.as_str()];
        for section in &self.sections {
            match section {
                Section::Prose { text, .. } => all.push(text),
                Section::Predict(prediction) => all.extend([prediction.question.as_str(), &prediction.after]),
                Section::Task(task) => {
                    all.push(&task.text);
                    all.extend(task.hints.iter().map(String::as_str));
                    all.push(&task.after);
                }
                Section::Read { corrections, .. } => all.extend(corrections.iter().map(|c| c.text.as_str())),
                Section::Say { sayings, after, .. } => {
                    all.extend(sayings.iter().map(|saying| saying.text.as_str()));
                    all.push(after);
                }
            }
        }
        all
    }
}

impl Correction {
    /// What is run, one after the other; the proof is the last.
    pub(crate) fn blocks<'a>(&'a self, lesson: &'a Lesson) -> Vec<&'a Block> {
        let mut blocks = match &self.on {
            After::Nothing => Vec::new(),
            After::Preset => vec![&lesson.preset],
            After::Task(id) => {
                lesson.task(id).map_or_else(Vec::new, |task| vec![lesson.preset_of(task), &task.solution])
            }
        };
        blocks.push(&self.block);
        blocks
    }
}
