//! What commands work with: the deployment, its API, and the clients for AWS.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use chrono::{DateTime, Utc};
use serde_json::Value;
use varsling_function::aws;
use varsling_function::environment::Environment;
use varsling_store::{EvidenceStore, Store, evidence};

use crate::api::{self, Api};
use crate::arguments::Target;
use crate::deployment::Deployment;
use crate::error::OpsError;

/// The organisation that administers a local system.
const LOCAL_ADMINISTRATOR: &str = "991825827";
/// What that may do.
const LOCAL_SCOPES: &str = "altinn:notifications.admin altinn:notifications.support.admin";

/// What commands work with.
pub struct Context {
    /// The deployment.
    pub deployment: Deployment,
    /// Its API.
    pub api: Api,
    /// Whether nothing is changed.
    pub is_dry_run: bool,
    /// Where a local system is; none for a deployment.
    local: Option<String>,
    configuration: SdkConfig,
    environment: Environment,
}

impl Context {
    /// Finds the deployment that the command line names.
    pub async fn open(target: &Target) -> Result<Self, OpsError> {
        match (&target.local, &target.stack) {
            (Some(url), _) => Self::of_local(url.trim_end_matches('/'), target).await,
            (None, Some(stack)) => Self::of_stack(stack, target).await,
            (None, None) => Err(OpsError::usage(
                "say which deployment is meant: --stack and the name of its stack, or --local and the address of a \
                 system on this machine, such as http://127.0.0.1:3000",
            )),
        }
    }

    async fn of_stack(stack: &str, target: &Target) -> Result<Self, OpsError> {
        let own = Environment::of_process();
        let named = ["AWS_REGION", "AWS_ENDPOINT_URL_DYNAMODB"];
        let mut variables: BTreeMap<_, _> =
            named.iter().filter_map(|name| Some(((*name).to_owned(), own.optional(name)?))).collect();
        let configuration = configuration(&variables).await;
        let deployment = Deployment::of_stack(stack, &configuration).await?;
        variables.insert("TABLE_NAME".to_owned(), deployment.output("TableName")?.to_owned());
        // A stack that is not updated yet has none; what needs it says so.
        let evidence = deployment.output("EvidenceTableName").ok();
        variables.extend(evidence.map(|name| (evidence::TABLE_VARIABLE.to_owned(), name.to_owned())));
        variables
            .extend(deployment.parameter("EvidenceDays").map(|days| ("EVIDENCE_DAYS".into(), days.into())));
        let place = target.api.as_deref().map_or_else(|| deployment.output("ApiUrl"), Ok)?;
        let api = Api::at(place, target.token()?)?;
        let environment = Environment::of(variables);
        let is_dry_run = target.dry_run;
        Ok(Self { deployment, api, is_dry_run, local: None, configuration, environment })
    }

    async fn of_local(url: &str, target: &Target) -> Result<Self, OpsError> {
        let http = api::client()?;
        let deployment: Deployment = described(&http, url).await?;
        let endpoints = deployment.endpoints.clone().ok_or_else(|| not_local(url))?;
        let variables = BTreeMap::from([
            ("AWS_REGION".to_owned(), "eu-north-1".to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), endpoints.aws),
            ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), endpoints.dynamodb),
            ("TABLE_NAME".to_owned(), deployment.output("TableName")?.to_owned()),
            (evidence::TABLE_VARIABLE.to_owned(), deployment.output("EvidenceTableName")?.to_owned()),
        ]);
        let configuration = configuration(&variables).await;
        let query = [("org", LOCAL_ADMINISTRATOR), ("scope", LOCAL_SCOPES)];
        let query = serde_urlencoded::to_string(query).map_err(OpsError::usage)?;
        let token = http
            .get(format!("{url}/local/token?{query}"))
            .send()
            .await
            .map_err(|error| api::unreachable(url, &error))?;
        let token = token.text().await.map_err(|error| api::unreachable(url, &error))?;
        let api = Api::at(deployment.output("ApiUrl")?, Some(token))?;
        let (environment, is_dry_run) = (Environment::of(variables), target.dry_run);
        Ok(Self { deployment, api, is_dry_run, local: Some(url.to_owned()), configuration, environment })
    }

    /// The deployment's time: that of a local system may have been moved.
    pub async fn now(&self) -> Result<DateTime<Utc>, OpsError> {
        let Some(url) = &self.local else { return Ok(Utc::now()) };
        let described: Value = described(&api::client()?, url).await?;
        described["now"].as_str().and_then(|now| now.parse().ok()).ok_or_else(|| not_local(url))
    }

    /// The table.
    pub fn store(&self) -> Result<Store, OpsError> {
        Store::open(&self.configuration, &self.environment).map_err(OpsError::usage)
    }

    /// The table of evidence, beside that one.
    pub fn evidence(&self, store: &Store) -> Result<EvidenceStore, OpsError> {
        EvidenceStore::open(store, &self.environment).map_err(OpsError::usage)
    }

    /// The queues.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.configuration)
    }

    /// The configuration of other clients.
    pub fn configuration(&self) -> &SdkConfig {
        &self.configuration
    }

    /// Who the operator is to AWS, for the record of a change that does not go through the API.
    pub async fn principal(&self) -> Result<String, OpsError> {
        let client = aws_sdk_sts::Client::new(&self.configuration);
        let answer = client.get_caller_identity().send().await;
        let answer = answer.map_err(|error| OpsError::aws("asking who the caller is", &error))?;
        Ok(answer.arn().unwrap_or("unknown").to_owned())
    }
}

async fn configuration(variables: &BTreeMap<String, String>) -> SdkConfig {
    aws::configuration_of_tool(&Environment::of(variables.clone())).await
}

async fn described<T: serde::de::DeserializeOwned>(http: &reqwest::Client, url: &str) -> Result<T, OpsError> {
    let answer = http.get(format!("{url}/local/deployment")).send().await;
    let answer = answer.map_err(|error| api::unreachable(url, &error))?;
    answer.json().await.map_err(|_| not_local(url))
}

fn not_local(url: &str) -> OpsError {
    OpsError::usage(format!("{url} is no local system of this version"))
}
