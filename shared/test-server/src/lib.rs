//! A tiny HTTP server in the test's own process, which answers every request by a rule and remembers it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server answers.
#[derive(Clone)]
pub struct Reply {
    head: String,
    length: Option<usize>,
    body: String,
}

impl Reply {
    /// Success with a body.
    pub fn ok(body: impl Into<String>) -> Self {
        let body = body.into();
        Self { head: "200 OK".into(), length: Some(body.len()), body }
    }

    /// Success with JSON.
    pub fn json(body: &Value) -> Self {
        Self::ok(body.to_string())
    }

    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self::ok("").with_status(status)
    }

    /// The same with another status.
    pub fn with_status(self, status: u16) -> Self {
        Self { head: format!("{status} Reason"), ..self }
    }

    /// The same with a header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.head = format!("{}\r\n{name}: {value}", self.head);
        self
    }

    /// The same, ended by closing the connection.
    pub fn without_length(self) -> Self {
        Self { length: None, ..self }
    }

    /// The same, but it says that there is more to come.
    pub fn promising(self, length: usize) -> Self {
        Self { length: Some(length), ..self }
    }

    fn text(&self) -> String {
        let length = self.length.map(|length| format!("content-length: {length}\r\n")).unwrap_or_default();
        let close = if self.is_whole() { "" } else { "connection: close\r\n" };
        format!("HTTP/1.1 {}\r\n{length}{close}\r\n{}", self.head, self.body)
    }

    /// Whether its end can be told, so that another can follow it.
    fn is_whole(&self) -> bool {
        self.length == Some(self.body.len())
    }
}

/// A request as it came.
#[derive(Clone)]
pub struct Request {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Request {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut values = lines.filter(|(of, _)| of.trim().eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim().to_owned())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The server; it ends with the test's runtime.
pub struct TinyServer {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
}

impl TinyServer {
    /// Answers every request the same.
    pub async fn replying(reply: Reply) -> Self {
        Self::answering(move |_| reply.clone()).await
    }

    /// Answers by a rule.
    pub async fn answering(rule: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(vec![]));
        let (seen, rule) = (Arc::clone(&requests), Arc::new(rule));
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(answer(stream, Arc::clone(&seen), Arc::clone(&rule)));
            }
        });
        Self { port, requests, connections }
    }

    /// The URL of a server that is no longer there.
    pub async fn gone() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url_at("127.0.0.1")
    }

    /// Where it is, under another name of this computer.
    pub fn url_at(&self, host: &str) -> String {
        format!("http://{host}:{}/", self.port)
    }

    /// How often somebody has connected.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn answer(
    mut stream: TcpStream,
    seen: Arc<Mutex<Vec<Request>>>,
    rule: Arc<impl Fn(&Request) -> Reply>,
) {
    while let Some(request) = read(&mut stream).await {
        let reply = rule(&request);
        seen.lock().unwrap().push(request);
        // Who asked may have hung up: a test for too large an answer does.
        let written = stream.write_all(reply.text().as_bytes()).await;
        if written.is_err() || !reply.is_whole() {
            break;
        }
    }
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= length(head)
        {
            return Some(Request { head: head.to_owned(), body: body.to_owned() });
        }
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
}

fn length(head: &str) -> usize {
    let header = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    header.map_or(0, |length| length.parse().unwrap())
}
