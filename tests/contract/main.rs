//! The template held against the code: what is deployed is what was tested.

mod alarms;
#[cfg(test)]
mod console;
#[cfg(test)]
mod dashboard;
#[cfg(test)]
mod deployment;
mod docs;
#[cfg(test)]
mod errors_page;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod metrics;
mod modules;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod parameters;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod references;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod rule;
#[cfg(test)]
mod runbook;
#[cfg(test)]
mod samconfig;
#[cfg(test)]
mod ses_events;
#[cfg(test)]
mod sms_logs;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod table;
#[cfg(test)]
mod table_alarms;
#[cfg(test)]
mod template;
