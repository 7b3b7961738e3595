use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::{Config, ConfigError};

const DEFAULT_FILE: &str = "catalejo.toml";
const PREFIX: &str = "CATALEJO_";

/// Where settings come from, the stronger ones last.
#[derive(Debug, Default)]
pub struct Layers {
    /// The file named by `--config`; without one `./catalejo.toml` is read if it is there.
    pub file: Option<PathBuf>,
    /// The process's environment.
    pub env: Vec<(String, String)>,
    /// Flags, by the key that each sets.
    pub flags: Vec<(String, String)>,
}

/// Reads all layers and merges them: flag over environment over file over default.
pub fn load(layers: &Layers) -> Result<Config, ConfigError> {
    let mut merged = read_file(layers.file.as_deref())?;
    for (name, text) in &layers.env {
        let Some(key) = name.strip_prefix(PREFIX) else { continue };
        set(&mut merged, &key.to_lowercase(), text, &format!("environment variable {name}"))?;
    }
    for (key, text) in &layers.flags {
        set(&mut merged, key, text, &format!("--set {key}"))?;
    }
    Config::deserialize(merged).map_err(|error| ConfigError::at("configuration", error.message()))?.validate()
}

fn read_file(named: Option<&Path>) -> Result<Table, ConfigError> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Table::new());
        }
        Err(cause) => return Err(ConfigError::Unreadable { path: path.to_owned(), cause }),
    };
    let in_file = |error: toml::de::Error| ConfigError::in_file(path, &text, &error);
    toml::from_str::<Config>(&text).map_err(in_file)?;
    toml::from_str::<Table>(&text).map_err(in_file)
}

/// Puts one textual setting over the others, after trying it alone so that the error can name its place.
fn set(merged: &mut Table, key: &str, text: &str, place: &str) -> Result<(), ConfigError> {
    let mut first_error = None;
    for value in readings(text) {
        let alone = Table::from_iter([(key.to_owned(), value.clone())]);
        match Config::deserialize(alone) {
            Ok(_) => {
                merged.insert(key.to_owned(), value);
                return Ok(());
            }
            Err(error) => first_error.get_or_insert(error),
        };
    }
    let error = first_error.expect("a text has at least one reading");
    Err(ConfigError::at(place, error.message()))
}

/// What a text without quotes may mean, the likeliest first: a number or truth value, then plain text, then a list.
fn readings(text: &str) -> Vec<Value> {
    let mut readings = Vec::new();
    if let Ok(number) = text.parse() {
        readings.push(Value::Integer(number));
    }
    if let Ok(truth) = text.parse() {
        readings.push(Value::Boolean(truth));
    }
    readings.push(Value::String(text.to_owned()));
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    readings.push(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()));
    readings
}
