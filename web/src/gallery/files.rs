//! Saving to a file and opening one, by button and by dropping it on the page.

use crate::lean::maybe;
use crate::session::Session;
use crate::ui::{Menu, MenuItem};
use leptos::ev::DragEvent;
use leptos::html;
use leptos::prelude::*;
use millrace_words::gallery as say;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Blob, BlobPropertyBag, File, FileReader, HtmlAnchorElement, Url};

/// Largest file that is read: what the language takes, and a little more so that its own message is shown.
const BYTES: f64 = 17.0 * 1024.0 * 1024.0;

/// The menu, and the listener for drops. `over` and `share` have buttons of their own where there is room.
pub fn files(session: Session, over: Callback<()>, share: Callback<()>) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    let open = move |()| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            read(session, &file);
        }
        // The same file can be chosen again.
        input.set_value("");
    };
    let save = move |()| {
        if write(&session.save(), &file_name(&session.title.get_untracked())).is_none() {
            session.refuse(say::the_browser_did_not_allow());
        }
    };
    let save_linked = move |()| {
        let text = session.linked.get_untracked();
        if text.is_some_and(|text| write(&text, "linked.mill").is_none()) {
            session.refuse(say::the_browser_did_not_allow());
        }
    };
    let linked = maybe(move || {
        session.linked.with(Option::is_some).then(|| {
            view! { <MenuItem label=say::save_what_the_link_held() says=say::unchanged_as_it_came() on_press=save_linked/> }
                .into_any()
        })
    });
    let metrics = move |()| {
        let name = file_name(&session.title.get_untracked()).replace(".mill", ".prom");
        if write(&crate::metrics::export::text(session), &name).is_none() {
            session.refuse(say::the_browser_did_not_allow());
        }
    };
    let dragged = window_event_listener(leptos::ev::dragover, |event: DragEvent| event.prevent_default());
    let dropped = window_event_listener(leptos::ev::drop, move |event: DragEvent| {
        let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
        if let Some(file) = file {
            event.prevent_default();
            read(session, &file);
        }
    });
    on_cleanup(move || {
        dragged.remove();
        dropped.remove();
    });
    view! {
        <Menu label=say::file() class="quiet right">
            <MenuItem label=say::save_to_a_file() says=say::the_whole_history_as_text() on_press=save/>
            {linked}
            <MenuItem label=say::open_a_file() says=say::a_saved_history_or_a() on_press=open/>
            <MenuItem label=millrace_words::versions::kafka_version() says=millrace_words::versions::which_answers() on_press=move |()| crate::version::open(session)/>
            <MenuItem label=say::take_it_to_real_kafka() says=say::brokers_in_containers_topics_records() on_press=move |()| crate::export::take_home(session)/>
            <MenuItem label=say::import_from_a_cluster() says=say::what_kafka_topics_and_kafka() on_press=move |()| crate::export::listing(session)/>
            <MenuItem label=say::save_the_metrics() says=say::at_the_playhead_as_prometheus() on_press=metrics/>
            <MenuItem label=say::share() says=say::a_link_that_holds_the() on_press=share/>
            <MenuItem label=millrace_words::export::embed_this() says=millrace_words::export::embed_this_says() on_press=move |()| crate::export::widget(session)/>
            <MenuItem label=say::start_over() says=say::undo_brings_your_history_back() on_press=over/>
        </Menu>
        <input type="file" accept=".mill,text/plain" hidden aria-label=say::open_a_file_label() node_ref=input on:change=chosen/>
    }
    .into_any()
}

fn file_name(title: &str) -> String {
    let name: String =
        title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    format!("{}.mill", name.trim_matches('-').trim_end_matches("-mill"))
}

fn read(session: Session, file: &File) {
    let name = file.name();
    if file.size() > BYTES {
        session.refuse(say::is_too_large_for_a(&name));
        return;
    }
    let Ok(reader) = FileReader::new() else { return };
    let of = reader.clone();
    let done = Closure::once_into_js(move || match of.result().ok().and_then(|text| text.as_string()) {
        Some(text) => session.load(&text, name, false, Box::new(|_| {})),
        None => session.refuse(say::cannot_be_read(&name)),
    });
    reader.set_onloadend(Some(done.unchecked_ref()));
    // A file that cannot be read ends in `loadend`, too, without a result.
    let _ = reader.read_as_text(file);
}

/// Offers a text as a file to save; `None` if the browser does not allow it.
pub(crate) fn write(text: &str, name: &str) -> Option<()> {
    let kind = BlobPropertyBag::new();
    kind.set_type("text/plain");
    let parts = js_sys::Array::of1(&text.into());
    offer(&Blob::new_with_str_sequence_and_options(&parts, &kind).ok()?, name)
}

/// Offers what a blob holds as a file to save; `None` if the browser does not allow it.
pub(crate) fn offer(blob: &Blob, name: &str) -> Option<()> {
    let url = Url::create_object_url_with_blob(blob).ok()?;
    let anchor = document().create_element("a").ok()?.dyn_into::<HtmlAnchorElement>().ok()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    Url::revoke_object_url(&url).ok()
}
