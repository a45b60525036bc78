//! A service owner that does not give up: what fails is tried again, while time passes.

use std::pin::pin;

use futures::future::{Either, select};
use serde_json::{Value, json};

use super::super::client::{Answered, Client};
use crate::AnyError;

/// How often the same is tried.
const MOST_TRIES: usize = 40;

/// The longest pause between two tries, in seconds. Nobody knows for half an hour what came of a call without an answer.
const LONGEST_PAUSE: i64 = 300;

/// Talks to a system whose time stands still unless it is moved.
pub struct Owner {
    pub number: &'static str,
    pub client: Client,
    /// With the token that e-mails with files take.
    composer: Client,
    /// With an administrator's token.
    administrator: Client,
}

/// Where e-mails with files are ordered.
pub const COMPOSED: &str = "future/orders/composed-email";
const COMPOSED_SCOPE: &str = "altinn:serviceowner/notifications.composedemail.create";
const ADMINISTRATOR_SCOPE: &str = "altinn:notifications.admin";

impl Owner {
    /// With tokens of its own.
    pub async fn new(url: &str, number: &'static str) -> Result<Self, AnyError> {
        Ok(Self {
            number,
            client: Client::of(url, number).await?,
            composer: Client::with_scope(url, number, COMPOSED_SCOPE).await?,
            administrator: Client::with_scope(url, number, ADMINISTRATOR_SCOPE).await?,
        })
    }

    /// With the token that a path takes.
    fn client_for(&self, path: &str) -> &Client {
        match path {
            COMPOSED => &self.composer,
            _ if path.starts_with("holds") => &self.administrator,
            _ => &self.client,
        }
    }

    /// The answer to a request that is repeated until it gets one that is about it.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Result<Answered, AnyError> {
        for pause in (0..MOST_TRIES).map(|tried| LONGEST_PAUSE.min(1 << tried.min(20))) {
            let answered = self.while_time_passes(self.client_for(path).send(method, path, body)).await?;
            if !matches!(answered.status, 429 | 500..) {
                return Ok(answered);
            }
            self.client.advance(pause).await?;
        }
        Err(format!("{method} {path} was tried {MOST_TRIES} times").into())
    }

    /// What is at a path.
    pub async fn read(&self, path: &str) -> Result<Value, AnyError> {
        let answered = self.send("GET", path, &json!(null)).await?;
        match answered.status {
            200 => Ok(answered.body),
            status => Err(format!("GET {path} was answered with {status}: {}", answered.body).into()),
        }
    }

    /// Nothing that waits for time comes to an end while time stands still.
    async fn while_time_passes<T>(
        &self,
        request: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, AnyError> {
        let mut request = pin!(request);
        loop {
            match select(request.as_mut(), pin!(self.client.advance(1))).await {
                Either::Left((answered, second)) => {
                    second.await?;
                    return Ok(answered?);
                }
                Either::Right((second, _)) => drop(second?),
            }
        }
    }
}
