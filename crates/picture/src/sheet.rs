//! The style of a picture that stands alone: the page's own tokens and rules, cut down to what the picture uses, so that
//! the two cannot drift apart.
//!
//! This reads only the style sheets of this house: rules, comments, `@media` one level deep. What answers to a pointer or
//! the keyboard is left out. Rules reach no further than the picture, so that it can stand inside of a page.

use std::collections::BTreeSet;

const TOKENS: &str = include_str!("../../../static/style/tokens.css");
const RULES: [&str; 3] = [
    include_str!("../../../static/style/stage.css"),
    include_str!("../../../static/style/faults.css"),
    include_str!("poster.css"),
];

/// The class of the picture's root; what the page calls `.stage`.
pub const ROOT: &str = "millrace";

/// Which of the two themes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    Auto,
    /// Ink on paper.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// By its name.
    pub fn from_name(name: &str) -> Option<Theme> {
        match name {
            "auto" => Some(Theme::Auto),
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
        }
    }
}

/// A rule of a style sheet: the condition around it, what it is for, what it says.
struct Rule<'a> {
    media: &'a str,
    selectors: &'a str,
    body: &'a str,
}

/// The style for a picture in which these classes occur.
pub fn sheet(used: &BTreeSet<&str>, theme: Theme) -> String {
    let tokens = without_comments(TOKENS);
    let tokens = rules(&tokens);
    let sources = RULES.map(without_comments);
    let mut needed: BTreeSet<String> = BTreeSet::new();
    let mut text = String::new();
    let meanings = tokens.iter().filter(|rule| !rule.selectors.starts_with(':'));
    for rule in meanings.chain(&sources.iter().flat_map(|source| rules(source)).collect::<Vec<_>>()) {
        let selectors: Vec<String> =
            rule.selectors.split(',').filter_map(|selector| scoped(selector.trim(), used)).collect();
        let body = seen(rule.body);
        if rule.media.is_empty() && !selectors.is_empty() && !body.is_empty() {
            needed.extend(variables(&body));
            text.push_str(&[&selectors.join(","), "{", &body, "}\n"].concat());
        }
    }
    let named = |media: &str, selectors: &str| {
        let wanted = tokens.iter().filter(|rule| rule.media == media && rule.selectors == selectors);
        wanted.flat_map(|rule| declarations(rule.body)).collect::<Vec<_>>()
    };
    let light = named("", ":root");
    let dark = named("", ":root[data-theme=\"dark\"]");
    // A token may be made of others.
    loop {
        let found: Vec<String> = light
            .iter()
            .filter(|(name, _)| needed.contains(*name))
            .flat_map(|(_, value)| variables(value))
            .collect();
        let before = needed.len();
        needed.extend(found);
        if needed.len() == before {
            break;
        }
    }
    let written = |all: &[(&str, &str)]| {
        let all = all.iter().filter(|(name, _)| needed.contains(*name));
        let lines: Vec<String> = all.map(|(name, value)| format!("{name}:{value}")).collect();
        format!(".{ROOT}{{{}}}", lines.join(";"))
    };
    let theme = match theme {
        Theme::Light => written(&light),
        Theme::Dark => [written(&light), written(&dark)].join("\n"),
        Theme::Auto => {
            format!("{}\n@media (prefers-color-scheme:dark){{{}}}", written(&light), written(&dark))
        }
    };
    [&theme, "\n", &text].concat()
}

fn without_comments(source: &str) -> String {
    let mut parts = source.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once("*/").map_or("", |(_, rest)| rest))
}

fn rules(source: &str) -> Vec<Rule<'_>> {
    let mut all = Vec::new();
    let mut rest = source;
    while let Some((head, after)) = rest.split_once('{') {
        let head = head.trim();
        let end = closing(after);
        let body = after.get(..end).unwrap_or_default();
        if let Some(media) = head.strip_prefix("@media") {
            all.extend(rules(body).into_iter().map(|rule| Rule { media: media.trim(), ..rule }));
        } else {
            all.push(Rule { media: "", selectors: head, body });
        }
        rest = after.get(end + 1..).unwrap_or_default();
    }
    all
}

/// Where the brace ends that was opened before `text`.
fn closing(text: &str) -> usize {
    let mut open = 1;
    for (at, c) in text.char_indices() {
        open += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if open == 0 {
            return at;
        }
    }
    text.len()
}

/// A selector as it is inside of the picture; none if nothing there answers to it. What the page says of its own stage
/// it says of the root here, and with the same weight.
fn scoped(selector: &str, used: &BTreeSet<&str>) -> Option<String> {
    if selector.contains([':', '[', '@']) {
        return None;
    }
    let is_name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let classes =
        selector.split('.').skip(1).map(|part| part.split(|c| !is_name(c)).next().unwrap_or_default());
    if !classes.into_iter().all(|class| class == "stage" || used.contains(class)) {
        return None;
    }
    let root = format!(".{ROOT}");
    match selector.strip_prefix(".stage") {
        Some(rest) => Some(root + rest),
        None => Some(format!(":where({root}) {selector}")),
    }
}

/// What a rule says of a picture.
fn seen(body: &str) -> String {
    const NOT: &[&str] = &["transition", "cursor", "pointer-events", "user-select", "-webkit-user-select"];
    let all = declarations(body).into_iter().filter(|(name, _)| !NOT.contains(name));
    all.map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>().join(";")
}

fn declarations(body: &str) -> Vec<(&str, &str)> {
    let pairs = body.split(';').filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.trim(), value.trim())).collect()
}

/// The variables that a value asks for.
fn variables(text: &str) -> Vec<String> {
    let parts = text.split("var(").skip(1);
    parts.filter_map(|part| part.split([')', ',']).next()).map(|name| name.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(classes: &[&'static str], theme: Theme) -> String {
        sheet(&classes.iter().copied().collect(), theme)
    }

    #[test]
    fn only_what_is_used_is_there_and_it_reaches_no_further_than_the_picture() {
        let text = of(&["trough"], Theme::Light);
        assert_eq!(
            text,
            ".millrace{--text-s:0.75rem;--sans:system-ui, -apple-system, \"Segoe UI\", \"Inter\", \"Helvetica Neue\", sans-serif;--trough:#efede7;--ink:#1a1f25}\n\
             .millrace{display:block;max-width:100%;height:auto;overflow:visible}\n\
             .millrace text{font:400 var(--text-s) var(--sans);fill:var(--ink);font-variant-numeric:tabular-nums}\n\
             :where(.millrace) .trough{fill:var(--trough)}\n"
        );
    }

    #[test]
    fn the_dark_theme_is_the_pages_own_and_both_ways_to_it_say_the_same() {
        let auto = of(&["trough", "cell", "tile", "hue-3"], Theme::Auto);
        let dark = of(&["trough", "cell", "tile", "hue-3"], Theme::Dark);
        let inside =
            auto.split("@media (prefers-color-scheme:dark){").nth(1).and_then(|rest| rest.split("}}").next());
        let inside = inside.unwrap_or_default();
        assert!(inside.contains("--trough:#1a2127") && inside.contains("--key-3:#e58fc4"), "{auto}");
        assert!(dark.contains(inside) && !dark.contains("@media"), "{dark}");
        // Every colour that the light theme has and that differs has its dark one.
        let tokens = without_comments(TOKENS);
        let all = rules(&tokens);
        let by = |media: &str, selectors: &str| {
            let rule = all.iter().find(|rule| rule.media == media && rule.selectors == selectors).unwrap();
            declarations(rule.body).into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(
            by("(prefers-color-scheme: dark)", ":root:not([data-theme=\"light\"])"),
            by("", ":root[data-theme=\"dark\"]")
        );
    }

    #[test]
    fn what_answers_to_a_pointer_is_no_part_of_a_picture() {
        let text = of(&["cell", "tile", "card", "title", "hit", "name"], Theme::Auto);
        for not in
            [":hover", ":focus", "transition", "cursor", "pointer-events", "[data-target]", "@media (pointer"]
        {
            assert!(!text.contains(not), "{not} in {text}");
        }
    }
}
