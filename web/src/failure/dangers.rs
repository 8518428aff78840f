//! What may go wrong when letters are sent again: shown before it is done.

use crate::paint::{Node, node};
use millrace_view::failure::Danger;
use millrace_words::failure as say;

/// The four of them.
pub fn drawn(dangers: &[Danger]) -> Node {
    let one = |danger: &Danger| {
        let class = if danger.is_there { "danger-line is-there" } else { "danger-line" };
        let word = if danger.is_there { "!" } else { "✓" };
        node("li")
            .key(danger.name.to_owned())
            .is("class", class)
            .is("data-danger", danger.name)
            .child(node("span").is("class", "danger-sign").is("aria-hidden", "true").text(word.to_owned()))
            .child(node("b").text(shown(danger.name).to_owned()))
            .child(node("span").text(danger.says.clone()))
    };
    node("ul")
        .is("class", "danger-list")
        .is("aria-label", say::dangers_of_sending_them_again())
        .children(dangers.iter().map(one).collect())
}

fn shown(name: &'static str) -> &'static str {
    match name {
        "order" => say::order(),
        "staleness" => say::staleness(),
        "duplicates" => say::duplicates(),
        "overload" => say::overload(),
        _ => name,
    }
}
