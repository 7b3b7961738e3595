//! Printing: redacted for people, whole for the one client that needs the secrets.

use std::fmt::{self, Write};

use super::{Authority, BackendUrl};

const REDACTED: &str = "***";
const SECRET_NAMES: [&str; 7] = ["secret", "password", "passwd", "pwd", "token", "key", "credential"];

const IN_CREDENTIALS: &str = "%:@/?#[]";
const IN_HOST: &str = "%:@/?#[]";
const IN_PATH: &str = "%?@";
const IN_OPTION: &str = "%&=@#";

impl fmt::Display for BackendUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_url(f, self, false)
    }
}

impl fmt::Debug for BackendUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_url(f, self, false)
    }
}

pub(super) fn exposed(url: &BackendUrl) -> String {
    let mut text = String::new();
    write_url(&mut text, url, true).expect("writing to a string cannot fail");
    text
}

pub(super) fn endpoint(url: &BackendUrl) -> Option<String> {
    let authority = url.authority.as_ref()?;
    let mut text = String::new();
    let written = write!(text, "{}://", transport(url))
        .and_then(|()| write_address(&mut text, authority))
        .and_then(|()| write_escaped(&mut text, &url.path, IN_PATH));
    written.expect("writing to a string cannot fail");
    Some(text)
}

fn transport(url: &BackendUrl) -> &str {
    url.scheme.rsplit('+').next().unwrap_or(&url.scheme)
}

fn write_url(out: &mut impl Write, url: &BackendUrl, secrets: bool) -> fmt::Result {
    write!(out, "{}:", url.scheme)?;
    if let Some(authority) = &url.authority {
        out.write_str("//")?;
        // An HTTP user name without a password is an access token by custom.
        let token = authority.password.is_none() && matches!(transport(url), "http" | "https");
        write_credentials(out, authority, secrets, token)?;
        write_address(out, authority)?;
    } else if url.path.starts_with("//") {
        out.write_str("//")?;
    }
    write_escaped(out, &url.path, IN_PATH)?;
    for (index, (name, value)) in url.options.iter().enumerate() {
        out.write_char(if index == 0 { '?' } else { '&' })?;
        write_escaped(out, name, IN_OPTION)?;
        if value.is_empty() {
            continue;
        }
        out.write_char('=')?;
        if secrets || !is_secret(name) {
            write_escaped(out, value, IN_OPTION)?;
        } else {
            out.write_str(REDACTED)?;
        }
    }
    Ok(())
}

fn write_credentials(out: &mut impl Write, authority: &Authority, secrets: bool, token: bool) -> fmt::Result {
    let Authority { username, password, .. } = authority;
    if let Some(username) = username {
        if token && !secrets {
            out.write_str(REDACTED)?;
        } else {
            write_escaped(out, username, IN_CREDENTIALS)?;
        }
    }
    if let Some(password) = password {
        out.write_char(':')?;
        if secrets {
            write_escaped(out, password.expose(), IN_CREDENTIALS)?;
        } else {
            out.write_str(REDACTED)?;
        }
    }
    if username.is_some() || password.is_some() { out.write_char('@') } else { Ok(()) }
}

fn write_address(out: &mut impl Write, authority: &Authority) -> fmt::Result {
    if authority.host.parse::<std::net::Ipv6Addr>().is_ok() {
        write!(out, "[{}]", authority.host)?;
    } else {
        write_escaped(out, &authority.host, IN_HOST)?;
    }
    authority.port.map_or(Ok(()), |port| write!(out, ":{port}"))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Letters of other scripts stay readable; only what would be misread is escaped.
fn write_escaped(out: &mut impl Write, text: &str, special: &str) -> fmt::Result {
    for c in text.chars() {
        if c.is_control() || c.is_whitespace() || special.contains(c) {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().try_for_each(|byte| write!(out, "%{byte:02X}"))?;
        } else {
            out.write_char(c)?;
        }
    }
    Ok(())
}
