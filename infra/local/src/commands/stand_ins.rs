//! The token issuer and the fake registers without the rest of the system, for functions that run elsewhere.

use axum::Router;
use tokio::net::TcpListener;

use crate::system::{self, Options};
use crate::{AnyError, control, registers};

/// Serves them on a port of loopback until the process is told to end.
pub async fn run(port: u16) -> Result<(), AnyError> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("The issuer and the registers are at http://{}", listener.local_addr()?);
    let routes: Router = Router::new()
        .merge(registers::routes())
        .merge(registers::control::routes())
        .merge(control::fault_routes())
        .with_state(system::simulator(&Options::default())?);
    let ended = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, routes).with_graceful_shutdown(ended).await?;
    Ok(())
}
