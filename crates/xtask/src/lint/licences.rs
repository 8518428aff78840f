//! Which licences what we build from may have. Ours is MIT or Apache-2.0.

use super::graph::Graph;
use super::verdict;
use crate::Done;

/// Licences that ask for no more than a notice. MPL-2.0 is absent on purpose:
/// add it with a reason, if something that is needed carries it.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Checks every package from outside, whatever it is for.
///
/// # Errors
/// With every package whose licence is not allowed.
pub fn run() -> Done {
    verdict(&not_allowed(&Graph::load()?))
}

fn not_allowed(graph: &Graph) -> Vec<String> {
    let others = graph.packages.values().filter(|package| !package.member);
    others
        .filter_map(|package| {
            let what = format!("{} {}", package.name, package.version);
            match &package.license {
                None => Some(format!("{what} gives no licence")),
                Some(text) if is_allowed(text) => None,
                Some(text) => Some(format!("{what} is under {text}")),
            }
        })
        .collect()
}

/// Whether an SPDX expression can be met with allowed licences: one side of
/// each OR, both of each AND. An old `/` means OR.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words };
    parser.or() == Some(true) && parser.words.is_empty()
}

struct Parser<'a> {
    words: &'a [&'a str],
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.next();
        }
        found
    }

    fn or(&mut self) -> Option<bool> {
        let mut met = self.and()?;
        while self.accept("OR") {
            met |= self.and()?;
        }
        Some(met)
    }

    fn and(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.accept("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.accept("(") {
            let met = self.or()?;
            return self.accept(")").then_some(met);
        }
        let mut name = self.next()?.to_owned();
        if self.accept("WITH") {
            name = format!("{name} WITH {}", self.next()?);
        }
        Some(ALLOWED.contains(&name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::graph;
    use super::*;

    #[test]
    fn expressions() {
        for (text, want) in [
            ("MIT", true),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0", false),
            ("MIT AND GPL-3.0", false),
            ("MIT/Apache-2.0", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("GPL-2.0 AND (MIT OR ISC)", false),
            ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
            ("GPL-2.0 WITH Classpath-exception-2.0", false),
            ("MIT OR", false),
            ("(MIT", false),
            ("MIT ISC", false),
            ("", false),
        ] {
            assert_eq!(is_allowed(text), want, "{text}");
        }
    }

    #[test]
    fn a_package_without_an_allowed_licence_is_found_and_ours_is_not_asked() {
        let mut graph = graph(&["*ours", "none", "bad", "good"]);
        graph.packages.get_mut("bad").unwrap().license = Some("AGPL-3.0".to_owned());
        graph.packages.get_mut("good").unwrap().license = Some("ISC".to_owned());
        assert_eq!(not_allowed(&graph), ["bad  is under AGPL-3.0", "none  gives no licence"]);
    }
}
