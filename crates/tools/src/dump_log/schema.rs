//! Records of Kafka's own logs, read by what `records.txt` says of their fields, written as JSON.
//!
//! A field there is `name:type`, then `?n` (may be null from version n on), `#t` (with tag t), `@n` or `@n-m` (in these
//! versions only). Types: `b s i l` whole numbers of 1, 2, 4, 8 bytes, `S` one of 2 without sign, `d` a double, `z` a
//! boolean, `t` a text, `y` bytes, `u` a uuid, `U` and `V` a consumer's subscription and assignment, `*` an array of what
//! follows, `{…}` a struct.

use crate::cluster::shown_id;
use crate::java_number::double;
use millrace_broker::assignor::TopicId;

const RECORDS: &str = include_str!("records.txt");

/// One of the three parts of `records.txt`: the controller's records; keys and values of a group coordinator, two lines a
/// kind; others by name.
pub(super) fn part(n: usize) -> impl Iterator<Item = &'static str> {
    RECORDS.split("\n\n").nth(n).unwrap_or_default().lines()
}

#[derive(Debug)]
enum Kind {
    One(char),
    Array(Box<Kind>),
    Struct(Vec<Field>),
}

#[derive(Debug)]
struct Field {
    name: String,
    kind: Kind,
    nullable: Option<i16>,
    tag: Option<u32>,
    versions: (i16, i16),
}

/// What a record's fields are.
#[derive(Debug)]
pub(super) struct Schema {
    /// The first version in which lengths are varints and fields may have tags.
    flexible: i16,
    /// The newest version.
    pub newest: i16,
    fields: Vec<Field>,
}

impl Schema {
    /// A line of `records.txt` behind its name: `flexible versions|fields`.
    pub fn new(text: &str) -> Option<Schema> {
        let (head, fields) = text.split_once('|')?;
        let mut head = head.split(' ').rev();
        let newest = head.next()?.rsplit('-').next()?.parse().ok()?;
        let flexible = head.next()?.parse().unwrap_or(i16::MAX);
        let mut rest = fields;
        Some(Schema { flexible, newest, fields: parse_fields(&mut rest) })
    }

    /// The record as JSON; what is left of the bytes is dropped.
    pub fn read(&self, bytes: &[u8], version: i16) -> Option<String> {
        let is_flexible = version >= self.flexible;
        let mut reader = Reader { rest: bytes, version, is_flexible, is_consumer: false };
        reader.fields(&self.fields)
    }
}

fn number<N: std::str::FromStr>(rest: &mut &str) -> Option<N> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(end)?;
    *rest = after;
    digits.parse().ok()
}

/// Takes a sign away, if it is the next one.
fn eat(rest: &mut &str, sign: char) -> bool {
    let after = rest.strip_prefix(sign);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

fn parse_fields(rest: &mut &str) -> Vec<Field> {
    let mut fields = Vec::new();
    while let Some((name, after)) = rest.split_once(':').filter(|_| !rest.starts_with('}')) {
        *rest = after;
        let Some(kind) = parse_kind(rest) else { break };
        let nullable = if eat(rest, '?') { number(rest) } else { None };
        let tag = if eat(rest, '#') { number(rest) } else { None };
        let from = if eat(rest, '@') { number(rest).unwrap_or(0) } else { 0 };
        let to = if eat(rest, '-') { number(rest).unwrap_or(i16::MAX) } else { i16::MAX };
        // `camelCaseName`
        let (first, others) = name.split_at_checked(1).unwrap_or((name, ""));
        let name = first.to_ascii_lowercase() + others;
        fields.push(Field { name, kind, nullable, tag, versions: (from, to) });
        eat(rest, ' ');
    }
    fields
}

fn parse_kind(rest: &mut &str) -> Option<Kind> {
    if eat(rest, '*') {
        return Some(Kind::Array(Box::new(parse_kind(rest)?)));
    }
    if eat(rest, '{') {
        let fields = parse_fields(rest);
        eat(rest, '}');
        return Some(Kind::Struct(fields));
    }
    let kind = rest.chars().next()?;
    eat(rest, kind);
    Some(Kind::One(kind))
}

struct Reader<'a> {
    rest: &'a [u8],
    version: i16,
    is_flexible: bool,
    /// Whether members' bytes are those of consumers.
    is_consumer: bool,
}

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u32> {
        let (number, rest) = varint(self.rest)?;
        self.rest = rest;
        Some(number)
    }

    /// A length; `None` inside is null.
    fn length(&mut self, is_short: bool) -> Option<Option<usize>> {
        let length = match (self.is_flexible, is_short) {
            (true, _) => i64::from(self.varint()?) - 1,
            (false, true) => i64::from(i16::from_be_bytes(self.take()?)),
            (false, false) => i64::from(i32::from_be_bytes(self.take()?)),
        };
        Some(usize::try_from(length).ok())
    }

    fn bytes(&mut self, is_short: bool) -> Option<Option<&'a [u8]>> {
        let Some(length) = self.length(is_short)? else { return Some(None) };
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Some(bytes))
    }

    /// A struct's fields, in the order in which they are told of.
    fn fields(&mut self, fields: &[Field]) -> Option<String> {
        let version = self.version;
        let present = |field: &&Field| (field.versions.0..=field.versions.1).contains(&version);
        let mut found: Vec<Option<String>> = Vec::new();
        for field in fields.iter().filter(present) {
            found.push(match field.tag {
                None => Some(self.value(field)?),
                Some(_) => None,
            });
        }
        if self.is_flexible {
            for _ in 0..self.varint()? {
                let (tag, length) = (self.varint()?, self.varint()? as usize);
                let (bytes, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                let at = fields.iter().filter(present).position(|field| field.tag == Some(tag));
                let Some((at, field)) = at.and_then(|at| Some((at, fields.iter().filter(present).nth(at)?)))
                else {
                    continue;
                };
                let mut inner = Reader { rest: bytes, ..*self };
                let value = inner.value(field)?;
                if let Some(slot) = found.get_mut(at) {
                    *slot = Some(value);
                }
            }
        }
        let named = fields.iter().filter(present).zip(found);
        let shown: Vec<String> =
            named.filter_map(|(field, value)| Some(format!("\"{}\":{}", field.name, value?))).collect();
        Some(format!("{{{}}}", shown.join(",")))
    }

    fn value(&mut self, field: &Field) -> Option<String> {
        let may_be_null = field.nullable.is_some_and(|from| self.version >= from);
        if matches!(field.kind, Kind::Struct(_)) && may_be_null && i8::from_be_bytes(self.take()?) < 0 {
            return Some("null".to_owned());
        }
        let value = self.kind(&field.kind)?;
        if field.name == "protocolType" {
            self.is_consumer = value == "\"consumer\"";
        }
        Some(value)
    }

    fn kind(&mut self, kind: &Kind) -> Option<String> {
        let null = || Some("null".to_owned());
        match kind {
            Kind::Array(inner) => {
                let Some(count) = self.length(false)? else { return null() };
                // Each takes a byte at least.
                let count = Some(count).filter(|count| *count <= self.rest.len())?;
                let values: Option<Vec<String>> = (0..count).map(|_| self.kind(inner)).collect();
                Some(format!("[{}]", values?.join(",")))
            }
            Kind::Struct(fields) => self.fields(fields),
            Kind::One(letter) => match letter {
                'b' => Some(i8::from_be_bytes(self.take()?).to_string()),
                's' => Some(i16::from_be_bytes(self.take()?).to_string()),
                'S' => Some(u16::from_be_bytes(self.take()?).to_string()),
                'i' => Some(i32::from_be_bytes(self.take()?).to_string()),
                'l' => Some(i64::from_be_bytes(self.take()?).to_string()),
                'd' => Some(double(f64::from_be_bytes(self.take()?))),
                'z' => Some((u8::from_be_bytes(self.take()?) != 0).to_string()),
                'u' => Some(format!("\"{}\"", shown_id(TopicId::from_bytes(self.take()?)))),
                't' => match self.bytes(true)? {
                    Some(text) => Some(quoted(&String::from_utf8_lossy(text))),
                    None => null(),
                },
                letter => match self.bytes(false)? {
                    Some(bytes) => Some(self.of_member(*letter, bytes).unwrap_or_else(|| base64(bytes))),
                    None => null(),
                },
            },
        }
    }

    /// A consumer's subscription or assignment, which begins with its version.
    fn of_member(&self, letter: char, bytes: &[u8]) -> Option<String> {
        let name = match letter {
            'U' => "ConsumerProtocolSubscription ",
            'V' => "ConsumerProtocolAssignment ",
            _ => return None,
        };
        let (version, rest) = bytes.split_first_chunk().filter(|_| self.is_consumer)?;
        let schema = Schema::new(part(2).find_map(|line| line.strip_prefix(name))?)?;
        let version =
            Some(i16::from_be_bytes(*version)).filter(|version| (0..=schema.newest).contains(version))?;
        schema.read(rest, version)
    }
}

/// An unsigned varint, and what comes behind it.
pub(super) fn varint(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut number = 0_u32;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        number |= u32::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(at + 1..)?));
        }
    }
    None
}

/// A text of JSON.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Bytes in JSON.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::from("\"");
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4_usize {
            let letter = LETTERS.get((bits >> (18 - 6 * at)) as usize & 63).copied().unwrap_or(b'A');
            out.push(if at > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_schema() {
        for n in 0..3 {
            for line in part(n) {
                assert!(Schema::new(line).is_some(), "{line}");
            }
        }
        assert_eq!([0, 1, 2].map(|n| part(n).count()), [25, 16, 4]);
    }

    #[test]
    fn fields_are_read_in_their_versions() {
        let schema = Schema::new("X 1 0-2|A:i B:t?1 C:*{D:s@1 E:z}@1 F:y#0").unwrap();
        let old = [0, 0, 0, 7, 0, 2, b'h', b'i'];
        assert_eq!(schema.read(&old, 0).unwrap(), "{\"a\":7,\"b\":\"hi\"}");
        let new = [0, 0, 0, 7, 0, 2, 0, 5, 1, 0, 1, 0, 4, 3, 1, 2, 3];
        let shown = "{\"a\":7,\"b\":null,\"c\":[{\"d\":5,\"e\":true}],\"f\":\"AQID\"}";
        let new_with_tag = [&new[..10], &[1, 0, 4, 4, 1, 2, 3]].concat();
        assert_eq!(schema.read(&new_with_tag, 1).as_deref(), Some(shown), "{new:?}");
        assert_eq!(schema.read(&old[..5], 0), None);
    }

    #[test]
    fn bytes_are_shown_in_base64() {
        let shown = [&b""[..], b"a", b"ab", b"abc"].map(base64);
        assert_eq!(shown, ["\"\"", "\"YQ==\"", "\"YWI=\"", "\"YWJj\""]);
        assert_eq!(varint(&[0xac, 0x02, 9]), Some((300, &[9][..])));
    }
}
