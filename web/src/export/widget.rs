//! What is on stage as a widget for somebody else's page: a form, the snippet, and the widget itself beside it.

use crate::controls::copy_text;
use crate::lesson::Lessons;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Choice, Icon};
use leptos::html;
use leptos::prelude::*;
use millrace_words::export as say;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Url};

/// Where the element's script lies, from the playground.
const LOADER: &str = "../embed/v1/embed.js";
/// Which loader can be pinned, and its checksum, from where the lessons lie.
const PINNED: &str = "../embed/v1/loader.txt";
/// What can be chosen: an attribute and its values, the default first.
const CHOICES: [(&str, &[&str]); 5] = [
    ("view", &["board", "board+cli", "timeline", "metrics", "lesson", "readonly"]),
    ("controls", &["full", "minimal", "none"]),
    ("theme", &["auto", "light", "dark", "hc"]),
    ("loading", &["lazy", "click", "eager"]),
    ("height", &["auto", "360", "480", "640"]),
];

/// What is in the widget: the history on stage, or a lesson by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    History(Arc<str>),
    Lesson(Arc<str>),
}

/// The lesson that is open, if it stands on the shelf.
fn open_lesson() -> Option<Arc<str>> {
    let id = use_context::<Lessons>()?.open.get_untracked()?;
    id.starts_with('L').then(|| id.into())
}

/// The dialog's content.
pub fn inside(session: Session) -> AnyView {
    let lesson = open_lesson();
    let of_lesson = RwSignal::new(lesson.is_some());
    let chosen =
        CHOICES.map(|(name, values)| (name, RwSignal::new(values.first().copied().unwrap_or_default())));
    if let (true, Some((_, view))) = (lesson.is_some(), chosen.first()) {
        view.set("lesson");
    }
    let history: Arc<str> = session.save().into();
    let asked = lesson.clone();
    let of = Memo::new(move |_| match (of_lesson.get(), &lesson) {
        (true, Some(id)) => Of::Lesson(id.clone()),
        _ => Of::History(history.clone()),
    });
    let attributes = Memo::new(move |_| {
        let changed = chosen.iter().zip(CHOICES).filter_map(|((name, value), (_, values))| {
            let value = value.get();
            (values.first() != Some(&value)).then_some((*name, value))
        });
        changed.collect::<Vec<_>>()
    });
    let loader = loader();
    let (pinned, is_pinned) = (RwSignal::new(None::<Pinned>), RwSignal::new(false));
    leptos::task::spawn_local(async move {
        // A site without it offers no pinning.
        if let Ok(text) = crate::lesson::text(PINNED).await {
            pinned.try_set(Pinned::read(&text));
        }
    });
    let snippet = Memo::new(move |_| {
        let pin = pinned.get().filter(|_| is_pinned.get());
        of.with(|of| snippet(&loader, pin.as_ref(), &attributes.get(), of))
    });
    let version = crate::lean::maybe(move || {
        pinned.with(Option::is_some).then(|| {
            let options = vec![
                ("newest".to_owned(), say::always_the_newest().to_owned()),
                ("pinned".to_owned(), say::this_one_with_its_checksum().to_owned()),
            ];
            let shown = Signal::derive(move || if is_pinned.get() { "pinned" } else { "newest" }.to_owned());
            let choose = move |wanted: String| is_pinned.set(wanted == "pinned");
            view! { <Choice label=say::version() options=Signal::stored(options) value=shown on_change=choose/> }
                .into_any()
        })
    });
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            // The old one is taken away with its frame.
            place.set_text_content(None);
            let _ = of.with(|of| widget(&attributes.get(), of, &place));
        }
    });
    let fields = chosen.map(|(name, value)| {
        let values =
            CHOICES.iter().find(|(other, _)| *other == name).map(|(_, values)| *values).unwrap_or_default();
        let options = Signal::derive(move || {
            let offered = values.iter().filter(|v| **v != "lesson" || of_lesson.get());
            offered.map(|v| ((*v).to_owned(), (*v).to_owned())).collect()
        });
        let shown = Signal::derive(move || value.get().to_owned());
        let choose = move |wanted: String| {
            if let Some(found) = values.iter().find(|v| **v == wanted) {
                value.set(found);
            }
        };
        view! { <Choice label=name options=options value=shown on_change=choose/> }
    });
    let what = asked.map(|id| {
        let options = vec![
            ("lesson".to_owned(), say::lesson_of(&id)),
            ("stage".to_owned(), say::what_is_on_stage().to_owned()),
        ];
        let shown = Signal::derive(move || if of_lesson.get() { "lesson" } else { "stage" }.to_owned());
        let choose = move |wanted: String| {
            let is_lesson = wanted == "lesson";
            of_lesson.set(is_lesson);
            if let Some((_, view)) = chosen.first() {
                view.set(if is_lesson { "lesson" } else { "board" });
            }
        };
        view! { <Choice label=say::content() options=Signal::stored(options) value=shown on_change=choose/> }
    });
    let copy = move |()| copy_text(session, snippet.get_untracked(), say::the_snippet_is_copied());
    view! {
        <div class="stack embed-this">
            <p class="dim">{say::two_lines_of_html()} " " <a href="../gallery/" target="_blank" rel="noopener">{say::all_widgets()}</a></p>
            <div class="embed-fields">{what} {fields} {version}</div>
            <div class="embed-snippet">
                <pre tabindex="0" aria-label=say::the_snippet()>{move || snippet.get()}</pre>
                <Button label=say::copy_the_snippet() icon=Icon::Copy kind=ButtonKind::Primary on_press=copy/>
            </div>
            <div class="embed-preview" node_ref=place></div>
        </div>
    }
    .into_any()
}

/// The loader's whole address.
fn loader() -> String {
    let base = document().document_uri().unwrap_or_default();
    Url::new_with_base(LOADER, &base).map_or_else(|_| LOADER.to_owned(), |url| url.href())
}

/// A loader under an address that never holds anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pinned {
    /// Below `embed/`.
    path: String,
    integrity: String,
}

impl Pinned {
    /// What the build has written down: a line each.
    fn read(text: &str) -> Option<Pinned> {
        let (path, integrity) = text.trim_end().split_once('\n')?;
        Some(Pinned { path: path.to_owned(), integrity: integrity.to_owned() })
    }
}

/// What an author copies.
fn snippet(loader: &str, pinned: Option<&Pinned>, attributes: &[(&str, &str)], of: &Of) -> String {
    let attributes: String =
        attributes.iter().map(|(name, value)| [" ", name, "=\"", value, "\""].concat()).collect();
    let site = loader.strip_suffix("embed/v1/embed.js").unwrap_or_default();
    let script = match pinned {
        None => ["<script type=\"module\" src=\"", loader, "\">"].concat(),
        Some(Pinned { path, integrity }) => [
            "<script type=\"module\" src=\"",
            site,
            "embed/",
            path,
            "\" integrity=\"",
            integrity,
            "\" crossorigin>",
        ]
        .concat(),
    };
    let begin = [script.as_str(), "</script>\n<millrace-embed"];
    let rest = match of {
        Of::History(text) => [
            attributes.as_str(),
            "><script type=\"text/plain\">\n",
            text.trim_end(),
            "\n</script></millrace-embed>",
        ]
        .concat(),
        // What stands there without scripts, and in print.
        Of::Lesson(id) => [
            " lesson=\"",
            id,
            "\"",
            attributes.as_str(),
            "><a href=\"",
            site,
            "l/",
            id,
            "/\">",
            &say::run_lesson(id),
            "</a></millrace-embed>",
        ]
        .concat(),
    };
    [begin.concat().as_str(), &rest, " <!-- MIT OR Apache-2.0 -->"].concat()
}

/// The same as an element in its place; `None` if the browser refuses.
fn widget(attributes: &[(&str, &str)], of: &Of, place: &Element) -> Option<()> {
    let document = document();
    if document.query_selector("script[data-embed]").ok()?.is_none() {
        let script = document.create_element("script").ok()?;
        for (name, value) in [("type", "module"), ("src", LOADER), ("data-embed", "")] {
            script.set_attribute(name, value).ok()?;
        }
        document.head()?.append_child(&script).ok()?;
    }
    let element = document.create_element("millrace-embed").ok()?;
    for (name, value) in attributes {
        element.set_attribute(name, value).ok()?;
    }
    match of {
        Of::Lesson(id) => element.set_attribute("lesson", id).ok()?,
        Of::History(text) => {
            let lines = document.create_element("script").ok()?;
            lines.set_attribute("type", "text/plain").ok()?;
            lines.set_text_content(Some(text));
            element.append_child(&lines).ok()?;
        }
    }
    place.append_child(element.unchecked_ref()).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snippet_is_what_an_author_would_write() {
        let loader = "https://x/embed/v1/embed.js";
        let text = snippet(loader, None, &[("view", "timeline")], &Of::History("millrace 1\n".into()));
        assert_eq!(
            text,
            "<script type=\"module\" src=\"https://x/embed/v1/embed.js\"></script>\n<millrace-embed view=\"timeline\"><script type=\"text/plain\">\nmillrace 1\n</script></millrace-embed> <!-- MIT OR Apache-2.0 -->"
        );
        let text = snippet(loader, None, &[("view", "lesson")], &Of::Lesson("L16".into()));
        let (_, element) = text.split_once('\n').unwrap();
        assert_eq!(
            element,
            "<millrace-embed lesson=\"L16\" view=\"lesson\"><a href=\"https://x/l/L16/\">Run lesson L16 in the browser</a></millrace-embed> <!-- MIT OR Apache-2.0 -->"
        );
    }
    #[test]
    fn a_pinned_loader_is_named_with_its_checksum() {
        let pinned = Pinned::read("v0.1.0-1a2b3c4d/embed.js\nsha384-x\n").unwrap();
        let text = snippet("https://x/embed/v1/embed.js", Some(&pinned), &[], &Of::Lesson("L16".into()));
        let (script, element) = text.split_once('\n').unwrap();
        assert_eq!(
            script,
            "<script type=\"module\" src=\"https://x/embed/v0.1.0-1a2b3c4d/embed.js\" integrity=\"sha384-x\" crossorigin></script>"
        );
        assert!(element.contains("href=\"https://x/l/L16/\""), "{element}");
        assert_eq!(Pinned::read("404"), None);
    }
}
