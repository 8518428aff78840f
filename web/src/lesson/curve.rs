//! What runs with several settings have come to: a point for each with the front of those that no other beats, and the same as a
//! table.

use crate::desk::frame::picture;
use crate::desk::plot;
use crate::paint::{Node, node};
use crate::stage::draw::{g, px, stroke, text, tip};
use leptos::prelude::*;
use millrace_lessons::Curve;
use millrace_script::expectation::Value;
use millrace_view::curve::{Run, Scatter, scatter};
use millrace_words::lesson as say;

/// How wide the picture is.
const WIDTH: f32 = 400.0;

/// See the module.
pub fn curve(curve: &Curve) -> AnyView {
    let name = |n: usize| if n == 0 { say::you().to_owned() } else { n.to_string() };
    let run = |(n, point): (usize, &millrace_lessons::Point)| {
        let (more, less) = point.amounts()?;
        Some(Run { name: name(n), more, less, is_own: n == 0, is_front: curve.is_front(n) })
    };
    let runs: Vec<Run> = curve.points.iter().enumerate().filter_map(run).collect();
    let is_span = curve.points.iter().any(|point| matches!(point.less, Value::Span(_)));
    let upwards: fn(i64) -> String =
        if is_span { |us: i64| format!("{} ms", us / 1_000) } else { |n: i64| n.to_string() };
    let drawn = drawn(&scatter(&runs, WIDTH, |n| n.to_string(), upwards));
    let (view, _) = picture("curve", say::settings_compared(), move || Some(drawn.clone()));
    let rows: Vec<_> = curve.points.iter().enumerate().map(|(n, point)| {
        let settings = point.world.settings.as_ref().map_or(say::you(), |(_, settings)| settings).to_owned();
        let verdict = if curve.is_front(n) { say::on_the_front() } else { say::beaten() };
        let number = (n > 0).then(|| n.to_string());
        view! { <tr><td class="number">{number}</td> <td><code>{settings}</code></td> <td class="number">{point.more.to_string()}</td> <td class="number">{point.less.to_string()}</td> <td>{verdict}</td></tr> }
            .into_any()
    }).collect();
    let (more, less) = (curve.more.to_string(), curve.less.to_string());
    let reads = say::curve_reads(&more, &less);
    view! {
        <figure class="curve">
            {view}
            <figcaption class="dim">{reads}</figcaption>
            <table class="measures">
                <thead><tr><td></td> <th scope="col">{say::setting()}</th> <th scope="col">{more}</th> <th scope="col">{less}</th> <td></td></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </figure>
    }
    .into_any()
}

fn drawn(picture: &Scatter) -> Node {
    let area = picture.plot;
    let mut ground = g("ground");
    for tick in &picture.ys {
        ground = ground
            .child(stroke("grid", format!("M{} {}H{}", px(area.x), px(tick.at), px(area.right()))))
            .child(text("tick end", area.x - 6.0, tick.at + 3.5, tick.text.clone()));
    }
    for tick in &picture.xs {
        ground = ground
            .child(stroke("grid", format!("M{} {}v4", px(tick.at), px(area.bottom()))))
            .child(text("tick", tick.at, area.bottom() + 15.0, tick.text.clone()));
    }
    let dots = picture.dots.iter().map(|dot| {
        let class = match (dot.is_own, dot.is_front) {
            (true, _) => "dot own",
            (false, true) => "dot front",
            (false, false) => "dot",
        };
        let circle = node("circle")
            .is("class", class)
            .set("cx", px(dot.at.x))
            .set("cy", px(dot.at.y))
            .is("r", if dot.is_own { "6" } else { "4" });
        g("run").child(tip(dot.label.clone())).child(circle).child(text(
            "dot-name",
            dot.at.x + 9.0,
            dot.at.y - 5.0,
            dot.label.clone(),
        ))
    });
    plot::root(picture.rect)
        .child(ground)
        .child(stroke("front-line", plot::line(picture.front.iter())))
        .child(g("dots").children(dots.collect()))
}
