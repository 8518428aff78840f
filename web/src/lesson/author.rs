//! A lesson is made by playing: what was done becomes its beginning and its solution, what has come true since becomes its
//! check. It is tried by the grader before it may leave; then it can be looked at on the desk, saved, and sent as a link.

use super::address;
use super::desk::{Desk, OWN};
use crate::controls::copy_text;
use crate::gallery::{offer, write};
use crate::lean::{maybe, part};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Area, Button, ButtonKind, Field, Icon};
use leptos::prelude::*;
use millrace_export::{Check, File, zip};
use millrace_lessons::draft::{Draft, offers, played};
use millrace_words::lesson as say;
use web_sys::{Blob, BlobPropertyBag};

/// What is being written; it stays as long as the page.
#[derive(Clone, Copy)]
pub struct Author {
    begins: RwSignal<Option<u64>>,
    chosen: RwSignal<Vec<String>>,
    own: RwSignal<String>,
    title: RwSignal<String>,
    aim: RwSignal<String>,
    intro: RwSignal<String>,
    task: RwSignal<String>,
    text: RwSignal<String>,
    hint: RwSignal<String>,
    after: RwSignal<String>,
    question: RwSignal<String>,
    answers: RwSignal<String>,
    line: RwSignal<String>,
    wrong: RwSignal<Vec<String>>,
    /// The text, once it is true.
    done: RwSignal<Option<String>>,
}

impl Author {
    /// With what was written before the page was loaded again.
    pub fn new() -> Author {
        let text = || RwSignal::new(String::new());
        let author = Author {
            begins: RwSignal::new(None),
            chosen: RwSignal::new(Vec::new()),
            own: text(),
            title: text(),
            aim: text(),
            intro: text(),
            task: text(),
            text: text(),
            hint: text(),
            after: text(),
            question: text(),
            answers: text(),
            line: text(),
            wrong: RwSignal::new(Vec::new()),
            done: RwSignal::new(None),
        };
        for (field, text) in author.texts().into_iter().zip(super::draft::recall()) {
            field.set(text);
        }
        Effect::new(move |_| super::draft::remember(&author.texts().map(|field| field.get())));
        author
    }

    /// What is written by hand, in the order in which it is kept.
    fn texts(self) -> [RwSignal<String>; 11] {
        [
            self.title,
            self.aim,
            self.intro,
            self.task,
            self.text,
            self.hint,
            self.after,
            self.question,
            self.answers,
            self.line,
            self.own,
        ]
    }

    fn draft(self, session: Session) -> Draft {
        let begins = self.begins.get_untracked().unwrap_or(0);
        let (preset, solution) = session.with(|timeline| {
            let mut before = timeline.clone();
            before.seek_step(begins);
            (played(&before, 0), played(timeline, begins))
        });
        let mut checks = self.chosen.get_untracked();
        checks.extend(
            self.own
                .get_untracked()
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(|line| line.strip_prefix("expect ").unwrap_or(line).to_owned()),
        );
        Draft {
            id: OWN.to_owned(),
            title: self.title.get_untracked(),
            aim: self.aim.get_untracked(),
            intro: self.intro.get_untracked(),
            preset,
            task: self.task.get_untracked(),
            text: self.text.get_untracked(),
            solution,
            checks,
            hint: self.hint.get_untracked(),
            after: self.after.get_untracked(),
            question: self.question.get_untracked(),
            answers: self.answers.get_untracked().lines().map(str::to_owned).collect(),
            line: self.line.get_untracked(),
        }
    }

    /// Tries it; what is not true is said.
    fn finish(self, session: Session) {
        session.pause();
        match self.draft(session).finish() {
            Ok(text) => {
                self.wrong.set(Vec::new());
                self.done.set(Some(text));
            }
            Err(wrong) => {
                self.done.set(None);
                self.wrong.set(wrong);
            }
        }
    }
}

/// The form, in the place of a lesson.
pub fn author(desk: Desk, of: Author) -> AnyView {
    let session = desk.session;
    view! {
        <header class="lesson-head">
            <h2>{say::make_lesson()}</h2>
            <p class="lesson-aim">{say::make_says()}</p>
        </header>
        <div class="author">
            {playing(session, of)}
            {checking(session, of)}
            <fieldset class="author-part">
                <legend>{say::make_texts()}</legend>
                <Field label=say::make_title() value=of.title/>
                <Field label=say::make_aim() value=of.aim/>
                <Area label=say::make_intro() value=of.intro/>
                <Field label=say::make_task() value=of.task/>
                <Area label=say::make_text() value=of.text/>
                <Field label=say::make_hint() value=of.hint/>
                <Area label=say::make_after() value=of.after/>
                <Field label=say::make_question() value=of.question/>
                <Area label=say::make_answers() hint=say::make_answers_hint() value=of.answers/>
                <Field label=say::make_line() value=of.line/>
            </fieldset>
            <div class="row">
                <Button label=say::make_try() icon=Icon::Check kind=ButtonKind::Primary on_press=move |()| of.finish(session)/>
            </div>
            {outcome(desk, of)}
        </div>
    }
    .into_any()
}

/// What was done, and where the lesson begins.
fn playing(session: Session, of: Author) -> AnyView {
    let here = move |()| {
        of.begins.set(Some(session.with(|timeline| timeline.moment().step)));
        of.done.set(None);
    };
    let lines = Memo::new(move |was: Option<&(String, String)>| {
        // While time runs nothing is done; writing all of it down with every step would cost a frame.
        let is_playing = session.transport.with(|transport| transport.is_playing);
        let begins = of.begins.get();
        if let (true, Some(was)) = (is_playing, was) {
            return was.clone();
        }
        session.history.track();
        session.with(|timeline| {
            let mark = begins.unwrap_or(u64::MAX);
            let mut before = timeline.clone();
            if begins.is_some_and(|step| step < timeline.moment().step) {
                before.seek_step(mark);
                (played(&before, 0), played(timeline, mark))
            } else {
                (played(timeline, 0), String::new())
            }
        })
    });
    let shown = part(move || {
        let (preset, solution) = lines.get();
        let rest = (!solution.is_empty()).then(|| {
            view! { <h4>{say::make_solution()}</h4> <pre class="lesson-lines" tabindex="0">{solution}</pre> }
        });
        view! { <h4>{say::make_preset()}</h4> <pre class="lesson-lines" tabindex="0">{preset}</pre> {rest} }
            .into_any()
    });
    view! {
        <fieldset class="author-part">
            <legend>{say::make_play()}</legend>
            <p class="dim">{say::make_play_says()}</p>
            <div class="row"><Button label=say::make_begins() icon=Icon::Clock on_press=here/></div>
            {shown}
        </fieldset>
    }
    .into_any()
}

/// What has come true since the beginning, to be chosen from.
fn checking(session: Session, of: Author) -> AnyView {
    let offered = RwSignal::new(Vec::<String>::new());
    let look = move |()| {
        let Some(begins) = of.begins.get_untracked() else { return };
        let found = session.with(|timeline| {
            let mut before = timeline.clone();
            before.seek_step(begins);
            offers(&before, timeline)
        });
        of.chosen.update(|chosen| chosen.retain(|check| found.contains(check)));
        offered.set(found);
    };
    let is_off = Signal::derive(move || of.begins.get().is_none());
    let list = part(move || {
        let one = |check: String| {
            let name = check.clone();
            let is_chosen = {
                let check = check.clone();
                move || of.chosen.with(|chosen| chosen.contains(&check))
            };
            let turned = move |event| {
                let is_on = event_target_checked(&event);
                of.chosen.update(|chosen| {
                    chosen.retain(|known| *known != check);
                    if is_on {
                        chosen.push(check.clone());
                    }
                });
            };
            view! { <label class="check"><input type="checkbox" prop:checked=is_chosen on:change=turned/> <code>{name}</code></label> }
        };
        offered.get().into_iter().map(one).collect::<Vec<_>>().into_any()
    });
    view! {
        <fieldset class="author-part">
            <legend>{say::make_check()}</legend>
            <p class="dim">{say::make_check_says()}</p>
            <div class="row"><Button label=say::make_offer() disabled=is_off on_press=look/></div>
            {list}
            <Area label=say::make_own_check() placeholder="expect lag(billing) == 0" value=of.own/>
        </fieldset>
    }
    .into_any()
}

/// What is not true, or the ways in which it may leave.
fn outcome(desk: Desk, of: Author) -> AnyView {
    let session = desk.session;
    let wrong = part(move || {
        let all = of.wrong.get();
        match all.is_empty() {
            true => ().into_any(),
            false => {
                let lines: Vec<_> = all.into_iter().map(|why| view! { <li>{why}</li> }).collect();
                view! { <div class="author-wrong" role="alert"><p>{say::make_wrong()}</p><ul>{lines}</ul></div> }.into_any()
            }
        }
    });
    let text = move || of.done.get_untracked().unwrap_or_default();
    let failed = move || session.refuse(say::not_saved());
    let preview = move |()| desk.preview(&text());
    let save = move |()| {
        if write(&text(), "lesson.md").is_none() {
            failed();
        }
    };
    let folder = move |()| {
        if download(&text(), &of.title.get_untracked()).is_none() {
            failed();
        }
    };
    let share = move |()| copy_text(session, address::of_text(&text()), say::make_copied());
    let ways = maybe(move || {
        of.done.with(Option::is_some).then(|| {
            view! {
                <div class="task-after" role="status">
                    <p class="task-solved">{say::make_true()}</p>
                    <div class="row">
                        <Button label=say::make_preview() icon=Icon::Play on_press=preview/>
                        <Button label=say::make_zip() icon=Icon::Save on_press=folder/>
                        <Button label="lesson.md" icon=Icon::Save on_press=save/>
                        <Button label=say::make_share() icon=Icon::Copy on_press=share/>
                    </div>
                </div>
            }
            .into_any()
        })
    });
    view! { {wrong} {ways} }.into_any()
}

/// The lesson's folder as a zip, as the repository has it.
fn download(text: &str, title: &str) -> Option<()> {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let folder = words.fold(OWN.to_owned(), |name, word| name + "-" + &word.to_lowercase());
    let file =
        File { path: "lesson.md".to_owned(), text: text.to_owned(), executable: false, checked: Check::Text };
    let bytes = zip::archive(&folder, &[file]);
    let kind = BlobPropertyBag::new();
    kind.set_type("application/zip");
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes.as_slice()).into());
    offer(&Blob::new_with_u8_array_sequence_and_options(&parts, &kind).ok()?, &format!("{folder}.zip"))
}
