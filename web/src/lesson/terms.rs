//! What the names in a check's lines mean: `lag(billing) == 0` says little to whoever has never seen it.

use crate::ui::Disclosure;
use leptos::prelude::*;
use millrace_words::Say;
use millrace_words::terms as say;

/// Quantities and what they are. One that is missing is not explained.
#[rustfmt::skip]
const TERMS: [(&str, Say); 81] = [
    ("n", say::n),
    ("partitions", say::partitions),
    ("leo", say::leo),
    ("lag", say::lag),
    ("committed", say::committed),
    ("position", say::position),
    ("start", say::start),
    ("owner", say::owner),
    ("state", say::state),
    ("members", say::members),
    ("idle", say::idle),
    ("rebalances", say::rebalances),
    ("moved", say::moved),
    ("stopped", say::stopped),
    ("gap", say::gap),
    ("restarts", say::restarts),
    ("crashes", say::crashes),
    ("timeouts", say::timeouts),
    ("errors", say::errors),
    ("effects", say::effects),
    ("repeated", say::repeated),
    ("expected", say::expected),
    ("once", say::once),
    ("twice", say::twice),
    ("lost", say::lost),
    ("unhandled", say::unhandled),
    ("disordered", say::disordered),
    ("overtaken", say::overtaken),
    ("waiting", say::waiting),
    ("buried", say::buried),
    ("letters", say::letters),
    ("skipped", say::skipped),
    ("duplicates", say::duplicates),
    ("failures", say::failures),
    ("retries", say::retries),
    ("attempts", say::attempts),
    ("delay", say::delay),
    ("path", say::path),
    ("retried", say::retried),
    ("resent", say::resent),
    ("pids", say::pids),
    ("batches", say::batches),
    ("bytes", say::bytes),
    ("calls", say::calls),
    ("denied", say::denied),
    ("rejected", say::rejected),
    ("exhausted", say::exhausted),
    ("tripped", say::tripped),
    ("recovered", say::recovered),
    ("util", say::util),
    ("buffered", say::buffered),
    ("fired", say::fired),
    ("value", say::value),
    ("record", say::record),
    ("copies", say::copies),
    ("keys", say::keys),
    ("split", say::split),
    ("skew", say::skew),
    ("since", say::since),
    ("base", say::base),
    ("indexed", say::indexed),
    ("gaps", say::gaps),
    ("tasks", say::tasks),
    ("row", say::row),
    ("rows", say::rows),
    ("streamtime", say::streamtime),
    ("dropped", say::dropped),
    ("restored", say::restored),
    ("restoring", say::restoring),
    ("internal", say::internal),
    ("strays", say::strays),
    ("answer", say::answer),
    ("host", say::host),
    ("shows", say::shows),
    ("differs", say::differs),
    ("apart", say::apart),
    ("ready", say::ready),
    ("unacked", say::unacked),
    ("acked", say::acked),
    ("redelivered", say::redelivered),
    ("exported", say::exported),
];

/// A list of what stands in the lines, on demand.
pub fn terms(lines: &[String]) -> Option<AnyView> {
    let named: Vec<(&str, Say)> =
        TERMS.into_iter().filter(|(name, _)| lines.iter().any(|line| names(line, name))).collect();
    (!named.is_empty()).then(|| {
        let rows = move || {
            let row = |(name, says): &(&'static str, Say)| view! { <dt><code>{*name}</code></dt> <dd>{says()}</dd> };
            named.iter().map(row).collect::<Vec<_>>()
        };
        view! { <Disclosure summary=say::what_the_lines_say()><dl class="check-terms">{rows()}</dl></Disclosure> }.into_any()
    })
}

/// Whether a line asks for a quantity of that name: `lag(`, and not `flag(`.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + name.len()..).and_then(|text| text.chars().next());
        after == Some('(')
            && !before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_asks_for_what_stands_before_a_bracket() {
        assert!(
            names("lag(billing) == 0", "lag") && names("position(a, b-0) > committed(a, b-0)", "committed")
        );
        assert!(!names("flag(x) == 0", "lag") && !names("lag == 0", "lag") && !names("value(lag, x)", "lag"));
    }

    #[test]
    fn each_is_explained_once() {
        let mut all: Vec<&str> = TERMS.iter().map(|(name, _)| *name).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), TERMS.len());
    }
}
