//! `adplane sandbox`: runs the emulator until it is told to stop.

use std::fmt::Write;

use adplane_sandbox::{ClockMode, QuotaMode, RunningSandbox, Sandbox, SandboxOptions, parse_duration};

use crate::args::{Global, SandboxArgs};
use crate::error::{Exit, Failure};
use crate::ui::Ui;

pub(super) async fn run(global: &Global, args: &SandboxArgs, ui: &Ui) -> Result<Exit, Failure> {
    let options = options(global, args)?;
    let sandbox = Sandbox::start(options).await.map_err(|error| Failure::from_error(Exit::Error, &error))?;
    ui.data(&welcome(&sandbox, args))?;
    stopped().await;
    sandbox.shutdown().await.map_err(|error| Failure::from_error(Exit::Error, &error))?;
    ui.note(&match &args.data {
        Some(folder) => format!("stopped; everything is kept in {}", folder.display()),
        None => "stopped; nothing was kept, since no `--data` was given".to_owned(),
    });
    Ok(Exit::Done)
}

fn options(global: &Global, args: &SandboxArgs) -> Result<SandboxOptions, Failure> {
    let latency = parse_duration(&args.latency).map_err(|problem| {
        Failure::new(Exit::Usage, format!("`--latency {}`: {problem}", args.latency))
            .hint("write a duration such as `50ms`")
    })?;
    let clock = match (args.clock.as_str(), global.now) {
        ("virtual", Some(now)) => ClockMode::Virtual(now),
        ("virtual", None) => ClockMode::virtual_default(),
        (_, Some(_)) => {
            return Err(Failure::new(
                Exit::Usage,
                "`--now` needs `--clock virtual`: a real clock cannot be set",
            ));
        }
        (_, None) => ClockMode::Real,
    };
    // Any text is a quota: what is neither `vendor` nor `off` names a tier.
    let Ok(quota) = args.quota.parse::<QuotaMode>();
    Ok(SandboxOptions {
        listen: args.listen,
        seed: args.seed,
        data: args.data.clone(),
        clock,
        latency,
        quota,
        load: args.load.clone(),
        record: args.record.clone(),
        ..SandboxOptions::default()
    })
}

/// Address, accounts and how to use them.
fn welcome(sandbox: &RunningSandbox, args: &SandboxArgs) -> String {
    let url = sandbox.url();
    let mut text = format!("The sandbox answers at {url}\n\n");
    let _ = writeln!(
        text,
        "Seed {}, {} clock, quota {}; nothing here is real.",
        args.seed, args.clock, args.quota
    );
    let _ = writeln!(text, "Accounts, in EUR, USD and JPY:");
    for (platform, path, accounts) in [
        ("Google", "google", "1000000001 to 1000000003, manager 1000000000"),
        ("Meta", "meta", "act_1000000001 to act_1000000003, page 111, pixel 1122334455"),
        (
            "TikTok",
            "tiktok",
            "7000000000000000001 to 7000000000000000003, identity 222, pixel 7000000000000001122",
        ),
    ] {
        let _ = writeln!(text, "  {platform:<7} endpoint: {url}/{path}\n          {accounts}");
    }
    text.push_str(
        "Credentials: {\"access_token\": \"sandbox-token\"} everywhere; on Google also refresh token\n",
    );
    text.push_str("sandbox-refresh with client sandbox-client and secret sandbox-secret.\n\n");
    text.push_str("Try it from another terminal:\n");
    text.push_str("  adplane plan examples --out plan.json\n  adplane apply plan.json\n");
    let _ = writeln!(text, "  curl -s {url}/_sandbox/state        everything stored");
    let _ = writeln!(text, "  curl -s {url}/_sandbox/log          every request");
    let _ = writeln!(text, "  curl -s {url}/_sandbox/clock -d '{{\"advance\":\"1d\"}}'");
    text.push_str("\nCtrl-C stops it.\n");
    text
}

/// Waits until somebody wants it to stop: Ctrl-C, or a request to end.
pub(super) async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut end) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = end.recv() => {}
            }
            return;
        }
    }
    // Without a way to hear of Ctrl-C the sandbox runs until its process ends.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn read(line: &str) -> Result<SandboxOptions, Failure> {
        let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
        let Command::Sandbox(args) = &cli.command else { panic!("{line} is not a sandbox") };
        options(&cli.global, args)
    }

    #[test]
    fn flags_become_options() {
        let read_well =
            read("adplane sandbox --listen 127.0.0.1:0 --seed 7 --latency 50ms --quota basic").unwrap();
        assert_eq!((read_well.listen.port(), read_well.seed), (0, 7));
        assert_eq!(read_well.latency.as_millis(), 50);
        assert_eq!(read_well.quota, QuotaMode::Tier("basic".into()));
        assert_eq!(read_well.clock, ClockMode::Real);
    }

    #[test]
    fn a_virtual_clock_starts_where_it_is_told_to() {
        let at = "2026-03-01T00:00:00Z";
        let virtual_clock = read(&format!("adplane sandbox --clock virtual --now {at}")).unwrap().clock;
        assert_eq!(virtual_clock, ClockMode::Virtual(at.parse().unwrap()));
        assert_eq!(read(&format!("adplane sandbox --now {at}")).unwrap_err().exit, Exit::Usage);
        assert_eq!(read("adplane sandbox --latency soon").unwrap_err().exit, Exit::Usage);
    }
}
