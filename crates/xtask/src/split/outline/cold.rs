//! Which parts of functions a first visit did not run: a list made by `cargo xtask profile`.
//!
//! A line is a function's shape, the operators behind which its cold parts begin, and its path. A function that has
//! changed since has another shape, and stays whole until the next recording.
//!
//! Generic and inlined functions may be there several times under one path. `copy` in place of the operators says that
//! the one of this shape was never called, though another was.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{Body, Part};

/// The list.
#[derive(Default)]
pub struct Cold {
    functions: BTreeMap<(String, u32), Vec<usize>>,
    copies: BTreeSet<(String, u32)>,
}

/// Stands for the operators of a copy that was not called.
const COPY: &str = "copy";

impl Cold {
    /// Reads the list; `#` begins a comment.
    ///
    /// # Errors
    /// Names the line that is none of the list's.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut cold = Self::default();
        for (number, line) in
            (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        {
            let read = || {
                let (shape, rest) = line.split_once(' ')?;
                let (parts, path) = rest.split_once(' ')?;
                let key = (path.to_owned(), u32::from_str_radix(shape, 16).ok()?);
                if parts == COPY {
                    return Some((key, None));
                }
                let parts: Result<Vec<usize>, _> = parts.split(',').map(str::parse).collect();
                Some((key, Some(parts.ok()?)))
            };
            match read().ok_or_else(|| format!("line {number} is no list of cold parts: {line}"))? {
                (key, None) => _ = cold.copies.insert(key),
                (key, Some(parts)) => _ = cold.functions.insert(key, parts),
            }
        }
        Ok(cold)
    }

    /// Whether this is a copy that was not called.
    pub fn is_idle_copy(&self, path: &str, body: &Body<'_>) -> bool {
        let key = |shape| (path.to_owned(), shape);
        self.copies.range(key(0)..=key(u32::MAX)).next().is_some() && self.copies.contains(&key(body.shape()))
    }

    /// Adds a copy that was not called. Of several with one path and shape, all must be such.
    pub fn add_copy(&mut self, path: &str, body: &Body<'_>) {
        let key = (path.to_owned(), body.shape());
        if !self.functions.contains_key(&key) {
            self.copies.insert(key);
        }
    }

    /// The cold parts of a function, in order.
    pub fn parts(&self, path: &str, body: &Body<'_>) -> Vec<usize> {
        // Shapes are counted only for functions that the list knows.
        let key = |shape| (path.to_owned(), shape);
        if self.functions.range(key(0)..=key(u32::MAX)).next().is_none() {
            return Vec::new();
        }
        self.functions.get(&key(body.shape())).cloned().unwrap_or_default()
    }

    /// Adds a function that was called, with the parts of it that were run. Of several with one path and shape, cold
    /// is what none of them ran.
    pub fn add(&mut self, path: &str, body: &Body<'_>, was_run: impl Fn(&Part) -> bool) {
        let mut cold: Vec<usize> = Vec::new();
        let mut cold_to = 0;
        let mut all_cold = BTreeSet::new();
        for part in body.parts() {
            if was_run(&part) {
                continue;
            }
            all_cold.insert(part.after);
            if part.after >= cold_to {
                cold_to = part.to;
                cold.push(part.after);
            }
        }
        match self.functions.entry((path.to_owned(), body.shape())) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(cold);
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                place.get_mut().retain(|part| all_cold.contains(part));
            }
        }
    }

    /// The list as text, one line a function.
    pub fn text(&self) -> String {
        let with_parts = self.functions.iter().filter(|(_, parts)| !parts.is_empty()).map(|(key, parts)| {
            let parts: Vec<String> = parts.iter().map(usize::to_string).collect();
            (key, parts.join(","))
        });
        let mut lines: Vec<_> =
            with_parts.chain(self.copies.iter().map(|key| (key, COPY.to_owned()))).collect();
        lines.sort();
        let line = |((path, shape), what): (&(String, u32), String)| format!("{shape:08x} {what} {path}\n");
        lines.into_iter().map(line).collect()
    }
}
