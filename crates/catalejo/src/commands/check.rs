//! `catalejo check`: a tick or a cross for each part, with cause and next step.

use catalejo_api::PartReport;
use catalejo_port::Secret;
use serde_json::json;

use crate::client::Client;
use crate::config::{Config, ConfigError};
use crate::error::Failure;
use crate::output::Output;
use crate::owner::{self, Opened, OwnerError};
use crate::wiring::Opening;

/// Asks the running service, or else opens each part to see.
pub async fn run(config: &Config, output: Output) -> Result<(), Failure> {
    let mut reports = vec![passed("configuration", "", "read")];
    match owner::open(&config.data) {
        Ok(Opened::Owned(card)) => {
            let message = format!("owned by process {}, which answers at {}", card.pid, card.address);
            reports.push(passed("data", &config.data.display().to_string(), &message));
            let client = Client::new(format!("http://{}", card.address), Some(Secret::new(card.token)));
            for part in client.list("/v1/parts", usize::MAX).await? {
                reports.extend(serde_json::from_value::<PartReport>(part));
            }
        }
        Ok(Opened::Free(owner)) => {
            reports.push(passed("data", &owner.folder().display().to_string(), "writable, nobody owns it"));
            let opening = Opening::new(config).await;
            if let Err(error) = config.check_listen(opening.has_admin().await) {
                reports.push(crossed(
                    "listen",
                    &config.listen.to_string(),
                    &error.to_string(),
                    "do one of these",
                ));
            }
            reports.extend(opening.reports());
        }
        Err(error) => {
            let next = match &error {
                OwnerError::Newer { .. } => "install the release that wrote it, or a later one",
                _ => "correct `data` in catalejo.toml, CATALEJO_DATA or --data",
            };
            reports.push(crossed("data", &config.data.display().to_string(), &error.to_string(), next));
        }
    }
    tell(output, &reports)
}

/// The same for settings that cannot be used at all.
pub fn refused(output: Output, error: &ConfigError) -> Result<(), Failure> {
    tell(
        output,
        &[crossed(
            "configuration",
            "",
            &error.to_string(),
            "correct it; catalejo.toml.example explains every key",
        )],
    )
}

fn passed(part: &str, url: &str, message: &str) -> PartReport {
    PartReport {
        part: part.into(),
        url: url.into(),
        ok: true,
        optional: false,
        message: message.into(),
        next_step: None,
    }
}

fn crossed(part: &str, url: &str, message: &str, next_step: &str) -> PartReport {
    PartReport { ok: false, next_step: Some(next_step.into()), ..passed(part, url, message) }
}

fn tell(output: Output, reports: &[PartReport]) -> Result<(), Failure> {
    let ok = reports.iter().all(|report| report.ok);
    output.show(&json!({ "ok": ok, "parts": reports }), |_| {
        reports.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    if ok { Ok(()) } else { Err(Failure::Told) }
}

fn line(report: &PartReport) -> String {
    let mark = if report.ok { '✓' } else { '✗' };
    let url = if report.url.is_empty() { String::new() } else { format!("{}  ", report.url) };
    let next = report.next_step.iter().map(|next| format!("\n                   → {next}"));
    format!("{mark} {:<16} {url}{}{}", report.part, report.message, next.collect::<String>())
}
