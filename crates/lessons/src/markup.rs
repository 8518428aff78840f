//! Widgets in AsciiDoc and reStructuredText, for `millrace verify`: found line by line, as the integrations for Antora and
//! Sphinx have them.
//!
//! ```text
//! millrace::L16[at=12s]          .. millrace:: L16
//!                                   :at: 12s
//! [millrace,seed=7]
//! ----                           .. millrace::
//! wait 1s                           :seed: 7
//! ----
//!                                   wait 1s
//! ```

use crate::document::{Kind, Quoted, said};

/// Those of an AsciiDoc file.
pub fn asciidoc(source: &str) -> Vec<Quoted> {
    let mut all = Vec::new();
    let mut lines = source.lines().enumerate();
    let mut style: Option<(usize, String)> = None;
    while let Some((n, text)) = lines.next() {
        let text = text.trim_end();
        let is_fence = text.len() >= 4 && ["-", "."].iter().any(|mark| text.replace(mark, "").is_empty());
        if is_fence {
            let mut inside = String::new();
            let mut first = None;
            for (at, line) in lines.by_ref().take_while(|(_, line)| line.trim_end() != text) {
                first.get_or_insert(at);
                inside.extend([line, "\n"]);
            }
            if let Some((_, info)) = style.take() {
                // Lines are counted from the one above the first.
                all.push(Quoted { line: n + 1, kind: said(&info, inside) });
            }
            continue;
        }
        style = None;
        if let Some(list) = text.strip_prefix("[millrace").and_then(|rest| rest.strip_suffix(']')) {
            style = Some((n, pairs(list)));
        } else if let Some((target, list)) = text
            .strip_prefix("millrace::")
            .and_then(|rest| rest.strip_suffix(']'))
            .and_then(|rest| rest.split_once('['))
        {
            let lesson = if target.is_empty() { String::new() } else { format!("lesson={target} ") };
            all.push(Quoted { line: n + 1, kind: said(&(lesson + &pairs(list)), String::new()) });
        }
    }
    all
}

/// Those of a reStructuredText file.
pub fn rst(source: &str) -> Vec<Quoted> {
    let mut all = Vec::new();
    let lines: Vec<&str> = source.lines().collect();
    for (n, text) in lines.iter().enumerate() {
        let Some(target) = text.trim_start().strip_prefix(".. millrace::") else { continue };
        let margin = text.len() - text.trim_start().len();
        let mut info = Vec::new();
        if !target.trim().is_empty() {
            info.push(format!("lesson={}", target.trim()));
        }
        let block = lines.iter().skip(n + 1);
        let block = block.take_while(|line| line.trim().is_empty() || indent(line) > margin);
        let mut inside: Vec<&str> = Vec::new();
        let (mut is_option, mut options) = (true, 0);
        for line in block {
            let option =
                line.trim().strip_prefix(':').and_then(|rest| rest.split_once(':')).filter(|_| is_option);
            match option {
                Some((name, value)) => {
                    info.push(format!("{name}=\"{}\"", value.trim()));
                    options += 1;
                }
                None => {
                    is_option = false;
                    inside.push(line);
                }
            }
        }
        let least = inside.iter().filter(|line| !line.trim().is_empty()).map(|line| indent(line)).min();
        let cut = |line: &&str| line.get(least.unwrap_or(0)..).unwrap_or_default().to_owned() + "\n";
        let text: String = inside.iter().map(cut).collect();
        let kind = said(&info.join(" "), text);
        let line = if matches!(kind, Kind::Block { .. }) { n + 1 + options } else { n + 1 };
        all.push(Quoted { line, kind });
    }
    all
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// `,at=12s,title="a, b"` as words.
fn pairs(list: &str) -> String {
    let mut quote = None;
    let blank = |c: char| {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ',') => return ' ',
            _ => {}
        }
        c
    };
    list.chars().map(blank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Replay;

    fn told(all: &[Quoted]) -> Vec<String> {
        let mut replay = Replay::default();
        all.iter()
            .map(|quoted| match (&quoted.kind, replay.run(quoted)) {
                (Kind::Embed(id), _) => format!("{} {id}", quoted.line),
                (_, Ok(())) => format!("{} ok", quoted.line),
                (_, Err(faults)) => faults.first().map(ToString::to_string).unwrap_or_default(),
            })
            .collect()
    }

    #[test]
    fn widgets_of_asciidoc_are_found_where_they_are_ones() {
        let source = "= A\n\nmillrace::L16[at=12s,title=\"a, b\"]\n\n----\nmillrace::L17[]\n----\n\n[millrace,seed=7]\n----\n\
                      kafka-topics --create --topic a --partitions 1\nexpect n(a) == 1\n----\n\nmillrace::L16[att=1s]\n";
        let told = told(&asciidoc(source));
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[0], "3 L16");
        assert!(told[1].starts_with("line 12: expected n(a) == 1"), "{told:?}");
        assert_eq!(told[2], "line 15: no such attribute: att; did you mean at?");
    }

    #[test]
    fn directives_are_found_with_their_options_and_lines() {
        let source = "A\n=\n\n.. millrace:: L16\n   :at: 12s\n\nText.\n\n.. millrace::\n   :seed: 7\n\n   wait 1s\n   wiat 1s\n\nEnd.\n\n\
                      .. millrace:: L16\n   :colour: red\n";
        let told = told(&rst(source));
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[0], "4 L16");
        assert!(told[1].starts_with("line 13: "), "{told:?}");
        assert_eq!(told[2], "line 17: no such attribute: colour");
    }
}
