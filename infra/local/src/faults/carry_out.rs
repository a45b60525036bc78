//! How a call is carried out that a fault may concern.

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::{Call, Effect, Fault, Refusal};
use crate::simulator::Simulator;

/// Carries out a call, unless a fault says otherwise.
pub async fn carry_out<T>(
    simulator: &Simulator,
    call: Call<'_>,
    refuse: impl FnOnce(Refusal) -> T,
    answer: impl Future<Output = T>,
) -> T {
    if let Some(fault) = simulator.faults.throttling(&call, simulator.now()) {
        return refuse(too_many(fault));
    }
    let Some(fault) = simulator.faults.meet(&call) else {
        return answer.await;
    };
    tracing::info!(target = call.target, call.operation, effect = ?fault.effect, "fault");
    if fault.effect == Effect::Kill {
        simulator.runtime.look(|state| state.kill(call.caller));
    }
    if let Effect::Fail | Effect::Kill = fault.effect {
        return refuse(refusal(fault));
    }
    let answered = answer.await;
    if fault.effect == Effect::KillAfter {
        simulator.runtime.look(|state| state.kill(call.caller));
    }
    if fault.effect == Effect::Delay {
        delay(simulator, call, fault.seconds.unwrap_or_default()).await;
    }
    answered
}

fn refusal(fault: Fault) -> Refusal {
    let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok());
    Refusal {
        status: status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
        code: fault.code,
        message: fault.message,
    }
}

fn too_many(fault: Fault) -> Refusal {
    let message = fault.message.or_else(|| Some("Maximum sending rate exceeded.".to_owned()));
    Refusal { status: StatusCode::TOO_MANY_REQUESTS, code: fault.code, message }
}

/// The caller only waits for time until the answer comes.
async fn delay(simulator: &Simulator, call: Call<'_>, seconds: u32) {
    let until = simulator.now() + TimeDelta::seconds(seconds.into());
    let _waits = simulator.runtime.wait_for_answer(call.caller, until);
    drop(call.under_way);
    simulator.clock.sleep_until(Some(until)).await;
}
