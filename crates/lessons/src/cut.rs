//! A lesson's text, cut into headings, blocks of ours, what folds away, and prose. Nothing here knows what a block means.

/// A piece of the text, with its line in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// `# …`.
    Title { line: usize, text: String },
    /// `## …`.
    Heading { line: usize, text: String },
    /// A fenced block whose first word is `millrace`: what follows that word, and the lines in it.
    Block { line: usize, info: String, text: String },
    /// `<details><summary>…</summary>`.
    Open { line: usize, summary: String },
    /// `</details>`.
    Close { line: usize },
    /// Everything else, without the empty lines around it.
    Prose { line: usize, text: String },
    /// A fence that is not closed.
    Unclosed { line: usize },
}

/// Cuts what follows the front matter; `first` is the line in which it begins.
pub(crate) fn cut(source: &str, first: usize) -> Vec<Item> {
    let mut items = Vec::new();
    let mut prose = Prose::default();
    let mut lines = source.lines().enumerate().map(|(n, text)| (n + first, text));
    while let Some((line, text)) = lines.next() {
        if let Some(fence) = fence(text) {
            let info = text.get(fence..).unwrap_or_default().trim();
            let ours = info.strip_prefix("millrace").filter(|rest| rest.is_empty() || rest.starts_with(' '));
            let mut inside = Vec::new();
            let mut is_closed = false;
            for (_, text) in lines.by_ref() {
                is_closed =
                    self::fence(text) == Some(text.trim_end().len()) && text.trim_end().len() >= fence;
                if is_closed {
                    break;
                }
                inside.push(text);
            }
            match ours {
                _ if !is_closed => items.push(Item::Unclosed { line }),
                Some(info) => {
                    prose.end(&mut items);
                    let text = inside.iter().flat_map(|text| [text, "\n"]).collect();
                    items.push(Item::Block { line, info: info.trim().to_owned(), text });
                }
                None => {
                    prose.add(line, text);
                    inside.iter().for_each(|text| prose.add(line, text));
                    prose.add(line, text.get(..fence).unwrap_or_default());
                }
            }
        } else if let Some(item) = mark(line, text) {
            prose.end(&mut items);
            items.push(item);
        } else {
            prose.add(line, text);
        }
    }
    prose.end(&mut items);
    items
}

/// How many backquotes begin the line, if it is a fence.
fn fence(text: &str) -> Option<usize> {
    let count = text.bytes().take_while(|byte| *byte == b'`').count();
    (count >= 3).then_some(count)
}

fn mark(line: usize, text: &str) -> Option<Item> {
    let text = text.trim_end();
    if let Some(rest) = text.strip_prefix("## ") {
        return Some(Item::Heading { line, text: rest.trim().to_owned() });
    }
    if let Some(rest) = text.strip_prefix("# ") {
        return Some(Item::Title { line, text: rest.trim().to_owned() });
    }
    if text == "</details>" {
        return Some(Item::Close { line });
    }
    let summary = text.strip_prefix("<details><summary>")?.strip_suffix("</summary>")?;
    Some(Item::Open { line, summary: summary.trim().to_owned() })
}

/// Lines that are collected until something else comes.
#[derive(Default)]
struct Prose {
    line: usize,
    lines: Vec<String>,
}

impl Prose {
    fn add(&mut self, line: usize, text: &str) {
        if self.lines.is_empty() {
            if text.trim().is_empty() {
                return;
            }
            self.line = line;
        }
        self.lines.push(text.trim_end().to_owned());
    }

    fn end(&mut self, items: &mut Vec<Item>) {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        if !self.lines.is_empty() {
            items.push(Item::Prose { line: self.line, text: self.lines.join("\n") });
            self.lines.clear();
        }
    }
}
