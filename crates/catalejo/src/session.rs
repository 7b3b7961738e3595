//! How a command reaches a service: a running one where there is one, else one of its own for as long as it works.

use catalejo_port::Secret;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::config::Config;
use crate::error::Failure;
use crate::owner::{self, Opened};
use crate::roles::Roles;
use crate::server::Bind;
use crate::service::Service;

/// A service to speak to.
pub struct Session {
    /// Speaks to it.
    pub client: Client,
    own: Option<Service>,
}

impl Session {
    /// Finds the owner of the data folder, or becomes it with `roles`.
    pub async fn open(config: &Config, roles: Roles, shutdown: CancellationToken) -> Result<Self, Failure> {
        match owner::open(&config.data)? {
            Opened::Owned(card) => {
                let client = Client::new(format!("http://{}", card.address), Some(Secret::new(card.token)));
                Ok(Self { client, own: None })
            }
            Opened::Free(owner) => {
                let service = Service::start(config, roles, Some(owner), Bind::Private, shutdown).await?;
                Ok(Self { client: service.client(), own: Some(service) })
            }
        }
    }

    /// Whether the service is the command's own, and ends with it.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Lets go of the service; one of its own ends in order.
    pub async fn close(self) {
        if let Some(service) = self.own {
            service.stop().await;
        }
    }
}
