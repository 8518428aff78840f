//! The second half: what moved, with its data, over the first half's memory, tables and globals.
//! It calls back through the table, where the first half has put what it calls.

use std::borrow::Cow;

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, Function, FunctionSection, ImportSection,
    Module as Wasm, TypeSection,
};

use super::module::{Module, text};
use super::plan::Plan;
use super::renumber::Renumber;
use super::{FIRST, call_slot, export_name};

/// Writes it.
///
/// # Errors
/// If code refers to what it cannot reach.
pub fn write(module: &Module<'_>, plan: &Plan) -> Result<Vec<u8>, String> {
    let mut renumber = Renumber { functions: plan.in_rest(), holds_segments: false };
    let mut types = TypeSection::new();
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    if let Some(section) = module.type_section.clone() {
        renumber.parse_type_section(&mut types, section).map_err(text)?;
    }
    for (function, slot) in plan.shared.iter().zip(plan.shared_at..) {
        let ty = module.functions.get(*function as usize).map_or(0, |function| function.ty);
        let arguments = module.types.get(ty as usize).map_or(0, |ty| ty.params().len() as u32);
        let mut way = Function::new([]);
        call_slot(&mut way, arguments, slot, plan.table, ty);
        functions.function(ty);
        code.function(&way);
    }
    for (function, _) in module.functions.iter().zip(&plan.moved).filter(|(_, moved)| **moved) {
        let Some(body) = &function.body else { continue };
        functions.function(function.ty);
        renumber.parse_function_body(&mut code, body.clone()).map_err(text)?;
    }
    let mut wasm = Wasm::new();
    wasm.section(&types);
    wasm.section(&imports(module, plan, &mut renumber)?);
    wasm.section(&functions);
    wasm.section(&slots(plan, &mut renumber)?);
    wasm.section(&code);
    wasm.section(&plan.kept.section(module, false));
    Ok(wasm.finish())
}

fn imports(module: &Module<'_>, plan: &Plan, renumber: &mut Renumber) -> Result<ImportSection, String> {
    let mut imports = ImportSection::new();
    let mut import = |letter, index, entity: EntityType| {
        imports.import(FIRST, &export_name(letter, index), entity);
    };
    for (index, memory) in (0..).zip(&module.memories) {
        import('m', index, renumber.memory_type(*memory).map_err(text)?.into());
    }
    for (index, table) in (0..).zip(&module.tables) {
        import('t', index, plan.grown(index, renumber.table_type(*table).map_err(text)?).into());
    }
    for (index, global) in (0..).zip(&module.globals) {
        import('g', index, renumber.global_type(*global).map_err(text)?.into());
    }
    Ok(imports)
}

/// Puts every function that has a stub into its slot, neighbours in one segment.
fn slots(plan: &Plan, renumber: &mut Renumber) -> Result<ElementSection, String> {
    let mut by_slot: Vec<(u32, u32)> = Vec::new();
    for (function, slot) in &plan.stubs {
        by_slot.push((*slot, renumber.function_index(*function).map_err(text)?));
    }
    by_slot.sort_unstable();
    let mut elements = ElementSection::new();
    for run in by_slot.chunk_by(|(before, _), (after, _)| before + 1 == *after) {
        let Some((first, _)) = run.first() else { continue };
        let functions: Vec<u32> = run.iter().map(|(_, function)| *function).collect();
        let place = ConstExpr::i32_const(first.cast_signed());
        elements.active(Some(plan.table), &place, Elements::Functions(Cow::Owned(functions)));
    }
    Ok(elements)
}
