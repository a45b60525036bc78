//! Owners' own templates: one item for each as it is, one for each of its earlier versions, and one that lists
//! their names, for the table has no other way to find them.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use varsling_domain::identity::Owner;
use varsling_domain::order::limits;
use varsling_domain::order::parse::OwnTemplates;
use varsling_domain::template::{OwnTemplate, Template, TemplateName};

use super::{Item, Store, StoreError, number, schema, service, string, unreadable};

const KIND: &str = "template";
const NAMES: &str = "names";
const VERSION: &str = "version";

/// A template as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredTemplate {
    /// 1 for the first, one more with each change.
    pub version: u32,
    /// What it says.
    pub template: Template,
    /// Whether it may no longer be used. Its name keeps counting versions.
    #[serde(default)]
    pub retired: bool,
}

impl Store {
    /// Writes a template as its next version, and returns that version.
    pub async fn put_template(
        &self,
        owner: &Owner,
        name: &TemplateName,
        template: &Template,
    ) -> Result<u32, StoreError> {
        // First, so that none that can be used is missing from the list.
        self.list_name(owner, name, "ADD #names :name").await?;
        loop {
            let before = self.load_template(owner, name).await?;
            if let Some(before) = &before {
                self.keep_version(owner, name, before).await?;
            }
            let version_before = before.map_or(0, |stored| stored.version);
            let stored =
                StoredTemplate { version: version_before + 1, template: template.clone(), retired: false };
            if self.replace_template(owner, name, &stored, version_before).await? {
                // A concurrent retirement of the version before may have removed the name meanwhile.
                self.list_name(owner, name, "ADD #names :name").await?;
                return Ok(stored.version);
            }
        }
    }

    /// Those of an owner's templates that an order names and that may be used; no more than an order can name.
    pub async fn load_own_templates(
        &self,
        owner: &Owner,
        names: impl IntoIterator<Item = TemplateName>,
    ) -> Result<OwnTemplates, StoreError> {
        let load = names.into_iter().take(limits::TEMPLATES).map(async |name| {
            let stored = self.load_template(owner, &name).await?.filter(|stored| !stored.retired);
            Ok(stored
                .map(|StoredTemplate { version, template, .. }| (name, OwnTemplate { version, template })))
        });
        Ok(try_join_all(load).await?.into_iter().flatten().collect())
    }

    /// A template, retired or not.
    pub async fn load_template(
        &self,
        owner: &Owner,
        name: &TemplateName,
    ) -> Result<Option<StoredTemplate>, StoreError> {
        let item = self.get(KIND, &key(owner, name)).await?;
        item.map(|item| serde_dynamo::from_item(item).map_err(unreadable(KIND))).transpose()
    }

    /// An earlier version of a template.
    pub async fn load_template_version(
        &self,
        owner: &Owner,
        name: &TemplateName,
        version: u32,
    ) -> Result<Option<StoredTemplate>, StoreError> {
        let item = self.get(KIND, &version_key(owner, name, version)).await?;
        item.map(|item| serde_dynamo::from_item(item).map_err(unreadable(KIND))).transpose()
    }

    /// Keeps a version that is about to be replaced. Concurrent writers write the same.
    async fn keep_version(
        &self,
        owner: &Owner,
        name: &TemplateName,
        stored: &StoredTemplate,
    ) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(stored).map_err(unreadable(KIND))?;
        let key = version_key(owner, name, stored.version);
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key));
        self.put(KIND, item).await
    }

    /// Takes a template out of use; false if there is none to take.
    pub async fn retire_template(&self, owner: &Owner, name: &TemplateName) -> Result<bool, StoreError> {
        loop {
            let Some(stored) = self.load_template(owner, name).await? else { return Ok(false) };
            if stored.retired {
                // Its name may be left in the list by a call that broke off.
                self.list_name(owner, name, "DELETE #names :name").await?;
                return Ok(false);
            }
            let before = stored.version;
            if self.replace_template(owner, name, &StoredTemplate { retired: true, ..stored }, before).await?
            {
                self.list_name(owner, name, "DELETE #names :name").await?;
                return Ok(true);
            }
        }
    }

    /// The names of an owner's templates, in alphabetical order.
    pub async fn template_names(&self, owner: &Owner) -> Result<Vec<TemplateName>, StoreError> {
        let item = self.get(KIND, &names_key(owner)).await?.unwrap_or_default();
        let names =
            item.get(NAMES).and_then(|names| names.as_ss().ok()).map(Vec::as_slice).unwrap_or_default();
        let mut names: Vec<_> =
            names.iter().filter_map(|name| TemplateName::try_from(name.as_str()).ok()).collect();
        names.sort();
        Ok(names)
    }

    /// Writes a template in place of the version before it; false if that is no longer there.
    async fn replace_template(
        &self,
        owner: &Owner,
        name: &TemplateName,
        stored: &StoredTemplate,
        before: u32,
    ) -> Result<bool, StoreError> {
        let mut item: Item = serde_dynamo::to_item(stored).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(owner, name)));
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let written = request
            .condition_expression("attribute_not_exists(#pk) OR #version = :before")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_values(":before", number(before))
            .send()
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(false)
            }
            Err(error) => Err(service(KIND, &error)),
        }
    }

    async fn list_name(&self, owner: &Owner, name: &TemplateName, change: &str) -> Result<(), StoreError> {
        let request = self.client.update_item().table_name(&self.table);
        let written = request
            .key(schema::PARTITION_KEY, string(&names_key(owner)))
            .update_expression(change)
            .expression_attribute_names("#names", NAMES)
            .expression_attribute_values(":name", AttributeValue::Ss(vec![name.as_str().to_owned()]))
            .send()
            .await;
        written.map(drop).map_err(|error| service(KIND, &error))
    }
}

fn key(owner: &Owner, name: &TemplateName) -> String {
    format!("template#{owner}#{}", name.as_str())
}

fn version_key(owner: &Owner, name: &TemplateName, version: u32) -> String {
    format!("template#{owner}#{}#{version}", name.as_str())
}

fn names_key(owner: &Owner) -> String {
    format!("templates#{owner}")
}
