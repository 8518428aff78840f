//! Which locals' values are still wanted, at each place of a function's code.

use std::ops::Range;

use wasmparser::Operator;

use super::body::Body;

/// A set of locals.
#[derive(Clone, Default)]
pub struct Locals(Vec<u64>);

impl PartialEq for Locals {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Locals {
    pub fn insert(&mut self, local: u32) {
        let at = local as usize / 64;
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        if let Some(word) = self.0.get_mut(at) {
            *word |= 1 << (local % 64);
        }
    }

    fn remove(&mut self, local: u32) {
        if let Some(word) = self.0.get_mut(local as usize / 64) {
            *word &= !(1 << (local % 64));
        }
    }

    pub fn holds(&self, local: u32) -> bool {
        self.0.get(local as usize / 64).is_some_and(|word| word & (1 << (local % 64)) != 0)
    }

    pub fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    pub fn only(&mut self, other: &Self) {
        for (at, word) in self.0.iter_mut().enumerate() {
            *word &= other.0.get(at).copied().unwrap_or_default();
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0..self.0.len() as u32 * 64).filter(|local| self.holds(*local))
    }
}

/// What is wanted where a function's branches lead.
pub struct Live {
    /// For each opener, what is wanted where a branch to it leads.
    pub label: Vec<Locals>,
    /// For each opener, what is wanted behind its `end`.
    pub behind: Vec<Locals>,
    /// Where the part begins that is gone through.
    start: usize,
    /// What is wanted where a branch leads that leaves the part.
    outside: Locals,
}

impl Live {
    /// Of a whole function.
    pub fn of(body: &Body<'_>) -> Self {
        let mut live = Self::new(body, 0, Locals::default());
        live.flow(body, 0..body.ops.len().saturating_sub(1), Locals::default());
        live
    }

    /// What is wanted before a part, if `after` is wanted wherever it is left.
    pub fn before(body: &Body<'_>, part: Range<usize>, after: &Locals) -> Locals {
        let mut live = Self::new(body, part.start, after.clone());
        live.flow(body, part, after.clone())
    }

    fn new(body: &Body<'_>, start: usize, outside: Locals) -> Self {
        let none = vec![Locals::default(); body.ops.len()];
        Self { label: none.clone(), behind: none, start, outside }
    }

    /// Goes through operators from the last to the first.
    fn flow(&mut self, body: &Body<'_>, ops: Range<usize>, mut wanted: Locals) -> Locals {
        let mut at = ops.end;
        while at > ops.start {
            at -= 1;
            let Some(op) = body.ops.get(at) else { break };
            match &op.code {
                Operator::LocalGet { local_index } => wanted.insert(*local_index),
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                    wanted.remove(*local_index);
                }
                Operator::Br { relative_depth } => wanted = self.target(body, at, *relative_depth),
                Operator::BrIf { relative_depth } => wanted.add(&self.target(body, at, *relative_depth)),
                Operator::BrTable { targets } => {
                    wanted = self.target(body, at, targets.default());
                    for depth in targets.targets().flatten() {
                        wanted.add(&self.target(body, at, depth));
                    }
                }
                Operator::Return => wanted = self.outside.clone(),
                Operator::Unreachable => wanted = Locals::default(),
                Operator::End => {
                    let Some(opener) = body.parent.get(at).copied().flatten() else { continue };
                    wanted = self.nested(body, opener, wanted);
                    at = opener;
                }
                _ => {}
            }
        }
        wanted
    }

    /// What is wanted where a branch leads.
    fn target(&self, body: &Body<'_>, at: usize, depth: u32) -> Locals {
        match body.target(at, depth).filter(|opener| *opener >= self.start) {
            Some(opener) => self.label.get(opener).cloned().unwrap_or_default(),
            None => self.outside.clone(),
        }
    }

    /// Goes through a block, a loop or an `if`.
    fn nested(&mut self, body: &Body<'_>, opener: usize, wanted: Locals) -> Locals {
        put(&mut self.behind, opener, &wanted);
        let (end, otherwise) = body.ends.get(opener).copied().unwrap_or((opener, None));
        match body.ops.get(opener).map(|op| &op.code) {
            Some(Operator::Loop { .. }) => {
                let mut head = Locals::default();
                loop {
                    put(&mut self.label, opener, &head);
                    let before = self.flow(body, opener + 1..end, wanted.clone());
                    if before == head {
                        return head;
                    }
                    head = before;
                }
            }
            Some(Operator::If { .. }) => {
                put(&mut self.label, opener, &wanted);
                let mut before = match otherwise {
                    Some(otherwise) => self.flow(body, otherwise + 1..end, wanted.clone()),
                    None => wanted.clone(),
                };
                before.add(&self.flow(body, opener + 1..otherwise.unwrap_or(end), wanted));
                before
            }
            _ => {
                put(&mut self.label, opener, &wanted);
                self.flow(body, opener + 1..end, wanted)
            }
        }
    }
}

fn put(all: &mut [Locals], at: usize, one: &Locals) {
    if let Some(place) = all.get_mut(at) {
        place.clone_from(one);
    }
}
