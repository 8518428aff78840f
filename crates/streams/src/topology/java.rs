//! The orders of Java's collections. `TopologyDescription` prints sets, and Kafka's text depends on how a `HashSet`
//! and a `TreeSet` walk: equal text needs equal walks.

use millrace_model::collections::sort;
use std::cmp::Ordering;

/// `String.hashCode`.
fn hash_code(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)))
}

/// The items as a `HashSet` or `HashMap` with these keys, filled in this order, walks through them: by bucket, in a
/// bucket by age. Equal keys must not occur.
pub(super) fn hash_order<T>(mut items: Vec<T>, key: impl Fn(&T) -> &str) -> Vec<T> {
    let mut buckets: u32 = 16;
    // A table doubles when it is more than three quarters full.
    while u64::try_from(items.len()).unwrap_or(u64::MAX).saturating_mul(4)
        > u64::from(buckets).saturating_mul(3)
    {
        buckets = buckets.saturating_mul(2);
    }
    sort::sort_by_key(&mut items, |item| {
        let hash = hash_code(key(item));
        (hash ^ (hash >> 16)) & (buckets - 1)
    });
    items
}

/// A `TreeSet` whose comparator may change its mind between two insertions: a red-black tree as `TreeMap` builds it.
#[derive(Clone, Debug, Default)]
pub(super) struct TreeSet {
    nodes: Vec<Branch>,
    root: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Branch {
    item: usize,
    parent: Option<usize>,
    left: Option<usize>,
    right: Option<usize>,
    red: bool,
}

impl TreeSet {
    /// `add`.
    pub(super) fn add(&mut self, item: usize, compare: impl Fn(usize, usize) -> Ordering) {
        let (mut at, mut parent, mut left) = (self.root, None, false);
        while let Some(node) = at.and_then(|at| self.nodes.get(at)) {
            parent = at;
            match compare(item, node.item) {
                Ordering::Equal => return,
                Ordering::Less => (left, at) = (true, node.left),
                Ordering::Greater => (left, at) = (false, node.right),
            }
        }
        let new = self.nodes.len();
        self.nodes.push(Branch { item, parent, left: None, right: None, red: true });
        match parent {
            None => self.root = Some(new),
            Some(parent) => self.set_child(parent, left, Some(new)),
        }
        self.balance(new);
    }

    /// The items from the first to the last.
    pub(super) fn items(&self) -> Vec<usize> {
        let (mut found, mut stack, mut at) = (Vec::new(), Vec::new(), self.root);
        loop {
            while let Some(node) = at.and_then(|at| self.nodes.get(at)) {
                stack.push(*node);
                at = node.left;
            }
            let Some(node) = stack.pop() else { return found };
            found.push(node.item);
            at = node.right;
        }
    }

    fn get(&self, at: Option<usize>) -> Option<&Branch> {
        self.nodes.get(at?)
    }

    fn set_child(&mut self, of: usize, left: bool, child: Option<usize>) {
        if let Some(node) = self.nodes.get_mut(of) {
            if left { node.left = child } else { node.right = child }
        }
    }

    fn paint(&mut self, at: Option<usize>, red: bool) {
        if let Some(node) = at.and_then(|at| self.nodes.get_mut(at)) {
            node.red = red;
        }
    }

    /// `fixAfterInsertion`.
    fn balance(&mut self, new: usize) {
        let mut at = Some(new);
        while let Some(parent) = self.get(at).and_then(|n| n.parent) {
            if !self.get(Some(parent)).is_some_and(|p| p.red) {
                break;
            }
            let Some(grand) = self.get(Some(parent)).and_then(|p| p.parent) else { break };
            let on_left = self.get(Some(grand)).is_some_and(|g| g.left == Some(parent));
            let uncle = self.get(Some(grand)).and_then(|g| if on_left { g.right } else { g.left });
            if self.get(uncle).is_some_and(|u| u.red) {
                self.paint(Some(parent), false);
                self.paint(uncle, false);
                self.paint(Some(grand), true);
                at = Some(grand);
                continue;
            }
            let inner = self.get(Some(parent)).and_then(|p| if on_left { p.right } else { p.left });
            if inner == at {
                at = Some(parent);
                self.rotate(parent, on_left);
            }
            let parent = self.get(at).and_then(|n| n.parent);
            let grand = self.get(parent).and_then(|p| p.parent);
            self.paint(parent, false);
            self.paint(grand, true);
            if let Some(grand) = grand {
                self.rotate(grand, !on_left);
            }
        }
        self.paint(self.root, false);
    }

    /// `rotateLeft`, or `rotateRight`.
    fn rotate(&mut self, at: usize, to_left: bool) {
        let Some(node) = self.nodes.get(at).copied() else { return };
        let Some(up) = (if to_left { node.right } else { node.left }) else { return };
        let Some(riser) = self.nodes.get(up).copied() else { return };
        let moved = if to_left { riser.left } else { riser.right };
        self.set_child(at, !to_left, moved);
        if let Some(moved) = moved.and_then(|m| self.nodes.get_mut(m)) {
            moved.parent = Some(at);
        }
        if let Some(riser) = self.nodes.get_mut(up) {
            riser.parent = node.parent;
        }
        match node.parent {
            None => self.root = Some(up),
            Some(parent) => {
                let left = self.get(Some(parent)).is_some_and(|p| p.left == Some(at));
                self.set_child(parent, left, Some(up));
            }
        }
        self.set_child(up, to_left, Some(at));
        if let Some(node) = self.nodes.get_mut(at) {
            node.parent = Some(up);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_hash_as_in_java() {
        // From the documentation's definition: s[0]*31^(n-1) + … + s[n-1].
        assert_eq!(hash_code(""), 0);
        assert_eq!(hash_code("ab"), 97 * 31 + 98);
        // "polygenelubricants" is known for Integer.MIN_VALUE.
        assert_eq!(hash_code("polygenelubricants"), 0x8000_0000);
    }

    #[test]
    fn a_hash_set_walks_by_bucket_and_grows_at_three_quarters() {
        // One-letter strings hash to their code: 'a' is 97 = 6*16+1, 'q' is 113 = 7*16+1.
        assert_eq!(hash_order(vec!["q", "b", "a"], |s| s), ["q", "a", "b"]);
        let many: Vec<&str> = vec!["q", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "a"];
        let order = hash_order(many, |s| s);
        assert_eq!(order.first(), Some(&"a"), "with 32 buckets 97 & 31 = 1 and 113 & 31 = 17");
    }

    /// Every order of insertion of eight items gives the sorted walk, with no red node below a red one.
    #[test]
    fn a_tree_set_sorts_whatever_comes_first() {
        fn orders(rest: Vec<usize>, taken: &mut Vec<usize>, check: &mut impl FnMut(&[usize])) {
            if rest.is_empty() {
                check(taken);
            }
            for at in 0..rest.len() {
                let mut rest = rest.clone();
                taken.push(rest.remove(at));
                orders(rest, taken, check);
                taken.pop();
            }
        }
        orders((0..8).collect(), &mut Vec::new(), &mut |order| {
            let mut set = TreeSet::default();
            for item in order {
                set.add(*item, |a, b| a.cmp(&b));
            }
            assert_eq!(set.items(), (0..8).collect::<Vec<_>>(), "{order:?}");
            let red = |at: Option<usize>| set.get(at).is_some_and(|n| n.red);
            assert!(!red(set.root));
            assert!(set.nodes.iter().all(|n| !n.red || (!red(n.left) && !red(n.right))), "{order:?}");
        });
    }
}
