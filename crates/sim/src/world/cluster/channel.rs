//! A broker's way to the active one of several controllers (`NodeToControllerChannelManager`): what is asked while none is
//! known waits, what was asked of one that is gone or is not the active one is asked again, and each waits only so long.
//!
//! A broker hears of a new active controller from that one itself; in Kafka it asks the voters.

use super::{PeerFlight, PeerPayload};
use crate::trace::{EntryId, Recorder};
use crate::world::World;
use millrace_broker::{self as broker, CONTROLLER, Call};
use millrace_model::protocol::MetadataDelta;
use millrace_model::{BrokerId, Request, Response, Span, Time};

/// How long a client's request waits in the channel (`BrokerServer`: `forwarding`).
const FORWARDING_TIMEOUT: Span = Span::from_secs(60);

/// See the module.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Channel {
    /// Whom it takes for the active controller, and under which epoch.
    known: Option<BrokerId>,
    epoch: u32,
    open: Vec<Open>,
}

/// A request that is not answered yet.
#[derive(Clone, Debug, Hash)]
struct Open {
    call: Call,
    request: Request,
    /// When it is given up.
    until: Option<Time>,
    /// Whom it was sent to; none while it waits.
    sent_to: Option<BrokerId>,
    cause: Option<EntryId>,
}

impl Channel {
    /// When the first of them is given up.
    pub(super) fn next_timer(&self) -> Option<Time> {
        self.open.iter().filter_map(|open| open.until).min()
    }

    /// Whether it replaces an earlier one: a broker has one registration, heartbeat, proposal at a time, and creates a topic that
    /// is missing once.
    fn replaces(open: &Open, call: Call, request: &Request) -> bool {
        open.call == call && (call != Call::CreateTopic || open.request == *request)
    }
}

impl World {
    /// What a broker asks of the active controller.
    pub(super) fn ask_active_controller(
        &mut self,
        from: BrokerId,
        (call, request): (Call, Request),
        cause: Option<EntryId>,
        recorder: &mut Recorder,
    ) {
        let session = self.controller().map_or(Span::ZERO, |c| c.config().broker_session_timeout);
        let patience = match call {
            Call::Registration | Call::Heartbeat => Some(Span(session.0 / 2)),
            Call::AlterPartition => None,
            _ => Some(FORWARDING_TIMEOUT),
        };
        let until = patience.map(|patience| self.now + patience);
        let Some(channel) = self.channel_mut(from) else { return };
        channel.open.retain(|open| !Channel::replaces(open, call, &request));
        channel.open.push(Open { call, request, until, sent_to: None, cause });
        self.send_waiting(from, recorder);
        self.arm_controller(cause);
    }

    /// Sends what waits to whom the broker takes for the active controller.
    fn send_waiting(&mut self, from: BrokerId, recorder: &mut Recorder) {
        let (depart, incarnation) = (self.now, self.incarnation(from));
        let Some(channel) = self.channel_mut(from) else { return };
        let Some(to) = channel.known else { return };
        let mut flights = Vec::new();
        for open in channel.open.iter_mut().filter(|open| open.sent_to.is_none()) {
            open.sent_to = Some(to);
            let payload = PeerPayload::Request { call: open.call, request: open.request.clone() };
            flights.push(PeerFlight { depart, from, to, incarnation, payload, cause: open.cause });
        }
        for flight in flights {
            self.send_peer(flight, recorder);
        }
    }

    /// A broker hears of the active controller.
    pub(super) fn controller_known(&mut self, at: BrokerId, of: (BrokerId, u32), recorder: &mut Recorder) {
        let (id, epoch) = of;
        let Some(channel) = self.channel_mut(at).filter(|channel| channel.epoch <= epoch) else { return };
        (channel.known, channel.epoch) = (Some(id), epoch);
        for open in channel.open.iter_mut().filter(|open| open.sent_to != Some(id)) {
            open.sent_to = None;
        }
        self.send_waiting(at, recorder);
    }

    /// A controller has answered a broker; whether the broker is told. A connection that broke is only waited for.
    pub(super) fn is_for_broker(
        &mut self,
        at: BrokerId,
        (from, call, response): (BrokerId, Call, Option<&Response>),
        recorder: &mut Recorder,
    ) -> bool {
        let goes_on = self.quorum().is_some_and(|quorum| quorum.active() == Some(from));
        let Some(channel) = self.channel_mut(at) else { return true };
        let is_it = |open: &Open| open.call == call && open.sent_to == Some(from);
        let Some(n) = channel.open.iter().position(is_it) else { return false };
        if response.is_some() {
            channel.open.remove(n);
            return true;
        }
        if let Some(open) = channel.open.get_mut(n) {
            open.sent_to = None;
        }
        if !goes_on && channel.known == Some(from) {
            channel.known = None;
        }
        self.send_waiting(at, recorder);
        false
    }

    /// The first request that has waited long enough is given up.
    pub(super) fn give_up_waiting(&mut self, cause: EntryId, recorder: &mut Recorder) {
        let now = self.now;
        let ids: Vec<BrokerId> = self.brokers.keys().copied().collect();
        let is_over = |open: &Open| open.until.is_some_and(|until| until <= now);
        // A broker that stands still notices when it goes on.
        for id in ids.into_iter().filter(|id| !self.is_broker_paused(*id)).collect::<Vec<_>>() {
            let Some(channel) = self.channel_mut(id) else { return };
            let Some(n) = channel.open.iter().position(is_over) else { continue };
            let call = channel.open.remove(n).call;
            let input = broker::Input::Reply { from: CONTROLLER, call, response: None };
            return self.broker_decides(id, &input, cause, recorder);
        }
    }

    fn channel_mut(&mut self, of: BrokerId) -> Option<&mut Channel> {
        let controllers = self.cluster_mut()?.controllers.as_mut()?;
        Some(controllers.channels.entry(of).or_default())
    }

    /// What of a stretch of the log a broker has not read yet: two controllers may have sent it the same.
    pub(super) fn unread(&self, at: BrokerId, delta: MetadataDelta) -> Option<MetadataDelta> {
        if self.quorum().is_none() {
            return Some(delta);
        }
        let read = self.broker(at).and_then(|broker| Some(broker.member()?.metadata_end()))?;
        let known = usize::try_from(read.0.saturating_sub(delta.base_offset.0)).unwrap_or(0);
        if known == 0 {
            return Some(delta);
        }
        let records = delta.records.get(known..).filter(|records| !records.is_empty())?.into();
        Some(MetadataDelta { base_offset: read, records })
    }

    /// The broker's process has ended.
    pub(super) fn close_channel(&mut self, of: BrokerId) {
        if let Some(controllers) = self.cluster_mut().and_then(|cluster| cluster.controllers.as_mut()) {
            controllers.channels.remove(&of);
        }
    }
}
