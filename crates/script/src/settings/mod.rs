//! Kafka's settings as options: one table per configuration, read by the parser, the printer and the help.

pub mod consumer;
pub mod failures;
pub mod producer;
pub mod retry;
pub mod topic;

use crate::language::arguments::Value;
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::language::time::span;
use millrace_model::Span;

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
    /// A whole number in a range.
    Number(u64, u64, fn(&C) -> u64, fn(&mut C, u64)),
    /// One of several words, by its index.
    Choice(&'static [&'static str], fn(&C) -> usize, fn(&mut C, usize)),
}

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
            Kind::Number(min, max, _, set) => set(config, whole(value, key, *min, *max)?),
            Kind::Choice(names, _, set) => set(config, value.choice(&format!("{key}:"), names)?),
        }
        Ok(())
    }

    /// The value as it is written.
    pub fn show(&self, config: &C) -> String {
        match &self.kind {
            Kind::Span(get, _) => get(config).to_string(),
            Kind::Number(_, _, get, _) => get(config).to_string(),
            Kind::Choice(names, get, _) => names.get(get(config)).copied().unwrap_or_default().to_owned(),
        }
    }
}

/// The setting of that name.
pub fn named<C>(settings: &'static [Setting<C>], name: &str) -> Option<&'static Setting<C>> {
    settings.iter().find(|setting| setting.name == name)
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
