//! A WebAssembly module as its parts: what both halves are written from.

use std::borrow::Cow;

use wasmparser::{
    ConstExpr, DataKind, DataSectionReader, ElementItems, ElementKind, ElementSectionReader,
    ExportSectionReader, FuncType, FunctionBody, GlobalSectionReader, GlobalType, ImportSectionReader,
    MemorySectionReader, MemoryType, Name, NameSectionReader, Operator, Parser, Payload, TableSectionReader,
    TableType, TypeRef, TypeSectionReader,
};

use super::addresses::Addresses;
use super::data::Datum;

/// A function of the index space: imported ones first, as in the format.
pub struct Function<'a> {
    /// Its type's index.
    pub ty: u32,
    /// Its Rust path, without the compiler's hashes; empty if it has no name.
    pub name: String,
    /// Its code; `None` if it is imported.
    pub body: Option<FunctionBody<'a>>,
}

/// A module as the linker, wasm-bindgen and wasm-opt left it.
#[derive(Default)]
pub struct Module<'a> {
    pub types: Vec<FuncType>,
    pub type_section: Option<TypeSectionReader<'a>>,
    pub imports: Option<ImportSectionReader<'a>>,
    /// The names of the imported functions, in order.
    pub imported: Vec<String>,
    pub functions: Vec<Function<'a>>,
    pub tables: Vec<TableType>,
    pub table_section: Option<TableSectionReader<'a>>,
    pub memories: Vec<MemoryType>,
    pub memory_section: Option<MemorySectionReader<'a>>,
    pub globals: Vec<GlobalType>,
    pub global_section: Option<GlobalSectionReader<'a>>,
    pub exports: Option<ExportSectionReader<'a>>,
    pub start: Option<u32>,
    pub elements: Option<ElementSectionReader<'a>>,
    /// What is in memory from the start, in the linker's order: by address.
    pub data: Vec<Datum<'a>>,
    /// Which of them the addresses in the code mean.
    pub addresses: Addresses,
}

impl<'a> Module<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// If it is no module, or one of a shape that Rust does not make: imported
    /// tables, memories or globals.
    pub fn read(wasm: &'a [u8]) -> Result<Self, String> {
        let mut module = Self::default();
        let mut next_body = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            module.take(payload.map_err(text)?, &mut next_body)?;
        }
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'a>, next_body: &mut usize) -> Result<(), String> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.clone().into_iter_err_on_gc_types() {
                    self.types.push(ty.map_err(text)?);
                }
                self.type_section = Some(section);
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import.map_err(text)?;
                    let TypeRef::Func(ty) = import.ty else {
                        return Err(format!("the module imports {}, which is no function", import.name));
                    };
                    self.imported.push(import.name.to_owned());
                    self.functions.push(Function { ty, name: String::new(), body: None });
                }
                *next_body = self.functions.len();
                self.imports = Some(section);
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(Function { ty: ty.map_err(text)?, name: String::new(), body: None });
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    self.tables.push(table.map_err(text)?.ty);
                }
                self.table_section = Some(section);
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    self.memories.push(memory.map_err(text)?);
                }
                self.memory_section = Some(section);
            }
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    self.globals.push(global.map_err(text)?.ty);
                }
                self.global_section = Some(section);
            }
            Payload::ExportSection(section) => self.exports = Some(section),
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.elements = Some(section),
            Payload::DataSection(section) => self.take_data(section)?,
            Payload::CodeSectionEntry(body) => {
                if let Some(function) = self.functions.get_mut(*next_body) {
                    function.body = Some(body);
                }
                *next_body += 1;
            }
            Payload::CustomSection(section) => {
                let reader = wasmparser::BinaryReader::new(section.data(), section.data_offset());
                match section.name() {
                    "name" => self.take_names(NameSectionReader::new(reader))?,
                    "linking" => self.addresses.take_symbols(reader)?,
                    "reloc.CODE" | "reloc.DATA" => self.addresses.take_uses(reader)?,
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_data(&mut self, section: DataSectionReader<'a>) -> Result<(), String> {
        for segment in section {
            let segment = segment.map_err(text)?;
            let DataKind::Active { memory_index: 0, offset_expr } = segment.kind else {
                return Err("the module has data that are not in memory from the start".to_owned());
            };
            let at = constant(&offset_expr).ok_or("data have no constant place")?;
            self.data.push(Datum { at, bytes: Cow::Borrowed(segment.data) });
        }
        Ok(())
    }

    fn take_names(&mut self, section: NameSectionReader<'a>) -> Result<(), String> {
        for part in section {
            match part.map_err(text)? {
                Name::Function(names) => {
                    for naming in names {
                        let naming = naming.map_err(text)?;
                        if let Some(function) = self.functions.get_mut(naming.index as usize) {
                            function.name = path(naming.name);
                        }
                    }
                }
                Name::Data(names) => {
                    for naming in names {
                        self.addresses.present.push(naming.map_err(text)?.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The one table of functions: its index.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn function_table(&self) -> Result<u32, String> {
        let of_functions =
            |(at, table): (usize, &TableType)| table.element_type.is_func_ref().then_some(at as u32);
        let mut found = self.tables.iter().enumerate().filter_map(of_functions);
        match (found.next(), found.next()) {
            (Some(table), None) => Ok(table),
            _ => Err("the module should have one table of functions".to_owned()),
        }
    }

    /// The functions that the active segments put into the table, with their
    /// places there.
    ///
    /// # Errors
    /// If a segment has a shape that the linker does not make.
    pub fn slots(&self) -> Result<Vec<(u32, u32)>, String> {
        let mut slots = Vec::new();
        for element in self.elements.clone().into_iter().flatten() {
            let element = element.map_err(text)?;
            let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
                (element.kind, element.items)
            else {
                return Err("the module has a segment of the table that is not active".to_owned());
            };
            let at = constant(&offset_expr).ok_or("a segment of the table has no constant place")?;
            for (slot, function) in (at..).zip(functions) {
                slots.push((function.map_err(text)?, slot));
            }
        }
        Ok(slots)
    }
}

/// The number that an expression is, if it is one.
fn constant(expression: &ConstExpr<'_>) -> Option<u32> {
    match expression.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => Some(value.cast_unsigned()),
        _ => None,
    }
}

/// A path as wasm-bindgen writes it, without what differs from build to build:
/// the hash of each crate, and the number that tells copies apart.
fn path(name: &str) -> String {
    let copy = name.rsplit_once('.').filter(|(_, number)| number.bytes().all(|digit| digit.is_ascii_digit()));
    let name = copy.map_or(name, |(path, _)| path);
    let mut path = String::new();
    for (at, part) in name.split('[').enumerate() {
        if at == 0 {
            path.push_str(part);
            continue;
        }
        match part.split_once(']') {
            Some((hash, rest)) if !hash.is_empty() && hash.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                path.push_str(rest);
            }
            _ => {
                path.push('[');
                path.push_str(part);
            }
        }
    }
    path
}

/// Any error as text.
pub fn text(error: impl std::fmt::Display) -> String {
    format!("reading the module: {error}")
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_path_is_the_same_from_build_to_build() {
        let cases = [
            ("app[59cb14769276440]::main", "app::main"),
            ("<app[c0]::A as core[5]::clone::Clone>::clone.1014", "<app::A as core::clone::Clone>::clone"),
            (
                "<[u8] as alloc[ab]::slice::Join<&[app[1]::T]>>::join",
                "<[u8] as alloc::slice::Join<&[app::T]>>::join",
            ),
            ("__wbindgen_malloc", "__wbindgen_malloc"),
        ];
        for (name, want) in cases {
            assert_eq!(path(name), want);
        }
    }
}
