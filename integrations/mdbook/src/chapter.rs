//! One chapter: its fences, found line by line as Markdown has them.

use millrace_lessons::embed::embed;
use millrace_model::Profile;
use millrace_script::parse_script;

/// A line and what is wrong in it.
type Wrong = (usize, String);

/// The chapter with a widget in the place of each `millrace` fence.
///
/// # Errors
/// Every line that is wrong.
pub fn chapter(source: &str, host: &str) -> Result<String, Vec<Wrong>> {
    let mut out = String::new();
    let mut wrong = Vec::new();
    let mut fence: Option<Fence> = None;
    for (n, line) in source.split_inclusive('\n').enumerate() {
        match &mut fence {
            None => match Fence::begins(n + 1, line) {
                Some(begun) => fence = Some(begun),
                None => out.push_str(line),
            },
            Some(open) if open.ends(line) => {
                open.whole.push_str(line);
                match open.finish(host) {
                    Ok(text) => out.push_str(&text),
                    Err(more) => wrong.extend(more),
                }
                fence = None;
            }
            Some(open) => {
                open.whole.push_str(line);
                open.text.push_str(line.strip_prefix(&open.indent).unwrap_or(line.trim_start()));
            }
        }
    }
    if let Some(open) = fence {
        match open.is_ours() {
            true => wrong.push((open.line, format!("expected a line {} at the end of the block", open.mark))),
            false => out.push_str(&open.whole),
        }
    }
    if wrong.is_empty() { Ok(out) } else { Err(wrong) }
}

/// A fence that is open.
struct Fence {
    line: usize,
    indent: String,
    mark: String,
    info: String,
    text: String,
    whole: String,
}

impl Fence {
    fn begins(line: usize, text: &str) -> Option<Fence> {
        let rest = text.trim_start();
        let letter = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let mark: String = rest.chars().take_while(|c| *c == letter).collect();
        let info = rest.get(mark.len()..)?.trim().to_owned();
        let indent = text.get(..text.len() - rest.len())?.to_owned();
        (mark.len() >= 3 && !info.contains('`')).then(|| Fence {
            line,
            indent,
            mark,
            info,
            text: String::new(),
            whole: text.to_owned(),
        })
    }

    fn ends(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.mark.len() && line.chars().all(|c| self.mark.starts_with(c))
    }

    fn is_ours(&self) -> bool {
        self.info.split([' ', ',']).next() == Some("millrace")
    }

    fn finish(&self, host: &str) -> Result<String, Vec<Wrong>> {
        let info = self.info.strip_prefix("millrace").unwrap_or_default();
        let is_quoted = info.split_whitespace().any(|word| word == "continue" || word == "refused");
        if !self.is_ours() || is_quoted {
            return Ok(self.whole.clone());
        }
        let embed = embed(info, &self.text).map_err(|sentence| vec![(self.line, sentence)])?;
        let (_, problems) = parse_script(&self.text, Profile::default());
        if !problems.is_empty() {
            return Err(problems.iter().map(|p| (self.line + p.line, p.sentence())).collect());
        }
        // Blank lines around it: it is a block of HTML, wherever the fence stood.
        Ok(format!("\n{}{}\n\n", self.indent, embed.markup(host)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_of_ours_become_widgets_and_nothing_else_changes() {
        let source = "a\n\n````md\n```millrace lesson=L1\n```\n````\n\n~~~ millrace seed=7\nwait 1s\n~~~\n```millrace refused\nx\n```\nz";
        let text = chapter(source, "https://host/").unwrap_or_default();
        let (before, rest) = text.split_once("\n<script").unwrap_or_default();
        assert_eq!(before, "a\n\n````md\n```millrace lesson=L1\n```\n````\n\n");
        assert!(
            rest.contains("<millrace-embed seed=\"7\">") && rest.contains("{\"text\":[\"wait 1s\"]}"),
            "{rest}"
        );
        assert!(rest.ends_with("</millrace-embed>\n\n```millrace refused\nx\n```\nz"), "{rest}");
        assert_eq!(text.matches("<millrace-embed").count(), 1);
    }

    #[test]
    fn a_line_that_is_no_line_of_the_language_is_named() {
        let wrong = chapter("\n```millrace\nwait 1s\nwiat 1s\n```\n", "https://host/").unwrap_err();
        assert_eq!(wrong.first().map(|(line, _)| *line), Some(4), "{wrong:?}");
        assert!(wrong.iter().all(|(_, sentence)| sentence.contains("wait")), "{wrong:?}");
        let wrong = chapter("```millrace lesson=L16\n", "https://host/");
        assert_eq!(wrong, Err(vec![(1, "expected a line ``` at the end of the block".to_owned())]));
    }

    #[test]
    fn the_shared_cases_hold() {
        let cases: serde_json::Value =
            serde_json::from_str(include_str!("../../cases.json")).unwrap_or_default();
        let cases = cases.as_array().cloned().unwrap_or_default();
        assert!(cases.len() > 12);
        for case in cases {
            let get = |name: &str| case.get(name).and_then(serde_json::Value::as_str);
            let (info, body) = (get("info").unwrap_or_default(), get("body").unwrap_or_default());
            let made = embed(info, body).map(|embed| embed.markup("https://host/m/"));
            match get("html") {
                Some(html) => assert_eq!(made.as_deref(), Ok(html), "{info}"),
                None => assert_eq!(made, Err(get("error").unwrap_or_default().to_owned()), "{info}"),
            }
        }
    }

    #[test]
    fn the_vocabulary_is_the_elements_own() {
        let element = include_str!("../../../static/embed/embed.js");
        let names =
            element.split("NAMES = '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default();
        let known = include_str!("../../vocabulary.txt").lines().filter_map(|line| line.split(' ').next());
        assert_eq!(names.split(' ').collect::<Vec<_>>(), known.collect::<Vec<_>>());
    }
}
