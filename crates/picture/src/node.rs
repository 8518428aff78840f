//! A piece of the picture as data.

use crate::motion::Motion;
use std::borrow::Cow;

/// An element: its attributes, its text, what is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The element's name.
    pub tag: &'static str,
    /// Who it is among its siblings while they come and go; siblings without a key are known by their order.
    pub key: Option<String>,
    /// Names and values, in the order in which they were given.
    pub attributes: Vec<(&'static str, Cow<'static, str>)>,
    /// What stands in it, if no elements do.
    pub text: Option<String>,
    /// What is in it, from below to above.
    pub children: Vec<Node>,
    /// What of it follows the playhead.
    pub motion: Option<Motion>,
}

/// An element without anything.
pub fn node(tag: &'static str) -> Node {
    Node { tag, key: None, attributes: Vec::new(), text: None, children: Vec::new(), motion: None }
}

impl Node {
    /// With an attribute that never differs.
    pub fn is(mut self, name: &'static str, value: &'static str) -> Node {
        self.attributes.push((name, Cow::Borrowed(value)));
        self
    }

    /// With an attribute.
    pub fn set(mut self, name: &'static str, value: String) -> Node {
        self.attributes.push((name, Cow::Owned(value)));
        self
    }

    /// With a key.
    pub fn key(mut self, key: String) -> Node {
        self.key = Some(key);
        self
    }

    /// With text instead of children.
    pub fn text(mut self, text: String) -> Node {
        self.text = Some(text);
        self
    }

    /// With one more child.
    pub fn child(mut self, child: Node) -> Node {
        self.children.push(child);
        self
    }

    /// With one more child, if there is one.
    pub fn maybe(mut self, child: Option<Node>) -> Node {
        self.children.extend(child);
        self
    }

    /// With more children.
    pub fn children(mut self, mut children: Vec<Node>) -> Node {
        self.children.append(&mut children);
        self
    }

    /// With something that follows the playhead.
    pub fn moving(mut self, motion: Motion) -> Node {
        self.motion = Some(motion);
        self
    }

    /// As a button that arrow keys reach, with its name. Its text, if any, stands beside it and is hidden from a screen
    /// reader: a letter and a number are no name.
    pub fn button(self, label: String) -> Node {
        self.is("role", "button").is("tabindex", "-1").set("aria-label", label)
    }

    /// The same, reached by the Tab key.
    pub fn stop(self, label: String) -> Node {
        self.is("role", "button").is("tabindex", "0").set("aria-label", label)
    }

    /// The same as a mere picture: nothing in it can be pressed, or has a name of its own.
    #[must_use]
    pub fn mute(mut self) -> Node {
        self.attributes.retain(|(name, _)| !["role", "tabindex", "aria-label"].contains(name));
        self.children = self.children.into_iter().map(Node::mute).collect();
        self
    }

    /// Everything in it of which `wanted` is true, itself included; for tests.
    pub fn find(&self, wanted: &dyn Fn(&Node) -> bool) -> Vec<&Node> {
        let mut found: Vec<&Node> = if wanted(self) { vec![self] } else { Vec::new() };
        for child in &self.children {
            found.append(&mut child.find(wanted));
        }
        found
    }

    /// An attribute's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_ref())
    }
}
