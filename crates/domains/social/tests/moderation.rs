//! Reports, decisions, and the log of them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use catalejo_social::{Moderator, PromptQuery, ReportAction, ReportState, SocialError};
use support::{Network, new};

fn moderator() -> Moderator {
    Moderator { name: "mia".into() }
}

async fn log(net: &Network) -> Vec<String> {
    let page = net.social.audit(None, 0).await.unwrap();
    page.items.into_iter().map(|e| format!("{} {} {}: {}", e.actor, e.action, e.subject, e.note)).collect()
}

#[tokio::test]
async fn a_removed_prompt_takes_unedited_copies_and_open_reports_along() {
    let net = Network::open().await;
    let [ana, bea, cleo, dora] = net.users(["ana", "bea", "cleo", "dora"]).await;
    let bad = net.publish(ana, "something hateful").await;
    let copy = net.social.like(bea, bad.id).await.unwrap().republished.unwrap();
    let mended = net.social.like(dora, bad.id).await.unwrap().republished.unwrap();
    net.social.edit(dora, mended, "something kind").await.unwrap();
    let first = net.social.report_prompt(cleo, bad.id, "  hateful ").await.unwrap();
    let same = net.social.report_prompt(cleo, bad.id, "hateful!").await.unwrap();
    assert_eq!((first.id, same.reason.as_str()), (same.id, "hateful"), "reported once");
    let other = net.social.report_prompt(ana, copy, "me too").await.unwrap();
    assert_eq!(first.prompt.as_ref().unwrap().id, Some(bad.id));
    assert_eq!((first.person.as_deref(), first.reporter.as_deref()), (Some("ana"), Some("cleo")));

    let action = ReportAction::RemovePrompt;
    let resolved = net.social.resolve_report(&moderator(), first.id, action, "rule 1").await.unwrap();
    assert_eq!((resolved.state, resolved.action), (ReportState::Resolved, Some(action)));
    assert_eq!((resolved.note.as_deref(), resolved.resolved_by.as_deref()), (Some("rule 1"), Some("mia")));
    assert_eq!(net.social.report(other.id).await.unwrap().state, ReportState::Resolved);
    assert!(net.social.prompt(bad.id, None).await.is_err() && net.social.prompt(copy, None).await.is_err());
    assert!(net.social.prompt(mended, None).await.is_ok());
    assert_eq!(log(&net).await, [format!("mia remove_prompt prompt {}: rule 1", bad.id)]);
    let again = net.social.resolve_report(&moderator(), first.id, action, "").await;
    assert!(matches!(again, Err(SocialError::AlreadyResolved(_))));
    net.assert_whole().await;
}

#[tokio::test]
async fn a_suspended_author_is_seen_by_nobody_and_may_come_back() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    let prompt = net.publish(ana, "spam spam spam").await;
    net.social.follow(bea, "ana").await.unwrap();
    net.social.index_changes().await.unwrap();
    let report = net.social.report_person(bea, "ana", "spam").await.unwrap();
    assert!(report.prompt.is_none());
    net.social.resolve_report(&moderator(), report.id, ReportAction::SuspendUser, "bot").await.unwrap();

    let seen = async |viewer| {
        net.social.index_changes().await.unwrap();
        let words = PromptQuery { query: Some("spam".into()), ..PromptQuery::default() };
        let mut seen = net.social.prompts(&words, viewer).await.unwrap().items.len();
        seen += net.social.prompts(&PromptQuery::default(), viewer).await.unwrap().items.len();
        seen += net.social.feed(bea, Default::default(), None, 0).await.unwrap().items.len();
        seen += net.social.find_people("ana", viewer, None, 0).await.unwrap().items.len();
        seen + usize::from(net.social.prompt(prompt.id, viewer).await.is_ok())
            + usize::from(net.social.person("ana", viewer).await.is_ok())
    };
    assert_eq!((seen(None).await, seen(Some(bea)).await), (0, 0));
    assert!(matches!(net.social.publish(ana, new("more")).await, Err(SocialError::Suspended)));
    assert!(matches!(net.social.like(ana, prompt.id).await, Err(SocialError::Suspended)));
    net.social.set_suspended(&moderator(), "ana", false, "a mistake").await.unwrap();
    assert_eq!(seen(None).await, 6);
    assert_eq!(
        log(&net).await,
        ["mia lift_suspension person ana: a mistake", "mia suspend_user person ana: bot"]
    );
}

#[tokio::test]
async fn the_last_administrator_is_not_suspended() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    net.social.accounts().set_role(ana, catalejo_accounts::Role::Admin).await.unwrap();
    let report = net.social.report_person(bea, "ana", "strict").await.unwrap();
    let refused = net.social.resolve_report(&moderator(), report.id, ReportAction::SuspendUser, "").await;
    assert!(matches!(refused, Err(SocialError::Account(_))), "{refused:?}");
    assert_eq!(net.social.report(report.id).await.unwrap().state, ReportState::Open);
    assert!(log(&net).await.is_empty());
}

#[tokio::test]
async fn a_dismissed_report_changes_nothing_but_itself() {
    let net = Network::open().await;
    let [ana, bea, cleo] = net.users(["ana", "bea", "cleo"]).await;
    let prompt = net.publish(ana, "harmless").await;
    let one = net.social.report_prompt(bea, prompt.id, "x").await.unwrap();
    let other = net.social.report_prompt(cleo, prompt.id, "y").await.unwrap();
    net.social.resolve_report(&moderator(), one.id, ReportAction::Dismiss, "").await.unwrap();
    assert_eq!(log(&net).await, [format!("mia dismiss report {}: ", one.id)]);
    let open = net.social.reports(Some(ReportState::Open), None, 0).await.unwrap().items;
    assert_eq!(open.iter().map(|r| r.id).collect::<Vec<_>>(), [other.id]);
    assert!(net.social.prompt(prompt.id, None).await.is_ok());
    assert!(matches!(
        net.social.resolve_report(&moderator(), 404, ReportAction::Dismiss, "").await,
        Err(SocialError::UnknownReport(404))
    ));
    assert!(matches!(
        net.social.report_prompt(bea, prompt.id, " ").await,
        Err(SocialError::InvalidRequest { field: "reason", .. })
    ));
}

#[tokio::test]
async fn what_cannot_be_done_is_not_logged() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    let prompt = net.publish(ana, "short lived").await;
    let report = net.social.report_prompt(bea, prompt.id, "x").await.unwrap();
    net.social.delete(ana, prompt.id).await.unwrap();
    let gone = net.social.resolve_report(&moderator(), report.id, ReportAction::RemovePrompt, "").await;
    assert!(matches!(gone, Err(SocialError::InvalidRequest { field: "action", .. })));
    let missing = net.social.remove_prompt(&moderator(), prompt.id, "").await;
    assert!(matches!(missing, Err(SocialError::UnknownPrompt(_))));
    assert!(log(&net).await.is_empty());
    assert_eq!(net.social.report(report.id).await.unwrap().state, ReportState::Open);
    for n in 0..3 {
        let prompt = net.publish(ana, &format!("prompt {n}")).await;
        net.social.remove_prompt(&moderator(), prompt.id, "by hand").await.unwrap();
    }
    let first = net.social.audit(None, 2).await.unwrap();
    let rest = net.social.audit(first.next_cursor.as_deref(), 2).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next_cursor), (2, 1, None));
}
