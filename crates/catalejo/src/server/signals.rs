use tokio_util::sync::CancellationToken;

/// Fires `shutdown` at the first SIGTERM or SIGINT; the second ends the process at once.
pub fn on_signal(shutdown: CancellationToken) {
    tokio::spawn(async move {
        signal().await;
        tracing::info!("going away; a second signal ends at once");
        shutdown.cancel();
        signal().await;
        std::process::exit(130);
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
