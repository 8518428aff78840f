//! The desk of a cluster: its brokers as rooms. It is there as soon as a world has several brokers, and opens by itself then.

mod draw;

use super::deeds::buttons as deed_buttons;
use super::frame::{self, Look, moving_picture, sample, width};
use super::told::told;
use crate::lean::{each, item, maybe, part, text};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, Choice};
use leptos::prelude::*;
use millrace_model::TopicPartition;
use millrace_view::Action;
use millrace_view::desk::rooms::{Controllers, Rooms, Seat, SeatState, elections, rooms};
use millrace_words::cluster as say;
use std::sync::Arc;

/// The name of the desk.
const NAME: &str = "cluster";

type Seen = Memo<Option<Arc<Rooms>>>;

/// See the module.
pub fn desk(session: Session) -> AnyView {
    let is_there = Memo::new(move |_| {
        session.scene.track();
        session.with(|timeline| timeline.world().controller().is_some())
    });
    let summary = Signal::derive(|| say::the_cluster().to_owned());
    maybe(move || {
        is_there.get().then(|| {
            frame::open(NAME, "");
            frame::desk(session, &NAME.into(), say::cluster_desk().to_owned(), summary, inside)
        })
    })
}

fn inside(look: Look) -> AnyView {
    let session = look.session;
    let from = RwSignal::new(None::<TopicPartition>);
    let seen: Seen = Memo::new(move |was: Option<&Option<Arc<Rooms>>>| {
        if !look.is_due() {
            return was.cloned().flatten();
        }
        let from = from.get();
        session.with(|timeline| rooms(timeline, width(session), from.as_ref())).map(Arc::new)
    });
    let read = move |read: fn(&Rooms) -> String| {
        text(move || seen.with(|rooms| rooms.as_ref().map(|rooms| read(rooms)).unwrap_or_default()))
    };
    let more = text(move || seen.with(|rooms| rooms.as_ref()?.more.clone()).unwrap_or_default());
    let picture = moving_picture(session, "rooms", say::picture_of_the_cluster(), move || {
        seen.get().map(|rooms| draw::drawn(&rooms))
    });
    let measures = crate::lean::attr(move || {
        let of = |rooms: &Rooms| {
            let room = rooms.rooms.first().map_or(0.0, |room| room.rect.h);
            format!("--head:{}px;--room:{}px;--wide:{}px", rooms.head as i32, room as i32, rooms.width as i32)
        };
        seen.with(|rooms| rooms.as_ref().map(|rooms| of(rooms)).unwrap_or_default())
    });
    let all_told = Memo::new(move |_| {
        seen.with(|rooms| rooms.as_ref().map(|rooms| rooms.told.clone())).unwrap_or_default()
    });
    view! {
        <div class="row spread rooms-head">
            <p class="dim rooms-controller">{read(|rooms| rooms.controller.clone())}</p>
            {choice(seen, from)}
        </div>
        {quorum(session, seen)}
        <div class="rooms" style=measures>
            {picture}
            <div class="rooms-deeds">{deeds(session, seen)}</div>
        </div>
        <p class="dim rooms-more">{more}</p>
        {leaders(session, seen)}
        <p class="desk-legend dim">
            {sample("is-leader", say::legend_leader())}
            {sample("is-follower", say::legend_follower())}
            {sample("is-in-sync", say::legend_in_sync())}
            {sample("is-above", say::legend_waiting())}
            {sample("is-fallen", say::legend_fallen())}
            {sample("is-watermark", say::legend_watermark())}
            {sample("is-ask", say::legend_ask())}
        </p>
        {told(session, all_told, say::nothing_happened())}
    }
    .into_any()
}

/// Several controllers, each with what can be done to it.
fn quorum(session: Session, seen: Seen) -> AnyView {
    let all = Memo::new(move |_| seen.with(|rooms| rooms.as_ref().and_then(|rooms| rooms.quorum.clone())));
    maybe(move || {
        let Controllers { line, is_stuck, seats } = all.get()?;
        let seat = |seat: &Seat| {
            let class = match seat.state {
                SeatState::Active => "seat is-active",
                SeatState::Standby => "seat",
                SeatState::Paused => "seat is-paused",
                SeatState::Down => "seat is-down",
            };
            let buttons = deed_buttons(session, &seat.name, &seat.deeds);
            view! {
                <li class=class data-controller=seat.name.clone()>
                    <span class="seat-name">{seat.name.clone()}</span>
                    <span class="dim">{seat.word.clone()}</span>
                    <span class="seat-deeds" role="group" aria-label=seat.says.clone()>{buttons}</span>
                </li>
            }
            .into_any()
        };
        let seats: Vec<AnyView> = seats.iter().map(seat).collect();
        let class = if is_stuck { "rooms-quorum is-stuck" } else { "rooms-quorum dim" };
        Some(view! { <p class=class>{line}</p><ul class="seats">{seats}</ul> }.into_any())
    })
}

/// Where there is no room for all partitions: which one is the first.
fn choice(seen: Seen, from: RwSignal<Option<TopicPartition>>) -> AnyView {
    let all = Memo::new(move |_| {
        seen.with(|rooms| rooms.as_ref().map(|rooms| rooms.all.clone())).unwrap_or_default()
    });
    let is_needed = Memo::new(move |_| {
        seen.with(|rooms| rooms.as_ref().is_some_and(|rooms| rooms.partitions.len() < rooms.all.len()))
    });
    let options = Signal::derive(move || {
        all.with(|all| all.iter().map(|tp| (tp.to_string(), tp.to_string())).collect::<Vec<_>>())
    });
    let value = Signal::derive(move || {
        let first = || seen.with(|rooms| rooms.as_ref()?.partitions.first().map(|of| of.tp.to_string()));
        first().unwrap_or_default()
    });
    let choose = move |name: String| {
        from.set(all.with_untracked(|all| all.iter().find(|tp| tp.to_string() == name).cloned()));
    };
    maybe(move || {
        is_needed.get().then(|| {
            view! { <div class="rooms-first"><Choice label=say::begin_with() options=options value=value on_change=choose/></div> }.into_any()
        })
    })
}

/// What can be done to each broker: in its room's upper right corner.
fn deeds(session: Session, seen: Seen) -> AnyView {
    each(move || {
        let all = seen.with(|rooms| {
            let of = |rooms: &Arc<Rooms>| {
                rooms.rooms.iter().map(|room| (room.name.clone(), room.deeds.clone())).collect::<Vec<_>>()
            };
            rooms.as_ref().map(of).unwrap_or_default()
        });
        let one = |(name, deeds): (String, Vec<Action>)| {
            // Other deeds, other buttons.
            let lines: Vec<&str> = deeds.iter().map(|deed| deed.line.as_str()).collect();
            let key = [&*name, " ", &lines.join(";")].concat();
            item(key, move || {
                let buttons = deed_buttons(session, &name, &deeds);
                view! { <div class="room-deeds" role="group" aria-label=name.clone() data-deeds=name.clone()>{buttons}</div> }
                    .into_any()
            })
        };
        all.into_iter().map(one).collect()
    })
}

/// Leaders that could be elected.
fn leaders(session: Session, seen: Seen) -> AnyView {
    part(move || {
        let all = seen.with(|rooms| rooms.as_ref().map(|rooms| elections(rooms)).unwrap_or_default());
        if all.is_empty() {
            return ().into_any();
        }
        let one = |Action { label, line }: Action| {
            let hint = line.clone();
            let press = move |()| {
                session.run_line(&line);
            };
            view! { <Button label=label hint=hint on_press=press/> }.into_any()
        };
        let buttons: Vec<_> = all.into_iter().map(one).collect();
        view! { <div class="row deeds rooms-elections">{buttons}</div> }.into_any()
    })
}
