//! A picture becomes the next one: what stays keeps its element, the rest comes, goes and moves.

use leptos::prelude::document;
use millrace_web::paint::{Canvas, Node, Space, node};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

fn list(keys: &[&str]) -> Node {
    let item =
        |key: &&str| node("li").key((*key).to_owned()).set("id", format!("i-{key}")).text((*key).to_owned());
    node("ul").children(keys.iter().map(item).collect())
}

fn items(root: &Element) -> Vec<Element> {
    std::iter::successors(root.first_element_child(), Element::next_element_sibling).collect()
}

fn texts(root: &Element) -> String {
    items(root).iter().filter_map(|item| item.text_content()).collect()
}

/// All ways to choose and order letters out of four, the empty one included.
fn orders() -> Vec<Vec<&'static str>> {
    let mut all: Vec<Vec<&'static str>> = vec![Vec::new()];
    let mut from = 0;
    while from < all.len() {
        for letter in ["a", "b", "c", "d"] {
            if !all[from].contains(&letter) {
                let mut longer = all[from].clone();
                longer.push(letter);
                all.push(longer);
            }
        }
        from += 1;
    }
    all
}

#[wasm_bindgen_test]
fn every_list_becomes_every_other_and_what_stays_keeps_its_element() {
    let orders = orders();
    assert_eq!(orders.len(), 65);
    for before in &orders {
        for after in &orders {
            let root = document().create_element("ul").unwrap();
            let mut canvas = Canvas::new(document(), root.clone(), Space::Html);
            canvas.show(list(before));
            let old = items(&root);
            canvas.show(list(after));
            assert_eq!(texts(&root), after.concat(), "{before:?} to {after:?}");
            let now = items(&root);
            for (key, element) in before.iter().zip(old) {
                assert_eq!(now.contains(&element), after.contains(key), "{key} from {before:?} to {after:?}");
            }
        }
    }
}

#[wasm_bindgen_test]
fn attributes_and_texts_come_change_and_go() {
    let root = document().create_element("div").unwrap();
    let mut canvas = Canvas::new(document(), root.clone(), Space::Html);
    let first = node("p").is("class", "one").set("title", "first".to_owned()).text("1".to_owned());
    canvas.show(node("div").child(first));
    assert_eq!(root.inner_html(), r#"<p class="one" title="first">1</p>"#);
    canvas.show(node("div").is("id", "x").child(node("p").is("class", "two")));
    assert_eq!(root.outer_html(), r#"<div id="x"><p class="two"></p></div>"#);
    canvas.show(node("div").child(node("b").text("<b>".to_owned())));
    assert_eq!(root.outer_html(), "<div><b>&lt;b&gt;</b></div>");
}
