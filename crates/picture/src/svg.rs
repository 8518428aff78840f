//! A picture as text: one SVG element with everything in it, at one moment of virtual time.
//!
//! What only a page can use (roles, places to press, what a pointer that rests is told) is left out. What moves stands
//! where it is at that moment.

use crate::node::Node;
use millrace_model::Time;

/// Shapes that only make a target larger, or ask for something that a picture cannot do.
const UNSEEN: &[&str] = &["hit", "reach", "invitation"];

/// An element and what is in it, as it is at `now`.
pub fn write(out: &mut String, node: &Node, now: Time) {
    if is_unseen(node) {
        return;
    }
    out.push('<');
    out.push_str(node.tag);
    let moved = node.motion.as_ref().map(|motion| motion.at(now, false));
    for (name, value) in &node.attributes {
        if name.starts_with("data-") || name.starts_with("aria-") || matches!(*name, "role" | "tabindex") {
            continue;
        }
        match (*name, transform(value)) {
            ("style", Some(transform)) => attribute(out, "transform", &transform),
            ("class", _) if value.trim().is_empty() => {}
            (name, _) if moved.as_ref().is_some_and(|(moved, _)| *moved == name) => {}
            (name, _) => attribute(out, name, value.trim()),
        }
    }
    if let Some((name, value)) = &moved {
        attribute(out, name, value);
    }
    if node.text.is_none() && node.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    out.push_str(&escape(node.text.as_deref().unwrap_or_default()));
    node.children.iter().for_each(|child| write(out, child, now));
    out.push_str("</");
    out.push_str(node.tag);
    out.push('>');
}

/// Whether a picture does without it.
pub(crate) fn is_unseen(node: &Node) -> bool {
    node.tag == "title" || node.get("class").is_some_and(|class| UNSEEN.contains(&class))
}

/// A name and its value.
pub fn attribute(out: &mut String, name: &str, value: &str) {
    out.push_str(&[" ", name, "=\"", &escape(value), "\""].concat());
}

/// Text as XML has it. Characters that XML cannot hold become the one that stands for them.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A place that the page's style sheet lets glide, as an attribute that every reader of SVG knows.
fn transform(style: &str) -> Option<String> {
    let (x, y) = style.strip_prefix("transform:translate(")?.strip_suffix("px)")?.split_once("px,")?;
    Some(format!("translate({x} {y})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{at, hit, text, tip};
    use crate::motion::Motion;
    use crate::node::node;
    use millrace_view::Point;

    #[test]
    fn a_picture_is_what_is_seen_of_it() {
        let cell = node("g")
            .is("class", "cell hue-1 ")
            .set("style", at(12.0, 4.5))
            .set("data-key", "<k>".to_owned())
            .child(hit(0.0, 0.0, 9.0, 9.0))
            .child(node("rect").is("class", "tile").is("width", "20").button("a record".to_owned()))
            .child(tip("a tip".to_owned()))
            .child(text("letter", 10.0, 4.0, "<&\"\u{1}".to_owned()));
        let mut out = String::new();
        write(&mut out, &cell, Time(0));
        assert_eq!(
            out,
            "<g class=\"cell hue-1\" transform=\"translate(12 4.5)\"><rect class=\"tile\" width=\"20\"/>\
             <text class=\"letter\" x=\"10\" y=\"4\">&lt;&amp;&quot;\u{fffd}</text></g>"
        );
    }

    #[test]
    fn what_moves_stands_where_it_is_at_that_moment() {
        let p = |x| Point { x, y: 0.0 };
        let curve = [p(0.0), p(10.0), p(20.0), p(30.0)];
        let token = node("g").moving(Motion::Travel { depart: Time(100), arrive: Time(200), curve });
        let shown = |now| {
            let mut out = String::new();
            write(&mut out, &token, Time(now));
            out
        };
        assert_eq!(
            [0, 150, 200].map(shown),
            ["0", "15", "30"].map(|x| format!("<g transform=\"translate({x} 0)\"/>"))
        );
    }
}
