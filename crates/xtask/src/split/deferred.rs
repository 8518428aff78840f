//! Which functions a first visit does not need: a list of Rust paths, made from
//! a recorded visit by `cargo xtask profile`.
//!
//! A line that ends in `::` or `<` stands for every function whose path begins
//! so; any other line for the one path. What no line names stays in the first
//! half: new code is slow to load before it is slow to start.

use std::collections::BTreeMap;

use super::outline::COLD;

/// Paths and beginnings of paths.
pub struct Deferred {
    lines: Vec<String>,
}

/// What may follow a beginning.
fn ends_a_part(text: &str) -> bool {
    text.ends_with("::") || text.ends_with('<')
}

impl Deferred {
    /// Reads the list; `#` begins a comment.
    pub fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort();
        Self { lines }
    }

    /// Whether the second half takes the function of this path.
    pub fn holds(&self, path: &str) -> bool {
        if path.starts_with(COLD) {
            return true;
        }
        beginnings(path).any(|part| self.lines.binary_search_by(|line| line.as_str().cmp(part)).is_ok())
    }

    /// The shortest list that holds every path that was not called and none
    /// that was. A path that stands for several functions was called if one was.
    pub fn from_visit<'n>(functions: impl IntoIterator<Item = (&'n str, bool)>) -> Self {
        let mut called: BTreeMap<&str, bool> = BTreeMap::new();
        for (path, was) in functions.into_iter().filter(|(path, _)| !path.is_empty()) {
            for part in beginnings(path) {
                *called.entry(part).or_default() |= was;
            }
        }
        let mut lines: Vec<String> = Vec::new();
        // In order of text a beginning comes before what it begins.
        for (part, was) in called {
            let covered =
                lines.last().is_some_and(|line| ends_a_part(line) && part.starts_with(line.as_str()));
            if !was && !covered {
                lines.push(part.to_owned());
            }
        }
        Self { lines }
    }

    /// The list as text, one line each.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// `a::`, `a::b<`, …, and the whole path.
fn beginnings(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.char_indices().map(|(at, letter)| at + letter.len_utf8());
    ends.filter_map(|end| path.get(..end)).filter(move |part| part.len() == path.len() || ends_a_part(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISIT: [(&str, bool); 7] = [
        ("app::draw", true),
        ("app::files::open", false),
        ("app::files::save", false),
        ("app::draw_all", false),
        ("<app::Shape as core::Clone>::clone", true),
        ("<app::Book as core::Clone>::clone", false),
        ("", false),
    ];

    #[test]
    fn a_list_is_short_and_exact() {
        let list = Deferred::from_visit(VISIT);
        let want = "<app::Book as core::\napp::draw_all\napp::files::\n";
        assert_eq!(list.text(), want);
        for (path, was) in VISIT {
            assert_eq!(Deferred::read(&list.text()).holds(path), !was && !path.is_empty(), "{path}");
        }
    }

    #[test]
    fn what_the_visit_did_not_know_stays() {
        let list = Deferred::from_visit(VISIT);
        assert!(!list.holds("app::draw_everything"));
        assert!(list.holds("app::files::rename"), "a part of which nothing was called goes as a whole");
    }

    #[test]
    fn comments_and_empty_lines_say_nothing() {
        assert_eq!(Deferred::read("# made by …\n\n  a::b  \n").text(), "a::b\n");
    }
}
