//! The way from a function's AWS clients to the stand-ins within one process, without a socket.

use std::fmt;
use std::future;
use std::sync::{Arc, Weak};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::reply::Reply;
use super::service::Incoming;
use crate::runtime::Caller;
use crate::runtime::activity::Activity;
use crate::simulator::Simulator;

/// The HTTP client of one execution environment.
#[derive(Clone)]
pub struct InProcess {
    simulator: Weak<Simulator>,
    function: &'static str,
    activity: Arc<Activity>,
}

impl InProcess {
    /// For an environment of a function.
    pub fn new(simulator: Weak<Simulator>, function: &'static str, activity: Arc<Activity>) -> Self {
        Self { simulator, function, activity }
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        self.travel().await;
        let simulator = self.simulator.upgrade().ok_or_else(|| unreachable("the system is gone"))?;
        let body = request.body().bytes().ok_or_else(|| unreachable("a streamed body is not simulated"))?;
        let path = request.uri();
        let incoming =
            Incoming { target: request.headers().get("x-amz-target"), path: service_path(path), body };
        let caller = Caller { function: self.function, activity: Some(&self.activity) };
        let reply = super::answer(&simulator, caller, incoming).await;
        if self.activity.is_dead() {
            // Its invocation was killed in this call: it gets no answer, and ends.
            future::pending::<()>().await;
        }
        response(reply)
    }

    /// As over a network, others get on between a request and its answer.
    async fn travel(&self) {
        let _under_way = self.activity.call();
        tokio::task::yield_now().await;
    }
}

/// What follows the name of the function in a URL such as `http://host/function/path`.
fn service_path(url: &str) -> &str {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest).split_once('/').unwrap_or_default().1;
    path.split_once('/').unwrap_or_default().1
}

fn unreachable(why: &'static str) -> ConnectorError {
    ConnectorError::other(why.into(), None)
}

fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let headers = reply.headers();
    let status = reply.status.as_u16().try_into();
    let status = status.map_err(|error| ConnectorError::other(Box::new(error), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
    for (name, value) in headers {
        response.headers_mut().insert(name.as_str().to_owned(), value);
    }
    Ok(response)
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").field("function", &self.function).finish_non_exhaustive()
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_service_follows_the_functions_name() {
        for (url, path) in [
            ("http://127.0.0.1:1/send-email/v2/email/account", "v2/email/account"),
            ("http://127.0.0.1:1/send-sms/", ""),
            ("http://127.0.0.1:1/", ""),
        ] {
            assert_eq!(service_path(url), path);
        }
    }
}
