//! Messages on their way. Records are small tiles, a commit is the mark that it will set, an acknowledgement a ring,
//! group talk a diamond.

use crate::draw::{g, text};
use crate::key::key;
use crate::motion::Motion;
use crate::node::{Node, node};
use millrace_view::{Target, Token, TokenKind};
use millrace_words::picture as say;

/// All messages. While time stands they can be reached by the keyboard: one stop for the Tab key, arrow keys from there.
pub fn tokens(tokens: &[Token], selected: Option<&Target>, is_still: bool) -> Node {
    let is_chosen = |token: &&Token| token.sent.map(Target::Message).as_ref() == selected;
    let stop = tokens.iter().find(is_chosen).or_else(|| tokens.iter().find(|token| token.sent.is_some()));
    let stop = stop.and_then(|token| token.sent);
    let mut before = None;
    let mut layer = if is_still {
        g("tokens").is("role", "group").is("aria-label", say::messages_on_their_way())
    } else {
        g("tokens").is("aria-hidden", "true")
    };
    for one in tokens {
        // A message of several parts is one button.
        let is_first = one.sent != before;
        before = one.sent;
        let button = one.sent.filter(|_| is_still && is_first);
        let button = button.map(|sent| (Some(sent) == stop, says(one)));
        layer = layer.child(token(one, is_chosen(&one), button));
    }
    layer
}

fn token(token: &Token, is_chosen: bool, button: Option<(bool, String)>) -> Node {
    let Token { id, kind, depart, arrive, curve, letter, hue, records, sent, is_lost } = token;
    let class = match kind {
        TokenKind::Produce => format!("token is-produce hue-{hue}"),
        TokenKind::Fetch => format!("token is-fetch hue-{hue}"),
        TokenKind::Commit => format!("token is-commit group-{hue}"),
        TokenKind::Group => format!("token is-group group-{hue}"),
        TokenKind::Ack => "token is-ack".to_owned(),
    };
    let (lost, chosen) = (if *is_lost { " is-lost" } else { "" }, if is_chosen { " is-chosen" } else { "" });
    let reach = node("circle").is("class", "reach").is("r", "15");
    let reach = match button {
        Some((true, says)) => reach.stop(says),
        Some((false, says)) => reach.button(says),
        None => reach,
    };
    let mut drawn = node("g")
        .key(id.clone())
        .set("class", [&*class, lost, chosen].concat())
        .moving(Motion::Travel { depart: *depart, arrive: *arrive, curve: *curve });
    if let Some(sent) = sent {
        drawn = drawn.set("data-target", key(&Target::Message(*sent))).child(reach);
    }
    let mark = |d: &'static str| node("path").is("class", "mark").is("d", d);
    let cross = is_lost.then(|| node("path").is("class", "cross").is("d", "M5-13l8 8m0-8l-8 8"));
    let drawn = match kind {
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
    };
    drawn.maybe(cross)
}

/// What a message is, for who does not see it: `Produce request: alice … orders-1, 2 records, arrives 12:00:03.100`.
pub fn says(token: &Token) -> String {
    let about = token.id.rsplit('/').next().unwrap_or("");
    let what = match token.kind {
        TokenKind::Produce => say::produce(&about),
        TokenKind::Fetch => say::fetch(&about),
        TokenKind::Commit => say::commit(&about),
        TokenKind::Group => say::talk(&about),
        TokenKind::Ack => say::ack().to_owned(),
    };
    let records = if token.records == 0 { String::new() } else { say::with_records(token.records as u64) };
    let lost = if token.is_lost { say::will_be_lost() } else { "" };
    [&*what, &records, lost, &say::arrives(&token.arrive)].concat()
}
