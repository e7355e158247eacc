//! `NotificationPolicy`.

use std::collections::BTreeMap;

use super::account::Credentials;
use super::common::Weekday;
use super::macros::{block, words};
use super::policy::ChangedKind;
use super::status::ResourceStatus;
use super::text::{
    Duration, EmailAddress, HostName, LabelValue, ResourceName, TimeOfDay, WebAddress, ZoneName,
};

words! {
    /// Something that people are told of.
    NotifiedEvent {
        PlanPending = "A plan waits: for an approval, or for a window or pause to end.",
        Applied = "A plan was applied whole.",
        ApplyFailed = "An apply failed before anything was written.",
        PartlyApplied = "An apply wrote some of its changes and not the others.",
        Drift = "Something was changed on the platform that the YAML says otherwise.",
        ReviewRejected = "The platform's review rejected an ad.",
        RuleFired = "An automation rule acted, or proposed to.",
        RuleSuspended = "An automation rule was suspended because it kept failing.",
        RuleUnknown = "An automation rule could not judge something in six runs: it does nothing there.",
        Anomaly = "A metric left the range that was expected of it.",
        BudgetThreshold = "Spend passed a share of its budget.",
        TrackingOutage = "Clicks go on and conversions do not: tracking is probably broken.",
        TokenExpiring = "Credentials of an account expire soon.",
        KillSwitch = "Spend was stopped by the kill switch, or let go again.",
    }
}

words! {
    /// How much an event matters.
    NotifiedSeverity {
        Info = "Good to know.",
        Warning = "Somebody should look at it.",
        Critical = "Money is at risk now.",
    }
}

/// Who is told what, and how: channels, and routes that lead events of this namespace to them.
///
/// Nothing is lost while a channel is down: what could not be sent waits in `.adplane/outbox` and is tried again for up
/// to three days, then kept as a dead letter (`adplane ops list`). A receiver may get a message twice, with the same id.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Default,
    kube::CustomResource,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[kube(
    group = "adplane.io",
    version = "v1alpha1",
    kind = "NotificationPolicy",
    plural = "notificationpolicies",
    namespaced,
    schema = "disabled",
    status = "ResourceStatus",
    shortname = "adnotify",
    category = "ads-all",
    printcolumn = r#"{"name":"Channels","type":"string","jsonPath":".spec.channels[*].name"}"#,
    printcolumn = r#"{"name":"Routes","type":"string","jsonPath":".spec.routes[*].name"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct NotificationPolicySpec {
    /// Zone of quiet hours and digests, and of times in messages; `UTC` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<ZoneName>,
    /// Where messages go.
    #[schemars(
        length(min = 1, max = 20),
        extend("x-kubernetes-list-type" = "atomic", "x-adplane" = "children")
    )]
    pub channels: Vec<NotificationChannel>,
    /// Which events go where. An event that several routes lead to one channel comes once, as early as one of them says.
    #[schemars(
        length(min = 1, max = 50),
        extend("x-kubernetes-list-type" = "atomic", "x-adplane" = "children")
    )]
    pub routes: Vec<NotificationRoute>,
}

block! {
    /// Where messages go: exactly one of the forms.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-adplane-exactly-one" = ["email", "slack", "webhook"]))]
    NotificationChannel {
        [required] {
            /// Its name in this policy.
            #[schemars(extend("maxLength" = 63))]
            name: ResourceName,
        }
        /// E-mail by SMTP.
        email: EmailChannel,
        /// An incoming webhook of Slack, or of anything that takes the same form.
        slack: SlackChannel,
        /// A program of yours: `CloudEvents` as JSON, signed.
        webhook: WebhookChannel,
    }
}

words! {
    /// How a connection to a mail server is protected.
    SmtpTls {
        StartTls = "Begin in the clear and insist on TLS before anything is said; usual on port 587.",
        Tls = "TLS from the first byte; usual on port 465.",
        None = "No protection, to a server on the same machine only.",
    }
}

block! {
    /// E-mail by SMTP.
    #[serde(rename_all = "camelCase")]
    EmailChannel {
        [required] {
            /// The mail server, such as `smtp.shop.example`.
            host: HostName,
            /// The sender.
            from: EmailAddress,
            /// Who gets it.
            #[schemars(length(min = 1, max = 50), extend("x-kubernetes-list-type" = "set"))]
            to: Vec<EmailAddress>,
        }
        /// The server's port; 587 when absent, 465 with `tls: Tls`, 25 with `tls: None`.
        #[schemars(range(min = 1, max = 65535))]
        port: u32,
        /// How the connection is protected; `StartTls` when absent.
        tls: SmtpTls,
        /// Where name and password are, as `{"username": .., "password": ..}`; nobody logs in when absent.
        credentials: Credentials,
    }
}

block! {
    /// An incoming webhook of Slack, or of anything that takes the same form.
    #[serde(rename_all = "camelCase")]
    SlackChannel {
        [required] {
            /// Where its address is, as `{"url": ..}`: whoever knows the address can write to the channel.
            credentials: Credentials,
        }
    }
}

block! {
    /// A program of yours that takes `CloudEvents`.
    #[serde(rename_all = "camelCase")]
    WebhookChannel {
        [required] {
            /// Where the secret is that messages are signed with, as `{"signing_secret": ..}`, and `"url"` beside it when
            /// the address is secret as well.
            credentials: Credentials,
        }
        /// Its address; that of `credentials` when absent.
        url: WebAddress,
    }
}

block! {
    /// Which events go to which channels, and when.
    #[serde(rename_all = "camelCase")]
    NotificationRoute {
        [required] {
            /// Its name in this policy.
            #[schemars(extend("maxLength" = 63))]
            name: ResourceName,
            /// Names of channels of this policy.
            #[schemars(length(min = 1, max = 20), extend("x-kubernetes-list-type" = "set"))]
            channels: Vec<ResourceName>,
        }
        /// Which events; all when absent.
        #[serde(rename = "match")]
        matches: NotificationMatch,
        /// How long the same news is not told again, such as `4h`; `24h` when absent.
        dedup: Duration,
        /// Hours in which nothing is sent: it comes when they end.
        #[schemars(length(min = 1, max = 20), extend("x-kubernetes-list-type" = "atomic"))]
        quiet_hours: Vec<QuietHours>,
        /// Send what happened together, at set times.
        digest: Digest,
        /// At most so many messages; the rest comes as one, later. Critical events are sent all the same.
        throttle: Throttle,
    }
}

block! {
    /// Which events; what is left out does not restrict.
    #[serde(rename_all = "camelCase")]
    NotificationMatch {
        /// Kinds of events.
        #[schemars(length(min = 1, max = 13), extend("x-kubernetes-list-type" = "set"))]
        events: Vec<NotifiedEvent>,
        /// Only this severity and above.
        severity: NotifiedSeverity,
        /// Names of `AdAccount`s of this namespace.
        #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "set"))]
        accounts: Vec<ResourceName>,
        /// Kinds of objects that it is about.
        #[schemars(length(min = 1, max = 4), extend("x-kubernetes-list-type" = "set"))]
        kinds: Vec<ChangedKind>,
        /// Labels that an object it is about, or what that lies in, carries.
        #[schemars(extend("maxProperties" = 16))]
        labels: BTreeMap<String, LabelValue>,
    }
}

block! {
    /// Hours in which nothing is sent.
    #[serde(rename_all = "camelCase")]
    QuietHours {
        [required] {
            /// Start, such as `22:00`.
            from: TimeOfDay,
            /// End, such as `07:00`; an earlier time than `from` reaches into the next day.
            to: TimeOfDay,
        }
        /// Days on which they start; every day when absent.
        #[schemars(length(min = 1, max = 7), extend("x-kubernetes-list-type" = "set"))]
        days: Vec<Weekday>,
        /// What is graver is sent all the same; `Warning` when absent.
        up_to: NotifiedSeverity,
    }
}

block! {
    /// When what happened is sent together: exactly one of `every` and `at`.
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("x-adplane-exactly-one" = ["every", "at"]))]
    Digest {
        /// Again and again, counted from midnight, such as `4h`; from `5m` to `24h`.
        every: Duration,
        /// At these times of day.
        #[schemars(length(min = 1, max = 24), extend("x-kubernetes-list-type" = "set"))]
        at: Vec<TimeOfDay>,
        /// Days of `at`; every day when absent.
        #[schemars(length(min = 1, max = 7), extend("x-kubernetes-list-type" = "set"))]
        days: Vec<Weekday>,
        /// What is graver is sent at once; `Warning` when absent.
        up_to: NotifiedSeverity,
    }
}

block! {
    /// At most so many messages in a stretch of time.
    #[serde(rename_all = "camelCase")]
    Throttle {
        [required] {
            /// So many.
            #[schemars(range(min = 1, max = 1000))]
            max: u32,
            /// In this time, such as `1h`; up to `24h`.
            per: Duration,
        }
    }
}
