//! What a dead letter says of itself, letters by their cause, and what it would mean to send some of them again.
//!
//! Read from headers, logs, ledger and services; nothing is kept. What is done to letters is [`super::desk`]'s.

use super::World;
use super::account::Place;
use super::desk::{Closed, Letter};
use millrace_client::listener::headers;
use millrace_model::collections::sort::sort_by_key;
use millrace_model::{Bytes, Map, Offset, Record, Set, Span, Time};
use std::sync::Arc;

/// Why a record is a dead letter: by this letters are put together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// The exception's class with its package; empty if no header tells it.
    pub class: Arc<str>,
    /// Its message with `#` for each number and `'…'` for each quotation: what the letters of one cause have in common.
    pub template: Arc<str>,
}

impl Cause {
    /// The class without its package.
    pub fn simple_name(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or(&self.class)
    }
}

/// The letters of one cause.
#[derive(Clone, Debug)]
pub struct Caused<'a> {
    /// The cause.
    pub cause: Cause,
    /// Its letters, in their order.
    pub letters: Vec<Letter<'a>>,
}

/// What may go wrong when letters are sent again. Each is a number of those letters, or a fact about their way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dangers {
    /// How many letters it is about.
    pub letters: u64,
    /// Order: letters behind which a newer record of their key is done already. Sent again, they come after it.
    pub overtaken: Vec<Place>,
    /// Staleness: the age of the oldest of them, counted from when it was first written.
    pub oldest: Option<Span>,
    /// Duplicates: letters whose side effect was done already.
    pub done_before: Vec<Place>,
    /// Duplicates: letters that are another copy of one that is sent again with them, or was before.
    pub copies: Vec<Place>,
    /// The application knows its records again by an id: what was done is dropped then.
    pub is_idempotent: bool,
    /// Overload: the service that the application calls (the first that is broken or too slow, if its records choose).
    pub overload: Option<Overload>,
}

/// How many calls are to come over a service, and how many it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overload {
    /// The service.
    pub service: Arc<str>,
    /// Letters a second; `None`: all at once.
    pub rate: Option<u32>,
    /// Calls a second that it can answer as it is now.
    pub capacity: u64,
    /// How long a call that comes now waits for its turn.
    pub queue: Span,
    /// It is still broken.
    pub is_broken: bool,
}

impl Overload {
    /// More letters a second than the service can answer, or a service that is not mended.
    pub fn is_too_much(&self, letters: u64) -> bool {
        self.is_broken || self.rate.map_or(letters, u64::from) > self.capacity
    }
}

impl Letter<'_> {
    /// Where its record was in the topics that the application reads, by its headers.
    pub fn original(&self) -> Option<Place> {
        headers::original(self.record)
    }

    /// Class and message of the exception; empty where no header tells it.
    pub fn exception(&self) -> (Arc<str>, Arc<str>) {
        exception(self.record)
    }

    /// Why it is one.
    pub fn cause(&self) -> Cause {
        let (class, message) = self.exception();
        Cause { class, template: template(&message).into() }
    }

    /// How often it was delivered before it became one, as far as its headers tell; at least once.
    pub fn attempts(&self) -> u32 {
        // Spring counts the hop into the dead letters, too.
        headers::attempts(self.record).saturating_sub(1).max(1)
    }

    /// For how long it has been one.
    pub fn age(&self, now: Time) -> Span {
        since(now, self.timestamp.0)
    }

    /// For how long its record exists.
    pub fn record_age(&self, now: Time) -> Span {
        since(now, headers::original_timestamp(self.record).unwrap_or(self.timestamp).0)
    }

    /// Whether `text` is in its key, its value, its topic, or the name or value of one of its headers; capitals do not count.
    /// Of bytes that are no text, the part that is counts.
    pub fn contains(&self, text: &str) -> bool {
        let wanted = text.to_lowercase();
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().contains(&wanted);
        let in_headers = || {
            let value = |value: &Option<Bytes>| value.as_deref().is_some_and(holds);
            self.record.headers.iter().any(|header| holds(header.key.as_bytes()) || value(&header.value))
        };
        self.record.key.as_deref().is_some_and(holds)
            || self.record.value.as_deref().is_some_and(holds)
            || holds(self.tp.topic.as_str().as_bytes())
            || in_headers()
    }
}

fn since(now: Time, timestamp: i64) -> Span {
    let ms = now.timestamp().0.saturating_sub(timestamp);
    Span::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// By Spring's headers, Kafka Connect's or Kafka Streams'.
fn exception(record: &Record) -> (Arc<str>, Arc<str>) {
    let text = |name: &str| record.header(name).map(|bytes| String::from_utf8_lossy(bytes));
    let first = |names: [&str; 3]| names.iter().find_map(|name| text(name)).unwrap_or_default();
    let class =
        first([headers::EXCEPTION_CAUSE_FQCN, headers::CONNECT_EXCEPTION, headers::STREAMS_EXCEPTION]);
    let message = first([headers::EXCEPTION_MESSAGE, headers::CONNECT_MESSAGE, headers::STREAMS_MESSAGE]);
    let message = message.strip_prefix("Listener failed; ").unwrap_or(&message);
    (class.as_ref().into(), message.into())
}

/// `order 17 of 'bob' was refused` and `order 4 of 'eve' was refused` are the same: `order # of '…' was refused`.
pub fn template(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => {
                // An apostrophe is no quotation: nothing closes it, or a letter stands before it.
                let is_open = !out.ends_with(|before: char| before.is_alphanumeric());
                if is_open && rest.clone().any(|later| later == c) {
                    while rest.next().is_some_and(|inner| inner != c) {}
                    out.extend([c, '…', c]);
                } else {
                    out.push(c);
                }
            }
            '0'..='9' => {
                while rest.next_if(char::is_ascii_digit).is_some() {}
                out.push('#');
            }
            _ => out.push(c),
        }
    }
    out
}

/// Letters by their cause: the cause with the most letters first, then by name.
pub fn by_cause<'a>(letters: impl Iterator<Item = Letter<'a>>) -> Vec<Caused<'a>> {
    let mut groups: Map<Cause, Vec<Letter<'a>>> = Map::new();
    for letter in letters {
        groups.entry(letter.cause()).or_default().push(letter);
    }
    let mut groups: Vec<Caused<'a>> =
        groups.into_iter().map(|(cause, letters)| Caused { cause, letters }).collect();
    sort_by_key(&mut groups, |group| std::cmp::Reverse(group.letters.len()));
    groups
}

impl World {
    /// The letters of a group that wait for somebody, by their cause.
    pub fn causes<'a>(&'a self, group: &'a str) -> Vec<Caused<'a>> {
        by_cause(self.letters(group).filter(|letter| letter.closed.is_none()))
    }

    /// What may go wrong when these letters of a group are sent again at that rate.
    pub fn dangers(&self, group: &str, letters: &[Letter<'_>], rate: Option<u32>) -> Dangers {
        let now = self.now;
        let fortunes = self.fortunes(group).unwrap_or_default();
        let newest = self.newest_done(group, letters);
        let sent_before: Set<Place> = self
            .letters(group)
            .filter(|letter| letter.closed == Some(Closed::Redriven))
            .filter_map(|letter| letter.original())
            .collect();
        let mut dangers = Dangers { letters: letters.len() as u64, ..Dangers::default() };
        let mut originals: Set<Place> = Set::new();
        for letter in letters {
            dangers.oldest = dangers.oldest.max(Some(letter.record_age(now)));
            let here = (letter.tp.clone(), letter.offset);
            let Some(place) = letter.original() else { continue };
            if fortunes.get(&place).is_some_and(|fortune| fortune.times > 0) {
                dangers.done_before.push(here.clone());
            }
            let key = letter.record.key.as_ref();
            if key.is_some_and(|key| newest.get(&(place.0.clone(), key.clone())) > Some(&place.1)) {
                dangers.overtaken.push(here.clone());
            }
            if sent_before.contains(&place) || !originals.insert(place) {
                dangers.copies.push(here);
            }
        }
        let guard = self.apps.get(group).and_then(|app| app.config.guard.as_deref());
        dangers.is_idempotent = guard.is_some_and(|guard| guard.dedupe.is_some());
        let call = guard.and_then(|guard| guard.call.as_ref());
        let mut loads: Vec<Overload> = self
            .services()
            .filter(|(name, _)| call.is_some_and(|c| c.service.name().is_none_or(|one| **one == **name)))
            .map(|(name, service)| {
                let (capacity, queue) = (service.capacity(), service.queue(now));
                Overload { service: name.into(), rate, capacity, queue, is_broken: service.is_broken() }
            })
            .collect();
        sort_by_key(&mut loads, |load| !load.is_too_much(dangers.letters));
        dangers.overload = loads.into_iter().next();
        dangers
    }

    /// The newest record that is done, for each partition and key that the letters came from.
    fn newest_done(
        &self,
        group: &str,
        letters: &[Letter<'_>],
    ) -> Map<(millrace_model::TopicPartition, Bytes), Offset> {
        let mut newest = Map::new();
        let Some(ledger) = self.ledger(group) else { return newest };
        let partitions: Set<_> = letters.iter().filter_map(|l| l.original().map(|(tp, _)| tp)).collect();
        let keys: Set<&Bytes> = letters.iter().filter_map(|letter| letter.record.key.as_ref()).collect();
        for tp in partitions.iter() {
            let Some(log) = self.log(tp) else { continue };
            for batch in log.batches_from(log.log_start_offset()) {
                for (offset, record) in batch.records_from(batch.base_offset) {
                    if let Some(key) = record.key.as_ref().filter(|key| keys.contains(key))
                        && ledger.times(tp, offset) > 0
                    {
                        newest.insert((tp.clone(), key.clone()), offset);
                    }
                }
            }
        }
        newest
    }
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn a_template_is_what_messages_of_one_kind_have_in_common() {
        for (message, expected) in [
            ("order 17 of 'bob' was refused", "order # of '…' was refused"),
            ("price -3.50 is negative", "price -#.# is negative"),
            ("no row for \"a b\" in t2", "no row for \"…\" in t#"),
            ("it's the customer's 2nd try", "it's the customer's #nd try"),
            ("don't", "don't"),
            ("'open", "'open"),
            ("", ""),
        ] {
            assert_eq!(template(message), expected);
        }
        assert_eq!(template("order 17 of 'bob'"), template("order 4 of 'eve'"));
        assert_ne!(template("no answer"), template("no stock"));
    }
}
