//! What is put around a listener method: a deserializer, a classification of exceptions, an idempotent consumer.

use super::{call, failures};
use crate::language::arguments::{Arguments, Value};
use crate::language::number::whole;
use crate::language::problem::Problem;
use crate::language::quote::option;
use crate::language::time::span;
use millrace_client::consumer::poison::Deserializer;
use millrace_client::listener::pool::POOL_QUEUE;
use millrace_client::listener::{Bloom, Buffer, Dedupe, Guard, MarkOrder, StoreKind};
use millrace_expr::Expr;
use std::sync::Arc;

/// The options.
pub const OPTIONS: &[&str] = &[
    "value-deserializer",
    "include",
    "exclude",
    "once-per",
    "dedupe",
    "dedupe-store",
    "dedupe-order",
    "dedupe-window",
    "bloom-bits",
    "bloom-hashes",
    "queue-capacity",
    "pause-above",
    "resume-below",
];
/// The queue of `Executors.newFixedThreadPool` has no end; here so many wait.
const CAPACITY: u32 = POOL_QUEUE as u32;
const STORES: [(&str, StoreKind); 4] = [
    ("memory", StoreKind::Memory),
    ("table", StoreKind::Table),
    ("inbox", StoreKind::Inbox),
    ("filter-only", StoreKind::FilterOnly),
];
const ORDERS: [(&str, MarkOrder); 3] = [
    ("together", MarkOrder::Together),
    ("mark-first", MarkOrder::MarkFirst),
    ("effect-first", MarkOrder::EffectFirst),
];
/// The filter of the lesson.
const BLOOM: Bloom = Bloom { bits: 8192, hashes: 4 };

/// What a line says about guards, before it is known whether it says anything.
#[derive(Debug, Default)]
pub struct Draft {
    guard: Guard,
    id: Option<Expr>,
    store: StoreKind,
    order: MarkOrder,
    window: Option<millrace_model::Span>,
    bloom: Option<Bloom>,
    call: call::Draft,
    buffer: Option<Buffer>,
    resume_below: Option<u32>,
    /// What an option of the idempotent consumer would need.
    needs_id: Option<Problem>,
}

fn one_of<T: Copy>(
    value: &Value<'_>,
    what: &str,
    table: &[(&'static str, T)],
    default: T,
) -> Result<T, Problem> {
    let names: Vec<&'static str> = table.iter().map(|(name, _)| *name).collect();
    Ok(table.get(value.choice(what, &names)?).map_or(default, |(_, found)| *found))
}

fn classes(value: &Value<'_>, what: &str) -> Result<Vec<Arc<str>>, Problem> {
    let names: Vec<Arc<str>> = value.text().split(',').map(Arc::from).collect();
    if names.iter().any(|name| name.is_empty()) { Err(value.wrong(what)) } else { Ok(names) }
}

impl Draft {
    /// Takes one of [`OPTIONS`] or [`call::OPTIONS`].
    ///
    /// # Errors
    /// If its value is missing or wrong.
    pub fn option(&mut self, name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
        let of_dedupe = name.starts_with("dedupe-") || name.starts_with("bloom-");
        if of_dedupe && self.needs_id.is_none() {
            let found = format!("`--{name}` alone");
            let expected = "--dedupe and an expression beside it, such as --dedupe value.order";
            self.needs_id = Some(arguments.problem(arguments.option_span(), expected, found));
        }
        if call::OPTIONS.contains(&name) {
            return self.call.option(name, arguments);
        }
        match name {
            "value-deserializer" => {
                let value = arguments.value("how values are read")?;
                self.guard.deserializer =
                    one_of(&value, "how values are read:", &Deserializer::ALL, Deserializer::Bytes)?;
            }
            "include" | "exclude" => {
                let what = "classes of exceptions, set off by commas";
                let found = classes(&arguments.value(what)?, what)?;
                let list = if name == "include" { &mut self.guard.include } else { &mut self.guard.exclude };
                *list = found;
            }
            "once-per" => {
                self.guard.once_per = Some(failures::expression(&arguments.value("an expression")?)?)
            }
            "dedupe" => self.id = Some(failures::expression(&arguments.value("an expression")?)?),
            "dedupe-store" => {
                self.store = one_of(
                    &arguments.value("where ids are kept")?,
                    "where ids are kept:",
                    &STORES,
                    self.store,
                )?;
            }
            "dedupe-order" => {
                let what = "marker and side effect";
                self.order = one_of(&arguments.value(what)?, "marker and side effect:", &ORDERS, self.order)?;
            }
            "dedupe-window" => {
                let what = "for how long an id is known";
                self.window = Some(span(&arguments.value(what)?, what, "s")?);
            }
            "queue-capacity" | "pause-above" | "resume-below" => self.of_buffer(name, arguments)?,
            "bloom-bits" => {
                let what = "the bits of the Bloom filter";
                let bits = whole(&arguments.value(what)?, what, 64, 1 << 24)?;
                self.bloom = Some(Bloom { bits, ..self.bloom.unwrap_or(BLOOM) });
            }
            _ => {
                let what = "the hash functions of the Bloom filter";
                let hashes = whole(&arguments.value(what)?, what, 1, 16)?;
                self.bloom = Some(Bloom { hashes, ..self.bloom.unwrap_or(BLOOM) });
            }
        }
        Ok(())
    }

    fn of_buffer(&mut self, name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
        let buffer =
            self.buffer.get_or_insert(Buffer { capacity: CAPACITY, pause_above: None, resume_below: 0 });
        let what = "records in the queue of its thread pool";
        let number = whole(&arguments.value(what)?, what, 0, CAPACITY)?;
        match name {
            "queue-capacity" => buffer.capacity = number.max(1),
            "pause-above" => buffer.pause_above = Some(number),
            _ => self.resume_below = Some(number),
        }
        Ok(())
    }

    /// The guards, if there are any.
    ///
    /// # Errors
    /// Options of an idempotent consumer that has no id.
    pub fn finish(self) -> Result<Option<Arc<Guard>>, Problem> {
        let mut guard = self.guard;
        guard.call = self.call.finish()?;
        guard.buffer = self.buffer.map(|buffer| Buffer {
            resume_below: buffer.pause_above.map_or(0, |above| self.resume_below.unwrap_or(above / 2)),
            ..buffer
        });
        match (self.id, self.needs_id) {
            (None, Some(problem)) => return Err(problem),
            (None, None) => {}
            (Some(id), _) => {
                let (store, order, window) = (self.store, self.order, self.window);
                let bloom = self.bloom.or((store == StoreKind::FilterOnly).then_some(BLOOM));
                guard.dedupe = Some(Dedupe { id, store, order, window, bloom });
            }
        }
        Ok((guard != Guard::default()).then(|| Arc::new(guard)))
    }
}

fn name_of<T: PartialEq>(table: &[(&'static str, T)], wanted: &T) -> &'static str {
    table.iter().find(|(_, one)| one == wanted).map_or("", |(name, _)| name)
}

/// Writes what differs from a plain listener.
pub fn print(line: &mut String, guard: &Guard) {
    if guard.deserializer != Deserializer::Bytes {
        option(line, "value-deserializer", name_of(&Deserializer::ALL, &guard.deserializer));
    }
    if !guard.include.is_empty() {
        option(line, "include", &guard.include.join(","));
    }
    if !guard.exclude.is_empty() {
        option(line, "exclude", &guard.exclude.join(","));
    }
    if let Some(id) = &guard.once_per {
        option(line, "once-per", id.text());
    }
    if let Some(call) = &guard.call {
        call::print(line, call);
    }
    if let Some(buffer) = &guard.buffer {
        option(line, "queue-capacity", &buffer.capacity.to_string());
        if let Some(above) = buffer.pause_above {
            option(line, "pause-above", &above.to_string());
            option(line, "resume-below", &buffer.resume_below.to_string());
        }
    }
    let Some(dedupe) = &guard.dedupe else { return };
    option(line, "dedupe", dedupe.id.text());
    if dedupe.store != StoreKind::default() {
        option(line, "dedupe-store", name_of(&STORES, &dedupe.store));
    }
    if dedupe.order != MarkOrder::default() {
        option(line, "dedupe-order", name_of(&ORDERS, &dedupe.order));
    }
    if let Some(window) = dedupe.window {
        option(line, "dedupe-window", &window.to_string());
    }
    if let Some(bloom) = dedupe.bloom {
        option(line, "bloom-bits", &bloom.bits.to_string());
        option(line, "bloom-hashes", &bloom.hashes.to_string());
    }
}
