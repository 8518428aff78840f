//! On a phone the same scene is a list, one lane at a time.

use crate::support::{JOURNEY, click, mount};
use leptos::prelude::*;
use millrace_web::phone::Phone;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn one_lane_at_a_time_the_newest_record_first() {
    let page = mount(JOURNEY, || view! { <Phone/> }.into_any()).await;
    assert_eq!(page.attributes(".lane-list", "data-lane"), ["orders-0"]);
    assert_eq!(page.attributes(".record[data-tp='orders-0']", "data-offset"), ["2", "1", "0"]);
    let tabs = page.all(".lane-tab");
    assert_eq!(tabs.len(), 3);
    click(&tabs[2]).await;
    assert_eq!(page.attributes(".lane-list", "data-lane"), ["orders-2"]);
    assert_eq!(page.attributes(".lane-tab", "aria-pressed"), ["false", "false", "true"]);
    click(&page.one(".record[data-tp='orders-2']")).await;
    assert!(page.session.selected.get_untracked().is_some());
}

#[wasm_bindgen_test]
async fn each_control_is_large_enough_for_a_finger_and_has_a_name() {
    let page = mount(JOURNEY, || view! { <Phone/> }.into_any()).await;
    for button in page.all("button") {
        let name = button.get_attribute("aria-label").or_else(|| button.text_content()).unwrap_or_default();
        assert!(!name.trim().is_empty(), "{}", button.outer_html());
    }
}
