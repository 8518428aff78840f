//! The module with a mark on every function that was called, and on every part
//! of one that was run: how a visit is recorded.
//!
//! A mark is a byte behind what memory the module begins with: nothing else is
//! ever put there.

use std::collections::BTreeSet;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, InstructionSink, MemArg,
    MemArgTarget, MemorySection, Module as Wasm, ValType,
};
use wasmparser::{FuncType, FunctionBody, Parser, Payload};

use super::module::{Module, text};
use super::outline::{Body, Cold};

/// The exported globals that say where the marks are, and how many.
const MARKS_AT: &str = ".marks_at";
const MARKS: &str = ".marks";

/// A page of memory, in bytes.
const PAGE: u32 = 65_536;

/// Every function's code, and the number of its first part's mark; the marks
/// of the functions themselves come before.
fn bodies<'a>(module: &Module<'a>) -> Result<Vec<(Body<'a>, FunctionBody<'a>, u32)>, String> {
    let mut next = module.functions.len() as u32;
    let mut bodies = Vec::new();
    for function in &module.functions {
        let Some(raw) = &function.body else { continue };
        let parameters = module.types.get(function.ty as usize).map_or(&[][..], FuncType::params);
        let body = Body::read(parameters, raw)?;
        let parts = body.parts().count() as u32;
        bodies.push((body, raw.clone(), next));
        next += parts;
    }
    Ok(bodies)
}

/// Writes the module with marks.
///
/// # Errors
/// If it is no module.
pub fn instrument(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let module = Module::read(wasm)?;
    let bodies = bodies(&module)?;
    let marks = bodies.last().map_or(0, |(body, _, first)| first + body.parts().count() as u32);
    let at = module.memories.first().map_or(0, |memory| memory.initial as u32) * PAGE;
    let first_global = module.globals.len() as u32;
    let mut marked = Wasm::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(text)? {
            Payload::CodeSectionStart { .. } => {
                let mut code = CodeSection::new();
                for (index, (body, raw, first)) in (module.imported.len() as u32..).zip(&bodies) {
                    code.raw(&mark(at + index, at + first, body, raw)?);
                }
                marked.section(&code);
            }
            Payload::CodeSectionEntry(_) => {}
            Payload::MemorySection(section) => {
                let mut memories = MemorySection::new();
                for memory in section {
                    let mut memory = RoundtripReencoder.memory_type(memory.map_err(text)?).map_err(text)?;
                    memory.minimum += u64::from(marks.div_ceil(PAGE));
                    memories.memory(memory);
                }
                marked.section(&memories);
            }
            Payload::GlobalSection(section) => {
                let mut globals = GlobalSection::new();
                RoundtripReencoder.parse_global_section(&mut globals, section).map_err(text)?;
                for number in [at, marks, 0] {
                    let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
                    globals.global(ty, &ConstExpr::i32_const(number.cast_signed()));
                }
                marked.section(&globals);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                RoundtripReencoder.parse_export_section(&mut exports, section).map_err(text)?;
                // The page is to believe that the rest has not come: what waits for it belongs there.
                for (name, global) in [MARKS_AT, MARKS, super::IS_THERE].into_iter().zip(first_global..) {
                    exports.export(name, ExportKind::Global, global);
                }
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

/// A function's code with the setting of its marks.
fn mark(called: u32, first: u32, body: &Body<'_>, raw: &FunctionBody<'_>) -> Result<Vec<u8>, String> {
    let mut function = RoundtripReencoder.new_function_with_parsed_locals(raw).map_err(text)?;
    set(&mut function.instructions(), called);
    let mut from = body.ops.first().map_or(0, |op| op.bytes.start);
    let bytes = |from: usize, to: usize| body.bytes.get(from..to).unwrap_or_default().iter().copied();
    for (part, address) in body.parts().zip(first..) {
        let to = body.ops.get(part.after).map_or(from, |op| op.bytes.end);
        function.raw(bytes(from, to));
        set(&mut function.instructions(), address);
        from = to;
    }
    function.raw(bytes(from, body.bytes.len()));
    Ok(function.into_raw_body())
}

fn set(code: &mut InstructionSink<'_>, address: u32) {
    let place = MemArg { offset: 0, align: 0, target: MemArgTarget::Memory(0), ordering: None };
    code.i32_const(address.cast_signed()).i32_const(1).i32_store8(place);
}

/// What a visit called and ran.
pub struct Visit {
    /// The path of every function, and whether it was called.
    pub functions: Vec<(String, bool)>,
    /// What was not run of those that were.
    pub cold: Cold,
}

impl Visit {
    /// From the numbers of the marks that were set.
    ///
    /// # Errors
    /// If it is no module.
    pub fn new(wasm: &[u8], marked: &BTreeSet<u32>) -> Result<Self, String> {
        let module = Module::read(wasm)?;
        let bodies = bodies(&module)?;
        let mut visit = Self { functions: Vec::new(), cold: Cold::default() };
        let defined = (0_u32..).zip(&module.functions).filter(|(_, function)| function.body.is_some());
        for ((index, function), (body, _, first)) in defined.zip(&bodies) {
            let was_called = marked.contains(&index);
            visit.functions.push((function.name.clone(), was_called));
            if was_called && !function.name.is_empty() {
                let run: BTreeSet<usize> = body
                    .parts()
                    .zip(*first..)
                    .filter(|(_, mark)| marked.contains(mark))
                    .map(|(part, _)| part.after)
                    .collect();
                visit.cold.add(&function.name, body, |part| run.contains(&part.after));
            }
        }
        let called: BTreeSet<&str> =
            visit.functions.iter().filter(|(_, was)| *was).map(|(path, _)| path.as_str()).collect();
        for ((path, was_called), (body, ..)) in visit.functions.iter().zip(&bodies) {
            if !was_called && !path.is_empty() && called.contains(path.as_str()) {
                visit.cold.add_copy(path, body);
            }
        }
        Ok(visit)
    }
}
