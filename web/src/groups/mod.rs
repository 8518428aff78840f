//! Groups: the panel of one in the inspector, and its rebalances below the stage, alone or beside another branch's.
//! What is told comes from `view`; here it gets its place.

mod chart;
mod dock;
mod numbers;
mod offsets;
mod states;
mod still;
mod told;
mod topic;

pub use dock::Dock;
pub use still::{shades, standing_still};

use crate::lean::{attr, maybe};
use crate::memo::Memo;
use crate::paint::{Canvas, Space, node};
use crate::session::Session;
use crate::ui::{Button, Icon};
use leptos::html;
use leptos::prelude::*;
use leptos::svg;
use millrace_model::GroupId;
use millrace_view::{Target, group_panel};
use millrace_words::groups as say;
use wasm_bindgen::JsCast;

/// What the inspector shows besides facts: of a group its members and lag, of one of Kafka's own topics its records.
pub fn panel(session: Session, tick: Memo<(bool, u64)>) -> AnyView {
    let selected = Memo::new(move |_| session.selected.get());
    maybe(move || selected.get().and_then(|target| of_target(session, target, tick)))
}

fn of_target(session: Session, target: Target, tick: Memo<(bool, u64)>) -> Option<AnyView> {
    let (name, only) = match target {
        // Services and queues stand on the stage as if they were groups; they have none of a group's tools.
        Target::Group(group) => {
            let is_one = session.with(|timeline| group_panel(timeline.world(), &group).is_some());
            return is_one.then(|| of_group(session, group, tick));
        }
        Target::Topic(topic) => (topic.to_string(), None),
        Target::Partition(tp) => (tp.topic.to_string(), Some(tp)),
        _ => return None,
    };
    millrace_view::is_internal(&name).then(|| topic::topic(session, name, only, tick))
}

fn of_group(session: Session, group: GroupId, tick: Memo<(bool, u64)>) -> AnyView {
    let (drawing, numbers) = (NodeRef::<svg::Svg>::new(), NodeRef::<html::Div>::new());
    let canvases = StoredValue::new_local(None::<(Canvas, Canvas)>);
    Effect::new(move |_| {
        let (Some(drawing), Some(numbers)) = (drawing.get(), numbers.get()) else { return };
        let drawing = Canvas::new(document(), drawing.unchecked_into(), Space::Svg);
        let numbers = Canvas::new(document(), numbers.unchecked_into(), Space::Html);
        canvases.set_value(Some((drawing, numbers)));
    });
    let of = group.clone();
    Effect::new(move |_| {
        tick.track();
        session.history.track();
        let is_there = drawing.get().is_some() && numbers.get().is_some();
        let (panel, now) = session.with(|timeline| {
            let world = timeline.world();
            (group_panel(world, &of), world.now())
        });
        canvases.update_value(|canvases| {
            if let (Some((drawing, numbers)), Some(panel), true) = (canvases, panel, is_there) {
                drawing.show(states::states(&panel));
                numbers.show(numbers::numbers(&panel, now));
                numbers.move_to(now);
            }
        });
    });
    Effect::new(move |_| {
        let now = session.playhead.get();
        canvases.update_value(|canvases| {
            if let Some((_, numbers)) = canvases {
                numbers.move_to(now);
            }
        });
    });
    let of = group.clone();
    let is_shown = Signal::derive(move || {
        session.story.with(|story| story.as_ref().is_some_and(|story| story.group == of))
    });
    let shown = attr(move || is_shown.get().to_string());
    let reset = offsets::reset(session, group.clone());
    let all_commits = move |()| session.selected.set(Some(Target::Topic("__consumer_offsets".into())));
    let show = move |()| session.show_story(&group);
    view! {
        <section class="panel group-panel" data-story=shown>
            <svg node_ref=drawing></svg>
            <div class="row"><Button label=say::rebalances_here() icon=Icon::Clock pressed=is_shown on_press=show/></div>
            <div node_ref=numbers></div>
            <div class="row"><Button label=say::all_of_consumer_offsets() on_press=all_commits/></div>
            {reset}
        </section>
    }
    .into_any()
}

/// A picture without anything, for what is not there.
fn empty() -> crate::paint::Node {
    node("svg").is("width", "0").is("height", "0")
}
