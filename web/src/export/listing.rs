//! What Kafka's tools list of a real cluster, pasted: what would be made of it is seen before it is put on stage.

use crate::lean::part;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Area, Button, ButtonKind};
use leptos::prelude::*;
use millrace_export::import::{GroupFound, Import, Remark, TopicFound, import};
use millrace_words::export as say;

/// Problems that are listed before the rest is counted.
const SHOWN: usize = 6;

const EXAMPLE: &str = "GROUP    TOPIC   PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG ...\nbilling  orders  0          120             250             130 ...";

/// See the module.
pub fn inside(session: Session, open: RwSignal<bool>) -> AnyView {
    let pasted = RwSignal::new(String::new());
    let read: Memo<Import> = Memo::new(move |_| import(&pasted.get(), session.setup().profile));
    let put = move |()| {
        let script = read.with_untracked(|read| read.lines.join("\n"));
        open.set(false);
        let then = Box::new(move |done: bool| {
            if done {
                session.say(say::imported_offsets_and_lag_as());
            }
        });
        session.load(&script, say::imported_cluster().to_owned(), false, then);
    };
    let found = part(move || read.with(found));
    let is_nothing = Signal::derive(move || read.with(|read| read.lines.is_empty()));
    view! {
        <p class="export-about">
            {say::paste_what_these_print_one()}
        </p>
        <ul class="import-tools mono">
            <li>"kafka-topics --describe"</li>
            <li>"kafka-consumer-groups --describe --all-groups"</li>
            <li>"kafka-get-offsets"<span class="dim">" " {say::and_again_earliest()}</span></li>
        </ul>
        <div class="import-field"><Area label=say::listings_of_the_cluster() value=pasted placeholder=EXAMPLE/></div>
        <div class="import-found" role="status">{found}</div>
        <div class="export-do">
            <Button label=say::put_this_cluster_on_stage() kind=ButtonKind::Primary disabled=is_nothing on_press=put/>
        </div>
    }
    .into_any()
}

fn found(read: &Import) -> AnyView {
    let problems = remarks(say::not_understood(), "import-problems", &read.problems);
    if read.lines.is_empty() {
        return view! { {problems} }.into_any();
    }
    let topics: Vec<AnyView> = read.topics.iter().map(topic).collect();
    let groups: Vec<AnyView> = read.groups.iter().map(group).collect();
    let lines = read.lines.join("\n");
    view! {
        {problems}
        <div class="import-tables">
            <table>
                <caption>{say::topics()}</caption>
                <thead><tr><th scope="col">{say::topic()}</th><th scope="col">{say::partitions()}</th><th scope="col">{say::offsets()}</th></tr></thead>
                <tbody>{topics}</tbody>
            </table>
            <table>
                <caption>{say::groups()}</caption>
                <thead><tr><th scope="col">{say::group()}</th><th scope="col">{say::members()}</th><th scope="col">{say::lag()}</th></tr></thead>
                <tbody>{groups}</tbody>
            </table>
        </div>
        {remarks(say::not_as_it_is_there(), "import-remarks", &read.remarks)}
        <details class="import-lines">
            <summary>{say::the_lines_that_do_it()}</summary>
            <pre class="export-text" tabindex="0">{lines}</pre>
        </details>
    }
    .into_any()
}

fn topic(topic: &TopicFound) -> AnyView {
    let known: i64 =
        topic.ends.values().map(|(start, end)| end.saturating_sub(*start)).fold(0, i64::saturating_add);
    let offsets = if topic.ends.is_empty() { say::not_listed().to_owned() } else { known.to_string() };
    view! { <tr><th scope="row">{topic.name.clone()}</th><td>{topic.partitions}</td><td>{offsets}</td></tr> }
        .into_any()
}

fn group(group: &GroupFound) -> AnyView {
    let members = group.members.len().max(group.member_count);
    view! { <tr><th scope="row">{group.name.clone()}</th><td>{members}</td><td>{group.lag}</td></tr> }
        .into_any()
}

fn remarks(title: &'static str, class: &'static str, all: &[Remark]) -> AnyView {
    if all.is_empty() {
        return ().into_any();
    }
    let mut shown: Vec<String> = all.iter().take(SHOWN).map(ToString::to_string).collect();
    if all.len() > SHOWN {
        shown.push(say::and_more(&(all.len() - SHOWN)));
    }
    let shown: Vec<AnyView> = shown.into_iter().map(|says| view! { <li>{says}</li> }.into_any()).collect();
    view! { <h3>{title}</h3><ul class=class>{shown}</ul> }.into_any()
}
