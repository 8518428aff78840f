//! A lesson's widget under an address of its own, `e/L16/`: for places that take an
//! address and nothing else. What such a place shows of it stands in its head, and,
//! once the site has an address, in a file of the oEmbed form beside it.

use std::path::Path;

use super::head::{About, Site};
use super::markdown::escape;
use super::put;
use super::shelf::Shelved;
use super::words::Words;
use crate::Done;
use crate::halves::{read_text, write};

/// Where the widget without a lesson lies.
const PLAIN: &str = "e/";
/// What a widget is as large as where nobody says how large, in CSS pixels.
const SIZE: (u32, u32) = (720, 600);

/// Writes it, if the site has widgets.
///
/// # Errors
/// If the widget's page has another shape, or a file cannot be written.
pub fn write_one(dist: &Path, site: &Site, lesson: &Shelved) -> Done {
    let plain = dist.join(PLAIN).join("index.html");
    if !plain.is_file() {
        return Ok(());
    }
    let path = format!("{PLAIN}{}/", lesson.id);
    let title = format!("{}: {}", lesson.id, lesson.title);
    let about = About { title: &title, says: &lesson.aim, path: &path };
    let head = head(&about, site, lesson)?;
    put(dist, &path, &page(&read_text(&plain)?, &head, lesson)?)?;
    match &site.address {
        Some(address) => write(&dist.join(&path).join("oembed.json"), oembed(address, &about).as_bytes()),
        None => Ok(()),
    }
}

/// The widget's page, one folder deeper, with what it says about itself.
fn page(plain: &str, head: &str, lesson: &Shelved) -> Result<String, String> {
    let title = "<title>millrace</title>";
    let end = "</main>";
    if !plain.contains(title) || !plain.contains(end) {
        return Err(format!("{PLAIN}index.html lacks {title} or {end}"));
    }
    let link = format!(
        "<noscript><a href=\"../../l/{id}/\"><img src=\"../../lessons/{id}.svg\" alt=\"{}\"></a></noscript>{end}",
        escape(&lesson.title),
        id = lesson.id
    );
    Ok(plain.replace("\"../embed/", "\"../../embed/").replace(title, head).replace(end, &link))
}

fn head(about: &About, site: &Site, lesson: &Shelved) -> Result<String, String> {
    let (title, says) = (escape(about.title), escape(about.says));
    let social = site.social(&title, &says, about.path, &Words::english())?;
    let link = link(site, &lesson.id);
    Ok(format!(
        "<title>{title}</title>\n  <meta name=\"description\" content=\"{says}\">\n  <link rel=\"canonical\" href=\"../../l/{}/\">\n  {social}{link}",
        lesson.id
    ))
}

/// The tag that leads to the oEmbed file; nothing as long as the site has no address.
pub fn link(site: &Site, id: &str) -> String {
    site.address.as_ref().map_or_else(String::new, |address| {
        format!("\n  <link rel=\"alternate\" type=\"application/json+oembed\" href=\"{address}{PLAIN}{id}/oembed.json\">")
    })
}

/// See oembed.com: a `rich` thing is its HTML.
fn oembed(address: &str, about: &About) -> String {
    let (width, height) = SIZE;
    let title = json(about.title);
    let frame = json(&format!(
        "<iframe src=\"{address}{}\" width=\"{width}\" height=\"{height}\" title=\"{}\" sandbox=\"allow-scripts allow-popups\" loading=\"lazy\"></iframe>",
        about.path,
        escape(about.title)
    ));
    format!(
        "{{\"version\":\"1.0\",\"type\":\"rich\",\"provider_name\":\"millrace\",\"provider_url\":{},\"title\":{title},\"width\":{width},\"height\":{height},\"thumbnail_url\":{},\"thumbnail_width\":1200,\"thumbnail_height\":630,\"html\":{frame}}}\n",
        json(address),
        json(&format!("{address}{}", super::head::SOCIAL)),
    )
}

fn json(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_widgets_files_from_where_it_lies() {
        let plain = "<head><title>millrace</title><link href=\"../embed/v1/a.css\"></head><main></main>";
        let shelf = super::super::shelf::parse("L16-b\tL16\tA \"b\"\tSee.\t9\t1\n").unwrap();
        let [lesson] = shelf.as_slice() else { panic!() };
        let text = page(plain, "<title>L16</title>", lesson).unwrap();
        assert!(text.contains("<title>L16</title><link href=\"../../embed/v1/a.css\">"), "{text}");
        assert!(text.contains("<a href=\"../../l/L16/\">") && !text.contains("\"../embed"), "{text}");
        assert!(page("<main></main>", "", lesson).is_err());
        let about = About { title: "A \"b\"", says: "", path: "e/L16/" };
        let told = oembed("https://x.org/m/", &about);
        assert!(told.contains("\"title\":\"A \\\"b\\\"\""), "{told}");
        assert!(told.contains("<iframe src=\\\"https://x.org/m/e/L16/\\\""), "{told}");
    }
}
