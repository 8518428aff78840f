//! The module with a mark on every function that was called: how a visit is
//! recorded.

use std::collections::BTreeSet;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, Module as Wasm, ValType,
};
use wasmparser::{FunctionBody, Parser, Payload};

use super::module::{Module, text};

/// Begins the name of the exported mark of a function; its index follows.
const MARK: &str = ".called";

/// Writes the module with marks.
///
/// # Errors
/// If it is no module.
pub fn instrument(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let module = Module::read(wasm)?;
    let first_mark = module.globals.len() as u32;
    let mut marked = Wasm::new();
    let mut code = CodeSection::new();
    let mut index = module.imported.len() as u32;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(text)? {
            Payload::CodeSectionStart { .. } => {}
            Payload::CodeSectionEntry(body) => {
                code.raw(&mark(first_mark + index, &body)?);
                index += 1;
                if index as usize == module.functions.len() {
                    marked.section(&code);
                }
            }
            Payload::GlobalSection(section) => {
                let mut globals = GlobalSection::new();
                RoundtripReencoder.parse_global_section(&mut globals, section).map_err(text)?;
                let flag = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
                for _ in &module.functions {
                    globals.global(flag, &ConstExpr::i32_const(0));
                }
                globals.global(flag, &ConstExpr::i32_const(0));
                marked.section(&globals);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                RoundtripReencoder.parse_export_section(&mut exports, section).map_err(text)?;
                for function in 0..module.functions.len() as u32 {
                    exports.export(&format!("{MARK}{function}"), ExportKind::Global, first_mark + function);
                }
                // The page is to believe that the rest has not come: what waits for it belongs there.
                let is_there = first_mark + module.functions.len() as u32;
                exports.export(super::IS_THERE, ExportKind::Global, is_there);
                marked.section(&exports);
            }
            Payload::CustomSection(_) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data =
                        wasm.get(range.start as usize..range.end as usize).ok_or("a section is cut short")?;
                    marked.section(&wasm_encoder::RawSection { id, data });
                }
            }
        }
    }
    Ok(marked.finish())
}

/// A function's code with the setting of its mark before it.
fn mark(global: u32, body: &FunctionBody<'_>) -> Result<Vec<u8>, String> {
    let mut function = RoundtripReencoder.new_function_with_parsed_locals(body).map_err(text)?;
    function.instructions().i32_const(1).global_set(global);
    let reader = body.get_operators_reader().map_err(text)?;
    let rest = reader.get_binary_reader();
    let code = body.as_bytes().get(body.as_bytes().len() - rest.bytes_remaining()..);
    function.raw(code.unwrap_or_default().iter().copied());
    Ok(function.into_raw_body())
}

/// The path of every function, and whether the visit called it.
///
/// # Errors
/// If it is no module.
pub fn called(wasm: &[u8], marked: &BTreeSet<usize>) -> Result<Vec<(String, bool)>, String> {
    let module = Module::read(wasm)?;
    let defined = module.functions.into_iter().enumerate().filter(|(_, function)| function.body.is_some());
    Ok(defined.map(|(index, function)| (function.name, marked.contains(&index))).collect())
}
