//! An ordered set on a sorted vector.

use super::Map;
use std::borrow::Borrow;
use std::fmt;
use std::ops::RangeBounds;

/// See the module. Iteration is in order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set<T> {
    items: Map<T, ()>,
}

impl<T> Set<T> {
    /// An empty set.
    pub const fn new() -> Self {
        Self { items: Map::new() }
    }

    /// How many items it holds.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if it holds none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.items.clear();
    }

    /// Every item.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator + Clone {
        self.items.keys()
    }

    /// The smallest item.
    pub fn first(&self) -> Option<&T> {
        self.items.first_key_value().map(|(item, ())| item)
    }

    /// The largest item.
    pub fn last(&self) -> Option<&T> {
        self.items.last_key_value().map(|(item, ())| item)
    }

    /// Takes out the smallest item.
    pub fn pop_first(&mut self) -> Option<T> {
        self.items.pop_first().map(|(item, ())| item)
    }

    /// Keeps the items for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.items.retain(|item, ()| keep(item));
    }
}

impl<T: Ord> Set<T> {
    /// Adds an item; false if it was there.
    pub fn insert(&mut self, item: T) -> bool {
        self.items.insert(item, ()).is_none()
    }

    /// Takes an item out; false if it was not there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.items.remove(item).is_some()
    }

    /// True if the item is there.
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.items.contains_key(item)
    }

    /// The items that lie in `range`.
    pub fn range<Q: Ord + ?Sized>(
        &self,
        range: impl RangeBounds<Q>,
    ) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator
    where
        T: Borrow<Q>,
    {
        self.items.range(range).map(|(item, ())| item)
    }

    /// The items that are not in `other`.
    pub fn difference<'a>(&'a self, other: &'a Set<T>) -> impl DoubleEndedIterator<Item = &'a T> {
        self.iter().filter(|item| !other.contains(*item))
    }

    /// The items that are in `other`, too.
    pub fn intersection<'a>(&'a self, other: &'a Set<T>) -> impl DoubleEndedIterator<Item = &'a T> {
        self.iter().filter(|item| other.contains(*item))
    }

    /// True if every item is in `other`.
    pub fn is_subset(&self, other: &Set<T>) -> bool {
        self.iter().all(|item| other.contains(item))
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { items: items.into_iter().map(|item| (item, ())).collect() }
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        self.items.extend(items.into_iter().map(|item| (item, ())));
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for Set<T> {
    fn from(items: [T; N]) -> Self {
        items.into_iter().collect()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::iter::Map<std::vec::IntoIter<(T, ())>, fn((T, ())) -> T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter().map(|(item, ())| item)
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::iter::Map<super::map::Iter<'a, T, ()>, fn((&'a T, &'a ())) -> &'a T>;
    fn into_iter(self) -> Self::IntoIter {
        (&self.items).into_iter().map(|(item, ())| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_each_item_once_and_in_order() {
        let mut set = Set::from([3, 1, 2, 3]);
        assert!(!set.insert(2));
        assert!(set.insert(0));
        assert_eq!(format!("{set:?}"), "{0, 1, 2, 3}");
        assert!(set.remove(&1));
        assert!(!set.remove(&1));
        assert_eq!(set.range(1..).copied().collect::<Vec<_>>(), [2, 3]);
        let other = Set::from([2, 9]);
        assert_eq!(set.difference(&other).copied().collect::<Vec<_>>(), [0, 3]);
        assert_eq!(set.intersection(&other).copied().collect::<Vec<_>>(), [2]);
        assert!(Set::from([0, 3]).is_subset(&set));
        assert_eq!(set.into_iter().collect::<Vec<_>>(), [0, 2, 3]);
    }
}
