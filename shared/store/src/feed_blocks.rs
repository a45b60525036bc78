//! By what the newest page of an owner's status feed is found: the number of its block, in an item of its own.

use varsling_domain::feed::{Epoch, FeedBlock, FeedHead};
use varsling_domain::identity::Owner;

use super::feed::Bounds;
use super::{Item, Store, StoreError, is_condition_failed, number, schema, service, string, unreadable};

const KIND: &str = "feed block";

/// How far blocks of earlier releases are looked for in the first round, as a power of four: not beyond the epoch.
const FARTHEST: u32 = 13;

impl Store {
    /// Notes that a block is begun, before its first page is written. Where it is known of already, or of a later one,
    /// nothing changes.
    pub async fn begin_feed_block(
        &self,
        owner: &Owner,
        epoch: Epoch,
        block: &FeedBlock,
    ) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(block).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(owner, epoch)));
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(#block) OR #block < :block")
            .expression_attribute_names("#block", "b")
            .expression_attribute_values(":block", number(block.number));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_condition_failed(&error) => Ok(()),
            Err(error) => Err(service(KIND, &error)),
        }
    }

    /// Where an owner's pages end in an epoch.
    pub async fn feed_head(&self, owner: &Owner, epoch: Epoch) -> Result<FeedHead, StoreError> {
        let item = self.get(KIND, &key(owner, epoch)).await?;
        let begun: Option<FeedBlock> =
            item.map(serde_dynamo::from_item).transpose().map_err(unreadable(KIND))?;
        let newest = match &begun {
            Some(block) => block.number,
            None => self.newest_milestone(owner, epoch).await?,
        };
        if newest == 0 {
            return Ok(FeedHead::before_all(epoch));
        }
        let numbers = epoch.block(newest);
        let last = *numbers.end();
        let page = self.feed_pages(owner, numbers).await?.into_values().next_back();
        let at_page = page.map(|page| FeedHead::at_page(&page, last));
        let at_beginning = begun.map(|block| FeedHead::at_beginning(epoch, &block));
        Ok(at_page.or(at_beginning).unwrap_or_else(|| FeedHead::before_all(epoch)))
    }

    /// The number of the newest block that an earlier release began; 0 where there is none. Those had no such item, and
    /// kept the first page of each block for a hundred years.
    async fn newest_milestone(&self, owner: &Owner, epoch: Epoch) -> Result<u64, StoreError> {
        let milestone = |block: u64| *epoch.block(block).start();
        let blocks: Vec<_> = (0..FARTHEST).map(|power| 4_u64.pow(power)).collect();
        let found = self.feed_pages(owner, blocks.iter().copied().map(milestone)).await?;
        let Some(there) = blocks.into_iter().rev().find(|block| found.contains_key(&milestone(*block)))
        else {
            return Ok(0);
        };
        self.search_feed(owner, Bounds { there, gone: 4 * there }, milestone, |page| page.is_some()).await
    }
}

fn key(owner: &Owner, epoch: Epoch) -> String {
    format!("feed#{owner}#block#{}", epoch.start())
}
