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
    /// How many data the linker wrote.
    count: u32,
    /// For each symbol its datum's number and place there, unless it is no datum.
    symbols: Vec<Option<(u32, u32)>>,
    /// Each address in the code, as a symbol and a distance from it.
    uses: Vec<RelocationEntry>,
}

impl Addresses {
    /// The list of one use: of which of `count` data, and how far from its beginning.
    #[cfg(test)]
    pub fn of(count: u32, index: u32, addend: i64) -> Self {
        let used = RelocationEntry { ty: RelocationType::MemoryAddrSleb, offset: 0, index, addend };
        Self { count, symbols: (0..count).map(|datum| Some((datum, 0))).collect(), uses: vec![used] }
    }

    /// Takes the section `linking`, which has the symbols.
    pub fn take_symbols(&mut self, section: BinaryReader<'_>) -> Result<(), String> {
        let section = LinkingSectionReader::new(section).map_err(text)?;
        for part in section.subsections() {
            match part.map_err(text)? {
                Linking::SegmentInfo(data) => self.count = data.count(),
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

    /// Takes the section `reloc.CODE`, which has the addresses.
    pub fn take_uses(&mut self, section: BinaryReader<'_>) -> Result<(), String> {
        for entry in RelocSectionReader::new(section).map_err(text)?.entries() {
            let entry = entry.map_err(text)?;
            if matches!(entry.ty, RelocationType::MemoryAddrLeb | RelocationType::MemoryAddrSleb) {
                self.uses.push(entry);
            }
        }
        Ok(())
    }

    /// For each number that is an address in the code: the symbols' own addresses.
    /// `data` are in the linker's order.
    ///
    /// # Errors
    /// If the module was linked without such a list, or has other data by now.
    pub fn meanings(&self, data: &[Datum<'_>]) -> Result<BTreeMap<u32, BTreeSet<u32>>, String> {
        if self.uses.is_empty() {
            return Err(
                "the module has no list of its addresses: web/build.rs asks the linker for it".to_owned()
            );
        }
        if self.count as usize != data.len() {
            return Err(format!("the linker wrote {} data, the module has {}", self.count, data.len()));
        }
        let mut meanings: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for entry in &self.uses {
            let symbol = self.symbols.get(entry.index as usize).copied().flatten();
            let Some((index, offset)) = symbol else { continue };
            let Some(datum) = data.get(index as usize) else { continue };
            let symbol = datum.at + offset;
            let number = (i64::from(symbol) + entry.addend) as u32;
            meanings.entry(number).or_default().insert(symbol);
        }
        Ok(meanings)
    }
}
