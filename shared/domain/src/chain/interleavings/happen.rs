//! What becomes of the model by what happens.

use std::rc::Rc;

use chrono::TimeDelta;

use super::actions::Action;
use super::job::{About, Job, Kept, Message, Step};
use super::provider::{Answer, Call};
use super::world::{Planted, World};
use crate::chain::fixtures::{looked_up, lookup_email};
use crate::chain::{
    Applied, Backlogs, Chain, DeliveryEvent, DeliveryMessage, DeliveryWork, Event, ShipmentEvent,
    ShipmentMessage, ShipmentWork, Sweep, Wait, apply_all,
};
use crate::ids::DeliveryId;
use crate::status::Failure;
use crate::window::SendingWindow;

/// How long a function may take (`Timeout` of the senders in the template).
const INVOCATION: TimeDelta = TimeDelta::seconds(30);

impl World {
    /// The world after something has happened.
    pub fn after(&self, action: Action) -> Self {
        let mut world = self.clone();
        match action {
            Action::Receives { place, is_repeated } => world.receive(place, is_repeated),
            Action::Goes { worker } => world.go(worker),
            Action::Calls { worker, answer } => world.call(worker, answer),
            Action::Dies { worker } => {
                world.left.deaths -= 1;
                world.workers[worker] = None;
            }
            Action::Sweeps { dies } => world.sweep(dies),
            Action::Passes => world.pass(),
            Action::Reports { call, report } => {
                world.reported = Some((self.calls[call].delivery, report));
                world.report();
            }
            Action::Repeats => {
                world.is_reported_twice = true;
                world.report();
            }
            Action::Opens => world.opened_at = Some(world.now),
            Action::Cancels => {
                world.is_cancelled = true;
                let events = [0, 1].map(|number| Event::Shipment { number, event: ShipmentEvent::Cancelled });
                world.store(&Rc::clone(&self.kept), &events, true);
            }
        }
        world
    }

    fn receive(&mut self, place: usize, is_repeated: bool) {
        let message = self.queue[place];
        if is_repeated {
            self.left.repeats -= 1;
        } else {
            self.queue.swap_remove(place);
        }
        let allowed = if self.planted == Planted::ShortLease { TimeDelta::hours(1) } else { INVOCATION };
        let snapshot = Rc::clone(&self.kept);
        let job = Job { message, step: Step::Loaded, snapshot, until: self.now + allowed };
        // What it makes of the message depends on nothing that can happen meanwhile, but for a reminder's opening.
        let is_of_notification = matches!(message.about, About::Delivery(0, _));
        let job = if is_of_notification { self.work(job) } else { Some(job) };
        if let Some(idle) = self.workers.iter_mut().find(|worker| worker.is_none()) {
            *idle = job;
        }
    }

    fn go(&mut self, worker: usize) {
        let Some(job) = self.workers[worker].take() else { return };
        self.workers[worker] = match &job.step {
            Step::Loaded => self.work(job),
            Step::Ready => self.claim(&job),
            Step::Claimed => Some(job),
            Step::Called(answer) => self.write_down(&job, *answer),
            Step::Stored(messages) => {
                self.queue.extend(messages);
                None
            }
        };
    }

    fn work(&mut self, job: Job) -> Option<Job> {
        match job.message.about {
            About::Shipment(shipment) => self.resolve(&job, shipment),
            About::Delivery(shipment, delivery) => self.prepare(job, shipment, delivery),
        }
    }

    fn resolve(&mut self, job: &Job, shipment: u8) -> Option<Job> {
        let chain = &job.snapshot.chain;
        let claim = job.message.claim;
        let event = match chain.shipment_work(ShipmentMessage { chain: chain.id, shipment, claim }, self.now)
        {
            ShipmentWork::Stale | ShipmentWork::MakeChildren => return None,
            ShipmentWork::Early(effect) => {
                self.queue.push(Message::of(&effect));
                return None;
            }
            ShipmentWork::Expired => ShipmentEvent::Expired { claim },
            ShipmentWork::Resolve => {
                let found = looked_up(chain, shipment, &self.ordered, &lookup_email(), self.now);
                let ShipmentEvent::LookedUp { resolved, .. } = found else { return None };
                ShipmentEvent::LookedUp { claim, resolved }
            }
        };
        let applied = self.store(&job.snapshot, &[Event::Shipment { number: shipment, event }], true)?;
        self.stored(job, &applied)
    }

    fn prepare(&mut self, job: Job, shipment: u8, delivery: u16) -> Option<Job> {
        let chain = &job.snapshot.chain;
        let claim = job.message.claim;
        let message = DeliveryMessage { chain: chain.id, shipment, delivery, claim };
        let event = match chain.delivery_work(message, &SendingWindow::default(), self.now) {
            DeliveryWork::Stale => return None,
            DeliveryWork::Early(effect) => {
                self.queue.push(Message::of(&effect));
                return None;
            }
            DeliveryWork::Expired => {
                Event::Delivery { id: message.id(), event: DeliveryEvent::Expired { claim } }
            }
            DeliveryWork::Closed(opens) => Event::Delivery {
                id: message.id(),
                event: DeliveryEvent::PutOff { claim, until: opens, why: Wait::Time, expires_at: None },
            },
            DeliveryWork::Send if shipment > 0 && self.is_opened(chain) => {
                Event::Shipment { number: shipment, event: ShipmentEvent::Opened }
            }
            DeliveryWork::Send => return Some(Job { step: Step::Ready, ..job }),
        };
        self.store(&job.snapshot, &[event], true);
        None
    }

    fn is_opened(&self, chain: &Chain) -> bool {
        self.opened_at.is_some_and(|at| chain.is_stopped_by(at))
    }

    fn claim(&mut self, job: &Job) -> Option<Job> {
        let id = self.delivery_of(job)?;
        let event = Event::Delivery { id, event: DeliveryEvent::Claimed { claim: job.message.claim } };
        let is_conditional = self.planted != Planted::UnconditionalClaim;
        self.store(&job.snapshot, &[event], is_conditional)?;
        Some(Job { step: Step::Claimed, snapshot: Rc::clone(&self.kept), ..job.clone() })
    }

    fn call(&mut self, worker: usize, answer: Answer) {
        let Some(job) = self.workers[worker].take() else { return };
        let Some(delivery) = self.delivery_of(&job) else { return };
        match answer {
            Answer::Taken => {}
            Answer::TakenInSilence | Answer::LostInSilence => self.left.silences -= 1,
            Answer::Refused | Answer::Throttled => self.left.refusals -= 1,
        }
        self.calls.push(Call { delivery, claim: job.message.claim, is_taken: answer.is_taken() });
        self.workers[worker] = Some(Job { step: Step::Called(answer), ..job });
    }

    fn write_down(&mut self, job: &Job, answer: Answer) -> Option<Job> {
        let claim = job.message.claim;
        let event = match answer {
            Answer::Taken => DeliveryEvent::HandedOver { claim },
            Answer::TakenInSilence | Answer::LostInSilence => return None,
            Answer::Refused => DeliveryEvent::Refused { claim, failure: Failure::InvalidFormat },
            Answer::Throttled => DeliveryEvent::Throttled { claim, until: self.now + TimeDelta::seconds(1) },
        };
        let id = self.delivery_of(job)?;
        let applied = self.store(&job.snapshot, &[Event::Delivery { id, event }], true)?;
        self.stored(job, &applied)
    }

    fn stored(&self, job: &Job, applied: &Applied) -> Option<Job> {
        let messages: Vec<_> = applied.effects.iter().map(Message::of).collect();
        (!messages.is_empty()).then(|| Job {
            step: Step::Stored(messages),
            snapshot: Rc::clone(&self.kept),
            ..job.clone()
        })
    }

    fn sweep(&mut self, dies: bool) {
        let is_reminder_due = self.chain().has_due_reminder(self.now);
        let opened_at = self.opened_at.filter(|_| is_reminder_due);
        let event = Event::Woken(Sweep { backlogs: Backlogs::default(), opened_at });
        let Some(applied) = self.store(&Rc::clone(&self.kept), &[event], true) else { return };
        if dies {
            self.left.deaths -= 1;
        } else {
            self.queue.extend(applied.effects.iter().map(Message::of));
        }
    }

    /// Workers that are not done by then are killed, and their messages come back.
    fn pass(&mut self) {
        let Some(next) = self.next_moment() else { return };
        self.left.passes -= 1;
        self.now = next;
        for worker in &mut self.workers {
            if worker.as_ref().is_some_and(|job| job.until <= next) {
                self.queue.extend(worker.take().map(|job| job.message));
            }
        }
    }

    fn report(&mut self) {
        let Some((id, report)) = self.reported else { return };
        let id =
            if self.planted == Planted::ReportByAddress { self.newest_to_the_address_of(id) } else { id };
        let event = Event::Delivery { id, event: DeliveryEvent::reported(report) };
        self.store(&Rc::clone(&self.kept), &[event], true);
    }

    fn newest_to_the_address_of(&self, id: DeliveryId) -> DeliveryId {
        let address = self.chain().delivery(id).and_then(|delivery| delivery.address.clone());
        let mut same = self.ids().into_iter().filter(|other| {
            self.chain().delivery(*other).is_some_and(|delivery| delivery.address == address)
        });
        same.next_back().unwrap_or(id)
    }

    /// What the store does: it applies events to the chain as it was read, and, where somebody has written since, to
    /// what they wrote.
    fn store(&mut self, read: &Rc<Kept>, events: &[Event], is_conditional: bool) -> Option<Applied> {
        let applied = apply_all(&read.chain, events, self.now).ok()?;
        let is_stale = read.chain.version != self.chain().version;
        let applied = if is_stale && is_conditional {
            apply_all(self.chain(), events, self.now).ok()?
        } else {
            applied
        };
        let version = self.chain().version + 1;
        self.kept = Kept::new(Chain { version, ..applied.chain.clone() });
        Some(applied)
    }
}
