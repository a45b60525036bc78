//! Asks an order's condition endpoint whether its notice is still to be sent.
//!
//! The address comes from a service owner, and the request leaves from inside our network. So it follows one redirect at
//! most, and that on the same host only; goes only where the policy says; and shows our token only to hosts that the
//! owner has registered.

use std::time::Duration;

use reqwest::{Client, Proxy};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use varsling_domain::order::EndpointPolicy;
use varsling_domain::order::condition::ConditionEndpoint;
use varsling_function::environment::ConfigError;
use varsling_function::lambda::StartError;
use varsling_outgoing_http::guard::Guard;
use varsling_outgoing_http::{self as outgoing_http, Answered, Unanswered};

use crate::maskinporten::HostTokens;

/// The most bytes that an answer may have.
const LIMIT: usize = 16 * 1024;
/// How long a request may take, with fetching the token that it carries.
const TOTAL: Duration = Duration::from_secs(5);

/// What an endpoint says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Send.
    Yes,
    /// Do not send.
    No,
    /// Nothing that can be understood.
    None,
    /// It was not asked, because there was no access token.
    Unasked,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    send_notification: bool,
}

/// Asks condition endpoints.
#[derive(Clone)]
pub struct Conditions {
    policy: EndpointPolicy,
    client: Client,
    tokens: Option<HostTokens>,
    timeout: Duration,
}

impl Conditions {
    /// With what is permitted, a proxy for plain http if the requests are to go through one, and the tokens
    /// that tell an endpoint who asks.
    pub fn new(
        policy: EndpointPolicy,
        proxy: Option<String>,
        tokens: Option<HostTokens>,
    ) -> Result<Self, StartError> {
        Ok(Self { policy, client: client(policy, proxy)?, tokens, timeout: TOTAL })
    }

    /// Asks one endpoint, with our token if it is on one of these hosts. The reason for a missing answer is
    /// logged, the URL is not: it may contain ids.
    pub async fn ask(&self, endpoint: &ConditionEndpoint, hosts: &[String]) -> Answer {
        match self.send(endpoint, hosts).await {
            Ok(Condition { send_notification: true }) => Answer::Yes,
            Ok(Condition { send_notification: false }) => Answer::No,
            Err(why) => {
                tracing::warn!(%why, "a condition endpoint gives no answer");
                if why == Unanswered::NoToken { Answer::Unasked } else { Answer::None }
            }
        }
    }

    async fn send(&self, endpoint: &ConditionEndpoint, hosts: &[String]) -> Result<Condition, Unanswered> {
        let end = Instant::now() + self.timeout;
        let (status, location) = match self.send_to(endpoint, hosts, end).await? {
            Answered::Value(condition) => return Ok(condition),
            Answered::Redirect { status, location } => (status, location),
        };
        let elsewhere = endpoint.redirected(&location).ok_or(Unanswered::Status(status))?;
        match self.send_to(&elsewhere, hosts, end).await? {
            Answered::Value(condition) => Ok(condition),
            Answered::Redirect { status, .. } => Err(Unanswered::Status(status)),
        }
    }

    async fn send_to(
        &self,
        endpoint: &ConditionEndpoint,
        hosts: &[String],
        end: Instant,
    ) -> Result<Answered<Condition>, Unanswered> {
        // Also for orders that were accepted under another policy than today's.
        self.policy.permits(endpoint).map_err(Unanswered::NotPermitted)?;
        let request = self.client.get(endpoint.as_str());
        let host = endpoint.secure_host().filter(|host| hosts.contains(host));
        let request = match self.tokens.as_ref().zip(host) {
            Some((tokens, host)) => {
                let token = timeout_at(end, tokens.at(&host).token()).await;
                let token = token.ok().and_then(Result::ok).ok_or(Unanswered::NoToken)?;
                request.bearer_auth(token.as_str())
            }
            None => request,
        };
        let asked = outgoing_http::ask_or_redirect(request, LIMIT);
        timeout_at(end, asked).await.unwrap_or(Err(Unanswered::TimedOut))
    }
}

fn client(policy: EndpointPolicy, proxy: Option<String>) -> Result<Client, StartError> {
    let is_public = policy == EndpointPolicy::Public;
    let mut builder = outgoing_http::builder(TOTAL).dns_resolver(Guard::new(policy)).https_only(is_public);
    if let Some(proxy) = proxy {
        if is_public {
            return Err(unguarded_proxy().into());
        }
        builder = builder.proxy(proxy_at(&proxy)?);
    }
    outgoing_http::build(builder)
}

fn proxy_at(url: &str) -> Result<Proxy, ConfigError> {
    Proxy::http(url)
        .map_err(|error| ConfigError::Invalid { name: "CONDITION_HTTP_PROXY", why: error.to_string() })
}

fn unguarded_proxy() -> ConfigError {
    let why = "a proxy looks names up itself, where nothing keeps them out of the network".to_owned();
    ConfigError::Invalid { name: "CONDITION_HTTP_PROXY", why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maskinporten::Tokens;
    use std::sync::{Arc, Mutex};
    use varsling_domain::order::condition::NotPermitted;
    use varsling_test_server::{Reply, TinyServer};

    const YES: &str = r#"{"sendNotification":true}"#;

    async fn ask(policy: EndpointPolicy, url: &str) -> Answer {
        let endpoint = ConditionEndpoint::try_from(url).unwrap();
        Conditions::new(policy, None, None).unwrap().ask(&endpoint, &[]).await
    }

    async fn answer_to(reply: Reply) -> Answer {
        ask(EndpointPolicy::Any, &TinyServer::replying(reply).await.url()).await
    }

    #[tokio::test]
    async fn the_answer_is_yes_or_no() {
        assert_eq!(answer_to(Reply::ok(YES)).await, Answer::Yes);
        assert_eq!(answer_to(Reply::ok(r#"{"sendNotification":false,"why":"read"}"#)).await, Answer::No);
    }

    #[tokio::test]
    async fn everything_else_is_no_answer() {
        let large = format!(r#"{{"sendNotification":true,"padding":"{}"}}"#, "x".repeat(LIMIT));
        let replies = [
            Reply::status(503),
            Reply::status(204),
            Reply::ok(""),
            Reply::ok("true"),
            Reply::ok("{}"),
            Reply::ok(r#"{"sendNotification":"true"}"#),
            Reply::ok(r#"{"sendNotification":null}"#),
            Reply::ok(large),
        ];
        for reply in replies {
            assert_eq!(answer_to(reply).await, Answer::None);
        }
        assert_eq!(ask(EndpointPolicy::Any, &TinyServer::gone().await).await, Answer::None);
    }

    #[tokio::test]
    async fn a_redirect_to_another_place_is_not_followed() {
        let target = TinyServer::replying(Reply::ok(YES)).await;
        let reply = Reply::status(302).with_header("location", &target.url());
        assert_eq!(answer_to(reply).await, Answer::None);
        assert!(target.requests().is_empty());
    }

    /// A server that sends `/a` to `/a/`, and that to wherever it is told.
    async fn asked_with_a_slash_added(status: u16, reply: Reply) -> (Answer, usize) {
        let server = TinyServer::answering(move |request| {
            let is_final = request.head.starts_with("GET /a/ ");
            if is_final { reply.clone() } else { Reply::status(status).with_header("location", "/a/") }
        });
        let server = server.await;
        let answer = ask(EndpointPolicy::Any, &format!("{}a", server.url())).await;
        (answer, server.requests().len())
    }

    #[tokio::test]
    async fn one_redirect_on_the_same_host_is_followed() {
        let no = r#"{"sendNotification":false}"#;
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(asked_with_a_slash_added(status, Reply::ok(no)).await, (Answer::No, 2), "{status}");
        }
        assert_eq!(asked_with_a_slash_added(300, Reply::ok(no)).await, (Answer::None, 1));
        let again = Reply::status(301).with_header("location", "/b");
        assert_eq!(asked_with_a_slash_added(301, again).await, (Answer::None, 2), "one, and no more");
    }

    #[tokio::test]
    async fn the_question_is_a_bare_get() {
        let server = TinyServer::replying(Reply::ok(YES)).await;
        ask(EndpointPolicy::Any, &format!("{}a?b=c", server.url_at("localhost"))).await;
        let head = server.requests()[0].head.to_lowercase();
        assert!(head.starts_with("get /a?b=c http/1.1"), "{head}");
        assert!(!head.contains("authorization"), "{head}");
    }

    fn with_tokens(tokens: Tokens) -> Conditions {
        let tokens = HostTokens::from(move |_| tokens.clone());
        Conditions::new(EndpointPolicy::Public, None, Some(tokens)).unwrap()
    }

    /// What is shown to one owner's endpoint is of no use at another's.
    #[tokio::test]
    async fn the_token_is_one_that_counts_at_the_host_which_is_asked() {
        let asked = Arc::new(Mutex::new(vec![]));
        let noted = Arc::clone(&asked);
        let tokens = HostTokens::from(move |host| {
            noted.lock().unwrap().push(host.to_owned());
            Tokens::failing()
        });
        let conditions = Conditions::new(EndpointPolicy::Public, None, Some(tokens)).unwrap();
        let hosts = ["a.example.invalid", "b.example.invalid"].map(str::to_owned);
        for url in
            ["https://a.example.invalid/x", "https://b.example.invalid:443/y", "https://c.example.invalid/"]
        {
            conditions.ask(&ConditionEndpoint::try_from(url).unwrap(), &hosts).await;
        }
        assert_eq!(*asked.lock().unwrap(), hosts, "a host that is not registered is shown none");
    }

    /// The host does not exist, so a request to it would have ended in [`Answer::None`].
    #[tokio::test]
    async fn a_host_that_takes_a_token_is_not_asked_without_one() {
        let endpoint = ConditionEndpoint::try_from("https://api.example.invalid/x").unwrap();
        let hosts = ["api.example.invalid".to_owned()];
        assert_eq!(with_tokens(Tokens::failing()).ask(&endpoint, &hosts).await, Answer::Unasked);
        let short = Conditions { timeout: Duration::from_millis(1), ..with_tokens(Tokens::hanging()) };
        assert_eq!(short.ask(&endpoint, &hosts).await, Answer::Unasked);
    }

    async fn refusal(conditions: &Conditions, url: &str) -> Option<Unanswered> {
        let endpoint = ConditionEndpoint::try_from(url).unwrap();
        assert_eq!(conditions.ask(&endpoint, &[]).await, Answer::None);
        conditions.send(&endpoint, &[]).await.err()
    }

    #[tokio::test]
    async fn in_a_deployment_nothing_inside_is_asked() {
        let conditions = Conditions::new(EndpointPolicy::Public, None, None).unwrap();
        let server = TinyServer::replying(Reply::ok(YES)).await;
        for host in ["localhost", "127.0.0.1", "[::1]", "0x7f000001", "localhost."] {
            let url = server.url_at(host);
            let not_https = Unanswered::NotPermitted(NotPermitted::NotHttps);
            assert_eq!(refusal(&conditions, &url).await, Some(not_https), "{url}");
            let url = url.replace("http:", "https:");
            let not_public = Unanswered::NotPermitted(NotPermitted::NotPublic);
            assert_eq!(refusal(&conditions, &url).await, Some(not_public), "{url}");
        }
        assert!(server.requests().is_empty());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_connected_to() {
        // Without the check of the URL, as for a public name that resolves to this address.
        let client = client(EndpointPolicy::Public, None).unwrap();
        let asked = outgoing_http::ask::<Condition>(client.get("https://localhost:1/"), LIMIT).await;
        assert_eq!(asked.err(), Some(Unanswered::NotPermitted(NotPermitted::NotPublic)));
    }

    #[tokio::test]
    async fn a_proxy_is_asked_for_plain_http_but_never_past_the_guard() {
        let proxy = TinyServer::replying(Reply::ok(YES)).await;
        let conditions = Conditions::new(EndpointPolicy::Any, Some(proxy.url()), None).unwrap();
        let endpoint = ConditionEndpoint::try_from("http://condition.example/a").unwrap();
        assert_eq!(conditions.ask(&endpoint, &[]).await, Answer::Yes);
        assert!(proxy.requests()[0].head.starts_with("GET http://condition.example/a "));
        assert!(Conditions::new(EndpointPolicy::Public, Some(proxy.url()), None).is_err());
    }
}
