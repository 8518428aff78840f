//! Kafka's settings as options: one table per configuration, read by the parser, the printer and the help.

pub mod broker;
pub mod call;
pub mod cluster;
pub mod consumer;
pub mod failures;
pub mod guard;
pub mod output;
pub mod place;
pub mod producer;
pub mod retry;
pub mod streams;
pub mod topic;

use crate::language::arguments::Value;
use crate::language::number::whole;
use crate::language::problem::{Problem, shown};
use crate::language::quote::option;
use crate::language::time::span;
use millrace_expr::{Span as Place, suggest};
use millrace_model::Span;
use std::sync::Arc;

/// One setting of a configuration `C`.
#[derive(Debug)]
pub struct Setting<C> {
    /// The option without its dashes: `linger`.
    pub name: &'static str,
    /// Kafka's key: `linger.ms`.
    pub key: &'static str,
    /// How it is read and written.
    pub kind: Kind<C>,
}

/// What kind of value a setting has, with its getter and setter.
#[derive(Debug)]
pub enum Kind<C> {
    /// A duration.
    Span(fn(&C) -> Span, fn(&mut C, Span)),
    /// A duration, or -1 for none.
    SpanOrOff(fn(&C) -> Option<Span>, fn(&mut C, Option<Span>)),
    /// A whole number in a range.
    Number(u64, u64, fn(&C) -> u64, fn(&mut C, u64)),
    /// One of several words, by its index.
    Choice(&'static [&'static str], fn(&C) -> usize, fn(&mut C, usize)),
    /// A name, or nothing.
    Name(fn(&C) -> Option<Arc<str>>, fn(&mut C, Arc<str>)),
    /// A value with a form of its own: what is expected, how it is shown, and how it is read (false if it cannot be).
    Form(&'static str, fn(&C) -> String, fn(&mut C, &str) -> bool),
    /// Several different words, set off by commas; the function knows each under all its names.
    Words(WordNames, fn(&C) -> &[Arc<str>], fn(&mut C, Arc<[Arc<str>]>)),
}

/// What words there are, and the word behind a name.
pub type WordNames = (&'static [&'static str], fn(&str) -> Option<&'static str>);

/// How a duration that can be switched off is written when it is.
const OFF: &str = "-1";

/// The words of a setting that is on or off.
pub const FALSE_TRUE: &[&str] = &["false", "true"];

impl<C> Setting<C> {
    /// Takes the value.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(&self, config: &mut C, value: &Value<'_>) -> Result<(), Problem> {
        let key = self.key;
        match &self.kind {
            Kind::Span(_, set) => set(config, span(value, key, "ms")?),
            Kind::SpanOrOff(_, set) if value.text() == OFF => set(config, None),
            Kind::SpanOrOff(_, set) => set(config, Some(span(value, key, "ms")?)),
            Kind::Number(min, max, _, set) => set(config, whole(value, key, *min, *max)?),
            Kind::Choice(names, _, set) => set(config, value.choice(&format!("{key}:"), names)?),
            Kind::Name(_, set) => set(config, value.name(key)?.into()),
            Kind::Form(expected, _, set) => {
                if !set(config, value.text()) {
                    return Err(value.wrong(format!("{key}: {expected}")));
                }
            }
            Kind::Words((names, word), _, set) => {
                let mut words: Vec<Arc<str>> = Vec::new();
                for name in value.text().split(',') {
                    let expected = || format!("{key}: {}, each once, set off by commas", names.join(", "));
                    match word(name) {
                        Some(word) if !words.iter().any(|known| **known == *word) => words.push(word.into()),
                        Some(_) | None => return Err(value.wrong(expected())),
                    }
                }
                set(config, words.into());
            }
        }
        Ok(())
    }

    /// The value as it is written.
    pub fn show(&self, config: &C) -> String {
        match &self.kind {
            Kind::Span(get, _) => get(config).to_string(),
            Kind::SpanOrOff(get, _) => get(config).map_or_else(|| OFF.to_owned(), |span| span.to_string()),
            Kind::Number(_, _, get, _) => get(config).to_string(),
            Kind::Choice(names, get, _) => names.get(get(config)).copied().unwrap_or_default().to_owned(),
            Kind::Name(get, _) => get(config).as_deref().unwrap_or_default().to_owned(),
            Kind::Form(_, show, _) => show(config),
            Kind::Words(_, get, _) => get(config).join(","),
        }
    }
}

/// The setting of that name.
pub fn named<C>(settings: &'static [Setting<C>], name: &str) -> Option<&'static Setting<C>> {
    settings.iter().find(|setting| setting.name == name)
}

/// Takes one `key=value`; `what` names such a setting and an example.
///
/// # Errors
/// No `=`, a key that there is none of, a value that the key does not take.
pub fn read_pair<C>(
    settings: &'static [Setting<C>],
    (what, example): (&str, &str),
    config: &mut C,
    value: &Value<'_>,
) -> Result<(), Problem> {
    let text = value.text();
    let Some(sign) = text.find('=') else {
        return Err(value.wrong(format!("{what} and its value, such as {example}")));
    };
    let key = text.get(..sign).unwrap_or_default();
    let Some(setting) = named(settings, key) else {
        let at = Place { start: 0, end: sign };
        let nearest = suggest::nearest(key, settings.iter().map(|setting| setting.key));
        return Err(value.wrong_at(at, what, shown(key)).with_nearest(nearest));
    };
    let value = value.tail(sign + 1);
    // Kafka's own notation: a bare number of milliseconds.
    if let (Kind::Span(_, set), Ok(ms), true) =
        (&setting.kind, value.text().parse::<u32>(), setting.key.ends_with(".ms"))
    {
        set(config, Span::from_millis(u64::from(ms)));
        return Ok(());
    }
    setting.read(config, &value)
}

/// Writes what differs from `defaults`, and always what is in `always`.
pub fn print<C>(line: &mut String, settings: &[Setting<C>], config: &C, defaults: &C, always: &[&str]) {
    for setting in settings {
        let value = setting.show(config);
        if value != setting.show(defaults) || always.contains(&setting.name) {
            option(line, setting.name, &value);
        }
    }
}

/// A size as the tables have it.
pub(crate) fn size(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The largest number that Kafka's `int` settings take.
pub(crate) const INT: u64 = i32::MAX as u64;
