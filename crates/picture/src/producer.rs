//! A producer's card: its name, what it does now, its settings, and how many records wait in open batches.

use crate::draw::{boxed, fit, fit_mono, fit_small, g, moved, px, text, tip};
use crate::key::key;
use crate::node::{Node, node};
use millrace_view::ProducerCard;
use millrace_words::picture as say;

/// The card.
pub fn producer(card: &ProducerCard) -> Node {
    let ProducerCard { target, rect, name, rate, settings, buffered } = card;
    let middle = rect.x + rect.w / 2.0;
    let line = |n: usize, line: &str| {
        text("detail", middle, rect.y + 51.0 + n as f32 * 13.0, fit_small(line, rect.w - 8.0))
    };
    // A long name gets smaller before it is cut.
    let room = rect.w - 16.0;
    let shown = fit_mono(name, room * 1.3);
    let title = match shown.chars().count() as f32 * 7.4 > room {
        true => text("name long", middle, rect.y + 19.0, shown)
            .set("textLength", px(room))
            .is("lengthAdjust", "spacingAndGlyphs"),
        false => text("name", middle, rect.y + 19.0, shown),
    };
    let badge = (*buffered > 0).then(|| {
        g("badge")
            .set("transform", moved(rect.x + rect.w - 4.0, rect.y + 4.0))
            .child(tip(say::records_wait_in_open_batches(*buffered as u64)))
            .child(
                node("rect").is("x", "-12").is("y", "-10").is("width", "24").is("height", "18").is("rx", "9"),
            )
            .child(text("", 0.0, 3.0, buffered.to_string()))
    });
    let says = say::producer_records_buffered(&name, &rate, &settings, &buffered);
    g("producer")
        .key(key(target))
        .set("data-target", key(target))
        .set("data-producer", name.to_string())
        .child(boxed("card", *rect, "10").stop(says))
        .child(title)
        .child(text("rate", middle, rect.y + 36.0, fit(rate, rect.w - 12.0)))
        .children(settings.split(" · ").take(2).enumerate().map(|(n, text)| line(n, text)).collect())
        .maybe(badge)
}
