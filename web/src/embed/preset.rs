//! The world that a lesson begins with, taken out of its `lesson.md` without its parser: a widget that shows only the stage
//! needs nothing else of it. A test holds it to the parser.

use millrace_model::Profile;

/// What a widget needs of a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preset<'a> {
    /// Its title.
    pub title: &'a str,
    /// What keys the dice.
    pub seed: Option<u64>,
    /// The version of Kafka.
    pub profile: Profile,
    /// The lines of its first preset.
    pub text: &'a str,
}

/// See the module.
pub fn preset(lesson: &str) -> Preset<'_> {
    let mut preset = Preset::default();
    let front = lesson.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    for line in front.map(|(front, _)| front).unwrap_or_default().split('\n') {
        if let Some(title) = line.strip_prefix("title:") {
            preset.title = title.trim();
        } else if let Some(seed) = line.strip_prefix("seed:") {
            preset.seed = seed.trim().parse().ok();
        } else if let Some(name) = line.strip_prefix("profile:") {
            preset.profile = Profile::from_name(name.trim()).unwrap_or_default();
        }
    }
    let block = lesson.split_once("\n```millrace preset\n").and_then(|(_, rest)| rest.split_once("```"));
    preset.text = block.map(|(text, _)| text).unwrap_or_default();
    preset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_parser_of_lessons_reads() {
        let home = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/lessons");
        let mut seen = 0;
        for folder in std::fs::read_dir(home).unwrap() {
            let Ok(text) = std::fs::read_to_string(folder.unwrap().path().join("lesson.md")) else {
                continue;
            };
            let lesson = millrace_lessons::parse(&text).unwrap();
            let read = preset(&text);
            assert_eq!(read.title, lesson.front.title);
            assert_eq!(read.seed.unwrap_or(1), lesson.front.seed);
            assert_eq!(read.profile, lesson.front.profile);
            assert_eq!(read.text, lesson.preset.text, "{}", read.title);
            seen += 1;
        }
        assert!(seen > 10);
    }
}
