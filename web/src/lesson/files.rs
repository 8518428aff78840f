//! Progress as a file: saved, and read back into what is known already. Nothing that was done is ever lost by it.

use super::desk::Desk;
use crate::gallery::write;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::html;
use leptos::prelude::*;
use millrace_lessons::Learnt;
use millrace_words::lesson as say;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{File, FileReader};

/// What the file is called.
const NAME: &str = "millrace-lessons.txt";
/// Largest file that is read, in bytes: ten thousand facts are smaller.
const BYTES: f64 = 1024.0 * 1024.0;

/// The buttons below the shelf, and what came of them.
pub fn files(desk: Desk) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    let says = RwSignal::new(String::new());
    let save = move |()| {
        if write(&desk.learnt.with_untracked(Learnt::print), NAME).is_none() {
            says.set(say::not_saved().to_owned());
        }
    };
    let open = move |()| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            read(desk, &file, says);
        }
        // The same file can be chosen again.
        input.set_value("");
    };
    view! {
        <div class="shelf-file">
            <Button label=say::save_progress() icon=Icon::Save kind=ButtonKind::Quiet on_press=save/>
            <Button label=say::open_progress() icon=Icon::Open kind=ButtonKind::Quiet hint=say::open_progress_hint() on_press=open/>
            <input type="file" accept=".txt,text/plain" hidden aria-label=say::open_progress() node_ref=input on:change=chosen/>
            <p class="shelf-file-says" role="status">{move || says.get()}</p>
        </div>
    }
    .into_any()
}

fn read(desk: Desk, file: &File, says: RwSignal<String>) {
    let name = file.name();
    if file.size() > BYTES {
        says.set(say::file_too_large(&name));
        return;
    }
    let Ok(reader) = FileReader::new() else { return };
    let of = reader.clone();
    let done = Closure::once_into_js(move || {
        let text = of.result().ok().and_then(|text| text.as_string());
        let told = match text.as_deref().map(Learnt::parse) {
            None => say::file_not_read(&name),
            Some(Err(why)) => say::file_wrong(&name, &why),
            Some(Ok((learnt, problems))) => {
                desk.learnt.update(|known| known.join(&learnt));
                desk.keep();
                match problems.first() {
                    None => say::file_joined(&name),
                    Some(first) => {
                        say::file_partly(&name, problems.len() as u64, &first.line, &first.sentence)
                    }
                }
            }
        };
        let _ = says.try_set(told);
    });
    reader.set_onloadend(Some(done.unchecked_ref()));
    // A file that cannot be read ends in `loadend`, too, without a result.
    let _ = reader.read_as_text(file);
}
