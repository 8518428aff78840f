//! Each of a lesson's runs once, in the first of the worlds that it is graded in: what natively and in the page has to
//! come to the same.
//!
//! That a check holds in every world that it names is [`crate::grade`]'s business.

use crate::lesson::{Block, Lesson, Section, Task};
use crate::look::look;
use crate::play::Play;
use crate::sweep::worlds;
use millrace_script::over::{Over, Variation};

/// What a run has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// `predict`, `task 1 untouched`, `task 1 solution`, `task 1 wrong NAME`, `read 1`.
    pub name: String,
    /// The state at its end; a run that comes to no end has none.
    pub hash: Option<u64>,
    /// What is not so at its end: of a check the lines that fail, of a question the wrong options.
    pub unmet: Vec<String>,
    /// True if it passes or fails as it must.
    pub is_right: bool,
}

/// A lesson's runs, in the order of its file.
pub fn runs(lesson: &Lesson) -> Vec<Run> {
    let own = Variation { seed: Some(lesson.front.seed), ..Variation::default() };
    let mut all = Vec::new();
    let mut read = 0;
    for section in &lesson.sections {
        match section {
            Section::Predict(prediction) => {
                let (play, is_done) = play(lesson, &own, &[&lesson.preset, &prediction.block]);
                let wrong = prediction.choices.iter().filter(|choice| !choice.holds(play.timeline()));
                let unmet: Vec<String> = wrong.map(|choice| choice.text.clone()).collect();
                let is_right = unmet.len() + 1 == prediction.choices.len();
                all.push(Run::new("predict".to_owned(), &play, is_done, unmet, is_right));
            }
            Section::Task(task) => tasks(lesson, task, &mut all),
            Section::Read { corrections, .. } => {
                for correction in corrections {
                    read += 1;
                    let (play, is_done) = play(lesson, &own, &correction.blocks(lesson));
                    all.push(Run::new(format!("read {read}"), &play, is_done, Vec::new(), true));
                }
            }
            Section::Prose { .. } | Section::Say { .. } => {}
        }
    }
    all
}

fn tasks(lesson: &Lesson, task: &Task, all: &mut Vec<Run>) {
    let Some(world) = worlds(lesson, task).into_iter().next() else { return };
    let unmet = |play: &Play| -> Vec<String> {
        let unmet = look(task, play.timeline()).into_iter().filter(|seen| !seen.is_met());
        unmet.map(|seen| seen.check.to_string()).collect()
    };
    let (preset, is_done) = play(lesson, &world, &[lesson.preset_of(task)]);
    let seen = unmet(&preset);
    let fails = !seen.is_empty();
    all.push(Run::new(format!("task {} untouched", task.id), &preset, is_done, seen, fails));

    let on = |block: &Block| {
        let mut play = preset.clone();
        let is_done = play.run(block).is_ok();
        (play, is_done)
    };
    let (solved, is_done) = on(&task.solution);
    let seen = unmet(&solved);
    let passes = seen.is_empty();
    all.push(Run::new(format!("task {} solution", task.id), &solved, is_done, seen, passes));

    for wrong in &task.wrongs {
        let (play, is_done) = on(&wrong.block);
        let seen = unmet(&play);
        // A crash at one point need not show the mistake, nor a run that is still to be compared; what it shows is among what it is
        // said to fail.
        let is_one_of_many = world.fault.is_some() || matches!(task.check.over(), Some(Over::Settings(..)));
        let fails = !seen.is_empty() || is_one_of_many;
        let is_named = |check: &String| wrong.fails.iter().any(|(_, fails)| fails.to_string() == *check);
        let is_right = fails && seen.iter().all(is_named);
        all.push(Run::new(format!("task {} wrong {}", task.id, wrong.name), &play, is_done, seen, is_right));
    }
}

fn play(lesson: &Lesson, world: &Variation, blocks: &[&Block]) -> (Play, bool) {
    let mut play = Play::new(lesson, world);
    let is_done = blocks.iter().all(|block| play.run(block).is_ok());
    (play, is_done)
}

impl Run {
    fn new(name: String, play: &Play, is_done: bool, unmet: Vec<String>, is_right: bool) -> Run {
        let hash = is_done.then(|| play.timeline().world().state_hash());
        Run { name, hash, unmet, is_right: is_right && is_done }
    }
}
