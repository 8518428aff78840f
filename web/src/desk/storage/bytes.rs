//! A batch byte for byte. A field is chosen in the list, a byte by its number or by a click; a byte that is changed shows what the
//! checksum is for.

use super::{choice, hex};
use crate::desk::frame::{Look, html_picture};
use crate::lean::{attr, each, item, maybe, text};
use crate::memo::Memo;
use crate::paint::node;
use crate::ui::{Button, ButtonKind, Choice, Field};
use leptos::prelude::*;
use millrace_model::{Offset, TopicPartition};
use millrace_view::desk::storage::bytes::{BatchBytes, Codec, Edit, Wish, bytes};
use millrace_view::desk::storage::{FieldView, Group};
use millrace_words::storage as say;
use std::sync::Arc;
use wasm_bindgen::JsCast;

type Seen = Memo<Option<Arc<BatchBytes>>>;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let session = look.session;
    let partition = RwSignal::new(None::<TopicPartition>);
    let batch = RwSignal::new(None::<Offset>);
    let codec = RwSignal::new(None::<Codec>);
    let edit = RwSignal::new(None::<Edit>);
    let selected = RwSignal::new(0_usize);
    let seen: Seen = Memo::new(move |was: Option<&Option<Arc<BatchBytes>>>| {
        if !look.is_due() {
            return was.cloned().flatten();
        }
        let wish =
            Wish { partition: partition.get(), batch: batch.get(), codec: codec.get(), edit: edit.get() };
        session.with(|timeline| bytes(timeline, &wish)).map(Arc::new)
    });
    // Another batch, other bytes: what was changed stays with the one that it was changed in.
    let forget = move || {
        edit.set(None);
        selected.set(0);
    };
    let all =
        Memo::new(move |_| seen.with(|of| of.as_ref().map(|of| of.partitions.clone())).unwrap_or_default());
    let shown = Memo::new(move |_| {
        seen.with(|of| of.as_ref().map(|of| of.partition.to_string())).unwrap_or_default()
    });
    Effect::new(move |was: Option<String>| {
        let now = shown.get();
        if was.is_some_and(|was| was != now) {
            batch.set(None);
            forget();
        }
        now
    });
    let columns = move || if crate::frame::media("(max-width: 640px)").get() { 8 } else { 16 };
    let picture = html_picture(move || {
        let (at, columns) = (selected.get(), columns());
        seen.with(|of| of.as_ref().map(|of| hex::drawn(of, at, columns)))
    });
    let pick = move |event: leptos::ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let at = target.and_then(|target| target.get_attribute("data-at")?.parse().ok());
        if let Some(at) = at {
            selected.set(at);
        }
    };
    let is_empty = Memo::new(move |_| seen.with(Option::is_none));
    view! {
        <div class="desk-form bytes-wish">{choice(all, shown, partition)} {batches(seen, batch, forget)} {codecs_choice(seen, codec, forget)}</div>
        <p class="dim">{text(move || seen.with(|of| of.as_ref().map(|of| of.detail.clone())).unwrap_or_default())}</p>
        {maybe(move || is_empty.get().then(|| view! { <p class="dim">{say::nothing_yet()}</p> }.into_any()))}
        {verdict(seen)}
        <div class="bytes">
            <div class="bytes-hex">
                <div class="hex-box" role="group" tabindex="0" aria-label=say::hex_of_batch() on:click=pick>{picture}</div>
                {groups()}
            </div>
            <div class="bytes-side">
                {change(session, seen, selected, edit)}
                {packed(seen)}
            </div>
        </div>
        {fields(seen, selected)}
    }
    .into_any()
}

/// Which batch.
fn batches(
    seen: Seen,
    batch: RwSignal<Option<Offset>>,
    forget: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let options = Signal::derive(move || {
        let of = |of: &Arc<BatchBytes>| {
            of.batches.iter().map(|one| (one.base_offset.to_string(), one.label.clone())).collect::<Vec<_>>()
        };
        seen.with(|seen| seen.as_ref().map(of)).unwrap_or_default()
    });
    let value = Signal::derive(move || {
        seen.with(|of| of.as_ref().map(|of| of.base_offset.to_string())).unwrap_or_default()
    });
    let choose = move |name: String| {
        batch.set(name.parse().ok().map(Offset));
        forget();
    };
    view! { <Choice label=say::batch() options=options value=value on_change=choose/> }.into_any()
}

/// Packed by which codec.
fn codecs_choice(
    seen: Seen,
    codec: RwSignal<Option<Codec>>,
    forget: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let options = Signal::derive(move || {
        let of = |of: &Arc<BatchBytes>| {
            let name = |codec: Codec| (codec.name().to_owned(), codec.name().to_owned());
            of.packed.iter().map(|packed| name(packed.codec)).collect::<Vec<_>>()
        };
        seen.with(|seen| seen.as_ref().map(of)).unwrap_or_default()
    });
    let value = Signal::derive(move || {
        seen.with(|of| of.as_ref().map(|of| of.codec.name().to_owned())).unwrap_or_default()
    });
    let choose = move |name: String| {
        codec.set(Codec::for_name(&name));
        forget();
    };
    view! { <Choice label=say::which_codec() options=options value=value on_change=choose/> }.into_any()
}

/// The checksum, and what a reader comes to.
fn verdict(seen: Seen) -> AnyView {
    let class = attr(move || {
        match seen.with(|of| of.as_ref().is_none_or(|of| of.crc.agrees())) {
            true => "verdict is-true",
            false => "verdict is-wrong",
        }
        .to_owned()
    });
    let crc = text(move || seen.with(|of| of.as_ref().map(|of| of.crc.says.clone())).unwrap_or_default());
    let reads = text(move || {
        let of = |of: &Arc<BatchBytes>| match &of.problem {
            Some(problem) => say::in_kafka(&problem),
            None => say::all_well().to_owned(),
        };
        seen.with(|seen| seen.as_ref().map(of)).unwrap_or_default()
    });
    view! { <p class="counted bytes-verdict" aria-live="polite"><strong class=class>{crc}</strong> <span class="dim">{reads}</span></p> }
        .into_any()
}

/// What the colours mean.
fn groups() -> AnyView {
    let one = |group: &Group| {
        let class = ["sample ", hex::class(*group)].concat();
        view! { <span class="sign-of"><span class=class></span> " " {group.word()} " "</span> }.into_any()
    };
    let all: Vec<_> = Group::ALL.iter().map(one).collect();
    view! { <p class="desk-legend dim">{all}</p> }.into_any()
}

/// One byte is changed.
fn change(
    session: crate::session::Session,
    seen: Seen,
    selected: RwSignal<usize>,
    edit: RwSignal<Option<Edit>>,
) -> AnyView {
    let (at, value) = (RwSignal::new("0".to_owned()), RwSignal::new(String::new()));
    // What is selected stands in the fields.
    Effect::new(move |_| {
        let selected = selected.get();
        at.set(selected.to_string());
        let byte = seen.with(|of| of.as_ref().and_then(|of| of.bytes.get(selected).copied()));
        value.set(byte.map(|byte| format!("{byte:02x}")).unwrap_or_default());
    });
    let chosen = move |text: String| match text.trim().parse::<usize>() {
        Ok(n) if seen.with_untracked(|of| of.as_ref().is_some_and(|of| n < of.bytes.len())) => {
            selected.set(n)
        }
        _ => {
            let last = seen.with_untracked(|of| of.as_ref().map_or(0, |of| of.bytes.len().saturating_sub(1)));
            session.refuse(say::no_such_byte(&last));
        }
    };
    let put = move |byte: u8| edit.set(Some(Edit { at: selected.get_untracked(), byte }));
    let change = move |()| match u8::from_str_radix(value.get_untracked().trim(), 16) {
        Ok(byte) => put(byte),
        Err(_) => session.refuse(say::no_such_value()),
    };
    let flip = move |()| {
        let at = selected.get_untracked();
        if let Some(byte) = seen.with_untracked(|of| of.as_ref().and_then(|of| of.bytes.get(at).copied())) {
            put(byte ^ 1);
        }
    };
    let is_whole = Signal::derive(move || edit.with(Option::is_none));
    let field = text(move || {
        let at = selected.get();
        let of = |of: &Arc<BatchBytes>| {
            let field = of.fields.iter().find(|field| field.range.contains(&at));
            field.map(|field| [field.name, ": ", field.meaning].concat())
        };
        seen.with(|seen| seen.as_ref().and_then(of)).unwrap_or_default()
    });
    view! {
        <section class="bytes-change" aria-label=say::change_a_byte()>
            <h2>{say::change_a_byte()}</h2>
            <div class="desk-form">
                <Field label=say::byte_number() value=at on_change=chosen keyboard="numeric"/>
                <Field label=say::as_hex() value=value on_enter=change/>
            </div>
            <p class="dim">{field}</p>
            <div class="row">
                <Button label=say::change_it() on_press=change/>
                <Button label=say::flip_a_bit() on_press=flip/>
                <Button label=say::as_it_was() kind=ButtonKind::Quiet disabled=is_whole on_press=move |()| edit.set(None)/>
            </div>
        </section>
    }
    .into_any()
}

/// What each codec makes of the batch.
fn packed(seen: Seen) -> AnyView {
    let draw = move || {
        let of = seen.get()?;
        let largest = of.packed.iter().map(|packed| packed.share).max().unwrap_or(1_000).max(1);
        let line = |packed: &millrace_view::desk::storage::bytes::Packed| {
            let share = packed.share.saturating_mul(1_000) / largest;
            let says = match (packed.codec, packed.share) {
                (Codec::None, _) => String::new(),
                (_, 1_000..) => say::codec_grows().to_owned(),
                _ => say::codec_ratio(&packed.ratio),
            };
            node("li")
                .key(packed.codec.name().to_owned())
                .set("data-codec", packed.codec.name().to_owned())
                .child(node("span").is("class", "mono").text(packed.codec.name().to_owned()))
                .child(
                    node("span").is("class", "track").is("aria-hidden", "true").child(
                        node("span")
                            .is("class", "fill")
                            .set("style", format!("width:{}.{}%", share / 10, share % 10)),
                    ),
                )
                .child(node("span").is("class", "number").text(say::codec_size(&packed.size)))
                .child(node("span").is("class", "dim").text(says))
        };
        Some(node("ul").is("class", "codecs").children(of.packed.iter().map(line).collect()))
    };
    view! { <section class="bytes-packed" aria-label=say::codecs()><h2>{say::codecs()}</h2> {html_picture(draw)}</section> }.into_any()
}

/// Every field as a button that shows its bytes.
fn fields(seen: Seen, selected: RwSignal<usize>) -> AnyView {
    let all = Memo::new(move |_| seen.with(|of| of.as_ref().map(|of| of.fields.clone())).unwrap_or_default());
    let rows = each(move || {
        let one = |field: FieldView| {
            let key = format!("{} {} {} {}", field.range.start, field.range.end, field.name, field.value);
            item(key, move || row(&field, selected))
        };
        all.get().into_iter().map(one).collect()
    });
    view! { <ol class="byte-fields">{rows}</ol> }.into_any()
}

fn row(field: &FieldView, selected: RwSignal<usize>) -> AnyView {
    let range = field.range.clone();
    let start = range.start;
    let is_it = range.clone();
    let pressed = attr(move || is_it.contains(&selected.get()).to_string());
    let place = match range.len() {
        1 => range.start.to_string(),
        _ => format!("{}–{}", range.start, range.end.saturating_sub(1)),
    };
    let class = ["sample ", hex::class(field.group)].concat();
    let record = field.record.map(|n| say::record_number(&n)).unwrap_or_default();
    let (name, value, meaning) = (field.name, field.value.clone(), field.meaning);
    view! {
        <li>
            <button type="button" class="plain" aria-pressed=pressed on:click=move |_| selected.set(start)>
                <span class="number dim">{place}</span>
                <span class="mono"><span class=class></span> " " {name} " " <span class="dim record-number">{record}</span></span>
                <span class="mono byte-value">{value}</span>
                <span class="dim">{meaning}</span>
            </button>
        </li>
    }
    .into_any()
}
