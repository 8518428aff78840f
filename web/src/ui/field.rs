//! Fields: text, long text, a choice, a switch, a slider. Each has a label, and says what is wrong with its content.

use super::{Icon, fresh_id, icon};
use leptos::prelude::*;

/// One line of text.
#[component]
pub fn Field(
    /// What it is.
    #[prop(into)]
    label: String,
    /// Its content.
    value: RwSignal<String>,
    /// What to write, as an example.
    #[prop(optional, into)]
    placeholder: String,
    /// Below it.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with its content.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What Enter does.
    #[prop(optional, into)]
    on_enter: Option<Callback<()>>,
    /// What happens when its content has been changed and it is left, or Enter is pressed.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
    /// Whether it is off.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// `numeric`, `decimal`: which keyboard a phone shows.
    #[prop(optional)]
    keyboard: &'static str,
) -> AnyView {
    let id = fresh_id();
    let key = move |event: leptos::ev::KeyboardEvent| {
        if let (Some(enter), "Enter", false) = (on_enter, event.key().as_str(), event.is_composing()) {
            event.prevent_default();
            enter.run(());
        }
    };
    let changed = move |event| {
        if let Some(change) = on_change {
            change.run(event_target_value(&event));
        }
    };
    view! {
        <div class="field mono">
            <label for=id.clone()>{label}</label>
            <input
                id=id.clone()
                type="text"
                inputmode=keyboard
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder=placeholder
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=format!("{id}-says")
                disabled=move || disabled.get()
                bind:value=value
                on:keydown=key
                on:change=changed
            />
            {says(id, hint, error)}
        </div>
    }
    .into_any()
}

/// Many lines of text.
#[component]
pub fn Area(
    /// What it is.
    #[prop(into)]
    label: String,
    /// Its content.
    value: RwSignal<String>,
    /// What to write, as an example.
    #[prop(optional, into)]
    placeholder: String,
    /// Below it.
    #[prop(optional, into)]
    hint: String,
    /// What is wrong with its content.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> AnyView {
    let id = fresh_id();
    view! {
        <div class="field mono">
            <label for=id.clone()>{label}</label>
            <textarea
                id=id.clone()
                rows="4"
                spellcheck="false"
                placeholder=placeholder
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=format!("{id}-says")
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
            {says(id, hint, error)}
        </div>
    }
    .into_any()
}

/// One of several: pairs of value and text.
#[component]
pub fn Choice(
    /// What it is.
    #[prop(into)]
    label: String,
    /// Value and text of each.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The chosen one.
    #[prop(into)]
    value: Signal<String>,
    /// What happens when another one is chosen.
    #[prop(into)]
    on_change: Callback<String>,
) -> AnyView {
    let id = fresh_id();
    let choices = move || {
        let chosen = value.get();
        let option = |(value, text): (String, String)| {
            let is_chosen = value == chosen;
            view! { <option value=value selected=is_chosen>{text}</option> }
        };
        options.get().into_iter().map(option).collect::<Vec<_>>()
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <span class="select">
                <select
                    id=id
                    prop:value=move || value.get()
                    on:change=move |event| on_change.run(event_target_value(&event))
                >
                    {choices}
                </select>
                {icon(Icon::ChevronDown)}
            </span>
        </div>
    }
    .into_any()
}

/// Yes or no.
#[component]
pub fn Check(
    /// What it is.
    #[prop(into)]
    label: String,
    /// Whether it is on.
    value: RwSignal<bool>,
) -> AnyView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=move || value.get()
                on:change=move |event| value.set(event_target_checked(&event))
            />
            {label}
        </label>
    }
    .into_any()
}

/// A number in a range.
#[component]
pub fn Slider(
    /// What it is.
    #[prop(into)]
    label: String,
    /// The smallest.
    min: u32,
    /// The largest.
    max: u32,
    /// Its place now.
    #[prop(into)]
    value: Signal<u32>,
    /// What it means: `12 a second`.
    #[prop(into)]
    text: Signal<String>,
    /// While it moves.
    #[prop(into)]
    on_input: Callback<u32>,
) -> AnyView {
    let id = fresh_id();
    let moved = move |event| {
        if let Ok(number) = event_target_value(&event).parse() {
            on_input.run(number);
        }
    };
    view! {
        <div class="slider">
            <label for=id.clone()>{label}</label>
            <output for=id.clone()>{move || text.get()}</output>
            <input
                id=id
                type="range"
                min=min
                max=max
                aria-valuetext=move || text.get()
                prop:value=move || value.get().to_string()
                on:input=moved
            />
        </div>
    }
    .into_any()
}

/// The line below a field: what is wrong, or else the hint.
fn says(id: String, hint: String, error: Signal<Option<String>>) -> AnyView {
    let text = move || error.get().unwrap_or_else(|| hint.clone());
    let class = move || if error.with(Option::is_some) { "field-error" } else { "field-hint" };
    view! { <p id=format!("{id}-says") class=class aria-live="polite">{text}</p> }.into_any()
}
