//! Keeps requests to URLs that a caller chose out of our own network.
//!
//! The URL is checked before the request. The addresses of its host are checked here, when connecting, because a host
//! name may resolve to other addresses at each lookup.

use std::error::Error;
use std::net::{SocketAddr, ToSocketAddrs};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use varsling_domain::order::EndpointPolicy;
use varsling_domain::order::condition::{NotPermitted, is_public};

/// Looks names up, and hides the addresses that the policy does not permit.
#[derive(Debug, Clone, Copy)]
pub struct Guard(EndpointPolicy);

impl Guard {
    /// A guard that enforces a policy.
    pub fn new(policy: EndpointPolicy) -> Self {
        Self(policy)
    }

    fn permitted(self, found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, NotPermitted> {
        let permitted: Vec<_> = found.filter(|address| self.permits(address)).collect();
        if permitted.is_empty() { Err(NotPermitted::NotPublic) } else { Ok(permitted) }
    }

    fn permits(self, address: &SocketAddr) -> bool {
        match self.0 {
            EndpointPolicy::Any => true,
            EndpointPolicy::Public => is_public(address.ip()),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = look_up(name.as_str().to_owned()).await?;
            let permitted = guard.permitted(found)?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

type LookUpError = Box<dyn Error + Send + Sync>;

/// The operating system's lookup blocks, so it runs on a thread of its own.
async fn look_up(name: String) -> Result<impl Iterator<Item = SocketAddr>, LookUpError> {
    // The port is the URL's; this one is not used.
    let found = tokio::task::spawn_blocking(move || (name, 0).to_socket_addrs()).await?;
    Ok(found?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(policy: EndpointPolicy, found: &[&str]) -> Option<usize> {
        let addresses = found.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0));
        Guard::new(policy).permitted(addresses).ok().map(|permitted| permitted.len())
    }

    #[test]
    fn addresses_inside_are_dropped_from_what_a_name_leads_to() {
        let found = ["10.0.0.1", "1.1.1.1", "::1", "2606:4700::1111", "169.254.169.254"];
        assert_eq!(permitted(EndpointPolicy::Public, &found), Some(2));
        assert_eq!(permitted(EndpointPolicy::Any, &found), Some(5));
    }

    #[test]
    fn a_name_that_leads_only_inside_leads_nowhere() {
        assert_eq!(permitted(EndpointPolicy::Public, &["127.0.0.1", "fd00:ec2::254"]), None);
        assert_eq!(permitted(EndpointPolicy::Public, &[]), None);
    }

    fn resolve_localhost(policy: EndpointPolicy) -> Resolving {
        Guard::new(policy).resolve("localhost".parse().unwrap())
    }

    #[tokio::test]
    async fn a_name_is_looked_up_before_it_is_judged() {
        let refused = resolve_localhost(EndpointPolicy::Public).await.err().unwrap();
        assert_eq!(refused.downcast_ref(), Some(&NotPermitted::NotPublic));
        assert!(
            resolve_localhost(EndpointPolicy::Any).await.unwrap().all(|address| address.ip().is_loopback())
        );
    }
}
