//! `millrace shelf`: the lessons as the site has them. Each lesson's folder gets the lesson, which the page reads with the
//! parser that also grades it, its prose as HTML, a section for each piece of `Lesson::prose`, and a picture of it; beside
//! the folders lies the catalogue. For every language there is all of it once more: `lesson.de.md`, `prose.de.html`, `catalogue.de.txt`.

use crate::render;
use crate::shelf::{self, Found};
use crate::translations::{Translated, translations};
use crate::{complain, print};
use millrace_lessons::{Catalogue, LANGUAGES, Lesson};
use pulldown_cmark::{Event, Options, Parser, html};
use std::fs;
use std::path::Path;

pub fn run(dir: &Path, out: &Path) -> u8 {
    let found = match shelf::read(dir) {
        Ok(found) => found,
        Err(wrong) => return complain(&wrong.join("\n")),
    };
    let lessons = found.iter().map(|found| (found.folder.as_str(), &found.lesson));
    let catalogue = match Catalogue::new(lessons) {
        Ok(catalogue) => catalogue,
        Err(wrong) => return complain(&wrong.join("\n")),
    };
    let mut shelves = Vec::new();
    let mut wrong = Vec::new();
    for language in LANGUAGES {
        match translations(&found, language) {
            Ok(translated) => shelves.push((language, translated)),
            Err(more) => wrong.extend(more),
        }
    }
    if !wrong.is_empty() {
        return complain(&wrong.join("\n"));
    }
    let posters = found.iter().map(|found| {
        render::lesson(&found.lesson, &render::Wish::default())
            .map_err(|wrong| format!("{}: {wrong}", found.file.display()))
    });
    let posters: Vec<String> = match posters.collect() {
        Ok(posters) => posters,
        Err(wrong) => return complain(&wrong),
    };
    match write(&found, &posters, &catalogue, &shelves, out) {
        Ok(()) => print(&format!("{} lessons in {}", found.len(), out.display())),
        Err(error) => complain(&format!("{}: {error}", out.display())),
    }
}

fn write(
    found: &[Found],
    posters: &[String],
    catalogue: &Catalogue,
    shelves: &[(&str, Vec<Translated>)],
    out: &Path,
) -> std::io::Result<()> {
    for (found, poster) in found.iter().zip(posters) {
        let folder = out.join(&found.folder);
        fs::create_dir_all(&folder)?;
        fs::copy(&found.file, folder.join("lesson.md"))?;
        fs::write(folder.join("prose.html"), prose(&found.lesson))?;
        fs::write(folder.join("poster.svg"), poster)?;
        // By its id alone: documents name lessons so.
        fs::write(out.join(format!("{}.svg", found.lesson.front.id)), poster)?;
    }
    fs::write(out.join("catalogue.txt"), catalogue.print())?;
    for (language, translated) in shelves {
        for lesson in translated {
            let folder = out.join(&lesson.folder);
            fs::write(folder.join(format!("lesson.{language}.md")), &lesson.text)?;
            fs::write(folder.join(format!("prose.{language}.html")), prose(&lesson.lesson))?;
        }
        let lessons = translated.iter().map(|lesson| (lesson.folder.as_str(), &lesson.lesson));
        let catalogue = catalogue.translated(lessons);
        fs::write(out.join(format!("catalogue.{language}.txt")), catalogue.print())?;
    }
    Ok(())
}

fn prose(lesson: &Lesson) -> String {
    lesson.prose().into_iter().map(section).collect()
}

/// HTML in the Markdown is shown as text: a lesson that somebody sends is no way into the page.
fn section(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    let mut inside = String::new();
    html::push_html(&mut inside, events);
    format!("<section>\n{inside}</section>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html_and_html_becomes_text() {
        assert_eq!(
            section("The *log* has `offset` 3.\n\n1. one\n2. two"),
            "<section>\n<p>The <em>log</em> has <code>offset</code> 3.</p>\n<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n</section>\n"
        );
        assert_eq!(
            section("a <script>alert(1)</script>"),
            "<section>\n<p>a &lt;script&gt;alert(1)&lt;/script&gt;</p>\n</section>\n"
        );
        assert_eq!(section(""), "<section>\n</section>\n");
    }
}
