//! Every text that a user reads, in English and in German. A language that lacks a text does not compile.
//!
//! # To say something
//! Write it into `text/en/ROOM.txt` and `text/de/ROOM.txt` under the same key, and call the function of that name:
//!
//! ```text
//! # What the room is: becomes the module's doc.
//! topics = Topics
//! travels = {who} fetched {n} {n|record|records} from {tp}
//! long = A long text goes on
//!   in indented lines, joined by one blank.
//! ```
//!
//! ```text
//! use millrace_words::controls as say;
//! view! { <h2>{say::topics()}</h2> }            // without names: &'static str
//! say::travels(&who, records.len() as u64, &tp)  // with names, in the order of the English text: String
//! ```
//!
//! - `{name}` is anything that can be displayed, given as `&thing`. A `{name|one|many}` chooses a form by a number: that
//!   name is a `u64`, in every place (`{n}` shows it). A form may be empty: `record{n||s}`.
//! - A single brace is written twice: `{{`, `}}`. `#` begins a comment at the start of a line only.
//! - A new room is a new pair of files; nothing else has to know it.
//!
//! # What is not translated
//! Commands, config keys, what Kafka's tools and exceptions say, the messages of the language's parser, and Kafka's own
//! terms (topic, partition, offset, lag, commit, rebalance …). `docs/decisions/0010` has the list, `docs/german.md` says how
//! German is written.
//!
//! # Weight
//! English stands with the function that says it; all German in one table that only [`set`] makes anybody read. So a
//! first visit in English loads no German (`docs/decisions/0007`).
//!
//! The language is no part of any state: what the engine hashes, records and saves is the same in both.

use std::cell::Cell;
use std::fmt::{Display, Write};

#[cfg(test)]
mod catalogue;

include!(concat!(env!("OUT_DIR"), "/catalogues.rs"));

/// A language that the texts are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English: what is spoken until [`set`] says otherwise.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 2] = [Language::English, Language::German];

    /// As `<html lang>` and `?lang=` have it.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::German => "Deutsch",
        }
    }

    /// The language of a tag: `de`, `de-AT`.
    pub fn of_tag(tag: &str) -> Option<Language> {
        let part = tag.split('-').next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| part.eq_ignore_ascii_case(language.tag()))
    }
}

/// A text that is asked for when it is shown: what stands in a table of the code, for a catalogue's function without
/// names.
pub type Say = fn() -> &'static str;

thread_local! {
    // A thread's own, so that a test that speaks German disturbs none that speaks English. The page has one thread.
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::English) };
}

/// Chooses the language of this thread, before anything is drawn: what was said is not said again.
pub fn set(language: Language) {
    LANGUAGE.with(|now| now.set(language));
}

/// The language that is spoken.
pub fn language() -> Language {
    LANGUAGE.with(Cell::get)
}

/// What stands for a name in a text.
enum Value<'a> {
    Text(&'a dyn Display),
    Number(u64),
}

/// A text in the language that is spoken.
#[inline(never)]
fn say(english: &'static str, index: usize) -> &'static str {
    match language() {
        Language::English => english,
        Language::German => german(index),
    }
}

/// The one way to the German texts.
#[cold]
#[inline(never)]
fn german(index: usize) -> &'static str {
    GERMAN.get(index).copied().unwrap_or_default()
}

/// Puts values into a packed text: `\x01` … `\x08` are the values, `\x0e`, a value's mark, the form for one, `\x0f`, the
/// form for many and `\x0e` a choice.
#[inline(never)]
fn fill(text: &str, values: &[Value<'_>]) -> String {
    let mut said = String::with_capacity(text.len() + 24);
    let value = |mark: u8| values.get(usize::from(mark).wrapping_sub(1));
    let mut pieces = text.split('\x0e');
    while let Some(plain) = pieces.next() {
        let mut rest = plain;
        while let Some(at) = rest.find(|mark: char| mark <= '\x08') {
            let (before, from) = rest.split_at(at);
            said.push_str(before);
            // Writing to a string does not fail.
            let _ = match from.bytes().next().and_then(value) {
                Some(Value::Text(text)) => write!(said, "{text}"),
                Some(Value::Number(number)) => write!(said, "{number}"),
                None => Ok(()),
            };
            rest = from.get(1..).unwrap_or_default();
        }
        said.push_str(rest);
        let Some(choice) = pieces.next() else { break };
        let is_one = matches!(choice.bytes().next().and_then(value), Some(Value::Number(1)));
        let forms = choice.get(1..).and_then(|forms| forms.split_once('\x0f'));
        said.push_str(forms.map_or("", |(one, many)| if is_one { one } else { many }));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_forms_stand_where_the_text_has_them() {
        let text = "\x02: \x01 \x0e\x01record\x0frecords\x0e, \x01\x0e\x01\x0fs\x0e";
        let filled = |n| fill(text, &[Value::Number(n), Value::Text(&"P0")]);
        assert_eq!([0, 1, 2].map(filled), ["P0: 0 records, 0s", "P0: 1 record, 1", "P0: 2 records, 2s"]);
        assert_eq!(fill("ä \x01\x02 ö", &[Value::Text(&"ü")]), "ä ü ö");
        assert_eq!(fill("plain", &[]), "plain");
    }

    #[test]
    fn a_tag_names_its_language_in_any_country() {
        let of = |tag| Language::of_tag(tag);
        assert_eq!(of("de-AT"), Some(Language::German));
        assert_eq!(of("EN"), Some(Language::English));
        assert_eq!((of("fr"), of("den"), of("")), (None, None, None));
    }

    #[test]
    fn what_is_said_follows_the_language() {
        assert_eq!(controls::topics(), "Topics");
        assert_eq!(controls::partitions(1), "1 partition");
        set(Language::German);
        assert_eq!(controls::partitions(2), "2 Partitionen");
        set(Language::English);
        assert_eq!(controls::partitions(2), "2 partitions");
    }

    #[test]
    fn german_says_du() {
        // "Sie" at the head of a sentence may be "they"; inside one it would address the reader.
        let is_stiff = |(before, word): (&str, &str)| {
            ["Sie", "Ihr", "Ihre", "Ihnen"].contains(&word) && !before.ends_with(['.', ':', '?', '!', '·'])
        };
        let stiff = |text: &&&str| {
            let words: Vec<&str> = text.split(' ').collect();
            words.windows(2).any(|pair| is_stiff((pair[0], pair[1])))
        };
        assert_eq!(GERMAN.iter().filter(stiff).collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
