//! The API of the deployment, asked with an administrator's token.

use std::fmt::Display;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use varsling_outgoing_http as outgoing_http;

use crate::error::OpsError;

/// How long an answer may take: longer than any function behind the API.
const PATIENCE: Duration = Duration::from_secs(40);

/// The API.
#[derive(Debug)]
pub struct Api {
    http: Client,
    base: String,
    token: Option<String>,
}

/// A request to the API.
#[derive(Debug)]
pub struct Request<'a> {
    method: Method,
    path: &'a str,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    body: Option<&'a Value>,
}

impl<'a> Request<'a> {
    /// A question.
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, query: vec![], headers: vec![], body: None }
    }

    /// A change that needs no more than its path.
    pub fn of(method: Method, path: &'a str) -> Self {
        Self { method, ..Self::get(path) }
    }

    /// With a parameter of the query.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &dyn Display) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// With a header, for what must not stand in a path.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With a body.
    #[must_use]
    pub fn with_body(self, body: &'a Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

impl Api {
    /// The API at an address.
    pub fn at(base: &str, token: Option<String>) -> Result<Self, OpsError> {
        Ok(Self { http: client()?, base: base.trim_end_matches('/').to_owned(), token })
    }

    /// The answer to a request; null where it has no body.
    pub async fn ask(&self, request: Request<'_>) -> Result<Value, OpsError> {
        let name = format!("{} {}", request.method, request.path);
        let response = self.built(request)?.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let body = response.text().await.map_err(|error| self.unreachable(&error))?;
        let answer = serde_json::from_str(&body).unwrap_or_default();
        if (200..300).contains(&status) { Ok(answer) } else { Err(OpsError::refused(name, status, &answer)) }
    }

    /// The answer to a request; none where there is no such thing.
    pub async fn find(&self, request: Request<'_>) -> Result<Option<Value>, OpsError> {
        match self.ask(request).await {
            Err(OpsError::Refused { status: 404, .. }) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Whether it answers at all, and how.
    pub async fn health(&self) -> Result<Value, OpsError> {
        let root = self.base.find("/notifications").map_or(self.base.as_str(), |end| &self.base[..end]);
        let response = self.http.get(format!("{root}/health")).send().await;
        let response = response.map_err(|error| self.unreachable(&error))?;
        response.json().await.map_err(|error| self.unreachable(&error))
    }

    fn built(&self, request: Request<'_>) -> Result<RequestBuilder, OpsError> {
        let token = self.token.as_ref().ok_or_else(|| {
            OpsError::usage(
                "this needs a token with the scope altinn:notifications.admin: put it into the variable \
                 VARSLING_TOKEN, or into a file that --token-file names",
            )
        })?;
        let query = serde_urlencoded::to_string(&request.query).map_err(OpsError::usage)?;
        let url = format!("{}{}?{query}", self.base, request.path);
        let mut built = self.http.request(request.method, url.trim_end_matches('?')).bearer_auth(token);
        for (name, value) in request.headers {
            built = built.header(name, value);
        }
        Ok(match request.body {
            Some(body) => built.json(body),
            None => built,
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> OpsError {
        unreachable(&self.base, error)
    }
}

/// What is said in place of an answer.
pub fn unreachable(whom: &str, error: &reqwest::Error) -> OpsError {
    let why = if error.is_timeout() { "no answer in time" } else { "no connection, or no readable answer" };
    OpsError::Unreachable { whom: whom.to_owned(), why: why.to_owned() }
}

/// The client for the API and a local system.
pub fn client() -> Result<Client, OpsError> {
    outgoing_http::build(outgoing_http::builder(PATIENCE)).map_err(OpsError::usage)
}
