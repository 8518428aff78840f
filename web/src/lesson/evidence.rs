//! Where it can be seen that something is not as it should be: framed on the stage, and listed on the desk, where each thing
//! leads to its place.

use crate::paint::{Node, node};
use crate::session::Session;
use crate::stage::draw::{at, px};
use crate::stage::key;
use leptos::prelude::*;
use millrace_script::expectation::Evidence;
use millrace_view::{Names, Rect, Scene, Target, sentence};
use millrace_words::lesson as say;

/// Things and sentences that are listed at most.
const LISTED: usize = 5;

/// What the evidence stands for on stage. Records are better than the lane that they are in, and that is better than a topic.
fn targets(evidence: &Evidence) -> Vec<Target> {
    let mut all: Vec<Target> =
        evidence.records.iter().map(|(tp, offset)| Target::Record(tp.clone(), *offset)).collect();
    if all.is_empty() {
        all.extend(evidence.partitions.iter().cloned().map(Target::Partition));
    }
    if all.is_empty() {
        all.extend(evidence.topics.iter().cloned().map(Target::Topic));
    }
    all.extend(evidence.groups.iter().cloned().map(Target::Group));
    all.extend(evidence.names.iter().cloned().map(Target::Streams));
    all
}

/// Where it is; a record that the lane no longer shows stands in its partition, that in its topic.
fn place(scene: &Scene, target: &Target) -> Option<Rect> {
    key::place(scene, target).or_else(|| match target {
        Target::Record(tp, _) => place(scene, &Target::Partition(tp.clone())),
        Target::Partition(tp) => key::place(scene, &Target::Topic(tp.topic.clone())),
        _ => None,
    })
}

/// Whether there is anything to look at: what does not exist is nowhere.
pub fn is_to_be_seen(scene: &Scene, evidence: &Evidence) -> bool {
    !evidence.entries.is_empty() || targets(evidence).iter().any(|target| place(scene, target).is_some())
}

/// A frame and a sign around each thing: not by colour alone.
pub fn marks(scene: &Scene, evidence: &Evidence) -> Vec<Node> {
    let mut framed: Vec<Rect> = Vec::new();
    let mut marks = Vec::new();
    for target in targets(evidence) {
        let Some(rect) = place(scene, &target).filter(|rect| !framed.contains(rect)) else { continue };
        framed.push(rect);
        let out = 3.0;
        let (w, h) = (rect.w + 2.0 * out, rect.h + 2.0 * out);
        let sign = node("text").is("aria-hidden", "true").set("x", px(w)).is("y", "4").text("?".to_owned());
        let frame = node("g")
            .key(format!("evidence {}", key::key(&target)))
            .is("class", "evidence-mark")
            .set("data-evidence", key::key(&target))
            .set("style", at(rect.x - out, rect.y - out))
            .child(node("rect").set("width", px(w)).set("height", px(h)).is("rx", "8"))
            .child(sign);
        marks.push(frame);
    }
    marks
}

/// The same in words: things to look at, and what the trace tells.
pub fn listed(session: Session, evidence: &Evidence) -> AnyView {
    let all = targets(evidence);
    let more = all.len().saturating_sub(LISTED);
    let things: Vec<_> = all.into_iter().take(LISTED).map(|target| thing(session, target)).collect();
    let more = (more > 0).then(|| view! { <span class="dim">{say::and_more(&more)}</span> });
    let told = session.with(|timeline| {
        let names = Names::of(timeline.world());
        let newest = evidence.entries.iter().rev().filter_map(|id| {
            let entry = timeline.entry(*id)?;
            let step = timeline.branch().steps().partition_point(|step| step.first <= *id) as u64;
            Some((entry.at, sentence(entry, &names)?.text, step))
        });
        newest.take(LISTED).collect::<Vec<_>>()
    });
    let told: Vec<_> = told
        .into_iter()
        .map(|(at, text, step)| {
            view! {
                <li><button type="button" class="told" on:click=move |_| session.seek_step(step)>
                    <span class="number dim">{at.to_string()}</span> <span>{text}</span>
                </button></li>
            }
        })
        .collect();
    let told = (!told.is_empty()).then(|| view! { <ul class="told-of">{told}</ul> });
    view! { <div class="evidence"><div class="chips">{things} {more}</div> {told}</div> }.into_any()
}

fn thing(session: Session, target: Target) -> AnyView {
    let name = name(&target);
    let press = move |_| session.selected.set(Some(target.clone()));
    view! { <button type="button" class="chip-button" on:click=press>{name}</button> }.into_any()
}

/// What evidence is called, for whoever has no stage to look at.
pub fn names(evidence: &Evidence) -> Vec<String> {
    targets(evidence).iter().map(name).collect()
}

fn name(target: &Target) -> String {
    match target {
        Target::Record(tp, offset) => format!("{tp} @{offset}"),
        Target::Partition(tp) => tp.to_string(),
        Target::Topic(topic) => topic.to_string(),
        Target::Group(group) => group.to_string(),
        Target::Streams(name) => name.to_string(),
        _ => key::key(target),
    }
}
