//! Whether a lesson is true: its checks fail untouched, its solutions pass, its mistakes fail what they are said to fail,
//! and nothing else; its question has one answer; its corrections are so.

use crate::lesson::{Block, Correction, Lesson, Prediction, Section, Task, Wrong};
use crate::look::{Seen, look};
use crate::play::Play;
use crate::sweep::{Stranger, Sweep, worlds};
use millrace_model::{Set, Time};
use millrace_script::Statement;
use millrace_script::over::{Over, Variation};
use std::fmt;

/// In a sweep over seeds the solution runs with all of them, the rest with the first few: what the preset and a mistake do
/// is no claim of absence.
const FEW: usize = 4;

/// Something that is not as the lesson says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file's line.
    pub line: usize,
    /// What is so instead.
    pub sentence: String,
}

impl Fault {
    fn new(line: usize, sentence: impl Into<String>) -> Fault {
        Fault { line, sentence: sentence.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.sentence)
    }
}

/// A part of a lesson that is graded by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// That it has all that a lesson has, and that its preset runs.
    Whole,
    /// The question.
    Predict,
    /// A task.
    Task(String),
    /// The corrections.
    Read,
}

/// What has been found about a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graded {
    /// `lesson`, `predict`, `task 1`, `read`.
    pub name: String,
    /// A task's title.
    pub title: String,
    /// In how many worlds it has been tried.
    pub worlds: usize,
    /// What is not as the lesson says.
    pub faults: Vec<Fault>,
}

impl Graded {
    /// True if everything is as the lesson says.
    pub fn passed(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The parts of a lesson.
pub fn pieces(lesson: &Lesson) -> Vec<Piece> {
    let mut all = vec![Piece::Whole];
    for section in &lesson.sections {
        match section {
            Section::Predict(_) => all.push(Piece::Predict),
            Section::Task(task) => all.push(Piece::Task(task.id.clone())),
            Section::Read { .. } => all.push(Piece::Read),
            Section::Prose { .. } | Section::Say { .. } => {}
        }
    }
    all
}

/// Grades one part.
pub fn grade(lesson: &Lesson, piece: &Piece) -> Graded {
    let mut graded = Graded { name: piece.to_string(), title: String::new(), worlds: 1, faults: Vec::new() };
    let faults = &mut graded.faults;
    match piece {
        Piece::Whole => whole(lesson, faults),
        Piece::Predict => {
            let prediction = lesson.prediction();
            graded.worlds = prediction.map_or(0, |prediction| predict(lesson, prediction, faults));
        }
        Piece::Task(id) => {
            if let Some(task) = lesson.task(id) {
                graded.title = task.title.clone();
                graded.worlds = grade_task(lesson, task, faults);
            }
        }
        Piece::Read => {
            let corrections = lesson.sections.iter().flat_map(|section| match section {
                Section::Read { corrections, .. } => corrections.as_slice(),
                _ => &[],
            });
            corrections.for_each(|correction| {
                correct(lesson, correction).unwrap_or_else(|fault| faults.push(fault));
            });
        }
    }
    graded
}

/// Grades all parts, and tells of each as soon as it is done.
pub fn grade_lesson(lesson: &Lesson, mut tell: impl FnMut(&Graded)) -> Vec<Graded> {
    let grade = |piece: Piece| {
        let graded = grade(lesson, &piece);
        tell(&graded);
        graded
    };
    pieces(lesson).into_iter().map(grade).collect()
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Whole => f.write_str("lesson"),
            Piece::Predict => f.write_str("predict"),
            Piece::Task(id) => write!(f, "task {id}"),
            Piece::Read => f.write_str("read"),
        }
    }
}

fn whole(lesson: &Lesson, faults: &mut Vec<Fault>) {
    let mut need = |line: usize, is_so: bool, sentence: &str| {
        if !is_so {
            faults.push(Fault::new(line, sentence));
        }
    };
    let tasks = lesson.tasks().count();
    need(1, (1..=7).contains(&tasks), "a lesson has one task to seven");
    need(1, (5..=10).contains(&lesson.front.minutes), "a lesson takes five to ten minutes");
    need(1, lesson.prediction().is_some(), "a lesson asks a question before anything runs: ## Predict");
    need(
        1,
        lesson.preset.line > 0,
        "a lesson begins with a world: a millrace preset before the first heading",
    );
    let says = matches!(lesson.sections.last(), Some(Section::Say { sayings, .. }) if !sayings.is_empty());
    need(1, says, "a lesson ends with ## Say it with the real tool and a millrace say");
    lesson.tasks().for_each(|task| need(task.line, !task.hints.is_empty(), "a task has a hint"));
    if let Err(fault) = started(lesson, &lesson.preset, &own_world(lesson)) {
        faults.push(fault);
    }
}

/// The lesson's own seed and another one: enough where nothing is said of absence.
fn own_worlds(lesson: &Lesson) -> [Variation; 2] {
    [0, 1].map(|more| Variation { seed: Some(lesson.front.seed.wrapping_add(more)), ..Variation::default() })
}

fn own_world(lesson: &Lesson) -> Variation {
    Variation { seed: Some(lesson.front.seed), ..Variation::default() }
}

fn started(lesson: &Lesson, preset: &Block, world: &Variation) -> Result<Play, Fault> {
    let mut play = Play::new(lesson, world);
    play.run(preset)?;
    Ok(play)
}

fn predict(lesson: &Lesson, prediction: &Prediction, faults: &mut Vec<Fault>) -> usize {
    let worlds = own_worlds(lesson);
    let mut answers: Set<usize> = Set::new();
    for world in &worlds {
        let run = started(lesson, &lesson.preset, world).and_then(|mut play| {
            play.run(&prediction.block)?;
            Ok(play)
        });
        match run {
            Ok(play) => {
                let right = prediction.choices.iter().filter(|choice| choice.holds(play.timeline()));
                let right: Vec<&str> = right.map(|choice| choice.text.as_str()).collect();
                let at =
                    prediction.choices.iter().position(|choice| right.first() == Some(&choice.text.as_str()));
                match (right.as_slice(), at) {
                    ([_], Some(at)) => drop(answers.insert(at)),
                    ([], _) => {
                        faults.push(Fault::new(prediction.block.line, "the run meets none of the options"))
                    }
                    (many, _) => {
                        let many = many.join("; ");
                        faults.push(Fault::new(
                            prediction.block.line,
                            format!("more than one option is right: {many}"),
                        ));
                    }
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    if answers.len() > 1 {
        faults.push(Fault::new(prediction.block.line, "the answer is another one with another seed"));
    }
    worlds.len()
}

fn correct(lesson: &Lesson, correction: &Correction) -> Result<(), Fault> {
    for world in &own_worlds(lesson) {
        let mut play = Play::new(lesson, world);
        correction.blocks(lesson).into_iter().try_for_each(|block| play.run(block))?;
    }
    Ok(())
}

/// Grades one task; in how many worlds.
fn grade_task(lesson: &Lesson, task: &Task, faults: &mut Vec<Fault>) -> usize {
    let over = task.check.over();
    let worlds = if over.is_some() { worlds(lesson, task) } else { own_worlds(lesson).to_vec() };
    if matches!(over, Some(Over::Settings(..))) {
        over_settings(lesson, task, &worlds, faults);
        return worlds.len();
    }
    let few = if matches!(over, Some(Over::Seeds(_))) { FEW } else { worlds.len() };
    let mut failed: Vec<Set<String>> = task.wrongs.iter().map(|_| Set::new()).collect();
    for (n, world) in worlds.iter().enumerate() {
        let place =
            if worlds.len() > 2 { format!(" in world {} of {}", n + 1, worlds.len()) } else { String::new() };
        if let Err(fault) = in_world(lesson, task, world, n < few, n == 0, &mut failed) {
            faults.push(Fault { sentence: fault.sentence + &place, ..fault });
            return n + 1;
        }
    }
    for (wrong, failed) in task.wrongs.iter().zip(&failed) {
        for (line, fails) in wrong.fails.iter().filter(|(_, fails)| !failed.contains(&fails.to_string())) {
            faults.push(Fault::new(*line, format!("{} does not fail {fails}", wrong.name)));
        }
    }
    if let Some(refused) = &task.refused {
        refusals(lesson, task, refused, faults);
    }
    worlds.len()
}

/// In the lesson's own world as any task; then the runs of the solution, and those of each mistake, with all the settings.
fn over_settings(lesson: &Lesson, task: &Task, worlds: &[Variation], faults: &mut Vec<Fault>) {
    let own = Task { wrongs: Vec::new(), ..task.clone() };
    let first = worlds.first().map_or(Ok(()), |world| in_world(lesson, &own, world, true, true, &mut []));
    if let Err(fault) = first {
        return faults.push(fault);
    }
    let unmet = |block: &Block| {
        let lines = [&lesson.preset_of(task).lines, &block.lines].map(|lines| lines.iter().cloned());
        let mut sweep = Sweep::of_lines(lesson, task, lines.into_iter().flatten().collect(), worlds.to_vec());
        while !sweep.advance(usize::MAX >> 1).is_over() {}
        match sweep.progress().stranger.clone() {
            Some(Stranger { fault: Some(fault), .. }) => Err(fault),
            Some(Stranger { seen, .. }) => Ok(seen.into_iter().filter(|seen| !seen.is_met()).collect()),
            None => Ok(Vec::new()),
        }
    };
    match unmet(&task.solution) {
        Err(fault) => return faults.push(fault),
        Ok(seen) => faults.extend(seen.into_iter().map(|seen: Seen| {
            let sentence = seen.unmet.unwrap_or_default();
            Fault::new(seen.line, format!("the solution does not pass: {sentence}"))
        })),
    }
    for wrong in &task.wrongs {
        let seen = match unmet(&wrong.block) {
            Err(fault) => return faults.push(fault),
            Ok(seen) => seen,
        };
        let found: Vec<String> = seen.iter().map(|seen| seen.check.to_string()).collect();
        let named: Vec<String> = wrong.fails.iter().map(|(_, fails)| fails.to_string()).collect();
        if found.is_empty() {
            faults.push(Fault::new(wrong.block.line, format!("{} passes the check", wrong.name)));
        }
        for seen in seen.iter().filter(|seen| !named.contains(&seen.check.to_string())) {
            let sentence = seen.unmet.clone().unwrap_or_default();
            faults.push(Fault::new(seen.line, format!("{} fails this, too: {sentence}", wrong.name)));
        }
        for (line, fails) in wrong.fails.iter().filter(|(_, fails)| !found.contains(&fails.to_string())) {
            faults.push(Fault::new(*line, format!("{} does not fail {fails}", wrong.name)));
        }
    }
}

fn in_world(
    lesson: &Lesson,
    task: &Task,
    world: &Variation,
    is_whole: bool,
    is_first: bool,
    failed: &mut [Set<String>],
) -> Result<(), Fault> {
    let preset = started(lesson, lesson.preset_of(task), world)?;
    if is_whole && look(task, preset.timeline()).iter().all(|seen| seen.is_met()) {
        return Err(Fault::new(task.check.line, "the check passes untouched"));
    }
    let mut solved = preset.clone();
    solved.run(&task.solution)?;
    if let Some(seen) = look(task, solved.timeline()).into_iter().find(|seen| !seen.is_met()) {
        let sentence = seen.unmet.unwrap_or_default();
        return Err(Fault::new(seen.line, format!("the solution does not pass: {sentence}")));
    }
    if is_first {
        let mut idle = preset.clone();
        idle.add([(task.check.line, Statement::WaitUntil(Time(solved.timeline().world().now().0)))]);
        while !idle.advance(usize::MAX >> 1)? {}
        if look(task, idle.timeline()).iter().all(|seen| seen.is_met()) {
            return Err(Fault::new(task.check.line, "the check passes if one only waits"));
        }
    }
    if is_whole {
        for (wrong, failed) in task.wrongs.iter().zip(failed) {
            mistake(task, wrong, preset.clone(), world, failed)?;
        }
    }
    Ok(())
}

/// What a mistake fails in one world; that it fails at all is asked where nothing else is broken.
fn mistake(
    task: &Task,
    wrong: &Wrong,
    mut play: Play,
    world: &Variation,
    failed: &mut Set<String>,
) -> Result<(), Fault> {
    play.run(&wrong.block)?;
    let named: Vec<String> = wrong.fails.iter().map(|(_, fails)| fails.to_string()).collect();
    let mut fails = 0;
    for seen in look(task, play.timeline()).into_iter().filter(|seen| !seen.is_met()) {
        let check = seen.check.to_string();
        if !named.contains(&check) {
            let sentence = seen.unmet.unwrap_or_default();
            return Err(Fault::new(seen.line, format!("{} fails this, too: {sentence}", wrong.name)));
        }
        failed.insert(check);
        fails += 1;
    }
    if fails == 0 && world.fault.is_none() {
        return Err(Fault::new(wrong.block.line, format!("{} passes the check", wrong.name)));
    }
    Ok(())
}

/// Each line is refused with the sentence above it, and changes nothing.
fn refusals(lesson: &Lesson, task: &Task, refused: &Block, faults: &mut Vec<Fault>) {
    let mut play = match started(lesson, lesson.preset_of(task), &own_world(lesson)) {
        Ok(play) => play,
        Err(fault) => return faults.push(fault),
    };
    let before = play.timeline().world().state_hash();
    for (line, statement) in &refused.lines {
        let above = (line - refused.line).checked_sub(1).and_then(|n| refused.text.lines().nth(n));
        let wanted = above.and_then(|text| text.strip_prefix("# ")).unwrap_or_default();
        match play.refusal(statement) {
            Some(sentence) if sentence == wanted => {}
            Some(sentence) => {
                faults.push(Fault::new(*line, format!("refused with another sentence: {sentence}")))
            }
            None => faults.push(Fault::new(*line, "this is not refused")),
        }
        if play.timeline().world().state_hash() != before {
            faults.push(Fault::new(*line, "what is refused changes something"));
        }
    }
}
