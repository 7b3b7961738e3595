//! Fetching without reaching what only we can reach: every address is checked before it is connected to, and it is
//! the checked address that is connected to. Redirects are checked like the first URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Response, Url, redirect};

use catalejo_port::{PortError, PortResult};

const REDIRECTS: usize = 5;
const CONNECT: Duration = Duration::from_secs(15);
/// The longest silence of a server that is sending.
const SILENCE: Duration = Duration::from_secs(60);

/// Whether the URL itself may be fetched: its scheme, no credentials, and its host where that is an address.
pub(crate) fn check_url(url: &Url, allow_private: bool) -> Result<(), String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("{}: only http:// and https:// are fetched", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL with a user name or password is not fetched".to_owned());
    }
    let host = url.host_str().ok_or("the URL has no host")?;
    // A literal address is not looked up, so it never meets the resolver.
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>()
        && !allow_private
        && !is_public(address)
    {
        return Err(format!("{address} is not a public address"));
    }
    Ok(())
}

/// Begins to fetch `url`.
pub(crate) async fn fetch(url: &Url, allow_private: bool) -> PortResult<Response> {
    check_url(url, allow_private).map_err(PortError::invalid)?;
    let redirects = redirect::Policy::custom(move |attempt| {
        if attempt.previous().len() > REDIRECTS {
            return attempt.error("too many redirects");
        }
        match check_url(attempt.url(), allow_private) {
            Ok(()) => attempt.follow(),
            Err(reason) => attempt.error(reason),
        }
    });
    let client = Client::builder()
        // A proxy would connect for us, to what we cannot see.
        .no_proxy()
        .redirect(redirects)
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .dns_resolver(Arc::new(Guarded { allow_private }))
        .build()
        .map_err(|error| PortError::internal("cannot set up fetching").with_source(error))?;
    let response = client.get(url.clone()).send().await.map_err(|error| broken(&error))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let message = format!("the server answered {status}");
    Err(match status.as_u16() {
        404 | 410 => PortError::not_found(message),
        408 | 429 | 500..=599 => PortError::unreachable(message),
        _ => PortError::invalid(message),
    })
}

/// The body in pieces, cut with an error at `most` bytes.
pub(crate) fn body(
    response: Response,
    most: u64,
) -> impl futures::Stream<Item = PortResult<bytes::Bytes>> + Send {
    let mut seen = 0;
    response.bytes_stream().map(move |piece| {
        let piece = piece.map_err(|error| broken(&error))?;
        seen += piece.len() as u64;
        if seen > most {
            return Err(PortError::invalid(format!("the file is larger than {most} bytes")));
        }
        Ok(piece)
    })
}

fn broken(error: &reqwest::Error) -> PortError {
    // reqwest's own text holds the URL, which may hold a token; its causes do not.
    let mut cause = std::error::Error::source(error);
    let mut message = "cannot fetch".to_owned();
    let mut private = false;
    while let Some(error) = cause {
        let text = error.to_string();
        private |= text.contains(NOT_PUBLIC);
        message = format!("{message}: {text}");
        cause = error.source();
    }
    if private || error.is_redirect() { PortError::invalid(message) } else { PortError::unreachable(message) }
}

const NOT_PUBLIC: &str = "has no public address";

struct Guarded {
    allow_private: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = found.filter(|at| allow_private || is_public(at.ip())).collect();
            if kept.is_empty() {
                return Err(format!("{} {NOT_PUBLIC}", name.as_str()).into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        // Shared address space of providers, benchmarking, protocol assignments.
        || a == 100 && (64..128).contains(&b)
        || a == 198 && (b == 18 || b == 19)
        || a == 192 && b == 0 && c == 0;
    !special
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    if let Some(v4) = v6.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let segments = v6.segments();
    // Translation prefixes carry an IPv4 address that we would reach.
    let carried = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0x0064, 0xff9b, ..] => is_public_v4(carried(segments[6], segments[7])),
        [0x2002, high, low, ..] => is_public_v4(carried(high, low)),
        // Only 2000::/3 is given out as global unicast; documentation and Teredo are parts of it.
        [first, second, ..] => first & 0xe000 == 0x2000 && !(first == 0x2001 && matches!(second, 0 | 0x0db8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::1.1.1.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.3.4",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::7f00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn urls_that_are_not_fetched() {
        for wrong in [
            "http://127.0.0.1/x.csv",
            "http://[::1]/x.csv",
            "http://2130706433/x.csv",
            "http://0x7f.1/x.csv",
            "http://169.254.169.254/latest/meta-data",
            "http://user:pw@example.org/x.csv",
            "ftp://example.org/x.csv",
        ] {
            assert!(check_url(&Url::parse(wrong).unwrap(), false).is_err(), "{wrong}");
        }
        assert!(check_url(&Url::parse("https://example.org/x.csv").unwrap(), false).is_ok());
        assert!(check_url(&Url::parse("http://127.0.0.1/x.csv").unwrap(), true).is_ok());
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_not_connected_to() {
        let guarded = Guarded { allow_private: false };
        let error = guarded.resolve("localhost".parse().unwrap()).await.map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(NOT_PUBLIC), "{error}");
        assert!(Guarded { allow_private: true }.resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
