//! A function's code as operators with their structure: which `end` closes what, and where a part of it could be cut
//! out.

use std::ops::Range;

use wasmparser::{FunctionBody, Operator, ValType};

use crate::split::module::text;

/// A part of less code than this is not worth its call, in bytes.
const WORTH: usize = 24;

/// An operator and its bytes' place in the body.
pub struct Op<'a> {
    pub code: Operator<'a>,
    pub bytes: Range<usize>,
}

/// A function's code.
pub struct Body<'a> {
    /// The types of its parameters and locals.
    pub locals: Vec<ValType>,
    pub ops: Vec<Op<'a>>,
    /// For each operator the one that opened what it stands in; the function itself has none. An `else` or `end` stands
    /// in what it ends.
    pub parent: Vec<Option<usize>>,
    /// For each opener its `end`, and for an `if` its `else` before that; for any other operator itself.
    pub ends: Vec<(usize, Option<usize>)>,
    pub bytes: &'a [u8],
}

/// A part that could be cut out: from behind an operator to the end of what that stands in. Code gets there by that
/// operator only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The operator before it: its name in the list of cold parts.
    pub after: usize,
    /// The `else` or `end` that follows it.
    pub to: usize,
}

impl Part {
    pub fn ops(&self) -> Range<usize> {
        self.after + 1..self.to
    }
}

impl<'a> Body<'a> {
    /// Reads the code of a function with such parameters.
    ///
    /// # Errors
    /// If it is no code.
    pub fn read(parameters: &[ValType], body: &FunctionBody<'a>) -> Result<Self, String> {
        let mut locals = parameters.to_vec();
        for group in body.get_locals_reader().map_err(text)? {
            let (count, ty) = group.map_err(text)?;
            locals.extend(std::iter::repeat_n(ty, count as usize));
        }
        let start = body.range().start;
        let mut reader = body.get_operators_reader().map_err(text)?;
        let mut ops: Vec<Op<'a>> = Vec::new();
        while !reader.eof() {
            let (code, at) = reader.read_with_offset().map_err(text)?;
            let from = (at - start) as usize;
            let to = (reader.original_position() - start) as usize;
            ops.push(Op { code, bytes: from..to });
        }
        let (parent, ends) = structure(&ops)?;
        Ok(Self { locals, ops, parent, ends, bytes: body.as_bytes() })
    }

    /// Every part that could be cut out, by where it begins.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let begins = |at: &usize| match self.ops.get(*at).map(|op| &op.code) {
            Some(Operator::If { .. } | Operator::Else | Operator::BrIf { .. }) => true,
            // What follows a nested block; the function's own `end` has nothing behind it.
            Some(Operator::End) => at + 1 < self.ops.len(),
            _ => false,
        };
        (0..self.ops.len()).filter(begins).filter_map(|after| self.part(after))
    }

    /// The part behind an operator, if there is enough of it.
    pub fn part(&self, after: usize) -> Option<Part> {
        let to = self.end_of(after + 1)?;
        let bytes = self.ops.get(to)?.bytes.start - self.ops.get(after)?.bytes.end;
        (bytes >= WORTH).then_some(Part { after, to })
    }

    /// The `else` or `end` behind the operators among which this one stands.
    fn end_of(&self, at: usize) -> Option<usize> {
        match self.parent.get(at).copied()? {
            None => self.ops.len().checked_sub(1),
            Some(opener) => match self.ends.get(opener)? {
                (_, Some(otherwise)) if at <= *otherwise => Some(*otherwise),
                (end, _) => Some(*end),
            },
        }
    }

    /// The opener to which a branch leads; `None` for one that leaves the function.
    pub fn target(&self, at: usize, depth: u32) -> Option<usize> {
        let mut opener = self.parent.get(at).copied().flatten();
        for _ in 0..depth {
            opener = opener.and_then(|opener| self.parent.get(opener).copied().flatten());
        }
        opener
    }

    /// A number that stays the same when other code changes: of the operators, their locals and labels, not of what the
    /// linker counts.
    pub fn shape(&self) -> u32 {
        let mut hash = 0x811c_9dc5_u32;
        let mut take = |number: u32| {
            for byte in number.to_le_bytes() {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
        };
        for op in &self.ops {
            let first =
                op.bytes.clone().next().and_then(|at| self.bytes.get(at)).copied().unwrap_or_default();
            take(u32::from(first));
            match &op.code {
                Operator::LocalGet { local_index }
                | Operator::LocalSet { local_index }
                | Operator::LocalTee { local_index } => take(*local_index),
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => take(*relative_depth),
                Operator::BrTable { targets } => take(targets.len()),
                _ => {}
            }
        }
        hash
    }
}

type Structure = (Vec<Option<usize>>, Vec<(usize, Option<usize>)>);

fn structure(ops: &[Op<'_>]) -> Result<Structure, String> {
    let mut open: Vec<usize> = Vec::new();
    let mut parent = Vec::with_capacity(ops.len());
    let mut ends: Vec<(usize, Option<usize>)> = (0..ops.len()).map(|at| (at, None)).collect();
    for (at, op) in ops.iter().enumerate() {
        parent.push(open.last().copied());
        match op.code {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push(at),
            Operator::Else => {
                let of = open.last().and_then(|opener| ends.get_mut(*opener));
                of.ok_or("an else without an if")?.1 = Some(at);
            }
            Operator::End => {
                if let Some(place) = open.pop().and_then(|opener| ends.get_mut(opener)) {
                    place.0 = at;
                }
            }
            _ => {}
        }
    }
    if open.is_empty() { Ok((parent, ends)) } else { Err("code without its last end".to_owned()) }
}
