//! The page of all widgets, each live with its snippet. What the widget itself is, `widget` builds.

use std::path::Path;

use super::head::About;
use super::{Language, put};
use crate::Done;
use crate::halves::read_text;
use crate::process::root;
use crate::versions::newest;
use crate::widget::{HOME, hashed, slim};

/// Where it lies.
pub const PATH: &str = "gallery/";

/// Whether the site has widgets.
pub fn is_there(dist: &Path) -> bool {
    dist.join(HOME).join("embed.js").is_file()
}

impl Language<'_> {
    /// Writes it in this language. Its texts are said in either case: what nobody says stops the build.
    pub fn gallery(&self) -> Done {
        let (from, to) = (root().join("static/gallery"), self.dist.join(PATH));
        std::fs::create_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
        let own = |name: &str| Ok::<_, String>(slim(&read_text(&from.join(format!("gallery.{name}")))?));
        let file = |name: &str| hashed(&to, "gallery", name, &own(name)?);
        let (style, script) = (file("css")?, file("js")?);
        let words = self.words;
        let says = words.say("Put a running event-streaming cluster into your documentation with two lines of HTML. Every widget here is live, with its snippet beside it.")?;
        let about = About { title: &words.say("Widgets: millrace")?, says: &says, path: PATH };
        let pinned = newest(self.dist);
        let (pinned, integrity) = pinned.map(|pinned| (pinned.path, pinned.integrity)).unwrap_or_default();
        let values = [("style", &style), ("script", &script), ("pinned", &pinned), ("integrity", &integrity)];
        let values = values.map(|(name, value)| (name, value.as_str()));
        let text = self.page("gallery.html", &about, &values)?;
        put(self.dist, &format!("{}{PATH}", words.folder), &text)
    }
}
