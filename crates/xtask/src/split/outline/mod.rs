//! What a first visit does not run of the functions that it does run: each such part becomes a function of its own,
//! which the rest of the module can take.

mod body;
mod cold;
mod cut;
mod live;
mod types;

pub use body::Body;
pub use cold::Cold;

use std::collections::BTreeSet;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, Function, FunctionSection, Module as Wasm, NameMap, NameSection, RawSection, TypeSection,
};
use wasmparser::{FuncType, FunctionBody, Name, NameSectionReader, Parser, Payload, ValType};

use super::module::{Module, text};
use cut::Cut;
use live::Live;

/// Begins the name of a part that was cut out.
pub const COLD: &str = "cold part of ";

/// A copy that was not called goes to the rest if it is longer than this: in its place stays a call.
const LEAST_COPY: usize = 40;

/// A part is cut out if that spares the first half more bytes than this.
const LEAST: isize = 12;

/// The module with its cold parts as functions of their own, behind all others.
///
/// # Errors
/// If it is no module as Rust makes them.
pub fn outline(wasm: &[u8], cold: &Cold) -> Result<Vec<u8>, String> {
    let module = Module::read(wasm)?;
    let mut apart =
        Apart { next: module.functions.len() as u32, types: module.types.clone(), ..Apart::default() };
    let mut types = types::All::of(wasm)?;
    let mut code = CodeSection::new();
    for (index, function) in (0..).zip(&module.functions) {
        let Some(raw) = &function.body else { continue };
        let parameters = module.types.get(function.ty as usize).map_or(&[][..], FuncType::params);
        let body = Body::read(parameters, raw)?;
        if body.bytes.len() > LEAST_COPY && cold.is_idle_copy(&function.name, &body) {
            apart.copies.insert(index);
        }
        let known = cold.parts(&function.name, &body);
        let cuts =
            if known.is_empty() { Vec::new() } else { choose(&body, &types.function(index, raw)?, &known) };
        if cuts.is_empty() {
            code.raw(raw.as_bytes());
        } else {
            code.function(&apart.without(&body, raw, &cuts, &function.name)?);
        }
    }
    apart.write(wasm, &code, module.types.len())
}

/// The parts that are to be cut out, largest first where one holds another.
fn choose(body: &Body<'_>, types: &types::Function, known: &[usize]) -> Vec<Cut> {
    let live = Live::of(body);
    let mut cuts = Vec::new();
    let (mut cold_to, mut cut_to) = (0, 0);
    for part in body.parts() {
        if part.after < cut_to {
            continue;
        }
        if known.binary_search(&part.after).is_ok() {
            cold_to = cold_to.max(part.to);
        }
        if part.after >= cold_to || !types.is_level(part.after) {
            continue;
        }
        let to = part.to;
        if let Some(cut) = Cut::new(body, &live, types, part).filter(|cut| cut.gain(body) > LEAST) {
            cut_to = to;
            cuts.push(cut);
        }
    }
    cuts
}

/// What was cut out.
#[derive(Default)]
struct Apart {
    next: u32,
    types: Vec<FuncType>,
    /// Each function's type and code.
    functions: Vec<(u32, Function)>,
    names: Vec<String>,
    /// Copies that were not called: nothing but their name changes.
    copies: BTreeSet<u32>,
}

impl Apart {
    /// A function's code with calls in place of the parts.
    fn without(
        &mut self,
        body: &Body<'_>,
        raw: &FunctionBody<'_>,
        cuts: &[Cut],
        name: &str,
    ) -> Result<Function, String> {
        let mut function = RoundtripReencoder.new_function_with_parsed_locals(raw).map_err(text)?;
        let start = |at: usize| body.ops.get(at).map_or(body.bytes.len(), |op| op.bytes.start);
        let mut from = start(0);
        let bytes = |from: usize, to: usize| body.bytes.get(from..to).unwrap_or_default().iter().copied();
        for cut in cuts {
            function.raw(bytes(from, start(cut.part.after + 1)));
            cut.call(body, self.next, &mut function.instructions());
            from = start(cut.part.to);
            let (parameters, results) = cut.ty(body);
            let ty = self.ty(parameters, results);
            self.functions.push((ty, cut.function(body)?));
            self.names.push(format!("{COLD}{name}"));
            self.next += 1;
        }
        function.raw(bytes(from, body.bytes.len()));
        Ok(function)
    }

    fn ty(&mut self, parameters: Vec<ValType>, results: Vec<ValType>) -> u32 {
        let ty = FuncType::new(parameters, results);
        let known = self.types.iter().position(|one| *one == ty);
        known.unwrap_or_else(|| {
            self.types.push(ty);
            self.types.len() - 1
        }) as u32
    }

    fn write(&self, wasm: &[u8], code: &CodeSection, known_types: usize) -> Result<Vec<u8>, String> {
        let mut module = Wasm::new();
        let mut code = code.clone();
        for (_, function) in &self.functions {
            code.function(function);
        }
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(text)? {
                Payload::TypeSection(section) => {
                    let mut types = TypeSection::new();
                    RoundtripReencoder.parse_type_section(&mut types, section).map_err(text)?;
                    for ty in self.types.iter().skip(known_types) {
                        types.ty().func_type(&RoundtripReencoder.func_type(ty.clone()).map_err(text)?);
                    }
                    module.section(&types);
                }
                Payload::FunctionSection(section) => {
                    let mut functions = FunctionSection::new();
                    RoundtripReencoder.parse_function_section(&mut functions, section).map_err(text)?;
                    for (ty, _) in &self.functions {
                        functions.function(*ty);
                    }
                    module.section(&functions);
                }
                Payload::CodeSectionStart { .. } => {
                    module.section(&code);
                }
                Payload::CodeSectionEntry(_) => {}
                Payload::CustomSection(section) if section.name() == "name" => {
                    let reader = wasmparser::BinaryReader::new(section.data(), section.data_offset());
                    module.section(&self.named(NameSectionReader::new(reader))?);
                }
                other => {
                    if let Some((id, range)) = other.as_section() {
                        let data = wasm.get(range.start as usize..range.end as usize);
                        module.section(&RawSection { id, data: data.ok_or("a section is cut short")? });
                    }
                }
            }
        }
        Ok(module.finish())
    }

    /// The names, and those of the parts behind them.
    fn named(&self, names: NameSectionReader<'_>) -> Result<NameSection, String> {
        let mut section = NameSection::new();
        for part in names {
            let mut all = NameMap::new();
            match part.map_err(text)? {
                Name::Function(names) => {
                    for naming in names {
                        let naming = naming.map_err(text)?;
                        if self.copies.contains(&naming.index) {
                            all.append(naming.index, &format!("{COLD}{}", naming.name));
                        } else {
                            all.append(naming.index, naming.name);
                        }
                    }
                    let first = self.next - self.names.len() as u32;
                    for (index, name) in (first..).zip(&self.names) {
                        all.append(index, name);
                    }
                    section.functions(&all);
                }
                Name::Data(names) => {
                    for naming in names {
                        let naming = naming.map_err(text)?;
                        all.append(naming.index, naming.name);
                    }
                    section.data(&all);
                }
                _ => {}
            }
        }
        Ok(section)
    }
}

#[cfg(test)]
mod tests;
