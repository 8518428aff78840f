//! Every task of every lesson: the untouched preset fails its check, the reference solution passes it, and the usual
//! mistake, which the first line of `wrong.mill` names, fails it.
//!
//! A lesson is a folder `tests/lessons/<id>-<slug>` with a `preset.mill`; a task is a folder `T<n>` in it with
//! `solution.mill`, `wrong.mill`, `check.mill` and, if the lesson's own does not fit, its `preset.mill`. Each file is
//! what one executable block of a `lesson.md` says. Where Kafka complains aloud there is a `refused.mill`, too: each of
//! its lines is refused, with the sentence in the comment before it, and changes nothing. A task in two halves has two
//! folders, `T4` and `T4-loud`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_model::Profile;
use millrace_script::over::{Over, Variation};
use millrace_script::{Failure, Runner, Statement, parse_script};
use millrace_sim::Setup;
use std::fs;
use std::path::{Path, PathBuf};

/// A check of what did not happen has to hold whatever the dice say.
const SEEDS: [u64; 2] = [1, 2];

/// Where a check holds over many seeds, its solution runs with all of them, the others with the first few: what the preset and
/// the mistake do is no claim of absence.
const FEW: usize = 4;

/// What one block says.
struct Block {
    path: PathBuf,
    text: String,
    statements: Vec<(usize, Statement)>,
}

impl Block {
    fn read(path: PathBuf) -> Block {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (statements, problems) = parse_script(&text, Profile::default());
        let said: Vec<String> =
            problems.iter().map(|p| format!("{}:{}: {}", path.display(), p.line, p.sentence())).collect();
        assert!(said.is_empty(), "{}", said.join("\n"));
        let statements: Vec<_> =
            statements.into_iter().map(|(line, statement)| (line.0, statement)).collect();
        assert!(!statements.is_empty(), "{} says nothing", path.display());
        Block { path, text, statements }
    }

    /// Carries it out; every line must do what it says.
    fn run(&self, runner: &mut Runner, world: &Variation) {
        for (line, statement) in &self.statements {
            if let Err(failure) = runner.run(statement) {
                panic!("{}:{line}: {failure}", self.path.display());
            }
            if let Statement::Do(command) = statement
                && let Some(fault) = world.after(command)
            {
                runner.run(&Statement::Do(fault)).unwrap();
            }
        }
    }

    /// The expectations that are not met.
    fn unmet(&self, runner: &mut Runner) -> Vec<String> {
        let check = |(line, statement): &(usize, Statement)| match runner.run(statement) {
            Ok(_) => None,
            Err(Failure::Unmet(sentence)) => Some(sentence),
            Err(other) => panic!("{}:{line}: {other}", self.path.display()),
        };
        self.statements.iter().filter_map(check).collect()
    }
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

fn after(blocks: &[&Block], world: &Variation) -> Runner {
    let mut runner = Runner::new(Setup { seed: world.seed.unwrap_or(1), profile: Profile::default() });
    blocks.iter().for_each(|block| block.run(&mut runner, world));
    runner
}

/// Each line with the comment before it.
fn check_refusals(preset: &Block, path: PathBuf) {
    let refused = Block::read(path);
    let mut runner = after(&[preset], &Variation { seed: Some(1), fault: None });
    let before = runner.timeline().world().state_hash();
    let lines: Vec<&str> = refused.text.lines().collect();
    for (line, statement) in &refused.statements {
        let place = format!("{}:{line}", refused.path.display());
        let sentence = lines[line - 2].strip_prefix("# ").unwrap_or_else(|| panic!("{place}: no sentence"));
        match runner.run(statement) {
            Err(Failure::Refused(_) | Failure::Unseen(_)) => {}
            other => panic!("{place}: {other:?}"),
        }
        assert_eq!(runner.run(statement).unwrap_err().to_string(), sentence, "{place}");
        assert_eq!(runner.timeline().world().state_hash(), before, "{place}");
    }
}

/// The worlds that a check names, else two seeds.
fn worlds(check: &Block) -> Vec<Variation> {
    let over = check.statements.iter().find_map(|(_, statement)| match statement {
        Statement::Over(over) => Some(over.variations()),
        _ => None,
    });
    over.unwrap_or_else(|| SEEDS.map(|seed| Variation { seed: Some(seed), fault: None }).to_vec())
}

fn task(lesson: &Path, path: &Path) {
    let block = |name: &str| Block::read(path.join(name));
    let own = path.join("preset.mill");
    let preset = Block::read(if own.exists() { own } else { lesson.join("preset.mill") });
    let (solution, wrong, check) = (block("solution.mill"), block("wrong.mill"), block("check.mill"));
    for block in [&solution, &wrong, &check] {
        assert!(block.text.starts_with("# "), "{} says first what it is", block.path.display());
    }
    let is_check = |s: &Statement| matches!(s, Statement::Expect(_) | Statement::Over(_));
    let is_check = check.statements.iter().all(|(_, statement)| is_check(statement));
    assert!(is_check, "{} only checks", check.path.display());
    let refused = path.join("refused.mill");
    if refused.exists() {
        check_refusals(&preset, refused);
    }
    let mut fails_everywhere = true;
    let mut fails_somewhere = false;
    let is_seeds = |s: &Statement| matches!(s, Statement::Over(Over::Seeds(_)));
    let many_seeds = check.statements.iter().any(|(_, statement)| is_seeds(statement));
    for (n, world) in worlds(&check).into_iter().enumerate() {
        let place = format!("{} with {world:?}", path.display());
        let solved = check.unmet(&mut after(&[&preset, &solution], &world));
        assert!(solved.is_empty(), "{place}, solved:\n{}", solved.join("\n"));
        if many_seeds && n >= FEW {
            continue;
        }
        let misses = !check.unmet(&mut after(&[&preset, &wrong], &world)).is_empty();
        (fails_everywhere, fails_somewhere) = (fails_everywhere && misses, fails_somewhere || misses);
        let untouched = check.unmet(&mut after(&[&preset], &world));
        assert!(!untouched.is_empty(), "{place}: passes untouched");
    }
    // One world in which it goes wrong is enough where all of them have to go well.
    let is_over =
        !many_seeds && check.statements.iter().any(|(_, statement)| matches!(statement, Statement::Over(_)));
    let fails = if is_over { fails_somewhere } else { fails_everywhere };
    assert!(fails, "{}: the usual mistake passes", path.display());
}

#[test]
fn every_task_tells_its_solution_from_the_preset_and_from_the_usual_mistake() {
    let lessons = folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lessons"));
    let tasks: Vec<(&PathBuf, PathBuf)> = lessons
        .iter()
        .flat_map(|lesson| folders(lesson).into_iter().map(move |path| (lesson, path)))
        .collect();
    assert!(lessons.len() >= 6 && tasks.len() >= 20, "{} tasks of {} lessons", tasks.len(), lessons.len());
    std::thread::scope(|scope| {
        for half in 0..2 {
            let tasks = tasks.iter().skip(half).step_by(2);
            scope.spawn(move || tasks.for_each(|(lesson, path)| task(lesson, path)));
        }
    });
}
