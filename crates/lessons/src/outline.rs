//! A lesson as the steps in which it is gone through: what is open at a time, and which pieces of its prose belong there.

use crate::learnt::Record;
use crate::lesson::{Lesson, Section};

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// What stands before the first heading.
    Intro,
    /// Text under a heading of its own.
    Prose,
    /// The question.
    Predict,
    /// A task.
    Task,
    /// The corrections.
    Read,
    /// The lines of the real tool.
    Say,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is.
    pub kind: StepKind,
    /// Its place among [`Lesson::sections`]; the intro has none.
    pub section: Option<usize>,
    /// What stands in its line: `Predict`, `Task 1: Keep create before delete`.
    pub title: String,
    /// The first of its pieces in [`Lesson::prose`].
    pub prose: usize,
    /// How many there are.
    pub pieces: usize,
}

/// How far somebody is with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// There is nothing to do but to read.
    Read,
    /// Not yet.
    Open,
    /// Some of it.
    Begun,
    /// All of it.
    Done,
    /// Predicted, and it came otherwise: that is as good as any other beginning.
    Otherwise,
}

impl Lesson {
    /// Its steps.
    pub fn outline(&self) -> Vec<Step> {
        let intro = Step {
            kind: StepKind::Intro,
            section: None,
            title: "What it is about".to_owned(),
            prose: 0,
            pieces: 1,
        };
        let mut prose = 1;
        let mut steps = vec![intro];
        for (n, section) in self.sections.iter().enumerate() {
            let (kind, title, pieces) = match section {
                Section::Prose { title, .. } => (StepKind::Prose, title.clone(), 1),
                Section::Predict(_) => (StepKind::Predict, "Predict".to_owned(), 2),
                Section::Task(task) => {
                    let title = format!("Task {}: {}", task.id, task.title);
                    (StepKind::Task, title, task.hints.len() + 2)
                }
                Section::Read { title, corrections } => (StepKind::Read, title.clone(), corrections.len()),
                Section::Say { title, sayings, .. } => (StepKind::Say, title.clone(), sayings.len() + 1),
            };
            steps.push(Step { kind, section: Some(n), title, prose, pieces });
            prose += pieces;
        }
        steps
    }

    /// The section of a step.
    pub fn section(&self, step: &Step) -> Option<&Section> {
        self.sections.get(step.section?)
    }

    /// How many lines of the real tool are asked for.
    pub fn lines_to_say(&self) -> usize {
        let lines = |section: &Section| match section {
            Section::Say { sayings, .. } => sayings.iter().map(|saying| saying.said.len()).sum(),
            _ => 0,
        };
        self.sections.iter().map(lines).sum()
    }

    /// How far somebody is with a step.
    pub fn state(&self, step: &Step, record: &Record) -> StepState {
        match self.section(step) {
            None | Some(Section::Prose { .. } | Section::Read { .. }) => StepState::Read,
            Some(Section::Predict(_)) => match record.predicted {
                None => StepState::Open,
                Some(answer) if answer.is_right => StepState::Done,
                Some(_) => StepState::Otherwise,
            },
            Some(Section::Task(task)) if record.solved.contains(&task.id) => StepState::Done,
            Some(Section::Task(_)) => StepState::Open,
            Some(Section::Say { .. }) => match record.said.len() {
                0 => StepState::Open,
                said if said >= self.lines_to_say() => StepState::Done,
                _ => StepState::Begun,
            },
        }
    }

    /// The step to go on with: the first one in which something is left to do, the first of all if nothing was done yet, the
    /// last one if nothing is left.
    pub fn next_step(&self, record: &Record) -> usize {
        let steps = self.outline();
        if *record == Record::default() {
            return 0;
        }
        let is_left = |step: &Step| matches!(self.state(step, record), StepState::Open | StepState::Begun);
        steps.iter().position(is_left).unwrap_or(steps.len().saturating_sub(1))
    }
}

/// Prose as the site has it: the inside of each `section`, in the order of [`Lesson::prose`].
pub fn prose_pieces(html: &str) -> Vec<&str> {
    let inside = |piece| str::strip_suffix(piece, "</section>\n").unwrap_or(piece);
    html.split("<section>\n").skip(1).map(inside).collect()
}
