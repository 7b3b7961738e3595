use serde_json::Value;

use crate::support::Service;

#[tokio::test]
async fn document() {
    let service = Service::new().await;
    let document = service.get("/openapi.json").await.json();
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn every_operation_is_explained_and_every_reference_resolves() {
    let service = Service::new().await;
    let document = service.get("/openapi.json").await.json();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for key in ["summary", "description", "tags"] {
                assert!(!operation[key].is_null(), "{method} {path} has no {key}");
            }
            assert!(operation["security"].is_array() && operation["responses"]["default"].is_object());
        }
    }
    check(&document, &document);
}

fn check(value: &Value, document: &Value) {
    if let Some(name) = value["$ref"].as_str() {
        assert!(document.pointer(&name[1..]).is_some(), "{name} leads nowhere");
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| check(value, document)),
        Value::Object(values) => values.values().for_each(|value| check(value, document)),
        _ => {}
    }
}

#[tokio::test]
async fn the_readable_form_names_every_route_and_problem() {
    let service = Service::new().await;
    let document = service.get("/openapi.json").await.json();
    let page = service.get("/docs").await.text();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    for code in catalejo_api::ProblemCode::ALL {
        assert!(page.contains(&format!("id=\"problem-{}\"", code.as_str())));
    }
    assert!(!page.contains("<script") && !page.contains("style="));
}
