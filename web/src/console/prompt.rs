//! Where lines are typed: completion, what was typed before, pasted texts of several lines.

use super::Desk;
use crate::lean::{attr, attr_maybe, each, item, maybe, text};
use crate::session::next_frame;
use crate::ui::{Button, ButtonKind, fresh_id};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use millrace_console::{Completion, Recall, complete};
use millrace_words::console as say;

/// Rows that are shown at most.
const ROWS: usize = 8;

/// What is offered at the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
struct Offer {
    completion: Completion,
    chosen: Option<usize>,
}

/// A search backwards: what is looked for, and how many hits were passed over.
#[derive(Clone, Debug, PartialEq)]
struct Search {
    part: String,
    skip: usize,
}

#[derive(Clone, Copy)]
struct Prompt {
    desk: Desk,
    open: RwSignal<bool>,
    offer: RwSignal<Offer>,
    search: RwSignal<Option<Search>>,
    rows: RwSignal<usize>,
    recall: StoredValue<Recall>,
}

/// See the module.
pub fn prompt(desk: Desk, open: RwSignal<bool>) -> AnyView {
    let prompt = Prompt {
        desk,
        open,
        offer: RwSignal::new(Offer::default()),
        search: RwSignal::new(None),
        rows: RwSignal::new(1),
        recall: StoredValue::new(Recall::default()),
    };
    let (list, hint) = (fresh_id(), fresh_id());
    let (controls, describes) = (list.clone(), hint.clone());
    let option_id = {
        let list = list.clone();
        move |index: usize| format!("{list}-{index}")
    };
    let active = {
        let id = option_id.clone();
        attr(move || prompt.offer.with(|offer| offer.chosen.map(&id).unwrap_or_default()))
    };
    let options = move || {
        let draw = |(index, candidate): (usize, millrace_console::Candidate)| {
            let id = option_id(index);
            item(format!("{index} {}", candidate.text), move || option(prompt, index, &candidate, id.clone()))
        };
        prompt.offer.with(|offer| offer.completion.candidates.iter().cloned().enumerate().map(draw).collect())
    };
    let is_empty =
        attr_maybe(move || prompt.offer.with(|o| o.completion.candidates.is_empty()).then_some(""));
    let searching = maybe(move || {
        let search = prompt.search.get()?;
        let says = say::looking_back_for_ctrl_r(&search.part);
        Some(view! { <p class="console-search" role="status">{says}</p> }.into_any())
    });
    let count = text(move || {
        prompt.offer.with(|offer| match (offer.completion.candidates.len(), offer.chosen) {
            (0, _) => String::new(),
            (n, None) => say::to_choose_from_arrow_down(&n),
            (n, Some(at)) => say::of(&(at + 1), &n),
        })
    });
    let rows = attr(move || prompt.rows.get().to_string());
    let run = move |()| prompt.submit();
    let pasted = move |_| next_frame(move || prompt.typed(false));
    view! {
        <div class="console-prompt-row">
            <ul class="console-offer" role="listbox" id=list aria-label=say::completions() hidden=is_empty>{each(options)}</ul>
            {searching}
            <span class="console-prompt" aria-hidden="true">"$"</span>
            <textarea
                node_ref=desk.field
                class="console-field"
                rows=rows
                aria-label=say::a_line_of_the_console()
                aria-describedby=describes
                aria-autocomplete="list"
                aria-controls=controls
                aria-activedescendant=active
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                placeholder=say::kafka_topics_list_or_help()
                on:input=move |_| prompt.typed(true)
                on:change=move |_| prompt.typed(false)
                on:paste=pasted
                on:keydown=move |event| prompt.pressed(&event)
                on:blur=move |_| prompt.close()
            ></textarea>
            <p id=hint class="visually-hidden" aria-live="polite">{count}</p>
            <Button label=say::run() kind=ButtonKind::Primary on_press=run/>
        </div>
    }
    .into_any()
}

fn option(prompt: Prompt, index: usize, candidate: &millrace_console::Candidate, id: String) -> AnyView {
    let is_chosen = move || prompt.offer.with(|offer| offer.chosen == Some(index));
    let selected = attr(move || is_chosen().to_string());
    // The field keeps the focus.
    let pressed = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        prompt.accept(index);
    };
    view! {
        <li role="option" id=id aria-selected=selected on:mousedown=pressed>
            <code>{candidate.text.clone()}</code> <span class="dim">{candidate.note.clone()}</span>
        </li>
    }
    .into_any()
}

impl Prompt {
    fn value(self) -> String {
        self.desk.field.get_untracked().map(|field| field.value()).unwrap_or_default()
    }

    /// The cursor, in bytes.
    fn cursor(self, value: &str) -> usize {
        let field = self.desk.field.get_untracked();
        let at = field.and_then(|field| field.selection_end().ok().flatten()).unwrap_or(0);
        let mut units = 0;
        for (byte, c) in value.char_indices() {
            if units >= at {
                return byte;
            }
            units += u32::try_from(c.len_utf16()).unwrap_or(1);
        }
        value.len()
    }

    /// Puts a text into the field, with the cursor at a byte of it.
    fn put(self, value: &str, cursor: usize) {
        let Some(field) = self.desk.field.get_untracked() else { return };
        field.set_value(value);
        let before = value.get(..cursor).unwrap_or(value);
        let at = u32::try_from(before.encode_utf16().count()).unwrap_or(0);
        let _ = field.set_selection_range(at, at);
        self.fit(value);
    }

    fn fit(self, value: &str) {
        self.rows.set(value.matches('\n').count().saturating_add(1).min(ROWS));
    }

    /// Something was typed: what may follow is offered, unless nothing stands there yet.
    fn typed(self, offers: bool) {
        let value = self.value();
        self.fit(&value);
        self.search.set(None);
        let cursor = self.cursor(&value);
        let is_begun = value
            .get(..cursor)
            .is_some_and(|before| before.chars().next_back().is_some_and(|c| !c.is_whitespace()));
        if offers && is_begun { self.look(None) } else { self.close() }
    }

    fn look(self, chosen: Option<usize>) {
        let value = self.value();
        let cursor = self.cursor(&value);
        let completion = self.desk.session.with(|timeline| complete(timeline.world(), &value, cursor));
        let chosen = chosen.filter(|_| !completion.candidates.is_empty());
        self.offer.set(Offer { completion, chosen });
    }

    fn close(self) {
        if self.offer.with_untracked(|offer| *offer != Offer::default()) {
            self.offer.set(Offer::default());
        }
    }

    fn accept(self, index: usize) {
        let Offer { completion, .. } = self.offer.get_untracked();
        let Some(candidate) = completion.candidates.get(index) else { return };
        let space = if candidate.is_open { "" } else { " " };
        self.replace(completion.from, &[candidate.text.as_str(), space].concat());
        self.close();
    }

    fn replace(self, from: usize, by: &str) {
        let value = self.value();
        let cursor = self.cursor(&value);
        let (before, after) =
            (value.get(..from).unwrap_or_default(), value.get(cursor..).unwrap_or_default());
        self.put(&[before, by, after].concat(), from + by.len());
    }

    /// Tab: fills in what is certain, then goes through what is not. False if there is nothing to complete.
    fn complete(self) -> bool {
        if self.value().trim().is_empty() {
            return false;
        }
        if let Some(next) = self.offer.with_untracked(|offer| {
            offer.chosen.map(|at| (at + 1) % offer.completion.candidates.len().max(1))
        }) {
            self.choose(next);
            return true;
        }
        self.look(None);
        let Completion { from, candidates } = self.offer.with_untracked(|offer| offer.completion.clone());
        match candidates.len() {
            0 => return false,
            1 => self.accept(0),
            _ => {
                let common = self.offer.with_untracked(|offer| offer.completion.common().to_owned());
                let value = self.value();
                let cursor = self.cursor(&value);
                if common.len() > cursor.saturating_sub(from) {
                    self.replace(from, &common);
                    self.look(None);
                } else {
                    self.choose(0);
                }
            }
        }
        true
    }

    fn choose(self, index: usize) {
        self.offer.update(|offer| offer.chosen = Some(index));
        next_frame(|| {
            let chosen = document().query_selector(".console-offer [aria-selected=true]").ok().flatten();
            if let Some(chosen) = chosen {
                let how = web_sys::ScrollIntoViewOptions::new();
                how.set_block(web_sys::ScrollLogicalPosition::Nearest);
                chosen.scroll_into_view_with_scroll_into_view_options(&how);
            }
        });
    }

    /// An arrow key: through what is offered, else through what was typed before. False if it moves the cursor.
    fn moved(self, up: bool) -> bool {
        let (count, chosen) =
            self.offer.with_untracked(|offer| (offer.completion.candidates.len(), offer.chosen));
        if count > 0 && (chosen.is_some() || !up) {
            self.choose(match (chosen, up) {
                (None, _) => 0,
                (Some(at), true) => (at + count - 1) % count,
                (Some(at), false) => (at + 1) % count,
            });
            return true;
        }
        let value = self.value();
        let cursor = self.cursor(&value);
        let (before, after) = value.split_at_checked(cursor).unwrap_or((&value, ""));
        if (if up { before } else { after }).contains('\n') {
            return false;
        }
        let recalled = self.recall.try_update_value(|recall| {
            let line = if up { recall.before(&value) } else { recall.after() };
            line.map(str::to_owned)
        });
        if let Some(line) = recalled.flatten() {
            self.close();
            self.put(&line, line.len());
        }
        true
    }

    fn search(self) {
        let next = match self.search.get_untracked() {
            Some(search) => Search { skip: search.skip + 1, ..search },
            None => Search { part: self.value(), skip: 0 },
        };
        let found = self.recall.with_value(|recall| recall.search(&next.part, next.skip).map(str::to_owned));
        self.close();
        if let Some(line) = found {
            self.put(&line, line.len());
            self.search.set(Some(next));
        } else if self.search.with_untracked(Option::is_none) {
            self.search.set(Some(next));
        }
    }

    fn submit(self) {
        let value = self.value();
        self.close();
        self.search.set(None);
        if value.trim().is_empty() {
            return;
        }
        self.recall.update_value(|recall| recall.push(value.trim_end()));
        self.put("", 0);
        if value.trim() == "clear" {
            self.desk.said.set(Vec::new());
        } else {
            self.desk.run(&value);
        }
        if let Some(field) = self.desk.field.get_untracked() {
            let _ = field.focus();
        }
    }

    /// Whether the last line wants another one: a here-document, a backslash.
    fn is_unfinished(self) -> bool {
        let profile = self.desk.session.setup().profile;
        let value = self.value();
        millrace_console::lines(&value, profile).last().is_some_and(|line| line.is_unfinished())
    }

    fn pressed(self, event: &KeyboardEvent) {
        if event.is_composing() {
            return;
        }
        let is_offered = self.offer.with_untracked(|offer| !offer.completion.candidates.is_empty());
        let chosen = self.offer.with_untracked(|offer| offer.chosen);
        let is_done = match event.key().as_str() {
            "Enter" if event.shift_key() => false,
            "Enter" if chosen.is_some() => {
                self.accept(chosen.unwrap_or(0));
                true
            }
            "Enter" if self.is_unfinished() => false,
            "Enter" => {
                self.submit();
                true
            }
            "Tab" if !event.shift_key() && !event.ctrl_key() => self.complete(),
            "ArrowUp" if !event.shift_key() => self.moved(true),
            "ArrowDown" if !event.shift_key() => self.moved(false),
            "Escape" if is_offered => {
                self.close();
                true
            }
            "Escape" if self.search.with_untracked(Option::is_some) => {
                self.search.set(None);
                true
            }
            "Escape" => {
                self.open.set(false);
                true
            }
            "r" if event.ctrl_key() && !event.shift_key() => {
                self.search();
                true
            }
            "l" if event.ctrl_key() => {
                self.desk.said.set(Vec::new());
                true
            }
            _ => false,
        };
        if is_done {
            event.prevent_default();
            event.stop_propagation();
        }
    }
}
