//! How a consumer joins its group: whose client it is, the group's protocol and assignor, static membership. Everything is
//! Kafka's default until it is chosen.

use crate::session::{STRATEGIES, Session, set_strategy};
use crate::ui::{Check, Choice, Disclosure};
use leptos::prelude::*;
use millrace_client::listener::ClientProfile;
use millrace_model::config::consumer::GroupProtocol;
use millrace_model::{GroupId, TopicName};
use millrace_sim::{AppConfig, Command, OwnSettings};
use millrace_words::{Say, controls as say};

/// The value of what is left as it is.
const USUAL: &str = "";
const CLIENTS: [(&str, Say); 4] = [
    ("spring", say::spring_spring_kafkas_listener_container),
    ("java", say::java_a_poll_loop_around),
    ("java-848", say::java_848_the_same_consumer),
    ("librdkafka", say::librdkafka_c_python_go_net),
];

/// What was chosen.
#[derive(Clone, Copy)]
pub struct Joining {
    client: RwSignal<String>,
    strategy: RwSignal<String>,
    is_static: RwSignal<bool>,
}

impl Joining {
    /// Kafka's defaults.
    pub fn new() -> Joining {
        Joining {
            client: RwSignal::new("spring".to_owned()),
            strategy: RwSignal::new(USUAL.to_owned()),
            is_static: RwSignal::new(false),
        }
    }

    /// Starts a group.
    pub fn start(self, session: Session, group: &GroupId, topic: TopicName) -> bool {
        let mut app = AppConfig::new(group.clone(), vec![topic], session.setup().profile);
        app.client = match self.client.get_untracked().as_str() {
            "java" => ClientProfile::Java,
            "java-848" => {
                app.consumer.group_protocol = GroupProtocol::Consumer;
                ClientProfile::Java
            }
            "librdkafka" => ClientProfile::Librdkafka,
            _ => ClientProfile::Spring,
        };
        let strategy = self.strategy.get_untracked();
        if strategy != USUAL {
            set_strategy(&mut app.consumer, &strategy);
        }
        // Each instance makes it its own by its name.
        app.consumer.group_instance_id = self.is_static.get_untracked().then(|| group.to_string().into());
        session.dispatch(Command::StartApp { app: Box::new(app), instances: 1 })
    }

    /// Adds an instance to a group.
    pub fn add(self, session: Session, group: &GroupId) -> bool {
        let strategy = self.strategy.get_untracked();
        let is_static = self.is_static.get_untracked();
        if strategy == USUAL && !is_static {
            return session.dispatch(Command::AddInstance { group: group.clone(), name: None, own: None });
        }
        // What is an instance's own is taken as it is: its `group.instance.id` needs its name.
        let names = session.roster.with_untracked(|roster| {
            let members = roster.app(group.as_str()).map(|app| app.members.iter().map(|m| m.name.clone()));
            members.into_iter().flatten().collect::<Vec<_>>()
        });
        let name =
            (1..=names.len() + 1).map(|n| format!("c{n}")).find(|name| !names.iter().any(|n| **n == **name));
        let mut consumer = session.with(|timeline| {
            timeline.world().apps().get(group.as_str()).map(|app| app.config.consumer.clone())
        });
        if let (Some(consumer), Some(name)) = (&mut consumer, &name) {
            if strategy != USUAL {
                set_strategy(consumer, &strategy);
            }
            if is_static || consumer.group_instance_id.is_some() {
                consumer.group_instance_id = Some(format!("{group}-{name}").into());
            }
        }
        let own = Some(Box::new(OwnSettings { subscribed: None, consumer }));
        session.dispatch(Command::AddInstance { group: group.clone(), name: name.map(Into::into), own })
    }

    /// The choices, below a line that opens them.
    pub fn fields(self, is_new: bool) -> AnyView {
        let client = move || {
            let options = CLIENTS.map(|(value, text)| (value.to_owned(), text().to_owned())).to_vec();
            view! { <Choice label=say::client() options=options value=self.client on_change=move |chosen| self.client.set(chosen)/> }
        };
        let usual = match is_new {
            true => say::kafkas_default_range_cooperative_sticky(),
            false => say::as_the_groups_other_members(),
        };
        let strategies = STRATEGIES.map(|(value, text)| (value.to_owned(), text.to_owned()));
        let strategies: Vec<_> =
            [(USUAL.to_owned(), usual.to_owned())].into_iter().chain(strategies).collect();
        view! {
            <Disclosure summary=say::how_it_joins().to_owned()>
                {is_new.then(client)}
                <Choice label="partition.assignment.strategy, group.protocol" options=strategies value=self.strategy on_change=move |chosen| self.strategy.set(chosen)/>
                <Check label=say::group_instance_id_a_static() value=self.is_static/>
            </Disclosure>
        }
        .into_any()
    }
}
