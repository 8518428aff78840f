//! Where to begin: a few starting scenes, starting over, files and links. Also what the page begins with.

mod files;
mod opening;
mod scenes;
mod welcome;

pub(crate) use files::{offer, write};
pub use scenes::{SCENES, StartingScene};
pub use welcome::Welcome;

use crate::controls::copy_text;
use crate::lean::attr;
use crate::memo::Memo;
use crate::session::{Session, keep, link};
use crate::ui::{Button, ButtonKind, Icon, Menu, MenuItem, icon};
use leptos::prelude::*;
use millrace_sim::{Setup, Timeline};
use millrace_words::gallery as say;

/// Readies what a first visit begins with, in slices, then goes on; at once where something else is to come on stage.
pub fn ready(then: impl FnOnce() + 'static) {
    if keep::recall().is_some() || link::is_in_address() {
        return then();
    }
    opening::ready(then);
}

/// Begins a session: with what the address holds, else with what this tab had, else with the first scene, running.
/// The second is true on a first visit.
pub fn begin(width: f32) -> (Session, bool) {
    let linked = link::from_address();
    let recalled = keep::recall();
    if linked.is_none() && recalled.is_none() {
        let Some(first) = SCENES.first() else {
            return (Session::new(Timeline::new(Setup::default()), width), false);
        };
        let (timeline, marks) = opening::opening();
        let session = Session::read_before(timeline, marks, width);
        session.title.set(first.title.to_owned());
        session.play();
        return (session, true);
    }
    let session = Session::new(Timeline::new(Setup::default()), width);
    let fall_back = Box::new(move |done: bool| {
        if !done && let Some(first) = SCENES.first() {
            choose(session, first);
        }
    });
    match (linked, recalled) {
        (Some(Ok(linked)), _) => {
            link::clear_address();
            session.load_linked(linked, fall_back);
        }
        (Some(Err(problem)), _) => {
            link::clear_address();
            fall_back(false);
            session.refuse(problem.to_string());
        }
        (None, Some((text, title))) => session.load(&text, title, true, fall_back),
        (None, None) => {}
    }
    (session, false)
}

/// Puts a starting scene on stage; undo brings back what was there.
pub fn choose(session: Session, scene: &StartingScene) {
    let (runs, beside, desk) = (scene.runs, scene.beside, scene.desk);
    let done = Box::new(move |done: bool| {
        if let (true, Some((group, strategy))) = (done, beside) {
            session.compare(&group.into(), strategy);
        }
        if let (true, Some((name, tab))) = (done, desk) {
            crate::desk::frame::open(name, tab);
        }
        if done && runs {
            session.play();
        }
    });
    session.load(scene.script, scene.title.to_owned(), false, done);
}

/// How a history's title is shown: that of a scene in the page's language.
fn shown(title: &str) -> String {
    let scene = SCENES.iter().find(|scene| scene.title == title);
    scene.map_or(title, |scene| (scene.shown)()).to_owned()
}

/// The header's part: the scene's name with the menu of scenes, files, the link, help.
#[component]
pub fn Gallery() -> AnyView {
    let session = expect_context::<Session>();
    let help = expect_context::<crate::keys::Help>();
    let console = expect_context::<crate::console::Console>();
    let lessons = expect_context::<crate::lesson::Lessons>();
    let title = Signal::derive(move || session.title.with(|title| shown(title)));
    let scenes = SCENES.iter().map(move |scene| {
        view! { <MenuItem label=(scene.shown)() says=(scene.says)() on_press=move |()| choose(session, scene)/> }
    });
    let over = Callback::new(move |()| {
        if session.is_lent.get_untracked() {
            return lessons.again.update(|n| *n += 1);
        }
        let now = session.title.get_untracked();
        let scene = SCENES.iter().find(|scene| scene.title == now).or_else(|| SCENES.first());
        if let Some(scene) = scene {
            choose(session, scene);
            session.say(say::started_over_undo_brings_your());
        }
    });
    let share = Callback::new(move |()| {
        copy_text(session, link::of_session(session), say::the_link_is_on_the());
    });
    let version = Memo::new(move |_| {
        session.history.track();
        session.with(|timeline| timeline.setup().profile)
    });
    let version = Signal::derive(move || millrace_words::versions::kafka(&version.get()));
    view! {
        <nav class="gallery" aria-label=say::scenes_and_files()>
            <Menu label=title class="quiet scene-menu">
                <MenuItem label=millrace_words::lesson::lessons() says=millrace_words::lesson::lessons_says() on_press=move |()| lessons.shelf.set(true)/>
                {scenes.collect::<Vec<_>>()}
            </Menu>
            <Button label=version hint=millrace_words::versions::which_answers() kind=ButtonKind::Quiet on_press=move |()| crate::version::open(session)/>
            <Button label=millrace_words::lesson::lessons() kind=ButtonKind::Quiet on_press=move |()| lessons.shelf.set(true)/>
            <span class="gap"></span>
            <Button label=say::start_over() icon=Icon::Restart kind=ButtonKind::Quiet on_press=over/>
            {files::files(session, over, share)}
            <button
                type="button"
                class="button quiet console-open"
                title=say::the_console()
                aria-pressed=attr(move || console.0.get().to_string())
                on:click=move |_| console.toggle()
            >
                {icon(Icon::Console)} <span>{say::console()}</span>
            </button>
            <Button label=say::share() on_press=share/>
            <Button label=say::keys_and_help() icon=Icon::Info bare=true hint="?" kind=ButtonKind::Quiet on_press=move |()| help.0.set(true)/>
        </nav>
    }
    .into_any()
}
