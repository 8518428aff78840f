//! Which datum each address in the code means, by the linker's own list.
//!
//! An address alone does not tell: loops count up to the end of a table, which
//! is where the next one begins, or from before its beginning.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{
    BinaryReader, Linking, LinkingSectionReader, RelocSectionReader, RelocationEntry, RelocationType,
    SymbolInfo,
};

use super::data::Datum;
use super::module::text;

/// The linker's list, as its custom sections hold it.
#[derive(Default)]
pub struct Addresses {
    /// The data that the linker wrote, by name.
    written: Vec<String>,
    /// The data that the module has: wasm-opt leaves out empty ones.
    pub present: Vec<String>,
    /// For each symbol its datum's number and place there, unless it is no datum.
    symbols: Vec<Option<(u32, u32)>>,
    /// Each address in the code and in the data, as a symbol and a distance from it.
    uses: Vec<RelocationEntry>,
}

impl Addresses {
    /// The list of one use: of which of `count` data, and how far from its beginning.
    #[cfg(test)]
    pub fn of(count: u32, index: u32, addend: i64) -> Self {
        let used = RelocationEntry { ty: RelocationType::MemoryAddrSleb, offset: 0, index, addend };
        let written: Vec<String> = (0..count).map(|datum| datum.to_string()).collect();
        Self {
            present: written.clone(),
            written,
            symbols: (0..count).map(|datum| Some((datum, 0))).collect(),
            uses: vec![used],
        }
    }

    /// Names a place once more: so far from a symbol.
    #[cfg(test)]
    pub fn name(&mut self, index: u32, addend: i64) {
        self.uses.push(RelocationEntry { ty: RelocationType::MemoryAddrSleb, offset: 0, index, addend });
    }

    /// Takes the section `linking`, which has the symbols.
    pub fn take_symbols(&mut self, section: BinaryReader<'_>) -> Result<(), String> {
        let section = LinkingSectionReader::new(section).map_err(text)?;
        for part in section.subsections() {
            match part.map_err(text)? {
                Linking::SegmentInfo(data) => {
                    for datum in data {
                        self.written.push(datum.map_err(text)?.name.to_owned());
                    }
                }
                Linking::SymbolTable(symbols) => {
                    for symbol in symbols {
                        self.symbols.push(match symbol.map_err(text)? {
                            SymbolInfo::Data { symbol: Some(at), .. } => Some((at.index, at.offset)),
                            _ => None,
                        });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes the section `reloc.CODE` or `reloc.DATA`, which have the addresses.
    pub fn take_uses(&mut self, section: BinaryReader<'_>) -> Result<(), String> {
        for entry in RelocSectionReader::new(section).map_err(text)?.entries() {
            let entry = entry.map_err(text)?;
            if matches!(
                entry.ty,
                RelocationType::MemoryAddrLeb
                    | RelocationType::MemoryAddrSleb
                    | RelocationType::MemoryAddrI32
            ) {
                self.uses.push(entry);
            }
        }
        Ok(())
    }

    /// For each number that is an address in the code or the data: the symbols' own addresses.
    ///
    /// # Errors
    /// If the module was linked without such a list, or has other data by now.
    pub fn meanings(&self, data: &[Datum<'_>]) -> Result<BTreeMap<u32, BTreeSet<u32>>, String> {
        if self.uses.is_empty() {
            return Err(
                "the module has no list of its addresses: web/build.rs asks the linker for it".to_owned()
            );
        }
        let place = self.places(data)?;
        let mut meanings: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for entry in &self.uses {
            let symbol = self.symbols.get(entry.index as usize).copied().flatten();
            let Some((index, offset)) = symbol else { continue };
            let Some(Some(datum)) = place.get(index as usize) else { continue };
            let symbol = datum + offset;
            let number = (i64::from(symbol) + entry.addend) as u32;
            meanings.entry(number).or_default().insert(symbol);
        }
        Ok(meanings)
    }

    /// The address of each datum that the linker wrote, if the module has it.
    fn places(&self, data: &[Datum<'_>]) -> Result<Vec<Option<u32>>, String> {
        let mut present = self.present.iter().zip(data).peekable();
        let place = |name: &String| present.next_if(|(other, _)| *other == name).map(|(_, datum)| datum.at);
        let places = self.written.iter().map(place).collect();
        match present.next() {
            None if self.present.len() == data.len() => Ok(places),
            None => Err("some of the module's data have no name".to_owned()),
            Some((name, _)) => Err(format!("the linker's list lacks the datum {name}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn a_datum_that_was_left_out_shifts_none_of_the_others() {
        let datum = |at| Datum { at, bytes: Cow::Borrowed(b"abcd".as_slice()) };
        let data = [datum(1000), datum(1008)];
        let mut list = Addresses::of(3, 2, 1);
        list.present.remove(1);
        assert_eq!(list.meanings(&data), Ok(BTreeMap::from([(1009, BTreeSet::from([1008]))])));
        list.present.swap(0, 1);
        assert!(list.meanings(&data).is_err(), "an order that the linker did not write");
    }
}
