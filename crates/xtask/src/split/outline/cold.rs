//! Which parts of functions a first visit did not run: a list made by `cargo xtask profile`.
//!
//! A line is a function's shape, the operators behind which its cold parts begin, and its path. A function that has
//! changed since has another shape, and stays whole until the next recording.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{Body, Part};

/// The list.
#[derive(Default)]
pub struct Cold {
    functions: BTreeMap<(String, u32), Vec<usize>>,
}

impl Cold {
    /// Reads the list; `#` begins a comment.
    ///
    /// # Errors
    /// Names the line that is none of the list's.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut functions = BTreeMap::new();
        for (number, line) in
            (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        {
            let read = || {
                let (shape, rest) = line.split_once(' ')?;
                let (parts, path) = rest.split_once(' ')?;
                let parts: Result<Vec<usize>, _> = parts.split(',').map(str::parse).collect();
                Some(((path.to_owned(), u32::from_str_radix(shape, 16).ok()?), parts.ok()?))
            };
            let (key, parts) =
                read().ok_or_else(|| format!("line {number} is no list of cold parts: {line}"))?;
            functions.insert(key, parts);
        }
        Ok(Self { functions })
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
        let with_parts = self.functions.iter().filter(|(_, parts)| !parts.is_empty());
        let line = |((path, shape), parts): (&(String, u32), &Vec<usize>)| {
            let parts: Vec<String> = parts.iter().map(usize::to_string).collect();
            format!("{shape:08x} {} {path}\n", parts.join(","))
        };
        with_parts.map(line).collect()
    }
}
