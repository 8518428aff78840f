//! Messages on their way. Each one's place is a share of its curve at the playhead: pause, slow motion and scrubbing need
//! no code of their own. With reduced motion a token does not travel: it fades in where it will arrive.

use super::draw::{along, follow, keys, moved, passed, share};
use crate::session::Session;
use leptos::prelude::*;
use millrace_view::{Token, TokenKind};

/// All tokens; `is_still` is the wish for reduced motion.
pub fn tokens(session: Session, is_still: Signal<bool>) -> AnyView {
    let ids = keys(session, |scene| scene.tokens.iter().map(|token| token.id.clone()).collect());
    view! {
        <g class="tokens" aria-hidden="true">
            <For each=move || ids.get() key=Clone::clone let(id)>{token(session, is_still, id)}</For>
        </g>
    }
    .into_any()
}

fn token(session: Session, is_still: Signal<bool>, id: String) -> AnyView {
    let shown = follow(session, move |scene| scene.tokens.iter().find(|token| token.id == id).cloned());
    let gone = move |token: &Token| {
        let now = session.playhead.get();
        if is_still.get() {
            (1.0, passed(token.depart, token.arrive, now))
        } else {
            (passed(token.depart, token.arrive, now), 1.0)
        }
    };
    let place =
        move || shown.with(|token| token.as_ref().map(|token| moved(along(token.curve, gone(token).0))));
    let opacity = move || shown.with(|token| token.as_ref().map(|token| share(gone(token).1)));
    let class = move || shown.with(|token| token.as_ref().map(class));
    let body = move || shown.get().map(body);
    view! { <g class=class transform=place opacity=opacity>{body}</g> }.into_any()
}

fn class(token: &Token) -> String {
    let hue = token.hue;
    match token.kind {
        TokenKind::Produce => format!("token is-produce hue-{hue}"),
        TokenKind::Fetch => format!("token is-fetch hue-{hue}"),
        TokenKind::Commit => format!("token is-commit group-{hue}"),
        TokenKind::Group => format!("token is-group group-{hue}"),
        TokenKind::Ack => "token is-ack".to_owned(),
    }
}

/// Records are small tiles, a commit is the mark that it will set, an acknowledgement a ring, group talk a diamond.
fn body(token: Token) -> AnyView {
    let Token { kind, letter, records, .. } = token;
    match kind {
        TokenKind::Produce | TokenKind::Fetch => view! {
            {(records > 1).then(|| view! { <rect class="tile below" x="-7" y="-11" width="20" height="20" rx="5"></rect> })}
            <rect class="tile" x="-10" y="-10" width="20" height="20" rx="5"></rect>
            <text class="letter" y="4">{letter}</text>
            {(records > 1).then(|| view! { <text class="records" x="16" y="-4">{format!("×{records}")}</text> })}
        }
        .into_any(),
        TokenKind::Commit => view! { <path class="mark" d="M0 4l5-8h-10z"></path> }.into_any(),
        TokenKind::Group => view! { <path class="mark" d="M0-5l5 5-5 5-5-5z"></path> }.into_any(),
        TokenKind::Ack => view! { <circle class="ring" r="3.5"></circle> }.into_any(),
    }
}
