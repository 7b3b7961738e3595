mod parse;
mod print;

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};

use crate::{PortError, PortResult};

/// A text that never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a backend's URL cannot be read. Never echoes the input, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a backend URL: {0}")]
pub struct UrlError(pub(crate) &'static str);

impl From<UrlError> for PortError {
    fn from(error: UrlError) -> Self {
        Self::invalid(error.to_string())
    }
}

/// The name of a backend: `scheme:rest?option=value`, for example `embedded:`, `file:./bucket`,
/// `sqlite:catalejo.db`, `s3://bucket/prefix?region=eu-west-1`, `elasticsearch+https://user:pw@host:9200/prefix`.
///
/// `Debug` and `Display` print it redacted: the password and secret-looking options become `***`.
///
/// User name, password, path and options are percent-decoded. With a host, an `@` in the path or in an option
/// must be written `%40`: a raw one nearly always is the rest of a password that holds an unescaped `/` or `?`.
#[derive(Clone, PartialEq, Eq)]
pub struct BackendUrl {
    scheme: String,
    authority: Option<Authority>,
    path: String,
    options: Vec<(String, String)>,
}

#[derive(Clone, PartialEq, Eq)]
struct Authority {
    username: Option<String>,
    password: Option<Secret>,
    host: String,
    port: Option<u16>,
}

impl BackendUrl {
    /// Reads a URL. The error names what is wrong without repeating the text.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        parse::parse(text)
    }

    /// What stands before the first colon, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether the scheme is one of `schemes`.
    pub fn is(&self, schemes: &[&str]) -> bool {
        schemes.contains(&self.scheme.as_str())
    }

    /// The same URL with its scheme replaced where `aliases` (pairs of alias and proper name) know it.
    #[must_use]
    pub fn normalised(mut self, aliases: &[(&str, &str)]) -> Self {
        if let Some((_, name)) = aliases.iter().find(|(alias, _)| *alias == self.scheme) {
            self.scheme = (*name).to_owned();
        }
        self
    }

    /// The user name, if one is given.
    pub fn username(&self) -> Option<&str> {
        self.authority.as_ref()?.username.as_deref()
    }

    /// The password, if one is given.
    pub fn password(&self) -> Option<&Secret> {
        self.authority.as_ref()?.password.as_ref()
    }

    /// The host, of an IPv6 address without its brackets.
    pub fn host(&self) -> Option<&str> {
        self.authority.as_ref().map(|a| a.host.as_str())
    }

    /// The port, if one is given.
    pub fn port(&self) -> Option<u16> {
        self.authority.as_ref()?.port
    }

    /// The path: after a host it begins with `/` or is empty; without a host it is the rest up to the options,
    /// so `file:./x` has `./x` and both `file:/x` and `file:///x` have `/x`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path without slashes at its ends: the prefix under which several installations share one server.
    pub fn prefix(&self) -> &str {
        self.path.trim_matches('/')
    }

    /// The value of an option; a bare `?name` has the empty value.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// An option read as `T`. The error names the option and what it should be, never its value.
    pub fn option_as<T: FromStr>(&self, name: &str) -> PortResult<Option<T>> {
        let Some(text) = self.option(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            PortError::invalid(format!(
                "option `{name}` of the `{}:` URL must be {}",
                self.scheme,
                expected::<T>()
            ))
        })
    }

    /// All options in the order given.
    pub fn options(&self) -> impl Iterator<Item = (&str, &str)> {
        self.options.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Refuses options that `part` does not know, listing those it does.
    pub fn known_options(&self, part: &str, known: &[&str]) -> PortResult<()> {
        let Some((name, _)) = self.options().find(|(name, _)| !known.contains(name)) else { return Ok(()) };
        let hint = match known {
            [] => "it has no options".to_owned(),
            known => format!("known are {}", quoted(known)),
        };
        Err(PortError::invalid(format!("{part}: `{}:` has no option `{name}`; {hint}", self.scheme)))
    }

    /// The plain address for a client library: the transport's scheme (what follows the last `+`), host, port and
    /// path, without credentials and options. `None` without a host.
    pub fn endpoint(&self) -> Option<String> {
        print::endpoint(self)
    }

    /// The whole URL with its secrets, for the one client that needs it. Never log it.
    pub fn expose(&self) -> String {
        print::exposed(self)
    }
}

/// `a`, `b`, `c` for a message.
fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn expected<T>() -> &'static str {
    match std::any::type_name::<T>() {
        "bool" => "`true` or `false`",
        "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or more, within its range",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number, within its range",
        other => other.rsplit("::").next().unwrap_or(other),
    }
}

/// The error for a scheme that `part` cannot open. `known` are the schemes it can, `left_out` the schemes it could
/// if built with a cargo feature (pairs of scheme and feature).
pub fn unknown_scheme(part: &str, url: &BackendUrl, known: &[&str], left_out: &[(&str, &str)]) -> PortError {
    let scheme = url.scheme();
    if let Some((_, feature)) = left_out.iter().find(|(name, _)| *name == scheme) {
        return PortError::unsupported(format!(
            "{part}: compiled without the `{feature}` feature, which `{scheme}:` needs"
        ));
    }
    PortError::invalid(format!("{part}: unknown scheme `{scheme}:`; known are {}", quoted(known)))
}

impl FromStr for BackendUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for BackendUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
