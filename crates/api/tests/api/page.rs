use crate::support::Service;

#[tokio::test]
async fn the_page_speaks_the_readers_language_and_runs_nothing_inline() {
    let service = Service::new().await;
    let html = ("accept", "text/html");
    let spanish = service.ask("GET", "/", &[html, ("accept-language", "es-CR,es;q=0.9")], "").await;
    assert!(spanish.text().contains("<html lang=\"es\">") && spanish.text().contains("Di lo que buscas"));
    assert_eq!(spanish.headers["content-language"], "es");
    let policy = spanish.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    for (file, kind) in
        [("app.js", "text/javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg+xml")]
    {
        let answer = service.get(&format!("/page/{file}")).await;
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with(kind), "{file}");
    }
    assert_eq!(service.get("/page/..%2fmod.rs").await.problem(), "unknown-route");
}
