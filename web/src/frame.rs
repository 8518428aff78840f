//! The page's grid: header, controls, stage, inspector, time bar; on a phone one of them at a time above the time bar.
//! Also what the page asks of the browser as a whole: its width, its theme, the wish for reduced motion.

use crate::grown;
use crate::lean::part;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Icon, Toast, icon};
use leptos::html;
use leptos::prelude::*;
use millrace_view::Viewport;
use millrace_words::frame as say;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{ResizeObserver, ResizeObserverEntry};

/// From this width down the stage is a list.
pub const PHONE: &str = "(max-width: 640px)";
const THEME: &str = "millrace.theme";

/// What a phone shows above its time bar. On wider screens all of them have their place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sheet {
    /// The stage as a list.
    #[default]
    Stage,
    /// The controls.
    Controls,
    /// The inspector.
    Inspector,
    /// The text log.
    Log,
    /// The lesson that is open.
    Lesson,
}

impl Sheet {
    /// What the root's `data-sheet` says.
    fn word(self) -> &'static str {
        match self {
            Sheet::Stage => "stage",
            Sheet::Controls => "controls",
            Sheet::Inspector => "inspector",
            Sheet::Log => "log",
            Sheet::Lesson => "lesson",
        }
    }
}

/// What panels may ask of the frame, from the context.
#[derive(Clone, Copy)]
pub struct FrameState {
    /// Which sheet a phone shows; setting it does nothing on wider screens.
    pub sheet: RwSignal<Sheet>,
    /// True on a phone.
    pub is_phone: Signal<bool>,
}

impl FrameState {
    /// Makes the state and puts it into the context.
    pub fn provide() -> FrameState {
        FrameState::provide_for(PHONE)
    }

    /// The same where something else than [`PHONE`] says that there is little room: a widget in a column of a page.
    pub fn provide_for(phone: &str) -> FrameState {
        let state = FrameState { sheet: RwSignal::new(Sheet::Stage), is_phone: media(phone) };
        provide_context(state);
        state
    }
}

/// The grid. Each slot is a view that is built once.
#[component]
pub fn Frame(
    /// Right of the mark: the scene's name, menus.
    header: AnyView,
    /// What to do: produce, groups, failures.
    controls: AnyView,
    /// The desk of a lesson; in the place of the controls, on a phone a sheet.
    lesson: AnyView,
    /// The stage; [`StageSlot`] as a rule.
    stage: AnyView,
    /// What is selected, and why.
    inspector: AnyView,
    /// The text log; below the stage, on a phone a sheet.
    log: AnyView,
    /// The console; over the stage, on a phone over everything but the time bar.
    console: AnyView,
    /// Transport, scrubber, branches.
    timebar: AnyView,
) -> AnyView {
    let state = use_context::<FrameState>().unwrap_or_else(FrameState::provide);
    view! {
        <div class="frame" data-sheet=move || state.sheet.get().word()>
            <a class="skip" href="#stage" on:click=skip>{say::skip_to_the_stage()}</a>
            <header class="top">
                <h1>{logo()} <span class="wordmark">"millrace"</span></h1>
                {header}
                <ThemeToggle/>
                <crate::language::LanguageSwitch/>
            </header>
            <section class="controls" aria-label=say::controls()>{controls}</section>
            {lesson}
            <main class="stage-slot" id="stage" tabindex="-1">
                {stage}
                <section class="log" aria-label=say::log()>{log}</section>
            </main>
            <aside class="inspector" aria-label=say::inspector() tabindex="0">{inspector}</aside>
            <Tabs/>
            {console}
            <footer class="timebar" aria-label=say::time()>{timebar}</footer>
            <Toast/>
        </div>
    }
    .into_any()
}

/// A link to a place on the page would change the address, which holds the page's own state.
fn skip(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    let stage = document().get_element_by_id("stage");
    if let Some(stage) = stage.and_then(|stage| stage.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = stage.focus();
    }
}

/// Two waves of the race.
fn logo() -> AnyView {
    view! {
        <svg class="logo" viewBox="0 0 32 24" aria-hidden="true">
            <path class="near" d="M3 8c4.3-6 8.7-6 13 0s8.7 6 13 0"></path>
            <path class="far" d="M3 17c4.3-6 8.7-6 13 0s8.7 6 13 0"></path>
        </svg>
    }
    .into_any()
}

/// A phone's tabs.
#[component]
fn Tabs() -> AnyView {
    let state = use_context::<FrameState>().unwrap_or_else(FrameState::provide);
    let session = use_context::<Session>();
    let go = move |sheet: Sheet| {
        state.sheet.set(sheet);
        // A word about the sheet that is left has been read; a refusal stays until it is put away.
        let is_word =
            |session: &Session| session.notice.with_untracked(|n| n.as_ref().is_some_and(|n| !n.is_error));
        if let Some(session) = session.filter(is_word) {
            session.notice.set(None);
        }
    };
    let tab = move |sheet: Sheet, picture: Icon, name: &'static str| {
        let is_it = move || state.sheet.get() == sheet;
        view! {
            <button
                type="button"
                class="tab"
                aria-current=move || is_it().then_some("page")
                on:click=move |_| go(sheet)
            >
                {icon(picture)} {name}
            </button>
        }
    };
    view! {
        <nav class="tabs" aria-label=say::views()>
            {lesson_tab(move || tab(Sheet::Lesson, Icon::Open, millrace_words::lesson::tab()).into_any())}
            {tab(Sheet::Stage, Icon::Stage, say::tab_stage())}
            {tab(Sheet::Controls, Icon::Send, say::tab_controls())}
            {tab(Sheet::Inspector, Icon::Why, say::tab_inspector())}
            {tab(Sheet::Log, Icon::Log, say::tab_log())}
        </nav>
    }
    .into_any()
}

/// A lesson has a tab while it is open.
fn lesson_tab(tab: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let lessons = use_context::<crate::lesson::Lessons>();
    crate::lean::maybe(move || lessons.is_some_and(|l| l.open.with(Option::is_some)).then(&tab))
}

/// The stage in its slot: as SVG, as wide as the slot; or as a list on a phone. It tells the session how wide it is.
#[component]
pub fn StageSlot() -> AnyView {
    let session = expect_context::<Session>();
    let state = use_context::<FrameState>().unwrap_or_else(FrameState::provide);
    let slot = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(slot) = slot.get() {
            grown::at_last(move || watch(session, &slot));
        }
    });
    let stage = move || {
        if state.is_phone.get() {
            view! { <crate::phone::Phone/> }.into_any()
        } else {
            view! { <crate::stage::Stage/> }.into_any()
        }
    };
    let drawn = move || {
        // Drawn at once as wide as it will be.
        if let Some(slot) = slot.get_untracked() {
            adopt(session, slot.client_width() as f32);
        }
        part(move || stage().into_any())
    };
    view! { <div class="stage-room" node_ref=slot>{grown::part(drawn)}</div> }.into_any()
}

/// Draws for a slot of that width. A slot that is not shown has none; that is no reason to draw for none.
fn adopt(session: Session, width: f32) {
    let viewport = viewport(width);
    if width > 0.0 && session.viewport.get_untracked() != viewport {
        session.viewport.set(viewport);
        session.refresh();
    }
}

/// Keeps the session's width at the slot's.
fn watch(session: Session, slot: &web_sys::Element) {
    let seen = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let Ok(entry) = entries.get(0).dyn_into::<ResizeObserverEntry>() else { return };
        adopt(session, entry.content_rect().width() as f32);
    });
    if let Ok(observer) = ResizeObserver::new(seen.as_ref().unchecked_ref()) {
        observer.observe(slot);
        let kept = StoredValue::new_local((observer, seen));
        on_cleanup(move || {
            // Gone already: then nothing is observed any more either.
            let _ = kept.try_with_value(|(observer, _)| observer.disconnect());
        });
    }
}

/// Whether the main pointer is a finger.
pub fn is_touch() -> bool {
    holds("(pointer: coarse)")
}

/// A stage of that width. A phone shows a list, whose lines are high enough: it gets the fuller lanes of a mouse.
pub fn viewport(width: f32) -> Viewport {
    Viewport { width, is_touch: is_touch() && !holds(PHONE) }
}

fn holds(query: &str) -> bool {
    let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    list.is_some_and(|list| list.matches())
}

/// Whether a media query holds, followed as long as the page lives.
pub fn media(query: &str) -> Signal<bool> {
    let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    let holds = RwSignal::new(list.as_ref().is_some_and(web_sys::MediaQueryList::matches));
    if let Some(list) = list {
        let same = list.clone();
        let changed = Closure::<dyn FnMut()>::new(move || {
            let _ = holds.try_set(same.matches());
        });
        list.set_onchange(Some(changed.as_ref().unchecked_ref()));
        changed.forget();
        // The browser may collect a list that nobody holds, and its listener with it.
        std::mem::forget(list);
    }
    holds.into()
}

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Auto,
    Light,
    Dark,
}

impl Theme {
    fn word(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    fn next(self) -> Theme {
        match self {
            Theme::Auto => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Auto,
        }
    }

    fn recall() -> Theme {
        let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
        match storage.and_then(|storage| storage.get_item(THEME).ok().flatten()).as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::Auto,
        }
    }

    fn apply(self) {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", self.word());
        }
    }

    fn remember(self) {
        if let Some(storage) = web_sys::window().and_then(|window| window.local_storage().ok().flatten()) {
            // Without storage the choice lasts until the page is left.
            let _ = storage.set_item(THEME, self.word());
        }
    }
}

/// Marks the whole page while something is open that others make room for. `:has()` would say the same, and have the
/// browser look for it with every change of the stage: a frame then took 33 ms instead of 17.
pub fn mark(name: &str, is_open: bool) {
    if let Some(root) = document().document_element() {
        let _ = if is_open { root.set_attribute(name, "") } else { root.remove_attribute(name) };
    }
}

/// Applies the theme that was chosen last; call it before anything is drawn.
pub fn recall_theme() {
    Theme::recall().apply();
}

/// The button that goes through the themes.
#[component]
pub fn ThemeToggle() -> AnyView {
    let theme = RwSignal::new(Theme::recall());
    theme.get_untracked().apply();
    let picture = Signal::derive(move || match theme.get() {
        Theme::Auto => Icon::Auto,
        Theme::Light => Icon::Sun,
        Theme::Dark => Icon::Moon,
    });
    let label = Signal::derive(move || {
        match theme.get() {
            Theme::Auto => say::theme_auto(),
            Theme::Light => say::theme_light(),
            Theme::Dark => say::theme_dark(),
        }
        .to_owned()
    });
    let press = move |()| {
        let next = theme.get_untracked().next();
        next.apply();
        next.remember();
        theme.set(next);
    };
    view! { <Button label=label icon=picture bare=true kind=ButtonKind::Quiet on_press=press/> }.into_any()
}
