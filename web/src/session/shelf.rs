//! Starting over can be undone: the histories that were put away, and the ones that were taken back.

use millrace_sim::Timeline;

/// Histories kept on each side; a history costs what its checkpoints do.
const KEPT: usize = 3;

/// See the module. The history on stage is not here.
#[derive(Debug, Default)]
pub struct Shelf {
    before: Vec<Timeline>,
    after: Vec<Timeline>,
}

impl Shelf {
    /// Whether an older history can be taken back.
    pub fn has_before(&self) -> bool {
        !self.before.is_empty()
    }

    /// Whether a newer one can.
    pub fn has_after(&self) -> bool {
        !self.after.is_empty()
    }

    /// Another history has come on stage in place of this one.
    pub fn put_away(&mut self, timeline: Timeline) {
        push(&mut self.before, timeline);
        self.after.clear();
    }

    /// Something was done in the history on stage: what had been taken back is gone for good.
    pub fn forget_after(&mut self) {
        self.after.clear();
    }

    /// Exchanges the history on stage for the older one. False if there is none.
    pub fn back(&mut self, stage: &mut Timeline) -> bool {
        exchange(&mut self.before, &mut self.after, stage)
    }

    /// Exchanges the history on stage for the newer one. False if there is none.
    pub fn forth(&mut self, stage: &mut Timeline) -> bool {
        exchange(&mut self.after, &mut self.before, stage)
    }
}

fn exchange(from: &mut Vec<Timeline>, to: &mut Vec<Timeline>, stage: &mut Timeline) -> bool {
    let Some(kept) = from.pop() else { return false };
    push(to, std::mem::replace(stage, kept));
    true
}

fn push(side: &mut Vec<Timeline>, timeline: Timeline) {
    if side.len() == KEPT {
        side.remove(0);
    }
    side.push(timeline);
}
