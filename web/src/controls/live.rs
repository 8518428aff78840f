//! A field over something that lives in the world: it shows what is, until the learner writes something else; Enter (or
//! leaving it) does it. What is wrong is said while it is typed, and nothing happens then.

use crate::lean::{attr, attr_maybe, text};
use crate::memo::Memo;
use crate::ui::fresh_id;
use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;
use millrace_words::controls as say;

/// Reads what was typed: `Err` says what is wrong.
pub type Check = fn(&str) -> Result<(), String>;

/// What a [`live_field`] is.
pub struct Live {
    /// What it is.
    pub label: String,
    /// For tests and for style sheets: `data-field`.
    pub name: &'static str,
    /// What holds in the world.
    pub current: Signal<String>,
    /// Whether a text can be taken.
    pub check: Check,
    /// Takes it; false if it was refused.
    pub commit: Callback<String, bool>,
    /// Below it.
    pub hint: &'static str,
    /// Many lines.
    pub is_long: bool,
}

/// See the module.
pub fn live_field(live: Live) -> AnyView {
    let Live { label, name, current, check, commit, hint, is_long } = live;
    let draft = RwSignal::new(None::<String>);
    let shown = attr(move || draft.get().unwrap_or_else(|| current.get()));
    let error = Memo::new(move |_| draft.get().and_then(|text| check(&text).err()));
    let id = fresh_id();
    let says_id = format!("{id}-says");
    let take = move || {
        // A field that is taken from the page with a draft in it says "change" once more, when all of this is gone.
        let (Some(Some(text)), Some(now)) = (draft.try_get_untracked(), current.try_get_untracked()) else {
            return;
        };
        if text == now || (check(&text).is_ok() && commit.run(text)) {
            draft.set(None);
        }
    };
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !(event.is_composing() || is_long && event.shift_key()) => {
            event.prevent_default();
            take();
        }
        "Escape" if draft.with_untracked(Option::is_some) => {
            event.stop_propagation();
            draft.set(None);
        }
        _ => {}
    };
    let typed = move |event: Event| draft.set(Some(event_target_value(&event)));
    let invalid = attr_maybe(move || error.with(Option::is_some).then_some("true"));
    let (for_input, described) = (id.clone(), says_id.clone());
    let input = if is_long {
        view! {
            <textarea id=for_input rows="5" spellcheck="false" autocapitalize="off" data-field=name
                aria-invalid=invalid aria-describedby=described prop:value=shown
                on:input=typed on:keydown=key on:change=move |_| take()></textarea>
        }
        .into_any()
    } else {
        view! {
            <input id=for_input type="text" autocomplete="off" autocapitalize="off" spellcheck="false" data-field=name
                aria-invalid=invalid aria-describedby=described prop:value=shown
                on:input=typed on:keydown=key on:change=move |_| take()/>
        }
        .into_any()
    };
    let says = move || match (error.get(), draft.with(Option::is_some)) {
        (Some(error), _) => error,
        (None, true) => say::enter_applies_escape_takes_back().to_owned(),
        (None, false) => hint.to_owned(),
    };
    let class =
        attr(move || if error.with(Option::is_some) { "field-error" } else { "field-hint" }.to_owned());
    view! {
        <div class="field mono">
            <label for=id>{label}</label>
            {input}
            <p id=says_id class=class aria-live="polite">{text(says)}</p>
        </div>
    }
    .into_any()
}
