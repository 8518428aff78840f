//! The console: shell lines at the bottom of the stage. Everything that can be clicked can be typed here, and what was
//! clicked is shown as a line.
//!
//! The panel is built when it is first opened; closed, it keeps what stands in it. What a line means and prints comes from
//! `millrace-console`; here it gets its place, its keys and its voice for a screen reader.

mod entry;
mod prompt;
mod record;
mod said;

use crate::frame::{FrameState, mark};
use crate::lean::{attr, each, item, maybe};
use crate::memo::Memo;
use crate::session::{Session, next_frame};
use crate::ui::{Button, ButtonKind, Icon, Menu, MenuItem};
use leptos::html;
use leptos::prelude::*;
use millrace_words::console as say;
use said::Said;
use std::sync::Arc;

/// Whether the console is open; in the context.
#[derive(Clone, Copy)]
pub struct Console(pub RwSignal<bool>);

impl Console {
    /// Opens it, or closes it.
    pub fn toggle(self) {
        self.0.update(|open| *open = !*open);
    }
}

/// See the module.
pub fn console(session: Session, switch: Console) -> AnyView {
    let open = switch.0;
    let is_wanted = Memo::new(move |was: Option<&bool>| open.get() || was == Some(&true));
    maybe(move || is_wanted.get().then(|| arriving(session, switch)))
}

/// What is needed for it may still be on its way.
fn arriving(session: Session, switch: Console) -> AnyView {
    let arrived = crate::rest::arrived();
    maybe(move || arrived.get().then(|| panel(session, switch)))
}

/// What the parts of the panel share.
#[derive(Clone, Copy)]
struct Desk {
    session: Session,
    /// What was typed and clicked, the oldest first.
    said: RwSignal<Vec<Arc<Said>>>,
    /// The number of the next one.
    next: StoredValue<u32>,
    /// How many commands there had been when the last line of this console was carried out.
    given: StoredValue<u32>,
    field: NodeRef<html::Textarea>,
}

/// Entries that are kept.
const KEPT: usize = 400;

impl Desk {
    fn new(session: Session) -> Desk {
        Desk {
            session,
            said: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            given: StoredValue::new(session.given.get_untracked()),
            field: NodeRef::new(),
        }
    }

    /// What was typed and printed, the newest last and in sight. What was done by a click is a line, too.
    fn log(self) -> AnyView {
        let (desk, session) = (self, self.session);
        let log = NodeRef::<html::Div>::new();
        Effect::new(move |_| {
            let given = session.given.get();
            if given != desk.given.get_value() {
                desk.given.set_value(given);
                let line = session.same_as.get_untracked();
                if !line.is_empty() {
                    desk.push(said::Kind::Clicked { line, by: say::by_click() });
                }
            }
        });
        Effect::new(move |_| {
            desk.said.track();
            next_frame(move || {
                if let Some(log) = log.try_get_untracked().flatten() {
                    log.set_scroll_top(log.scroll_height());
                }
            });
        });
        let entries = move || {
            let draw = |said: &Arc<Said>| {
                let said = said.clone();
                item(said.number, move || entry::entry(desk, said.clone()))
            };
            desk.said.with(|all| all.iter().map(draw).collect())
        };
        view! {
            <div class="console-log" role="log" aria-live="polite" aria-label=say::what_was_typed_and_printed() tabindex="0" node_ref=log>
                {each(entries)}
            </div>
        }
        .into_any()
    }

    fn push(self, kind: said::Kind) {
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        let at = self.session.with(|timeline| timeline.world().now());
        self.said.update(|all| {
            all.push(Arc::new(Said { number, at, kind }));
            if all.len() > KEPT {
                all.remove(0);
            }
        });
    }

    /// Carries out a text, line after line, up to the first that fails.
    fn run(self, text: &str) {
        let profile = self.session.setup().profile;
        let lines: Vec<_> = millrace_console::lines(text, profile).collect();
        let count = lines.len();
        for (index, line) in lines.into_iter().enumerate() {
            let before = self.session.with(millrace_sim::Timeline::moment);
            let commands = self.session.with(|timeline| timeline.branch().log().len());
            let printed = self.session.type_line(&line);
            let given = self.session.with(|timeline| timeline.branch().log().len()).saturating_sub(commands);
            self.given.set_value(self.session.given.get_untracked());
            let failed = printed.exit != 0;
            let (number, next) = (line.number, line.next);
            self.push(said::Kind::Typed { line: line.text, before, given, printed });
            if failed && index + 1 < count {
                let rest = text.get(next..).unwrap_or_default().trim().to_owned();
                self.push(said::Kind::Stopped { number, left: count - index - 1, rest });
                break;
            }
        }
    }

    /// Puts a text where lines are typed.
    fn put(self, text: &str) {
        if let Some(field) = self.field.get_untracked() {
            field.set_value(text);
            let _ = field.focus();
            let event = web_sys::Event::new("change");
            if let Ok(event) = event {
                let _ = field.dispatch_event(&event);
            }
        }
    }
}

/// The console of a widget: always open, and no more than lines and where they are typed. It takes no focus by itself.
pub fn line(session: Session) -> AnyView {
    let arrived = crate::rest::arrived();
    let inside = move || {
        let desk = Desk::new(session);
        view! { {desk.log()} {prompt::prompt(desk, RwSignal::new(true))} }.into_any()
    };
    view! { <section class="console" aria-label=millrace_words::embed::the_console() data-console="open">{maybe(move || arrived.get().then(inside))}</section> }
        .into_any()
}

fn panel(session: Session, switch: Console) -> AnyView {
    let open = switch.0;
    let desk = Desk::new(session);
    said::begin(desk);
    Effect::new(move |_| {
        let (true, Some(field)) = (open.get(), desk.field.get()) else { return };
        next_frame(move || drop(field.focus()));
    });
    // A phone shows one thing at a time: another tab puts the console away.
    if let Some(frame) = use_context::<FrameState>() {
        Effect::new(move |was: Option<()>| {
            frame.sheet.track();
            if was.is_some() && frame.is_phone.get_untracked() {
                open.set(false);
            }
        });
    }
    let is_closed = attr(move || if open.get() { "open" } else { "closed" }.to_owned());
    // What is clicked is only written down, as long as that is wanted.
    let is_rehearsal = Signal::derive(move || session.rehearsal.with(Option::is_some));
    let rehearse = move |()| session.rehearsal.update(|line| *line = line.is_none().then(String::new));
    Effect::new(move |_| {
        let line = session.rehearsal.get().unwrap_or_default();
        if !line.is_empty() {
            desk.put(&line);
        }
    });
    Effect::new(move |_| {
        if !open.get() && session.rehearsal.with_untracked(Option::is_some) {
            session.rehearsal.set(None);
        }
    });
    Effect::new(move |_| mark("data-console", open.get()));
    let clear = move |()| desk.said.set(Vec::new());
    let help = move |()| desk.run("help");
    let copy_script = move |()| record::copy(desk);
    let download = move |()| record::download(desk);
    let copy_all = move |()| {
        let text = desk.said.with_untracked(|all| all.iter().map(|said| said.text()).collect::<String>());
        crate::controls::copy_text(session, text, say::copied_all_that_stands_in());
    };
    view! {
        <section class="console" aria-label=say::the_console() data-console=is_closed>
            <div class="console-head row">
                <h2>{say::console()}</h2>
                <p class="dim console-says">{say::kafkas_tools_and_our_verbs()}</p>
                <span class="gap"></span>
                <Menu label=say::session() class="quiet up right">
                    <MenuItem label=say::copy_as_script() says=say::every_line_of_this_history() on_press=copy_script/>
                    <MenuItem label=say::download_mill() says=say::the_same_as_a_file() on_press=download/>
                    <MenuItem label=say::copy_everything() says=say::lines_and_what_they_printed() on_press=copy_all/>
                    <MenuItem label=say::clear() says=say::ctrl_l_history_stays_as() on_press=clear/>
                </Menu>
                <Button
                    label=say::rehearse()
                    hint=say::what_you_click_is_written()
                    kind=ButtonKind::Quiet
                    pressed=is_rehearsal
                    on_press=rehearse
                />
                <Button label=say::help() kind=ButtonKind::Quiet on_press=help/>
                <Button label=say::close_the_console() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=move |()| open.set(false)/>
            </div>
            {desk.log()}
            {prompt::prompt(desk, open)}
        </section>
    }
    .into_any()
}
