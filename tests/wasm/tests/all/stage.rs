//! The stage draws what the engine has done, and clicks and keys select it.

use crate::support::{JOURNEY, click, mount, press, settle};
use leptos::prelude::*;
use millrace_view::{Target, TokenKind};
use millrace_web::stage::Stage;
use wasm_bindgen_test::wasm_bindgen_test;

fn stage() -> AnyView {
    view! { <Stage/> }.into_any()
}

#[wasm_bindgen_test]
async fn records_lie_in_the_lanes_that_their_keys_choose() {
    let page = mount(JOURNEY, stage).await;
    assert_eq!(page.attributes(".stage [data-lane]", "data-lane"), ["orders-0", "orders-1", "orders-2"]);
    // toPositive(murmur2(key)) mod 3: alice and bob 0, dave 1, carol 2.
    let keys = |tp: &str| page.attributes(&format!("[data-tp='{tp}']"), "data-key");
    assert_eq!(keys("orders-0"), ["alice", "bob", "alice"]);
    assert_eq!(keys("orders-1"), ["dave"]);
    assert_eq!(keys("orders-2"), ["carol"]);
    let letters = page.all("[data-tp='orders-0'] .letter");
    assert_eq!(letters.iter().filter_map(|letter| letter.text_content()).collect::<String>(), "aba");
    assert_eq!(page.attributes("[data-tp='orders-0']", "data-offset"), ["0", "1", "2"]);
    assert_eq!(page.all(".stage .cell.is-committed").len(), 5);
    assert_eq!(page.attributes("[data-member]", "data-owns"), ["P0, P1", "P2"]);
}

#[wasm_bindgen_test]
async fn a_new_record_is_added_and_the_others_stay_the_elements_they_were() {
    let page = mount(JOURNEY, stage).await;
    let before = page.one("[data-tp='orders-2'][data-offset='0']");
    page.run("produce orders carol 6").await;
    for _ in 0..200 {
        page.session.step_forward(true);
    }
    settle().await;
    assert_eq!(page.attributes("[data-tp='orders-2']", "data-offset"), ["0", "1"]);
    assert_eq!(page.one("[data-tp='orders-2'][data-offset='0']"), before);
}

#[wasm_bindgen_test]
async fn a_click_selects_and_one_beside_everything_selects_nothing() {
    let page = mount(JOURNEY, stage).await;
    click(&page.one("[data-tp='orders-1'][data-offset='0'] .tile")).await;
    let selected = page.session.selected.get_untracked();
    assert!(
        matches!(&selected, Some(Target::Record(tp, offset)) if tp.to_string() == "orders-1" && offset.0 == 0)
    );
    assert_eq!(page.all(".halo").len(), 1);
    click(&page.one("svg.stage")).await;
    assert_eq!(page.session.selected.get_untracked(), None);
    assert!(page.all(".halo").is_empty());
}

#[wasm_bindgen_test]
async fn arrows_walk_within_a_lane_and_among_lanes_and_enter_selects() {
    let page = mount(JOURNEY, stage).await;
    let focus = || {
        let target = document().active_element().unwrap().closest("[data-target]").unwrap();
        target.and_then(|target| target.get_attribute("data-target")).unwrap_or_default()
    };
    let active = || document().active_element().unwrap();
    assert!(page.all(".title [tabindex='0']").len() >= 2, "each block has a stop for the Tab key");
    press(&page.one("[data-topic='orders'] > .title"), "ArrowDown").await;
    assert_eq!(focus(), "record/orders-0/0");
    press(&active(), "ArrowLeft").await;
    assert_eq!(focus(), "partition/orders-0");
    press(&active(), "End").await;
    assert_eq!(focus(), "record/orders-0/2");
    press(&active(), "ArrowDown").await;
    assert_eq!(focus(), "record/orders-1/0");
    press(&active(), "Enter").await;
    assert!(matches!(page.session.selected.get_untracked(), Some(Target::Record(..))));
    press(&active(), "Escape").await;
    assert_eq!(page.session.selected.get_untracked(), None);
}

#[wasm_bindgen_test]
async fn a_message_stands_where_the_playhead_puts_it() {
    let page = mount(JOURNEY, stage).await;
    page.run("produce orders carol 6").await;
    let produced =
        || page.session.scene.get_untracked().tokens.iter().find(|t| t.kind == TokenKind::Produce).cloned();
    for _ in 0..50 {
        if produced().is_some() {
            break;
        }
        page.session.step_forward(true);
    }
    let token = produced().expect("the record leaves within 50 steps");
    settle().await;
    let place = || page.one(".token.is-produce").get_attribute("transform").unwrap_or_default();
    page.session.playhead.set(token.depart);
    settle().await;
    assert_eq!(place(), format!("translate({} {})", token.curve[0].x, token.curve[0].y));
    page.session.playhead.set(token.arrive);
    settle().await;
    assert_eq!(place(), format!("translate({} {})", token.curve[3].x, token.curve[3].y));
}

#[wasm_bindgen_test]
async fn an_empty_topic_invites_to_send_the_first_record() {
    let page = mount("kafka-topics --create --topic orders --partitions 3", stage).await;
    assert_eq!(
        page.one(".invitation .first").text_content().as_deref(),
        Some("press Enter to send the first record")
    );
    let page = mount(JOURNEY, stage).await;
    assert!(page.all(".invitation").is_empty());
}
