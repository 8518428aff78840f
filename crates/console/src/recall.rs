//! Lines that were given before: up and down, and a search backwards.

/// Most lines that are remembered.
const LINES: usize = 500;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recall {
    lines: Vec<String>,
    /// How far back the line is that is shown; 0 is the one being typed.
    back: usize,
    /// What was being typed when the first step back was made.
    draft: String,
}

impl Recall {
    /// Remembers a line, unless it is the last one once more.
    pub fn push(&mut self, line: &str) {
        if !line.trim().is_empty() && self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
        }
        if self.lines.len() > LINES {
            self.lines.remove(0);
        }
        (self.back, self.draft) = (0, String::new());
    }

    /// The line before the one that is shown; `typed` is what stands there now.
    pub fn before(&mut self, typed: &str) -> Option<&str> {
        if self.back == 0 {
            self.draft = typed.to_owned();
        }
        let index = self.lines.len().checked_sub(self.back + 1)?;
        self.back += 1;
        self.lines.get(index).map(String::as_str)
    }

    /// The line after it; at last the one that was being typed.
    pub fn after(&mut self) -> Option<&str> {
        self.back = self.back.checked_sub(1)?;
        match self.back {
            0 => Some(&self.draft),
            back => self.lines.get(self.lines.len() - back).map(String::as_str),
        }
    }

    /// The newest line that holds `part`, past the first `skip` of them.
    pub fn search(&self, part: &str, skip: usize) -> Option<&str> {
        self.lines.iter().rev().filter(|line| line.contains(part)).nth(skip).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_and_the_draft_is_kept() {
        let mut recall = Recall::default();
        assert_eq!((recall.before("x").map(str::to_owned), recall.after()), (None, None));
        ["a", "b", "b", " "].iter().for_each(|line| recall.push(line));
        assert_eq!(recall.before("draft"), Some("b"));
        assert_eq!(recall.before("b"), Some("a"));
        assert_eq!(recall.before("a"), None);
        assert_eq!(recall.after(), Some("b"));
        assert_eq!(recall.after(), Some("draft"));
        assert_eq!(recall.after(), None);
    }

    #[test]
    fn a_search_goes_back_from_hit_to_hit() {
        let mut recall = Recall::default();
        ["wait 1s", "kafka-topics --list", "wait 2s"].iter().for_each(|line| recall.push(line));
        assert_eq!(
            [0, 1, 2].map(|skip| recall.search("wait", skip)),
            [Some("wait 2s"), Some("wait 1s"), None]
        );
        assert_eq!(recall.search("", 0), Some("wait 2s"));
    }
}
