use axum::http::StatusCode;

use crate::support::Service;

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

#[tokio::test]
async fn browsers_get_the_page_under_its_addresses_and_programs_get_the_routes() {
    let service = Service::new().await;
    let page = service.ask("GET", "/", &[HTML, ("accept-language", "es-CR,es;q=0.9")], "").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    assert_eq!(service.get("/feed").await.status, StatusCode::UNAUTHORIZED, "the older route");
    assert_eq!(service.get("/people").await.problem(), "unknown-route");
    if !page.text().contains("id=\"root\"") {
        assert!(page.text().contains("<html lang=\"es\">") && page.text().contains("página sencilla"));
        assert_eq!(page.headers["content-language"], "es");
        return;
    }
    for view in ["/feed", "/people/ana", "/prompts/7", "/login", "/catalogue/runs/x"] {
        let answer = service.ask("GET", view, &[HTML], "").await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, page.text()), "{view}");
        assert_eq!(answer.headers["cache-control"], "no-cache");
    }
    let nowhere = service.ask("GET", "/nowhere", &[HTML], "").await;
    assert_eq!((nowhere.status, nowhere.text()), (StatusCode::NOT_FOUND, page.text()));
    assert_eq!(service.ask("GET", "/v1/nowhere", &[HTML], "").await.problem(), "unknown-route");
    let text = page.text();
    let script = text.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let script = service.get(script).await;
    assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
    assert!(script.headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(service.get("/assets/none.js").await.problem(), "unknown-route");
}

#[tokio::test]
async fn the_files_of_the_plain_page_and_the_documents_are_served() {
    let service = Service::new().await;
    let page = service.ask("GET", "/plain", &[HTML], "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("/page/app.js"), "the plain page is there beside the full one");
    for (file, kind) in
        [("app.js", "text/javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg+xml")]
    {
        let answer = service.get(&format!("/page/{file}")).await;
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with(kind), "{file}");
    }
    assert_eq!(service.get("/page/..%2fmod.rs").await.problem(), "unknown-route");
    assert_eq!(service.get("/assets/..%2f..%2fmod.rs").await.problem(), "unknown-route");
}
