//! What a lesson in another language may not do otherwise than the original.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use millrace_lessons::{LANGUAGES, Problem, parse, same_but_for_text};
use std::fs;
use std::path::Path;

const ENGLISH: &str = "\
---
id: L99
title: One record
aim: Write it.
minutes: 5
later:
  - L99-4: two records
---

# L99: One record

A topic.

```millrace preset
# A topic
# of one partition.
kafka-topics --create --topic orders --partitions 1
```

## Predict

How many?

```millrace predict
wait 1s
option None at all when n(orders) == 0
option One when n(orders) == 1
```

So it is.

## Between

More.

## Task 1: Write it

Write into `orders` with `acks
= all`.

```millrace check
# One.
expect n(orders) == 1
```

<details><summary>Hint</summary>

`produce`

</details>

```millrace solution
produce orders a 1
```

```millrace wrong two-of-them
# Twice is safer.
produce orders a 1 + a 1
fails n(orders) == 1
```

```millrace refused
# there is no consumer group billing
consumer crash billing/c1
```

Done.

## You may have read

**\"None.\"** One.

```millrace read after 1
expect n(orders) == 1
```

## Say it with the real tool

List the topics.

```millrace say
kafka-topics --list
```

The end.
";

/// English and German, each once in the lesson.
const WORDS: [(&str, &str); 19] = [
    ("One record", "Ein Record"),
    ("Write it.", "Schreib ihn."),
    ("two records", "zwei Records"),
    ("A topic.", "Ein Topic."),
    ("# A topic\n# of one partition.\n", "# Ein Topic mit einer Partition.\n"),
    ("How many?", "Wie viele?"),
    ("option None at all", "option Keiner"),
    ("option One when", "option Einer when"),
    ("So it is.", "So ist es."),
    ("Between", "Dazwischen"),
    ("More.", "Mehr."),
    ("Task 1: Write it", "Task 1: Schreib ihn"),
    ("Write into `orders` with `acks\n= all`.", "Schreib mit `acks = all` in `orders`."),
    ("# One.", "# Einer."),
    ("# Twice is safer.", "# Doppelt ist sicherer."),
    ("Done.", "Fertig."),
    ("**\"None.\"** One.", "**„Keiner.“** Einer."),
    ("List the topics.", "Liste die Topics auf."),
    ("The end.", "Ende."),
];

fn german() -> String {
    // The title stands in the front matter and above the text.
    WORDS.iter().fold(ENGLISH.to_owned(), |text, (english, german)| text.replace(english, german))
}

fn said(translation: &str) -> Vec<String> {
    let original = parse(ENGLISH).unwrap();
    let translation = parse(translation).unwrap_or_else(|problems| panic!("{problems:?}"));
    same_but_for_text(&original, &translation).iter().map(Problem::to_string).collect()
}

#[test]
fn a_translation_is_the_same_lesson() {
    assert_eq!(said(&german()), Vec::<String>::new());
}

#[test]
fn every_text_that_stays_english_is_found() {
    for (english, german) in WORDS {
        let text = self::german().replace(german, english);
        let said = said(&text);
        assert_eq!(said.len(), 1, "{english}: {said:?}");
        assert!(said[0].contains("this is not translated: `"), "{said:?}");
    }
    assert_eq!(
        said(&german().replace("# Einer.", "# One.")),
        ["line 41: task 1, check, comment: this is not translated: `One.`"]
    );
}

#[test]
fn every_text_that_is_left_out_is_found() {
    for (left_out, sentence) in [
        ("Ein Topic.\n", "introduction: expected a translation of `A topic.`"),
        ("So ist es.\n", "what is said after the answer: expected a translation of `So it is.`"),
        ("Mehr.\n", "section 2: expected a translation of `More.`"),
        ("Fertig.\n", "task 1, what is said after it: expected a translation of `Done.`"),
        ("Liste die Topics auf.\n", "saying 1: expected a translation of `List the topics.`"),
        ("Ende.\n", "what is said last: expected a translation of `The end.`"),
        ("# Einer.\n", "expected task 1, check, comment here, found task 1, check, line"),
        (": zwei Records", "later 1: expected a translation of `two records`"),
    ] {
        let said = said(&german().replace(left_out, ""));
        assert_eq!(said.len(), 1, "{left_out}: {said:?}");
        assert!(said[0].ends_with(&format!(": {sentence}")), "{sentence}: {said:?}");
    }
    let more = german().replace("## Dazwischen\n", "## Dazwischen\n\nNoch mehr.\n");
    assert_eq!(said(&more), Vec::<String>::new());
    let more = german().replace("wait 1s\n", "# Warte.\nwait 1s\n");
    assert_eq!(said(&more), ["line 25: expected predict, line here, found predict, comment"]);
}

#[test]
fn everything_else_has_to_be_the_same() {
    for (from, to, sentence) in [
        ("id: L99", "id: L98", "id: expected `L99` as in the original, found `L98`"),
        ("minutes: 5", "minutes: 6", "minutes: expected `5` as in the original, found `6`"),
        ("minutes: 5", "minutes: 5\nviews: clocks", "views: expected `board`"),
        ("minutes: 5", "minutes: 5\nseed: 2", "seed: expected `1`"),
        ("minutes: 5", "minutes: 5\nprofile: 4.0-snapshot", "profile: expected `4.x`"),
        ("minutes: 5", "minutes: 5\nlimits: 100 steps", "limits: expected `500000 steps`"),
        ("- L99-4", "- L99-5", "later 1, id: expected `L99-4`"),
        ("minutes: 5", "minutes: 5\nposter: 3s of task 1", "poster: expected `none`"),
        ("later:\n  - L99-4: zwei Records\n", "", "expected later 1, id here, found introduction"),
        ("--partitions 1", "--partitions 2", "preset, line: expected `kafka-topics --create"),
        ("wait 1s", "wait 2s", "predict, line: expected `wait 1s`"),
        (
            "Keiner when n(orders) == 0",
            "Keiner when n(orders) == 7",
            "option 1, when: expected `n(orders) == 0`",
        ),
        (
            "option Einer when n(orders) == 1",
            "option Einer when n(orders) == 1\noption Zwei when n(orders) == 2",
            "found option 3",
        ),
        (
            "expect n(orders) == 1\n```\n\n<d",
            "expect n(orders) == 1\nexpect lag(a) == 1\n```\n\n<d",
            "found task 1, check, line",
        ),
        (
            "`produce`\n",
            "`produce`\n\n</details>\n\n<details><summary>Hint</summary>\n\nMehr.\n",
            "found task 1, hint 2",
        ),
        ("`produce`\n", "`produces`\n", "task 1, hint 1: expected `produce` in it"),
        ("in `orders`.", "in orders.", "task 1, assignment: expected `orders` in it"),
        ("in `orders`.", "in `orders` von `shop`.", "task 1, assignment: expected no `shop` in it"),
        ("produce orders a 1\n```", "produce orders a 2\n```", "task 1, solution, line: expected"),
        ("wrong two-of-them", "wrong zwei-davon", "found task 1, mistake zwei-davon"),
        ("produce orders a 1 + a 1", "produce orders a 1 + a 2", "task 1, mistake two-of-them, line"),
        ("# there is no consumer group billing", "# es gibt keine", "task 1, refused, line"),
        ("```millrace read after 1", "```millrace read", "correction 1, block: expected `read after 1`"),
        ("kafka-topics --list", "kafka-topics --lists", "saying 1, lines: expected"),
        ("## You may have read", "## You may have read it", "section 4, heading"),
        ("## Say it with the real tool", "## Say it with the real tool of today", "section 5, heading"),
        ("## Dazwischen\n\nMehr.\n\n", "", "expected section 2, heading here, found task 1, title"),
        ("Ende.\n", "Ende.\n\n## Noch etwas\n\nDas.\n", "expected the end, found section 6, heading"),
    ] {
        let text = german().replace(from, to);
        assert_ne!(text, german(), "{from}");
        // Two of them move a lesson's number, which stands in the title, too.
        let said = said(&text.replace("# L99", if to == "id: L98" { "# L98" } else { "# L99" }));
        assert_eq!(said.len(), 1, "{from}: {said:?}");
        assert!(said[0].contains(sentence), "{sentence}: {said:?}");
    }
    let (fails, check) = ("fails n(orders) == 1", "expect n(orders) == 1\n```\n\n<d");
    let both = |text: &str| text.replace(check, "expect n(orders) == 1\nexpect lag(a) == 0\n```\n\n<d");
    let original = parse(&both(ENGLISH)).unwrap();
    let translation = parse(&both(&german()).replace(fails, "fails lag(a) == 0")).unwrap();
    let problems = same_but_for_text(&original, &translation);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].sentence.starts_with("task 1, mistake two-of-them, fails: expected"));
}
/// Every lesson of the shelf is there in every language, and written as it is printed.
#[test]
fn every_translation_is_its_lesson() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/lessons");
    let mut wrong = Vec::new();
    for folder in fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let original = parse(&fs::read_to_string(folder.join("lesson.md")).unwrap()).unwrap();
        for language in LANGUAGES {
            let file = folder.join(format!("lesson.{language}.md"));
            let name = file.display();
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
            match parse(&text) {
                Ok(lesson) => {
                    let problems = same_but_for_text(&original, &lesson);
                    wrong.extend(problems.iter().map(|p| format!("{name}:{}: {}", p.line, p.sentence)));
                    assert!(lesson.print() == text, "{name} is printed otherwise");
                }
                Err(problems) => {
                    wrong.extend(problems.iter().map(|p| format!("{name}:{}: {}", p.line, p.sentence)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
