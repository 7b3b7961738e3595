//! Values as they come (text of a CSV cell, JSON) to values of a field's type.

use catalejo_index::FieldType;
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::{Map, Number, Value as Json};

use super::refusal::excerpt;

/// The value in its stored form; `None` when there is none (null, empty text, empty list). The error says what was
/// expected and shows the beginning of the value.
pub(crate) fn convert(kind: FieldType, value: &Json) -> Result<Option<Json>, String> {
    match value {
        Json::Null => return Ok(None),
        Json::String(text) if text.is_empty() => return Ok(None),
        Json::String(text) if kind != FieldType::Text && text.trim().is_empty() => return Ok(None),
        _ => {}
    }
    let converted = match kind {
        FieldType::Text | FieldType::Keyword => text(value),
        FieldType::Float => float(value),
        FieldType::Integer => integer(value),
        FieldType::Boolean => boolean(value),
        FieldType::Datetime => datetime(value),
        FieldType::Geo => geo(value),
        FieldType::Tags => return tags(value),
    };
    converted.map(Some).ok_or_else(|| format!("expected {}, found {}", expected(kind), shown(value)))
}

fn expected(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text | FieldType::Keyword => "text",
        FieldType::Float => "a number",
        FieldType::Integer => "a whole number",
        FieldType::Boolean => "true or false",
        FieldType::Datetime => "a date or an instant such as 2024-02-29 or 2024-02-29T12:30:00Z",
        FieldType::Geo => "a place such as 40.4,-3.7 or {\"lat\": 40.4, \"lon\": -3.7}",
        FieldType::Tags => "a list of texts, or texts separated by |",
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => format!("{:?}", excerpt(text, 60)),
        other => excerpt(&other.to_string(), 60),
    }
}

fn text(value: &Json) -> Option<Json> {
    match value {
        Json::String(_) => Some(value.clone()),
        Json::Number(n) => Some(Json::String(n.to_string())),
        Json::Bool(b) => Some(Json::String(b.to_string())),
        _ => None,
    }
}

fn float(value: &Json) -> Option<Json> {
    let number = match value {
        Json::Number(n) => n.as_f64()?,
        // Rust also reads `inf`, `nan` and their like, which no range can hold.
        Json::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Number::from_f64(number).map(Json::Number)
}

fn integer(value: &Json) -> Option<Json> {
    let number = match value {
        Json::Number(n) => n.as_i64().or_else(|| whole(n.as_f64()?))?,
        // Columns with holes leave some tools as 3.0.
        Json::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))?
        }
        _ => return None,
    };
    Some(number.into())
}

fn whole(number: f64) -> Option<i64> {
    // Beyond 2^53 a float does not say which integer was meant.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

fn boolean(value: &Json) -> Option<Json> {
    let truth = match value {
        Json::Bool(b) => *b,
        Json::Number(n) => match n.as_f64()? {
            0.0 => false,
            1.0 => true,
            _ => return None,
        },
        Json::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => true,
            "false" | "f" | "no" | "n" | "0" | "0.0" => false,
            _ => return None,
        },
        _ => return None,
    };
    Some(truth.into())
}

fn datetime(value: &Json) -> Option<Json> {
    let instant = parse_datetime(value.as_str()?.trim())?;
    Some(Json::String(instant.to_rfc3339_opts(SecondsFormat::Millis, true)))
}

/// RFC 3339; without an offset UTC is meant, without a time midnight, without a day or month the first.
fn parse_datetime(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    for format in ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%dT%H:%M:%S%.f%z"] {
        if let Ok(instant) = DateTime::parse_from_str(text, format) {
            return Some(instant.to_utc());
        }
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(instant) = NaiveDateTime::parse_from_str(text, format) {
            return Some(instant.and_utc());
        }
    }
    let day = match text.len() {
        4 if text.bytes().all(|b| b.is_ascii_digit()) => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.replace('/', "-"),
    };
    NaiveDate::parse_from_str(&day, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(|instant| instant.and_utc())
}

fn geo(value: &Json) -> Option<Json> {
    let (lat, lon) = match value {
        Json::Object(place) => place_of(place)?,
        Json::String(text) => match text.trim() {
            text if text.starts_with('{') => return geo(&serde_json::from_str(text).ok()?),
            text => {
                let (lat, lon) = text.split_once(',')?;
                (lat.trim().parse().ok()?, lon.trim().parse().ok()?)
            }
        },
        _ => return None,
    };
    let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    on_earth.then(|| serde_json::json!({ "lat": lat, "lon": lon }))
}

fn place_of(place: &Map<String, Json>) -> Option<(f64, f64)> {
    let number = |names: [&str; 3]| names.iter().find_map(|name| float(place.get(*name)?)?.as_f64());
    Some((number(["lat", "latitude", "Lat"])?, number(["lon", "lng", "longitude"])?))
}

fn tags(value: &Json) -> Result<Option<Json>, String> {
    let wrong = || format!("expected {}, found {}", expected(FieldType::Tags), shown(value));
    let words: Vec<String> = match value {
        Json::Array(values) => values
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| text(value).and_then(|text| text.as_str().map(str::to_owned)).ok_or_else(wrong))
            .collect::<Result<_, _>>()?,
        Json::String(list) if list.trim_start().starts_with('[') => {
            match serde_json::from_str::<Json>(list) {
                Ok(array @ Json::Array(_)) => return tags(&array),
                _ => return Err(wrong()),
            }
        }
        Json::String(list) => list.split('|').map(str::to_owned).collect(),
        other => vec![text(other).and_then(|text| text.as_str().map(str::to_owned)).ok_or_else(wrong)?],
    };
    let mut kept: Vec<Json> = Vec::with_capacity(words.len());
    for word in words {
        let word = Json::String(word.trim().to_owned());
        if word != "" && !kept.contains(&word) {
            kept.push(word);
        }
    }
    Ok((!kept.is_empty()).then_some(Json::Array(kept)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use FieldType::*;
    use serde_json::json;

    fn ok(kind: FieldType, value: Json) -> Json {
        convert(kind, &value).unwrap().unwrap_or(Json::Null)
    }

    #[test]
    fn numbers() {
        assert_eq!(ok(Float, json!(" 0.5 ")), json!(0.5));
        assert_eq!(ok(Float, json!("-7.3e-2")), json!(-0.073));
        assert_eq!(ok(Integer, json!("42")), json!(42));
        assert_eq!(ok(Integer, json!("3.0")), json!(3));
        assert_eq!(ok(Integer, json!("9223372036854775807")), json!(i64::MAX));
        for wrong in ["nan", "inf", "fast", "1,5", "0x1"] {
            assert!(convert(Float, &json!(wrong)).is_err(), "{wrong}");
            assert!(convert(Integer, &json!(wrong)).is_err(), "{wrong}");
        }
        assert!(convert(Integer, &json!("3.5")).is_err());
        assert!(convert(Float, &json!(true)).is_err());
    }

    #[test]
    fn nothing_is_missing() {
        for kind in [Text, Keyword, Float, Integer, Boolean, Datetime, Geo, Tags] {
            assert_eq!(ok(kind, json!("")), Json::Null);
            assert_eq!(ok(kind, Json::Null), Json::Null);
        }
        assert_eq!(ok(Tags, json!([])), Json::Null);
        assert_eq!(ok(Text, json!("  ")), json!("  "));
    }

    #[test]
    fn instants() {
        let midnight = json!("2024-02-29T00:00:00.000Z");
        for text in [
            "2024-02-29",
            "2024/02/29",
            "2024-02-29T01:00:00+01:00",
            "2024-02-29 00:00:00",
            "2024-02-29T00:00",
        ] {
            assert_eq!(ok(Datetime, json!(text)), midnight, "{text}");
        }
        assert_eq!(ok(Datetime, json!("1999")), json!("1999-01-01T00:00:00.000Z"));
        assert_eq!(ok(Datetime, json!("1999-07")), json!("1999-07-01T00:00:00.000Z"));
        for wrong in ["2024-02-30", "yesterday", "29.02.2024"] {
            assert!(convert(Datetime, &json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn places_truths_and_tags() {
        let madrid = json!({"lat": 40.4, "lon": -3.7});
        assert_eq!(ok(Geo, json!("40.4, -3.7")), madrid);
        assert_eq!(ok(Geo, json!({"lat": "40.4", "lng": -3.7})), madrid);
        assert_eq!(ok(Geo, json!("{\"lat\": 40.4, \"lon\": -3.7}")), madrid);
        assert!(convert(Geo, &json!("91,0")).is_err());
        assert_eq!(ok(Boolean, json!("Yes")), json!(true));
        assert!(convert(Boolean, &json!("maybe")).is_err());
        assert_eq!(ok(Tags, json!("rock| pop |rock|")), json!(["rock", "pop"]));
        assert_eq!(ok(Tags, json!("[\"a\", \"b\"]")), json!(["a", "b"]));
        assert!(convert(Tags, &json!("[broken")).is_err());
    }
}
