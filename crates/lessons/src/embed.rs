//! A widget in a document: what its author may say, and the markup that every integration makes of it.
//!
//! ```text
//! lesson=L16 at=12s title="The long way"
//! ```
//!
//! The attributes are those of `<millrace-embed>` (`integrations/vocabulary.txt`, the same list for every generator; the
//! cases in `integrations/cases.json` hold for each of them). A fence with lines in it is a scenario of its own. Anything
//! that nobody knows is an error: a misspelt attribute would be silently nothing in the page.

const VOCABULARY: &str = include_str!("../../../integrations/vocabulary.txt");

/// A widget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embed {
    /// Names and values, in the order of the vocabulary.
    pub attributes: Vec<(String, String)>,
    /// The lines of its own scenario.
    pub lines: Vec<String>,
}

/// Reads what stands behind the word `millrace`, and the block's text.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn embed(info: &str, text: &str) -> Result<Embed, String> {
    Embed::new(pairs(info)?, text)
}

/// The lesson of a `<millrace-embed …>` tag, if it has one; what HTML itself has for every element is let pass.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn tag(text: &str) -> Result<Option<String>, String> {
    let mut pairs = pairs(text.trim_end_matches('/'))?;
    pairs.retain(|(name, _)| {
        !matches!(name.as_str(), "class" | "id" | "style" | "slot" | "dir")
            && !name.starts_with("data-")
            && !name.starts_with("aria-")
    });
    check(&pairs)?;
    Ok(pairs.into_iter().find(|(name, _)| name == "lesson").map(|(_, lesson)| lesson))
}

fn pairs(info: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut rest = info.trim();
    while !rest.is_empty() {
        let word = rest.split_whitespace().next().unwrap_or_default();
        let Some((name, after)) =
            rest.split_once('=').filter(|(name, _)| word.starts_with(&format!("{name}=")))
        else {
            return Err(format!("expected name=value such as lesson=L16, found {word}"));
        };
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = match quote {
            Some(quote) => after.get(1..).and_then(|after| after.split(quote).next()).unwrap_or_default(),
            None => after.split_whitespace().next().unwrap_or_default(),
        };
        let end = value.len() + if quote.is_some() { 2 } else { 0 };
        pairs.push((name.to_owned(), value.to_owned()));
        rest = after.get(end..).unwrap_or_default().trim_start();
    }
    Ok(pairs)
}

fn check(pairs: &[(String, String)]) -> Result<(), String> {
    for (n, (name, value)) in pairs.iter().enumerate() {
        if pairs.iter().take(n).any(|(before, _)| before == name) {
            return Err(format!("{name} is said twice"));
        }
        let kinds = known().find(|(known, _)| known == name).map(|(_, kinds)| kinds);
        let Some(kinds) = kinds else {
            let meant = nearest(name).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
            return Err(format!("no such attribute: {name}{meant}"));
        };
        if !kinds.iter().any(|kind| fits(kind, value)) {
            return Err(format!("{name}: expected {}, found {value}", expected(&kinds)));
        }
    }
    Ok(())
}

impl Embed {
    /// A widget with these attributes, and its own lines if there are any.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn new(pairs: Vec<(String, String)>, text: &str) -> Result<Embed, String> {
        check(&pairs)?;
        let lines: Vec<String> =
            text.trim_matches('\n').lines().map(|line| line.trim_end().to_owned()).collect();
        let lines = if text.trim().is_empty() { Vec::new() } else { lines };
        let order = |name: &str| known().position(|(known, _)| known == name);
        let mut attributes = pairs;
        attributes.sort_by_key(|(name, _)| order(name));
        let embed = Embed { attributes, lines };
        let mut begins: Vec<&str> =
            ["lesson", "scenario", "src"].into_iter().filter(|name| embed.get(name).is_some()).collect();
        if !embed.lines.is_empty() {
            begins.push("lines of a script");
        }
        match begins.len() {
            0 => Err("expected lesson=…, scenario=…, src=… or lines of a script".to_owned()),
            1 => Ok(embed),
            _ => Err(format!(
                "expected one of lesson, scenario, src and lines of a script, found {}",
                begins.join(" and ")
            )),
        }
    }

    /// An attribute's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The markup, one line: the loader, the widget, and what stands there until it runs, without scripts, and in print.
    /// `host` is where the site lies, with a slash at its end.
    pub fn markup(&self, host: &str) -> String {
        let attributes: String =
            self.attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escape(value))).collect();
        let inside = match self.get("lesson") {
            Some(lesson) => {
                let id = lesson.split('-').next().unwrap_or_default();
                let title = self.get("title").map_or_else(|| format!("Lesson {id}"), escape);
                format!(
                    "<figure><a href=\"{host}l/{id}/\"><img src=\"{host}lessons/{id}.svg\" alt=\"{title}\" loading=\"lazy\"></a>\
                     <figcaption><a href=\"{host}l/{id}/\">Run lesson {id} in the browser</a></figcaption></figure>"
                )
            }
            None => {
                let link = format!("<p><a href=\"{host}play/\">Run it in the browser</a></p>");
                if self.lines.is_empty() { link } else { format!("{}{link}", own_lines(&self.lines)) }
            }
        };
        format!(
            "<script type=\"module\" src=\"{host}embed/v1/embed.js\"></script>\
             <millrace-embed{attributes}>{inside}</millrace-embed>"
        )
    }
}

/// The address of a site as [`Embed::markup`] wants it.
///
/// # Errors
/// What it has to look like.
pub fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_address = ["https://", "http://", "/", "./", "../"].iter().any(|start| text.starts_with(start));
    if !is_address || text.contains(['"', '<', '>', '&', ' ']) {
        return Err(format!(
            "host: expected where Millrace is served, such as https://example.org/millrace/, found {text}"
        ));
    }
    Ok(format!("{}/", text.trim_end_matches('/')))
}

/// The lines as the widget reads them, and as a reader does.
fn own_lines(lines: &[String]) -> String {
    let said: Vec<String> = lines.iter().map(|line| json(line)).collect();
    let shown: Vec<String> = lines.iter().map(|line| escape(line)).collect();
    format!(
        "<script type=\"application/json\">{{\"text\":[{}]}}</script><pre><code>{}</code></pre>",
        said.join(","),
        shown.join("&#10;")
    )
}

/// A string of JSON that cannot end the element around it.
fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '<' => out.push_str("\\u003c"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn known() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    VOCABULARY.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.collect()))
    })
}

fn fits(kind: &str, value: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        "NAME" => {
            !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        }
        "NUMBER" => is_digits(value),
        "SPAN" => ["us", "ms", "s", "m", "min", "h", "d"]
            .iter()
            .any(|unit| value.strip_suffix(unit).is_some_and(is_digits)),
        "TEXT" => !value.is_empty(),
        word => word == value,
    }
}

fn expected(kinds: &[&'static str]) -> String {
    let words: Vec<&str> = kinds
        .iter()
        .map(|kind| match *kind {
            "NAME" => "a name such as L16",
            "NUMBER" => "a whole number",
            "SPAN" => "a duration such as 12s",
            "TEXT" => "a text",
            word => word,
        })
        .collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// The attribute that differs by at most two letters; the first of several.
fn nearest(name: &str) -> Option<&'static str> {
    let all = known().map(|(known, _)| (distance(name, known), known));
    all.filter(|(far, _)| *far <= 2).min_by_key(|(far, _)| *far).map(|(_, known)| known)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (n, letter) in a.chars().enumerate() {
        let mut next = vec![n + 1];
        for (other, (above, left)) in b.iter().zip(row.iter().skip(1).zip(&row)) {
            let before = next.last().copied().unwrap_or_default();
            next.push((left + usize::from(*other != letter)).min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
