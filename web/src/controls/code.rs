//! A pipeline as Kafka has it: the topology that `describe` prints, and the Java class that does the same.

use super::same_as::copy_text;
use crate::lean::text as words;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Disclosure};
use leptos::prelude::*;
use millrace_streams::language::Pipeline;
use millrace_words::controls as say;
use std::sync::Arc;

/// See the module: both are printed when they are looked at.
pub fn code(session: Session, pipeline: Memo<String>, name: Arc<str>) -> AnyView {
    let (described, java) = (name.clone(), name);
    view! {
        <Disclosure summary=say::describe()>
            {listing(session, "describe", say::kafkas_topology_describe(), move || {
                read(&pipeline.get(), |p| p.topology(&described).map(|t| t.describe()).map_err(|e| e.to_string()))
            })}
        </Disclosure>
        <Disclosure summary=say::show_as_java()>
            {listing(session, "java", say::the_same_in_java_for(), move || {
                read(&pipeline.get(), |p| p.to_java(&java).map_err(|e| e.to_string()))
            })}
        </Disclosure>
    }
    .into_any()
}

fn read(pipeline: &str, print: impl FnOnce(Pipeline) -> Result<String, String>) -> String {
    let printed = Pipeline::parse(pipeline).map_err(|error| error.to_string()).and_then(print);
    printed.unwrap_or_else(|why| why)
}

fn listing(
    session: Session,
    name: &'static str,
    label: &'static str,
    printed: impl Fn() -> String + Send + Sync + 'static,
) -> AnyView {
    let printed = Memo::new(move |_| printed());
    let copy = move |()| copy_text(session, printed.get_untracked(), say::copied());
    view! {
        <pre class="listing" tabindex="0" role="region" aria-label=label data-listing=name>{words(move || printed.get())}</pre>
        <div class="row"><Button label=say::copy() kind=ButtonKind::Quiet on_press=copy/></div>
    }
    .into_any()
}
