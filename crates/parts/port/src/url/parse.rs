//! Reading: `scheme:[//[user[:password]@]host[:port]]path[?name=value&…]`.

use percent_encoding::percent_decode_str;

use super::{Authority, BackendUrl, Secret, UrlError};

pub(super) fn parse(text: &str) -> Result<BackendUrl, UrlError> {
    if text.chars().any(char::is_control) {
        return Err(UrlError("it holds a control character"));
    }
    let (scheme, rest) = text.split_once(':').ok_or(UrlError("the scheme and its colon are missing"))?;
    let scheme = scheme_of(scheme)?;
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let (authority, path) = match place.strip_prefix("//") {
        Some(place) => place.split_at(place.find('/').unwrap_or(place.len())),
        None => ("", place),
    };
    let authority = if authority.is_empty() { None } else { Some(authority_of(authority)?) };
    if authority.is_some() && (path.contains('@') || query.is_some_and(|q| q.contains('@'))) {
        return Err(UrlError(
            "an `@` after the host; write %40, and %2F and %3F for `/` and `?` in a password",
        ));
    }
    Ok(BackendUrl { scheme, authority, path: decoded(path)?, options: options_of(query)? })
}

fn scheme_of(text: &str) -> Result<String, UrlError> {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let goes_well = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !starts_well || !goes_well {
        return Err(UrlError("the scheme must be letters, digits, `+`, `-` or `.` and begin with a letter"));
    }
    Ok(text.to_ascii_lowercase())
}

fn authority_of(text: &str) -> Result<Authority, UrlError> {
    // The last `@` ends the credentials: host names hold none, careless passwords do.
    let (credentials, address) = text.rsplit_once('@').map_or((None, text), |(c, a)| (Some(c), a));
    let (username, password) = match credentials.map(|c| c.split_once(':').unwrap_or((c, ""))) {
        Some((username, password)) => (decoded(username)?, decoded(password)?),
        None => Default::default(),
    };
    let (host, port) = address_of(address)?;
    Ok(Authority {
        username: Some(username).filter(|text| !text.is_empty()),
        password: Some(password).filter(|text| !text.is_empty()).map(Secret::new),
        host,
        port,
    })
}

fn address_of(text: &str) -> Result<(String, Option<u16>), UrlError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) =
                rest.split_once(']').ok_or(UrlError("the `]` of the IPv6 address is missing"))?;
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(UrlError("what stands in brackets is not an IPv6 address"));
            }
            let port = match after.strip_prefix(':') {
                None if after.is_empty() => None,
                port => Some(port.ok_or(UrlError("after an IPv6 address only a port may follow"))?),
            };
            (host, port)
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err(UrlError("the host is missing"));
    }
    let port = port.map(port_of).transpose()?;
    Ok((decoded(host)?, port))
}

fn port_of(text: &str) -> Result<u16, UrlError> {
    // `u16::from_str` would let a plus sign pass.
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(UrlError("the port must be a number from 0 to 65535"))
}

fn options_of(query: Option<&str>) -> Result<Vec<(String, String)>, UrlError> {
    let mut options: Vec<(String, String)> = Vec::new();
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name)?;
        if name.is_empty() {
            return Err(UrlError("an option has no name"));
        }
        if options.iter().any(|(known, _)| *known == name) {
            return Err(UrlError("an option is given twice"));
        }
        options.push((name, decoded(value)?));
    }
    Ok(options)
}

fn decoded(text: &str) -> Result<String, UrlError> {
    let text =
        percent_decode_str(text).decode_utf8().map_err(|_| UrlError("a percent-escape is not UTF-8"))?;
    Ok(text.into_owned())
}
