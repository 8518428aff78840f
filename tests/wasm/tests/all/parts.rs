//! The small parts: buttons, fields, dialogs.

use crate::support::{click, mount, press, settle};
use leptos::prelude::*;
use millrace_web::ui::{Button, Choice, Dialog, Field, Icon, Menu, MenuItem, Toast};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_button_says_its_name_and_does_nothing_while_it_is_off() {
    let (count, is_off) = (RwSignal::new(0), RwSignal::new(false));
    let page = mount("", move || {
        view! { <Button label="step" icon=Icon::StepForward bare=true disabled=is_off on_press=move |()| count.update(|n| *n += 1)/> }.into_any()
    }).await;
    let button = page.one("button");
    assert_eq!(button.get_attribute("aria-label").as_deref(), Some("step"));
    click(&button).await;
    assert_eq!(count.get_untracked(), 1);
    is_off.set(true);
    settle().await;
    assert!(button.has_attribute("disabled"));
}

#[wasm_bindgen_test]
async fn a_field_has_a_label_and_says_what_is_wrong() {
    let (value, error) = (RwSignal::new("alice".to_owned()), RwSignal::new(None::<String>));
    let sent = RwSignal::new(0);
    let page = mount("", move || {
        view! { <Field label="key" value=value error=error on_enter=move |()| sent.update(|n| *n += 1)/> }
            .into_any()
    })
    .await;
    let input = page.one("input");
    assert_eq!(page.one("label").get_attribute("for"), input.get_attribute("id"));
    press(&input, "Enter").await;
    assert_eq!(sent.get_untracked(), 1);
    error.set(Some("a key is at most 64 characters".to_owned()));
    settle().await;
    assert_eq!(input.get_attribute("aria-invalid").as_deref(), Some("true"));
    let says = page.one(&format!("#{}", input.get_attribute("aria-describedby").unwrap()));
    assert_eq!(says.text_content().as_deref(), Some("a key is at most 64 characters"));
}

#[wasm_bindgen_test]
async fn a_menu_closes_on_a_choice_and_a_dialog_on_its_button() {
    let (chosen, open) = (RwSignal::new(0), RwSignal::new(false));
    let page = mount("", move || {
        view! {
            <Menu label="scenes"><MenuItem label="orders" on_press=move |()| chosen.set(1)/></Menu>
            <Choice label="topic" options=Signal::stored(vec![("a".to_owned(), "A".to_owned())]) value=Signal::stored("a".to_owned()) on_change=|_| ()/>
            <Dialog title="gallery" open=open><p class="inside">"text"</p></Dialog>
        }
        .into_any()
    }).await;
    click(&page.one("summary")).await;
    click(&page.one(".menu-item")).await;
    assert_eq!(chosen.get_untracked(), 1);
    assert!(!page.one("details.menu").has_attribute("open"));
    assert!(page.all(".inside").is_empty());
    open.set(true);
    settle().await;
    assert!(page.one("dialog").has_attribute("open"));
    click(&page.one("dialog button")).await;
    assert!(!page.one("dialog").has_attribute("open"));
}

#[wasm_bindgen_test]
async fn a_refusal_is_said_aloud_and_can_be_dismissed() {
    let page = mount("", || view! { <Toast/> }.into_any()).await;
    page.session.refuse("there is no topic payments");
    settle().await;
    assert_eq!(page.one("[role=status]").get_attribute("aria-live").as_deref(), Some("assertive"));
    assert_eq!(page.one(".toast.error p").text_content().as_deref(), Some("there is no topic payments"));
    click(&page.one(".toast button")).await;
    assert!(page.all(".toast").is_empty());
}
