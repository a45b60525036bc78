//! The command line: what can be said, and the help that says it.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use varsling_domain::deployment::Scope;
use varsling_domain::identity::Owner;
use varsling_domain::ids::ChainId;

use crate::error::OpsError;
use crate::parsing;

const EXAMPLES: &str = "\
Which deployment is meant is said with --stack (or VARSLING_STACK). Credentials and region are those of the AWS SDK's
environment variables and profiles; `eval \"$(aws configure export-credentials --format env)\"` makes such of a login by
SSO. What goes through the API needs a token with the scope altinn:notifications.admin in VARSLING_TOKEN.

  What is missing before going live?   varsling-ops --stack varsling doctor
  An alarm: how bad is it?             varsling-ops --stack varsling drain
  What became of an order?             varsling-ops --stack varsling order timeline <id> --owner <org number>
  A dead-letter alarm                  varsling-ops --stack varsling dead-letters list
                                       varsling-ops --stack varsling dead-letters explain reports
                                       varsling-ops --stack varsling --dry-run dead-letters send-back reports
  Stop everything, now                 varsling-ops --stack varsling hold deployment --reason 'wrong text'

Exit status: 0 done, 1 something is wrong, 2 the command line is.";

/// Looks after a deployment of Varsling.
#[derive(Debug, Parser)]
#[command(name = "varsling-ops", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    /// Which deployment, and how.
    #[command(flatten)]
    pub target: Target,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// Which deployment, and how.
#[derive(Debug, Args)]
pub struct Target {
    /// The name of the deployment's stack in CloudFormation.
    #[arg(long, global = true, env = "VARSLING_STACK")]
    pub stack: Option<String>,
    /// The address of a local system, in place of a stack: http://127.0.0.1:3000.
    #[arg(long, global = true)]
    pub local: Option<String>,
    /// Where the API is reached from here, in place of the stack's output `ApiUrl`: through a private network, or a proxy.
    #[arg(long, global = true)]
    pub api: Option<String>,
    /// A file with an administrator's token, in place of the variable VARSLING_TOKEN.
    #[arg(long, global = true)]
    pub token_file: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Say what would be changed, and change nothing.
    #[arg(long, global = true)]
    pub dry_run: bool,
}

impl Target {
    /// The token; none where nothing is said of one.
    pub fn token(&self) -> Result<Option<String>, OpsError> {
        let Some(path) = &self.token_file else { return Ok(std::env::var("VARSLING_TOKEN").ok()) };
        let read = std::fs::read_to_string(path);
        let token = read
            .map_err(|error| OpsError::File { path: path.display().to_string(), why: error.to_string() })?;
        Ok(Some(token.trim().to_owned()))
    }
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What is missing before going live, or has stopped being there, and how to get it.
    Doctor,
    /// How much is due and queued, how old it is, and when it will have left.
    Drain {
        /// Look again every so many seconds, until nothing is left.
        #[arg(long)]
        watch: Option<u64>,
    },
    /// Messages that could not be worked off.
    #[command(subcommand, arg_required_else_help = true)]
    DeadLetters(DeadLetters),
    /// Orders of an owner.
    #[command(subcommand, arg_required_else_help = true)]
    Order(OrderCommand),
    /// Addresses that nothing is sent to any more.
    #[command(subcommand, arg_required_else_help = true)]
    Suppressions(Suppressions),
    /// What is held, and what was settled.
    Holds,
    /// Hold the deployment, a channel or an owner: nothing of it is handed over, and nothing is lost.
    Hold {
        /// `deployment`, `email`, `sms` or an organisation number.
        #[arg(value_parser = scope)]
        scope: Scope,
        /// Why, for those who come after you.
        #[arg(long)]
        reason: String,
    },
    /// Let go on what is held.
    Release {
        /// `deployment`, `email`, `sms` or an organisation number.
        #[arg(value_parser = scope)]
        scope: Scope,
    },
    /// Say what becomes of what was under way when the table was lost, after a restore.
    Settle(Settle),
    /// Owners and their settings.
    #[command(subcommand, arg_required_else_help = true)]
    Owner(OwnerCommand),
    /// What a person or an organisation was notified of. The number is read from standard input, where no history keeps it.
    Notices {
        /// Whose number it is.
        #[arg(value_enum)]
        whose: Whose,
        /// From when; seven days ago where it is left out.
        #[arg(long, value_parser = parsing::moment)]
        from: Option<DateTime<Utc>>,
    },
    /// Erase what is held about a person or an organisation: orders that are over, with their texts and addresses. The number is
    /// read from standard input, where no history keeps it.
    Erase {
        /// Whose number it is.
        #[arg(value_enum)]
        whose: Whose,
    },
    /// Write an owner's orders of the last 90 days, with their evidence, into a file: a line of JSON for each.
    Export {
        /// Whose.
        #[arg(value_parser = parsing::owner)]
        owner: Owner,
        /// The file; it must not be there.
        #[arg(long)]
        to: PathBuf,
        /// Go on behind this entry of the feed, where an export was broken off.
        #[arg(long, default_value_t = 0)]
        after: u64,
    },
    /// Orders that the sweeps could not read and have set aside.
    #[command(subcommand, arg_required_else_help = true)]
    Quarantine(Quarantine),
    /// What administrators have changed. Goes through the whole table, at half a read unit for each 4 kB.
    Changes {
        /// From when.
        #[arg(long, value_parser = parsing::moment)]
        from: Option<DateTime<Utc>>,
    },
}

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// How many there are, on which queues.
    List,
    /// What they are, and what to do with them.
    Explain {
        /// The queue, such as `reports`.
        queue: String,
    },
    /// Send them back to the queue that they came from. Mend first what they failed at.
    SendBack {
        /// The queue, such as `reports`.
        queue: String,
        /// Only the one with this message id.
        #[arg(long)]
        only: Option<String>,
    },
}

/// What can be done with orders.
#[derive(Debug, Subcommand)]
pub enum OrderCommand {
    /// Find orders by their owner's reference.
    Find {
        /// The reference, exactly.
        reference: String,
        /// Whose.
        #[arg(long, value_parser = parsing::owner)]
        owner: Owner,
    },
    /// An order as it was accepted, with the state of each shipment.
    Show(OneOrder),
    /// What happened to an order, when and why.
    Timeline(OneOrder),
    /// What can be proved of an order.
    Evidence(OneOrder),
    /// Take an order back, as far as it was not handed over.
    Cancel(OneOrder),
    /// Order again what failed of an order's notification, with nobody whom it may have reached. Said twice, it is done once.
    SendAgain(OneOrder),
    /// Have all of an order told anew: events, feed and evidence that went missing. Events come again with the same ids.
    TellAnew {
        /// The order, or one of its shipments or deliveries.
        #[arg(value_parser = parsing::order)]
        id: ChainId,
    },
}

/// An order.
#[derive(Debug, Args)]
pub struct OneOrder {
    /// The order, or one of its shipments or deliveries.
    #[arg(value_parser = parsing::order)]
    pub id: ChainId,
    /// Whose; looked up in the table where it is left out.
    #[arg(long, value_parser = parsing::owner)]
    pub owner: Option<Owner>,
}

/// What can be done with suppressed addresses.
#[derive(Debug, Subcommand)]
pub enum Suppressions {
    /// The latest hundred.
    List,
    /// Whether an address is one of them, and why. It is read from standard input, where no history keeps it.
    Explain {
        /// What kind of address it is.
        #[arg(value_enum)]
        kind: AddressKind,
    },
    /// Let an address be sent to again.
    Lift {
        /// The id that `list` and `explain` show.
        id: String,
    },
}

/// A kind of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AddressKind {
    /// An e-mail address.
    Email,
    /// A number.
    Sms,
}

/// Whose number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Whose {
    /// A national identity number.
    Person,
    /// An organisation number.
    Organization,
}

/// What can be done with owners.
#[derive(Debug, Subcommand)]
pub enum OwnerCommand {
    /// An owner's settings.
    Show(OneOwner),
    /// Let nothing of an owner in, and send nothing of it.
    Block(OneOwner),
    /// Let an owner in again.
    Unblock(OneOwner),
    /// What an owner has used, by day.
    Usage {
        /// The owner.
        #[arg(value_parser = parsing::owner)]
        owner: Owner,
        /// The first day.
        #[arg(long, value_parser = parsing::day)]
        from: Option<NaiveDate>,
        /// The last day.
        #[arg(long, value_parser = parsing::day)]
        to: Option<NaiveDate>,
    },
}

/// An owner.
#[derive(Debug, Args)]
pub struct OneOwner {
    /// The owner's organisation number.
    #[arg(value_parser = parsing::owner)]
    pub owner: Owner,
}

/// What becomes of what was under way.
#[derive(Debug, Args)]
pub struct Settle {
    /// What becomes of what no rule fits.
    #[arg(long, value_enum, default_value_t = Decision::GiveUp)]
    pub otherwise: Decision,
    /// What an owner's orders that were planned before a time come to: `<owner>,<time>,<decision>`. The first rule that fits
    /// decides.
    #[arg(long = "rule", value_parser = rule)]
    pub rules: Vec<Rule>,
    /// When the table was lost, where it cannot tell that it was restored.
    #[arg(long, value_parser = parsing::moment)]
    pub until: Option<DateTime<Utc>>,
}

/// What becomes of a notice that may have been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decision {
    /// It is given up.
    GiveUp,
    /// It goes out, and may be sent twice.
    SendAgain,
}

impl Decision {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GiveUp => "GiveUp",
            Self::SendAgain => "SendAgain",
        }
    }
}

/// A rule of a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Whose orders.
    pub owner: Owner,
    /// Planned before when.
    pub planned_before: DateTime<Utc>,
    /// What becomes of them.
    pub decision: Decision,
}

fn rule(text: &str) -> Result<Rule, String> {
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    let [owner, time, decision] = parts.as_slice() else {
        return Err("a rule is an owner, a time and give-up or send-again, with commas between".to_owned());
    };
    Ok(Rule {
        owner: parsing::owner(owner)?,
        planned_before: parsing::moment(time)?,
        decision: Decision::from_str(decision, true)?,
    })
}

fn scope(text: &str) -> Result<Scope, String> {
    if text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return parsing::owner(text).map(Scope::Owner);
    }
    text.parse().map_err(|_| format!("`{text}` is none of deployment, email, sms and an organisation number"))
}

/// What can be done with what was set aside.
#[derive(Debug, Subcommand)]
pub enum Quarantine {
    /// What is set aside.
    List,
    /// What of an item is stored, by its attributes.
    Show {
        /// Its key, such as `chain#c2727ae6-466e-8b3f-b22a-0b0219417000`.
        key: String,
    },
    /// Have an item looked at again, once a release is deployed that can read it.
    PutBack {
        /// Its key.
        key: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    fn refused(arguments: &[&str]) -> String {
        Cli::try_parse_from([&["varsling-ops"], arguments].concat()).unwrap_err().to_string()
    }

    #[test]
    fn a_typing_error_is_answered_with_what_can_be_said() {
        assert!(refused(&["hold", "emial", "--reason", "x"]).contains("none of deployment, email, sms"));
        assert!(refused(&["owner", "block", "991825826"]).contains("Was 991825827 meant?"));
        assert!(refused(&["order", "timeline", "c27"]).contains("is no id of an order"));
        assert!(refused(&["settle", "--rule", "991825827,yesterday,give-up"]).contains("is no time"));
        assert!(refused(&["settle", "--rule", "991825827,2026-12-07"]).contains("with commas between"));
    }

    #[test]
    fn a_rule_has_an_owner_a_time_and_a_decision() {
        let rule = rule("991825827, 2026-12-07, send-again").unwrap();
        assert_eq!((rule.owner.as_str(), rule.decision), ("991825827", Decision::SendAgain));
    }
}
