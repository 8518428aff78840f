//! The pages beside the playground: the landing page. They are written by hand
//! in `static/landing/` and need no script to be read.

use std::path::Path;

use crate::halves::{hash, read_text, write};
use crate::process::root;
use crate::{Done, csp};

/// What the landing page's address hands on: a share link or a lesson, which
/// only the playground can open. Its own anchors hold no `=`.
const HAND_ON: &str = "if (/^#[a-z]+=/.test(location.hash)) location.replace('play/' + location.hash);";

/// Writes the pages into the built site.
///
/// # Errors
/// If a source is missing, names what nobody fills in, or cannot be written.
pub fn write_all(dist: &Path) -> Done {
    let source = root().join("static/landing");
    let style = [root().join("static/style/tokens.css"), source.join("landing.css")];
    let style = style.iter().map(|file| read_text(file)).collect::<Result<String, _>>()?;
    let style_name = format!("site-{}.css", hash(style.as_bytes()));
    write(&dist.join(&style_name), style.as_bytes())?;
    let landing = read_text(&source.join("index.html"))?;
    let landing = fill(&landing, &[("style", &style_name), ("hand-on", HAND_ON)])?;
    write(&dist.join("index.html"), csp::add_policy(&landing)?.as_bytes())
}

/// A page with every `{{name}}` replaced by its value.
fn fill(template: &str, values: &[(&str, &str)]) -> Result<String, String> {
    let mut parts = template.split("{{");
    let mut page = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").ok_or("a `{{` has no `}}`")?;
        let value = values.iter().find(|(known, _)| *known == name);
        let (_, value) = value.ok_or_else(|| format!("nothing fills in {{{{{name}}}}}"))?;
        page.push_str(value);
        page.push_str(rest);
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_landing_page_leads_on_by_relative_addresses_and_has_its_policy() {
        let dir = std::env::temp_dir().join(format!("millrace-pages-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        write_all(&dir).unwrap();
        let page = read_text(&dir.join("index.html")).unwrap();
        assert!(page.contains("Content-Security-Policy") && page.contains(HAND_ON), "{page}");
        assert!(page.contains("href=\"play/\"") && !page.contains("href=\"/"), "{page}");
        let style = page.split("href=\"./site-").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert!(read_text(&dir.join(format!("site-{style}"))).unwrap().contains("--paper"), "{style}");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_template_is_filled_in_wholly_or_refused() {
        assert_eq!(fill("<a>{{x}}</a>{{y}}{{x}}", &[("x", "1"), ("y", "2")]).unwrap(), "<a>1</a>21");
        assert_eq!(fill("{{z}}", &[("x", "1")]).unwrap_err(), "nothing fills in {{z}}");
        assert_eq!(fill("{{x", &[("x", "1")]).unwrap_err(), "a `{{` has no `}}`");
    }
}
