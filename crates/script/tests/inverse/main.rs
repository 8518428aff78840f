//! What is printed is read back as the same, and what is wrong is said where it is.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

mod admin;
mod command;
mod config;
mod expectation;
mod plain;

use command::command;
use expectation::expectation;
use millrace_model::{Profile, Span, Time};
use millrace_script::{Statement, Travel, parse_line, parse_script};
use proptest::prelude::*;
use proptest::sample::select;

const PROFILES: [Profile; 3] = Profile::ALL;

fn check(statement: &Statement, profile: Profile) -> Result<(), TestCaseError> {
    let line = statement.print(profile);
    prop_assert!(!line.contains('\n'), "{}", line);
    match parse_line(&line, profile) {
        Ok(Some(read)) => prop_assert_eq!(&read, statement, "{}", line),
        other => prop_assert!(false, "{}: {:?}", line, other),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_command_is_read_as_it_was_printed(
        (profile, command) in select(PROFILES.to_vec()).prop_flat_map(|p| (Just(p), command(p)))
    ) {
        check(&Statement::Do(command), profile)?;
    }

    #[test]
    fn every_expectation_is_read_as_it_was_printed(expectation in expectation()) {
        check(&Statement::Expect(expectation), Profile::default())?;
    }

    #[test]
    fn lines_about_history_are_read_as_they_were_printed(
        kind in 0..11_u8, name in "\\PC{1,20}", other in "\\PC{1,20}", expectation in expectation(), s in 0..31_000_000_u64,
    ) {
        let travel = match kind {
            0 => Travel::Until(expectation, Span::from_secs(s)),
            1 => Travel::Branches,
            2 => Travel::Switch(name),
            3 => Travel::Rename(name, other),
            4 => Travel::Delete(name),
            5 => Travel::Bookmarks,
            6 => Travel::Mark(name),
            7 => Travel::Go(name),
            8 => Travel::Unmark(name),
            9 => Travel::Undo,
            _ => Travel::Redo,
        };
        check(&Statement::Travel(Box::new(travel)), Profile::default())?;
    }

    #[test]
    fn waits_and_steps_are_read_as_they_were_printed(us in 0..31_000_000_000_000_u64, n in 1..1_000_000_u64) {
        for statement in [Statement::Wait(Span(us)), Statement::WaitUntil(Time(us)), Statement::Step(n)] {
            check(&statement, Profile::default())?;
        }
    }

    #[test]
    fn nothing_that_is_typed_makes_it_panic(
        start in select(vec!["", "produce ", "app start a --fails '", "expect ", "expect lag(", "run until ", "branch rename ", "bookmark ", "kafka-topics --create --topic ", "streams start a '"]),
        text in any::<String>(),
    ) {
        let source = format!("{start}{text}");
        let (_, problems) = parse_script(&source, Profile::default());
        for problem in &problems {
            prop_assert!(problem.caret(&source).contains('^'));
            prop_assert!(source.is_char_boundary(problem.span.start), "{:?}", problem);
        }
        let _ = parse_line(&source, Profile::default());
    }
}

/// Kafka's names may begin with dashes, as options do.
#[test]
fn names_that_look_like_options_are_read_as_names() {
    for line in [
        "run until owner(a, --topic-0) == 0 --within 0ms",
        "run until n(--within) == 1 --within 5s",
        "run until path(--a, --b) == 1",
        "expect owner(--a, --topic-0) == 0",
    ] {
        let read = parse_line(line, Profile::default());
        assert_eq!(read.unwrap().unwrap().print(Profile::default()), line);
    }
    let problem = parse_line("run until n(a) == 1 --wihtin 5s", Profile::default()).unwrap_err();
    assert_eq!(problem.nearest.as_deref(), Some("--within"));
}
