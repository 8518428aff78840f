//! The whole book as mdBook hands it over.

use crate::chapter::chapter;
use millrace_lessons::embed::host;
use serde_json::Value;

/// The book with its widgets, as JSON.
///
/// # Errors
/// Every line of every chapter that is wrong, or what is wrong with `book.toml`.
pub fn run(source: &str) -> Result<String, String> {
    let (context, mut book): (Value, Value) = serde_json::from_str(source)
        .map_err(|error| format!("expected [context, book] from mdBook: {error}"))?;
    let told = context.pointer("/config/preprocessor/millrace/host").and_then(Value::as_str);
    let wrong =
        "book.toml: expected host = \"https://…\" below [preprocessor.millrace]: where Millrace is served";
    let host = host(told.ok_or(wrong)?).map_err(|sentence| format!("book.toml: {sentence}"))?;
    let folder = context.pointer("/config/book/src").and_then(Value::as_str).unwrap_or("src");
    let mut wrong = Vec::new();
    // mdBook 0.4 calls them sections, 0.5 items.
    for list in ["sections", "items"] {
        if let Some(items) = book.get_mut(list).and_then(Value::as_array_mut) {
            items.iter_mut().for_each(|item| walk(item, &host, folder, &mut wrong));
        }
    }
    if wrong.is_empty() { Ok(book.to_string()) } else { Err(wrong.join("\n")) }
}

fn walk(item: &mut Value, host: &str, folder: &str, wrong: &mut Vec<String>) {
    let Some(item) = item.get_mut("Chapter") else { return };
    let file = item.get("path").and_then(Value::as_str).unwrap_or("a draft").to_owned();
    if let Some(content) = item.get("content").and_then(Value::as_str) {
        match chapter(content, host) {
            Ok(text) => {
                if let Some(place) = item.get_mut("content") {
                    *place = Value::String(text);
                }
            }
            Err(lines) => {
                wrong.extend(
                    lines.iter().map(|(line, sentence)| format!("{folder}/{file}:{line}: {sentence}")),
                );
            }
        }
    }
    if let Some(inner) = item.get_mut("sub_items").and_then(Value::as_array_mut) {
        inner.iter_mut().for_each(|item| walk(item, host, folder, wrong));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(host: &str, list: &str, content: &str) -> String {
        let inner = serde_json::json!({"Chapter": {"name": "b", "content": content, "path": "b.md", "sub_items": []}});
        let outer = serde_json::json!({"Chapter": {"name": "a", "content": "# A\n", "path": "a.md", "sub_items": [inner]}});
        let context = serde_json::json!({"config": {"book": {"src": "src"}, "preprocessor": {"millrace": {"host": host}}}});
        let mut book = serde_json::Map::new();
        book.insert(list.to_owned(), serde_json::json!(["Separator", outer]));
        serde_json::json!([context, book]).to_string()
    }

    #[test]
    fn every_chapter_of_either_version_is_read() {
        for list in ["sections", "items"] {
            let out = run(&book("https://host/m", list, "```millrace lesson=L16\n```\n")).unwrap_or_default();
            assert!(
                out.contains("<millrace-embed lesson=\\\"L16\\\">") && out.contains("\"# A\\n\""),
                "{out}"
            );
            assert!(out.contains("https://host/m/embed/v1/embed.js"), "{out}");
        }
    }

    #[test]
    fn a_mistake_has_its_file_and_its_line() {
        let wrong = run(&book("https://host", "items", "# B\n\n```millrace lessn=L16\n```\n"));
        assert_eq!(wrong, Err("src/b.md:3: no such attribute: lessn; did you mean lesson?".to_owned()));
        let wrong = run(&book("host", "items", ""));
        assert!(
            wrong.is_err_and(|wrong| wrong.starts_with("book.toml: host: expected where Millrace is served"))
        );
    }
}
