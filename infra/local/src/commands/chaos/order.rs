//! An order by chance: of which kind, to whom, when, and what should become of it.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value, json};

use super::owner::COMPOSED;

/// Reachable by e-mail and SMS.
pub const PERSONS: [&str; 4] = ["11837512435", "08919039885", "28836831464", BOUNCING_PERSON];
/// Has an e-mail address that takes nothing, and a mobile number.
pub const BOUNCING_PERSON: &str = "10899319287";
/// The address of that person.
pub const BOUNCING: &str = "bounce+person@simulator.amazonses.com";
/// An address that everybody may order to, and takes nothing; and one whose owner complains.
const AVERSE: [&str; 2] =
    ["bounce+felles@simulator.amazonses.com", "complaint+felles@simulator.amazonses.com"];
/// Has reserved against digital communication.
pub const RESERVED: &str = "03895628785";
/// Has so many addresses that each gets a chain of its own.
pub const WIDE: &str = "305832197";
/// Have several addresses, those of their main unit, and many.
const ORGANIZATIONS: [&str; 3] = ["307576317", "301896271", WIDE];

/// An order, and what is known of it beforehand.
pub struct Draft {
    /// Where it is placed.
    pub path: &'static str,
    /// Its body.
    pub body: Value,
    /// The dialog that it is about, if it is about one.
    pub dialog: Option<String>,
    /// What its texts have in them, of the notification and then of its reminder.
    pub marks: [String; 2],
    /// Whether it may be sent twice.
    pub sends_again: bool,
    /// When it is wanted.
    pub wanted_at: DateTime<Utc>,
    /// Whether nobody is to be reached.
    pub is_for_nobody: bool,
    /// What the notification's condition says, if it has one.
    pub condition: Option<bool>,
}

/// Whether an e-mail address takes nothing.
pub fn bounces(address: &str) -> bool {
    address.starts_with("bounce+")
}

/// Whether the owner of an address complains of what arrives.
pub fn complains(address: &str) -> bool {
    address.starts_with("complaint+")
}

/// What makes an order.
pub struct Chance<'a> {
    pub rng: &'a mut Rng,
    pub number: usize,
    pub now: DateTime<Utc>,
    /// Where the local system is, which has condition endpoints and files.
    pub url: &'a str,
    /// Whether something is held, so that nothing can be sent at once.
    pub is_held: bool,
}

impl Chance<'_> {
    /// An order of some kind.
    pub fn order(&mut self) -> Draft {
        match self.rng.u8(0..11) {
            0 if !self.is_held => self.instant(),
            1 | 2 => self.list(),
            3 => self.composed(),
            _ => self.chain(),
        }
    }

    fn draft(&self, path: &'static str, body: Value) -> Draft {
        let marks = ["notification", "reminder"].map(|which| format!("{which} {}", self.number));
        Draft {
            path,
            body,
            dialog: None,
            marks,
            sends_again: false,
            wanted_at: self.now,
            is_for_nobody: false,
            condition: None,
        }
    }

    fn chain(&mut self) -> Draft {
        let number = self.number;
        let mut draft = self.draft("future/orders", json!({"idempotencyId": format!("order {number}")}));
        let is_for_nobody = self.rng.u8(0..12) == 0;
        let recipient = if is_for_nobody { RESERVED.to_owned() } else { String::new() };
        draft.is_for_nobody = is_for_nobody;
        draft.body["recipient"] = self.recipient(&recipient, &draft.marks[0]);
        if self.rng.bool() {
            let dialog = format!("dialog-{number}");
            draft.body["dialogportenAssociation"] = json!({"dialogId": dialog});
            draft.dialog = Some(dialog);
            let mut reminder = json!({"recipient": self.recipient(&recipient, &draft.marks[1])});
            let (member, most) = if self.rng.bool() { ("delayDays", 5) } else { ("delayHours", 40) };
            reminder[member] = json!(self.rng.u8(1..most));
            draft.body["reminders"] = json!([reminder]);
        }
        if self.rng.u8(0..6) == 0 {
            let is_met = self.rng.bool();
            draft.body["conditionEndpoint"] = json!(format!("{}/local/condition?send={is_met}", self.url));
            draft.body["onConditionFailure"] = json!("Hold");
            draft.condition = Some(is_met);
        }
        self.postpone(&mut draft);
        self.settle(&mut draft);
        draft
    }

    fn postpone(&mut self, draft: &mut Draft) {
        if self.rng.u8(0..3) == 0 {
            draft.wanted_at = self.now + TimeDelta::minutes(self.rng.i64(1..4_000));
            draft.body["requestedSendTime"] = json!(draft.wanted_at);
        }
    }

    /// An e-mail with a file.
    fn composed(&mut self) -> Draft {
        let mut draft = self.draft(COMPOSED, Value::Null);
        let mark = draft.marks[0].clone();
        let file = json!({"filename": "brev.pdf", "mimeType": "application/pdf",
            "sasUrl": format!("{}/local/jwks?sig=x", self.url)});
        let settings = json!({"subject": mark, "body": format!("{mark}."), "attachments": [file]});
        draft.body = json!({"idempotencyId": format!("composed {}", self.number),
            "recipient": {"emailAddress": self.address(), "emailSettings": settings}});
        self.postpone(&mut draft);
        draft
    }

    fn settle(&mut self, draft: &mut Draft) {
        if self.rng.u8(0..4) == 0 {
            draft.sends_again = true;
            draft.body["onUncertainOutcome"] = json!("SendAgain");
        }
        if self.rng.u8(0..6) == 0 {
            draft.body["priority"] = json!("Urgent");
        }
    }

    /// Somebody of some kind; the person of this number, where there is one.
    fn recipient(&mut self, person: &str, mark: &str) -> Value {
        let policy = if self.rng.bool() { "Anytime" } else { "Daytime" };
        let email = json!({"subject": mark, "body": format!("{mark}."), "sendingTimePolicy": policy});
        let sms = json!({"body": format!("{mark}."), "sendingTimePolicy": policy});
        let schemas = ["Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms"];
        let schema = self.rng.choice(schemas).unwrap_or_default();
        let kind = if person.is_empty() { self.rng.u8(0..4) } else { 2 };
        match kind {
            0 => json!({"recipientEmail": {"emailAddress": self.address(), "emailSettings": email}}),
            1 => json!({"recipientSms": {"phoneNumber": self.phone_number(), "smsSettings": sms}}),
            2 => {
                let chosen = self.rng.choice(PERSONS).unwrap_or_default();
                let number = if person.is_empty() { chosen } else { person };
                json!({"recipientPerson": {"nationalIdentityNumber": number, "channelSchema": schema,
                    "emailSettings": email, "smsSettings": sms}})
            }
            _ => json!({"recipientOrganization": {"orgNumber": self.rng.choice(ORGANIZATIONS),
                "channelSchema": schema, "emailSettings": email, "smsSettings": sms}}),
        }
    }

    fn list(&mut self) -> Draft {
        let mut draft = self.draft("orders/email", Value::Null);
        let recipients: Vec<_> = (0..self.rng.usize(1..25))
            .map(|place| json!({"emailAddress": format!("l{}-{place}@example.no", self.number)}))
            .collect();
        draft.body = json!({"idempotencyId": format!("list {}", self.number), "recipients": recipients,
            "subject": draft.marks[0], "body": format!("{}.", draft.marks[0])});
        if self.rng.u8(0..4) == 0 {
            draft.sends_again = true;
            draft.body["onUncertainOutcome"] = json!("SendAgain");
        }
        draft
    }

    fn instant(&mut self) -> Draft {
        let mut draft = self.draft("future/orders/instant/email", Value::Null);
        let mark = draft.marks[0].clone();
        draft.body = json!({"idempotencyId": format!("instant {}", self.number), "recipientEmail": {
            "emailAddress": self.address(), "emailSettings": {"subject": mark, "body": format!("{mark}.")}}});
        draft
    }

    fn address(&mut self) -> String {
        match self.rng.choice(AVERSE).filter(|_| self.rng.u8(0..8) == 0) {
            Some(averse) => averse.to_owned(),
            None => format!("mottaker-{}@example.no", self.number),
        }
    }

    fn phone_number(&self) -> String {
        format!("+479{:07}", 1_000_000 + self.number)
    }
}
