//! A lesson that is open: what its file says, and its prose as the site has it.

use super::fetch;
use super::prose;
use millrace_lessons::{Catalogue, Lesson, Section, Step, Task, parse, prose_pieces};
use millrace_words::lesson as say;
use std::sync::Arc;

/// See the module.
#[derive(Debug, PartialEq)]
pub struct Course {
    /// What its file says.
    pub lesson: Lesson,
    /// Its steps.
    pub steps: Vec<Step>,
    /// HTML, in the order of [`Lesson::prose`].
    prose: Vec<String>,
}

impl Course {
    /// Of a lesson of the shelf, with other dice than its own if there is a `seed`.
    ///
    /// # Errors
    /// A sentence, if there is no such lesson, or it cannot be fetched or read.
    pub async fn fetch(catalogue: &Catalogue, id: &str, seed: Option<u64>) -> Result<Arc<Course>, String> {
        let shelved = catalogue.lesson(id).ok_or_else(|| say::no_such_lesson(&id))?;
        let text = fetch::text(&[&shelved.folder, "/", &fetch::named("lesson", "md")].concat()).await?;
        let html = fetch::text(&[&shelved.folder, "/", &fetch::named("prose", "html")].concat()).await?;
        let prose = prose_pieces(&html).into_iter().map(str::to_owned).collect();
        Course::read(&text, prose, seed)
    }

    /// Of a text that has no HTML yet, such as one that is being written.
    ///
    /// # Errors
    /// The first lines that are wrong, each named.
    pub fn of_text(text: &str) -> Result<Arc<Course>, String> {
        Course::read(text, Vec::new(), None)
    }

    fn read(text: &str, html: Vec<String>, seed: Option<u64>) -> Result<Arc<Course>, String> {
        let mut lesson = parse(text).map_err(|problems| {
            let said =
                problems.iter().take(5).map(|problem| format!("line {}: {}", problem.line, problem.sentence));
            said.collect::<Vec<_>>().join("\n")
        })?;
        lesson.front.seed = seed.unwrap_or(lesson.front.seed);
        let steps = lesson.outline();
        let pieces = lesson.prose();
        let prose = match html.len() == pieces.len() {
            true => html,
            false => pieces.into_iter().map(prose::plain).collect(),
        };
        Ok(Arc::new(Course { lesson, steps, prose }))
    }

    /// A piece of a step's prose, as HTML.
    pub fn prose(&self, step: &Step, piece: usize) -> String {
        self.prose.get(step.prose + piece).cloned().unwrap_or_default()
    }

    /// A step by its place.
    pub fn step(&self, n: usize) -> Option<&Step> {
        self.steps.get(n)
    }

    /// What stands in a step.
    pub fn section(&self, n: usize) -> Option<&Section> {
        self.lesson.section(self.step(n)?)
    }

    /// The task of a step, if it is one.
    pub fn task(&self, n: usize) -> Option<&Task> {
        match self.section(n)? {
            Section::Task(task) => Some(task),
            _ => None,
        }
    }
}
