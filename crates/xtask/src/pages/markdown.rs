//! Markdown as pages: a lesson with its blocks of our language, or any text.

use super::words::Words;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A text where HTML stands.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A lesson without its front matter and title, which the page has elsewhere.
/// The world that a task begins with and what is checked fold away.
///
/// # Errors
/// If the language lacks a word.
pub fn lesson(markdown: &str, words: &Words) -> Result<String, String> {
    let body = markdown.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let [begins, checked] = [words.say("Where it begins")?, words.say("What is checked")?];
    Ok(render(body.map_or(markdown, |(_, body)| body), Some([&begins, &checked])))
}

/// A text with its title.
pub fn text(markdown: &str) -> String {
    render(markdown, None)
}

/// With names for what folds away, for a lesson, whose title is dropped; without for any text.
fn render(markdown: &str, names: Option<[&str; 2]>) -> String {
    let drop_title = names.is_some();
    let names = names.unwrap_or_default();
    let mut events = Vec::new();
    let mut block: Option<(String, String)> = None;
    let mut in_title = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) if drop_title => in_title = true,
            Event::End(TagEnd::Heading(HeadingLevel::H1)) if drop_title => in_title = false,
            _ if in_title => {}
            Event::Start(Tag::CodeBlock(kind)) => {
                let word = match kind {
                    CodeBlockKind::Fenced(info) => info.split(' ').nth(1).unwrap_or_default().to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                block = Some((word, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((word, lines)) = block.take() {
                    events.push(Event::Html(code(&word, &lines, names).into()));
                }
            }
            Event::Text(text) if block.is_some() => {
                if let Some((_, lines)) = &mut block {
                    lines.push_str(&text);
                }
            }
            Event::Start(Tag::Table(columns)) => {
                events.push(Event::Html("<div class=\"table\" tabindex=\"0\">".into()));
                events.push(Event::Start(Tag::Table(columns)));
            }
            Event::End(TagEnd::Table) => {
                events.push(Event::End(TagEnd::Table));
                events.push(Event::Html("</div>\n".into()));
            }
            // What folds is the only HTML of a lesson.
            Event::Html(text) if !folds(&text) => events.push(Event::Text(text)),
            Event::InlineHtml(text) => events.push(Event::Text(text)),
            other => events.push(other),
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    page
}

fn folds(html: &str) -> bool {
    let html = html.trim();
    html == "</details>"
        || html
            .strip_prefix("<details><summary>")
            .and_then(|rest| rest.strip_suffix("</summary>"))
            .is_some_and(|inside| !inside.contains('<'))
}

/// A block, by the word behind its language.
fn code(word: &str, lines: &str, [begins, checked]: [&str; 2]) -> String {
    match word {
        "preset" => folded(begins, lines),
        "check" => folded(checked, lines),
        "predict" => predict(lines),
        _ => plain(lines),
    }
}

fn plain(lines: &str) -> String {
    if lines.trim().is_empty() {
        return String::new();
    }
    format!("<pre class=\"lines\" tabindex=\"0\"><code>{}</code></pre>\n", escape(lines.trim_end()))
}

fn folded(title: &str, lines: &str) -> String {
    format!("<details><summary>{title}</summary>\n{}</details>\n", plain(lines))
}

/// What is run, and below it what to choose from. Which one holds is the run's to say.
fn predict(lines: &str) -> String {
    let is_option = |line: &&str| line.starts_with("option ");
    let run: String = lines.lines().filter(|line| !is_option(line)).map(|line| format!("{line}\n")).collect();
    let option = |line: &str| {
        let text = line.trim_start_matches("option ");
        let text = text.rsplit_once(" when ").map_or(text, |(text, _)| text);
        format!("<li>{}</li>\n", escape(text))
    };
    let options: String = lines.lines().filter(is_option).map(option).collect();
    format!("{}<ul class=\"options\">\n{options}</ul>\n", plain(&run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_reads_as_a_page_and_gives_no_answer_away() {
        let page = lesson(
            "---\nid: L03\n---\n\n# L03: Title\n\nIntro `a<b`.\n\n## Predict\n\nWhich?\n\n```millrace predict\nproduce o a 1\noption None of \"them\" when n(o) == 1\noption All when n(o) == 0\n```\n\n## Task 1: Do\n\n```millrace check\n# Why.\nexpect n(o) >= 3\n```\n\n<details><summary>Hint</summary>\n\nLook.\n\n</details>\n\n<script>x</script>\n",
            &Words::english(),
        )
        .unwrap();
        let want = "<p>Intro <code>a&lt;b</code>.</p>
<h2>Predict</h2>
<p>Which?</p>
<pre class=\"lines\" tabindex=\"0\"><code>produce o a 1</code></pre>
<ul class=\"options\">
<li>None of &quot;them&quot;</li>
<li>All</li>
</ul>
<h2>Task 1: Do</h2>
<details><summary>What is checked</summary>
<pre class=\"lines\" tabindex=\"0\"><code># Why.
expect n(o) &gt;= 3</code></pre>
</details>
<details><summary>Hint</summary>
<p>Look.</p>
</details>
&lt;script&gt;x&lt;/script&gt;
";
        assert_eq!(page, want);
    }

    #[test]
    fn a_table_can_be_scrolled_by_keyboard() {
        let page = text("# T\n\n| a |\n|---|\n| b |\n");
        assert!(page.starts_with("<h1>T</h1>\n<div class=\"table\" tabindex=\"0\"><table>"), "{page}");
        assert!(page.ends_with("</table>\n</div>\n"), "{page}");
    }
}
