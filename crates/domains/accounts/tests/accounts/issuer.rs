//! An issuer of access tokens: a real HTTP server with real keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use catalejo_accounts::OidcOptions;
use chrono::Utc;
use parking_lot::Mutex;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};

pub const AUDIENCE: &str = "catalejo";

/// Made for these tests, used nowhere else: ring signs with RSA but makes no keys.
const RSA: &[u8] = include_bytes!("rsa_for_tests.der");

pub enum Signer {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    pub fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::from_der(RSA).unwrap())
    }

    pub fn ec() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap())
    }

    pub fn ed() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
            Self::Ed(_) => "EdDSA",
        }
    }

    pub fn jwk(&self, id: &str) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(key) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": encode(&public.n), "e": encode(&public.e)})
            }
            Self::Ec(key) => {
                let point = key.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": id, "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Self::Ed(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": encode(key.public_key().as_ref())})
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
            Self::Ec(key) => key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// A token with the key named `id`.
    pub fn token(&self, id: &str, claims: &Value) -> String {
        self.token_with(&json!({"typ": "JWT", "alg": self.algorithm(), "kid": id}), claims)
    }

    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let signature = URL_SAFE_NO_PAD.encode(self.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

/// Header and claims as they are signed.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[derive(Default)]
struct Published {
    url: Mutex<String>,
    keys: Mutex<Vec<Value>>,
    fetches: AtomicUsize,
    broken: Mutex<bool>,
}

/// The issuer; it stops with the test's runtime.
pub struct Issuer {
    pub url: String,
    published: Arc<Published>,
}

impl Issuer {
    pub async fn start() -> Self {
        // The binary does the same; without it there is no HTTP client.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/realm", listener.local_addr().unwrap());
        let published = Arc::new(Published { url: Mutex::new(url.clone()), ..Published::default() });
        let app = Router::new()
            .route("/realm/.well-known/openid-configuration", get(discovery))
            .route("/realm/keys", get(keys))
            .with_state(Arc::clone(&published));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, published }
    }

    pub fn options(&self) -> OidcOptions {
        OidcOptions {
            issuer: self.url.clone(),
            audience: AUDIENCE.into(),
            admin_claim: None,
            name_claim: "preferred_username".into(),
        }
    }

    pub fn publish(&self, keys: Vec<Value>) {
        *self.published.keys.lock() = keys;
    }

    pub fn call_itself(&self, url: &str) {
        *self.published.url.lock() = url.into();
    }

    pub fn break_down(&self, broken: bool) {
        *self.published.broken.lock() = broken;
    }

    /// How often the keys were asked for.
    pub fn fetches(&self) -> usize {
        self.published.fetches.load(Ordering::SeqCst)
    }

    /// What a token of this issuer says about somebody, for ten minutes.
    pub fn claims(&self, subject: &str, name: &str) -> Value {
        let now = Utc::now().timestamp();
        json!({
            "iss": self.url, "aud": AUDIENCE, "sub": subject, "preferred_username": name,
            "iat": now, "nbf": now, "exp": now + 600,
        })
    }
}

async fn discovery(State(published): State<Arc<Published>>) -> Result<Json<Value>, StatusCode> {
    if *published.broken.lock() {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let url = published.url.lock().clone();
    Ok(Json(json!({"issuer": url, "jwks_uri": format!("{url}/keys")})))
}

async fn keys(State(published): State<Arc<Published>>) -> Json<Value> {
    published.fetches.fetch_add(1, Ordering::SeqCst);
    Json(json!({"keys": *published.keys.lock()}))
}
