//! `/templates`: the owner's own, and those that come with the service.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_api::http::{self, Problem};
use varsling_api::tokens::CREATE_SCOPE;
use varsling_domain::request;
use varsling_domain::template::{self, NamedTemplate, Template, TemplateName, TemplateView, general};

use super::{Answer, ManageTemplates, invalid, unavailable};

impl ManageTemplates {
    pub(super) async fn list_templates(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let owner = self.admission.admit(&self.store, event, CREATE_SCOPE).await?.owner;
        let names = self.store.template_names(&owner).await.map_err(unavailable)?;
        let general = general::all().iter().map(|(name, _)| NamedTemplate { name, general: true });
        let own = names.iter().map(|name| NamedTemplate { name: name.as_str(), general: false });
        Ok(http::json(200, &own.chain(general).collect::<Vec<_>>(), &[]))
    }

    pub(super) async fn show_template(&self, event: &ApiGatewayV2httpRequest, name: &str) -> Answer {
        let (template, name, version) = self.find(event, name).await?;
        let view = TemplateView { name: &name, general: version.is_none(), version, template: &template };
        Ok(http::json(200, &view, &[]))
    }

    pub(super) async fn put_template(&self, event: &ApiGatewayV2httpRequest, name: &str) -> Answer {
        let owner = self.admission.admit(&self.store, event, CREATE_SCOPE).await?.owner;
        let name = template_name(name)?;
        if general::find(&name).is_some() {
            return Err(Problem::conflict("A template of this name comes with the service."));
        }
        let body = request::read_body(&http::body(event)?).map_err(invalid)?;
        let template = template::parse_template(&body).map_err(invalid)?;
        let version = self.store.put_template(&owner, &name, &template).await.map_err(unavailable)?;
        tracing::info!(%owner, version, "template written");
        let view =
            TemplateView { name: name.as_str(), general: false, version: Some(version), template: &template };
        Ok(http::json(if version == 1 { 201 } else { 200 }, &view, &[]))
    }

    pub(super) async fn retire_template(&self, event: &ApiGatewayV2httpRequest, name: &str) -> Answer {
        let owner = self.admission.admit(&self.store, event, CREATE_SCOPE).await?.owner;
        let retired = self.store.retire_template(&owner, &template_name(name)?).await.map_err(unavailable)?;
        if !retired {
            return Err(Problem::no_template());
        }
        tracing::info!(%owner, "template retired");
        Ok(http::no_content())
    }

    pub(super) async fn preview_template(&self, event: &ApiGatewayV2httpRequest, name: &str) -> Answer {
        let (template, ..) = self.find(event, name).await?;
        let body = request::read_body(&http::body(event)?).map_err(invalid)?;
        let preview = template::preview_of(&body, &template, self.clock.now()).map_err(invalid)?;
        Ok(http::json(200, &preview, &[]))
    }

    /// A template that the caller may use, with the name it is known by, and its version if it is the
    /// caller's own.
    async fn find(
        &self,
        event: &ApiGatewayV2httpRequest,
        name: &str,
    ) -> Result<(Template, String, Option<u32>), Problem> {
        let owner = self.admission.admit(&self.store, event, CREATE_SCOPE).await?.owner;
        let name = template_name(name)?;
        if let Some((known, template)) = general::all().iter().find(|(known, _)| name.is(known)) {
            return Ok((template.clone(), (*known).to_owned(), None));
        }
        let stored = self.store.load_template(&owner, &name).await.map_err(unavailable)?;
        let stored = stored.filter(|stored| !stored.retired).ok_or_else(Problem::no_template)?;
        let stored = match asked_version(event)? {
            Some(version) if version != stored.version => {
                let earlier = self.store.load_template_version(&owner, &name, version).await;
                earlier.map_err(unavailable)?.ok_or_else(Problem::no_template)?
            }
            _ => stored,
        };
        Ok((stored.template, name.into(), Some(stored.version)))
    }
}

/// The version that is asked for; none means the newest.
fn asked_version(event: &ApiGatewayV2httpRequest) -> Result<Option<u32>, Problem> {
    let asked = event.query_string_parameters.first("version");
    asked.map(|version| version.parse().map_err(|_| Problem::no_template())).transpose()
}

fn template_name(name: &str) -> Result<TemplateName, Problem> {
    TemplateName::try_from(name).map_err(|_| Problem::no_template())
}
