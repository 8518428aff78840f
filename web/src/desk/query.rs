//! Interactive queries: a question to one instance, and what it answers now. The answer goes on following the stores.

use super::{Look, html_picture};
use crate::controls::read;
use crate::lean::{maybe, part};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::ui::{Button, ButtonKind, Check, Choice, Field};
use leptos::prelude::*;
use millrace_model::Timestamp;
use millrace_sim::node::streams::StoreQuery;
use millrace_view::desk::{Askable, Asked, Reply, askable, reply};
use millrace_words::desk as say;

/// What is asked for.
const KINDS: [(&str, &str); 4] =
    [("get", "get(key)"), ("fetch", "fetch(key, from, to)"), ("range", "range(from, to)"), ("all", "all()")];

/// What stands in the form.
#[derive(Clone, Copy)]
struct Form {
    instance: RwSignal<Option<String>>,
    store: RwSignal<Option<String>>,
    kind: RwSignal<&'static str>,
    key: RwSignal<String>,
    from: RwSignal<String>,
    to: RwSignal<String>,
    stale: RwSignal<bool>,
}

/// See the module; nothing for an application without stores that can be asked.
pub fn panel(look: Look) -> AnyView {
    let session = look.session;
    let known = {
        let look = look.clone();
        Memo::new(move |was: Option<&Askable>| match look.is_due() {
            true => session.with(|timeline| askable(timeline, &look.name)),
            false => was.cloned().unwrap_or_default(),
        })
    };
    let form = Form {
        instance: RwSignal::new(None),
        store: RwSignal::new(None),
        kind: RwSignal::new("get"),
        key: RwSignal::new("alice".to_owned()),
        from: RwSignal::new(String::new()),
        to: RwSignal::new(String::new()),
        stale: RwSignal::new(false),
    };
    let has_stores = Memo::new(move |_| known.with(|known| !known.stores.is_empty()));
    maybe(move || has_stores.get().then(|| asks(look.clone(), form, known)))
}

fn asks(look: Look, form: Form, known: Memo<Askable>) -> AnyView {
    let session = look.session;
    let instance = Memo::new(move |_| {
        let first = known.with(|known| known.instances.first().cloned()).unwrap_or_default();
        form.instance.get().unwrap_or(first)
    });
    let store = Memo::new(move |_| {
        known.with(|known| {
            let chosen = form.store.get();
            let chosen = chosen.and_then(|chosen| known.stores.iter().find(|one| one.name == chosen));
            chosen.or(known.stores.first()).cloned()
        })
    });
    let store_name =
        Memo::new(move |_| store.with(|s| s.as_ref().map(|s| s.name.clone()).unwrap_or_default()));
    let is_windowed = Memo::new(move |_| store.with(|s| s.as_ref().is_some_and(|s| s.is_windowed)));
    let kind = Memo::new(move |_| match form.kind.get() {
        "fetch" if !is_windowed.get() => "get",
        kind => kind,
    });
    let query = Memo::new(move |_| question(form, kind.get()));
    let answer = Memo::new(move |was: Option<&Option<Result<Reply, String>>>| {
        if !look.is_due() {
            return was.cloned().flatten();
        }
        let query = match query.get() {
            Ok(query) => query,
            Err(problem) => return Some(Err(problem)),
        };
        let asked =
            Asked { instance: instance.get(), store: store_name.get(), query, takes_stale: form.stale.get() };
        let gone = say::is_not_there_nobody_answers(&asked.instance);
        Some(session.with(|timeline| reply(timeline, &look.name, &asked)).ok_or(gone))
    });
    let pairs = |names: Vec<String>| names.into_iter().map(|one| (one.clone(), one)).collect::<Vec<_>>();
    let instances = Signal::derive(move || {
        let mut names = known.with(|known| known.instances.clone());
        let chosen = instance.get();
        if !chosen.is_empty() && !names.contains(&chosen) {
            names.push(chosen);
        }
        pairs(names)
    });
    let stores = Signal::derive(move || {
        pairs(known.with(|known| known.stores.iter().map(|one| one.name.clone()).collect()))
    });
    let kinds = Signal::derive(move || {
        let windowed = is_windowed.get();
        let there = KINDS.iter().filter(|(kind, _)| windowed || *kind != "fetch");
        there.map(|(kind, text)| ((*kind).to_owned(), (*text).to_owned())).collect()
    });
    let set_kind = move |chosen: String| {
        let known = KINDS.iter().find(|(kind, _)| *kind == chosen);
        form.kind.set(known.map_or("get", |(kind, _)| kind));
    };
    let fields = part(move || match kind.get() {
        "get" => view! { <Field label=say::key() value=form.key/> }.into_any(),
        "fetch" => view! {
            <Field label=say::key() value=form.key/>
            <Field label=say::windows_that_start_from() value=form.from placeholder="12:00:00"/>
            <Field label=say::to() value=form.to placeholder="12:01:00"/>
        }
        .into_any(),
        "range" => view! {
            <Field label=say::first_key() value=form.from placeholder="a"/>
            <Field label=say::last_key() value=form.to placeholder="z"/>
        }
        .into_any(),
        _ => ().into_any(),
    });
    let elsewhere = Memo::new(move |_| {
        answer.with(|answer| {
            answer.as_ref().and_then(|a| a.as_ref().ok()).and_then(|reply| reply.elsewhere.clone())
        })
    });
    let go_there = maybe(move || {
        let there = elsewhere.get()?;
        let label = say::ask(&there);
        let press = move |()| form.instance.set(Some(there.clone()));
        Some(
            view! { <div class="row"><Button label=label kind=ButtonKind::Plain on_press=press/></div> }
                .into_any(),
        )
    });
    let several = maybe(move || {
        known.with(|known| known.stores.len() > 1).then(|| {
            view! { <Choice label=say::store() options=stores value=store_name on_change=move |one| form.store.set(Some(one))/> }
                .into_any()
        })
    });
    let draw = move || Some(drawn(answer.get().as_ref()));
    let kind_now = Signal::derive(move || kind.get().to_owned());
    view! {
        <section class="query" aria-label=say::interactive_query()>
            <h3>{say::ask_an_instance()}</h3>
            <div class="desk-form">
                <Choice label=say::instance() options=instances value=instance
                    on_change=move |one| form.instance.set(Some(one))/>
                {several}
                <Choice label=say::query() options=kinds value=kind_now on_change=set_kind/>
                {fields}
                <Check label=say::take_a_stale_answer_from() value=form.stale/>
            </div>
            {html_picture(draw)}
            {go_there}
        </section>
    }
    .into_any()
}

/// The question that the form asks; what is wrong with it.
fn question(form: Form, kind: &str) -> Result<StoreQuery, String> {
    let bytes = |field: RwSignal<String>| -> millrace_model::Bytes { field.get().trim().as_bytes().into() };
    let time = |field: RwSignal<String>, open: i64| match field.get().trim() {
        "" => Ok::<i64, String>(open),
        text => {
            let at = read::timestamp(text, Timestamp(0).time())?;
            Ok(at.map_or(open, |at| at.0))
        }
    };
    Ok(match kind {
        "range" => {
            let to = bytes(form.to);
            StoreQuery::Range(bytes(form.from), if to.is_empty() { (*b"\xff").into() } else { to })
        }
        "fetch" => StoreQuery::Windows(bytes(form.key), time(form.from, i64::MIN)?, time(form.to, i64::MAX)?),
        "all" => StoreQuery::All,
        _ => StoreQuery::Key(bytes(form.key)),
    })
}

fn drawn(answer: Option<&Result<Reply, String>>) -> Node {
    let root = node("div").is("class", "answer").is("aria-live", "polite");
    let reply = match answer {
        None => return root,
        Some(Err(problem)) => return root.child(node("p").is("class", "thrown").text(problem.clone())),
        Some(Ok(reply)) => reply,
    };
    let class = if reply.is_exception { "thrown mono" } else { "returned" };
    let line = |[key, value, task]: &[String; 3]| {
        node("tr")
            .key(format!("{task} {key}"))
            .child(node("th").is("scope", "row").text(key.clone()))
            .child(node("td").is("class", "value").text(value.clone()))
            .child(node("td").is("class", "dim").text(task.clone()))
    };
    let table = (!reply.rows.is_empty()).then(|| {
        node("table")
            .child(super::state::head(&[say::key(), say::value(), say::task()]))
            .child(node("tbody").children(reply.rows.iter().map(line).collect()))
    });
    let more = (reply.more > 0).then(|| node("p").is("class", "dim").text(say::and_more(&reply.more)));
    let hosts = reply.hosts.clone();
    let hosts = hosts.map(|hosts| node("p").is("class", "dim").text(format!("queryMetadataForKey: {hosts}")));
    root.child(node("p").set("class", class.to_owned()).text(reply.says.clone()))
        .maybe(table)
        .maybe(more)
        .maybe(hosts)
}
