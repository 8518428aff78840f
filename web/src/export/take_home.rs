//! What the world on stage is as files for a real cluster: each can be looked at and copied, all of them saved as a zip.

use crate::controls::copy_text;
use crate::gallery::offer;
use crate::lean::{attr, each, item, part, text};
use crate::session::Session;
use crate::ui::{Button, ButtonKind};
use leptos::prelude::*;
use millrace_export::{Check, File, Options, contents, export, zip};
use millrace_view::words;
use millrace_words::export as say;
use std::sync::Arc;
use web_sys::{Blob, BlobPropertyBag};

/// Lines of a file that are shown; the zip has all of it.
const LINES: usize = 400;

/// See the module: the files are those of the moment at which the dialog was opened.
pub fn inside(session: Session) -> AnyView {
    let title = session.title.get_untracked();
    let files = session.with(|timeline| export(timeline.world(), &Options { title: title.clone() }));
    let now = session.with(|timeline| words::time(timeline.world().now()));
    // A number for topics and records, by which a test knows them again.
    let contents = session.with(|timeline| format!("{:016x}", contents(timeline.world())));
    let folder = folder(&title);
    let bytes: Arc<[u8]> = zip::archive(&folder, &files).into();
    let files: Arc<[File]> = files.into();
    let size = bytes.len().div_ceil(1024);
    let about = say::the_world_at_as_files(&now, &files.len());
    let label = say::download_the_zip_kb(&size);
    let name = format!("{folder}.zip");
    let save = move |()| {
        if download(&bytes, &name).is_none() {
            session.refuse(say::the_browser_did_not_allow());
        }
    };
    let chosen = RwSignal::new(0_usize);
    let all = files.clone();
    let list = move || {
        let of = |(at, file): (usize, &File)| {
            let file = file.clone();
            item(at, move || entry(chosen, at, &file))
        };
        all.iter().enumerate().map(of).collect()
    };
    view! {
        <p class="export-about">{about}</p>
        <div class="export-do"><Button label=label kind=ButtonKind::Primary on_press=save/></div>
        <div class="export" data-contents=contents>
            <ul class="export-files" aria-label=say::files()>{each(list)}</ul>
            {part(move || files.get(chosen.get()).map(|file| preview(session, file)).into_any())}
        </div>
    }
    .into_any()
}

/// One line of the list: the folder dim, the name after it.
fn entry(chosen: RwSignal<usize>, at: usize, file: &File) -> AnyView {
    let (folder, name) = match file.path.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name.to_owned()),
        None => (String::new(), file.path.clone()),
    };
    let pressed = attr(move || (chosen.get() == at).to_string());
    view! {
        <li>
            <button type="button" class="export-file" aria-pressed=pressed on:click=move |_| chosen.set(at)>
                <span class="dim">{folder}</span>
                <span>{name}</span>
            </button>
        </li>
    }
    .into_any()
}

fn preview(session: Session, file: &File) -> AnyView {
    let lines = file.text.lines().count();
    let shown: Vec<&str> = file.text.lines().take(LINES).collect();
    let rest = (lines > LINES).then(|| {
        let rest = say::more_lines_the_zip_has(&(lines - LINES));
        view! { <p class="dim">{rest}</p> }.into_any()
    });
    let is_copied = RwSignal::new(false);
    let whole = file.text.clone();
    let copy = move |()| {
        copy_text(session, whole.clone(), say::the_file_is_on_the());
        is_copied.set(true);
    };
    let label = Signal::derive(move || if is_copied.get() { say::copied() } else { say::copy() }.to_owned());
    let says = text(move || if is_copied.get() { say::copied_said().to_owned() } else { String::new() });
    view! {
        <section class="export-preview" aria-label=file.path.clone()>
            <div class="export-head">
                <h3>{file.path.clone()}</h3>
                <Button label=label kind=ButtonKind::Quiet on_press=copy/>
                <span class="visually-hidden" role="status">{says}</span>
            </div>
            <p class="export-checked">{checked(file.checked)}</p>
            <pre class="export-text" tabindex="0">{shown.join("\n")}</pre>
            {rest}
        </section>
    }
    .into_any()
}

/// How such files are checked, and what never happened to them.
fn checked(check: Check) -> &'static str {
    match check {
        Check::Compose => say::checked_held_to_the_compose(),
        Check::Shell => say::checked_bash_and_shellcheck_read(),
        Check::Python => say::checked_python_compiles_it_never(),
        Check::Rust => say::checked_the_compiler_accepts_it(),
        Check::Java => say::checked_the_java_compilers_parser(),
        Check::Data => say::data_read_by_the_programs(),
        Check::Text => say::for_reading_and_for_the(),
    }
}

/// The folder inside the zip, and the zip's name.
fn folder(title: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = title.chars().map(plain).collect();
    let name: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    if name.is_empty() { "scenario".to_owned() } else { name.join("-") }
}

fn download(bytes: &[u8], name: &str) -> Option<()> {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/zip");
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes).into());
    offer(&Blob::new_with_u8_array_sequence_and_options(&parts, &kind).ok()?, name)
}
