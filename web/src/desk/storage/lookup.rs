//! How an offset or a timestamp is found, step by step: each step lights up what it looks at, and what is out of the question after
//! it steps back.

use super::shelf::Seen;
use crate::controls::read;
use crate::desk::frame::html_picture;
use crate::lean::{maybe, text};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Choice, Field, Icon};
use leptos::prelude::*;
use millrace_model::Offset;
use millrace_view::desk::storage::{Line, Lookup, Stack, Step, Verdict, Wanted};
use millrace_words::storage as say;
use std::time::Duration;

/// From one step to the next.
const BEAT: Duration = Duration::from_millis(1_100);

/// Where one is, and whether it goes on by itself.
#[derive(Clone, Copy)]
struct Walk {
    step: RwSignal<usize>,
    last: Memo<usize>,
    /// The run that goes on by itself; none while it stands.
    runs: RwSignal<Option<u32>>,
    /// How many runs there have been.
    count: StoredValue<u32>,
}

/// See the module.
pub fn panel(session: Session, seen: Seen, wanted: RwSignal<Option<Wanted>>) -> AnyView {
    let asked = RwSignal::new(String::new());
    let by_time = RwSignal::new(false);
    let of = Memo::new(move |_| seen.with(|of| of.as_ref().map(|of| of.lookup.clone())));
    let last = Memo::new(move |_| of.with(|of| of.as_ref().map_or(0, |of| of.steps.len().saturating_sub(1))));
    let step = RwSignal::new(usize::MAX);
    let walk = Walk { step, last, runs: RwSignal::new(None), count: StoredValue::new(0) };
    let is_still = crate::frame::media("(prefers-reduced-motion: reduce)");
    let find = move |()| match read_wanted(session, &asked.get_untracked(), by_time.get_untracked()) {
        Ok(found) => {
            wanted.set(Some(found));
            // Who wants no motion gets the answer, and goes back from there.
            step.set(if is_still.get_untracked() { usize::MAX } else { 0 });
            if !is_still.get_untracked() {
                walk.play();
            }
        }
        Err(why) => session.refuse(why),
    };
    let picture = html_picture(move || {
        let step = walk.at();
        of.with(|of: &Option<Lookup>| of.as_ref().map(|of| drawn(of, step)))
    });
    let says = text(move || {
        let step = walk.at();
        of.with(|of| of.as_ref().and_then(|of| of.steps.get(step)).map(|step| step.says.clone()))
            .unwrap_or_default()
    });
    let place = text(move || say::step_of(&(walk.at() + 1), &(last.get() + 1)));
    let is_first = Signal::derive(move || walk.at() == 0);
    let is_last = Signal::derive(move || walk.at() >= last.get());
    let field = crate::lean::part(move || {
        let label = if by_time.get() { say::timestamp() } else { say::offset() };
        let example = if by_time.get() { "12:00:07.500" } else { "0" };
        view! { <Field label=label value=asked placeholder=example on_enter=find/> }.into_any()
    });
    let ways = Signal::derive(|| {
        [("offset", say::by_offset()), ("timestamp", say::by_time())]
            .map(|(value, shown)| (value.to_owned(), shown.to_owned()))
            .to_vec()
    });
    let way = Signal::derive(move || if by_time.get() { "timestamp" } else { "offset" }.to_owned());
    let change = move |way: String| {
        asked.set(String::new());
        by_time.set(way == "timestamp");
    };
    let play = maybe(move || {
        let label = Signal::derive(move || {
            if walk.is_on() { say::hold_steps() } else { say::play_steps() }.to_owned()
        });
        let picture = Signal::derive(move || if walk.is_on() { Icon::Pause } else { Icon::Play });
        (!is_still.get()).then(|| {
            view! { <Button label=label icon=picture kind=ButtonKind::Quiet on_press=move |()| walk.toggle()/> }.into_any()
        })
    });
    view! {
        <div class="desk-form look-form">
            <Choice label=say::look_up_by() options=ways value=way on_change=change/>
            {field}
            <Button label=say::find() on_press=find/>
        </div>
        <div class="row deeds look-steps">
            <Button label=say::step_back() kind=ButtonKind::Quiet icon=Icon::StepBack disabled=is_first on_press=move |()| walk.by_hand(-1)/>
            {play}
            <Button label=say::step_on() icon=Icon::StepForward disabled=is_last on_press=move |()| walk.by_hand(1)/>
            <span class="dim number">{place}</span>
        </div>
        <p class="look-says" aria-live="polite">{says}</p>
        {picture}
    }
    .into_any()
}

/// What is looked for, from a field.
fn read_wanted(session: Session, asked: &str, by_time: bool) -> Result<Wanted, String> {
    if by_time {
        let now = session.with(|timeline| timeline.world().now());
        return read::timestamp(asked, now)
            .map(|at| Wanted::Timestamp(at.unwrap_or_else(|| now.timestamp())));
    }
    let offset = asked.trim().parse().map_err(|_| say::not_an_offset().to_owned())?;
    Ok(Wanted::Offset(Offset(offset)))
}

impl Walk {
    /// The step that is shown; steps may have become fewer since it was chosen.
    fn at(self) -> usize {
        self.step.get().min(self.last.get())
    }

    fn is_on(self) -> bool {
        self.runs.get().is_some()
    }

    fn by_hand(self, steps: isize) {
        let at = self.step.get_untracked().min(self.last.get_untracked());
        self.runs.set(None);
        self.step.set(at.saturating_add_signed(steps));
    }

    /// From the first step on, if it stands at the last.
    fn toggle(self) {
        if self.runs.get_untracked().is_some() {
            return self.runs.set(None);
        }
        if self.step.get_untracked() >= self.last.get_untracked() {
            self.step.set(0);
        }
        self.play();
    }

    fn play(self) {
        self.count.update_value(|count| *count += 1);
        let this = self.count.get_value();
        self.runs.set(Some(this));
        self.go_on(this);
    }

    /// One step after the other, as long as this run is the one that goes on.
    fn go_on(self, this: u32) {
        let next = move || {
            // Gone with the page's root, as in tests.
            if self.runs.try_get_untracked() != Some(Some(this)) {
                return;
            }
            if self.step.get_untracked() < self.last.get_untracked() {
                self.step.update(|step| *step += 1);
                self.go_on(this);
            } else {
                self.runs.set(None);
            }
        };
        set_timeout(next, BEAT);
    }
}

fn drawn(of: &Lookup, at: usize) -> Node {
    let verdict = match of.steps.get(at).map(|step| step.verdict) {
        Some(Verdict::Found) => "found",
        Some(Verdict::Nothing) => "nothing",
        _ => "on",
    };
    node("div")
        .is("class", "look")
        .set("data-step", at.to_string())
        .is("data-verdict", verdict)
        .children(of.stacks.iter().map(|one| stack(one, of, at)).collect())
}

/// What a part looks like after the steps up to `at`: those of its own count.
fn stack(of: &Stack, lookup: &Lookup, at: usize) -> Node {
    let own: Vec<&Step> = lookup.steps.iter().take(at + 1).filter(|step| step.part == of.part).collect();
    let is_now = lookup.steps.get(at).is_some_and(|step| step.part == of.part);
    let class = match (is_now, own.is_empty()) {
        (true, _) => "look-part is-lit",
        (false, false) => "look-part is-done",
        (false, true) => "look-part",
    };
    let line = |line: &Line| match line {
        Line::Gap(n) => node("li").is("class", "look-gap dim").text(say::skipped(&n)),
        Line::At { at, says: [name, leads] } => node("li")
            .key(at.to_string())
            .is("class", class_of(*at, &own, is_now))
            .child(node("span").text(name.clone()))
            .child(node("span").is("class", "look-leads").text(leads.clone())),
    };
    let none = of.lines.is_empty().then(|| node("p").is("class", "dim").text(say::no_entries().to_owned()));
    node("section")
        .is("class", class)
        .child(node("h3").text(of.name.clone()))
        .maybe(none)
        .child(node("ol").is("class", "look-rows").children(of.lines.iter().map(line).collect()))
}

fn class_of(line: usize, own: &[&Step], is_now: bool) -> &'static str {
    let Some(last) = own.last() else { return "" };
    let is_at = last.at == Some(line);
    match last.verdict {
        Verdict::Found if is_at => "is-found",
        Verdict::Taken if is_at => "is-taken",
        Verdict::GoesOn if is_at && is_now => "is-lit",
        _ if own.iter().any(|step| step.at == Some(line)) => "is-met",
        _ if last.left.is_some_and(|(low, high)| line < low || high < line) => "is-out",
        _ => "",
    }
}
