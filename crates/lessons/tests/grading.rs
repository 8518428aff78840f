//! What a lesson's file can get wrong, and what the grader says of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use millrace_lessons::{Lesson, Piece, Sweep, Watch, grade, look, parse};
use millrace_model::{Span, Time};
use millrace_script::{Runner, parse_script};

const LESSON: &str = "\
---
id: L99
title: One owner each
aim: See who reads what.
minutes: 5
views: board, groups
seed: 1
profile: 4.x
later:
  - L99-2: share groups
---

# L99: One owner each

Two partitions, one reader.

```millrace preset
kafka-topics --create --topic orders --partitions 2
app start billing --topic orders
wait 10s
```

## Predict

Three members, two partitions: who is idle?

```millrace predict
consumer add billing
consumer add billing
wait 10s
option Nobody when idle(billing) == 0
option One of them when idle(billing) == 1 and members(billing) == 3
```

Stable, and nothing to do.

## Task 1: Share the work

Have two members read.

```millrace check
# One partition each.
over seeds 5
expect members(billing) == 2
expect idle(billing) == 0
expect partitions(orders) == 2
```

<details><summary>Hint</summary>

`consumer add`

</details>

<details><summary>A solution</summary>

```millrace solution
# One more of the same group.
consumer add billing
wait 10s
```

</details>

<details><summary>A usual mistake</summary>

```millrace wrong another-group
# A second group reads everything.
app start billing-2 --topic orders
wait 10s
fails members(billing) == 2
```

</details>

Both have one.

## You may have read

That any member reads any record.

<details><summary>The proof</summary>

```millrace read after 1
expect owner(billing, orders-0) != none
```

</details>

## Say it with the real tool

Who are the members?

<details><summary>The line</summary>

```millrace say
kafka-consumer-groups --describe --group billing --members
```

</details>
";

fn lesson() -> Lesson {
    parse(LESSON).unwrap()
}

fn with(from: &str, to: &str) -> String {
    assert!(LESSON.contains(from), "{from}");
    LESSON.replacen(from, to, 1)
}

#[test]
fn what_is_read_is_printed_alike() {
    assert_eq!(lesson().print(), LESSON);
}

#[test]
fn a_true_lesson_has_no_faults() {
    for piece in millrace_lessons::pieces(&lesson()) {
        let graded = grade(&lesson(), &piece);
        assert_eq!(graded.faults, [], "{piece}");
    }
}

/// Each mistake of an author, and all that is said of it.
#[test]
fn every_mistake_in_the_text_has_a_line_and_says_what_would_be_right() {
    let cases = [
        ("id: L99", "id: 99", "line 2: id: expected a letter and a number such as L03, found `99`"),
        (
            "aim: See",
            "aimm: See",
            "line 4: no such key: `aimm`; did you mean aim?\nline 11: expected aim: … in the front matter",
        ),
        (
            "board, groups",
            "bord",
            "line 6: views: expected views such as board in the place of bord, found `bord`",
        ),
        (
            "# L99: One",
            "# L98: One",
            "line 13: expected # L99: One owner each, as the front matter says, found # L98: One owner each",
        ),
        (
            "millrace predict",
            "millrace predikt",
            "line 27: expected text and one millrace predict here, found `millrace predikt`; did you mean predict?\nline 23: expected a question and a millrace predict",
        ),
        (
            "option Nobody when idle(billing) == 0",
            "option Nobody",
            "line 31: expected option TEXT when EXPECTATION, such as option Two of them when idle(billing) == 2\nline 27: expected at least two lines option TEXT when EXPECTATION",
        ),
        (
            "expect idle(billing) == 0\n",
            "consumer add billing\n",
            "line 45: expected expect … or over …: a check does nothing",
        ),
        (
            "fails members(billing) == 2",
            "fails members(billing) == 3",
            "line 71: expected an expectation of this task's check, found members(billing) == 3; did you mean members(billing) == 2?",
        ),
        (
            "wrong another-group",
            "wrong",
            "line 67: expected a name with dashes, such as millrace wrong a-longer-pause\nline 37: task 1: expected a millrace wrong NAME",
        ),
        (
            "read after 1",
            "read after 2",
            "line 84: expected read, read alone, or read after and the number of a task above",
        ),
        ("app start billing --topic orders", "app strat billing --topic orders", "line 19: column 5: "),
    ];
    for (from, to, said) in cases {
        let problems = parse(&with(from, to)).unwrap_err();
        let mut found: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let mut wanted: Vec<&str> = said.lines().collect();
        found.sort();
        wanted.sort_unstable();
        assert_eq!(found.len(), wanted.len(), "{found:#?}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(found.starts_with(wanted), "{found}\n{wanted}");
        }
    }
    let open = LESSON.replacen("wait 10s\n```\n", "wait 10s\n", 1);
    assert!(!parse(&open).unwrap_err().is_empty());
}

/// Each thing that is not as a lesson says, and how the grader says so.
#[test]
fn what_is_not_so_is_found() {
    let task = Piece::Task("1".to_owned());
    let cases = [
        (Piece::Whole, with("minutes: 5", "minutes: 50"), "line 1: a lesson takes five to ten minutes"),
        (
            Piece::Whole,
            with(
                "app start billing --topic orders\n",
                "app start billing --topic orders\nexpect members(billing) == 9\n",
            ),
            "line 20: expected members(billing) == 9, but it is 0",
        ),
        (
            Piece::Predict,
            with("idle(billing) == 1 and", "idle(billing) == 7 and"),
            "line 28: the run meets none of the options",
        ),
        (
            Piece::Predict,
            with("idle(billing) == 0", "idle(billing) >= 0"),
            "line 28: more than one option is right: Nobody; One of them",
        ),
        (
            task.clone(),
            with("expect members(billing) == 2\nexpect idle(billing) == 0\n", "expect idle(billing) == 0\n")
                .replace("fails members(billing) == 2", "fails idle(billing) == 0"),
            "line 42: the check passes untouched in world 1 of 5",
        ),
        (
            task.clone(),
            with("# One more of the same group.\nconsumer add billing\n", "# Nothing.\n"),
            "line 44: the solution does not pass: expected members(billing) == 2, but it is 1 at",
        ),
        (
            task.clone(),
            with("app start billing-2", "consumer add billing\napp start billing-2"),
            "line 68: another-group passes the check in world 1 of 5",
        ),
        (
            task.clone(),
            with("fails members(billing) == 2", "fails members(billing) == 2\nfails idle(billing) == 0"),
            "line 72: another-group does not fail idle(billing) == 0",
        ),
        (
            task.clone(),
            with("app start billing-2 --topic orders", "kafka-topics --alter --topic orders --partitions 3"),
            "line 46: another-group fails this, too: expected partitions(orders) == 2, but it is 3",
        ),
        (
            Piece::Read,
            with("owner(billing, orders-0) != none", "owner(billing, orders-0) == none"),
            "line 85: expected owner(billing, orders-0) == none, but it is 'c",
        ),
    ];
    for (piece, text, said) in cases {
        let graded = grade(&parse(&text).unwrap(), &piece);
        let first = graded.faults.first().map(ToString::to_string).unwrap_or_default();
        assert!(first.starts_with(said), "{first}\n{said}");
    }
}

/// Two partitions and a wait: as the world goes on, the check comes true by itself.
#[test]
fn a_check_that_passes_if_one_only_waits_is_found() {
    let text = with(
        "expect members(billing) == 2\nexpect idle(billing) == 0\n",
        "expect n(orders) >= 5\nexpect idle(billing) == 0\n",
    )
    .replace(
        "app start billing --topic orders\nwait 10s",
        "app start billing --topic orders\nproducer start shop --topic orders\nproducer rate shop 1\nwait 2s",
    )
    .replace("fails members(billing) == 2", "fails n(orders) >= 5");
    let graded = grade(&parse(&text).unwrap(), &Piece::Task("1".to_owned()));
    let first = graded.faults.first().map(ToString::to_string).unwrap_or_default();
    assert!(first.starts_with("line 44: the check passes if one only waits"), "{:?}", graded.faults);
}

/// Whatever the learner did: the check reads the world. Then the same deeds in all worlds, slice by slice.
#[test]
fn any_way_passes_and_is_tried_in_every_world() {
    let lesson = lesson();
    let task = lesson.task("1").unwrap();
    let script = "\
kafka-topics --create --topic orders --partitions 2
app start billing --topic orders
wait 10s
app start audit --topic orders
consumer add billing --name me --max-poll-records 7
wait 20s";
    let mut runner = Runner::new(lesson.front.setup(None));
    let mut watch = Watch::default();
    let (lines, problems) = parse_script(script, lesson.front.profile);
    assert!(problems.is_empty());
    for (_, statement) in &lines[..4] {
        runner.run(statement).unwrap();
    }
    let unmet: Vec<_> =
        watch.look(task, runner.timeline()).iter().filter(|seen| !seen.is_met()).cloned().collect();
    assert!(!watch.is_met());
    assert_eq!(unmet.len(), 1, "{unmet:?}");
    assert_eq!(unmet[0].check.to_string(), "members(billing) == 2");
    assert_eq!(unmet[0].evidence.groups.iter().map(|group| group.as_str()).collect::<Vec<_>>(), ["billing"]);
    for (_, statement) in &lines[4..] {
        runner.run(statement).unwrap();
    }
    assert!(watch.look(task, runner.timeline()).iter().all(millrace_lessons::Seen::is_met));
    assert!(watch.is_met() && runner.timeline().world().now() > Time::ZERO);
    let mut sweep = Sweep::of_history(&lesson, task, runner.timeline());
    let mut slices = 0;
    while !sweep.advance(50).is_over() {
        slices += 1;
    }
    assert_eq!((sweep.progress().done, sweep.progress().of), (5, 5));
    assert_eq!(sweep.progress().stranger, None);
    assert!(slices > 5, "{slices} slices");
    // Back before the second member came: what lies ahead of the playhead has not been done.
    let mut timeline = runner.into_timeline();
    let steps = timeline.branch().log().iter().find(|logged| logged.at > Time::ZERO + Span::from_secs(5));
    timeline.seek_step(steps.map_or(0, |logged| logged.after));
    let mut sweep = Sweep::of_history(&lesson, task, &timeline);
    while !sweep.advance(1_000).is_over() {}
    assert_eq!(sweep.progress().done, 0);
    assert!(sweep.progress().stranger.is_some());
}

#[test]
fn a_sweep_ends_in_the_first_world_in_which_the_check_does_not_hold() {
    let lesson = lesson();
    let task = lesson.task("1").unwrap();
    let mut runner = Runner::new(lesson.front.setup(None));
    for (_, statement) in &lesson.preset.lines {
        runner.run(statement).unwrap();
    }
    let mut sweep = Sweep::of_history(&lesson, task, runner.timeline());
    while !sweep.advance(1_000).is_over() {}
    let stranger = sweep.progress().stranger.clone().unwrap();
    assert_eq!(stranger.world.seed, Some(1));
    assert_eq!(stranger.seen.len(), look(task, runner.timeline()).len());
    assert_eq!(stranger.fault, None);
}
