//! The demo people as they are shipped.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use catalejo_social::{DemoSummary, FeedSort, Moderator, PromptQuery};
use support::Network;

const FILE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../demo/people.toml"));

fn moderator() -> Moderator {
    Moderator { name: "owner".into() }
}

#[tokio::test]
async fn the_demo_comes_once_and_goes_for_good() {
    let net = Network::open().await;
    let ana = net.user("ana").await;
    let own = net.publish(ana, "my own").await;
    let brought = net.social.seed_demo(FILE).await.unwrap();
    assert_eq!((brought.people, brought.prompts), (6, 25));
    assert_eq!((brought.likes, brought.follows), (19, 17), "every key and name in the file is known");
    assert_eq!(net.social.seed_demo(FILE).await.unwrap(), DemoSummary::default());
    net.assert_whole().await;

    let prompts =
        net.social.prompts(&PromptQuery { limit: 100, ..PromptQuery::default() }, None).await.unwrap();
    assert_eq!(prompts.items.iter().filter(|prompt| prompt.demo).count(), 25 + 19);
    assert!(!net.social.prompt(own.id, None).await.unwrap().demo);
    let person = net.social.person("marta.quiroga", None).await.unwrap();
    assert!(person.demo && person.followers > 0 && person.prompts > 3);

    // What real people did with it is theirs, and stays right.
    let liked = prompts.items.iter().find(|p| p.demo && p.original.is_none()).unwrap();
    let copy = net.social.like(ana, liked.id).await.unwrap().republished.unwrap();
    net.social.follow(ana, "marta.quiroga").await.unwrap();
    assert_eq!(net.social.remove_demo(&moderator()).await.unwrap(), 6);
    net.assert_whole().await;
    let left = net.social.feed(ana, FeedSort::Newest, None, 0).await.unwrap().items;
    assert_eq!(left.iter().map(|prompt| prompt.id).collect::<Vec<_>>(), [copy, own.id]);
    assert_eq!(net.social.remove_demo(&moderator()).await.unwrap(), 0);
    assert_eq!(net.social.seed_demo(FILE).await.unwrap(), DemoSummary::default(), "it stays away");
}

#[tokio::test]
async fn somebody_who_has_a_demo_name_is_left_alone() {
    let net = Network::open().await;
    let owen = net.user("owen.hale").await;
    assert_eq!(net.social.seed_demo(FILE).await.unwrap().people, 5);
    let profile = net.social.person("owen.hale", None).await.unwrap();
    assert_eq!((profile.demo, profile.prompts, profile.followers), (false, 0, 0));
    net.social.remove_demo(&moderator()).await.unwrap();
    assert!(net.social.accounts().user(owen).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_that_is_none_is_refused() {
    let net = Network::open().await;
    let error = net.social.seed_demo("[[people]]\nnme = \"x\"").await.unwrap_err();
    assert!(error.to_string().contains("nme"), "{error}");
}
