//! What is on stage as a widget for somebody else's page: a form, the snippet, and the widget itself beside it.

use crate::controls::copy_text;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Choice, Icon};
use leptos::html;
use leptos::prelude::*;
use millrace_words::export as say;
use wasm_bindgen::JsCast;
use web_sys::{Element, Url};

/// Where the element's script lies, from the playground.
const LOADER: &str = "../embed/v1/embed.js";
/// What can be chosen: an attribute and its values, the default first.
const CHOICES: [(&str, &[&str]); 5] = [
    ("view", &["board", "board+cli", "timeline", "metrics", "readonly"]),
    ("controls", &["full", "minimal", "none"]),
    ("theme", &["auto", "light", "dark", "hc"]),
    ("loading", &["lazy", "click", "eager"]),
    ("height", &["auto", "360", "480", "640"]),
];

/// The dialog's content.
pub fn inside(session: Session) -> AnyView {
    let chosen =
        CHOICES.map(|(name, values)| (name, RwSignal::new(values.first().copied().unwrap_or_default())));
    let history = StoredValue::new(session.save());
    let attributes = Memo::new(move |_| {
        let changed = chosen.iter().zip(CHOICES).filter_map(|((name, value), (_, values))| {
            let value = value.get();
            (values.first() != Some(&value)).then_some((*name, value))
        });
        changed.collect::<Vec<_>>()
    });
    let loader = loader();
    let snippet = Memo::new(move |_| history.with_value(|text| snippet(&loader, &attributes.get(), text)));
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            // The old one is taken away with its frame.
            place.set_text_content(None);
            let _ = history.with_value(|text| widget(&attributes.get(), text, &place));
        }
    });
    let fields = chosen.map(|(name, value)| {
        let values =
            CHOICES.iter().find(|(other, _)| *other == name).map(|(_, values)| *values).unwrap_or_default();
        let options =
            Signal::derive(move || values.iter().map(|v| ((*v).to_owned(), (*v).to_owned())).collect());
        let shown = Signal::derive(move || value.get().to_owned());
        let choose = move |wanted: String| {
            if let Some(found) = values.iter().find(|v| **v == wanted) {
                value.set(found);
            }
        };
        view! { <Choice label=name options=options value=shown on_change=choose/> }
    });
    let copy = move |()| copy_text(session, snippet.get_untracked(), say::the_snippet_is_copied());
    view! {
        <div class="stack embed-this">
            <p class="dim">{say::two_lines_of_html()} " " <a href="../gallery/" target="_blank" rel="noopener">{say::all_widgets()}</a></p>
            <div class="embed-fields">{fields}</div>
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

/// What an author copies.
fn snippet(loader: &str, attributes: &[(&str, &str)], history: &str) -> String {
    let attributes: String =
        attributes.iter().map(|(name, value)| [" ", name, "=\"", value, "\""].concat()).collect();
    [
        "<script type=\"module\" src=\"",
        loader,
        "\"></script>\n<millrace-embed",
        &attributes,
        "><script type=\"text/plain\">\n",
        history.trim_end(),
        "\n</script></millrace-embed>",
    ]
    .concat()
}

/// The same as an element in its place; `None` if the browser refuses.
fn widget(attributes: &[(&str, &str)], history: &str, place: &Element) -> Option<()> {
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
    let lines = document.create_element("script").ok()?;
    lines.set_attribute("type", "text/plain").ok()?;
    lines.set_text_content(Some(history));
    element.append_child(&lines).ok()?;
    place.append_child(element.unchecked_ref()).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snippet_is_what_an_author_would_write() {
        let text = snippet("https://x/embed/v1/embed.js", &[("view", "timeline")], "millrace 1\n");
        assert_eq!(
            text,
            "<script type=\"module\" src=\"https://x/embed/v1/embed.js\"></script>\n<millrace-embed view=\"timeline\"><script type=\"text/plain\">\nmillrace 1\n</script></millrace-embed>"
        );
    }
}
