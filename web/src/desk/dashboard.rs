//! Live dashboards: what a page shows of a topic, row by row, and beside it whether that is true. A snapshot, a feed from
//! somewhere, and the seam between the two.

use super::{Look, html_picture, sample};
use crate::lean::{each, item, maybe, part, text as words};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::ui::{Button, ButtonKind, Choice, Field, Icon};
use leptos::prelude::*;
use millrace_model::TopicName;
use millrace_sim::Command;
use millrace_sim::command::FeedFrom;
use millrace_view::desk::{Change, DashboardView, Row, Seam, dashboards, shown_topics};
use millrace_words::desk as say;
use std::sync::Arc;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let all = {
        let look = look.clone();
        Memo::new(move |was: Option<&Arc<Vec<DashboardView>>>| match look.is_due() {
            true => Arc::new(look.session.with(|timeline| dashboards(timeline, &look.name))),
            false => was.cloned().unwrap_or_default(),
        })
    };
    let names =
        Memo::new(move |_| all.with(|all| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>()));
    let none = maybe(move || {
        names.with(Vec::is_empty).then(|| {
            view! {
                <p class="dim desk-says">
                    {say::a_dashboard_is_a_pages()}
                </p>
            }
            .into_any()
        })
    });
    let boards = {
        let look = look.clone();
        each(move || {
            let draw = |name: String| {
                let look = look.clone();
                item(name.clone(), move || board(&look, name.clone(), all))
            };
            names.get().into_iter().map(draw).collect()
        })
    };
    view! {
        {none}
        <div class="dashboards">{boards}</div>
        {maybe(move || names.with(|names| !names.is_empty()).then(legend))}
        {form(&look, names)}
    }
    .into_any()
}

/// Opens one: the same as `dashboard open NAME --topic TOPIC`.
fn form(look: &Look, names: Memo<Vec<String>>) -> AnyView {
    let (session, app) = (look.session, look.name.clone());
    let name = RwSignal::new("top".to_owned());
    let topic = RwSignal::new(None::<String>);
    let topics = {
        let look = look.clone();
        Memo::new(move |was: Option<&Vec<String>>| match look.is_due() {
            true => look.session.with(|timeline| {
                shown_topics(timeline, &app).iter().map(ToString::to_string).collect::<Vec<_>>()
            }),
            false => was.cloned().unwrap_or_default(),
        })
    };
    let chosen = Memo::new(move |_| {
        let known = topics.get();
        topic
            .get()
            .filter(|topic| known.contains(topic))
            .or_else(|| known.first().cloned())
            .unwrap_or_default()
    });
    let open = move |()| {
        let (name, topic) = (name.get_untracked().trim().to_owned(), chosen.get_untracked());
        if name.is_empty() || topic.is_empty() {
            session.refuse(if topic.is_empty() {
                say::there_is_no_topic_to()
            } else {
                say::a_dashboard_needs_a_name()
            });
            return;
        }
        session
            .dispatch(Command::OpenDashboard { name: name.into(), topic: TopicName::from(topic.as_str()) });
    };
    let options = Signal::derive(move || topics.get().into_iter().map(|one| (one.clone(), one)).collect());
    let label = Signal::derive(move || match names.with(|names| names.contains(&name.get())) {
        true => say::take_a_new_snapshot().to_owned(),
        false => say::open_a_dashboard().to_owned(),
    });
    view! {
        <div class="desk-form" role="group" aria-label=say::a_new_dashboard()>
            <Field label=say::dashboard_name() value=name on_enter=open/>
            <Choice label=say::topic() options=options value=chosen on_change=move |one| topic.set(Some(one))/>
            <Button label=label icon=Icon::Plus on_press=open hint="dashboard open NAME --topic TOPIC"/>
        </div>
    }
    .into_any()
}

fn board(look: &Look, name: String, all: Memo<Arc<Vec<DashboardView>>>) -> AnyView {
    let session = look.session;
    let of = name.clone();
    let seen =
        Memo::new(move |_| all.with(|all| all.iter().find(|one| one.name == of).cloned()).map(Arc::new));
    let draw = move || seen.get().map(|one| drawn(&one));
    let title = move || seen.with(|one| one.as_ref().map(|one| one.topic.clone()).unwrap_or_default());
    let feeds = {
        let name = name.clone();
        part(move || {
            let is_fed = seen.with(|one| one.as_ref().is_some_and(|one| one.is_fed));
            let feed = |label: &'static str, from: FeedFrom, hint: &'static str| {
                let name = name.clone();
                let press = move |()| {
                    session.dispatch(Command::OpenFeed { name: name.as_str().into(), from });
                };
                let kind = match (from, is_fed) {
                    (FeedFrom::Snapshot, false) => ButtonKind::Primary,
                    _ => ButtonKind::Plain,
                };
                view! { <Button label=label kind=kind hint=hint on_press=press/> }.into_any()
            };
            let says = if is_fed { say::feed_it_anew_from() } else { say::feed_it_from() };
            view! {
                <span class="dim">{says}</span>
                {feed(say::the_snapshot(), FeedFrom::Snapshot, "dashboard feed NAME --from snapshot")}
                {feed(say::now_on(), FeedFrom::Latest, say::dashboard_feed_name_from_latest())}
                {feed(say::the_beginning(), FeedFrom::Earliest, say::dashboard_feed_name_from_earliest())}
            }
            .into_any()
        })
    };
    let of = name.clone();
    view! {
        <section class="dashboard" data-dashboard=of>
            <h3>{name} " " <span class="dim mono">{words(title)}</span></h3>
            {html_picture(draw)}
            <div class="row feeds">{feeds}</div>
        </section>
    }
    .into_any()
}

fn drawn(board: &DashboardView) -> Node {
    let verdict = match (board.wrong, board.is_fed) {
        (0, true) => ("verdict is-true", say::equal_to_the_topic().to_owned()),
        (0, false) => ("verdict is-still", say::equal_to_the_topic_so().to_owned()),
        (n, _) => ("verdict is-wrong", say::rows_differ(n as u64)),
    };
    let totals = board.totals.as_ref().map(|(shown, truth)| {
        let says = match shown == truth {
            true => say::sum(&shown),
            false => say::sum_in_the_topic(&shown, &truth),
        };
        node("span").is("class", "total").text(says)
    });
    let seams = board.seams.iter().map(seam);
    let reasons = board.reasons.iter().map(|reason| node("li").text(reason.clone()));
    let more = (board.more_rows > 0)
        .then(|| node("p").is("class", "dim").text(say::and_more_rows(&board.more_rows)));
    node("div")
        .is("class", "board-body")
        .set("data-wrong", board.wrong.to_string())
        .child(
            node("p")
                .is("class", "counted")
                .is("aria-live", "polite")
                .child(node("strong").is("class", verdict.0).text(verdict.1))
                .child(node("span").is("class", "dim").text(board.counted.clone()))
                .maybe(totals),
        )
        .child(node("ol").is("class", "leaders").children(board.rows.iter().map(row).collect()))
        .maybe(more)
        .child(node("div").is("class", "seams").children(seams.collect()))
        .child(node("ul").is("class", "desk-reasons").children(reasons.collect()))
}

fn row(row: &Row) -> Node {
    let change = match &row.change {
        Some(Change::Fell(_)) => " has-fallen",
        Some(Change::Rose) => " has-risen",
        None => "",
    };
    let truth = match &row.truth {
        None => "",
        Some(_) => " is-wrong",
    };
    let missing = if row.value.is_none() { " is-missing" } else { "" };
    let negative = if row.is_negative { " is-negative" } else { "" };
    let class = ["leader", change, truth, missing, negative, " hue-", &row.hue.to_string()].concat();
    let note = match (&row.truth, &row.change) {
        (Some(Some(truth)), _) => Some(("note is-wrong", say::the_topic_says(&truth))),
        (Some(None), _) => Some(("note is-wrong", say::deleted_in_the_topic().to_owned())),
        (None, Some(Change::Fell(from))) => Some(("note", say::corrected_from(&from))),
        (None, Some(Change::Rose) | None) => None,
    };
    let width = format!("width:{}.{}%", row.share / 10, row.share % 10);
    node("li")
        .key(row.key.clone())
        .set("class", class)
        .set("data-key", row.key.clone())
        .child(
            node("span").is("class", "rank").text(row.rank.map_or_else(String::new, |rank| rank.to_string())),
        )
        .child(node("span").is("class", "who").text(row.key.clone()))
        .child(
            node("span")
                .is("class", "track")
                .is("aria-hidden", "true")
                .child(node("span").is("class", "fill").set("style", width)),
        )
        .child(
            node("span")
                .is("class", "much")
                .text(row.value.clone().unwrap_or_else(|| say::missing().to_owned())),
        )
        .maybe(note.map(|(class, says)| node("span").is("class", class).text(says)))
}

/// A partition from its first offset to its end: what the snapshot holds, what the feed told, and what lies between.
fn seam(seam: &Seam) -> Node {
    let (snapshot, end) = (seam.snapshot, seam.end.max(seam.snapshot));
    let (missing, again, told, untold) = (seam.missing(), seam.again(), seam.told(), seam.untold());
    let piece = |class: &'static str, length: u64, says: String| {
        (length > 0).then(|| {
            node("span").is("class", class).set("style", format!("flex-grow:{length}")).set("title", says)
        })
    };
    let offsets = |from: u64, to: u64| match to.saturating_sub(from) {
        1 => say::one_offset(&from),
        _ => say::offsets_from_to(&from, &to.saturating_sub(1)),
    };
    let feed = seam.feed.unwrap_or(snapshot);
    let strip = node("span")
        .is("class", "strip")
        .is("aria-hidden", "true")
        .maybe(piece("is-snapshot", snapshot - again, say::in_the_snapshot().to_owned()))
        .maybe(piece("is-again", again, say::told_again_skipped(&offsets(feed, snapshot))))
        .maybe(piece("is-lost", missing, say::told_by_nobody(&offsets(snapshot, feed))))
        .maybe(piece("is-told", told, say::told_by_the_feed(&offsets(feed.max(snapshot), end))))
        .maybe(piece("is-untold", untold, say::not_told_yet(&offsets(snapshot, end))));
    let mut says = say::snapshot_up_to(&snapshot);
    if let Some(feed) = seam.feed {
        says = [&*says, " · ", &say::feed_from(&feed)].concat();
    }
    says = [&*says, " · ", &say::end_at(&end)].concat();
    if missing > 0 {
        says = [&*says, " · ", &say::lost_records(missing)].concat();
    }
    node("div")
        .is("class", "seam")
        .set("data-lost", missing.to_string())
        .child(node("span").is("class", "mono dim").text(format!("P{}", seam.partition)))
        .child(strip)
        .child(node("span").is("class", "dim").text(says))
}

/// How to read the seams.
fn legend() -> AnyView {
    view! {
        <p class="desk-legend dim">
            {sample("is-snapshot", say::snapshot())} {sample("is-told", say::told_by_the_feed_here())} {sample("is-again", say::told_again_skipped_here())}
            {sample("is-lost", say::told_by_nobody_here())}
        </p>
    }
    .into_any()
}
