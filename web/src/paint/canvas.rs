//! The document's side: it holds the elements of the picture before, and brings them to the next one.

use super::{Motion, Node};
use millrace_model::{Map, Time};
use web_sys::{Document, Element};

/// Which language the elements belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Vector graphics.
    Svg,
    /// Text.
    Html,
}

impl Space {
    fn address(self) -> &'static str {
        match self {
            Space::Svg => "http://www.w3.org/2000/svg",
            Space::Html => "http://www.w3.org/1999/xhtml",
        }
    }
}

/// An element and what it was made for.
#[derive(Debug)]
struct Live {
    node: Node,
    element: Element,
    children: Vec<Live>,
}

/// The inside of one element.
#[derive(Debug)]
pub struct Canvas {
    document: Document,
    space: Space,
    root: Live,
    moving: Vec<(Element, Motion)>,
    is_still: bool,
}

impl Canvas {
    /// An empty picture inside `root`, which stays whoever made it.
    pub fn new(document: Document, root: Element, space: Space) -> Canvas {
        let root = Live { node: super::node(""), element: root, children: Vec::new() };
        Canvas { document, space, root, moving: Vec::new(), is_still: false }
    }

    /// Shows the next picture: the root's attributes and children become those of `next`.
    pub fn show(&mut self, next: Node) {
        let brush = Brush { document: &self.document, space: self.space };
        brush.patch(&mut self.root, next);
        self.moving.clear();
        collect(&self.root, &mut self.moving);
    }

    /// Whether the reader wishes things to stand still.
    pub fn keep_still(&mut self, is_still: bool) {
        self.is_still = is_still;
    }

    /// Puts what moves to where it is now.
    pub fn move_to(&self, now: Time) {
        for (element, motion) in &self.moving {
            let (name, value) = motion.at(now, self.is_still);
            put(element, name, &value);
            if self.is_still
                && let Some((name, value)) = motion.still()
            {
                put(element, name, &value);
            }
        }
    }
}

fn collect(live: &Live, moving: &mut Vec<(Element, Motion)>) {
    if let Some(motion) = &live.node.motion {
        moving.push((live.element.clone(), motion.clone()));
    }
    for child in &live.children {
        collect(child, moving);
    }
}

/// The document refuses only names that no element has; ours are written here.
fn put(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

struct Brush<'a> {
    document: &'a Document,
    space: Space,
}

impl Brush<'_> {
    fn make(&self, node: Node) -> Option<Live> {
        let element = self.document.create_element_ns(Some(self.space.address()), node.tag).ok()?;
        let mut live = Live { node: super::node(node.tag), element, children: Vec::new() };
        self.patch(&mut live, node);
        Some(live)
    }

    fn patch(&self, live: &mut Live, mut next: Node) {
        let old = &live.node;
        if old.attributes != next.attributes {
            for (name, value) in &next.attributes {
                if old.get(name) != Some(value) {
                    put(&live.element, name, value);
                }
            }
            for (name, _) in old.attributes.iter().filter(|(name, _)| next.get(name).is_none()) {
                let _ = live.element.remove_attribute(name);
            }
        }
        if old.text != next.text {
            live.element.set_text_content(next.text.as_deref());
        }
        let children = std::mem::take(&mut next.children);
        live.node = next;
        if !children.is_empty() || !live.children.is_empty() {
            self.patch_children(live, children);
        }
    }

    fn patch_children(&self, parent: &mut Live, next: Vec<Node>) {
        let old = std::mem::take(&mut parent.children);
        let is_same = |(live, node): (&Live, &Node)| live.node.tag == node.tag && live.node.key == node.key;
        if old.len() == next.len() && old.iter().zip(&next).all(is_same) {
            parent.children = old;
            for (live, node) in parent.children.iter_mut().zip(next) {
                self.patch(live, node);
            }
            return;
        }
        let mut known: Map<String, Live> = Map::new();
        let mut number = 0;
        for live in old {
            // Two of the same key would be a mistake of the picture; one of them stays.
            if let Some(twin) = known.insert(name(&live.node, &mut number), live) {
                twin.element.remove();
            }
        }
        // What goes, goes first: then the rest is mostly in order already.
        let mut number = 0;
        let names: Vec<String> = next.iter().map(|node| name(node, &mut number)).collect();
        let kept: Vec<Option<Live>> = names.iter().map(|name| known.remove(name)).collect();
        for live in known.values() {
            live.element.remove();
        }
        let mut before = parent.element.first_element_child();
        for (live, node) in kept.into_iter().zip(next) {
            let live = match live {
                Some(mut live) => {
                    self.patch(&mut live, node);
                    Some(live)
                }
                None => self.make(node),
            };
            let Some(live) = live else { continue };
            if before.as_ref() == Some(&live.element) {
                before = live.element.next_element_sibling();
            } else {
                // Refused only for a parent of its own child, which a tree cannot have.
                let _ = parent.element.insert_before(&live.element, before.as_deref());
            }
            parent.children.push(live);
        }
    }
}

/// What a node is known by among its siblings.
fn name(node: &Node, number: &mut usize) -> String {
    match &node.key {
        Some(key) => format!("{}={key}", node.tag),
        None => {
            *number += 1;
            format!("{}#{number}", node.tag)
        }
    }
}
