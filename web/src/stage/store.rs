//! The state stores as tables, below the stage.

use crate::paint::{Node, node};
use millrace_view::{Scene, WindowBoard};

/// One table for each streams application.
pub fn stores(scene: &Scene) -> Node {
    node("div").is("class", "stores").children(scene.boards.iter().map(store).collect())
}

fn store(board: &WindowBoard) -> Node {
    let entries = match board.store.len() {
        1 => "1 entry".to_owned(),
        n => format!("{n} entries"),
    };
    let head = |text: &str| node("th").is("scope", "col").text(text.to_owned());
    let head = node("tr").child(head("key")).child(head("window")).child(head("value"));
    let line = |[key, window, value]: &[String; 3]| {
        let cell = |text: &String| node("td").text(text.clone());
        node("tr")
            .key(format!("{key} {window}"))
            .child(node("th").is("scope", "row").text(key.clone()))
            .child(cell(window))
            .child(cell(value))
    };
    let table = node("table")
        .child(node("thead").child(head))
        .child(node("tbody").children(board.store.iter().map(line).collect()));
    let summary = node("summary").text(format!("state store of {}: {entries}", board.app));
    node("section")
        .key(board.app.to_string())
        .is("class", "store")
        .set("data-store", board.app.to_string())
        .child(node("details").is("class", "disclosure").child(summary).child(table))
}
