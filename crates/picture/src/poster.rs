//! A scene as one file that stands alone: the stage on its paper, with a line below that says what it shows and when.
//!
//! The same scene gives the same bytes. What a reader of the screen hears is what the picture shows, in sentences.

use crate::draw::{fit_mono, px, text};
use crate::node::{Node, node};
use crate::sheet::{ROOT, Theme, sheet};
use crate::{picture, station_says, svg};
use millrace_model::Time;
use millrace_view::{Scene, words};
use millrace_words::picture as say;
use std::collections::BTreeSet;

/// Below the stage: the caption's line.
const CAPTION: f32 = 44.0;
/// Left and right of the caption.
const MARGIN: f32 = 20.0;
/// What the time needs, with a gap before it.
const TIME: f32 = 112.0;

/// What a poster says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poster {
    /// Stands before the title: `L16`; may be empty.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Which colours.
    pub theme: Theme,
    /// How wide it is shown, in CSS pixels, unless as wide as it was drawn.
    pub width: Option<u32>,
}

impl Poster {
    /// The file: the scene with everything that moves where it is at `now`.
    pub fn print(&self, scene: &Scene, now: Time) -> String {
        let (width, height) = (scene.width, scene.height + CAPTION);
        let stage = picture(scene, None, false);
        let drawn =
            node("g").child(paper(width, height)).children(stage.children).child(self.caption(scene, now));
        let mut used = BTreeSet::new();
        classes(&drawn, &mut used);
        let shown = self.width.map_or(1.0, |wanted| wanted as f32 / width);
        let mut out = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\"");
        for (name, value) in [
            ("class", ROOT.to_owned()),
            ("viewBox", format!("0 0 {} {}", px(width), px(height))),
            ("width", px(width * shown)),
            ("height", px(height * shown)),
            ("role", "img".to_owned()),
        ] {
            svg::attribute(&mut out, name, &value);
        }
        let name = [&*self.id, &*self.title].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        out.push_str(&format!(">\n<title>{}</title>\n", svg::escape(&name.join(": "))));
        out.push_str(&format!("<desc>{}</desc>\n", svg::escape(&summary(scene, now))));
        out.push_str(&format!("<style>\n{}</style>\n", sheet(&used, self.theme)));
        for child in &drawn.children {
            svg::write(&mut out, child, now);
            out.push('\n');
        }
        out.push_str("</svg>\n");
        out
    }

    fn caption(&self, scene: &Scene, now: Time) -> Node {
        let base = scene.height + CAPTION / 2.0 + 4.5;
        let rule = node("path").is("class", "poster-rule");
        let end = scene.width - MARGIN;
        let mut title = node("text").is("class", "poster-title").set("x", px(MARGIN)).set("y", px(base));
        let mut room = end - TIME - MARGIN;
        if !self.id.is_empty() {
            room -= self.id.chars().count() as f32 * 8.0 + 8.0;
            title = title.child(node("tspan").is("class", "poster-id").text(self.id.clone()));
        }
        let words = node("tspan").text(fit_mono(&self.title, room));
        let title = title.child(if self.id.is_empty() { words } else { words.is("dx", "8") });
        node("g")
            .child(rule.set("d", format!("M1 {}H{}", px(scene.height), px(scene.width - 1.0))))
            .child(title)
            .child(text("poster-time", end, base, now.to_string()))
    }
}

fn paper(width: f32, height: f32) -> Node {
    node("rect")
        .is("class", "poster-paper")
        .is("x", "0.5")
        .is("y", "0.5")
        .set("width", px(width - 1.0))
        .set("height", px(height - 1.0))
        .is("rx", "12")
}

/// The classes of a picture.
fn classes<'a>(node: &'a Node, all: &mut BTreeSet<&'a str>) {
    if svg::is_unseen(node) {
        return;
    }
    all.extend(node.get("class").unwrap_or_default().split_whitespace());
    node.children.iter().for_each(|child| classes(child, all));
}

/// What the scene shows, for who does not see it.
pub fn summary(scene: &Scene, now: Time) -> String {
    let mut says = vec![say::poster_at(&now)];
    for producer in &scene.producers {
        says.push(say::poster_producer(&producer.name, &producer.rate));
    }
    for topic in &scene.topics {
        let ends: Vec<String> = topic.lanes.iter().map(|lane| lane.log_end_offset.to_string()).collect();
        says.push(say::poster_topic(&topic.name, ends.len() as u64, &words::list(ends, 8)));
    }
    for group in &scene.groups {
        let members = group.members.iter().map(|member| format!("{} {}", member.name, member.status));
        says.push(say::poster_group(&group.name, &group.state, &words::list(members, 6)));
    }
    for station in scene.retries.iter().flat_map(|chain| &chain.stations) {
        says.push(format!("{}: {}", station.topic, station_says(station)));
    }
    for board in &scene.boards {
        let bars = board.rows.iter().flat_map(|row| row.bars.iter().map(|bar| bar.label.clone()));
        says.push(say::poster_windows(&board.app, &words::list(bars, 6)));
    }
    if !scene.tokens.is_empty() {
        says.push(say::poster_tokens(scene.tokens.len() as u64));
    }
    says.join(". ") + "."
}
