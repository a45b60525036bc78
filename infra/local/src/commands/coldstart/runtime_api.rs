//! The Lambda Runtime API of one process (AWS Lambda Developer Guide, "Using the Lambda runtime API"): it hands out one
//! event at a time, and takes each answer with how long it took.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

use crate::runtime::environments::Request;
use crate::{AnyError, lock};

/// One process's API.
pub struct RuntimeApi {
    /// Where it is, as the process is told.
    pub host: String,
    desk: Arc<Desk>,
    events: mpsc::UnboundedSender<Given>,
    server: tokio::task::JoinHandle<()>,
}

/// An event on its way to the process.
struct Given {
    request: Request,
    answer: oneshot::Sender<Taken>,
}

/// An answer of the process.
pub struct Taken {
    /// What it says; why it failed, where it did.
    pub body: Result<Bytes, String>,
    /// From handing out the event to its answer.
    pub took: Duration,
}

/// What was handed out and is not answered.
struct Pending {
    since: Instant,
    answer: oneshot::Sender<Taken>,
}

struct Desk {
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Given>>,
    pending: Mutex<HashMap<String, Pending>>,
    /// When the process asked for its first event, or why it could not start.
    asked: watch::Sender<Option<Result<Instant, String>>>,
}

impl RuntimeApi {
    /// Serves it on any port of loopback.
    pub async fn serve() -> Result<Self, AnyError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let host = listener.local_addr()?.to_string();
        let (events, handed_out) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk {
            events: tokio::sync::Mutex::new(handed_out),
            pending: Mutex::default(),
            asked: watch::Sender::new(None),
        });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(not_started))
            .with_state(Arc::clone(&desk));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the runtime API has ended");
            }
        });
        Ok(Self { host, desk, events, server })
    }

    /// When the process asks for its first event.
    pub async fn first_next(&self) -> Result<Instant, AnyError> {
        let mut asked = self.desk.asked.subscribe();
        let asked = asked.wait_for(Option::is_some).await?.clone();
        asked.unwrap_or_else(|| Err("nothing was asked".into())).map_err(Into::into)
    }

    /// Has the process handle an event.
    pub async fn invoke(&self, request: Request) -> Result<Taken, String> {
        let (answer, taken) = oneshot::channel();
        self.events.send(Given { request, answer }).map_err(|_| "the runtime API is gone".to_owned())?;
        taken.await.map_err(|_| "the process has given no answer".to_owned())
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    desk.asked.send_if_modified(|asked| {
        let is_first = asked.is_none();
        if is_first {
            *asked = Some(Ok(Instant::now()));
        }
        is_first
    });
    let Some(Given { request, answer }) = desk.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let id = request.id.to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", id.clone()),
        ("lambda-runtime-deadline-ms", request.deadline.timestamp_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-north-1:000000000000:function:measured".into(),
        ),
        ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000".into()),
    ];
    let headers = headers.map(|(name, value)| (HeaderName::from_static(name), value));
    let body = request.event.to_string();
    lock(&desk.pending).insert(id, Pending { since: Instant::now(), answer });
    (axum::response::AppendHeaders(headers), body).into_response()
}

async fn response(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    desk.take(&id, Ok(body))
}

async fn error(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: String) -> StatusCode {
    desk.take(&id, Err(body))
}

async fn not_started(State(desk): State<Arc<Desk>>, body: String) -> StatusCode {
    desk.asked.send_replace(Some(Err(body)));
    StatusCode::ACCEPTED
}

impl Desk {
    fn take(&self, id: &str, body: Result<Bytes, String>) -> StatusCode {
        let Some(Pending { since, answer }) = lock(&self.pending).remove(id) else {
            return StatusCode::BAD_REQUEST;
        };
        // Who asked may be gone.
        drop(answer.send(Taken { body, took: since.elapsed() }));
        StatusCode::ACCEPTED
    }
}
