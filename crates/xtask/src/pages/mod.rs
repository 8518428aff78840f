//! The pages beside the playground: the landing page, each lesson as a text, the
//! fidelity ledger, and what a host shows for an address that it lacks. They are
//! hand-written in `static/landing/`, filled in here, and need no script to be read.

mod head;
mod markdown;
mod shelf;

use std::path::Path;

use head::{About, Site};
use shelf::Shelved;

use crate::halves::{hash, read, read_text, write};
use crate::process::root;
use crate::{Done, build, csp};

/// What the landing page's address hands on: a share link or a lesson, which
/// only the playground can open. Its own anchors hold no `=`.
const HAND_ON: &str = "if (/^#[a-z]+=/.test(location.hash)) location.replace('play/' + location.hash);";

/// A host shows the page for a missing address at that very address: where the
/// site begins is then found out by asking each folder above for its manifest.
const FIND_HOME: &str = "\
(async () => {
  const parts = location.pathname.split('/').slice(1, -1);
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
/// If a source is missing, names what nobody fills in, or cannot be written.
pub fn write_all(dist: &Path, offline: &str) -> Done {
    let style = [root().join("static/style/tokens.css"), template_file("landing.css")];
    let style = style.iter().map(|file| read_text(file)).collect::<Result<String, _>>()?;
    let site = Site::new(format!("site-{}.css", hash(style.as_bytes())), offline.to_owned());
    write(&dist.join(&site.style), style.as_bytes())?;
    let shelf = shelf::read(dist)?;
    landing(dist, &site, &shelf)?;
    for (at, shelved) in shelf.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| shelf.get(at));
        lesson(dist, &site, shelved, before, shelf.get(at + 1))?;
    }
    ledger(dist, &site)?;
    let lost = page("404.html", &[("css", &style), ("find-home", FIND_HOME)])?;
    write(&dist.join("404.html"), lost.as_bytes())?;
    write(&dist.join(head::SOCIAL), &read(&root().join("static").join(head::SOCIAL))?)?;
    site.map(dist, &shelf)
}

/// The playground's page with what a link to it is shown with.
///
/// # Errors
/// If the page has no head.
pub fn add_social(html: &str) -> Result<String, String> {
    let (head, rest) = html.split_once("</head>").ok_or("index.html has no </head>")?;
    let site = Site::new(String::new(), String::new());
    let tags = site.social("millrace: an event-streaming playground", IN_SHORT, build::PLAY);
    Ok(format!("{head}{tags}\n</head>{rest}"))
}

fn landing(dist: &Path, site: &Site, shelf: &[Shelved]) -> Done {
    let about = About { title: "millrace: see what Kafka does, and why", says: IN_SHORT, path: "" };
    let gallery = if dist.join("gallery/index.html").is_file() {
        "<p class=\"more\"><a href=\"./gallery/\">See every widget live, with its snippet</a></p>"
    } else {
        ""
    };
    let text = page(
        "index.html",
        &[
            ("hand-on", HAND_ON),
            ("head", &site.head(&about)),
            ("bar", &part("bar.html", "./")?),
            ("foot", &part("foot.html", "./")?),
            ("root", "./"),
            ("live", &live(dist)?),
            ("lesson-count", &in_words(shelf.len())),
            ("shelf", &shelf::cards(shelf)),
            ("gallery-link", gallery),
        ],
    )?;
    write(&dist.join("index.html"), text.as_bytes())
}

fn lesson(
    dist: &Path,
    site: &Site,
    shelved: &Shelved,
    before: Option<&Shelved>,
    next: Option<&Shelved>,
) -> Done {
    let markdown = read_text(&dist.join("lessons").join(&shelved.folder).join("lesson.md"))?;
    let path = format!("l/{}/", shelved.id);
    let title = format!("{}: a Kafka lesson that runs in the page", shelved.title);
    let says = format!(
        "{} {} minutes, {}, checked by a real streaming engine in your browser.",
        shelved.aim,
        shelved.minutes,
        shelved.tasks()
    );
    let about = About { title: &title, says: &says, path: &path };
    let turn = |to: &Shelved, arrow: [&str; 2]| {
        format!("<a href=\"../{}/\">{}{}{}</a>", to.id, arrow[0], markdown::escape(&to.title), arrow[1])
    };
    let turns = [before.map(|to| turn(to, ["← ", ""])), next.map(|to| turn(to, ["", " →"]))];
    let text = page(
        "lesson.html",
        &[
            ("head", &site.head(&about)),
            ("bar", &part("bar.html", "../../")?),
            ("foot", &part("foot.html", "../../")?),
            ("root", "../../"),
            ("run", &format!("../../play/#lesson={}", shelved.id)),
            ("id", &shelved.id),
            ("title", &markdown::escape(&shelved.title)),
            ("aim", &markdown::escape(&shelved.aim)),
            ("minutes", &shelved.minutes),
            ("tasks", &shelved.tasks()),
            ("poster", &shelf::poster(dist, shelved)),
            ("prose", &markdown::lesson(&markdown)),
            ("turn", &turns.into_iter().flatten().collect::<String>()),
        ],
    )?;
    put(dist, &path, &text)
}

/// What is exactly Kafka's and what is not, for readers of the landing page.
fn ledger(dist: &Path, site: &Site) -> Done {
    let markdown = read_text(&root().join("docs/fidelity.md"))?;
    let about = About {
        title: "Fidelity ledger: millrace",
        says: "What is exactly Kafka's in this engine, what is simplified, and why.",
        path: "fidelity/",
    };
    let text = page(
        "text.html",
        &[
            ("title", "Fidelity ledger"),
            ("head", &site.head(&about)),
            ("bar", &part("bar.html", "../")?),
            ("foot", &part("foot.html", "../")?),
            ("prose", &markdown::text(&markdown)),
        ],
    )?;
    put(dist, about.path, &text)
}

/// What is in the middle of the landing page: the playground's own picture.
fn live(dist: &Path) -> Result<String, String> {
    let mut names = Vec::new();
    for theme in ["light", "dark"] {
        let bytes = read(&template_file(&format!("stage-{theme}.webp")))?;
        let name = format!("stage-{theme}-{}.webp", hash(&bytes));
        write(&dist.join(&name), &bytes)?;
        names.push(name);
    }
    let [light, dark] = names.as_slice() else { return Err("a theme lacks its picture".to_owned()) };
    fill(&read_text(&template_file("live.html"))?, &[("root", "./"), ("light", light), ("dark", dark)])
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
fn page(template: &str, values: &[(&str, &str)]) -> Result<String, String> {
    let filled = fill(&read_text(&template_file(template))?, values);
    csp::add_policy(&filled.map_err(|error| format!("{template}: {error}"))?)
}

/// What stands on every page, with the way to the site's root.
fn part(template: &str, to_root: &str) -> Result<String, String> {
    fill(&read_text(&template_file(template))?, &[("root", to_root)])
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
fn in_words(count: usize) -> String {
    match count {
        20 => "Twenty".to_owned(),
        40 => "Forty".to_owned(),
        other => other.to_string(),
    }
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
        let catalogue = "L03-a\tL03\tA\tSee.\t9\t5\nL16-b\tL16\tB\tSee.\t9\t1\n";
        std::fs::write(dir.join("lessons/catalogue.txt"), catalogue).unwrap();
        put(&dir, "play/", "").unwrap();
        let offline = crate::offline::script(&dir).unwrap();
        write_all(&dir, &offline).unwrap();
        crate::offline::write_all(&dir).unwrap();
        let mut links = 0;
        for page in ["", "l/L03/", "l/L16/", "fidelity/"] {
            let html = read_text(&dir.join(page).join("index.html")).unwrap();
            assert!(html.contains("Content-Security-Policy") && !html.contains("{{"), "{page}");
            let addresses =
                ["href=\"", "src=\"", "srcset=\""].iter().flat_map(|name| html.split(name).skip(1));
            for address in addresses.map(|rest| rest.split('"').next().unwrap()) {
                let path = address.split('#').next().unwrap();
                assert!(!path.starts_with('/') && !path.contains("://"), "{page}: {address}");
                let file = dir.join(page).join(path);
                assert!(
                    path.is_empty() || file.is_file() || file.join("index.html").is_file(),
                    "{page}: {address}"
                );
                links += 1;
            }
        }
        assert!(links > 50, "{links}");
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
