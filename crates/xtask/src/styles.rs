//! The playground's styles as a visit gets them: what the loading mark needs
//! stands in the page itself, and the rest is one file, asked for behind that
//! mark, so that the mark is there at once. Trunk writes a link a source file, and
//! the page is blank until the last of them has come.

use std::path::Path;

use crate::Done;
use crate::halves::{hash, read_text, write};

/// How Trunk links a style.
const LINK: &str = "<link rel=\"stylesheet\" href=\"./";
/// The style of the loading mark.
const BOOT: &str = "boot-";
/// What the mark is.
const MARK: &str = "id=\"boot\"";

/// Joins the styles of the page in `play`.
///
/// # Errors
/// If the page lacks one of them, has no mark, or a file cannot be read or written.
pub fn join(play: &Path) -> Done {
    let page = play.join("index.html");
    let (html, names) = unlink(&read_text(&page)?)?;
    let (mut boot, mut all) = (String::new(), String::new());
    for name in &names {
        let text = read_text(&play.join(name))?;
        if name.starts_with(BOOT) { &mut boot } else { &mut all }.push_str(&text);
    }
    let style = format!("style-{}.css", hash(all.as_bytes()));
    let html = relink(&html, &boot, &style)?;
    write(&play.join(style), all.as_bytes())?;
    for name in names {
        std::fs::remove_file(play.join(&name)).map_err(|error| format!("{name}: {error}"))?;
    }
    write(&page, html.as_bytes())
}

/// The page without its links, and what they named, in order.
fn unlink(html: &str) -> Result<(String, Vec<String>), String> {
    let mut parts = html.split(LINK);
    let mut page = parts.next().unwrap_or_default().to_owned();
    let mut names = Vec::new();
    for part in parts {
        let (name, rest) = part.split_once('"').ok_or("a link to a style has no end")?;
        let (_, rest) = rest.split_once('>').ok_or("a link to a style has no end")?;
        names.push(name.to_owned());
        page.push_str(rest.trim_start_matches('\n').trim_start_matches(' '));
    }
    if names.iter().any(|name| name.starts_with(BOOT)) {
        Ok((page, names))
    } else {
        Err("the page has no boot.css".to_owned())
    }
}

/// The page with the mark's style in its head, and the link behind the mark.
fn relink(html: &str, boot: &str, style: &str) -> Result<String, String> {
    let (head, rest) = html.split_once("</head>").ok_or("the page has no head")?;
    let (before, mark) = rest.split_once(MARK).ok_or("the page has no loading mark")?;
    let (mark, after) = mark.split_once("</div>").ok_or("the loading mark has no end")?;
    Ok(format!("{head}<style>{boot}</style></head>{before}{MARK}{mark}</div>\n  {LINK}{style}\">{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head>\n  <link rel=\"icon\">\n  <link rel=\"stylesheet\" href=\"./boot-1.css\"/>\n  \
        <link rel=\"stylesheet\" href=\"./a-2.css\"/>\n</head><body><div id=\"boot\">…</div><script></script></body>";

    #[test]
    fn the_mark_has_its_style_with_it_and_all_else_comes_behind_it() {
        let (html, names) = unlink(PAGE).unwrap();
        assert_eq!(names, ["boot-1.css", "a-2.css"]);
        let page = relink(&html, "b{}", "style-3.css").unwrap();
        assert_eq!(
            page,
            "<head>\n  <link rel=\"icon\">\n  <style>b{}</style></head><body><div id=\"boot\">…</div>\n  \
             <link rel=\"stylesheet\" href=\"./style-3.css\"><script></script></body>"
        );
    }

    #[test]
    fn a_page_of_another_shape_is_refused() {
        assert!(unlink("<head></head>").is_err());
        assert!(relink("<head></head><body></body>", "", "").is_err());
    }
}
