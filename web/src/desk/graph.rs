//! The topology as a graph.

use super::frame::moving_picture;
use super::{Look, instances, plot};
use crate::memo::Memo;
use crate::paint::{Motion, Node, node};
use crate::stage::draw::{boxed, fit_mono, g, path, px, stroke, text, tip};
use leptos::prelude::*;
use millrace_view::Rect;
use millrace_view::desk::{Graph, GraphEdge, GraphNode, GraphStore, GraphToken, SubBox, graph};
use millrace_words::desk as say;
use std::sync::Arc;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let seen = {
        let look = look.clone();
        Memo::new(move |was: Option<&Option<Arc<Graph>>>| {
            if !look.is_due() {
                return was.cloned().flatten();
            }
            look.session.with(|timeline| graph(timeline, &look.name)).map(Arc::new)
        })
    };
    let draw = move || seen.get().map(|graph| drawn(&graph));
    let label = say::the_topology_sub_topologies_nodes();
    let view = moving_picture(look.session, "topology", label, draw);
    view! {
        {view}
        <p class="desk-legend dim">{say::each_node_what_it_has()}</p>
        {instances::panel(look)}
    }
    .into_any()
}

fn drawn(graph: &Graph) -> Node {
    let rect = Rect { x: 0.0, y: 0.0, w: graph.width.max(1.0), h: graph.height.max(1.0) };
    plot::root(rect)
        .children(graph.subs.iter().map(sub).collect())
        .children(graph.edges.iter().map(|one| edge(one, &graph.subs)).collect())
        .children(graph.stores.iter().map(store).collect())
        .children(graph.nodes.iter().map(one).collect())
        .child(g("tokens").is("aria-hidden", "true").children(graph.tokens.iter().map(token).collect()))
}

/// A record on its way.
fn token(token: &GraphToken) -> Node {
    let tile = node("rect")
        .is("class", "tile")
        .is("x", "-9")
        .is("y", "-9")
        .is("width", "18")
        .is("height", "18")
        .is("rx", "4");
    let (depart, arrive, curve) = (token.depart, token.arrive, token.curve);
    node("g")
        .key(token.id.clone())
        .set("class", format!("dot hue-{}", token.hue))
        // Until its time has come.
        .is("transform", "scale(0)")
        .moving(Motion::Stretch { depart, arrive, curve })
        .child(tile)
        .child(text("letter", 0.0, 4.0, token.letter.clone()))
}

fn sub(sub: &SubBox) -> Node {
    let tasks = sub.tasks.iter().map(|task| {
        g("placed")
            .set("data-task", task.task.clone())
            .child(tip(say::task_on(&task.task, &task.instance, &task.detail)))
            .child(boxed("pane", task.rect, "12"))
            .child(text(
                "task",
                task.rect.x + 10.0,
                task.rect.y + 16.0,
                format!("{} · {}", task.task, task.instance),
            ))
    });
    g("sub")
        .child(boxed("trough", sub.rect, "10"))
        .child(text("sub-name", sub.rect.x + 16.0, sub.rect.y + 18.0, sub.title.clone()))
        .children(tasks.collect())
}

fn edge(edge: &GraphEdge, subs: &[SubBox]) -> Node {
    let class = match edge.kind {
        "store" => "edge is-store",
        "topic" => "edge is-topic",
        _ if edge.is_newest => "edge is-flow is-newest",
        _ => "edge is-flow",
    };
    let [from, .., to] = edge.curve;
    let label = edge.label.clone().map(|label| {
        // Between the sub-topologies, where nothing else stands.
        let below = subs.iter().find(|sub| sub.rect.y <= from.y && from.y <= sub.rect.bottom());
        let y = below.map_or((from.y + to.y) / 2.0, |sub| sub.rect.bottom() + 16.0);
        text("edge-name", (from.x + to.x) / 2.0 + 8.0, y + 4.0, label)
    });
    let tip_of = (edge.kind != "store").then(|| {
        let d = match edge.kind {
            "topic" => format!("M{} {}l-3-6h6z", px(to.x), px(to.y)),
            _ => format!("M{} {}l-6-3v6z", px(to.x), px(to.y)),
        };
        stroke("arrow", d)
    });
    g(class).child(stroke("line", path(edge.curve))).maybe(tip_of).maybe(label)
}

fn store(store: &GraphStore) -> Node {
    let Rect { x, y, w, h } = store.rect;
    let entries = say::entries(store.entries as u64);
    let (l, r, t, b) = (px(x), px(x + w), px(y + 4.0), px(y + h - 4.0));
    let half = px(w / 2.0);
    let drum = format!("M{l} {t}a{half} 4 0 0 1 {} 0V{b}a{half} 4 0 0 1-{} 0z", px(w), px(w));
    let lid = format!("M{l} {t}a{half} 4 0 0 0 {} 0", px(w));
    let _ = r;
    g("drum")
        .child(tip(format!("{}: {entries}", store.name)))
        .child(stroke("pane", drum))
        .child(stroke("lid", lid))
        .child(text("drum-name", x + w / 2.0, y + 19.0, entries))
}

fn one(node: &GraphNode) -> Node {
    let Rect { x, y, w, .. } = node.rect;
    let (class, newest) = match node.kind {
        "source" => ("step is-source", "step is-source is-newest"),
        "sink" => ("step is-sink", "step is-sink is-newest"),
        "state" => ("step is-state", "step is-state is-newest"),
        _ => ("step is-processor", "step is-processor is-newest"),
    };
    let drops =
        (node.drops > 0).then(|| text("drops", x + w - 2.0, y - 5.0, say::dropped_drops(&node.drops)));
    g(if node.is_newest { newest } else { class })
        .set("data-node", node.name.clone())
        .set("data-drops", node.drops.to_string())
        .child(tip(node.name.clone()))
        .child(boxed("pane", node.rect, "8"))
        .child(text("step-name", x + 10.0, y + 20.0, fit_mono(&node.label, w - 18.0)))
        .child(text("step-detail", x + 10.0, y + 36.0, fit_mono(&node.detail, w - 16.0)))
        .maybe(drops)
}
