//! The page, put together.

use crate::console::{Console, console};
use crate::controls::{Controls, same_as_here};
use crate::frame::{Frame, FrameState, StageSlot};
use crate::gallery::{Gallery, Welcome, begin};
use crate::groups::Dock;
use crate::grown;
use crate::inspector::Inspector;
use crate::keys::{self, Help, KeyHelp};
use crate::lesson::{self, Lessons};
use crate::log::Log;
use crate::session::{Session, keep, start_clock};
use crate::timebar::TimeBar;
use leptos::prelude::*;

/// The stage's width until it has been measured, in CSS pixels.
const WIDTH: f32 = 900.0;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let (session, is_first) = begin(WIDTH);
    provide_context(session);
    let frame = FrameState::provide();
    let help = Help(RwSignal::new(false));
    provide_context(help);
    let switch = Console(RwSignal::new(false));
    provide_context(switch);
    let lessons = Lessons::begin();
    provide_context(lessons);
    keys::listen(session, help, switch, frame);
    keep::guard(session);
    grown::at_last(move || start_clock(session));
    let welcome = Welcome::new(session, frame, lessons, is_first && !lesson::is_in_address());
    grown::part(move || put_together(session, lessons, switch, welcome))
}

/// Everything in its place.
fn put_together(session: Session, lessons: Lessons, switch: Console, welcome: Welcome) -> AnyView {
    let stage = view! {
        {welcome.card(true)}
        {grown::part(|| view! { <StageSlot/> }.into_any())}
        {grown::part(|| view! { <Dock/> }.into_any())}
    };
    let inspector = view! {
        {welcome.card(false)}
        {same_as_here(session)}
        {grown::part(|| view! { <Inspector/> }.into_any())}
    };
    view! {
        <Frame
            header=grown::part(|| view! { <Gallery/> }.into_any())
            controls=view! { <Controls/> }.into_any()
            lesson=lesson::place(session, lessons)
            stage=stage.into_any()
            inspector=inspector.into_any()
            log=grown::part(|| view! { <Log/> }.into_any())
            console=console(session, switch)
            timebar=grown::part(|| view! { <TimeBar/> }.into_any())
        />
        <KeyHelp/>
    }
    .into_any()
}
