//! The first half: the module with stubs in place of what moved.
//!
//! A stub makes sure that the rest is there and calls through its slot of the
//! table. Once the rest is there, its own functions fill the slots that were in
//! the table before, so that indirect calls meet no stub any more.

use std::borrow::Cow;

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, Module as Wasm, StartSection,
    TableSection, TypeSection, ValType,
};

use super::module::{Module, text};
use super::plan::Plan;
use super::renumber::Renumber;
use super::{IS_THERE, call_slot, export_name};

/// Writes it.
///
/// # Errors
/// If code refers to what it cannot reach.
pub fn write(module: &Module<'_>, plan: &Plan) -> Result<Vec<u8>, String> {
    let mut renumber = Renumber { functions: plan.in_first(), holds_segments: true };
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let mut tables = TableSection::new();
    let mut memories = MemorySection::new();
    let mut globals = GlobalSection::new();
    let mut elements = ElementSection::new();
    let mut wasm = Wasm::new();

    if let Some(section) = module.type_section.clone() {
        renumber.parse_type_section(&mut types, section).map_err(text)?;
    }
    let nothing_to_nothing = types.len();
    types.ty().function([], []);
    wasm.section(&types);
    if let Some(section) = module.imports.clone() {
        renumber.parse_import_section(&mut imports, section).map_err(text)?;
    }
    wasm.section(&imports);

    let is_there = module.globals.len() as u32;
    let (functions, code) = functions(module, plan, &mut renumber, nothing_to_nothing, is_there)?;
    wasm.section(&functions);

    for (index, table) in (0..).zip(&module.tables) {
        tables.table(plan.grown(index, renumber.table_type(*table).map_err(text)?));
    }
    wasm.section(&tables);
    if let Some(section) = module.memory_section.clone() {
        renumber.parse_memory_section(&mut memories, section).map_err(text)?;
    }
    wasm.section(&memories);
    if let Some(section) = module.global_section.clone() {
        renumber.parse_global_section(&mut globals, section).map_err(text)?;
    }
    let flag = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(flag, &ConstExpr::i32_const(0));
    wasm.section(&globals);
    wasm.section(&exports(module, &mut renumber, is_there)?);
    if let Some(start) = module.start {
        let function_index = renumber.start_section(start).map_err(text)?;
        wasm.section(&StartSection { function_index });
    }
    if let Some(section) = module.elements.clone() {
        renumber.parse_element_section(&mut elements, section).map_err(text)?;
    }
    let shared: Result<Vec<u32>, _> =
        plan.shared.iter().map(|function| renumber.function_index(*function)).collect();
    let place = ConstExpr::i32_const(plan.shared_at.cast_signed());
    elements.active(Some(plan.table), &place, Elements::Functions(Cow::Owned(shared.map_err(text)?)));
    wasm.section(&elements);
    wasm.section(&code);
    wasm.section(&plan.kept.section(module, true));
    Ok(wasm.finish())
}

/// What stays, the stubs, and last the function that all stubs call.
fn functions(
    module: &Module<'_>,
    plan: &Plan,
    renumber: &mut Renumber,
    nothing_to_nothing: u32,
    is_there: u32,
) -> Result<(FunctionSection, CodeSection), String> {
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let ensure = renumber.functions.iter().flatten().count() as u32;
    for ((function, moved), index) in module.functions.iter().zip(&plan.moved).zip(0_u32..) {
        let Some(body) = &function.body else { continue };
        if !moved {
            functions.function(function.ty);
            renumber.parse_function_body(&mut code, body.clone()).map_err(text)?;
        } else if let Some(slot) = plan.stubs.get(&index) {
            functions.function(function.ty);
            let arguments = module.types.get(function.ty as usize).map_or(0, |ty| ty.params().len() as u32);
            code.function(&stub(ensure, arguments, *slot, plan.table, function.ty));
        }
    }
    functions.function(nothing_to_nothing);
    code.function(&ensure_there(is_there, plan.loader));
    Ok((functions, code))
}

fn stub(ensure: u32, arguments: u32, slot: u32, table: u32, ty: u32) -> Function {
    let mut function = Function::new([]);
    function.instructions().call(ensure);
    call_slot(&mut function, arguments, slot, table, ty);
    function
}

/// Fetches the rest unless it is there. The loader throws if it cannot.
fn ensure_there(is_there: u32, loader: u32) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.global_get(is_there).i32_eqz().if_(BlockType::Empty).call(loader).end().end();
    function
}

/// The module's own exports, and what the rest imports.
fn exports(module: &Module<'_>, renumber: &mut Renumber, is_there: u32) -> Result<ExportSection, String> {
    let mut exports = ExportSection::new();
    if let Some(section) = module.exports.clone() {
        renumber.parse_export_section(&mut exports, section).map_err(text)?;
    }
    exports.export(IS_THERE, ExportKind::Global, is_there);
    let lists = [
        (ExportKind::Memory, 'm', module.memories.len()),
        (ExportKind::Table, 't', module.tables.len()),
        (ExportKind::Global, 'g', module.globals.len()),
    ];
    for (kind, letter, count) in lists {
        for index in 0..count as u32 {
            exports.export(&export_name(letter, index), kind, index);
        }
    }
    Ok(exports)
}
