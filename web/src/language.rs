//! The page's language: it follows `<html lang>`, which `static/language.js` decides before anything is drawn, and the
//! header's switch changes.

use leptos::prelude::*;
use millrace_words::Language;

const CHOSEN: &str = "millrace.language";

/// Has everything speak the language of the page. Nothing may have been drawn before.
pub fn recall() -> Language {
    let tag = document().document_element().and_then(|root| root.get_attribute("lang")).unwrap_or_default();
    let language = Language::of_tag(&tag).unwrap_or_default();
    millrace_words::set(language);
    language
}

/// The button that changes to the other language, which it names in that language. The page begins again, with all that
/// this tab has: what was said in one language would stay in it otherwise.
#[component]
pub fn LanguageSwitch() -> AnyView {
    let now = millrace_words::language();
    let Some(other) = Language::ALL.into_iter().find(|language| *language != now) else {
        return ().into_any();
    };
    let press = move |_| {
        let window = window();
        for storage in [window.session_storage(), window.local_storage()] {
            // Without storage nothing is chosen, and the address has to say it.
            let _ = storage.ok().flatten().map(|storage| storage.set_item(CHOSEN, other.tag()).is_ok());
        }
        let location = window.location();
        let search = location.search().unwrap_or_default();
        // What the address asks for would win. The browser begins the page again where its search changes.
        let _ = match without_lang(&search) {
            Some(rest) => location.set_search(&rest),
            None => location.reload(),
        };
    };
    let tag = other.tag();
    let shown = tag.to_uppercase();
    // What is read aloud begins with what is seen.
    let name = [&*shown, " · ", other.name()].concat();
    view! {
        <button type="button" class="button quiet language" lang=tag title=other.name() aria-label=name on:click=press>
            {shown}
        </button>
    }
    .into_any()
}

/// A search without `lang=`; `None` if it asks for no language.
fn without_lang(search: &str) -> Option<String> {
    let pieces = || search.trim_start_matches('?').split('&');
    let is_other = |piece: &&str| !piece.starts_with("lang=");
    (!pieces().all(|piece| is_other(&piece))).then(|| pieces().filter(is_other).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_language_leaves_the_address() {
        let cases =
            [("?lang=de", Some("")), ("?a=1&lang=de&b", Some("a=1&b")), ("?slang=de", None), ("", None)];
        for (before, after) in cases {
            assert_eq!(without_lang(before).as_deref(), after);
        }
    }
}
