//! A module's code with like beside like: all operations in one strand, all
//! locals in another, all offsets in a third, and so on. A packer that looks for
//! what came before finds it sooner: a fourteenth less than the code as it is.
//!
//! The result begins with what `web/src/weave.js` needs to know: a byte for each
//! operation that names the strands of its operands, the same for the operations
//! behind the prefix 0xfc, how many functions there are, and how long each part is.

use wasmparser::{ElementItems, Parser, Payload, SectionLimited};

use crate::split::text;

/// How many strands there are: as many as half a byte can name.
const STRANDS: usize = 16;
const OPERATIONS: u8 = 0;
const LOCALS: u8 = 1;
const GLOBALS: u8 = 2;
const BLOCKS: u8 = 3;
const BRANCHES: u8 = 4;
const ALIGNMENTS: u8 = 5;
const OFFSETS: u8 = 6;
const I32: u8 = 7;
const I64: u8 = 8;
/// The lowest byte of a called function's number, and the rest of it: alike
/// calls differ in the first.
const CALLS_LOW: u8 = 9;
const CALLS_HIGH: u8 = 10;
const OTHERS: u8 = 11;
const FLOATS: u8 = 12;
const HEADS: u8 = 13;
const TABLES: u8 = 14;
/// The lists of functions in the table, each number as the step from the one before it, behind how many bytes there are up
/// to the list, and how many numbers it has.
const LISTS: u8 = 15;

const BR_TABLE: u8 = 0x0e;
const END: u8 = 0x0b;
const CALL: u8 = 0x10;
const TYPED_SELECT: u8 = 0x1c;
const F32_CONST: u8 = 0x43;
const F64_CONST: u8 = 0x44;
const PREFIX: u8 = 0xfc;

/// The strands of an operation's operands, first and second; 0 is none. `None`
/// for an operation that is not known here. Those above have rules of their own.
fn operands(operation: u8) -> Option<(u8, u8)> {
    Some(match operation {
        0x02..=0x04 => (BLOCKS, 0),
        0x0c | 0x0d => (BRANCHES, 0),
        0x11 => (OTHERS, OTHERS),
        0x20..=0x22 => (LOCALS, 0),
        0x23 | 0x24 => (GLOBALS, 0),
        0x25 | 0x26 | 0x3f | 0x40 | 0xd0 | 0xd2 => (OTHERS, 0),
        0x28..=0x3e => (ALIGNMENTS, OFFSETS),
        0x41 => (I32, 0),
        0x42 => (I64, 0),
        0x00 | 0x01 | 0x05 | 0x0b | 0x0e..=0x10 | 0x1a..=0x1c | 0x43..=0xc4 | 0xd1 | PREFIX => (0, 0),
        _ => return None,
    })
}

/// The same for what follows the prefix.
fn prefixed(operation: u8) -> Option<(u8, u8)> {
    Some(match operation {
        0..=7 => (0, 0),
        9 | 11 | 13 | 15..=17 => (OTHERS, 0),
        8 | 10 | 12 | 14 => (OTHERS, OTHERS),
        _ => return None,
    })
}

/// Separates a module.
///
/// # Errors
/// If it is damaged, or holds an operation that Rust does not make.
pub fn separate(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut strands = Strands::default();
    let (mut functions, mut code) = (0, 0..0);
    let mut lists = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(text)?;
        if let (Payload::CodeSectionStart { count, .. }, Some((_, range))) = (&payload, payload.as_section())
        {
            (functions, code) = (*count, range);
        } else if let Payload::ElementSection(section) = payload {
            for element in section {
                if let ElementItems::Functions(functions) = element.map_err(text)?.items {
                    lists.push(functions);
                }
            }
        } else if let Payload::CodeSectionEntry(body) = payload {
            strands.body(body.as_bytes())?;
        }
    }
    let mut bodies = Cursor { bytes: part(module, code.clone())? };
    let counted = bodies.leb()?.len() as u64;
    let before = part(module, 0..code.start)?;
    // The size of the code is a part of what comes before it.
    let before = [before, part(module, code.start..code.start + counted)?].concat();
    let before = strands.lists(&before, lists)?;
    let after = part(module, code.end..module.len() as u64)?;

    let mut out: Vec<u8> = (0..=u8::MAX).map(|operation| nibbles(operands(operation))).collect();
    out.extend((0..32).map(|operation| nibbles(prefixed(operation))));
    let lengths = strands.strands.iter().map(Vec::len);
    for number in [functions as usize, module.len(), before.len(), after.len()].into_iter().chain(lengths) {
        out.extend((number as u32).to_le_bytes());
    }
    out.extend(before);
    out.extend(after);
    out.extend(strands.strands.into_iter().flatten());
    Ok(out)
}

fn nibbles(operands: Option<(u8, u8)>) -> u8 {
    operands.map_or(0, |(first, second)| first << 4 | second)
}

fn part(bytes: &[u8], range: std::ops::Range<u64>) -> Result<&[u8], String> {
    bytes
        .get(range.start as usize..range.end as usize)
        .ok_or_else(|| "a section reaches beyond the module".to_owned())
}

#[derive(Default)]
struct Strands {
    strands: [Vec<u8>; STRANDS],
}

impl Strands {
    fn put(&mut self, strand: u8, bytes: &[u8]) {
        if let Some(strand) = self.strands.get_mut(usize::from(strand)) {
            strand.extend(bytes);
        }
    }

    /// One function, without its size: where its last block ends tells it.
    fn body(&mut self, body: &[u8]) -> Result<(), String> {
        let mut body = Cursor { bytes: body };
        let groups = self.number(HEADS, &mut body)?;
        for _ in 0..groups {
            self.put(HEADS, body.leb()?);
            self.put(HEADS, body.take(1)?);
        }
        let mut depth = 1_u32;
        while !body.bytes.is_empty() {
            let operation = *body.take(1)?.first().unwrap_or(&END);
            if depth == 0 {
                return Err("a function goes on after its end".to_owned());
            }
            depth = depth + u32::from((0x02..=0x04).contains(&operation)) - u32::from(operation == END);
            self.operation(operation, &mut body)?;
        }
        if depth == 0 { Ok(()) } else { Err("a function has no end".to_owned()) }
    }

    fn operation(&mut self, operation: u8, body: &mut Cursor<'_>) -> Result<(), String> {
        self.put(OPERATIONS, &[operation]);
        match operation {
            CALL => {
                let number = value(body.leb()?);
                self.put(CALLS_LOW, &[number as u8]);
                self.put(CALLS_HIGH, &leb(number >> 8));
            }
            BR_TABLE | TYPED_SELECT => {
                let (strand, more) = if operation == BR_TABLE { (TABLES, 1) } else { (OTHERS, 0) };
                let count = self.number(strand, body)? + more;
                for _ in 0..count {
                    self.put(strand, body.leb()?);
                }
            }
            F32_CONST => self.put(FLOATS, body.take(4)?),
            F64_CONST => self.put(FLOATS, body.take(8)?),
            PREFIX => {
                let number = self.number(OTHERS, body)?;
                let known = u8::try_from(number).ok().and_then(prefixed);
                self.operands(known.ok_or_else(|| format!("operation 0xfc {number} is not known"))?, body)?;
            }
            _ => {
                let known = operands(operation);
                self.operands(known.ok_or_else(|| format!("operation {operation:#x} is not known"))?, body)?;
            }
        }
        Ok(())
    }

    fn operands(&mut self, (first, second): (u8, u8), body: &mut Cursor<'_>) -> Result<(), String> {
        for strand in [first, second].into_iter().filter(|strand| *strand != 0) {
            self.put(strand, body.leb()?);
        }
        Ok(())
    }

    /// Takes the lists of functions out of what comes before the code.
    fn lists(&mut self, before: &[u8], lists: Vec<SectionLimited<'_, u32>>) -> Result<Vec<u8>, String> {
        let mut left = Vec::new();
        let mut from = 0;
        for list in lists {
            let range = list.range();
            let mut numbers = Cursor { bytes: part(before, range.start..range.end)? };
            let count = value(numbers.leb()?);
            let gap = part(before, from..range.end - numbers.bytes.len() as u64)?;
            from = range.end;
            left.extend(gap);
            self.put(LISTS, &leb(gap.len() as u32));
            self.put(LISTS, &leb(count));
            let mut last = 0_u32;
            for number in list {
                let number = number.map_err(text)?;
                let step = number.wrapping_sub(last).wrapping_sub(1).cast_signed();
                self.put(LISTS, &leb((step << 1 ^ step >> 31).cast_unsigned()));
                last = number;
            }
        }
        let gap = part(before, from..before.len() as u64)?;
        left.extend(gap);
        self.put(LISTS, &leb(gap.len() as u32));
        self.put(LISTS, &[0]);
        Ok(left)
    }

    /// Puts a number into a strand, and says it.
    fn number(&mut self, strand: u8, body: &mut Cursor<'_>) -> Result<u32, String> {
        let bytes = body.leb()?;
        self.put(strand, bytes);
        Ok(value(bytes))
    }
}

/// What is still to be read.
struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, left) = self.bytes.split_at_checked(count).ok_or("a function is cut off")?;
        self.bytes = left;
        Ok(taken)
    }

    /// A number in LEB128, as it stands.
    fn leb(&mut self) -> Result<&'a [u8], String> {
        let more = self.bytes.iter().take_while(|byte| **byte >= 0x80).count();
        self.take(more + 1)
    }
}

fn value(leb: &[u8]) -> u32 {
    leb.iter().rev().fold(0, |value, byte| value << 7 | u32::from(byte & 0x7f))
}

fn leb(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CodeSection, Function, FunctionSection, Module, TypeSection, ValType};

    /// A module with one function of one local.
    fn module(write: impl FnOnce(&mut Function)) -> Vec<u8> {
        let (mut types, mut functions, mut code) =
            (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], []);
        functions.function(0);
        let mut function = Function::new([(1, ValType::I32)]);
        write(&mut function);
        code.function(&function);
        Module::new().section(&types).section(&functions).section(&code).clone().finish()
    }

    /// The strands that hold something, with it.
    fn strands(separated: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let number = |index: usize| {
            let at = 288 + 4 * index;
            u32::from_le_bytes(separated[at..at + 4].try_into().unwrap()) as usize
        };
        let mut at = 288 + 4 * (4 + STRANDS) + number(2) + number(3);
        let mut strand = |index| {
            let from = at;
            at += number(4 + index);
            (index, separated[from..at].to_vec())
        };
        (0..STRANDS).map(&mut strand).filter(|(_, bytes)| !bytes.is_empty()).collect()
    }

    #[test]
    fn like_stands_beside_like() {
        let module = module(|function| {
            let mut code = function.instructions();
            code.i32_const(7).local_set(0).i32_const(300).local_set(0).call(513).end();
        });
        let separated = separate(&module).unwrap();
        assert_eq!(
            strands(&separated),
            [
                (usize::from(OPERATIONS), vec![0x41, 0x21, 0x41, 0x21, 0x10, 0x0b]),
                (usize::from(LOCALS), vec![0, 0]),
                (usize::from(I32), vec![7, 0xac, 2]),
                (usize::from(CALLS_LOW), vec![1]),
                (usize::from(CALLS_HIGH), vec![2]),
                (usize::from(HEADS), vec![1, 1, 0x7f]),
                (usize::from(LISTS), vec![21, 0]),
            ]
        );
        assert_eq!(
            usize::from(separated[0x28]),
            usize::from(ALIGNMENTS << 4 | OFFSETS),
            "what a load is followed by"
        );
    }

    #[test]
    fn what_rust_does_not_make_is_refused() {
        let unknown = module(|function| {
            function.raw([0xfd, 0x00, 0x0b]);
        });
        assert_eq!(separate(&unknown).unwrap_err(), "operation 0xfd is not known");
        let endless = module(|function| {
            function.instructions().nop();
        });
        assert_eq!(separate(&endless).unwrap_err(), "a function has no end");
    }
}
