//! What is exactly Kafka's and what is not, for readers of the landing page: `docs/fidelity.md` as a page. In German its frame
//! is German, headings and the heads of tables too; the ledger itself is English, and the page says so.

use std::path::Path;

use super::head::{About, Site};
use super::words::Words;
use super::{Language, markdown, put};
use crate::Done;
use crate::halves::read_text;
use crate::process::root;

/// Where it lies.
pub const PATH: &str = "fidelity/";
/// Where the ledger itself begins; the lines before it are its title and introduction.
const BEGINS: &str = "## Profiles";
/// What the German page says instead of those.
const INTRODUCTION: &str = "\
# Verzeichnis der Unterschiede

Was genau wie bei Kafka ist, was vereinfacht ist, und warum. Ein Unterschied, der hier nicht steht, ist ein Fehler: Bitte melde ihn.

Das Profil, das ohne Angabe gilt, ist das veröffentlichte Apache Kafka 4.x. Das Profil `4.0-snapshot` ist der \
Entwicklungsstand (Commit `1eb7644`, Oktober 2024), aus dem die Golden Vectors in `tests/vectors/` stammen: aufgezeichnet mit \
Kafkas eigenem Code.

Überschriften und Spalten sind deutsch, die Einträge selbst englisch.

";
/// Headings.
const HEADINGS: [(&str, &str); 13] = [
    ("Profiles", "Profile"),
    ("Exactly Kafka's", "Genau wie bei Kafka"),
    ("Simplified, and why", "Vereinfacht, und warum"),
    ("The world", "Die Welt"),
    ("Producer", "Producer"),
    ("Consumer", "Consumer"),
    ("Broker", "Broker"),
    ("Export", "Export"),
    ("librdkafka (`--client librdkafka`)", "librdkafka (`--client librdkafka`)"),
    ("Groups on stage", "Gruppen auf der Bühne"),
    ("Listener and retries (Spring Kafka)", "Listener und Retries (Spring Kafka)"),
    ("Streams", "Streams"),
    ("Console", "Konsole"),
];
/// Heads of columns.
const COLUMNS: [(&str, &str); 7] = [
    ("setting", "Einstellung"),
    ("source", "Quelle"),
    ("what", "was"),
    ("checked by", "geprüft durch"),
    ("here", "hier"),
    ("why", "warum"),
    ("network and processes", "Netz und Prozesse"),
];

/// The page in one language.
///
/// # Errors
/// If the ledger cannot be read, a text lacks its German, or the page cannot be written.
pub fn write_one(dist: &Path, site: &Site, words: &Words) -> Done {
    let text = read_text(&root().join("docs/fidelity.md"))?;
    let (title, says) = (
        words.say("Fidelity ledger: millrace")?,
        words.say("What is exactly Kafka's in this engine, what is simplified, and why.")?,
    );
    let about = About { title: &title, says: &says, path: PATH };
    let language = Language { dist, site, words };
    let prose = if words.tag == "de" { german(&text) } else { markdown::text(&text) };
    let page = language.page("text.html", &about, &[("title", &title), ("prose", &prose)])?;
    put(dist, &format!("{}{PATH}", words.folder), &page)
}

fn german(text: &str) -> String {
    let ledger = text.find(BEGINS).and_then(|at| text.get(at..)).unwrap_or(text);
    let mut lines: Vec<String> = Vec::new();
    let mut rows = ledger.lines().peekable();
    while let Some(line) = rows.next() {
        let is_head = line.starts_with('|') && rows.peek().is_some_and(|below| below.starts_with("|---"));
        let hashes = line.chars().take_while(|c| *c == '#').count();
        lines.push(match line.get(hashes..) {
            Some(heading) if hashes > 0 => {
                format!("{} {}", "#".repeat(hashes), of(&HEADINGS, heading.trim()))
            }
            _ if is_head => line
                .split('|')
                .map(|cell| format!(" {} ", of(&COLUMNS, cell.trim())))
                .collect::<Vec<_>>()
                .join("|"),
            _ => line.to_owned(),
        });
    }
    let ledger = markdown::text(&lines.join("\n"))
        .replace("<h2>", "<h2 lang=\"de\">")
        .replace("<h3>", "<h3 lang=\"de\">")
        .replace("<thead>", "<thead lang=\"de\">");
    format!("{}<div lang=\"en\">{ledger}</div>", markdown::text(INTRODUCTION))
}

/// The German of it; what has none stays as it is.
fn of<'a>(table: &[(&str, &'a str)], english: &'a str) -> &'a str {
    table.iter().find(|(known, _)| *known == english).map_or(english, |(_, german)| german)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_of_the_ledger_has_its_german() {
        let text = read_text(&root().join("docs/fidelity.md")).unwrap();
        let (_, ledger) = text.split_once(BEGINS).unwrap();
        for line in ledger.lines().filter(|line| line.starts_with("##")) {
            let heading = line.trim_start_matches('#').trim();
            assert!(HEADINGS.iter().any(|(known, _)| *known == heading), "no German for `{heading}`");
        }
    }

    #[test]
    fn the_frame_is_german_and_the_entries_say_that_they_are_not() {
        let page = german(
            "# T\n\nText.\n\n## Profiles\n\n| setting | `4.x` | source |\n|---|---|---|\n| a | here | c |\n",
        );
        assert!(page.starts_with("<h1>Verzeichnis der Unterschiede</h1>"), "{page}");
        assert!(page.contains("<div lang=\"en\"><h2 lang=\"de\">Profile</h2>"), "{page}");
        assert!(page.contains("<th>Einstellung</th>") && page.contains("<td>here</td>"), "{page}");
        assert!(!page.contains("Text."));
    }
}
