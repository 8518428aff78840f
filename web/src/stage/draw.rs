//! Small helpers of all that is drawn: numbers as attributes, text that keeps to its room, following a part of the scene.

use crate::session::Session;
use leptos::prelude::*;
use millrace_model::Time;
use millrace_view::{Drain, Point, Rect, Scene};

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

/// The same as an attribute, for what moves with the playhead.
pub fn moved(to: Point) -> String {
    format!("translate({} {})", px(to.x), px(to.y))
}

/// A cubic curve as path data.
pub fn path([a, b, c, d]: [Point; 4]) -> String {
    let p = |p: Point| format!("{} {}", px(p.x), px(p.y));
    format!("M{}C{} {} {}", p(a), p(b), p(c), p(d))
}

/// The point on a cubic curve.
pub fn along([a, b, c, d]: [Point; 4], t: f32) -> Point {
    let u = 1.0 - t;
    let mix = |a: f32, b: f32, c: f32, d: f32| {
        u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
    };
    Point { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) }
}

/// How much of the way from one time to another has passed.
pub fn passed(from: Time, until: Time, now: Time) -> f32 {
    let whole = until.since(from).0;
    if whole == 0 {
        return if now >= until { 1.0 } else { 0.0 };
    }
    (now.since(from).0 as f32 / whole as f32).clamp(0.0, 1.0)
}

/// How much of a drain is left.
pub fn left(drain: &Drain, now: Time) -> f32 {
    1.0 - passed(drain.from, drain.until, now)
}

/// Text of the size `s` in the sans face that ends in an ellipsis where its room ends.
pub fn fit(text: &str, room: f32) -> String {
    cut(text, room, 6.2)
}

/// The same for the smallest size.
pub fn fit_small(text: &str, room: f32) -> String {
    cut(text, room, 5.7)
}

/// The same for the mono face.
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

/// A part of the scene, followed over time. Views that draw it run again only when it has changed; while its element is
/// on its way out, it stays as it was.
pub fn follow<T>(
    session: Session,
    find: impl Fn(&Scene) -> Option<T> + Send + Sync + 'static,
) -> Memo<Option<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    Memo::new(move |before: Option<&Option<T>>| {
        session.scene.with(|scene| find(scene)).or_else(|| before.cloned().flatten())
    })
}

/// The keys of a list in the scene, for a keyed `<For>`.
pub fn keys<K>(session: Session, list: impl Fn(&Scene) -> Vec<K> + Send + Sync + 'static) -> Memo<Vec<K>>
where
    K: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| session.scene.with(|scene| list(scene)))
}

/// A box.
pub fn boxed(class: &'static str, rect: Rect, radius: &'static str) -> AnyView {
    view! { <rect class=class x=px(rect.x) y=px(rect.y) width=px(rect.w) height=px(rect.h) rx=radius></rect> }
        .into_any()
}

/// A line of text.
pub fn text(class: &'static str, x: f32, y: f32, content: String) -> AnyView {
    view! { <text class=class x=px(x) y=px(y)>{content}</text> }.into_any()
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
    fn a_curve_begins_and_ends_where_it_says() {
        let p = |x, y| Point { x, y };
        let curve = [p(0.0, 0.0), p(5.0, 0.0), p(5.0, 10.0), p(10.0, 10.0)];
        assert_eq!(along(curve, 0.0), p(0.0, 0.0));
        assert_eq!(along(curve, 0.5), p(5.0, 5.0));
        assert_eq!(along(curve, 1.0), p(10.0, 10.0));
        assert_eq!(path(curve), "M0 0C5 0 5 10 10 10");
    }

    #[test]
    fn what_runs_out_is_empty_at_its_end() {
        let drain = Drain { from: Time(100), until: Time(200), what: "backoff" };
        assert_eq!([0, 100, 150, 200, 900].map(|now| left(&drain, Time(now))), [1.0, 1.0, 0.5, 0.0, 0.0]);
    }
}
