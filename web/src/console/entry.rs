//! One entry of the console as it is drawn.

use super::Desk;
use super::said::{Kind, Said};
use crate::controls::copy_text;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_words::console as say;
use std::sync::Arc;

/// See the module.
pub fn entry(desk: Desk, said: Arc<Said>) -> AnyView {
    match &said.kind {
        Kind::Typed { line, printed, .. } => {
            let of = said.clone();
            let copy = move |()| {
                let Kind::Typed { line, printed, .. } = &of.kind else { return };
                let output = format!("{}{}", printed.stdout, printed.stderr);
                let text = if output.is_empty() { line.clone() } else { output };
                copy_text(desk.session, text, say::copied());
            };
            let is_out = !printed.stdout.is_empty();
            let is_err = !printed.stderr.is_empty();
            let label = if is_out || is_err { say::copy_what_it_printed() } else { say::copy_the_line() };
            let failed = printed.exit != 0;
            view! {
                <div class="console-entry" data-exit=printed.exit.to_string()>
                    <div class="console-line">
                        {time(&said)}
                        {again(desk, line)}
                        {failed.then(|| view! { <span class="console-exit">{say::exit(&printed.exit)}</span> })}
                        <Button label=label icon=Icon::Copy bare=true kind=ButtonKind::Quiet on_press=copy/>
                    </div>
                    {is_out.then(|| view! { <pre class="console-out" tabindex="0" role="group" aria-label=say::what_it_printed()>{trimmed(&printed.stdout)}</pre> })}
                    {is_err.then(|| view! { <pre class="console-out console-err" tabindex="0" role="group" aria-label=say::what_went_wrong()>{trimmed(&printed.stderr)}</pre> })}
                    {printed.hint.clone().map(|hint| view! { <p class="console-hint">{hint}</p> })}
                </div>
            }
            .into_any()
        }
        Kind::Clicked { line, by } => {
            let copied = line.clone();
            let copy = move |()| copy_text(desk.session, copied.clone(), say::copied());
            view! {
                <div class="console-entry is-clicked">
                    <div class="console-line">
                        {time(&said)}
                        {again(desk, line)}
                        <span class="console-by">{format!("# {by}")}</span>
                        <Button label=say::copy_the_line() icon=Icon::Copy bare=true kind=ButtonKind::Quiet on_press=copy/>
                    </div>
                </div>
            }
            .into_any()
        }
        Kind::Stopped { number, left, rest } => {
            let says = say::stopped_at_line(number, *left as u64);
            let (run, edit) = (rest.clone(), rest.clone());
            let go_on = move |()| desk.run(&run);
            let edit = move |()| desk.put(&edit);
            view! {
                <div class="console-entry is-stopped">
                    <p>{says}</p>
                    <div class="row">
                        <Button label=say::go_on_with_the_rest() on_press=go_on/>
                        <Button label=say::edit_the_rest() kind=ButtonKind::Quiet on_press=edit/>
                    </div>
                </div>
            }
            .into_any()
        }
    }
}

fn time(said: &Said) -> AnyView {
    view! { <span class="number dim">{said.at.to_string()}</span> }.into_any()
}

fn trimmed(text: &str) -> String {
    text.trim_end_matches('\n').to_owned()
}

/// The line; pressed, it stands where lines are typed.
fn again(desk: Desk, line: &str) -> AnyView {
    let put = line.to_owned();
    view! {
        <button type="button" class="console-again" title=say::use_this_line_again() on:click=move |_| desk.put(&put)>
            <span class="console-prompt" aria-hidden="true">"$"</span> <code>{line.to_owned()}</code>
        </button>
    }
    .into_any()
}
