//! The desk of a consumer's loop: its steps, and between them the gaps in which its process can die. A marker is put into one
//! of them; the line is the language's own. What comes of every point is tried out on demand, in other histories.

use crate::desk::frame::{self, Look};
use crate::lean::{maybe, part, text};
use crate::memo::Memo;
use crate::session::{Session, next_frame};
use crate::ui::{Button, ButtonKind, Choice};
use leptos::prelude::*;
use millrace_client::listener::CrashPoint;
use millrace_model::GroupId;
use millrace_sim::{Account, Command, Fault};
use millrace_view::crash::{Piece, RESTART, Trial, course, points, trial};
use millrace_words::faults as say;
use std::sync::Arc;

/// An instance: its group and its name.
type Who = (GroupId, Arc<str>);

/// One desk, as soon as there is an application.
pub fn desk(session: Session) -> AnyView {
    let has_app = Memo::new(move |_| session.roster.with(|roster| !roster.apps.is_empty()));
    let summary = Signal::derive(|| say::a_consumers_loop_step_by().to_owned());
    maybe(move || {
        has_app.get().then(|| {
            frame::desk(session, &"loop".into(), say::a_consumers_loop().to_owned(), summary, inside)
        })
    })
}

fn inside(look: Look) -> AnyView {
    let session = look.session;
    let wanted = RwSignal::new(None::<String>);
    let all = Memo::new(move |_| {
        session.roster.with(|roster| {
            let members = roster
                .apps
                .iter()
                .flat_map(|app| app.members.iter().map(|m| (app.group.clone(), m.name.clone())));
            members.collect::<Vec<Who>>()
        })
    });
    let who = Memo::new(move |_| {
        let all = all.get();
        let wanted = wanted.get();
        let chosen = all.iter().find(|who| Some(name_of(who)) == wanted).or_else(|| all.first());
        chosen.cloned()
    });
    let options = Signal::derive(move || {
        all.with(|all| all.iter().map(|who| (name_of(who), name_of(who))).collect::<Vec<_>>())
    });
    let value = Signal::derive(move || who.with(|who| who.as_ref().map(name_of).unwrap_or_default()));
    let pieces = Memo::new(move |_| {
        session.scene.track();
        let group = who.get()?.0;
        session.with(|timeline| Some(course(&timeline.world().apps().get(&group)?.config)))
    });
    let point = RwSignal::new(CrashPoint::AfterEffect);
    let choice = maybe(move || {
        (all.with(Vec::len) > 1).then(|| {
            view! { <div class="loop-who"><Choice label=say::whose_loop() options=options value=value on_change=move |id| wanted.set(Some(id))/></div> }.into_any()
        })
    });
    let track = part(move || pieces.get().map_or_else(|| ().into_any(), |pieces| track(point, pieces)));
    let says = text(move || {
        let found = pieces.with(|all| {
            all.iter().flatten().find_map(|piece| match piece {
                Piece::Gap { point: of, says, .. } if *of == point.get() => Some(*says),
                _ => None,
            })
        });
        found.unwrap_or_default().to_owned()
    });
    let crash = move |()| {
        if let Some((group, name)) = who.get_untracked() {
            let fault =
                Fault::CrashAt { group, name, point: point.get_untracked(), nth: 1, restart: Some(RESTART) };
            session.dispatch(Command::Fault(fault));
        }
    };
    let label = Signal::derive(move || {
        say::crash(&who.with(|w| w.as_ref().map(name_of).unwrap_or_default()), &point.get().name())
    });
    view! {
        {choice}
        {track}
        <p class="loop-says" aria-live="polite"><b>{text(move || point.get().name().to_owned())}</b> ": " {says}</p>
        <div class="row deeds">
            <Button label=label kind=ButtonKind::Danger on_press=crash hint="consumer crash GROUP/INSTANCE --at POINT --restart 2s"/>
        </div>
        {account(session, who)}
        {matrix(session, who, point)}
    }
    .into_any()
}

fn name_of((group, name): &Who) -> String {
    [group.as_str(), "/", name].concat()
}

/// The steps, and a radio button for each gap: arrow keys move the marker.
fn track(marker: RwSignal<CrashPoint>, pieces: Vec<Piece>) -> AnyView {
    let draw = |piece: Piece| match piece {
        Piece::Step { name, says } => view! { <span class="loop-step" title=says>{name}</span> }.into_any(),
        Piece::Gap { point, says, is_passed } => {
            let class = if is_passed { "loop-gap" } else { "loop-gap is-never" };
            let checked = move || marker.get() == point;
            view! {
                <label class=class title=says data-point=point.name()>
                    <input type="radio" name="crash-point" value=point.name() prop:checked=checked on:change=move |_| marker.set(point)/>
                    <span class="loop-name">{point.name()}</span>
                </label>
            }
            .into_any()
        }
    };
    let drawn: Vec<_> = pieces.into_iter().map(draw).collect();
    view! { <fieldset class="loop"><legend>{say::where_it_dies()}</legend><div class="loop-track">{drawn}</div></fieldset> }.into_any()
}

/// The engine's account of the application, as it is now.
fn account(session: Session, who: Memo<Option<Who>>) -> AnyView {
    let now = Memo::new(move |_| {
        session.scene.track();
        let group = who.get()?.0;
        session.with(|timeline| timeline.world().account(group.as_str()))
    });
    maybe(move || {
        now.get().map(|account| {
            let Account { expected, once, twice, waiting, dead, skipped, open, lost } = account;
            let cell = |(name, n, class): (&'static str, u64, &'static str)| {
                let class = if n > 0 { class } else { "" };
                view! { <div class=class data-account=name><dt>{name}</dt><dd class="number">{n}</dd></div> }
                    .into_any()
            };
            let cells = [
                (say::expected(), expected, ""),
                (say::done_once(), once, ""),
                (say::done_twice(), twice, "is-bad"),
                (say::lost(), lost, "is-bad"),
                (say::waiting(), waiting, ""),
                (say::dead(), dead, ""),
                (say::skipped(), skipped, ""),
                (say::open(), open, ""),
            ];
            let cells: Vec<_> = cells.into_iter().map(cell).collect();
            view! { <dl class="account" aria-label=say::what_became_of_the_records()>{cells}</dl> }.into_any()
        })
    })
}

/// All points, tried out one a frame.
fn matrix(session: Session, who: Memo<Option<Who>>, marker: RwSignal<CrashPoint>) -> AnyView {
    let trials = RwSignal::new(Vec::<Trial>::new());
    let is_trying = RwSignal::new(false);
    let too_long = RwSignal::new(false);
    let begin = move |()| {
        if let Some(who) = who.get_untracked().filter(|_| !is_trying.get_untracked()) {
            trials.set(Vec::new());
            too_long.set(false);
            is_trying.set(true);
            go_on(session, who, 0, trials, (is_trying, too_long));
        }
    };
    let rows = maybe(move || {
        let done = trials.get();
        (!done.is_empty()).then(|| {
            let row = |trial: Trial| {
                let name = trial.point.map_or(say::no_crash(), CrashPoint::name);
                let verdict = trial.verdict();
                let class = match (trial.point.is_some() && !trial.has_crashed, trial.account.twice > 0, trial.account.lost > 0) {
                    (true, ..) => "is-never",
                    (_, false, false) => "is-fine",
                    _ => "is-bad",
                };
                let Account { once, twice, lost, .. } = trial.account;
                let place = move |_| {
                    if let Some(point) = trial.point {
                        marker.set(point);
                    }
                };
                view! {
                    <tr class=class data-trial=name>
                        <th scope="row"><button type="button" class="mono plain" on:click=place>{name}</button></th>
                        <td class="number">{once}</td><td class="number">{twice}</td><td class="number">{lost}</td><td>{verdict}</td>
                    </tr>
                }
                .into_any()
            };
            let rows: Vec<_> = done.into_iter().map(row).collect();
            view! {
                <div class="desk-scroll"><table class="trials">
                    <thead><tr><th scope="col">{say::crash_here()}</th><th scope="col">{say::once()}</th><th scope="col">{say::twice()}</th><th scope="col">{say::lost()}</th><th scope="col">{say::comes_to()}</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table></div>
            }
            .into_any()
        })
    });
    let says = text(move || match (too_long.get(), is_trying.get()) {
        (true, _) => say::this_history_is_too_long().to_owned(),
        (false, true) => say::trying().to_owned(),
        (false, false) => say::tells_this_history_again_for().to_owned(),
    });
    view! {
        <div class="row deeds"><Button label=say::try_every_point() disabled=is_trying on_press=begin/></div>
        <p class="desk-legend dim" role="status">{says}</p>
        {rows}
    }
    .into_any()
}

/// One trial, then the next with the next frame: the page stays quick.
fn go_on(
    session: Session,
    who: Who,
    n: usize,
    trials: RwSignal<Vec<Trial>>,
    (is_trying, too_long): (RwSignal<bool>, RwSignal<bool>),
) {
    let all = session.with(|timeline| timeline.world().apps().get(&who.0).map(|app| points(&app.config)));
    let point = match n.checked_sub(1).map(|n| all.unwrap_or_default().get(n).copied()) {
        None => None,
        Some(Some(point)) => Some(point),
        Some(None) => return is_trying.set(false),
    };
    match session.with(|timeline| trial(timeline, &who.0, &who.1, point, 1)) {
        Some(found) => {
            trials.update(|all| all.push(found));
            next_frame(move || go_on(session, who, n + 1, trials, (is_trying, too_long)));
        }
        None => {
            too_long.set(true);
            is_trying.set(false);
        }
    }
}
