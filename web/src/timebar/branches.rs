//! The other futures: lines above the bar from where they forked, and a list for keyboard and finger.

use super::scale::{left, part_of};
use crate::lean::{attr, each, item, maybe, part};
use crate::memo::Memo;
use crate::session::{BranchLine, Session};
use crate::ui::{Menu, MenuItem};
use leptos::prelude::*;
use millrace_model::Time;
use millrace_sim::Moment;

/// Lines that are drawn; the list holds all.
const LINES: usize = 3;

/// The lines.
pub fn lines(session: Session, end: Memo<Time>) -> AnyView {
    let others = Memo::new(move |_| {
        session.history.with(|h| {
            let mut others: Vec<BranchLine> = h.branches.iter().filter(|b| !b.is_current).copied().collect();
            // The newest are the likeliest to be wanted.
            others.drain(..others.len().saturating_sub(LINES));
            others
        })
    });
    let line = move |branch: BranchLine| {
        let from = branch.forked_at.unwrap_or(Time::ZERO);
        let width = move || part_of(branch.frontier.since(from).0, end.get().0);
        let label = describe(&branch);
        view! {
            <button type="button" class="branch-line" aria-label=label.clone() title=label tabindex="-1"
                style:left=attr(move || left(from, end.get())) style:width=attr(width) on:click=move |_| go(session, &branch)></button>
        }
        .into_any()
    };
    let items = move || {
        let key = |b: &BranchLine| format!("{} {}", b.id.0, b.frontier.0);
        others.get().into_iter().map(|b| item(key(&b), move || line(b))).collect()
    };
    view! { <div class="branches">{each(items)}</div> }.into_any()
}

/// The list.
pub fn menu(session: Session) -> AnyView {
    let branches = Memo::new(move |_| session.history.with(|h| h.branches.clone()));
    let label = Signal::derive(move || match branches.with(Vec::len) {
        1 => "1 future".to_owned(),
        count => format!("{count} futures"),
    });
    let items = move || {
        branches.get().into_iter().map(|branch| {
            let name = format!("future {}{}", branch.id.0 + 1, if branch.is_current { " (here)" } else { "" });
            view! { <MenuItem label=name says=describe(&branch) on_press=move |()| go(session, &branch)/> }
        })
        .collect::<Vec<_>>()
        .into_any()
    };
    let several = Memo::new(move |_| branches.with(|b| b.len() > 1));
    let menu = move || {
        several
            .get()
            .then(|| view! { <Menu label=label class="up right quiet">{part(items)}</Menu> }.into_any())
    };
    view! { <div class="futures">{maybe(menu)}</div> }.into_any()
}

fn describe(branch: &BranchLine) -> String {
    let commands = match branch.commands {
        1 => "1 command".to_owned(),
        count => format!("{count} commands"),
    };
    match branch.forked_at {
        Some(at) => format!("forked at {at}, goes to {}, {commands}", branch.frontier),
        None => format!("from the start, goes to {}, {commands}", branch.frontier),
    }
}

fn go(session: Session, branch: &BranchLine) {
    session.go_to(Moment { branch: branch.id, step: branch.steps, at: branch.frontier });
}
