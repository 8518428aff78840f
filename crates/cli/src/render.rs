//! `millrace render`: a moment of a lesson or of a script as a picture that stands alone.

use crate::{complain, print, shelf};
use millrace_lessons::{Block, Lesson};
use millrace_model::{Profile, Span, Time};
use millrace_picture::{Poster, Theme};
use millrace_script::{LineNo, Runner, Statement, parse_script};
use millrace_sim::{Setup, Timeline};
use millrace_view::{Viewport, scene};
use std::fs;
use std::path::{Path, PathBuf};

/// How wide a poster is drawn unless it is said: a column of text in most documents.
const WIDTH: u32 = 800;
/// The stage is drawn no narrower; a smaller picture is a scaled one.
const NARROWEST: u32 = 640;

/// What is drawn, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// How long after the start; the end of what is played if nothing is said.
    pub at: Option<Span>,
    /// Whose solution is played; the first task's if nothing is said.
    pub task: Option<String>,
    /// In CSS pixels.
    pub width: Option<u32>,
    /// Which colours.
    pub theme: Theme,
    /// What keys the dice.
    pub seed: Option<u64>,
}

/// Prints the picture of a lesson (its id, its folder, its file) or of a script.
pub fn run(what: &str, lessons: &Path, wish: &Wish) -> u8 {
    match drawn(what, lessons, wish) {
        Ok(text) => print(&text),
        Err(wrong) => complain(&wrong),
    }
}

fn drawn(what: &str, lessons: &Path, wish: &Wish) -> Result<String, String> {
    let path = PathBuf::from(what);
    if path.extension().is_some_and(|extension| extension == "md") {
        let source = fs::read_to_string(&path).map_err(|error| format!("{what}: {error}"))?;
        let wrong = |problems: Vec<millrace_lessons::Problem>| {
            let lines = problems.iter().map(|p| format!("{what}:{}: {}", p.line, p.sentence));
            lines.collect::<Vec<_>>().join("\n")
        };
        return lesson(&millrace_lessons::parse(&source).map_err(wrong)?, wish);
    }
    if path.is_file() {
        return script(&path, wish);
    }
    let found = match path.is_dir() {
        true => shelf::read(&path),
        false => shelf::read(lessons),
    };
    let found = found.map_err(|wrong| wrong.join("\n"))?;
    let wanted =
        found.iter().find(|found| path.is_dir() || found.lesson.front.id == what || found.folder == what);
    let Some(wanted) = wanted else {
        let ids: Vec<&str> = found.iter().map(|found| found.lesson.front.id.as_str()).collect();
        return Err(format!(
            "render: expected a script, or a lesson such as {}, found {what}",
            ids.join(", ")
        ));
    };
    lesson(&wanted.lesson, wish).map_err(|wrong| format!("{}: {wrong}", wanted.file.display()))
}

/// A lesson's picture: its preset and the solution of a task, at a moment. What its front matter says as `poster:` holds
/// where nothing else is wished.
///
/// # Errors
/// There is no such task, or a line of it cannot be carried out.
pub fn lesson(lesson: &Lesson, wish: &Wish) -> Result<String, String> {
    let front = &lesson.front;
    let told = front.poster.as_ref();
    let id = wish.task.as_deref().or(told.and_then(|poster| poster.task.as_deref()));
    let task = match id {
        Some(id) => {
            let ids: Vec<&str> = lesson.tasks().map(|task| task.id.as_str()).collect();
            let wrong = || format!("lesson {} has no task {id}, but {}", front.id, ids.join(", "));
            Some(lesson.task(id).ok_or_else(wrong)?)
        }
        None => lesson.tasks().next(),
    };
    let mut runner = Runner::new(front.setup(wish.seed));
    let nothing = Block::default();
    let (preset, solution) =
        task.map_or((&lesson.preset, &nothing), |task| (lesson.preset_of(task), &task.solution));
    for (line, statement) in preset.lines.iter().chain(&solution.lines) {
        runner.run(statement).map_err(|failure| format!("line {line}: {failure}"))?;
    }
    let at = wish.at.or(told.filter(|_| wish.task.is_none()).map(|poster| poster.at));
    let poster =
        Poster { id: front.id.clone(), title: front.title.clone(), theme: wish.theme, width: wish.width };
    picture(runner, at, &poster)
}

fn script(path: &Path, wish: &Wish) -> Result<String, String> {
    let name = path.display().to_string();
    if wish.task.is_some() {
        return Err(format!("render: {name} is a script and has no tasks"));
    }
    let source = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let profile = Profile::default();
    let (lines, problems) = parse_script(&source, profile);
    if let Some(problem) = problems.first() {
        return Err(format!("{name}:{}:{}: {}", problem.line, problem.column, problem.sentence()));
    }
    let mut runner = Runner::new(Setup { seed: wish.seed.unwrap_or(1), profile });
    play(&mut runner, &lines).map_err(|wrong| format!("{name}:{wrong}"))?;
    let title = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    picture(runner, wish.at, &Poster { id: String::new(), title, theme: wish.theme, width: wish.width })
}

fn play(runner: &mut Runner, lines: &[(LineNo, Statement)]) -> Result<(), String> {
    for (LineNo(number), statement) in lines {
        runner.run(statement).map_err(|failure| format!("{number}: {failure}"))?;
    }
    Ok(())
}

/// The stage at a moment; later than what was played, time goes on.
fn picture(mut runner: Runner, at: Option<Span>, poster: &Poster) -> Result<String, String> {
    let at = at.map(|at| Time::ZERO + at);
    if let Some(at) = at.filter(|at| *at > runner.timeline().world().now()) {
        runner.run_until(at).map_err(|failure| failure.to_string())?;
    }
    let mut timeline: Timeline = runner.into_timeline();
    if let Some(at) = at {
        timeline.seek(at);
    }
    let world = timeline.world();
    let width = poster.width.unwrap_or(WIDTH).max(NARROWEST);
    let scene = scene(world, Viewport { width: width as f32, is_touch: false });
    Ok(poster.print(&scene, world.now()))
}
