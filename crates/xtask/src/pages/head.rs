//! What stands in the head of every page: what it says about itself to search
//! engines and to those who show links.

use std::cell::RefCell;
use std::fmt::Write;
use std::path::Path;

use super::markdown::escape;
use super::shelf::{Shelved, href};
use super::words::Words;
use crate::Done;
use crate::halves::write;

/// Names the address at which the site will be, with a slash at its end. Links
/// are shown with a picture only under a full address, and a site map holds
/// nothing else; without it the site is the same and has neither.
pub const ADDRESS: &str = "MILLRACE_ADDRESS";

/// The picture that is shown with links; `cargo xtask shots --social` makes it.
pub const SOCIAL: &str = "social.png";

/// A page, as its head tells of it.
pub struct About<'a> {
    /// The title.
    pub title: &'a str,
    /// One or two sentences.
    pub says: &'a str,
    /// Where it lies below the site's root: nothing, or a path that ends in a slash.
    pub path: &'a str,
}

/// What all pages share.
pub struct Site {
    /// The file name of the style.
    pub style: String,
    offline: String,
    /// Where the site will be, if that is known.
    pub address: Option<String>,
    map: RefCell<Vec<String>>,
}

impl Site {
    /// With the address from the environment, if there is one.
    pub fn new(style: String, offline: String) -> Self {
        let address = std::env::var(ADDRESS).ok().filter(|address| address.starts_with("http"));
        let address = address.map(|address| format!("{}/", address.trim_end_matches('/')));
        Self { style, offline, address, map: RefCell::default() }
    }

    /// The tags.
    ///
    /// # Errors
    /// If a text is missing in the language.
    pub fn head(&self, about: &About, words: &Words) -> Result<String, String> {
        let path = format!("{}{}", words.folder, about.path);
        let root = to_root(&path);
        let (title, says) = (escape(about.title), escape(about.says));
        let mut head = format!(
            "<meta name=\"description\" content=\"{says}\">
  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
  <meta name=\"color-scheme\" content=\"light dark\">
  <meta name=\"theme-color\" media=\"(prefers-color-scheme: light)\" content=\"#faf9f6\">
  <meta name=\"theme-color\" media=\"(prefers-color-scheme: dark)\" content=\"#0f1418\">
  <link rel=\"stylesheet\" href=\"{root}{style}\">
  <link rel=\"icon\" href=\"{root}icons/favicon.svg\" type=\"image/svg+xml\">
  <link rel=\"apple-touch-icon\" href=\"{root}icons/icon-192.png\">
  <link rel=\"manifest\" href=\"{root}manifest.webmanifest\">
  <script type=\"module\" src=\"{root}{offline}\"></script>
  {}",
            self.social(&title, &says, &path, words)?,
            style = self.style,
            offline = self.offline,
        );
        if let Some(address) = &self.address {
            // Writing to a string cannot fail.
            let _ = write!(head, "\n  <link rel=\"canonical\" href=\"{address}{path}\">");
        }
        // Whoever is given a lesson's address may show its widget.
        if let Some(id) = about.path.strip_prefix("l/") {
            head.push_str(&super::short::link(self, id.trim_end_matches('/')));
        }
        Ok(head)
    }

    /// What a link to a page is shown with.
    ///
    /// # Errors
    /// If a text is missing in the language.
    pub fn social(&self, title: &str, says: &str, path: &str, words: &Words) -> Result<String, String> {
        let alt = words.say(
            "The stage of millrace: a topic's partitions, a consumer group, retry topics and windows.",
        )?;
        let picture = match &self.address {
            Some(address) => format!("{address}{SOCIAL}"),
            None => format!("{}{SOCIAL}", to_root(path)),
        };
        let mut tags = format!(
            "<meta property=\"og:type\" content=\"website\">
  <meta property=\"og:site_name\" content=\"millrace\">
  <meta property=\"og:title\" content=\"{title}\">
  <meta property=\"og:description\" content=\"{says}\">
  <meta property=\"og:image\" content=\"{picture}\">
  <meta property=\"og:image:width\" content=\"1200\">
  <meta property=\"og:image:height\" content=\"630\">
  <meta property=\"og:image:alt\" content=\"{alt}\">
  <meta name=\"twitter:card\" content=\"summary_large_image\">
  <meta name=\"twitter:title\" content=\"{title}\">
  <meta name=\"twitter:description\" content=\"{says}\">
  <meta name=\"twitter:image\" content=\"{picture}\">"
        );
        if let Some(address) = &self.address {
            let _ = write!(tags, "\n  <meta property=\"og:url\" content=\"{address}{path}\">");
        }
        Ok(tags)
    }

    /// Takes a language's pages into the site map.
    pub fn remember(&self, words: &Words, shelf: &[Shelved]) {
        let mut map = self.map.borrow_mut();
        map.push(words.folder.to_owned());
        let own = shelf.iter().map(|shelved| href(shelved, words)).filter(|href| !href.starts_with(".."));
        map.extend(own.map(|href| format!("{}{href}", words.folder)));
    }

    /// The site map, if the address is known.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn map(&self, dist: &Path) -> Done {
        let Some(address) = &self.address else { return Ok(()) };
        let pages = ["play/", "fidelity/", "de/fidelity/"].map(str::to_owned);
        let all: String = pages
            .iter()
            .chain(self.map.borrow().iter())
            .map(|path| format!("<url><loc>{address}{path}</loc></url>\n"))
            .collect();
        let map = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{all}</urlset>\n"
        );
        write(&dist.join("sitemap.xml"), map.as_bytes())
    }
}

/// The way out of a folder.
pub fn up(folder: &str) -> &'static str {
    if folder.is_empty() { "" } else { "../" }
}

/// The way from a page to the root.
pub fn to_root(path: &str) -> String {
    match path.matches('/').count() {
        0 => "./".to_owned(),
        deep => "../".repeat(deep),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_relative_until_the_site_has_one() {
        let about = About { title: "a <b>", says: "c & d", path: "l/L03/" };
        let words = Words::english();
        let near = Site { address: None, ..Site::new("s.css".to_owned(), "o.js".to_owned()) };
        let near = near.head(&about, &words).unwrap();
        assert!(near.contains("og:image\" content=\"../../social.png\""), "{near}");
        assert!(near.contains("a &lt;b&gt;") && near.contains("c &amp; d"), "{near}");
        assert!(!near.contains("http") && !near.contains("canonical"), "{near}");
        let far = Site {
            address: Some("https://x.org/m/".to_owned()),
            ..Site::new("s.css".to_owned(), "o.js".to_owned())
        }
        .head(&about, &words)
        .unwrap();
        assert!(far.contains("og:image\" content=\"https://x.org/m/social.png\""), "{far}");
        assert!(far.contains("canonical\" href=\"https://x.org/m/l/L03/\""), "{far}");
        assert!(far.contains("href=\"../../s.css\""), "{far}");
    }
}
