//! The pages beside the playground: the landing page, each lesson as a text, the
//! fidelity ledger, and what a host shows for an address that it lacks. They are
//! hand-written in `static/landing/`, filled in here, and need no script to be read.

mod gallery;
mod head;
mod ledger;
mod markdown;
mod shelf;
mod short;
mod words;

use std::path::Path;

use head::{About, Site};
use shelf::Shelved;
use words::Words;

use crate::halves::{hash, read, read_text, write};
use crate::process::root;
use crate::{Done, build, csp};

/// What the landing page's address hands on: a share link or a lesson, which
/// only the playground can open. Its own anchors hold no `=`.
const HAND_ON: &str = "if (/^#[a-z]+=/.test(location.hash)) location.replace('play/' + location.hash);";

/// The widget of the landing page runs by itself, unless its reader wants no motion.
const PLAY_ON: &str = "\
addEventListener('millrace-ready', ({ target }) => {
  if (!matchMedia('(prefers-reduced-motion: reduce)').matches) target.run();
}, { once: true });";

/// A host shows the page for a missing address at that very address: it speaks German where that address or the reader
/// does, and where the site begins is found out by asking each folder above for its manifest.
const FIND_HOME: &str = "\
(async () => {
  const parts = location.pathname.split('/').slice(1, -1);
  const kept = (() => { try { return localStorage.getItem('millrace.language'); } catch { return null; } })();
  const lang = parts.includes('de') || (kept ?? navigator.language).startsWith('de') ? 'de' : 'en';
  document.documentElement.lang = lang;
  for (const text of document.querySelectorAll('[data-title]')) {
    text.hidden = text.lang !== lang;
    if (!text.hidden) document.title = text.dataset.title;
  }
  for (let n = parts.length; n >= 0; n -= 1) {
    const home = ['', ...parts.slice(0, n), ''].join('/');
    const answer = await fetch(home + 'manifest.webmanifest', { method: 'HEAD' }).catch(() => undefined);
    if (!answer?.ok) continue;
    for (const link of document.links) link.href = home + link.getAttribute('href').replace('./', '');
    return;
  }
})();";

/// What is said where a link to the site is shown.
const IN_SHORT: &str = "An event-streaming playground that is a real engine: brokers, clients and a stream processor, running wholly in your browser on virtual time. Produce a record and watch it go all the way; click anything to see why.";

/// Writes the pages into the built site, which has the lessons already.
///
/// # Errors
/// If a source is missing, names what nobody fills in, lacks its German, or cannot be written.
pub fn write_all(dist: &Path, offline: &str) -> Done {
    let style = [root().join("static/style/tokens.css"), template_file("landing.css")];
    let style = style.iter().map(|file| read_text(file)).collect::<Result<String, _>>()?;
    let site = Site::new(format!("site-{}.css", hash(style.as_bytes())), offline.to_owned());
    write(&dist.join(&site.style), style.as_bytes())?;
    for words in [Words::english(), Words::german(&read_text(&template_file("de.txt"))?)?] {
        let shelf = shelf::read(dist, &words)?;
        let language = Language { dist, site: &site, words: &words };
        language.landing(&shelf)?;
        language.gallery()?;
        ledger::write_one(dist, &site, &words)?;
        for (at, shelved) in shelf.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| shelf.get(at));
            language.lesson(shelved, before, shelf.get(at + 1))?;
            if words.folder.is_empty() {
                short::write_one(dist, &site, shelved)?;
            }
        }
        words.all_said()?;
        site.remember(&words, &shelf);
    }
    let lost = page("404.html", &Words::english(), &[("css", &style), ("find-home", FIND_HOME)])?;
    write(&dist.join("404.html"), lost.as_bytes())?;
    write(&dist.join(head::SOCIAL), &read(&root().join("static").join(head::SOCIAL))?)?;
    site.map(dist)
}

/// The playground's page with what a link to it is shown with.
///
/// # Errors
/// If the page has no head.
pub fn add_social(html: &str) -> Result<String, String> {
    let (head, rest) = html.split_once("</head>").ok_or("index.html has no </head>")?;
    let site = Site::new(String::new(), String::new());
    let tags =
        site.social("millrace: an event-streaming playground", IN_SHORT, build::PLAY, &Words::english())?;
    Ok(format!("{head}{tags}\n</head>{rest}"))
}

/// The pages of one language.
struct Language<'a> {
    dist: &'a Path,
    site: &'a Site,
    words: &'a Words,
}

impl Language<'_> {
    fn landing(&self, shelf: &[Shelved]) -> Done {
        let words = self.words;
        let about = About {
            title: &words.say("millrace: see what Kafka does, and why")?,
            says: &words.say(IN_SHORT)?,
            path: "",
        };
        let gallery = words.say("See every widget live, with its snippet")?;
        let gallery = if gallery::is_there(self.dist) {
            format!("<p class=\"more\"><a href=\"{{{{home}}}}gallery/\">{gallery}</a></p>")
        } else {
            String::new()
        };
        let hand_on =
            if words.folder.is_empty() { HAND_ON.to_owned() } else { HAND_ON.replace("play/", "../play/") };
        let live = live(self.dist, words)?;
        let text = self.page(
            "index.html",
            &about,
            &[
                ("hand-on", &hand_on),
                ("live", &live),
                ("first", shelf.first().map_or("L01", |lesson| &lesson.id)),
                ("lesson-count", &in_words(shelf.len(), words)?),
                ("shelf", &shelf::cards(shelf, words)?),
                ("gallery-link", &gallery),
            ],
        )?;
        put(self.dist, words.folder, &text)
    }

    fn lesson(&self, shelved: &Shelved, before: Option<&Shelved>, next: Option<&Shelved>) -> Done {
        let words = self.words;
        let Some(markdown) = shelf::markdown(self.dist, shelved, words) else {
            // Not translated yet: the shelf leads to the English page.
            return Ok(());
        };
        let path = format!("l/{}/", shelved.id);
        let tasks = shelved.tasks(words)?;
        let title = format!("{}{}", shelved.title, words.say(": a Kafka lesson that runs in the page")?);
        let says = format!(
            "{} {} {}, {tasks}, {}",
            shelved.aim,
            shelved.minutes,
            words.say("minutes")?,
            words.say("checked by a real streaming engine in your browser.")?
        );
        let about = About { title: &title, says: &says, path: &path };
        let turn = |to: &Shelved, arrow: [&str; 2]| {
            let href = shelf::href(to, words);
            format!(
                "<a href=\"{{{{home}}}}{href}\">{}{}{}</a>",
                arrow[0],
                markdown::escape(&to.title),
                arrow[1]
            )
        };
        let turns = [before.map(|to| turn(to, ["← ", ""])), next.map(|to| turn(to, ["", " →"]))];
        let text = self.page(
            "lesson.html",
            &about,
            &[
                ("run", &format!("{{{{root}}}}play/{}#lesson={}", words.ask, shelved.id)),
                ("id", &shelved.id),
                ("title", &markdown::escape(&shelved.title)),
                ("aim", &markdown::escape(&shelved.aim)),
                ("minutes", &shelved.minutes),
                ("tasks", &tasks),
                ("poster", &shelf::poster(self.dist, shelved, words)?),
                ("prose", &markdown::lesson(&markdown, words)?),
                ("turn", &turns.into_iter().flatten().collect::<String>()),
            ],
        )?;
        put(self.dist, &format!("{}{path}", words.folder), &text)
    }

    /// A page from its template, with what all pages have; values may name the ways, too.
    fn page(&self, template: &str, about: &About, values: &[(&str, &str)]) -> Result<String, String> {
        let words = self.words;
        let path = format!("{}{}", words.folder, about.path);
        let root = head::to_root(&path);
        let home = head::to_root(about.path);
        let other = if words.tag == "en" { ("de", "Deutsch", "de/") } else { ("en", "English", "") };
        // A lesson that is in English only has no other page.
        let is_in_both =
            [gallery::PATH, ledger::PATH].contains(&about.path) || shelf::is_in_both(self.dist, about.path);
        let there = if is_in_both { about.path } else { "" };
        let (tag, name, folder) = other;
        let other = format!(
            "<a class=\"other\" href=\"{root}{folder}{there}\" hreflang=\"{tag}\" lang=\"{tag}\">{name}</a>"
        );
        let ways = [
            ("root", root.as_str()),
            ("home", &home),
            ("ask", words.ask),
            ("lang", words.tag),
            ("other", &other),
        ];
        let part = |name: &str| fill(&words.read(&read_text(&template_file(name))?)?, &ways);
        let head = self.site.head(about, words)?;
        let (bar, foot) = (part("bar.html")?, part("foot.html")?);
        let mut all: Vec<(&str, String)> = Vec::new();
        for (name, value) in values {
            // What a lesson says in braces is its own affair.
            all.push((name, if *name == "prose" { (*value).to_owned() } else { fill(value, &ways)? }));
        }
        let mut all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.extend(ways);
        all.extend([("head", head.as_str()), ("bar", &bar), ("foot", &foot)]);
        page(template, words, &all)
    }
}

/// What is in the middle of the landing page: the playground's own picture.
fn live(dist: &Path, words: &Words) -> Result<String, String> {
    let mut names = Vec::new();
    for theme in ["light", "dark"] {
        let bytes = read(&template_file(&format!("stage-{theme}.webp")))?;
        let name = format!("stage-{theme}-{}.webp", hash(&bytes));
        write(&dist.join(&name), &bytes)?;
        names.push(name);
    }
    let [light, dark] = names.as_slice() else { return Err("a theme lacks its picture".to_owned()) };
    let template = words.read(&read_text(&template_file("live.html"))?)?;
    // Without the widget, the element is the picture that leads to the playground.
    let loader = if dist.join("embed/v1/embed.js").is_file() {
        format!(
            "<script type=\"module\" src=\"{{{{root}}}}embed/v1/embed.js\"></script>\n    <script>{PLAY_ON}</script>\n    "
        )
    } else {
        String::new()
    };
    let template = template.replace("{{loader}}", &loader);
    Ok(template.replace("{{light}}", light).replace("{{dark}}", dark))
}

fn put(dist: &Path, path: &str, text: &str) -> Done {
    let folder = dist.join(path);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    write(&folder.join("index.html"), text.as_bytes())
}

fn template_file(name: &str) -> std::path::PathBuf {
    root().join("static/landing").join(name)
}

/// A page from its template, under its policy.
fn page(template: &str, words: &Words, values: &[(&str, &str)]) -> Result<String, String> {
    let text = words.read(&read_text(&template_file(template))?)?;
    csp::add_policy(&fill(&text, values).map_err(|error| format!("{template}: {error}"))?)
}

/// A text with every `{{name}}` replaced by its value.
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

/// A count as a heading begins with it.
fn in_words(count: usize, words: &Words) -> Result<String, String> {
    let twenty = words.say("Twenty")?;
    Ok(if count == 20 { twenty } else { count.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_every_page_leads_to_a_file_of_the_site() {
        let dir = std::env::temp_dir().join(format!("millrace-pages-{}", std::process::id()));
        for (folder, id) in [("L03-a", "L03"), ("L16-b", "L16")] {
            let folder = dir.join("lessons").join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("lesson.md"), format!("---\nid: {id}\n---\n\n# T\n\nText.\n"))
                .unwrap();
        }
        std::fs::write(dir.join("lessons/L03-a/lesson.de.md"), "---\nid: L03\n---\n\n# T\n\nDeutsch.\n")
            .unwrap();
        let catalogue = "L03-a\tL03\tA\tSee.\t9\t5\nL16-b\tL16\tB\tSee.\t9\t1\n";
        for name in ["catalogue.txt", "catalogue.de.txt"] {
            std::fs::write(dir.join("lessons").join(name), catalogue).unwrap();
        }
        put(&dir, "play/", "").unwrap();
        let offline = crate::offline::script(&dir).unwrap();
        write_all(&dir, &offline).unwrap();
        crate::offline::write_all(&dir).unwrap();
        let mut links = 0;
        for page in ["", "l/L03/", "l/L16/", "fidelity/", "de/", "de/l/L03/", "de/fidelity/"] {
            let html = read_text(&dir.join(page).join("index.html")).unwrap();
            assert!(html.contains("Content-Security-Policy") && !html.contains("{{"), "{page}");
            let addresses =
                ["href=\"", "src=\"", "srcset=\""].iter().flat_map(|name| html.split(name).skip(1));
            for address in addresses.map(|rest| rest.split('"').next().unwrap()) {
                let path = address.split(['?', '#']).next().unwrap();
                assert!(!path.starts_with('/') && !path.contains("://"), "{page}: {address}");
                let file = dir.join(page).join(path);
                assert!(
                    path.is_empty() || file.is_file() || file.join("index.html").is_file(),
                    "{page}: {address}"
                );
                links += 1;
            }
        }
        assert!(!dir.join("de/l/L16").exists());
        assert!(
            read_text(&dir.join("de/l/L03/index.html"))
                .unwrap()
                .contains("../../../play/?lang=de#lesson=L03")
        );
        assert!(links > 70, "{links}");
        let landing = read_text(&dir.join("index.html")).unwrap();
        assert!(landing.contains(HAND_ON) && landing.contains("./l/L16/"), "{landing}");
        assert!(read_text(&dir.join("l/L03/index.html")).unwrap().contains("../../play/#lesson=L03"));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_template_is_filled_in_wholly_or_refused() {
        assert_eq!(fill("<a>{{x}}</a>{{y}}{{x}}", &[("x", "1"), ("y", "2")]).unwrap(), "<a>1</a>21");
        assert_eq!(fill("{{z}}", &[("x", "1")]).unwrap_err(), "nothing fills in {{z}}");
        assert_eq!(fill("{{x", &[("x", "1")]).unwrap_err(), "a `{{` has no `}}`");
    }
}
