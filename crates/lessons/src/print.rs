//! A lesson as its file says it: the parser's inverse. What was written in another order comes out in the usual one.

use crate::lesson::{After, Block, Lesson, Section, Task};
use std::fmt::Write;

/// Pieces with an empty line between them.
struct Page(String);

impl Page {
    fn piece(&mut self, text: &str) {
        if !text.is_empty() {
            self.0.push('\n');
            self.0.push_str(text.trim_end_matches('\n'));
            self.0.push('\n');
        }
    }

    fn block(&mut self, info: &str, text: &str) {
        self.piece(&format!("```millrace {info}\n{}\n```", text.trim_end_matches('\n')));
    }

    fn folded(&mut self, summary: &str, inside: impl FnOnce(&mut Page)) {
        self.piece(&format!("<details><summary>{summary}</summary>"));
        inside(self);
        self.piece("</details>");
    }
}

impl Lesson {
    /// The text.
    pub fn print(&self) -> String {
        let mut page = Page(self.front.print());
        page.piece(&format!("# {}: {}", self.front.id, self.front.title));
        page.piece(&self.intro);
        if self.preset.line > 0 {
            page.block("preset", &self.preset.text);
        }
        for section in &self.sections {
            match section {
                Section::Prose { title, text } => {
                    page.piece(&format!("## {title}"));
                    page.piece(text);
                }
                Section::Predict(prediction) => {
                    page.piece("## Predict");
                    page.piece(&prediction.question);
                    let mut text = prediction.block.text.clone();
                    for choice in &prediction.choices {
                        // Writing to a String does not fail.
                        let _ = writeln!(text, "{}", choice.print());
                    }
                    page.block("predict", text.trim_start_matches('\n'));
                    page.piece(&prediction.after);
                }
                Section::Task(task) => task.print(&mut page),
                Section::Read { title, corrections } => {
                    page.piece(&format!("## {title}"));
                    for correction in corrections {
                        page.piece(&correction.text);
                        let info = match &correction.on {
                            After::Preset => "read".to_owned(),
                            After::Nothing => "read alone".to_owned(),
                            After::Task(id) => format!("read after {id}"),
                        };
                        page.folded("The proof", |page| page.block(&info, &correction.block.text));
                    }
                }
                Section::Say { title, sayings, after } => {
                    page.piece(&format!("## {title}"));
                    for saying in sayings {
                        page.piece(&saying.text);
                        let lines: Vec<&str> = saying.said.iter().map(|(line, _)| line.as_str()).collect();
                        page.folded("The line", |page| page.block("say", &lines.join("\n")));
                    }
                    page.piece(after);
                }
            }
        }
        page.0
    }
}

impl Task {
    fn print(&self, page: &mut Page) {
        page.piece(&format!("## Task {}: {}", self.id, self.title));
        page.piece(&self.text);
        let block = |page: &mut Page, info: &str, block: &Block| page.block(info, &block.text);
        if let Some(preset) = &self.preset {
            block(page, "preset", preset);
        }
        if self.check.line > 0 {
            block(page, "check", &self.check);
        }
        for hint in &self.hints {
            page.folded("Hint", |page| page.piece(hint));
        }
        if self.solution.line > 0 {
            page.folded("A solution", |page| block(page, "solution", &self.solution));
        }
        for wrong in &self.wrongs {
            let mut text = wrong.block.text.clone();
            for (_, fails) in &wrong.fails {
                // Writing to a String does not fail.
                let _ = writeln!(text, "fails {fails}");
            }
            page.folded("A usual mistake", |page| page.block(&format!("wrong {}", wrong.name), &text));
        }
        if let Some(refused) = &self.refused {
            page.folded("What Kafka refuses", |page| block(page, "refused", refused));
        }
        page.piece(&self.after);
    }
}
