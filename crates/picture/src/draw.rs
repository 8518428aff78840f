//! Small helpers of all that is drawn: numbers as attributes, text that keeps to its room.

use crate::node::{Node, node};
use millrace_view::{Point, Rect};

/// A length as an attribute, to a tenth of a pixel. (The standard library's way for floats weighs more than this page.)
pub fn px(length: f32) -> String {
    let tenths = (length * 10.0).round() as i32;
    let (whole, rest) = (tenths / 10, (tenths % 10).abs());
    match (whole, rest) {
        (_, 0) => whole.to_string(),
        (0, _) if tenths < 0 => format!("-0.{rest}"),
        _ => format!("{whole}.{rest}"),
    }
}

/// A fraction as an attribute: `0.125`.
pub fn share(part: f32) -> String {
    let thousandths = (part.clamp(0.0, 1.0) * 1_000.0).round() as u32;
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

/// A place as a CSS transform, so that a style sheet may let it glide.
pub fn at(x: f32, y: f32) -> String {
    format!("transform:translate({}px,{}px)", px(x), px(y))
}

/// The same as an attribute.
pub fn moved(x: f32, y: f32) -> String {
    format!("translate({} {})", px(x), px(y))
}

/// A cubic curve as path data.
pub fn path([a, b, c, d]: [Point; 4]) -> String {
    let p = |p: Point| format!("{} {}", px(p.x), px(p.y));
    format!("M{}C{} {} {}", p(a), p(b), p(c), p(d))
}

/// Text of the size `s` in the sans face that ends in an ellipsis where its room ends.
pub fn fit(text: &str, room: f32) -> String {
    cut(text, room, 6.2)
}

/// The same for the smallest size.
pub fn fit_small(text: &str, room: f32) -> String {
    cut(text, room, 5.7)
}

/// The same for the mono face, and for what is bold.
pub fn fit_mono(text: &str, room: f32) -> String {
    cut(text, room, 7.3)
}

fn cut(text: &str, room: f32, per_char: f32) -> String {
    let fits = (room / per_char).max(1.0) as usize;
    if text.chars().count() <= fits {
        return text.to_owned();
    }
    let kept: String = text.chars().take(fits.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A group of shapes.
pub fn g(class: &'static str) -> Node {
    node("g").is("class", class)
}

/// A box.
pub fn boxed(class: &'static str, rect: Rect, radius: &'static str) -> Node {
    node("rect")
        .is("class", class)
        .set("x", px(rect.x))
        .set("y", px(rect.y))
        .set("width", px(rect.w))
        .set("height", px(rect.h))
        .is("rx", radius)
}

/// What makes a target larger than what is seen of it.
pub fn hit(x: f32, y: f32, w: f32, h: f32) -> Node {
    boxed("hit", Rect { x, y, w, h }, "6")
}

/// A line of text.
pub fn text(class: &'static str, x: f32, y: f32, content: String) -> Node {
    node("text").is("class", class).is("aria-hidden", "true").set("x", px(x)).set("y", px(y)).text(content)
}

/// A stroke.
pub fn stroke(class: &'static str, d: String) -> Node {
    node("path").is("class", class).set("d", d)
}

/// What a pointer that rests is told.
pub fn tip(content: String) -> Node {
    node("title").text(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short() {
        let texts = [0.0, 12.0, 12.34, -0.26, -7.5, 0.04].map(px);
        assert_eq!(texts, ["0", "12", "12.3", "-0.3", "-7.5", "0"]);
        assert_eq!([0.0, 0.125, 1.0, 7.0].map(share), ["0.000", "0.125", "1.000", "1.000"]);
    }

    #[test]
    fn text_keeps_to_its_room() {
        assert_eq!(fit("polling", 100.0), "polling");
        assert_eq!(fit("busy with orders-1 @13", 62.0), "busy with…");
    }

    #[test]
    fn a_curve_is_a_path() {
        let p = |x, y| Point { x, y };
        assert_eq!(path([p(0.0, 0.0), p(5.0, 0.0), p(5.0, 10.0), p(10.0, 10.0)]), "M0 0C5 0 5 10 10 10");
    }
}
