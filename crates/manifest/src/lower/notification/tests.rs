use adplane_core::notify::Medium;

use crate::lower::tests::{ACCOUNT, Case};

const HOOK: &str =
    "  - {name: hook, webhook: {url: https://hooks.shop.example/ads, credentials: {env: HOOK}}}";

/// A policy with these channels beside `hook` and these routes.
fn policy(channels: &str, routes: &str) -> Case {
    let text = format!(
        "apiVersion: adplane.io/v1alpha1\nkind: NotificationPolicy\nmetadata: {{name: team, namespace: growth}}\n\
         spec:\n  timeZone: Europe/Madrid\n  channels:\n{HOOK}\n{channels}\n  routes:\n{routes}\n"
    );
    Case::new(&[("account.yaml", ACCOUNT), ("team.yaml", &text)])
}

#[test]
fn channels_and_routes_become_data() {
    let case = policy(
        "  - name: mail
    email: {host: smtp.shop.example, from: ads@shop.example, to: [ana@shop.example], credentials: {file: ./smtp.json}}
  - {name: chat, slack: {credentials: {exec: [vault, read, chat]}}}",
        "  - name: money
    channels: [mail, hook]
    match: {events: [PlanPending, KillSwitch], severity: Warning, accounts: [meta-eu], kinds: [AdGroup], labels: {team: growth}}
    dedup: 4h
    quietHours: [{from: \"22:00\", to: \"07:00\", days: [Sat], upTo: Critical}]
    digest: {at: [\"09:00\"], days: [Mon]}
    throttle: {max: 20, per: 1h}
  - {name: rest, channels: [chat], digest: {every: 4h}}",
    );
    assert_eq!(case.found(), Vec::<String>::new());
    let [policy] = case.lowered.desired.notifications.as_slice() else { panic!("one policy") };
    assert_eq!((policy.key().as_str(), policy.zone.name()), ("growth/team", "Europe/Madrid"));
    let [hook, mail, chat] = policy.channels.as_slice() else { panic!("three channels") };
    assert!(
        matches!(&hook.medium, Medium::Webhook { url: Some(url), .. } if url == "https://hooks.shop.example/ads")
    );
    let Medium::Email(email) = &mail.medium else { panic!("mail") };
    assert_eq!((email.port, email.to.as_slice()), (587, &["ana@shop.example".to_owned()][..]));
    assert_eq!(chat.medium.word(), "slack");
    let shown = format!("{:?}", policy.routes);
    for part in [
        "events: {PlanPending, KillSwitch}",
        "severity: Warning",
        "kinds: {AdGroup}",
        "days: {Sat}",
        "days: {Mon}",
        "Throttle { max: 20, per: 1h }",
        "Every(4h)",
        "dedup: 24h",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn what_cannot_be_meant_is_an_error_at_its_place() {
    let to_hook = "  - {name: all, channels: [hook]";
    for (channels, routes, expected) in [
        ("", "  - {name: all, channels: [hook, hok]}", "hok dangling-reference"),
        ("", "  - {name: all, channels: [hook]}\n  - {name: all, channels: [hook]}", "all duplicate-item"),
        ("  - {name: chat, slack: {credentials: {env: CHAT}}}", "+}", "chat unused-channel"),
        ("", "+, match: {accounts: [meta-uk]}}", "meta-uk dangling-reference"),
        ("", "+, match: {events: [Applyed]}}", "Applyed not-in-list"),
        ("", "+, dedup: 40d}", "40d out-of-range"),
        ("", "+, digest: {every: 4m}}", "4m out-of-range"),
        ("", "+, digest: {every: 2d}}", "2d out-of-range"),
        ("", "+, digest: {every: 1h, days: [Mon]}}", "[Mon] invalid-value"),
        ("", "+, digest: {days: [Mon]}}", "digest exactly-one"),
        ("", "+, throttle: {max: 0, per: 1h}}", "0 out-of-range"),
        (
            "",
            "+, quietHours: [{from: \"00:00\", to: \"24:00\"}]}",
            "[{from: \"00:00\", to: \"24:00\"}] quiet-without-end",
        ),
        (
            "",
            "+, quietHours: [{from: \"08:00\", to: \"08:00\"}]}",
            "{from: \"08:00\", to: \"08:00\"} invalid-hours",
        ),
        (
            "  - {name: two, webhook: {url: http://hooks.shop.example, credentials: {env: H}}}",
            "  - {name: all, channels: [hook, two]}",
            "http://hooks.shop.example insecure-channel",
        ),
        (
            "  - {name: mail, email: {host: smtp.shop.example, tls: None, from: a@shop.example, to: [b@shop.example]}}",
            "  - {name: all, channels: [hook, mail]}",
            "None insecure-channel",
        ),
        (
            "  - {name: mail, email: {host: smtp.shop.example, from: a@shop.example, to: [\"B <b@shop.example>\"]}}",
            "  - {name: all, channels: [hook, mail]}",
            "\"B <b@shop.example>\" invalid-email",
        ),
        (
            "  - {name: mail, email: {host: \"smtp.shop.example:25\", from: a@shop.example, to: [b@shop.example]}}",
            "  - {name: all, channels: [hook, mail]}",
            "\"smtp.shop.example:25\" invalid-host",
        ),
        (
            "  - {name: chat, slack: {url: https://hooks.slack.example/T0/B0/x}}",
            "  - {name: all, channels: [hook, chat]}",
            "url unknown-field",
        ),
    ] {
        let routes = routes.replace('+', to_hook);
        let found = policy(channels, &routes).found();
        assert!(found.contains(&expected.to_owned()), "{channels} {routes}: {found:?}");
    }
}

#[test]
fn a_channel_of_a_broken_route_is_used() {
    let chat = "  - {name: chat, slack: {credentials: {env: CHAT}}}";
    let all = "  - {name: all, channels: [hook]}\n";
    for broken in [
        "  - {channels: [chat]}",
        "  - {name: Not A Name, channels: [chat]}",
        "  - {name: rest, channels: [chat, nobody]}",
        "  - {name: rest, channels: [chat, Not A Name]}",
        "  - {name: rest, channels: chat}",
        "  - {name: rest, channels: [chat], digest: {every: never}}",
        "  - {name: rest, channels: [chat], match: {severity: Dire}}",
        "  - {name: rest, channels: [chat], chanels: 1}",
        "  - {name: rest}",
    ] {
        let found = policy(chat, &format!("{all}{broken}")).found();
        assert!(!found.is_empty(), "{broken} is broken");
        assert!(!found.iter().any(|one| one.contains("unused-channel")), "{broken}: {found:?}");
    }
}

#[test]
fn a_receiver_on_the_same_machine_may_be_told_in_the_clear() {
    let channels = "  - {name: two, webhook: {url: \"http://127.0.0.1:9000/x\", credentials: {env: H}}}
  - {name: three, webhook: {url: \"http://[::1]:9000\", credentials: {env: H}}}
  - {name: mail, email: {host: localhost, port: 2525, tls: None, from: a@shop.example, to: [b@shop.example]}}";
    let case = policy(channels, "  - {name: all, channels: [hook, two, three, mail]}");
    assert_eq!(case.found(), Vec::<String>::new());
}
