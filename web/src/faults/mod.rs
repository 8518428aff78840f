//! Breaking things by pointing at them: messages on their way, and the exact point at which a consumer dies.

pub mod crash;

use crate::paint::{Node, node};
use crate::stage::key::key;
use millrace_view::{Scene, Target, Token, TokenKind};

/// What a message is, for who does not see it: `Produce request: alice … orders-1, 2 records, arrives 12:00:03.100`.
pub fn says(token: &Token) -> String {
    let about = token.id.rsplit('/').next().unwrap_or("");
    let (what, where_to) = match token.kind {
        TokenKind::Produce => ("Produce request", " to "),
        TokenKind::Fetch => ("Fetch response", " from "),
        TokenKind::Commit => ("OffsetCommit request", " of "),
        TokenKind::Group => ("group talk", " of "),
        TokenKind::Ack => ("acknowledgement", ""),
    };
    let about = if token.kind == TokenKind::Ack { "" } else { about };
    let records = match token.records {
        0 => String::new(),
        n => [", ", &millrace_view::words::many(n, "record")].concat(),
    };
    let lost = if token.is_lost { ", will be lost" } else { "" };
    let at = token.arrive.to_string();
    [what, where_to, about, &records, lost, ", arrives ", &at].concat()
}

/// What is on its way, as a list to choose from; none if nothing is.
pub fn list(scene: &Scene) -> Option<Node> {
    let mut before = None;
    let mut items = Vec::new();
    for token in &scene.tokens {
        let Some(sent) = token.sent.filter(|sent| before != Some(*sent)) else { continue };
        before = Some(sent);
        let target = key(&Target::Message(sent));
        let button =
            node("button").is("type", "button").is("class", "message").set("data-target", target.clone());
        items.push(node("li").key(target).child(button.text(says(token))));
    }
    (!items.is_empty()).then(|| {
        node("section")
            .key("messages".to_owned())
            .is("class", "part messages")
            .is("aria-label", "messages on their way")
            .child(node("h2").text("on their way".to_owned()))
            .child(node("ol").children(items))
    })
}
