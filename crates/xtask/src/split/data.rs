//! Which of the module's data stays: what the first half's code refers to, and
//! what that refers to in turn. The rest brings its own data along.
//!
//! The linker keeps every datum apart (`--no-merge-data-segments`), so that a
//! segment is one constant, table or static. Code and data name it by its
//! address (see [`super::addresses`]); a number that only looks like one keeps a
//! datum that could have moved, and does no harm.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::{ConstExpr, DataSection};

use super::module::Module;

/// Neighbours with a gap of at most so many bytes are written as one segment:
/// the linker's padding costs less than a segment's head.
const PADDING: u32 = 15;

/// How far from a datum a number may mean it that the linker did not list: one
/// that wasm-opt computed. The linker's own are within 48 bytes.
const AROUND: u32 = 64;

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
        let meanings = module.addresses.meanings(&module.data)?;
        let mut kept = Self(vec![false; module.data.len()]);
        for number in numbers {
            match meanings.get(number) {
                Some(symbols) => meant(&module.data, *number, symbols)
                    .for_each(|symbol| kept.follow(&module.data, &meanings, symbol)),
                None => near(&module.data, *number)
                    .for_each(|datum| kept.follow(&module.data, &meanings, datum.at)),
            }
        }
        Ok(kept)
    }

    /// Keeps what holds `address`, and all that it points to.
    fn follow(&mut self, data: &[Datum<'_>], meanings: &BTreeMap<u32, BTreeSet<u32>>, address: u32) {
        let mut open = vec![address];
        while let Some(address) = open.pop() {
            let index = data.partition_point(|datum| datum.at <= address).wrapping_sub(1);
            let (Some(stays), Some(datum)) = (self.0.get_mut(index), data.get(index)) else { continue };
            if address <= datum.end() && !std::mem::replace(stays, true) {
                let symbols = datum.words().filter_map(|word| Some((word, meanings.get(&word)?)));
                open.extend(symbols.flat_map(|(word, symbols)| meant(data, word, symbols)));
            }
        }
    }

    /// The data of the first half.
    pub fn stay<'m, 'a>(&'m self, module: &'m Module<'a>) -> impl Iterator<Item = &'m Datum<'a>> {
        module.data.iter().zip(&self.0).filter(|(_, stays)| **stays).map(|(datum, _)| datum)
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

/// The symbols that a number may mean, of all that it means somewhere. Where a datum ends another one may begin. Nothing is read
/// from an end on, and whoever goes up to an end names the start, too: then it is the other one that is meant.
fn meant<'a>(
    data: &'a [Datum<'_>],
    number: u32,
    symbols: &'a BTreeSet<u32>,
) -> impl Iterator<Item = u32> + 'a {
    let begins = symbols.contains(&number);
    let ends = move |symbol: u32| {
        let at = data.partition_point(|datum| datum.at <= symbol).wrapping_sub(1);
        data.get(at).is_some_and(|datum| datum.end() == number)
    };
    symbols.iter().copied().filter(move |symbol| !(begins && *symbol != number && ends(*symbol)))
}

/// The data around a number.
fn near<'a, 'd>(data: &'a [Datum<'d>], number: u32) -> impl Iterator<Item = &'a Datum<'d>> {
    let from = data.partition_point(|datum| datum.end() + AROUND < number);
    let around = data.get(from..).unwrap_or_default().iter();
    around.take_while(move |datum| datum.at <= number.saturating_add(AROUND))
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

    /// Its aligned words: whatever it points to is among them. The linker lists which of them are addresses.
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
    use super::super::addresses::Addresses;
    use super::*;

    fn module(data: &[(u32, &'static [u8])], addresses: Addresses) -> Module<'static> {
        let data = data.iter().map(|(at, bytes)| Datum { at: *at, bytes: Cow::Borrowed(*bytes) }).collect();
        Module { data, addresses, ..Module::default() }
    }

    fn kept(module: &Module<'_>, numbers: &[u32]) -> Vec<bool> {
        Kept::new(module, &numbers.iter().copied().collect()).unwrap().0
    }

    #[test]
    fn where_one_ends_the_next_is_meant() {
        // Datum 0 is four bytes long; its end, named somewhere, is where datum 1 begins.
        let data: [(u32, &[u8]); 2] = [(1000, b"abcd"), (1004, b"next")];
        let mut both = Addresses::of(2, 1, 0);
        both.name(0, 4);
        assert_eq!(kept(&module(&data, both), &[1004]), [false, true]);
        assert_eq!(
            kept(&module(&data, Addresses::of(2, 0, 4)), &[1004]),
            [true, false],
            "nothing else begins there"
        );
    }

    #[test]
    fn what_the_first_half_names_stays_and_what_that_names_too() {
        const POINTER: [u8; 4] = 1240_u32.to_le_bytes();
        let data: [(u32, &[u8]); 4] =
            [(1000, b"never named"), (1120, &POINTER), (1240, b"named by a word"), (1360, b"no")];
        let listed = module(&data, Addresses::of(4, 2, 0));
        assert_eq!(kept(&listed, &[1120]), [false, true, true, false]);
        assert_eq!(kept(&listed, &[7, 2000]), [false; 4], "no addresses");
        let a_number = module(&data, Addresses::of(4, 1, 0));
        assert_eq!(
            kept(&a_number, &[1120]),
            [false, true, false, false],
            "a word that the linker does not list"
        );
    }

    #[test]
    fn an_end_means_the_table_that_the_linker_says() {
        let data: [(u32, &[u8]); 3] = [(1000, b"text"), (1004, &[7; 16]), (1020, &[8; 16])];
        assert_eq!(kept(&module(&data, Addresses::of(3, 1, 16)), &[1020]), [false, true, false]);
        assert_eq!(kept(&module(&data, Addresses::of(3, 2, 0)), &[1020]), [false, false, true]);
        assert_eq!(kept(&module(&data, Addresses::of(3, 2, -20)), &[1000]), [false, false, true]);
    }

    #[test]
    fn a_number_that_the_linker_does_not_know_keeps_all_around_it() {
        let data: [(u32, &[u8]); 3] = [(1000, b"text"), (1004, &[7; 16]), (1200, &[8; 16])];
        assert_eq!(kept(&module(&data, Addresses::of(3, 2, 0)), &[1019]), [true, true, false]);
    }

    #[test]
    fn each_half_writes_its_own_bytes_and_none_of_the_other_s() {
        let data: [(u32, &[u8]); 4] = [(1000, b"abc"), (1004, b"defg"), (1008, b"h"), (1100, b"i")];
        let module = module(&data, Addresses::default());
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
    fn data_out_of_order_and_a_module_without_a_list_are_refused() {
        let refused = |data: &[(u32, &'static [u8])], addresses| {
            Kept::new(&module(data, addresses), &BTreeSet::new()).is_err()
        };
        assert!(refused(&[(1000, b"abc"), (1002, b"def")], Addresses::of(2, 0, 0)));
        assert!(refused(&[(1000, b"abc"), (1003, b"def")], Addresses::default()));
        assert!(refused(&[(1000, b"abc"), (1003, b"def")], Addresses::of(1, 0, 0)), "one has no name");
        assert!(!refused(&[(1000, b"abc"), (1003, b"def")], Addresses::of(2, 0, 0)));
    }
}
