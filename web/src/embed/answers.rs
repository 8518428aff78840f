//! What the element's methods ask of a widget.

use super::wish::View;
use super::{WIDGETS, Widget, bar, board, object};
use crate::lesson::Guest;
use crate::session::Session;
use leptos::prelude::GetUntracked;
use millrace_picture::{Poster, Theme};
use millrace_script::{Statement, parse_line};
use millrace_view::Viewport;
use wasm_bindgen::JsValue;

/// The least width of a picture, in CSS pixels.
const PICTURE: f32 = 680.0;

/// See the module. An unknown question has no answer.
pub fn ask(number: u32, what: &str, argument: &str) -> JsValue {
    if what == "destroy" {
        let gone = WIDGETS.with(|all| {
            let mut all = all.borrow_mut();
            let at = all.iter().position(|widget| widget.number == number)?;
            Some(all.remove(at))
        });
        drop(gone);
        return JsValue::UNDEFINED;
    }
    let found = WIDGETS.with(|all| {
        let all = all.borrow();
        let widget = all.iter().find(|widget| widget.number == number)?;
        Some((widget.session, widget.guest, widget.wish.clone(), widget.tell.clone()))
    });
    let Some((session, guest, wish, tell)) = found else { return JsValue::UNDEFINED };
    match what {
        "run" => session.play(),
        "pause" => session.pause(),
        "reset" => bar::anew(session, guest, &wish, &tell),
        "step" => step(session, argument.parse().unwrap_or(1)),
        "exec" if wish.view == View::ReadOnly => return printed("", millrace_words::embed::read_only(), 1),
        "exec" => return exec(session, argument),
        "state" => return state(session, argument),
        "snapshot" => return snapshot(session, &wish.title, argument).into(),
        "save" => return guest.map_or_else(|| session.save(), Guest::save).into(),
        "tasks" => return guest.map_or(JsValue::UNDEFINED, super::lesson::tasks),
        "share" => return millrace_script::link::encode(&session.save()).into(),
        _ => {}
    }
    JsValue::UNDEFINED
}

/// The stage as it is now, as a drawing that stands alone. On a narrow screen, too, which shows a list instead.
fn snapshot(session: Session, title: &str, theme: &str) -> String {
    let theme = Theme::from_name(theme).unwrap_or(Theme::Light);
    let poster = Poster { title: title.to_owned(), theme, ..Poster::default() };
    let width = session.viewport.get_untracked().width.max(PICTURE);
    session.with(|timeline| {
        let world = timeline.world();
        poster.print(&millrace_view::scene(world, Viewport { width, is_touch: false }), world.now())
    })
}

/// So many notable steps on, or back.
fn step(session: Session, steps: i32) {
    for _ in 0..steps.unsigned_abs().min(1_000) {
        if steps > 0 { session.step_forward(false) } else { session.step_back(false) }
    }
}

fn printed(stdout: &str, stderr: &str, exit: u8) -> JsValue {
    object(&[("stdout", stdout.into()), ("stderr", stderr.into()), ("exit", f64::from(exit).into())])
}

/// Lines of the console, one after the other up to the first that fails.
fn exec(session: Session, text: &str) -> JsValue {
    let (mut stdout, mut stderr, mut exit) = (String::new(), String::new(), 0);
    let lines: Vec<_> = millrace_console::lines(text, session.setup().profile).collect();
    for line in lines {
        let said = session.type_line(&line);
        stdout.push_str(&said.stdout);
        stderr.push_str(&said.stderr);
        exit = said.exit;
        if exit != 0 {
            break;
        }
    }
    printed(&stdout, &stderr, exit)
}

/// `""`: where the playhead is; `hash`, `history`, `text`; else a quantity of the language such as `lag(billing)`.
fn state(session: Session, path: &str) -> JsValue {
    match path.trim() {
        "" => board::place(session),
        "hash" => session.hash().into(),
        "history" => session.save().into(),
        "text" => session.with(|timeline| millrace_view::text::world(timeline.world())).into(),
        quantity => {
            let line = ["expect ", quantity, " == 0"].concat();
            match parse_line(&line, session.setup().profile) {
                Ok(Some(Statement::Expect(expectation))) => {
                    match session.with(|timeline| expectation.quantity.value(timeline)) {
                        Ok(value) => value.to_string().into(),
                        Err(why) => object(&[("error", why.into())]),
                    }
                }
                Ok(_) => JsValue::UNDEFINED,
                Err(problem) => object(&[("error", problem.to_string().into())]),
            }
        }
    }
}

impl Drop for Widget {
    fn drop(&mut self) {
        self.session.pause();
    }
}
