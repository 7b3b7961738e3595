//! Which roles a process has, and which of them may live in processes of their own.

use catalejo_port::BackendUrl;

use crate::cli::Role;
use crate::config::Config;
use crate::error::Failure;

/// The roles of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles {
    /// Answers the catalogue's routes and the page.
    pub api: bool,
    /// Answers the encoder's routes.
    pub encoder: bool,
    /// Looks for new and changed files on schedule.
    pub crawler: bool,
    /// Brings files into collections.
    pub ingest: bool,
}

impl Roles {
    /// Every role: `catalejo up`.
    pub const ALL: Self = Self { api: true, encoder: true, crawler: true, ingest: true };
    /// Enough to answer a command.
    pub const ANSWER: Self = Self { api: true, encoder: true, crawler: false, ingest: false };
    /// Enough to answer a command that brings files in.
    pub const INGEST: Self = Self { api: true, encoder: true, crawler: false, ingest: true };

    /// The roles named on the command line.
    pub fn named(roles: &[Role]) -> Self {
        let has = |role| roles.contains(&role);
        Self {
            api: has(Role::Api),
            encoder: has(Role::Encoder),
            crawler: has(Role::Crawler),
            ingest: has(Role::Ingest),
        }
    }

    /// Whether any role keeps something: such a process owns the data folder.
    pub fn keep_data(self) -> bool {
        self.api || self.crawler || self.ingest
    }

    /// Refuses roles that could not meet the others, because what they share is inside another process.
    pub fn check(self, config: &Config) -> Result<(), Failure> {
        let absent: Vec<&str> = [("api", self.api), ("crawler", self.crawler), ("ingest", self.ingest)]
            .into_iter()
            .filter_map(|(name, here)| (!here).then_some(name))
            .collect();
        if !self.keep_data() || absent.is_empty() {
            return Ok(());
        }
        let parts = [("store", &config.store), ("index", &config.index), ("broker", &config.broker)];
        let embedded: Vec<&str> =
            parts.iter().filter(|(_, url)| is_embedded(url)).map(|(name, _)| *name).collect();
        if embedded.is_empty() {
            return Ok(());
        }
        let (live, them) = if embedded.len() == 1 { ("part lives", "it") } else { ("parts live", "them") };
        let embedded = list(&embedded);
        Err(Failure::Usage(format!(
            "the embedded {embedded} {live} inside one process, where {} in another process could not reach {them}; name \
             servers for {embedded}, or run `catalejo serve api crawler ingest` (or `catalejo up`)",
            list(&absent),
        )))
    }
}

/// Whether the part lives in the process that opens it.
pub fn is_embedded(url: &BackendUrl) -> bool {
    matches!(url.scheme(), "sqlite" | "embedded" | "memory" | "file")
}

fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_that_share_embedded_parts_stay_together() {
        let config = Config::default();
        let check = |roles: &[Role]| Roles::named(roles).check(&config);
        assert!(check(&[Role::Api, Role::Crawler, Role::Ingest]).is_ok());
        assert!(check(&[Role::Encoder]).is_ok());
        let refused = check(&[Role::Api]).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert_eq!(
            refused.to_string(),
            "the embedded store, index and broker parts live inside one process, where crawler and ingest in another \
             process could not reach them; name servers for store, index and broker, or run `catalejo serve api crawler \
             ingest` (or `catalejo up`)"
        );
    }

    #[test]
    fn with_servers_every_role_may_stand_alone() {
        let config = Config {
            store: "mysql://db/catalejo".parse().unwrap(),
            index: "elasticsearch+http://es:9200".parse().unwrap(),
            broker: "amqp://mq".parse().unwrap(),
            ..Config::default()
        };
        assert!(Roles::named(&[Role::Ingest]).check(&config).is_ok());
    }
}
