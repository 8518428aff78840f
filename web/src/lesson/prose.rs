//! Prose on the desk. The site has it as HTML; what was written in the page has none, and is shown plainly.

use leptos::prelude::*;

/// A piece of HTML that the site was built with, or that [`plain`] has made.
pub fn prose(html: String) -> AnyView {
    view! { <div class="prose" inner_html=html></div> }.into_any()
}

/// Markdown as far as a note needs it: paragraphs, and `code`, each character as it stands.
pub fn plain(markdown: &str) -> String {
    let mut html = String::new();
    for paragraph in markdown.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        html.push_str("<p>");
        for (n, part) in paragraph.trim().split('`').enumerate() {
            let tags = if n % 2 == 1 { ["<code>", "</code>"] } else { ["", ""] };
            html.push_str(tags[0]);
            part.chars().for_each(|c| match c {
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '&' => html.push_str("&amp;"),
                '\n' => html.push(' '),
                c => html.push(c),
            });
            html.push_str(tags[1]);
        }
        html.push_str("</p>");
    }
    html
}
