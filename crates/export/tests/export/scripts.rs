//! What the exported shell scripts say: run by the playground's own tools, and read by the shell itself.

use crate::common::{NASTY, SCENES, nasty, ran, replayed};
use millrace_export::{Options, contents, export};
use millrace_sim::{Setup, Timeline, World};
use std::io::Write;
use std::process::{Command, Stdio};

fn file(world: &World, path: &str) -> String {
    let files = export(world, &Options::default());
    files.into_iter().find(|file| file.path == path).map(|file| file.text).unwrap()
}

fn again(world: &World) -> Timeline {
    let mut timeline = Timeline::new(Setup::default());
    replayed(&mut timeline, &file(world, "setup.sh"));
    replayed(&mut timeline, &file(world, "produce.sh"));
    timeline
}

#[test]
fn the_lines_make_the_same_topics_and_records_again() {
    for (name, script) in SCENES {
        let world = ran(script);
        assert_eq!(contents(again(&world).world()), contents(&world), "{name}");
    }
}

#[test]
fn no_sign_in_the_data_is_taken_for_one_of_the_line() {
    let world = nasty();
    let timeline = again(&world);
    assert_eq!(contents(timeline.world()), contents(&world));
    let produce = file(&world, "produce.sh");
    assert!(produce.contains("# plain: 2 records are no lines of text"), "{produce}");
    assert!(file(&world, "records.jsonl").contains("{\"hex\": \"ff00\"}"));
}

#[test]
fn a_lost_record_is_seen_in_what_is_compared() {
    let world = ran(SCENES[3].1);
    let produce = file(&world, "produce.sh");
    let lost = produce.replacen("alice:{\"amount\": 12}\n", "", 1);
    assert_ne!(produce, lost);
    let mut timeline = Timeline::new(Setup::default());
    replayed(&mut timeline, &file(&world, "setup.sh"));
    replayed(&mut timeline, &lost);
    assert_ne!(contents(timeline.world()), contents(&world));
}

/// The shell itself reads the words of every line, and what stands between the signs of a here-document.
#[test]
fn bash_reads_what_was_meant() {
    let world = nasty();
    for path in ["setup.sh", "produce.sh"] {
        let text = file(&world, path);
        let head = text.find("# ---- From here").unwrap();
        // The tools' functions, said by their words instead.
        let said = "kafka-topics() { printf '%s\\0' \"$@\"; }\nkafka-console-producer() { printf '%s\\0' \"$@\"; cat; }\n";
        let script = format!("set -euo pipefail\nexport LC_ALL=C.UTF-8\n{said}{}", &text[head..]);
        let mut bash = Command::new("bash").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let out = bash.wait_with_output().unwrap();
        assert!(out.status.success());
        let out = String::from_utf8(out.stdout).unwrap();
        if path == "setup.sh" {
            let words: Vec<&str> = out.split('\0').take(9).collect();
            let said = "--create --topic a.b_c-d --partitions 3 --replication-factor 1 --config";
            assert_eq!(words[..8].join(" "), said);
            assert_eq!(words[8], "retention.ms=604800001");
        } else {
            let one_line = NASTY.replace('\n', "");
            assert!(!out.contains(&one_line), "it has a line's end, so it is not here");
            assert!(out.contains("k:v|w=x") && out.contains("RECORDS"), "{out}");
        }
    }
}

/// Every word that the scripts may hold is one word of the shell's, too.
#[test]
fn bash_reads_a_quoted_word_as_our_own_lexer_does() {
    let mut words: Vec<String> =
        (1_u32..=0x2f).chain(0x7f..0xa1).filter_map(char::from_u32).map(String::from).collect();
    words.extend(
        [NASTY, "", "a b", "it's", "\"", "\\", "$HOME", "`x`", "!x", "~", "*", "{a,b}", "a\\", "-e", "é😀"]
            .map(str::to_owned),
    );
    words.extend(NASTY.char_indices().map(|(at, _)| NASTY[at..].to_owned()));
    let line: Vec<String> = words.iter().map(|word| millrace_script::language::quote::quoted(word)).collect();
    let script = format!("export LC_ALL=C.UTF-8\nprintf '%s\\0' {}", line.join(" "));
    let out = Command::new("bash").arg("-c").arg(script).output().unwrap();
    let read: Vec<&[u8]> = out.stdout.split(|byte| *byte == 0).collect();
    for (word, read) in words.iter().zip(&read) {
        assert_eq!(word.as_bytes(), *read, "{word:?} as {}", millrace_script::language::quote::quoted(word));
    }
    assert_eq!(read.len(), words.len() + 1);
}
