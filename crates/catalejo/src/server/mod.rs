//! Listening, with or without TLS, and going away in order.

mod signals;
mod tls;

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::serve::{Listener, ListenerExt, TapIo};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::error::Failure;

pub use signals::on_signal;

/// Where a service is to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bind {
    /// At the configured address.
    Configured,
    /// At any free loopback port, for the command that brought it up.
    Private,
}

/// Sockets that are open and not yet answered.
pub struct Server {
    public: Option<(TcpListener, Option<tls::Acceptor>)>,
    local: Option<TcpListener>,
    /// What people open.
    pub url: String,
    /// Plain HTTP on loopback, for this machine's commands.
    pub local_address: SocketAddr,
}

impl Server {
    /// Opens the sockets.
    pub async fn bind(config: &Config, bind: Bind) -> Result<Self, Failure> {
        if bind == Bind::Private {
            let (local, local_address) = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
            return Ok(Self {
                public: None,
                local: Some(local),
                url: format!("http://{local_address}"),
                local_address,
            });
        }
        let acceptor = tls::acceptor(config)?;
        let (public, address) = listen(config.listen).await?;
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let named = if address.ip().is_unspecified() {
            SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()))
        } else {
            address
        };
        let reachable_plainly = acceptor.is_none() && named.ip().is_loopback();
        let (local, local_address) = match reachable_plainly {
            true => (None, named),
            false => {
                let (local, address) = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
                (Some(local), address)
            }
        };
        Ok(Self {
            public: Some((public, acceptor)),
            local,
            url: format!("{scheme}://{named}"),
            local_address,
        })
    }

    /// Answers until `shutdown` fires; `tasks` then waits for the requests under way.
    pub fn answer(self, router: Router, tasks: &TaskTracker, shutdown: &CancellationToken) {
        if let Some((listener, Some(acceptor))) = self.public {
            let listener = tls::Listener::new(listener, acceptor, tasks, shutdown);
            serve(listener.tap_io(|stream| at_once(stream.get_ref().0)), router.clone(), tasks, shutdown);
        } else if let Some((listener, None)) = self.public {
            serve(listener.tap_io(|stream| at_once(stream)), router.clone(), tasks, shutdown);
        }
        if let Some(listener) = self.local {
            serve(listener.tap_io(|stream| at_once(stream)), router, tasks, shutdown);
        }
    }
}

/// An answer is one write; waiting for more would only delay it.
fn at_once(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
}

fn serve<L, F>(listener: TapIo<L, F>, router: Router, tasks: &TaskTracker, shutdown: &CancellationToken)
where
    L: Listener<Addr = SocketAddr>,
    F: FnMut(&mut L::Io) + Send + 'static,
{
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    tasks.spawn(async move { log(serving.await) });
}

fn log(served: std::io::Result<()>) {
    if let Err(error) = served {
        tracing::error!(%error, "stopped listening");
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error: std::io::Error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another program listens there: end it, or choose another with --listen"
            }
            _ => "",
        };
        Failure::Failed(format!("cannot listen on {address}: {error}{hint}"))
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
