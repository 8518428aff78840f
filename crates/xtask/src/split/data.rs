//! Which of the module's data stays: what the first half's code refers to, and
//! what that refers to in turn. The rest brings its own data along.
//!
//! The linker keeps every datum apart (`--no-merge-data-segments`), so that a
//! segment is one constant, table or static. Code and data name it by its
//! address; a number that only looks like one keeps a datum that could have
//! moved, and does no harm.

use std::borrow::Cow;
use std::collections::BTreeSet;

use wasm_encoder::{ConstExpr, DataSection};

use super::module::Module;

/// Neighbours with a gap of at most so many bytes are written as one segment:
/// the linker's padding costs less than a segment's head.
const PADDING: u32 = 15;

/// How far before a table code may point to it: the compiler counts from the
/// entry before the first one when that saves an addition. By the linker's own
/// list of addresses (`--emit-relocs`) that is 48 bytes at most in this module,
/// and never more than half the table.
const BEFORE: u32 = 256;

/// Whether each datum of the module stays in the first half.
pub struct Kept(Vec<bool>);

impl Kept {
    /// Follows the addresses from the first half's `numbers`: the constants and
    /// offsets of its code.
    ///
    /// # Errors
    /// If the data have a shape that the linker does not make.
    pub fn new(module: &Module<'_>, numbers: &BTreeSet<u32>) -> Result<Self, String> {
        if module.data.windows(2).any(|pair| matches!(pair, [left, right] if left.end() > right.at)) {
            return Err("the module's data are not in the order of their addresses".to_owned());
        }
        let mut kept = Self(vec![false; module.data.len()]);
        let mut open: Vec<u32> = numbers.iter().copied().collect();
        while let Some(number) = open.pop() {
            for index in meant(&module.data, number) {
                let (Some(stays), Some(datum)) = (kept.0.get_mut(index), module.data.get(index)) else {
                    continue;
                };
                if !std::mem::replace(stays, true) {
                    open.extend(datum.words());
                }
            }
        }
        Ok(kept)
    }

    /// The data section of the first half, or that of the rest.
    pub fn section(&self, module: &Module<'_>, first: bool) -> DataSection {
        let mut section = DataSection::new();
        let mut run: Option<Datum<'_>> = None;
        for (datum, stays) in module.data.iter().zip(&self.0) {
            let here = *stays == first;
            run = match run {
                Some(before) if here && datum.at - before.end() <= PADDING => Some(before.with(datum)),
                before => {
                    put(&mut section, before);
                    here.then(|| datum.clone())
                }
            };
        }
        put(&mut section, run);
        section
    }
}

fn put(section: &mut DataSection, run: Option<Datum<'_>>) {
    if let Some(run) = run {
        section.active(0, &ConstExpr::i32_const(run.at.cast_signed()), run.bytes.iter().copied());
    }
}

/// The data that a number may mean: the one it points into or to the end of,
/// and the next one if it lies just before that.
fn meant(data: &[Datum<'_>], number: u32) -> impl Iterator<Item = usize> + use<> {
    let next = data.partition_point(|datum| datum.at <= number);
    let into = next.checked_sub(1).filter(|index| data.get(*index).is_some_and(|one| number <= one.end()));
    let is_near = |one: &Datum<'_>| one.at - number <= BEFORE.min(one.bytes.len() as u32 / 2);
    into.into_iter().chain(data.get(next).filter(|one| is_near(one)).map(|_| next))
}

/// Bytes that are in memory from the start, and where.
#[derive(Clone)]
pub struct Datum<'a> {
    /// The first byte's address.
    pub at: u32,
    pub bytes: Cow<'a, [u8]>,
}

impl Datum<'_> {
    fn end(&self) -> u32 {
        self.at + self.bytes.len() as u32
    }

    /// Its aligned words: whatever it points to is among them.
    fn words(&self) -> impl Iterator<Item = u32> {
        let skipped = self.at.next_multiple_of(4) - self.at;
        let aligned = self.bytes.get(skipped as usize..).unwrap_or_default();
        aligned.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word))
    }

    /// Both as one, with zeros between them.
    fn with(mut self, next: &Datum<'_>) -> Self {
        let bytes = self.bytes.to_mut();
        bytes.resize((next.at - self.at) as usize, 0);
        bytes.extend_from_slice(&next.bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(data: &[(u32, &'static [u8])]) -> Module<'static> {
        let data = data.iter().map(|(at, bytes)| Datum { at: *at, bytes: Cow::Borrowed(*bytes) }).collect();
        Module { data, ..Module::default() }
    }

    fn kept(module: &Module<'_>, numbers: &[u32]) -> Vec<bool> {
        Kept::new(module, &numbers.iter().copied().collect()).unwrap().0
    }

    #[test]
    fn what_the_first_half_names_stays_and_what_that_names_too() {
        const POINTER: [u8; 4] = 1040_u32.to_le_bytes();
        let module =
            module(&[(1000, b"never named"), (1020, &POINTER), (1040, b"named by a word"), (1060, b"no")]);
        assert_eq!(kept(&module, &[1020]), [false, true, true, false]);
        assert_eq!(kept(&module, &[1022]), [false, true, true, false], "points into it");
        assert_eq!(kept(&module, &[7, 2000]), [false; 4], "no addresses");
    }

    #[test]
    fn a_number_just_before_a_table_means_the_table() {
        let module = module(&[(1000, b"text"), (1040, &[7; 64])]);
        assert_eq!(kept(&module, &[1039]), [false, true]);
        assert_eq!(kept(&module, &[1008]), [false, true]);
        assert_eq!(kept(&module, &[1007]), [false, false], "more than half its length away");
        assert_eq!(kept(&module, &[1004]), [true, false], "the end of a text");
    }

    #[test]
    fn each_half_writes_its_own_bytes_and_none_of_the_other_s() {
        let module = module(&[(1000, b"abc"), (1004, b"defg"), (1008, b"h"), (1100, b"i")]);
        let kept = Kept(vec![true, true, false, true]);
        let written = |first| {
            let mut bytes = Vec::new();
            wasm_encoder::Encode::encode(&kept.section(&module, first), &mut bytes);
            bytes
        };
        let section = |runs: &[(u32, &[u8])]| {
            let mut section = DataSection::new();
            for (at, bytes) in runs {
                section.active(0, &ConstExpr::i32_const(at.cast_signed()), bytes.iter().copied());
            }
            let mut bytes = Vec::new();
            wasm_encoder::Encode::encode(&section, &mut bytes);
            bytes
        };
        assert_eq!(written(true), section(&[(1000, b"abc\0defg"), (1100, b"i")]));
        assert_eq!(written(false), section(&[(1008, b"h")]));
    }

    #[test]
    fn data_out_of_order_are_refused() {
        let module = module(&[(1000, b"abc"), (1002, b"def")]);
        assert!(Kept::new(&module, &BTreeSet::new()).is_err());
    }
}
