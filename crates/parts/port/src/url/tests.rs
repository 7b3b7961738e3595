use proptest::prelude::*;

use super::*;
use crate::ErrorKind;

fn url(text: &str) -> BackendUrl {
    BackendUrl::parse(text).unwrap()
}

#[test]
fn reads_every_part() {
    let url =
        url("elasticsearch+HTTPS://el%61stic:p%40s%3As@host.example:9200/a%20b/c?region=eu&flag&x=1%262");
    assert_eq!(url.scheme(), "elasticsearch+https");
    assert_eq!(url.username(), Some("elastic"));
    assert_eq!(url.password().map(Secret::expose), Some("p@s:s"));
    assert_eq!((url.host(), url.port()), (Some("host.example"), Some(9200)));
    assert_eq!((url.path(), url.prefix()), ("/a b/c", "a b/c"));
    assert_eq!((url.option("region"), url.option("flag"), url.option("none")), (Some("eu"), Some(""), None));
    assert_eq!(url.options().collect::<Vec<_>>(), [("region", "eu"), ("flag", ""), ("x", "1&2")]);
    assert_eq!(url.endpoint().as_deref(), Some("https://host.example:9200/a%20b/c"));
}

#[test]
fn reads_paths_without_a_host() {
    for (text, path) in [
        ("file:./x", "./x"),
        ("file:/x/y", "/x/y"),
        ("file:///x/y", "/x/y"),
        ("sqlite:a/b.db", "a/b.db"),
        ("sqlite::memory:", ":memory:"),
        ("local:models/x?model=a/b", "models/x"),
        ("embedded:", ""),
        ("file:a@b#c", "a@b#c"),
    ] {
        let url = url(text);
        assert_eq!((url.path(), url.host(), url.endpoint()), (path, None, None), "{text}");
    }
}

#[test]
fn reads_addresses() {
    let v6 = url("redis://[::1]:6379/0");
    assert_eq!((v6.host(), v6.port(), v6.path()), (Some("::1"), Some(6379), "/0"));
    assert_eq!(v6.to_string(), "redis://[::1]:6379/0");
    assert_eq!(url("redis://[fe80::2]").host(), Some("fe80::2"));
    let careless = url("amqp://u:p@ss@host");
    assert_eq!((careless.password().unwrap().expose(), careless.host()), ("p@ss", Some("host")));
    let no_user = url("redis://:pw@host");
    assert_eq!((no_user.username(), no_user.password().is_some()), (None, true));
}

#[test]
fn refuses_without_echo() {
    for text in [
        "",
        "hunter2",
        ":hunter2",
        "1x:hunter2",
        "my sql://hunter2",
        "mysql://hunter2@/db",
        "mysql://u:hunter2@host:port/db",
        "mysql://u:hunter2@host:+1/db",
        "mysql://u:1/hunter2@host/db",
        "mysql://u:1?hunter2@host/db",
        "redis://[::1/hunter2",
        "redis://[hunter2]/",
        "redis://[::1]hunter2",
        "s3://b?key=hunter2&key=x",
        "s3://b?=hunter2",
        "file:hunter2%ff",
        "file:hunter2\n",
    ] {
        let error = BackendUrl::parse(text).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{text}: {error}");
    }
}

#[test]
fn prints_redacted() {
    let text = "s3://AKIA:hunter2@bucket/p?region=eu&secret_access_key=hunter2&SessionToken=hunter2";
    let url = url(text);
    let printed = "s3://AKIA:***@bucket/p?region=eu&secret_access_key=***&SessionToken=***";
    assert_eq!(url.to_string(), printed);
    assert_eq!(format!("{url:?}"), printed);
    assert_eq!(url.expose(), text);
    assert_eq!(self::url("qdrant+https://t0ken@host").to_string(), "qdrant+https://***@host");
}

#[test]
fn options_are_typed_and_known() {
    let url = url("memory:?max_mb=64&flag=maybe&token=hunter2");
    assert_eq!(url.option_as::<u64>("max_mb").unwrap(), Some(64));
    assert_eq!(url.option_as::<u64>("other").unwrap(), None);
    let error = url.option_as::<bool>("flag").unwrap_err();
    assert_eq!(error.to_string(), "option `flag` of the `memory:` URL must be `true` or `false`");
    assert!(!url.option_as::<u64>("token").unwrap_err().to_string().contains("hunter2"));
    url.known_options("cache", &["max_mb", "flag", "token"]).unwrap();
    let error = url.known_options("cache", &["max_mb", "flag"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(error.to_string(), "cache: `memory:` has no option `token`; known are `max_mb`, `flag`");
}

#[test]
fn schemes_are_normalised_and_explained() {
    let aliases = [("mariadb", "mysql"), ("postgresql", "postgres")];
    assert_eq!(url("mariadb://h/d").normalised(&aliases).scheme(), "mysql");
    assert!(url("sqlite:x").normalised(&aliases).is(&["sqlite", "mysql"]));
    let left_out = [("mysql", "mysql")];
    let error = unknown_scheme("store", &url("mysql://u:hunter2@h"), &["sqlite"], &left_out);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.to_string(), "store: compiled without the `mysql` feature, which `mysql:` needs");
    let error = unknown_scheme("store", &url("oracle://u:hunter2@h"), &["sqlite"], &left_out);
    assert_eq!(error.to_string(), "store: unknown scheme `oracle:`; known are `sqlite`");
}

#[test]
fn deserialises_from_text() {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};
    let from = |text: &'static str| {
        let text: StrDeserializer<'_, Error> = text.into_deserializer();
        BackendUrl::deserialize(text)
    };
    assert_eq!(from("embedded:").unwrap(), url("embedded:"));
    assert!(from("nothing").is_err());
}

proptest! {
    #[test]
    fn parse_never_panics_and_prints_what_it_read(text in "\\PC*") {
        if let Ok(url) = BackendUrl::parse(&text) {
            prop_assert_eq!(BackendUrl::parse(&url.expose()).unwrap(), url);
        }
    }

    #[test]
    fn near_urls_never_panic_and_round_trip(text in "[a-z+]{1,4}:(//)?[a-z:@\\[\\]%0-9/]{0,20}(\\?[a-z=&%/@]{0,12})?") {
        if let Ok(url) = BackendUrl::parse(&text) {
            prop_assert_eq!(BackendUrl::parse(&url.expose()).unwrap(), url);
        }
    }

    #[test]
    fn a_password_is_never_printed(password in "[A-Z!-/:-@]{6,20}", escape: bool) {
        let written = if escape {
            password.bytes().map(|b| format!("%{b:02X}")).collect::<String>()
        } else {
            password.clone()
        };
        let text = format!("mysql://u:{written}@host:1/db?api_key={}", written.replace(['&', '%', '@', '#'], "X"));
        match BackendUrl::parse(&text) {
            Ok(url) => {
                prop_assert!(!url.to_string().contains(&password) && !url.to_string().contains(&written));
                let debugged = format!("{url:?}");
                prop_assert!(!debugged.contains(&password));
            }
            Err(error) => prop_assert!(!error.to_string().contains(&password)),
        }
    }
}
