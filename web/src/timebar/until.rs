//! "Run until": a field for what shall hold, with the forms of expectations as proposals, and what became of it.

use super::more::Panels;
use crate::frame::mark;
use crate::lean::{maybe, part};
use crate::session::{Arrived, Session, next_frame};
use crate::ui::{Button, ButtonKind, Choice, Icon};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use millrace_model::Span;
use millrace_script::expectation::complete;
use millrace_script::until::Until;
use millrace_script::{Expectation, Problem, Statement, Travel, parse_line};
use millrace_words::timebar as say;

/// How long it may run, in virtual seconds.
const LIMITS: [u64; 5] = [10, 60, 600, 3_600, 86_400];
/// Where the expectation begins in the line that is parsed.
const BEFORE: &str = "expect ";

/// What is said below the field.
#[derive(Clone, Debug, PartialEq)]
enum Word {
    Nothing,
    Problem { written: String, column: usize, says: String },
    Ended(Arrived),
}

/// See the module. It lies above the time bar while it is open.
pub fn panel(session: Session, panels: Panels) -> AnyView {
    Effect::new(move |_| mark("data-until", panels.until.get()));
    maybe(move || panels.until.get().then(|| form(session, panels)))
}

fn form(session: Session, panels: Panels) -> AnyView {
    let text = RwSignal::new(session.with(first));
    let within = RwSignal::new("60".to_owned());
    let word = RwSignal::new(Word::Nothing);
    let running = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        let Some(input) = input.get() else { return };
        // It takes the focus once it is on the page.
        next_frame(move || {
            let _ = input.focus();
            input.select();
        });
    });
    let then = Callback::new(move |arrived| {
        let _ = word.try_set(Word::Ended(arrived));
    });
    let read = move || match read(&text.get_untracked()) {
        Ok(expectation) => {
            word.set(Word::Nothing);
            Some(expectation)
        }
        Err(problem) => {
            word.set(problem);
            None
        }
    };
    let run = move || {
        if running.get_untracked() {
            running.set(false);
            return;
        }
        let within = Span::from_secs(within.with_untracked(|text| text.parse().unwrap_or(60)));
        if let Some(expectation) = read() {
            session.same_as.set(Travel::Until(expectation.clone(), within).print());
            let until = session.with(|timeline| Until::new(expectation, timeline, within));
            session.run_until(until, running, then);
        }
    };
    let back = move |()| {
        if let Some(expectation) = read() {
            session.back_to(expectation, running, then);
        }
    };
    let close = move || {
        running.set(false);
        panels.until.set(false);
        focus_menu();
    };
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            run();
        }
        "Escape" => close(),
        _ => {}
    };
    let offers = part(move || {
        let offers = session.with(|timeline| text.with(|text| complete(text, timeline)));
        offers.into_iter().map(|offer| view! { <option value=offer></option> }).collect::<Vec<_>>().into_any()
    });
    let options = LIMITS.map(|seconds| (seconds.to_string(), Span::from_secs(seconds).to_string())).to_vec();
    let label = Signal::derive(move || if running.get() { say::stop() } else { say::run() }.to_owned());
    let picture = Signal::derive(move || if running.get() { Icon::Pause } else { Icon::Play });
    let is_wrong = move || word.with(|word| matches!(word, Word::Problem { .. })).then_some("true");
    view! {
        <section class="until" aria-label=say::time_until_something_holds() on:keydown=move |event| if event.key() == "Escape" { close() }>
            <div class="until-row">
                <div class="field mono">
                    <label for="until-what">{say::run_until_here()}</label>
                    <input id="until-what" type="text" list="until-offers" autocomplete="off" autocapitalize="off" spellcheck="false"
                        placeholder="lag(billing) == 0" node_ref=input aria-invalid=is_wrong aria-describedby="until-says"
                        bind:value=text on:keydown=key/>
                    <datalist id="until-offers">{offers}</datalist>
                </div>
                <Choice label=say::at_most() options=Signal::stored(options) value=Signal::derive(move || within.get()) on_change=move |value| within.set(value)/>
                <Button label=label icon=picture kind=ButtonKind::Primary hint="Enter" on_press=move |()| run()/>
                <Button label=say::back_to_when_not() hint=say::to_the_last_step_after() disabled=Signal::derive(move || running.get()) on_press=back/>
                <Button label=say::close() icon=Icon::Close bare=true kind=ButtonKind::Quiet hint="Escape" on_press=move |()| close()/>
            </div>
            <div id="until-says" class="until-says" role="status">{part(move || said(&word.get(), running.get()))}</div>
        </section>
    }
    .into_any()
}

/// What the field begins with: something that is worth waiting for here.
fn first(timeline: &millrace_sim::Timeline) -> String {
    complete("lag(", timeline).first().map_or_else(|| "n(orders) > 0".to_owned(), |lag| format!("{lag} == 0"))
}

fn read(text: &str) -> Result<Expectation, Word> {
    let wrong = |problem: Problem| Word::Problem {
        written: text.to_owned(),
        column: problem.column.saturating_sub(BEFORE.len() + 1),
        says: problem.sentence(),
    };
    match parse_line(&format!("{BEFORE}{text}"), millrace_model::Profile::default()) {
        Ok(Some(Statement::Expect(expectation))) => Ok(expectation),
        Ok(_) => Err(Word::Problem {
            written: String::new(),
            column: 0,
            says: say::expected_something_that_can_hold().to_owned(),
        }),
        Err(problem) => Err(wrong(problem)),
    }
}

fn said(word: &Word, is_running: bool) -> AnyView {
    match word {
        _ if is_running => view! { <p class="dim">{say::running()}</p> }.into_any(),
        Word::Nothing => view! { <p class="dim">{say::a_number_or_a_name()}</p> }.into_any(),
        Word::Problem { written, column, says } => {
            // The caret stands below the place; the sentence says it, too.
            let caret = format!("{}^", " ".repeat(*column));
            view! {
                <pre class="caret" aria-hidden="true">{written.clone()}"\n"{caret}</pre>
                <p class="field-error">{say::column(&(column + 1), &says)}</p>
            }
            .into_any()
        }
        Word::Ended(Arrived { says, is_there }) => {
            let class = if *is_there { "there" } else { "field-error" };
            view! { <p class=class>{says.clone()}</p> }.into_any()
        }
    }
}

/// Whoever closes the panel goes on where it was opened from.
fn focus_menu() {
    super::focus(".moments summary");
}
