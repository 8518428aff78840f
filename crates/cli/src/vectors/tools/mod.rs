//! Transcripts of Kafka's command-line tools: the lines before, the line, what it printed and how it ended.
//!
//! Compared are the standard output, the sentences on the standard error, and the exit code. Java's stack traces are left
//! out, and help texts: of those only which options they name.

mod brokers;
mod compare;
mod members;
mod scene;
mod sentences;

use super::field;
use compare::{cut_usage, is_like, normal, with_sorted_isr, with_sorted_observers, without_measures};
use scene::Scene;
use serde_json::Value;

/// How many worlds are tried where Kafka's own answer hangs on the hashes of random ids: which member of the consumer
/// protocol gets the odd partition.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=12;

/// Tools that measure: each of their numbers is another one each time.
const MEASURING: [&str; 3] = ["kafka-producer-perf-test", "kafka-consumer-perf-test", "kafka-e2e-latency"];

/// Which partitions those were, the recording does not say.
const ALL_PARTITIONS: &str = "<all partitions, sorted>";

/// A case.
pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    // Where replicas are is chance, too.
    let is_random = texts(field(input, "setup")).any(|line| line.contains("KIP-848"))
        || texts(field(input, "argv")).any(|word| word == "rf3");
    let first = judge_in(input, expected, *SEEDS.start());
    match first {
        Err(_) if is_random && SEEDS.skip(1).any(|seed| judge_in(input, expected, seed).is_ok()) => Ok(()),
        first => first,
    }
}

/// Whether three brokers were there.
fn is_cluster(input: &Value) -> bool {
    let words = texts(field(input, "argv")).chain(texts(field(input, "setup")));
    words.into_iter().any(|word| ["<port1>", "<port2>", "<port3>"].iter().any(|port| word.contains(port)))
}

fn judge_in(input: &Value, expected: &Value, seed: u64) -> Result<(), String> {
    let note = field(expected, "note").as_str().unwrap_or_default();
    let mut scene = if is_cluster(input) { Scene::cluster(seed)? } else { Scene::new(seed) };
    for line in texts(field(input, "setup")) {
        scene.prepare(line)?;
    }
    let (stdout, stderr) = (text(field(expected, "stdout")), text(field(expected, "stderr")));
    let mut argv: Vec<String> = texts(field(input, "argv")).map(str::to_owned).collect();
    for word in &mut argv {
        *word = scene.real(word, stdout);
    }
    for (path, hex) in field(input, "files").as_object().into_iter().flatten() {
        scene.write(path, super::bytes(hex)?.unwrap_or_default());
    }
    scene.name_file(argv.iter().find_map(|word| word.strip_prefix("<tmp>/")), note);
    if note.contains("log directory was deleted") {
        scene.forget_directories();
    }
    let outcome = scene.run(&argv, text(field(input, "stdin")))?;
    let options = texts(field(expected, "options")).collect::<Vec<_>>();
    let measures = argv.first().is_some_and(|tool| MEASURING.contains(&&**tool)) && argv.len() > 2;
    let (our_out, out_options) = cut_usage(&scene.placeholders(&outcome.stdout));
    let (our_out, stdout) = match measures {
        true => (without_measures(&our_out), &*stdout.replace("\t<n.6>", "\t<n.1>")),
        false => (our_out, stdout),
    };
    let (our_err, err_options) = cut_usage(&scene.placeholders(&outcome.stderr));
    same("the exit code", &outcome.exit.to_string(), &field(expected, "exit").to_string())?;
    let mut their_out = cut_usage(stdout).0;
    if let Some((before, after)) = their_out.split_once(ALL_PARTITIONS)
        && let Some(list) = our_out.strip_prefix(before).and_then(|rest| rest.strip_suffix(after))
        && list.split(", ").all(|tp| tp.rsplit_once('-').is_some_and(|(_, n)| n.parse::<i32>().is_ok()))
    {
        their_out = our_out.clone();
    }
    // Some tools print exceptions there.
    let prints_exceptions = stdout.contains("\t<stack>");
    let (our_out, their_out) =
        if prints_exceptions { (normal(&our_out), normal(&their_out)) } else { (our_out, their_out) };
    let (our_out, their_out) = (with_sorted_observers(&our_out), with_sorted_observers(&their_out));
    // Two brokers were started at once: who is in sync first is chance.
    let is_any_order = texts(field(input, "setup")).any(|line| line.contains("brokers 1 and 2 restarted"));
    match is_any_order {
        true => same("stdout", &with_sorted_isr(&our_out), &with_sorted_isr(&their_out))?,
        false => same("stdout", &our_out, &their_out)?,
    }
    let (mut our_err, mut their_err) = (normal(&our_err), normal(&cut_usage(stderr).0));
    if argv.iter().any(|word| word == "--help") {
        // What a help says at length is said in our own words.
        for text in [&mut our_err, &mut their_err] {
            text.truncate(text.find('\n').unwrap_or(text.len()));
        }
    }
    same("stderr", &our_err, &their_err)?;
    let found = if out_options.is_empty() { err_options } else { out_options };
    if !options.is_empty() {
        same("the options of the help", &found.join(" "), &options.join(" "))?;
    }
    Ok(())
}

fn same(what: &str, ours: &str, kafkas: &str) -> Result<(), String> {
    if ours == kafkas || is_like(ours, kafkas) {
        return Ok(());
    }
    Err(format!("{what}: expected\n{kafkas:?}\n    found\n{ours:?}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{FAMILIES, LEFT_OUT};
    use flate2::read::GzDecoder;
    use serde_json::json;

    macro_rules! families {
        ($($name:literal $count:literal),* $(,)?) => {
            [$((
                include_bytes!(concat!("../../../../../tests/vectors/", $name, ".json.gz")).as_slice(),
                $count,
            )),*]
        };
    }

    /// Each file with how many cases it has.
    fn files() -> Vec<(Value, usize)> {
        let files = families![
            "cli_acls" 23,
            "cli_cluster" 61,
            "cli_configs" 55,
            "cli_console" 52,
            "cli_delete_records" 9,
            "cli_dump_log" 16,
            "cli_features" 20,
            "cli_get_offsets" 20,
            "cli_groups" 82,
            "cli_misc" 40,
            "cli_perf" 10,
            "cli_storage" 9,
            "cli_topics" 67,
            "cli_transactions" 26,
            "cli_usage" 116,
        ];
        files
            .into_iter()
            .map(|(file, count)| (serde_json::from_reader(GzDecoder::new(file)).unwrap(), count))
            .collect()
    }

    #[test]
    fn every_case_of_kafka_agrees() {
        let mut failed = Vec::new();
        for (family, count) in files() {
            let cases = family["cases"].as_array().unwrap();
            assert!(FAMILIES.iter().any(|(name, _)| family["family"] == *name), "{}", family["family"]);
            let left_out = |case: &Value| {
                LEFT_OUT.iter().any(|(of, name, _)| family["family"] == *of && case["name"] == *name)
            };
            for case in cases.iter().filter(|case| !left_out(case)) {
                if let Err(wrong) = judge(&case["input"], &crate::vectors::expected_of(case)) {
                    failed.push(format!("{} {}: {wrong}", family["family"], case["name"]));
                }
            }
            assert_eq!(cases.len(), count, "{}", family["family"]);
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    /// Another exit code, one line more on the standard output, another sentence on the standard error: each is seen.
    #[test]
    fn a_rule_that_is_broken_fails_the_case() {
        for (family, _) in files() {
            for case in family["cases"].as_array().unwrap().iter().step_by(9) {
                let expected = crate::vectors::expected_of(case);
                for field in ["exit", "stdout", "stderr"] {
                    let mut wrong = expected.clone();
                    wrong[field] = match field {
                        "exit" => json!(7),
                        _ => json!(format!("Something else.\n{}", wrong[field].as_str().unwrap())),
                    };
                    assert!(judge(&case["input"], &wrong).is_err(), "{} {field}", case["name"]);
                }
            }
        }
    }

    #[test]
    fn a_topic_that_was_not_made_fails_the_case() {
        let (family, _) = files().into_iter().find(|(family, _)| family["family"] == "cli_topics").unwrap();
        let case =
            family["cases"].as_array().unwrap().iter().find(|case| case["name"] == "describe_one").unwrap();
        let mut input = case["input"].clone();
        input["setup"] = json!([]);
        assert!(judge(&input, &crate::vectors::expected_of(case)).is_err());
    }
}
