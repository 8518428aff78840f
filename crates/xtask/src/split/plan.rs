//! What goes where: which functions move, which of them leave a stub behind,
//! and how the halves count their functions.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, Instruction, MemArg, TableType};
use wasmparser::Operator;

use super::data::Kept;
use super::deferred::Deferred;
use super::module::{Module, text};

/// The import that fetches the second half when a stub is called before it is
/// there: `loadRest` of `web/src/rest.js`, under wasm-bindgen's decorated name.
const LOADER: &str = "loadRest";

/// Where each function goes.
pub struct Plan {
    /// For each function: whether the rest takes it.
    pub moved: Vec<bool>,
    /// The moved functions that the first half reaches, with their slots.
    pub stubs: BTreeMap<u32, u32>,
    /// The functions of the first half that the rest calls.
    pub shared: BTreeSet<u32>,
    /// The slot of the first of them; the others follow in their order.
    pub shared_at: u32,
    /// The table in which the halves meet.
    pub table: u32,
    /// How many slots the table has in the end.
    pub slots: u32,
    /// Which data stay.
    pub kept: Kept,
    /// The imported function that fetches the rest.
    pub loader: u32,
}

impl Plan {
    /// Decides.
    ///
    /// # Errors
    /// If the module lacks the loader or is of a shape that Rust does not make.
    pub fn new(module: &Module<'_>, deferred: &Deferred) -> Result<Self, String> {
        let loader = module.imported.iter().position(|name| name.contains(LOADER));
        let loader =
            loader.ok_or_else(|| format!("the module imports no {LOADER}, which fetches its rest"))?;
        let moves = |function: &super::module::Function<'_>| {
            function.body.is_some() && deferred.holds(&function.name)
        };
        let moved: Vec<bool> = module.functions.iter().map(moves).collect();
        let is_moved = |function: &u32| moved.get(*function as usize).copied().unwrap_or(false);
        let (here, there) = uses(module, &moved)?;
        let kept = Kept::new(module, &here.numbers)?;
        let table = module.function_table()?;
        let filled: BTreeMap<u32, u32> = module.slots()?.into_iter().collect();
        let mut slots = module.tables.get(table as usize).map_or(0, |table| table.initial as u32);
        let mut stubs = BTreeMap::new();
        for function in here.functions.iter().chain(filled.keys()).filter(|function| is_moved(function)) {
            stubs.entry(*function).or_insert_with(|| {
                filled.get(function).copied().unwrap_or_else(|| {
                    slots += 1;
                    slots - 1
                })
            });
        }
        let shared: BTreeSet<u32> =
            there.functions.into_iter().filter(|function| !is_moved(function)).collect();
        let shared_at = slots;
        slots += shared.len() as u32;
        Ok(Self { moved, stubs, shared, shared_at, table, slots, kept, loader: loader as u32 })
    }

    /// The first half's index of every function that it keeps or stands in for.
    pub fn in_first(&self) -> Vec<Option<u32>> {
        let mut next = 0..;
        let stays = |(at, moved): (usize, &bool)| !moved || self.stubs.contains_key(&(at as u32));
        self.moved.iter().enumerate().map(|one| if stays(one) { next.next() } else { None }).collect()
    }

    /// A table's type in both halves: the one in which they meet has all its slots.
    pub fn grown(&self, index: u32, mut table: TableType) -> TableType {
        if index == self.table {
            table.minimum = u64::from(self.slots);
            table.maximum = table.maximum.map(|most| most.max(table.minimum));
        }
        table
    }

    /// The rest's index of every function that it holds or calls: its ways into
    /// the first half come first.
    pub fn in_rest(&self) -> Vec<Option<u32>> {
        let mut index = vec![None; self.moved.len()];
        let own = self.moved.iter().zip(0_u32..).filter(|(moved, _)| **moved).map(|(_, at)| at);
        for (new, old) in (0..).zip(self.shared.iter().copied().chain(own)) {
            if let Some(place) = index.get_mut(old as usize) {
                *place = Some(new);
            }
        }
        index
    }
}

/// What the code that stays refers to, and what the code that moves does.
fn uses(module: &Module<'_>, moved: &[bool]) -> Result<(Uses, Uses), String> {
    let mut here = Uses::default();
    let mut there = Uses::default();
    let mut thrown_away = CodeSection::new();
    for (function, moved) in module.functions.iter().zip(moved) {
        let Some(body) = &function.body else { continue };
        let side = if *moved { &mut there } else { &mut here };
        side.parse_function_body(&mut thrown_away, body.clone()).map_err(text)?;
    }
    for export in module.exports.clone().into_iter().flatten() {
        let export = export.map_err(text)?;
        if export.kind == wasmparser::ExternalKind::Func {
            here.functions.insert(export.index);
        }
    }
    here.functions.extend(module.start);
    Ok((here, there))
}

/// Collects what code refers to.
#[derive(Default)]
struct Uses {
    functions: BTreeSet<u32>,
    /// Its constants and offsets: the addresses of data are among them.
    numbers: BTreeSet<u32>,
}

impl Reencode for Uses {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Self::Error>> {
        self.functions.insert(function);
        Ok(function)
    }

    fn mem_arg(&mut self, place: wasmparser::MemArg) -> Result<MemArg, Error<Self::Error>> {
        self.numbers.extend(u32::try_from(place.offset));
        utils::mem_arg(self, place)
    }

    fn instruction<'a>(&mut self, code: Operator<'a>) -> Result<Instruction<'a>, Error<Self::Error>> {
        match code {
            Operator::I32Const { value } => {
                self.numbers.insert(value.cast_unsigned());
            }
            // An address and a length may be stored as one number.
            Operator::I64Const { value } => {
                self.numbers.extend([value as u32, (value >> 32) as u32]);
            }
            _ => {}
        }
        utils::instruction(self, code)
    }
}
