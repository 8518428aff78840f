//! History as lines: branches, bookmarks, undo, and time that runs until something holds. And: every command that the
//! lessons know can be undone and redone.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_model::{Profile, Span};
use millrace_script::expectation::complete;
use millrace_script::log::{SaveFile, open, save};
use millrace_script::until::{Back, Turned};
use millrace_script::{Expectation, Failure, Runner, Statement, parse_line, parse_script};
use millrace_sim::{Setup, Timeline};
use std::path::Path;

const SHOP: &str = "
network latency 20ms
kafka-topics --create --topic orders --partitions 2
producer start checkout --topic orders
app start billing --topic orders --work 200ms
wait until 12:00:10
produce orders a 1 + b 2 + c 3 + d 4
";

fn run(runner: &mut Runner, script: &str) {
    let (statements, problems) = parse_script(script, Profile::default());
    assert_eq!(problems, []);
    for (line, statement) in statements {
        runner.run(&statement).unwrap_or_else(|failure| panic!("line {}: {failure}", line.0));
    }
}

fn shop() -> Runner {
    let mut runner = Runner::new(Setup::default());
    run(&mut runner, SHOP);
    runner
}

/// What a line says, whether it worked or not.
fn say(runner: &mut Runner, line: &str) -> String {
    let statement = match parse_line(line, Profile::default()) {
        Ok(statement) => statement.unwrap(),
        Err(problem) => return problem.to_string(),
    };
    match runner.run(&statement) {
        Ok(answer) => answer.shown.map(|shown| shown.to_string()).unwrap_or_default(),
        Err(failure) => format!("refused: {failure}"),
    }
}

fn expectation(text: &str) -> Expectation {
    match parse_line(&format!("expect {text}"), Profile::default()) {
        Ok(Some(Statement::Expect(expectation))) => expectation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn time_runs_up_to_the_very_step_at_which_it_holds() {
    let mut runner = shop();
    let said = say(&mut runner, "run until effects(billing) == 3 --within 60s");
    assert!(said.starts_with("effects(billing) == 3 holds at 12:00:1"), "{said}");
    let there = runner.timeline().moment();
    let mut copy = runner.timeline().clone();
    copy.seek_step(there.step - 1);
    assert!(expectation("effects(billing) == 2").check(&copy).is_ok(), "one step before it did not hold");
    assert_eq!(
        say(&mut runner, "run until effects(billing) == 3"),
        "effects(billing) == 3 holds already: no time has passed"
    );
    assert_eq!(runner.timeline().moment(), there);
}

#[test]
fn what_does_not_come_about_says_so_at_the_limit() {
    let mut runner = shop();
    assert_eq!(
        say(&mut runner, "run until effects(billing) == 9 --within 5s"),
        "refused: not within 5s: expected effects(billing) == 9, but it is 4 at 12:00:15.000"
    );
    assert!(say(&mut runner, "run until lag(biling) == 0 --within 1s").ends_with(
        "not within 1s: expected lag(biling) == 0, but there is no group biling (did you mean billing?) at 12:00:16.000"
    ));
    assert_eq!(
        say(&mut runner, "run until lagg(billing) == 0"),
        "line 1, column 11: expected a quantity such as lag(billing), found `lagg`; did you mean lag(GROUP)?"
    );
    assert_eq!(
        say(&mut runner, "run until --within 3s"),
        "line 1, column 22: expected a quantity such as lag(billing), found the end of the line"
    );
}

#[test]
fn the_way_back_ends_where_it_last_did_not_hold() {
    let mut runner = shop();
    say(&mut runner, "run until effects(billing) == 3");
    let turned = runner.timeline().moment().step;
    say(&mut runner, "wait 60s");
    let mut timeline = runner.into_timeline();
    let home = timeline.moment().step;
    assert!(home > turned + 300, "more than one stretch: {turned} {home}");
    let mut back = Back::new(expectation("effects(billing) >= 3"), &timeline);
    let mut slices = 1;
    let end = loop {
        if let Some(end) = back.advance(&mut timeline, 50) {
            break end;
        }
        slices += 1;
    };
    assert_eq!(end, Turned::After(turned - 1));
    assert_eq!(timeline.moment().step, turned - 1);
    assert!(slices > 3, "{slices}");
    let ends = |timeline: &mut Timeline, text: &str| {
        let mut back = Back::new(expectation(text), timeline);
        (back.advance(timeline, 1_000_000), timeline.moment().step)
    };
    assert_eq!(ends(&mut timeline, "effects(billing) == 9"), (Some(Turned::NotNow), turned - 1));
    assert_eq!(ends(&mut timeline, "partitions(none) == 0"), (Some(Turned::Always), turned - 1));
}

#[test]
fn the_field_knows_how_an_expectation_goes_on() {
    let mut runner = shop();
    run(&mut runner, "kafka-topics --create --topic other --partitions 1\nwait 5s");
    let offers = |text: &str| complete(text, runner.timeline());
    assert_eq!(offers("la"), ["lag(billing)"]);
    assert_eq!(offers("lag(b"), ["lag(billing)"]);
    assert_eq!(offers("lag(x"), [""; 0]);
    assert_eq!(offers("committed(b"), ["committed(billing, "]);
    assert_eq!(
        offers("committed(billing, o"),
        ["committed(billing, orders-0)", "committed(billing, orders-1)", "committed(billing, other-0)"]
    );
    assert_eq!(offers("n(orders)"), ["n(orders) > 4", "n(orders) == 0", "n(orders) != 4"]);
    assert_eq!(offers("lag(billing) "), ["lag(billing) > 0", "lag(billing) == 1", "lag(billing) != 0"]);
    assert_eq!(offers("state(billing)"), ["state(billing) != 'Stable'", "state(billing) == 'Stable'"]);
    assert_eq!(offers("").len(), 12);
    for offer in offers("") {
        let whole = offer.ends_with(')');
        assert!(!whole || !complete(&offer, runner.timeline()).is_empty(), "{offer}");
    }
}

#[test]
fn branches_are_listed_named_switched_to_and_deleted() {
    let mut runner = shop();
    run(
        &mut runner,
        "wait 5s\nconsumer crash billing/c1\nundo\nwait 2s\nbranch rename 2 'without the crash'",
    );
    assert_eq!(
        say(&mut runner, "branch list"),
        "  1   future 1: from the start, goes to 12:00:15.000, 6 commands
* 2   without the crash: left future 1 at 12:00:15.000, goes to 12:00:17.000, 5 commands
2 of at most 32; beyond them the oldest is forgotten"
    );
    assert_eq!(
        say(&mut runner, "branch delete 2").split(':').nth(1),
        Some(" the branch on stage cannot be deleted")
    );
    let hash = runner.timeline().world().state_hash();
    assert_eq!(say(&mut runner, "branch switch 1"), "");
    assert_ne!(runner.timeline().world().state_hash(), hash);
    assert_eq!(say(&mut runner, "branch delete 'without the crash'"), "");
    assert_eq!(say(&mut runner, "branch switch 2"), "refused: there is no branch 2");
    assert_eq!(say(&mut runner, "undo"), "");
    assert_eq!(
        say(&mut runner, "branch switch 'without the crsh'").split("; ").nth(1),
        Some("did you mean without the crash?")
    );
    assert_eq!(say(&mut runner, "branch switch 'without the crash'"), "");
    assert_eq!(runner.timeline().world().state_hash(), hash);
}

#[test]
fn bookmarks_are_set_gone_to_and_kept_in_the_file() {
    let mut runner = shop();
    run(&mut runner, "bookmark add 'before it all'\nwait 3s\nbookmark add later\nbranch rename 1 first");
    assert_eq!(
        say(&mut runner, "bookmark list"),
        "12:00:10.000 #144 first: before it all\n12:00:13.000 #210 first: later"
            .replace(
                "#144",
                &format!("#{}", runner.timeline().bookmark("before it all").unwrap().moment.step)
            )
            .replace("#210", &format!("#{}", runner.timeline().bookmark("later").unwrap().moment.step))
    );
    let later = runner.timeline().world().state_hash();
    say(&mut runner, "bookmark go 'before it all'");
    assert_eq!(runner.timeline().moment(), runner.timeline().bookmark("before it all").unwrap().moment);
    let text = save(runner.timeline());
    let (copy, problems) = open(&text).unwrap();
    assert_eq!(problems, []);
    assert_eq!(copy.bookmarks(), runner.timeline().bookmarks());
    assert_eq!(copy.title_of(copy.branch().id), "first");
    assert_eq!(save(&copy), text, "and saved again it is the same file");
    let mut copy = Runner::with(copy);
    say(&mut copy, "bookmark go later");
    assert_eq!(copy.timeline().world().state_hash(), later);
    assert_eq!(say(&mut copy, "bookmark delete later"), "");
    assert_eq!(say(&mut copy, "bookmark go later"), "refused: there is no bookmark later");
}

#[test]
fn a_file_without_notes_opens_as_it_did_and_a_damaged_note_is_named() {
    let old = "millrace 1\nseed 7\nbranch 0\n@12:00:00.000 #0 network latency 20ms\nend @12:00:05.000 #1\nplayhead 0 @12:00:03.000 #1\n";
    let (timeline, problems) = open(old).unwrap();
    assert_eq!((problems.len(), timeline.bookmarks().len()), (0, 0));
    let damaged =
        old.replace("end ", "name \nbookmark @12:00 first\nbookmark @12:00:02.000 #1 good one\nend ");
    let (file, problems) = SaveFile::parse(&damaged).unwrap();
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("line 5, column 1: expected name and a branch's name"), "{said:?}");
    assert!(said[1].starts_with("line 6, column 1: expected bookmark @TIME #STEPS and its name"), "{said:?}");
    assert_eq!(file.branches[0].bookmarks.len(), 1);
    let (timeline, problems) = open(&damaged).unwrap();
    assert_eq!(problems.len(), 2);
    assert_eq!(timeline.bookmark("good one").unwrap().moment.step, 1, "the rest is kept");
}

/// The steps of a by-time rebuild are not those of the file: a bookmark keeps its time.
#[test]
fn a_bookmark_behind_a_lost_command_keeps_its_time() {
    let mut runner = shop();
    run(&mut runner, "wait 3s\nbookmark add here\nwait 1s");
    let text = save(runner.timeline()).replace("produce orders", "prodcue orders");
    let (timeline, problems) = open(&text).unwrap();
    assert_eq!(problems.len(), 1);
    let bookmark = timeline.bookmark("here").unwrap();
    assert_eq!(bookmark.moment.at, runner.timeline().bookmark("here").unwrap().moment.at);
    assert_eq!(bookmark.moment.step, timeline.branch().steps_by(bookmark.moment.at));
}

/// Every command of every lesson and example, undone and redone: the worlds before and after are the same again.
#[test]
fn every_command_can_be_undone_and_redone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    collect(&root.join("tests/scripts"), &mut texts);
    collect(&root.join("static/lessons"), &mut texts);
    texts.sort();
    let mut verbs = std::collections::BTreeSet::new();
    for (path, text) in texts {
        let (statements, _) = parse_script(&text, Profile::default());
        let mut runner = Runner::new(Setup::default());
        for (line, statement) in statements {
            let place = format!("{}:{}", path.display(), line.0);
            let Statement::Do(command) = &statement else {
                // What is checked or looked at is not this test's concern.
                let _ = runner.run(&statement);
                continue;
            };
            let printed = statement.print(Profile::default());
            let verb: String = printed.split(' ').take(2).collect::<Vec<_>>().join(" ");
            let before = runner.timeline().world().state_hash();
            match runner.run(&statement) {
                Ok(_) => {}
                Err(Failure::Refused(_)) => continue,
                Err(failure) => panic!("{place}: {failure}"),
            }
            // Once for each kind of line is enough, and keeps this short.
            if !verbs.insert(verb) {
                continue;
            }
            let mut timeline = runner.timeline().clone();
            let after = timeline.world().state_hash();
            assert_eq!(timeline.undoable(), Some(command), "{place}");
            assert!(timeline.undo(), "{place}");
            assert_eq!(timeline.world().state_hash(), before, "{place}: undone");
            assert!(timeline.redo(), "{place}");
            assert_eq!(timeline.world().state_hash(), after, "{place}: done again");
            timeline.undo();
            timeline.run_until(timeline.world().now() + Span::from_secs(1), 1_000);
            assert!(timeline.redo(), "{place}: time that passed is no deed");
            assert_eq!(timeline.world().state_hash(), after, "{place}: done again later");
        }
    }
    for wanted in [
        "alert set",
        "dlq redrive",
        "service break",
        "network lose",
        "produce orders",
        "dashboard open",
        "consumer crash",
    ] {
        assert!(verbs.iter().any(|verb| verb == wanted), "{wanted}: {verbs:?}");
    }
}

/// The example scripts, and what the lessons' solutions do after the preset that stands before them.
fn collect(folder: &Path, texts: &mut Vec<(std::path::PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, texts);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "mill") {
            texts.push((path, text));
            continue;
        }
        let mut preset = String::new();
        for block in text.split("```millrace ").skip(1) {
            let (kind, rest) = block.split_once('\n').unwrap();
            let lines = rest.split("```").next().unwrap();
            if kind.starts_with("preset") {
                preset = lines.to_owned();
            } else if kind.starts_with("solution") {
                texts.push((path.clone(), format!("{preset}\n{lines}")));
            }
        }
    }
}
