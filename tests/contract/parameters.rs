//! The parameters: what is wrong is refused before anything is made, in words.

use std::collections::BTreeSet;

use serde_json::Value;
use varsling_domain::channel::Channel;
use varsling_function::environment;
use varsling_queues::variables;

use crate::deployment::{Deployment, fits};
use crate::template::Template;

/// Whole numbers: the name, the least and the most.
pub const NUMBERS: [(&str, &str, &str); 27] = [
    ("ApiBurstLimit", "1", "99999"),
    ("ApiRateLimit", "1", "99999"),
    ("EmailBatchSize", "1", "10"),
    ("EmailRate", "1", "99999"),
    ("EmailUrgentBatchSize", "1", "10"),
    ("EmailWorkers", "2", "1000"),
    ("EmailsPerDay", "1", "999999999"),
    ("EmailsPerOwnerAndDay", "1", "999999999"),
    ("EvidenceDays", "1", "99999"),
    ("FeedEpoch", "0", "999"),
    ("IndexWarmReads", "12000", "9999999"),
    ("IndexWarmWrites", "4000", "9999999"),
    ("InstantShare", "1", "50"),
    ("LogRetentionDays", "1", "731"),
    ("RequestsPerSecond", "1", "999999"),
    ("ResolveConcurrency", "2", "1000"),
    ("RetentionDays", "1", "3650"),
    ("SmsBatchSize", "1", "10"),
    ("SmsDollarsPerMonth", "1", "9999999"),
    ("SmsRate", "1", "99999"),
    ("SmsSegmentsPerDay", "1", "999999999"),
    ("SmsSegmentsPerOwnerAndDay", "1", "999999999"),
    ("SmsUrgentBatchSize", "1", "10"),
    ("SmsWorkers", "2", "1000"),
    ("TableWarmReads", "12000", "9999999"),
    ("TableWarmWrites", "4000", "9999999"),
    ("UrgentShare", "1", "50"),
];

/// For each of the others a value that is wrong.
const WRONG: [(&str, &str); 53] = [
    ("AlarmEmail", "drift"),
    ("Architecture", "arm"),
    ("AttachmentHosts", "*.com"),
    ("DataKey", "own"),
    ("DecisionsUrl", "http://decisions.example.no"),
    ("DecisionsScope", " "),
    ("DomainCertificateArn", "arn:aws:iam::111111111111:server-certificate/varsling"),
    ("DomainName", "https://varsling.example.no"),
    ("DomainZoneId", "example.no"),
    ("EmailIdentity", ""),
    ("ConsoleEnabled", "Enabled"),
    ("EmailSender", "Varsling <varsling@example.no>"),
    ("EmailTls", "Require"),
    ("EndUserIssuer", "https://a.no/=http://a.no/jwk"),
    ("EvidenceBackups", "true"),
    ("ExistingEvidenceTableName", "arn:aws:dynamodb:eu-north-1:111111111111:table/evidence"),
    ("ExistingIdSecretArn", "IdSecret-EXAMPLE"),
    ("ExistingTableName", "arn:aws:dynamodb:eu-north-1:111111111111:table/varsling"),
    ("ExistingTableStreamArn", "arn:aws:dynamodb:eu-north-1:111111111111:table/varsling"),
    ("ExternalUrl", "external"),
    ("KrrScope", "a  b"),
    ("KrrUrl", "krr.example.no"),
    ("Links", "allowed"),
    ("LogLevel", "off"),
    ("LookUpWhenOrdering", "Disabled"),
    ("MaskinportenClientId", "a b"),
    ("MaskinportenIssuer", ""),
    ("MaskinportenTokenUrl", "http://maskinporten.no/token"),
    ("NamesScope", "a "),
    ("NamesUrl", "https://"),
    ("OpenedPublishers", "111111111111"),
    ("OrganizationsUrl", "https://a b"),
    ("OwnersMustBeRegistered", "Enabled"),
    ("PersonalUrl", "ftp://personal.example.no"),
    ("ProfileScope", " a"),
    ("ReservedConcurrency", "10"),
    ("SendingHours", "{"),
    ("SendingWindow", "Always"),
    ("SesTenantPrefix", "a b"),
    ("SmsDeliveryLogs", "create"),
    ("SmsNumbers", "+47 EEA"),
    ("SmsSenderId", "12345"),
    ("SmsSenderId", "Notification"),
    ("SmsSenderIdsRegistered", "+47"),
    ("StatusEventsTo", "99182582"),
    ("SubjectPrefix", "a prefix that is too long"),
    ("SweepState", "Disabled"),
    ("PublicUrl", "http://example.no"),
    ("TokenAudience", "a b"),
    ("TokenIssuers", "https://a.no/=http://a.no/jwk"),
    ("TokenIssuers", "https://a.no/"),
    ("Tracing", "Active"),
    ("WebAclArn", "arn:aws:wafv2:eu-north-1:111111111111:regional/webacl/varsling/a1"),
];

#[test]
fn three_values_and_the_architecture_have_no_default() {
    let template = Template::read();
    let needed = parameters(&template).into_iter().filter(|(_, parameter)| parameter["Default"].is_null());
    let needed: BTreeSet<_> = needed.map(|(name, _)| name).collect();
    assert_eq!(needed, ["Architecture", "EmailIdentity", "EmailSender", "TokenIssuers"].into());
    for name in needed {
        assert_refused(&Deployment::smallest(&template).without(name), name);
        assert_refused(&Deployment::smallest(&template).with(name, ""), name);
    }
}

#[test]
fn every_parameter_says_what_it_takes_and_what_is_wrong() {
    let template = Template::read();
    for (name, parameter) in parameters(&template) {
        let bounded = !parameter["AllowedPattern"].is_null() || !parameter["AllowedValues"].is_null();
        assert!(bounded, "{name} takes anything");
        for text in ["Description", "ConstraintDescription"] {
            assert!(parameter[text].as_str().is_some_and(|text| text.ends_with('.')), "{name}: {text}");
        }
    }
}

#[test]
fn every_parameter_is_used() {
    let template = Template::read();
    let rest: String =
        ["Conditions", "Globals", "Resources"].map(|name| template.at(&[name]).to_string()).concat();
    for (name, _) in parameters(&template) {
        let used =
            rest.contains(&format!("{{\"Ref\":\"{name}\"}}")) || rest.contains(&format!("${{{name}}}"));
        assert!(used, "{name}");
    }
}

#[test]
fn numbers_are_whole_and_in_range() {
    let template = Template::read();
    for (name, least, most) in NUMBERS {
        let parameter = template.at(&["Parameters", name]);
        for right in [least, most, parameter["Default"].as_str().unwrap()] {
            assert!(fits(parameter, right), "{name} {right}");
        }
        let (below, above) = (least.parse::<i64>().unwrap() - 1, most.parse::<i64>().unwrap() + 1);
        let wrong =
            ["14.5", "1.5", "-1", "", "1e3", " 14", "014", "x", &below.to_string(), &above.to_string()];
        for wrong in wrong {
            assert!(!fits(parameter, wrong), "{name} {wrong}");
        }
        assert_refused(&Deployment::smallest(&template).with(name, "14.5"), name);
    }
}

#[test]
fn every_number_is_tried() {
    let template = Template::read();
    let numbers = parameters(&template).into_iter().filter(|(_, parameter)| {
        parameter["Default"].as_str().is_some_and(|default| default.parse::<f64>().is_ok())
    });
    assert_eq!(numbers.map(|(name, _)| name).collect::<Vec<_>>(), NUMBERS.map(|(name, ..)| name));
    for (name, parameter) in parameters(&template) {
        // CloudFormation's Number takes 14.5.
        assert_ne!(parameter["Type"], "Number", "{name}");
    }
}

#[test]
fn every_parameter_refuses_what_is_wrong() {
    let template = Template::read();
    let tried: BTreeSet<_> =
        WRONG.iter().map(|(name, _)| *name).chain(NUMBERS.iter().map(|(name, ..)| *name)).collect();
    assert_eq!(tried, parameters(&template).into_iter().map(|(name, _)| name).collect());
    for (name, wrong) in WRONG {
        assert_refused(&Deployment::full(&template).with(name, wrong), name);
    }
}

#[test]
fn token_issuers_are_pairs_with_spaces_between() {
    let template = Template::read();
    let [a, b] = ["https://a.no/=https://a.no/jwk", "b=https://keys.b.no/?set=1"];
    let smallest = Deployment::smallest(&template);
    assert_eq!(smallest.with("TokenIssuers", &format!("{a} {b}")).refusals(), [""; 0]);
    for wrong in [format!("{a},{b} c"), format!("{a} https://b.no/"), format!("{a}  {b}"), format!("={b}")] {
        assert_refused(&Deployment::smallest(&template).with("TokenIssuers", &wrong), "TokenIssuers");
    }
}

#[test]
fn json_is_whole() {
    let template = Template::read();
    let hours = r#"{"email": {"days": ["Mon"], "opens": "08:00", "closes": "20:00", "holidays": true}, "sms": {"days":
        ["Sat"], "opens": "09:00", "closes": "17:00", "holidays": false, "halfDays": {"12-23": "15:00"}}}"#;
    let name = "SendingHours";
    assert_eq!(Deployment::smallest(&template).with(name, hours).refusals(), [""; 0]);
    let parts = [&hours[..hours.len() - 1], &hours[1..]];
    let others = ["{", "}", "{{", "\"sms\"", "sms", "null", "[]", r#"{"post": {}}"#];
    for wrong in parts.into_iter().chain(others) {
        assert_refused(&Deployment::smallest(&template).with(name, wrong), name);
    }
    let why = template.at(&["Parameters", name, "ConstraintDescription"]).as_str().unwrap();
    assert!(why.contains("single quotes inside"), "it does not say how to quote");
}

#[test]
fn what_needs_each_other_is_given_together() {
    let template = Template::read();
    let full = Deployment::full(&template);
    assert_refused(&full.clone().without("DecisionsUrl"), "PersonalUrl needs DecisionsUrl");
    assert_refused(&full.clone().without("PersonalUrl"), "DecisionsUrl needs PersonalUrl");
    assert_refused(
        &full.clone().without("ExistingIdSecretArn"),
        "ExistingTableName needs ExistingIdSecretArn",
    );
    let without_stream = full.clone().without("ExistingTableStreamArn");
    assert_refused(&without_stream, "ExistingTableName needs ExistingTableStreamArn");
    let without_table = full.clone().without("ExistingTableName");
    assert_refused(&without_table, "ExistingTableStreamArn needs ExistingTableName");
    for warm in ["TableWarmWrites", "IndexWarmWrites"] {
        assert_refused(&full.clone().with(warm, "4000"), "TableWarmWrites and IndexWarmWrites");
        let made_here = full.clone().without("ExistingTableName").without("ExistingTableStreamArn");
        assert_eq!(made_here.with(warm, "4000").refusals(), [""; 0]);
    }
}

#[test]
fn the_apis_name_has_a_certificate_and_a_firewall_has_a_name() {
    let template = Template::read();
    let smallest = Deployment::smallest(&template);
    let name = smallest.clone().with("DomainName", "varsling.example.no");
    assert_refused(&name, "DomainName needs DomainCertificateArn");
    let certificate = "arn:aws:acm:eu-north-1:111111111111:certificate/a-1";
    assert_refused(
        &smallest.clone().with("DomainCertificateArn", certificate),
        "DomainCertificateArn needs DomainName",
    );
    assert_refused(&smallest.clone().with("DomainZoneId", "Z1"), "DomainZoneId needs DomainName");
    let firewall = "arn:aws:wafv2:us-east-1:111111111111:global/webacl/varsling/a-1";
    assert_refused(&smallest.with("WebAclArn", firewall), "WebAclArn needs DomainName");
    let named = name.with("DomainCertificateArn", certificate);
    assert_eq!(named.refusals(), [""; 0]);
    assert!(named.holds("HasApiDomain") && !named.holds("HasWebAcl"));
    let guarded = named.with("WebAclArn", firewall);
    assert_eq!(guarded.refusals(), [""; 0]);
    assert!(!guarded.holds("HasApiDomain"), "the name leads to the firewall");
}

fn parameters(template: &Template) -> Vec<(&str, &Value)> {
    let parameters = template.at(&["Parameters"]).as_object().unwrap();
    parameters.iter().map(|(name, parameter)| (name.as_str(), parameter)).collect()
}

/// A deployment is refused, with one reason, which begins with these words.
fn assert_refused(deployment: &Deployment, words: &str) {
    let refusals = deployment.refusals();
    let [why] = refusals.as_slice() else { panic!("{words}: {refusals:?}") };
    assert!(why.starts_with(words), "{why}");
}

#[test]
fn the_rate_of_a_channel_is_usually_what_its_provider_takes() {
    let template = Template::read();
    for channel in Channel::ALL {
        let parameter = environment::parameter(variables::rate(*channel));
        let usual = channel.spec().usual_rate.to_string();
        assert_eq!(template.at(&["Parameters", &parameter, "Default"]), usual.as_str(), "{parameter}");
    }
}
