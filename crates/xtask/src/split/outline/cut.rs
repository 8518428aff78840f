//! One part of a function as a function of its own, and the call in its place.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Function, Instruction, InstructionSink};
use wasmparser::{Operator, ValType};

use super::body::{Body, Part};
use super::live::{Live, Locals};
use crate::split::module::text;

/// Where a part may be left to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// To the end of what it stands in.
    Through,
    /// To what this operator opened.
    To(usize),
    /// To the function's caller.
    Return,
}

/// What leaving a part takes along on the stack.
pub trait Types {
    /// At the end of what an opener opened, or of the function.
    fn results(&self, opener: Option<usize>) -> &[ValType];
    /// At a branch to an opener, or out of the function.
    fn label(&self, opener: Option<usize>) -> &[ValType];
}

/// A part that can be cut out.
pub struct Cut {
    pub part: Part,
    /// The locals whose values it is given.
    parameters: Vec<u32>,
    /// The locals whose values it gives back.
    outs: Vec<u32>,
    exits: Vec<Exit>,
    /// What the only exit takes along.
    carried: Vec<ValType>,
}

impl Cut {
    /// Looks at a part; `None` if it cannot be cut out.
    pub fn new(body: &Body<'_>, live: &Live, types: &dyn Types, part: Part) -> Option<Self> {
        let around = body.parent.get(part.after + 1).copied().flatten();
        let mut exits = Vec::new();
        let mut written = Locals::default();
        let mut used = Locals::default();
        let mut carries = false;
        for at in part.ops() {
            let op = body.ops.get(at)?;
            let mut leaves = |depth: u32| {
                let target = body.target(at, depth);
                if target.is_none_or(|opener| opener < part.after + 1) {
                    exits.push(exit(body, around, target));
                    carries |= !types.label(target).is_empty();
                }
            };
            match &op.code {
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                    leaves(*relative_depth)
                }
                Operator::BrTable { targets } => {
                    leaves(targets.default());
                    targets.targets().flatten().for_each(leaves);
                }
                Operator::Return => exits.push(Exit::Return),
                Operator::LocalGet { local_index } => used.insert(*local_index),
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                    used.insert(*local_index);
                    written.insert(*local_index);
                }
                _ => {}
            }
        }
        if carries {
            return None;
        }
        if falls_through(body, &part) {
            exits.push(if around.is_none() { Exit::Return } else { Exit::Through });
        }
        exits.sort_unstable();
        exits.dedup();
        let carried = |exit: &Exit| match exit {
            Exit::Through => types.results(around),
            Exit::To(_) => &[],
            Exit::Return => types.results(None),
        };
        if exits.len() > 1 && exits.iter().any(|exit| !carried(exit).is_empty()) {
            return None;
        }
        let carried = exits.first().map(carried).unwrap_or_default().to_vec();
        let mut wanted = Locals::default();
        for exit in &exits {
            match exit {
                Exit::Through => wanted.add(live.behind.get(around?)?),
                Exit::To(opener) => wanted.add(live.label.get(*opener)?),
                Exit::Return => {}
            }
        }
        wanted.only(&written);
        let mut parameters = Live::before(body, part.ops(), &wanted);
        used.add(&wanted);
        parameters.only(&used);
        Some(Self {
            part,
            parameters: parameters.iter().collect(),
            outs: wanted.iter().collect(),
            exits,
            carried,
        })
    }

    /// How many bytes the first half is spared.
    pub fn gain(&self, body: &Body<'_>) -> isize {
        let bytes = |at: usize| body.ops.get(at).map_or(0, |op| op.bytes.start);
        let part = bytes(self.part.to) - bytes(self.part.after + 1);
        let call = 14
            + 2 * (self.parameters.len() + self.outs.len())
            + if self.exits.len() > 1 { 6 + 2 * self.exits.len() } else { 2 };
        part.cast_signed() - call.cast_signed()
    }

    /// The type of the function.
    pub fn ty(&self, body: &Body<'_>) -> (Vec<ValType>, Vec<ValType>) {
        let of = |local: &u32| body.locals.get(*local as usize).copied().unwrap_or(ValType::I32);
        let mut results = self.carried.clone();
        if self.exits.len() > 1 {
            results.push(ValType::I32);
        }
        results.extend(self.outs.iter().map(of));
        (self.parameters.iter().map(of).collect(), results)
    }

    /// The call that stands in the part's place.
    pub fn call(&self, body: &Body<'_>, function: u32, code: &mut InstructionSink<'_>) {
        let chooses = self.exits.len() > 1;
        let falls = self.exits.contains(&Exit::Through);
        let wrapped = u32::from(chooses && falls);
        if wrapped == 1 {
            code.block(BlockType::Empty);
        }
        for local in &self.parameters {
            code.local_get(*local);
        }
        code.call(function);
        for local in self.outs.iter().rev() {
            code.local_set(*local);
        }
        let depth = |exit: &Exit| match exit {
            Exit::Through => 0,
            Exit::To(opener) => wrapped + self.depth(body, Some(*opener)),
            Exit::Return => wrapped + self.depth(body, None),
        };
        match self.exits.as_slice() {
            [] => {
                code.unreachable();
            }
            [Exit::Through] => {}
            [Exit::Return] => {
                code.return_();
            }
            [one] => {
                code.br(depth(one));
            }
            [first @ .., last] => {
                code.br_table(first.iter().map(depth).collect::<Vec<u32>>(), depth(last));
            }
        }
        if wrapped == 1 {
            code.end();
        }
    }

    /// How many labels lie between the part and what was opened there.
    fn depth(&self, body: &Body<'_>, opener: Option<usize>) -> u32 {
        (0..).find(|depth| body.target(self.part.after + 1, *depth) == opener).unwrap_or_default()
    }

    /// The function.
    ///
    /// # Errors
    /// If the code cannot be written.
    pub fn function(&self, body: &Body<'_>) -> Result<Function, String> {
        let mut place = vec![None; body.locals.len()];
        let mut next = 0_u32;
        for local in &self.parameters {
            if let Some(place) = place.get_mut(*local as usize) {
                *place = Some(next);
                next += 1;
            }
        }
        let mut own = Vec::new();
        for at in self.part.ops() {
            let (Some(op), mut types) = (body.ops.get(at), body.locals.iter()) else { continue };
            if let Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } = &op.code
                && let Some(place @ None) = place.get_mut(*local_index as usize)
                && let Some(ty) = types.nth(*local_index as usize)
            {
                *place = Some(next);
                next += 1;
                own.push(RoundtripReencoder.val_type(*ty).map_err(text)?);
            }
        }
        let chosen = next;
        let chooses = self.exits.len() > 1;
        if chooses {
            own.push(wasm_encoder::ValType::I32);
        }
        let mut function = Function::new_with_locals_types(own);
        if chooses {
            function.instructions().block(BlockType::Empty);
        }
        for _ in 0..self.blocks() {
            function.instructions().block(BlockType::Empty);
        }
        for at in self.part.ops() {
            self.write(body, at, &place, &mut function)?;
        }
        let mut code = function.instructions();
        if let Some(end) = self.end(body).filter(|_| self.blocks() > 0) {
            code.br(end);
        }
        for exit in 0..self.blocks() {
            code.end();
            if chooses {
                code.i32_const(exit.cast_signed()).local_set(chosen).br(self.blocks() - 1 - exit);
            }
        }
        if chooses {
            code.end().local_get(chosen);
        }
        for local in &self.outs {
            code.local_get(placed(&place, *local));
        }
        code.end();
        Ok(function)
    }

    /// One block for each exit: behind its end lies what leads there. A part that takes values along has none; what it
    /// takes lies on the stack when it ends.
    fn blocks(&self) -> u32 {
        if self.carried.is_empty() { self.exits.len() as u32 } else { 0 }
    }

    /// The exit that the end of the part is, if it is reached.
    fn end(&self, body: &Body<'_>) -> Option<u32> {
        falls_through(body, &self.part).then(|| {
            let through = self.exits.iter().position(|exit| *exit == Exit::Through);
            through.unwrap_or(self.exits.len().saturating_sub(1)) as u32
        })
    }

    /// Writes one of its operators.
    fn write(
        &self,
        body: &Body<'_>,
        at: usize,
        place: &[Option<u32>],
        function: &mut Function,
    ) -> Result<(), String> {
        let Some(op) = body.ops.get(at) else { return Ok(()) };
        let depth = |depth: u32| self.inner_depth(body, at, depth);
        let code = match &op.code {
            Operator::LocalGet { local_index } => Instruction::LocalGet(placed(place, *local_index)),
            Operator::LocalSet { local_index } => Instruction::LocalSet(placed(place, *local_index)),
            Operator::LocalTee { local_index } => Instruction::LocalTee(placed(place, *local_index)),
            Operator::Br { relative_depth } => Instruction::Br(depth(*relative_depth)),
            Operator::BrIf { relative_depth } => Instruction::BrIf(depth(*relative_depth)),
            Operator::BrTable { targets } => {
                let all: Result<Vec<u32>, _> = targets.targets().map(|to| to.map(depth)).collect();
                Instruction::BrTable(all.map_err(text)?.into(), depth(targets.default()))
            }
            Operator::Return if self.blocks() > 0 => {
                let exit = self.exits.iter().position(|exit| *exit == Exit::Return).unwrap_or_default();
                Instruction::Br(self.nesting(body, at) + exit as u32)
            }
            _ => RoundtripReencoder.instruction(op.code.clone()).map_err(text)?,
        };
        function.instruction(&code);
        Ok(())
    }

    /// How many of its own labels lie around an operator of the part.
    fn nesting(&self, body: &Body<'_>, at: usize) -> u32 {
        let first = self.part.after + 1;
        (0..).find(|depth| body.target(at, *depth).is_none_or(|opener| opener < first)).unwrap_or_default()
    }

    /// A branch's depth in the function.
    fn inner_depth(&self, body: &Body<'_>, at: usize, depth: u32) -> u32 {
        let nesting = self.nesting(body, at);
        if depth < nesting {
            return depth;
        }
        let around = body.parent.get(self.part.after + 1).copied().flatten();
        let exit = exit(body, around, body.target(at, depth));
        nesting + self.exits.iter().position(|one| *one == exit).unwrap_or_default() as u32
    }
}

/// What a branch to an opener means for a part that stands in `around`: a branch to the end of that is the same as
/// getting there.
fn exit(body: &Body<'_>, around: Option<usize>, opener: Option<usize>) -> Exit {
    match opener {
        None => Exit::Return,
        Some(opener) => {
            let is_loop = matches!(body.ops.get(opener).map(|op| &op.code), Some(Operator::Loop { .. }));
            if Some(opener) == around && !is_loop { Exit::Through } else { Exit::To(opener) }
        }
    }
}

fn placed(place: &[Option<u32>], local: u32) -> u32 {
    place.get(local as usize).copied().flatten().unwrap_or_default()
}

/// Whether the end of a part is reached: nothing of the part itself, outside its blocks, always leads away.
fn falls_through(body: &Body<'_>, part: &Part) -> bool {
    let around = body.parent.get(part.after + 1).copied().flatten();
    !part.ops().any(|at| {
        body.parent.get(at).copied().flatten() == around
            && matches!(
                body.ops.get(at).map(|op| &op.code),
                Some(
                    Operator::Br { .. } | Operator::BrTable { .. } | Operator::Return | Operator::Unreachable
                )
            )
    })
}
