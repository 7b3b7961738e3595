use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use croner::Cron;

/// When a source is crawled.
#[derive(Debug, Clone)]
pub(crate) enum Schedule {
    /// Only when somebody asks.
    Manual,
    /// Again and again, so long after the last start.
    Every(Duration),
    /// By a cron line, in UTC.
    Cron(Box<Cron>),
}

impl Schedule {
    /// The schedule of a source that names none.
    pub(crate) const DEFAULT: &str = "every 5m";

    /// Reads `manual`, `every 30s`, `every 5m`, `every 2h`, `every 1d` or a cron line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "manual" {
            return Ok(Self::Manual);
        }
        let Some(period) = text.strip_prefix("every ") else {
            let cron = Cron::from_str(&with_ranges(text)).map_err(|error| {
                format!("{text:?} is neither `manual`, `every 5m` nor a cron line: {error}")
            })?;
            return Ok(Self::Cron(Box::new(cron)));
        };
        let period = period.trim();
        let wrong = || format!("{period:?} is no period; write a number and s, m, h or d, such as 5m");
        let unit = period.chars().last().ok_or_else(wrong)?;
        let number: i64 = period[..period.len() - unit.len_utf8()].trim().parse().map_err(|_| wrong())?;
        let seconds = match unit {
            's' => Some(number),
            'm' => number.checked_mul(60),
            'h' => number.checked_mul(3600),
            'd' => number.checked_mul(86_400),
            _ => None,
        };
        match seconds {
            Some(seconds) if (1..=366 * 86_400).contains(&seconds) => {
                Ok(Self::Every(Duration::seconds(seconds)))
            }
            _ => Err(wrong()),
        }
    }

    /// When to crawl after `now`.
    pub(crate) fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Manual => None,
            Self::Every(period) => Some(now + *period),
            Self::Cron(cron) => cron.find_next_occurrence(&now, false).ok(),
        }
    }
}

/// Writes `0/5` as `0-59/5`: many schedulers take the short form, the parser does not.
fn with_ranges(line: &str) -> String {
    let last = ["59", "23", "31", "12", "6"];
    let fields: Vec<&str> = line.split_whitespace().collect();
    if fields.len() != last.len() {
        return line.to_owned();
    }
    let widen = |(field, last): (&str, &str)| match field.split_once('/') {
        Some((start, step)) if start.bytes().all(|b| b.is_ascii_digit()) => format!("{start}-{last}/{step}"),
        _ => field.to_owned(),
    };
    let fields: Vec<String> = fields.into_iter().zip(last).map(widen).collect();
    fields.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str) -> Option<String> {
        let now = "2024-02-29T12:03:10Z".parse().unwrap();
        Schedule::parse(text).unwrap().next(now).map(|at| at.to_rfc3339())
    }

    #[test]
    fn periods_and_cron() {
        assert_eq!(next("every 5m").unwrap(), "2024-02-29T12:08:10+00:00");
        assert_eq!(next("every 2 h").unwrap(), "2024-02-29T14:03:10+00:00");
        assert_eq!(next("0/5 * * * *").unwrap(), "2024-02-29T12:05:00+00:00");
        assert_eq!(next("manual"), None);
    }

    #[test]
    fn wrong_schedules_say_what_is_right() {
        for wrong in ["", "every", "every m", "every 0s", "every 5é", "every -1m", "61 * * * *", "soon"] {
            let error = Schedule::parse(wrong).map(|_| ()).unwrap_err();
            assert!(error.contains("5m"), "{wrong}: {error}");
        }
    }
}
