//! Names of clients and members, as sentences call them.

use millrace_model::{GroupId, MemberId, Span};
use millrace_sim::node::Kind;
use millrace_sim::{Actor, NodeId, World};
use millrace_words::sentences as say;

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
        let Some(node) = self.world.node(id) else { return say::client(&id.0) };
        match &node.kind {
            Kind::Instance { group, .. } if self.world.apps().len() > 1 => format!("{group}/{}", node.name),
            Kind::Admin | Kind::Producer(_) | Kind::Instance { .. } | Kind::Streams(_) => {
                node.name.to_string()
            }
        }
    }

    /// Whether a client's process is there in that world.
    pub fn is_there(&self, actor: Actor) -> bool {
        let Actor::Node(id) = actor else { return true };
        self.world.node(id).is_some_and(|node| node.activity() != millrace_sim::node::Activity::Gone)
    }

    /// Who did something.
    pub fn actor(&self, actor: Actor) -> String {
        match actor {
            Actor::Learner => say::you_here().to_owned(),
            Actor::Broker(id) if self.world.quorum().is_some() && self.world.is_controller(id) => {
                format!("controller-{id}")
            }
            Actor::Broker(id) => say::broker(&id),
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
            _ if text.is_empty() => say::a_new_member().to_owned(),
            _ => self.consumer_member(id).unwrap_or_else(|| text.to_owned()),
        }
    }

    /// A member of the consumer protocol: its id says nothing, so whoever bears it is looked for.
    fn consumer_member(&self, id: &MemberId) -> Option<String> {
        let groups = self.world.brokers().flat_map(|broker| broker.groups());
        let mut members = groups.filter_map(|group| group.consumer()?.member(id.as_str()));
        if let Some(member) = members.next() {
            return Some(member.subscription.client_id.to_string());
        }
        let mut consumers = self.world.nodes().flat_map(|(_, node)| match &node.kind {
            Kind::Instance { instance, .. } => {
                instance.containers().map(|(_, container)| container.consumer()).collect()
            }
            Kind::Streams(streams) => vec![streams.consumer()],
            Kind::Admin | Kind::Producer(_) => Vec::new(),
        });
        consumers.find(|consumer| consumer.member_id() == id).map(|consumer| consumer.client_id().to_string())
    }

    /// True of an instance that speaks the consumer protocol: it has epochs where others have generations.
    pub fn has_epochs(&self, actor: Actor) -> bool {
        let Actor::Node(id) = actor else { return false };
        match self.world.node(id).map(|node| &node.kind) {
            Some(Kind::Instance { instance, .. }) => instance
                .containers()
                .next()
                .is_some_and(|(_, container)| container.consumer().membership_state().is_some()),
            Some(Kind::Admin | Kind::Producer(_) | Kind::Streams(_)) | None => false,
        }
    }

    /// A text of the coordinator's with the ids of the group's members as their names.
    pub fn in_words(&self, group: &GroupId, text: &str) -> String {
        let known = self.world.group(group.as_str()).and_then(|group| group.consumer());
        let named = text.split(' ').map(|word| {
            let (word, colon) = word.strip_suffix(':').map_or((word, ""), |word| (word, ":"));
            let is_id = known.is_some_and(|group| group.member(word).is_some()) || word.len() == 22;
            if is_id { self.member(&MemberId::new(word)) + colon } else { format!("{word}{colon}") }
        });
        named.collect::<Vec<_>>().join(" ")
    }

    /// `session.timeout.ms` of a group's members, as its application sets it.
    pub fn session_timeout(&self, group: &GroupId) -> Option<Span> {
        let mut apps = self.world.apps().iter();
        let app = apps.find(|(id, _)| group.as_str().starts_with(id.as_str()))?.1;
        Some(app.config.consumer.session_timeout)
    }
}
