//! HTTPS by rustls. Handshakes run beside each other, so that a slow caller does not hold up the next one.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::error::Failure;

const HANDSHAKE: Duration = Duration::from_secs(10);
const WAITING: usize = 64;

/// Turns connections into encrypted ones.
pub type Acceptor = TlsAcceptor;

/// The acceptor for the configured certificate, where there is one.
pub fn acceptor(config: &Config) -> Result<Option<Acceptor>, Failure> {
    let (Some(cert), Some(key)) = (&config.tls_cert_file, &config.tls_key_file) else { return Ok(None) };
    let wrong = |path: &Path, error: &dyn std::fmt::Display| {
        Failure::Failed(format!("TLS: {}: {error}", path.display()))
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| wrong(cert, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    let mut server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| wrong(cert, &error))?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}

/// Hands out connections whose handshake is done.
pub struct Listener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: io::Result<SocketAddr>,
}

impl Listener {
    /// Accepts on `listener` until `shutdown` fires.
    pub fn new(
        listener: TcpListener,
        acceptor: Acceptor,
        tasks: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Self {
        let (done, ready) = mpsc::channel(WAITING);
        let address = listener.local_addr();
        tasks.spawn(shutdown.clone().run_until_cancelled_owned(accept(listener, acceptor, done)));
        Self { ready, address }
    }
}

async fn accept(
    mut listener: TcpListener,
    acceptor: Acceptor,
    done: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    loop {
        let (stream, from) = axum::serve::Listener::accept(&mut listener).await;
        let (acceptor, done) = (acceptor.clone(), done.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => drop(done.send((stream, from)).await),
                Ok(Err(error)) => tracing::debug!(%from, %error, "no TLS handshake"),
                Err(_) => tracing::debug!(%from, "TLS handshake took too long"),
            }
        });
    }
}

impl axum::serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // the service is going away, and axum is about to stop asking
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.address
            .as_ref()
            .map(|address| *address)
            .map_err(|error| io::Error::new(error.kind(), error.to_string()))
    }
}
