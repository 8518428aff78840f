//! Posters of small worlds: the file to the byte, and what holds for every poster.

#![allow(clippy::unwrap_used, missing_docs)]

use millrace_model::{Profile, Span, Time};
use millrace_picture::{Poster, Theme};
use millrace_script::{Runner, parse_script};
use millrace_sim::Setup;
use millrace_view::{Viewport, scene};

const SMALL: &str = "\
kafka-topics --create --topic orders --partitions 1
producer start shop --topic orders
produce orders 'a<b' 1
wait 1s
produce orders bob 2
wait 1s
";

fn poster(script: &str, at: Span, poster: &Poster) -> String {
    let profile = Profile::default();
    let (lines, problems) = parse_script(script, profile);
    assert!(problems.is_empty(), "{problems:?}");
    let mut runner = Runner::new(Setup { seed: 1, profile });
    for (_, statement) in &lines {
        runner.run(statement).unwrap();
    }
    let mut timeline = runner.into_timeline();
    timeline.seek(Time::ZERO + at);
    let world = timeline.world();
    poster.print(&scene(world, Viewport { width: 640.0, is_touch: false }), world.now())
}

fn small(theme: Theme, width: Option<u32>) -> String {
    let title = "A \"small\" world & its key".to_owned();
    poster(SMALL, Span(1_007_500), &Poster { id: "L00".to_owned(), title, theme, width })
}

#[test]
fn a_small_world_is_drawn_to_the_byte() {
    let drawn = small(Theme::Light, None);
    let (_, body) = drawn.split_once("</style>\n").unwrap();
    let (head, _) = drawn.split_once("<style>").unwrap();
    let shown = [head, body].concat().replace("><", ">\n<");
    let wanted = include_str!("small.svg.txt");
    assert_eq!(shown, wanted, "\n{shown}");
    assert_eq!(drawn, small(Theme::Light, None));
}

#[test]
fn a_theme_changes_colours_and_nothing_else() {
    let body = |theme| small(theme, None).split_once("</style>").unwrap().1.to_owned();
    assert_eq!(body(Theme::Light), body(Theme::Dark));
    assert_eq!(body(Theme::Light), body(Theme::Auto));
    assert_ne!(small(Theme::Light, None), small(Theme::Dark, None));
}

#[test]
fn a_narrow_poster_is_the_same_one_scaled() {
    let head = |width| small(Theme::Auto, width).split_once('>').unwrap().0.to_owned();
    assert!(head(None).contains("viewBox=\"0 0 640 "), "{}", head(None));
    let narrow = head(Some(320));
    assert!(narrow.contains("viewBox=\"0 0 640 ") && narrow.contains(" width=\"320\" "), "{narrow}");
}
