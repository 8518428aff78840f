//! Names of clients and members, as sentences call them.

use millrace_model::{GroupId, MemberId, Span};
use millrace_sim::node::Kind;
use millrace_sim::{Actor, NodeId, World};

/// Names, looked up in a world.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    world: &'a World,
}

impl<'a> Names<'a> {
    /// The names of a world. Numbers of clients are never given twice, so that any later world of a branch knows the
    /// names of all its entries.
    pub fn of(world: &'a World) -> Names<'a> {
        Names { world }
    }

    /// The world.
    pub fn world(&self) -> &'a World {
        self.world
    }

    /// `checkout`; an instance of an application as `c1`, or as `billing/c1` where there are several applications.
    pub fn node(&self, id: NodeId) -> String {
        let Some(node) = self.world.node(id) else { return format!("client {}", id.0) };
        match &node.kind {
            Kind::Instance { group, .. } if self.world.apps().len() > 1 => format!("{group}/{}", node.name),
            Kind::Admin | Kind::Producer(_) | Kind::Instance { .. } | Kind::Streams(_) => {
                node.name.to_string()
            }
        }
    }

    /// Who did something.
    pub fn actor(&self, actor: Actor) -> String {
        match actor {
            Actor::Learner => "You".to_owned(),
            Actor::Broker(id) => format!("broker {id}"),
            Actor::Node(id) => self.node(id),
        }
    }

    /// A member by its `client.id`: the id that the coordinator gives is that and a random part.
    pub fn member(&self, id: &MemberId) -> String {
        let text = id.as_str();
        let uuid = 36;
        let name = text.len().checked_sub(uuid + 1).and_then(|end| text.get(..end));
        match name {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ if text.is_empty() => "a new member".to_owned(),
            _ => text.to_owned(),
        }
    }

    /// `session.timeout.ms` of a group's members, as its application sets it.
    pub fn session_timeout(&self, group: &GroupId) -> Option<Span> {
        let mut apps = self.world.apps().iter();
        let app = apps.find(|(id, _)| group.as_str().starts_with(id.as_str()))?.1;
        Some(app.config.consumer.session_timeout)
    }
}
