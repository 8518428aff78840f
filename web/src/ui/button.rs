//! A button: text, an icon, or both.

use super::Icon;
use leptos::prelude::*;

/// How loud a button is. One primary button per panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// Framed.
    #[default]
    Plain,
    /// The one thing to do here.
    Primary,
    /// Without a frame, for rows of tools.
    Quiet,
    /// Breaks something on purpose.
    Danger,
}

/// See the module. `label` is its text and its accessible name; with `bare` only the icon is shown.
#[component]
pub fn Button(
    /// Its text, and its name for a screen reader.
    #[prop(into)]
    label: Signal<String>,
    /// What happens.
    #[prop(into)]
    on_press: Callback<()>,
    /// Before the text.
    #[prop(optional, into)]
    icon: Option<Signal<Icon>>,
    /// Shows the icon alone.
    #[prop(optional)]
    bare: bool,
    /// How loud it is.
    #[prop(optional)]
    kind: ButtonKind,
    /// Whether it is off.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For a button that stays down: whether it is.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// The tooltip, such as a key that does the same: `Space`. Bare buttons show their label.
    #[prop(optional, into)]
    hint: String,
) -> AnyView {
    let kind = match kind {
        ButtonKind::Plain => "",
        ButtonKind::Primary => " primary",
        ButtonKind::Quiet => " quiet",
        ButtonKind::Danger => " danger",
    };
    let class = format!("button{kind}{}", if bare { " icon-only" } else { "" });
    let title = move || match (bare, hint.is_empty()) {
        (true, true) => Some(label.get()),
        (true, false) => Some(format!("{} · {hint}", label.get())),
        (false, true) => None,
        (false, false) => Some(hint.clone()),
    };
    let picture = icon.map(|which| move || super::icon(which.get()));
    let pressed = move || pressed.map(|down| if down.get() { "true" } else { "false" });
    view! {
        <button
            type="button"
            class=class
            title=title
            aria-label=move || bare.then(|| label.get())
            aria-pressed=pressed
            disabled=move || disabled.get()
            on:click=move |_| on_press.run(())
        >
            {picture}
            {(!bare).then_some(move || label.get())}
        </button>
    }
    .into_any()
}
