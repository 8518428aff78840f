//! The whole stage. Layers from below: lines, blocks, the halo of what is selected, messages on their way.

use crate::draw::{at, px, text};
use crate::node::{Node, node};
use crate::{empty, group, key, links, producer, retry, tokens, topic, windows};
use millrace_view::{Rect, Scene, Target};

/// The whole stage as a picture.
pub fn picture(scene: &Scene, selected: Option<&Target>, is_still: bool) -> Node {
    let more =
        scene.more.clone().map(|more| text("more centred", scene.width / 2.0, scene.height - 8.0, more));
    node("svg")
        .set("viewBox", format!("0 0 {} {}", px(scene.width), px(scene.height)))
        .set("width", px(scene.width))
        .set("height", px(scene.height))
        .child(links::links(&scene.links))
        .children(scene.topics.iter().map(topic::topic).collect())
        .children(scene.retries.iter().map(retry::chain).collect())
        .children(scene.boards.iter().map(windows::board).collect())
        .children(scene.groups.iter().map(group::group).collect())
        .children(scene.producers.iter().map(producer::producer).collect())
        .maybe(more)
        .maybe(empty::invitation(scene))
        .maybe(selected.and_then(|target| key::place(scene, target)).map(halo))
        .child(tokens::tokens(&scene.tokens, selected, is_still))
}

/// A ring around what is selected.
fn halo(rect: Rect) -> Node {
    let out = 3.0;
    node("rect")
        .key("halo".to_owned())
        .is("class", "halo")
        .set("style", at(rect.x - out, rect.y - out))
        .set("width", px(rect.w + 2.0 * out))
        .set("height", px(rect.h + 2.0 * out))
        .is("rx", "8")
}
