//! Breaking things by pointing at them: messages on their way, and the exact point at which a consumer dies.

pub mod crash;

use crate::paint::{Node, node};
use crate::stage::key::key;
use millrace_picture::tokens::says;
use millrace_view::{Scene, Target};
use millrace_words::faults as say;

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
            .is("aria-label", say::messages_on_their_way())
            .child(node("h2").text(say::on_their_way().to_owned()))
            .child(node("ol").children(items))
    })
}
