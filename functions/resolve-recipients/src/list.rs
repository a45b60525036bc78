//! A list of recipients: they are looked up in as few calls as the registers allow, and each gets a chain of its own. A
//! recipient that has a chain is not looked up again, so a repeated run takes only the remaining ones.

use futures::future::join_all;
use varsling_domain::chain::{
    Backlogs, Chain, Child, ChildOf, Lookup, Resolved, ResolvedSet, ResolvedTo, ShipmentEvent, Wanted,
};
use varsling_domain::finder::Finder;
use varsling_domain::order::{Named, Recipient, RecipientList};
use varsling_domain::recipients::Resolution;
use varsling_registers::RegisterError;
use varsling_registers::look_up::{Limit, LookupContext};
use varsling_store::StoreError;

use super::fan_out::NewChild;
use super::{ResolveRecipients, WRITE_TIME, Work, warn_of_many};

/// How many recipients one batch has: the most that a register takes in one call. The result of a batch is written
/// before the next batch is looked up, so that every attempt makes progress with a long list.
const BATCH: usize = 1_000;
/// How many where an organisation takes requests of its own: who acts for it.
const ORGANIZATION_BATCH: usize = 100;

/// What is to be resolved, with what it takes.
pub struct Listed<'a> {
    pub list: &'a RecipientList,
    pub context: &'a LookupContext<'a>,
    pub backlogs: Backlogs,
}

/// A recipient with its ordinal in the list.
struct Entry {
    ordinal: u16,
    recipient: Recipient,
}

/// What was found of some recipients.
struct Found<'a> {
    all: Vec<(&'a Entry, Lookup)>,
    /// Why some were not found, if that is so.
    unanswered: Option<RegisterError>,
}

fn batch_size(list: &RecipientList) -> usize {
    let has_organization = list.named.iter().any(|named| matches!(named, Named::Organization(_)));
    if list.resource.is_some() && has_organization { ORGANIZATION_BATCH } else { BATCH }
}

impl ResolveRecipients {
    /// Creates a chain for every listed recipient. The shipment waits while a register has not answered about some.
    pub(super) async fn resolve_list(
        &self,
        chain: Chain,
        work: &Work<'_>,
        listed: &Listed<'_>,
    ) -> Result<(), StoreError> {
        let message = work.message;
        let entries = self.left(&chain, work, listed.list).await?;
        let mut unanswered = None;
        for entries in entries.chunks(batch_size(listed.list)) {
            // Half of the function's time is reserved for the last batch.
            if !work.deadline.leaves(WRITE_TIME * 3, self.clock.now()) {
                let event = ShipmentEvent::OutOfTime { claim: message.claim };
                return self.happen(chain, message, event).await.map(drop);
            }
            let found = self.look_all_up(entries, listed, self.limit(work)).await;
            self.write_all(&chain, work, &found, listed).await?;
            unanswered = unanswered.or(found.unanswered);
        }
        if let Some(error) = unanswered {
            return self.wait(chain, message, error, true).await;
        }
        let count = u16::try_from(listed.list.named.len()).unwrap_or(u16::MAX);
        let resolved = Resolved::into_children(count, self.clock.now());
        let event = ShipmentEvent::LookedUp { claim: message.claim, resolved };
        self.happen(chain, message, event).await.map(drop)
    }

    /// The recipients without a chain; at the first attempt, all of them.
    async fn left(
        &self,
        chain: &Chain,
        work: &Work<'_>,
        list: &RecipientList,
    ) -> Result<Vec<Entry>, StoreError> {
        let all = list.recipients().map(|(ordinal, recipient)| Entry { ordinal, recipient });
        let is_first = chain.shipment(work.message.shipment).is_some_and(|shipment| {
            let attempts = shipment.attempts;
            !shipment.partly_resolved && attempts.lookups == 0 && attempts.expired_leases == 0
        });
        if is_first {
            return Ok(all.collect());
        }
        let written = self.store().load_chains(&chain.children(work.message.shipment)).await?;
        let written = written.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(all.filter(|entry| written.get(usize::from(entry.ordinal)).is_none_or(Option::is_none)).collect())
    }

    async fn look_all_up<'a>(
        &self,
        entries: &'a [Entry],
        listed: &Listed<'_>,
        limit: Limit<'_>,
    ) -> Found<'a> {
        let questions = entries.iter().map(|entry| self.look_one_up(entry, listed, limit));
        let mut found = Found { all: vec![], unanswered: None };
        for (entry, lookup) in entries.iter().zip(join_all(questions).await) {
            match lookup {
                Ok(lookup) => found.all.push((entry, lookup)),
                Err(error) => found.unanswered = Some(error),
            }
        }
        found
    }

    async fn look_one_up(
        &self,
        entry: &Entry,
        listed: &Listed<'_>,
        limit: Limit<'_>,
    ) -> Result<Lookup, RegisterError> {
        if listed.list.unsupported.contains(&entry.ordinal) {
            return Ok(Lookup::nobody(Resolution::NotSupported, None));
        }
        self.look_up.find_within(&entry.recipient, listed.context, limit).await
    }

    /// Writes a chain for each that was found, and queues what may go soon.
    async fn write_all(
        &self,
        chain: &Chain,
        work: &Work<'_>,
        found: &Found<'_>,
        listed: &Listed<'_>,
    ) -> Result<(), StoreError> {
        let mut children = vec![];
        for (entry, lookup) in &found.all {
            warn_of_many(chain.id, lookup);
            let made = self.child_of(chain, work, entry, lookup, listed).await?;
            let finder = Finder::of_recipient(&self.key, &entry.recipient);
            children.extend(made.map(|chain| NewChild { chain, finder }));
        }
        self.create_all(children).await
    }

    /// The chain of a listed recipient. One with many addresses fans out as well; its resolved set is written
    /// before its chain.
    async fn child_of(
        &self,
        chain: &Chain,
        work: &Work<'_>,
        entry: &Entry,
        lookup: &Lookup,
        listed: &Listed<'_>,
    ) -> Result<Option<Chain>, StoreError> {
        let (now, number) = (self.clock.now(), work.message.shipment);
        let Some(shipment) = chain.shipment(number) else { return Ok(None) };
        let scheduling = self.scheduling(chain, shipment.planned_at, listed.backlogs, now);
        let schema = entry.recipient.schema();
        let own = varsling_domain::chain::Shipment { schema, ..shipment.clone() };
        let deliveries = own.resolve(Wanted { recipient: &entry.recipient, lookup }, &scheduling);
        let set = ResolvedSet(deliveries.clone());
        let resolved = ResolvedTo::of(deliveries);
        let child = Child { shipment: number, ordinal: entry.ordinal };
        let made = chain.child(child, ChildOf { resolved: &resolved, schema, class: chain.class }, now);
        if matches!(resolved, ResolvedTo::ChildrenToMake(_)) {
            self.store().create_resolved_set(&made, 0, set).await?;
        }
        Ok(Some(made))
    }
}
