//! Messages on their way. Records are small tiles, a commit is the mark that it will set, an acknowledgement a ring,
//! group talk a diamond.

use super::draw::{g, text};
use crate::paint::{Motion, Node, node};
use millrace_view::{Token, TokenKind};

/// All messages.
pub fn tokens(tokens: &[Token]) -> Node {
    g("tokens").is("aria-hidden", "true").children(tokens.iter().map(token).collect())
}

fn token(token: &Token) -> Node {
    let Token { id, kind, depart, arrive, curve, letter, hue, records } = token;
    let class = match kind {
        TokenKind::Produce => format!("token is-produce hue-{hue}"),
        TokenKind::Fetch => format!("token is-fetch hue-{hue}"),
        TokenKind::Commit => format!("token is-commit group-{hue}"),
        TokenKind::Group => format!("token is-group group-{hue}"),
        TokenKind::Ack => "token is-ack".to_owned(),
    };
    let drawn = node("g").key(id.clone()).set("class", class).moving(Motion::Travel {
        depart: *depart,
        arrive: *arrive,
        curve: *curve,
    });
    let mark = |d: &'static str| node("path").is("class", "mark").is("d", d);
    match kind {
        TokenKind::Commit => drawn.child(mark("M0 4l5-8h-10z")),
        TokenKind::Group => drawn.child(mark("M0-5l5 5-5 5-5-5z")),
        TokenKind::Ack => drawn.child(node("circle").is("class", "ring").is("r", "3.5")),
        TokenKind::Produce | TokenKind::Fetch => {
            let tile = |class: &'static str, x: &'static str, y: &'static str| {
                node("rect")
                    .is("class", class)
                    .is("x", x)
                    .is("y", y)
                    .is("width", "20")
                    .is("height", "20")
                    .is("rx", "5")
            };
            let many = (*records > 1).then(|| text("records", 16.0, -4.0, format!("×{records}")));
            drawn
                .maybe(many.is_some().then(|| tile("tile below", "-7", "-11")))
                .child(tile("tile", "-10", "-10"))
                .child(text("letter", 0.0, 4.0, letter.clone()))
                .maybe(many)
        }
    }
}
