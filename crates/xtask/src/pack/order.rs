//! A module's functions in the order of the table's slots: the list of what is in the table then goes up by one from slot
//! to slot, which packs to almost nothing. Functions that the table does not hold come first and keep their order, which
//! wasm-opt has chosen so that what is called often has a short number.

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ElementSection, ExportSection, FunctionSection, GlobalSection, Module, RawSection,
    StartSection,
};
use wasmparser::{ElementItems, Parser, Payload, TypeRef};

use crate::split::text;

/// The module in that order.
///
/// # Errors
/// If it is damaged.
pub fn by_slot(module: &[u8]) -> Result<Vec<u8>, String> {
    let Parts { imported, types, bodies, slots } = Parts::read(module)?;
    // Where each function is among those in the table.
    let mut place = vec![None; bodies.len()];
    for (slot, function) in slots.iter().enumerate() {
        if let Some(place) = place.get_mut((*function as usize).wrapping_sub(imported)) {
            place.get_or_insert(slot);
        }
    }
    let mut order: Vec<usize> = (0..bodies.len()).collect();
    order.sort_by_key(|function| place.get(*function).copied().flatten().map_or(0, |slot| slot + 1));
    let mut renumber = Renumber { imported, new: vec![0; bodies.len()] };
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = renumber.new.get_mut(*old) {
            *place = (imported + new) as u32;
        }
    }

    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(text)? {
            Payload::FunctionSection(_) => {
                let mut functions = FunctionSection::new();
                for ty in order.iter().filter_map(|old| types.get(*old)) {
                    functions.function(*ty);
                }
                out.section(&functions);
            }
            Payload::CodeSectionStart { .. } => {
                let mut code = CodeSection::new();
                for body in order.iter().filter_map(|old| bodies.get(*old)) {
                    renumber.parse_function_body(&mut code, body.clone()).map_err(text)?;
                }
                out.section(&code);
            }
            Payload::GlobalSection(section) => {
                let mut globals = GlobalSection::new();
                renumber.parse_global_section(&mut globals, section).map_err(text)?;
                out.section(&globals);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                renumber.parse_export_section(&mut exports, section).map_err(text)?;
                out.section(&exports);
            }
            Payload::StartSection { func, .. } => {
                let function_index = renumber.start_section(func).map_err(text)?;
                out.section(&StartSection { function_index });
            }
            Payload::ElementSection(section) => {
                let mut elements = ElementSection::new();
                renumber.parse_element_section(&mut elements, section).map_err(text)?;
                out.section(&elements);
            }
            // The start of the code stands for all of it.
            Payload::CodeSectionEntry(_) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    let range = range.start as usize..range.end as usize;
                    out.section(&RawSection { id, data: module.get(range).ok_or("a section is cut short")? });
                }
            }
        }
    }
    Ok(out.finish())
}

/// What the order is made from.
#[derive(Default)]
struct Parts<'a> {
    /// How many functions are imported; they keep their numbers.
    imported: usize,
    types: Vec<u32>,
    bodies: Vec<wasmparser::FunctionBody<'a>>,
    /// The functions in the table, by slot.
    slots: Vec<u32>,
}

impl<'a> Parts<'a> {
    fn read(module: &'a [u8]) -> Result<Self, String> {
        let mut parts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(text)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        parts.imported += usize::from(matches!(import.map_err(text)?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        parts.types.push(ty.map_err(text)?);
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        if let ElementItems::Functions(functions) = element.map_err(text)?.items {
                            for function in functions {
                                parts.slots.push(function.map_err(text)?);
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => parts.bodies.push(body),
                _ => {}
            }
        }
        Ok(parts)
    }
}

struct Renumber {
    imported: usize,
    new: Vec<u32>,
}

impl Reencode for Renumber {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Self::Error>> {
        let defined = (function as usize).checked_sub(self.imported);
        Ok(defined.and_then(|at| self.new.get(at).copied()).unwrap_or(function))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ConstExpr, Elements, ExportKind, Function, RefType, TableSection, TableType, TypeSection,
    };

    #[test]
    fn the_table_goes_up_by_one_and_calls_follow() {
        let (mut types, mut functions, mut tables) =
            (TypeSection::new(), FunctionSection::new(), TableSection::new());
        types.ty().function([], []);
        let (mut exports, mut elements, mut code) =
            (ExportSection::new(), ElementSection::new(), CodeSection::new());
        // Each function returns after as many nops as its number; the last one calls the first.
        for number in 0..4 {
            functions.function(0);
            let mut body = Function::new([]);
            for _ in 0..number {
                body.instructions().nop();
            }
            if number == 3 {
                body.instructions().call(0);
            }
            body.instructions().end();
            code.function(&body);
        }
        let element_type = RefType::FUNCREF;
        tables.table(TableType { element_type, table64: false, minimum: 4, maximum: None, shared: false });
        exports.export("last", ExportKind::Func, 3);
        elements.active(None, &ConstExpr::i32_const(1), Elements::Functions((&[2, 0, 2]).into()));
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&tables).section(&exports);
        let module = module.section(&elements).section(&code).clone().finish();

        let ordered = by_slot(&module).unwrap();
        let parts = Parts::read(&ordered).unwrap();
        assert_eq!(parts.slots, [2, 3, 2]);
        let sizes: Vec<usize> = parts.bodies.iter().map(|body| body.as_bytes().len()).collect();
        assert_eq!(sizes, [3, 7, 4, 2], "1, 3, then 2 and 0 as the table has them");
        assert!(parts.bodies[1].as_bytes().ends_with(&[0x10, 3, 0x0b]), "what was 0 is called");
        assert_eq!(by_slot(&ordered).unwrap(), ordered);
    }
}
