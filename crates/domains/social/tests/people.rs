//! Following, muting, blocking, finding people, and what goes with an account.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::HashSet;

use catalejo_accounts::UserId;
use catalejo_social::{FeedSort, Person, PromptQuery, Relation, SocialError};
use sea_orm::ConnectionTrait;
use support::{Network, texts};

async fn feed(net: &Network, user: UserId) -> Vec<String> {
    let page = net.social.feed(user, FeedSort::Newest, None, 0).await.unwrap();
    page.items.into_iter().map(|prompt| prompt.text).collect()
}

async fn all(net: &Network, viewer: Option<UserId>) -> Vec<String> {
    let page = net.social.prompts(&PromptQuery::default(), viewer).await.unwrap();
    page.items.into_iter().map(|prompt| prompt.text).collect()
}

async fn found(net: &Network, words: &str, viewer: Option<UserId>) -> usize {
    net.social.index_changes().await.unwrap();
    let query = PromptQuery { query: Some(words.into()), ..PromptQuery::default() };
    net.social.prompts(&query, viewer).await.unwrap().items.len()
}

fn names(people: &[Person]) -> Vec<&str> {
    people.iter().map(|person| person.name.as_str()).collect()
}

fn unknown<T: std::fmt::Debug>(result: Result<T, SocialError>) -> bool {
    matches!(result, Err(SocialError::UnknownPerson(_) | SocialError::UnknownPrompt(_)))
}

#[tokio::test]
async fn following_counts_once_and_shows_in_profiles() {
    let net = Network::open().await;
    let [ana, bea, cleo] = net.users(["ana", "bea", "cleo"]).await;
    net.publish(bea, "one").await;
    let (person, new) = net.social.follow(ana, "Bea").await.unwrap();
    assert!(new);
    assert_eq!((person.prompts, person.followers, person.following), (1, 1, 0));
    assert_eq!(person.you, Some(Relation { follows: true, ..Relation::default() }));
    assert!(!net.social.follow(ana, "bea").await.unwrap().1, "again changes nothing");
    net.social.follow(cleo, "bea").await.unwrap();

    let followers = net.social.followers("bea", None, None, 1).await.unwrap();
    assert_eq!(names(&followers.items), ["cleo"]);
    let rest = net.social.followers("bea", None, followers.next_cursor.as_deref(), 1).await.unwrap();
    assert_eq!((names(&rest.items), &rest.next_cursor), (vec!["ana"], &None));
    assert_eq!(names(&net.social.following("ana", None, None, 0).await.unwrap().items), ["bea"]);
    assert!(net.social.following("bea", None, followers.next_cursor.as_deref(), 1).await.is_err());

    let person = net.social.unfollow(ana, "bea").await.unwrap();
    assert_eq!((person.followers, person.you.unwrap().follows), (1, false));
    assert!(matches!(net.social.follow(ana, "ANA").await, Err(SocialError::InvalidRequest { .. })));
    assert!(unknown(net.social.follow(ana, "nobody").await));
    assert!(unknown(net.social.person("nobody", None).await));
}

#[tokio::test]
async fn a_muted_person_is_out_of_feed_lists_and_searches_of_the_muter_only() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    let prompt = net.publish(bea, "loud drums").await;
    net.social.follow(ana, "bea").await.unwrap();
    assert_eq!(feed(&net, ana).await, ["loud drums"]);
    assert!(net.social.mute(ana, "bea").await.unwrap().you.unwrap().muted);
    assert!(feed(&net, ana).await.is_empty());
    assert!(all(&net, Some(ana)).await.is_empty());
    assert_eq!(found(&net, "drums", Some(ana)).await, 0);
    assert!(net.social.search_substring("drum", 9, Some(ana)).await.unwrap().is_empty());
    assert!(net.social.random_people(20, Some(ana)).await.unwrap().is_empty());
    // Asked for by name or id, what is muted is there; and others see it.
    assert!(net.social.prompt(prompt.id, Some(ana)).await.is_ok());
    let of_bea = PromptQuery { author: Some("bea".into()), ..PromptQuery::default() };
    assert_eq!(texts(&net.social.prompts(&of_bea, Some(ana)).await.unwrap().items), ["loud drums"]);
    assert_eq!(found(&net, "drums", None).await, 1);
    // The link of a republication does not show who is muted.
    let cleo = net.user("cleo").await;
    let copy = net.social.like(cleo, prompt.id).await.unwrap().republished.unwrap();
    assert_eq!(net.social.prompt(copy, Some(ana)).await.unwrap().original, None);
    assert!(net.social.prompt(copy, None).await.unwrap().original.is_some());
    assert_eq!(names(&net.social.muted(ana, None, 0).await.unwrap().items), ["bea"]);
    net.social.unmute(ana, "bea").await.unwrap();
    assert!(net.social.muted(ana, None, 0).await.unwrap().items.is_empty());
    assert_eq!(feed(&net, ana).await, ["loud drums"]);
}

#[tokio::test]
async fn a_block_makes_both_invisible_to_each_other() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    let (by_ana, by_bea) = (net.publish(ana, "violin").await, net.publish(bea, "trumpet").await);
    net.social.follow(ana, "bea").await.unwrap();
    net.social.follow(bea, "ana").await.unwrap();
    let person = net.social.block(ana, "bea").await.unwrap();
    let blocked = Relation { blocked: true, ..Relation::default() };
    assert_eq!((person.you, person.followers, person.following), (Some(blocked), 0, 0));
    for (user, own, other, name, word) in
        [(ana, "violin", by_bea.id, "bea", "trumpet"), (bea, "trumpet", by_ana.id, "ana", "violin")]
    {
        assert_eq!(feed(&net, user).await, [own]);
        assert_eq!(all(&net, Some(user)).await, [own]);
        assert_eq!(found(&net, word, Some(user)).await, 0);
        assert!(unknown(net.social.prompt(other, Some(user)).await));
        assert!(unknown(net.social.like(user, other).await));
        assert!(unknown(net.social.edit(user, other, "x").await), "not even whose it is");
        assert!(unknown(net.social.report_prompt(user, other, "spam").await));
        assert!(unknown(net.social.follow(user, name).await));
        assert!(unknown(net.social.mute(user, name).await));
        assert!(unknown(net.social.followers(name, Some(user), None, 0).await));
        let of_other = PromptQuery { author: Some(name.into()), ..PromptQuery::default() };
        assert!(unknown(net.social.prompts(&of_other, Some(user)).await));
        assert!(net.social.find_people(name, Some(user), None, 0).await.unwrap().items.is_empty());
    }
    // Only who blocked can see that, and lift it.
    assert_eq!(net.social.person("bea", Some(ana)).await.unwrap().you, Some(blocked));
    assert!(unknown(net.social.person("ana", Some(bea)).await));
    assert!(unknown(net.social.unblock(bea, "ana").await));
    assert_eq!(names(&net.social.blocked(ana, None, 1).await.unwrap().items), ["bea"]);
    assert!(net.social.blocked(bea, None, 1).await.unwrap().items.is_empty());
    net.social.unblock(ana, "bea").await.unwrap();
    assert!(net.social.follow(bea, "ana").await.unwrap().1);
    assert_eq!(feed(&net, bea).await, ["trumpet", "violin"]);
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_their_names() {
    let net = Network::open().await;
    net.users(["Ana", "anabel", "An_other", "bea"]).await;
    let found = async |query: &str| {
        let page = net.social.find_people(query, None, None, 0).await.unwrap();
        page.items.into_iter().map(|person| person.name).collect::<Vec<_>>()
    };
    assert_eq!(found("AN").await, ["Ana", "anabel", "An_other"]);
    assert_eq!(found("an_").await, ["An_other"], "no pattern");
    assert!(found("%").await.is_empty());
    let first = net.social.find_people("", None, None, 3).await.unwrap();
    let rest = net.social.find_people("", None, first.next_cursor.as_deref(), 3).await.unwrap();
    assert_eq!((first.items.len(), names(&rest.items)), (3, vec!["bea"]));
}

#[tokio::test]
async fn random_people_differ_and_never_repeat() {
    let net = Network::open().await;
    let ana = net.user("ana").await;
    assert!(net.social.random_people(20, Some(ana)).await.unwrap().is_empty());
    for n in 0..60 {
        net.user(&format!("person{n}")).await;
    }
    let mut draws = HashSet::new();
    for _ in 0..5 {
        let people = net.social.random_people(20, Some(ana)).await.unwrap();
        let names: Vec<String> = people.into_iter().map(|person| person.name).collect();
        let once: HashSet<&String> = names.iter().collect();
        assert_eq!((names.len(), once.len()), (20, 20));
        assert!(!names.contains(&"ana".to_owned()));
        draws.insert(names);
    }
    assert!(draws.len() > 1, "five draws of 20 of 60 were the same");
    // Where nearly all accounts are gone, the few that stay are found.
    let txn = net.store.begin().await.unwrap();
    txn.execute_unprepared("UPDATE users SET id = id * 1000 WHERE id > 1").await.unwrap();
    txn.commit().await.unwrap();
    let people = net.social.random_people(20, Some(ana)).await.unwrap();
    let once: HashSet<&str> = names(&people).into_iter().collect();
    assert_eq!(once.len(), people.len());
    assert!(people.len() > 15 && !once.contains("ana"), "{once:?}");
}

#[tokio::test]
async fn nothing_is_left_of_a_deleted_user_and_counts_stay_right() {
    let net = Network::open().await;
    let [ana, bea, cleo] = net.users(["ana", "bea", "cleo"]).await;
    let (kept, gone) = (net.publish(ana, "kept").await, net.publish(bea, "gone").await);
    net.social.like(bea, kept.id).await.unwrap();
    net.social.like(cleo, kept.id).await.unwrap();
    let copy = net.social.like(cleo, gone.id).await.unwrap().republished.unwrap();
    for (one, other) in [(ana, "bea"), (bea, "cleo"), (cleo, "ana")] {
        net.social.follow(one, other).await.unwrap();
        net.social.mute(one, other).await.unwrap();
    }
    net.social.report_prompt(ana, gone.id, "spam").await.unwrap();
    net.social.report_person(bea, "ana", "rude").await.unwrap();
    let dora = net.user("dora").await;
    net.social.block(bea, "dora").await.unwrap();
    net.social.index_changes().await.unwrap();

    net.social.accounts().remove(bea).await.unwrap();
    net.assert_whole().await;
    assert_eq!(net.social.prompt(kept.id, None).await.unwrap().likes, 1);
    assert_eq!(net.social.prompt(copy, None).await.unwrap().original, None);
    assert_eq!(net.social.person("ana", Some(dora)).await.unwrap().following, 0);
    assert_eq!(found(&net, "gone", None).await, 1, "the republication");
    let reports = net.social.reports(None, None, 0).await.unwrap().items;
    assert_eq!(reports.len(), 2);
    assert_eq!((&reports[0].reporter, reports[0].person.as_deref()), (&None, Some("ana")));
    assert_eq!(reports[1].prompt.as_ref().map(|p| (p.id, p.text.as_str())), Some((None, "gone")));
}
