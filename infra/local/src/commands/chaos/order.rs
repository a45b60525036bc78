//! An order by chance: of which kind, to whom, when, and what should become of it.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value, json};

/// Reachable by e-mail and SMS.
const PERSONS: [&str; 4] = ["11837512435", "08919039885", "28836831464", "10899319287"];
/// Has reserved against digital communication.
const RESERVED: &str = "03895628785";
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
}

/// What makes an order.
pub struct Chance<'a> {
    pub rng: &'a mut Rng,
    pub number: usize,
    pub now: DateTime<Utc>,
}

impl Chance<'_> {
    /// An order of some kind.
    pub fn order(&mut self) -> Draft {
        match self.rng.u8(0..10) {
            0 => self.instant(),
            1 | 2 => self.list(),
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
        if self.rng.u8(0..3) == 0 {
            draft.wanted_at = self.now + TimeDelta::minutes(self.rng.i64(1..4_000));
            draft.body["requestedSendTime"] = json!(draft.wanted_at);
        }
        self.settle(&mut draft);
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
        let mark = &draft.marks[0];
        draft.body = json!({"idempotencyId": format!("instant {}", self.number), "recipientEmail": {
            "emailAddress": self.address(), "emailSettings": {"subject": mark, "body": format!("{mark}.")}}});
        draft
    }

    fn address(&self) -> String {
        format!("mottaker-{}@example.no", self.number)
    }

    fn phone_number(&self) -> String {
        format!("+479{:07}", 1_000_000 + self.number)
    }
}
