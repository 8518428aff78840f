//! Lessons: the shelf that they stand on, and the desk at which one is read and worked through. A lesson is fetched when it
//! is opened. Whether something is as it should be is asked of `millrace-lessons`; here it gets its place.
//!
//! The desk is built when it is first opened, over a session that it shares with the stage; of the page's frame it knows
//! nothing.

mod address;
mod author;
mod check;
mod course;
mod curve;
mod desk;
mod draft;
pub mod evidence;
mod fetch;
mod files;
mod guest;
mod onstage;
mod panel;
mod predict;
mod prose;
mod read;
mod run;
mod say;
mod shelf;
mod store;
mod sweep;
mod task;
mod terms;
mod tries;
mod views;

pub use address::is_in_address;
pub use fetch::{lie_in, text};
pub use guest::{Guest, Line, Told};
pub use store::never;

use crate::frame::{FrameState, Sheet, mark};
use crate::lean::maybe;
use crate::memo::Memo;
use crate::session::Session;
use leptos::prelude::*;

/// Which lesson is open, and whether the shelf is; in the context.
#[derive(Clone, Copy)]
pub struct Lessons {
    /// Whether the shelf is shown.
    pub shelf: RwSignal<bool>,
    /// The number of the lesson that is open, such as `L03`.
    pub open: RwSignal<Option<String>>,
    /// Counts how often one wanted to begin again with what is on stage.
    pub again: RwSignal<u32>,
    has_address: bool,
}

impl Lessons {
    /// As the page's address says, now and whenever it changes: the browser's way back leads out of a lesson.
    pub fn begin() -> Lessons {
        let lessons = Lessons { has_address: true, ..Lessons::of(address::lesson()) };
        lessons.shelf.set(address::is_shelf());
        let changed = window_event_listener(leptos::ev::hashchange, move |_| lessons.follow());
        on_cleanup(move || changed.remove());
        lessons
    }

    /// On a page whose address says nothing about lessons, such as a widget's.
    pub fn of(open: Option<String>) -> Lessons {
        Lessons {
            shelf: RwSignal::new(false),
            open: RwSignal::new(open),
            again: RwSignal::new(0),
            has_address: false,
        }
    }

    fn follow(self) {
        let wanted = address::lesson();
        if self.open.with_untracked(|open| *open != wanted) {
            self.open.set(wanted);
        }
        if address::is_shelf() {
            self.shelf.set(true);
        }
    }

    /// Opens a lesson.
    pub fn go_to(self, id: &str) {
        self.shelf.set(false);
        if self.has_address {
            address::push(Some(id));
        }
        self.open.set(Some(id.to_owned()));
    }

    /// Puts the lesson away.
    pub fn leave(self) {
        if self.has_address {
            address::push(None);
        }
        self.open.set(None);
    }
}

/// The place of the desk; empty until a lesson or the shelf is first asked for.
pub fn place(session: Session, lessons: Lessons) -> AnyView {
    let is_wanted = Memo::new(move |was: Option<&bool>| {
        lessons.shelf.get() || lessons.open.with(Option::is_some) || was == Some(&true)
    });
    maybe(move || is_wanted.get().then(|| arriving(session, lessons)))
}

/// The browser's tab says which lesson is open.
fn titled(desk: desk::Desk) {
    let before = document().title();
    Effect::new(move |_| {
        let title =
            desk.course.with(|course| course.as_ref().map(|course| course.lesson.front.title.clone()));
        document().set_title(&title.map_or_else(
            || before.clone(),
            |title| desk.id.with_untracked(|id| format!("{id} · {title} · millrace")),
        ));
    });
}

/// What is needed for it may still be on its way.
fn arriving(session: Session, lessons: Lessons) -> AnyView {
    let arrived = crate::rest::arrived();
    maybe(move || arrived.get().then(|| built(session, lessons)))
}

fn built(session: Session, lessons: Lessons) -> AnyView {
    let desk = desk::Desk::new(session);
    let author = author::Author::new();
    views::follow(desk);
    tries::follow(desk);
    titled(desk);
    let frame = use_context::<FrameState>();
    // What is open follows the address; on a phone the desk is a sheet.
    Effect::new(move |_| {
        let open = lessons.open.get();
        mark("data-lesson", open.is_some());
        match (&open, frame) {
            (Some(_), Some(frame)) => frame.sheet.set(Sheet::Lesson),
            (None, Some(frame)) if frame.sheet.get_untracked() == Sheet::Lesson => {
                frame.sheet.set(Sheet::Stage)
            }
            _ => {}
        }
        desk.open(open);
    });
    Effect::new(move |was: Option<()>| {
        lessons.again.track();
        if was.is_some() {
            desk.again();
        }
    });
    Effect::new(move |_| mark("data-lesson-controls", desk.shows_controls.get()));
    Effect::new(move |_| mark("data-nothing-chosen", session.selected.with(Option::is_none)));
    let is_open = Memo::new(move |_| lessons.open.with(Option::is_some));
    view! {
        {maybe(move || is_open.get().then(|| panel::panel(desk, lessons, author)))}
        {shelf::shelf(desk, lessons)}
    }
    .into_any()
}
