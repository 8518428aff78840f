//! `millrace grade` and `millrace verify` as a teacher's script sees them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod support;

use millrace_lessons::{Section, parse};
use millrace_model::Profile;
use millrace_script::language::lexer;
use millrace_sim::{Setup, Timeline};
use millrace_tools::{Invocation, NoFiles};
use std::fs;
use std::path::{Path, PathBuf};
use support::millrace;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

const LESSON: &str = "\
---
id: L98
title: One record
aim: Write it.
minutes: 5
---

```millrace preset
kafka-topics --create --topic orders --partitions 1
```

## Predict

How many records?

```millrace predict
wait 1s
option None when n(orders) == 0
option One when n(orders) == 1
```

## Task 1: Write it

Do.

```millrace check
expect n(orders) == 1
```

<details><summary>Hint</summary>

`produce`

</details>

```millrace solution
produce orders a 1
wait 1s
```

```millrace wrong two-of-them
# Twice is safer.
produce orders a 1 + a 1
wait 1s
fails n(orders) == 1
```

## Say it with the real tool

List the topics.

```millrace say
kafka-topics --list
```
";

#[test]
fn a_folder_is_graded_a_line_for_each_part() {
    let home = folder("grade");
    let file = home.join("L98-one-record/lesson.md");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, LESSON).unwrap();
    let all = home.display().to_string();
    let (code, out, err) = millrace(&["grade", &all]);
    assert_eq!(out, "ok   L98 lesson\nok   L98 predict\nok   L98 task 1: Write it\n");
    assert_eq!((code, err), (Some(0), String::new()));
    let (code, out, _) = millrace(&["grade", file.parent().unwrap().to_str().unwrap(), "--json"]);
    let last: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (last["part"].as_str(), last["passed"].as_bool(), code),
        (Some("task 1"), Some(true), Some(0))
    );

    fs::write(
        &file,
        LESSON
            .replace("expect n(orders) == 1", "expect n(orders) >= 1")
            .replace("fails n(orders) == 1", "fails n(orders) >= 1"),
    )
    .unwrap();
    let (code, out, _) = millrace(&["grade", &all]);
    let said = format!("FAIL L98 task 1: Write it\n     {}:42: two-of-them passes the check", file.display());
    assert!(out.contains(&said), "{out}");
    assert_eq!(code, Some(1));

    fs::write(&file, LESSON.replace("produce orders a 1\n", "prodduce orders a 1\n")).unwrap();
    let (code, _, err) = millrace(&["grade", &all]);
    assert!(
        err.contains(":37: column 1: expected a command, found `prodduce`; did you mean produce?"),
        "{err}"
    );
    assert_eq!(code, Some(2));
}

#[test]
fn documents_are_replayed() {
    let home = folder("verify");
    let good = "# Orders\n\n```millrace\nkafka-topics --create --topic orders --partitions 1\n```\n\n<millrace-embed lesson=\"L98\"></millrace-embed>\n";
    fs::write(home.join("good.md"), good).unwrap();
    fs::create_dir_all(home.join("lessons/L98-one-record")).unwrap();
    fs::write(home.join("lessons/L98-one-record/lesson.md"), LESSON).unwrap();
    let lessons = home.join("lessons").display().to_string();
    let pattern = format!("{}/**/*.md", home.display());
    let (code, out, err) = millrace(&["verify", &pattern, "--lessons", &lessons]);
    let name = home.join("good.md").display().to_string();
    assert_eq!((code, out, err), (Some(0), format!("ok   {name}:3\nok   {name}:7\n"), String::new()));

    fs::write(
        home.join("good.md"),
        good.replace("L98", "L97").replace("1\n```", "1\nexpect n(orders) == 3\n```"),
    )
    .unwrap();
    let (code, out, _) = millrace(&["verify", &home.display().to_string(), "--lessons", &lessons]);
    let said = format!(
        "FAIL {name}:5: expected n(orders) == 3, but it is 0 at 12:00:00.002\nFAIL {name}:8: there is no lesson L97\n"
    );
    assert_eq!((code, out), (Some(1), said));
}

/// What a lesson asks to be said is understood by the tool. The cluster is empty: it may say that something is not there,
/// but not that it knows no such option, or that one is missing.
#[test]
fn every_line_that_is_asked_for_is_understood() {
    let (code, ..) = millrace(&["shelf", "static/lessons", &folder("shelf").display().to_string()]);
    assert_eq!(code, Some(0));
    let timeline = Timeline::new(Setup { seed: 1, profile: Profile::default() });
    let understood = |argv: &[String]| {
        let invocation = Invocation { argv, stdin: "", files: &NoFiles };
        let outcome = millrace_tools::run(timeline.world(), &invocation);
        let said = outcome.map(|outcome| outcome.stderr + &outcome.stdout);
        // jopt-simple's sentences, then argparse4j's.
        let complains = [
            "is not a recognized option",
            "Missing required",
            "Option  ",
            "unrecognized arguments",
            "too few arguments",
            "is required",
        ];
        said.is_some_and(|said| complains.iter().all(|complaint| !said.contains(complaint)))
    };
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/lessons");
    let mut lines = 0;
    for entry in fs::read_dir(home).unwrap() {
        let lesson = parse(&fs::read_to_string(entry.unwrap().path().join("lesson.md")).unwrap()).unwrap();
        let says = lesson.sections.iter().flat_map(|section| match section {
            Section::Say { sayings, .. } => sayings.as_slice(),
            _ => &[],
        });
        for (line, said) in says.flat_map(|saying| &saying.said) {
            assert_eq!(said.accepts(line), Ok(()), "{line}");
            let mut argv: Vec<String> =
                lexer::words(line, 0).unwrap().tokens.into_iter().map(|token| token.text).collect();
            assert!(understood(&argv), "{}: {line}", lesson.front.id);
            argv.push("--nonsense".to_owned());
            assert!(!understood(&argv), "{}: {line}", lesson.front.id);
            lines += 1;
        }
    }
    assert!(lines >= 20, "{lines} lines");
}

/// A lesson is not on the shelf in another language if it is another lesson there.
#[test]
fn the_shelf_has_every_lesson_in_every_language() {
    let home = folder("translated");
    let file = home.join("lessons/L98-one-record/lesson.md");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, LESSON).unwrap();
    let german = [
        ("One record", "Ein Record"),
        ("aim: Write it.", "aim: Schreib ihn."),
        ("How many records?", "Wie viele Records?"),
        ("option None", "option Keiner"),
        ("option One", "option Einer"),
        ("Task 1: Write it", "Task 1: Schreib ihn"),
        ("Do.", "Tu es."),
        ("Twice is safer.", "Doppelt ist sicherer."),
        ("List the topics.", "Liste die Topics auf."),
    ];
    let german = german.iter().fold(LESSON.to_owned(), |text, (from, to)| text.replace(from, to));
    let own = file.with_file_name("lesson.de.md");
    let (lessons, out) = (home.join("lessons"), home.join("out"));
    let shelf = || millrace(&["shelf", lessons.to_str().unwrap(), out.to_str().unwrap()]);

    let (code, _, err) = shelf();
    let said = format!("{}: expected this translation of {}", own.display(), file.display());
    assert_eq!((code, err.trim_end().ends_with(&said)), (Some(2), true), "{err}");

    fs::write(&own, german.replace("wait 1s", "wait 2s")).unwrap();
    let (code, _, err) = shelf();
    let said = "predict, line: expected `wait 1s` as in the original, found `wait 2s`";
    assert_eq!((code, err.contains(&format!("{}:17: {said}", own.display()))), (Some(2), true), "{err}");
    assert!(!out.exists());

    fs::write(&own, &german).unwrap();
    assert_eq!(shelf().0, Some(0));
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(read("L98-one-record/lesson.de.md"), german);
    assert_eq!(read("L98-one-record/lesson.md"), LESSON);
    assert!(read("L98-one-record/prose.de.html").contains("<p>Wie viele Records?</p>"));
    assert!(read("L98-one-record/prose.html").contains("<p>How many records?</p>"));
    assert_eq!(read("catalogue.de.txt"), "L98-one-record\tL98\tEin Record\tSchreib ihn.\t5\t1\n");
    assert_eq!(read("catalogue.txt"), "L98-one-record\tL98\tOne record\tWrite it.\t5\t1\n");
}

#[test]
fn our_own_documents_are_true() {
    let documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs"];
    let (code, out, err) = millrace(&[["verify"].as_slice(), documents.as_slice()].concat());
    assert_eq!((code, err), (Some(0), String::new()), "{out}");
    assert!(out.lines().count() >= 1, "{out}");
}
