//! `millrace shelf`: the lessons as the site has them. Each lesson's folder gets the lesson, which the page reads with the
//! parser that also grades it, its prose as HTML, a section for each piece of `Lesson::prose`, and a picture of it; beside
//! the folders lie the catalogue and the pictures by their lessons' ids. For every language there is all of it once more:
//! `lesson.de.md`, `prose.de.html`, `poster.de.svg`, `catalogue.de.txt`.

use crate::render;
use crate::shelf::{self, Found};
use crate::translations::{Translated, translations};
use crate::{complain, print};
use millrace_lessons::{Catalogue, LANGUAGES, Lesson};
use millrace_words::Language;
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
    let posters = match posters(&found, &shelves) {
        Ok(posters) => posters,
        Err(wrong) => return complain(&wrong),
    };
    match write(&found, &posters, &catalogue, &shelves, out) {
        Ok(()) => print(&format!("{} lessons in {}", found.len(), out.display())),
        Err(error) => complain(&format!("{}: {error}", out.display())),
    }
}

/// The pictures by their file's name, in every language.
fn posters(found: &[Found], shelves: &[(&str, Vec<Translated>)]) -> Result<Vec<(String, String)>, String> {
    let mut all = Vec::new();
    let mut draw = |folder: &str, lesson: &Lesson, end: &str| {
        let wrong = |sentence| format!("{folder}: {sentence}");
        let poster = render::lesson(lesson, &render::Wish::default()).map_err(wrong)?;
        // By its id alone, too: documents name lessons so.
        all.push((format!("{}{end}.svg", lesson.front.id), poster.clone()));
        all.push((format!("{folder}/poster{end}.svg"), poster));
        Ok(())
    };
    for found in found {
        draw(&found.folder, &found.lesson, "")?;
    }
    for (tag, translated) in shelves {
        let language = Language::ALL.into_iter().find(|language| language.tag() == *tag).unwrap_or_default();
        millrace_words::set(language);
        let drawn: Result<(), String> =
            translated.iter().try_for_each(|lesson| draw(&lesson.folder, &lesson.lesson, &format!(".{tag}")));
        millrace_words::set(Language::default());
        drawn?;
    }
    Ok(all)
}

fn write(
    found: &[Found],
    posters: &[(String, String)],
    catalogue: &Catalogue,
    shelves: &[(&str, Vec<Translated>)],
    out: &Path,
) -> std::io::Result<()> {
    for found in found {
        let folder = out.join(&found.folder);
        fs::create_dir_all(&folder)?;
        fs::copy(&found.file, folder.join("lesson.md"))?;
        fs::write(folder.join("prose.html"), prose(&found.lesson))?;
    }
    for (name, poster) in posters {
        fs::write(out.join(name), poster)?;
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
