//! The page mounts as `main` mounts it, and takes the loading mark away.

use leptos::prelude::document;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn the_page_mounts_and_the_loading_mark_goes() {
    let body = document().body().unwrap();
    let mark = document().create_element("div").unwrap();
    mark.set_id("boot");
    body.append_child(&mark).unwrap();

    millrace_web::start();

    assert!(document().get_element_by_id("boot").is_none());
    let heading = document().query_selector("header h1").unwrap().unwrap();
    assert_eq!(heading.text_content().as_deref(), Some("millrace"));
}
