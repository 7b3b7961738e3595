//! Publishing, finding and liking prompts.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use catalejo_social::{Mode, NewPrompt, Original, PromptQuery, SocialError, Sort};
use support::{Network, new, texts};

fn about(query: &str) -> PromptQuery {
    PromptQuery { query: Some(query.into()), ..PromptQuery::default() }
}

#[tokio::test]
async fn a_prompt_keeps_what_it_was_asked_with() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    let asked = NewPrompt {
        text: "  songs for a long night drive ".into(),
        collection: Some("songs".into()),
        mode: Mode::Vector,
        filter: Some("tempo > 90".into()),
    };
    let prompt = net.social.publish(ana, asked).await.unwrap();
    assert_eq!((prompt.text.as_str(), prompt.author.as_str()), ("songs for a long night drive", "ana"));
    assert_eq!((prompt.mode, prompt.filter.as_deref()), (Mode::Vector, Some("tempo > 90")));
    assert_eq!((prompt.likes, prompt.edited_at, &prompt.original), (0, None, &None));

    let edited = net.social.edit(ana, prompt.id, "songs for a short night drive").await.unwrap();
    assert!(edited.edited_at.is_some() && edited.created_at == prompt.created_at);
    assert_eq!(net.social.prompt(prompt.id, None).await.unwrap(), edited);

    assert!(matches!(net.social.edit(bea, prompt.id, "mine").await, Err(SocialError::NotYours(_))));
    assert!(matches!(net.social.delete(bea, prompt.id).await, Err(SocialError::NotYours(_))));
    net.social.delete(ana, prompt.id).await.unwrap();
    assert!(matches!(net.social.prompt(prompt.id, None).await, Err(SocialError::UnknownPrompt(_))));
    assert!(matches!(net.social.delete(ana, prompt.id).await, Err(SocialError::UnknownPrompt(_))));
}

#[tokio::test]
async fn what_cannot_be_a_prompt_is_refused_with_the_field() {
    let net = Network::open().await;
    let ana = net.user("ana").await;
    let long = "ñ".repeat(2001);
    for (field, asked) in [
        ("text", new("   ")),
        ("text", new(&long)),
        ("text", new("a\0b")),
        ("collection", NewPrompt { collection: Some("No such".into()), ..new("x") }),
        ("filter", NewPrompt { filter: Some("tempo >".into()), ..new("x") }),
    ] {
        match net.social.publish(ana, asked).await {
            Err(SocialError::InvalidRequest { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    let longest = "ñ".repeat(2000);
    assert_eq!(net.publish(ana, &longest).await.text, longest);
    assert!(matches!(net.social.publish(404, new("x")).await, Err(SocialError::UnknownPerson(_))));
}

#[tokio::test]
async fn a_like_counts_once_and_republishes_once() {
    let net = Network::open().await;
    let [ana, bea, cleo] = net.users(["ana", "bea", "cleo"]).await;
    let prompt = net.publish(ana, "rain on tin roofs").await;
    let first = net.social.like(bea, prompt.id).await.unwrap();
    assert_eq!((first.likes, first.new), (1, true));
    let again = net.social.like(bea, prompt.id).await.unwrap();
    assert_eq!((again.likes, again.new, again.republished), (1, false, first.republished));
    let copy = net.social.prompt(first.republished.unwrap(), Some(bea)).await.unwrap();
    assert_eq!((copy.author.as_str(), copy.text.as_str(), copy.likes), ("bea", "rain on tin roofs", 0));
    assert_eq!(copy.original, Some(Original { id: prompt.id, author: "ana".into() }));
    assert!(net.social.prompt(prompt.id, Some(bea)).await.unwrap().liked);
    assert!(!net.social.prompt(prompt.id, Some(cleo)).await.unwrap().liked);

    // A like of the republication counts there; what it leads to points at the true first one.
    let of_copy = net.social.like(cleo, copy.id).await.unwrap();
    assert_eq!(of_copy.likes, 1);
    let third = net.social.prompt(of_copy.republished.unwrap(), None).await.unwrap();
    assert_eq!(third.original.unwrap().id, prompt.id);
    assert_eq!(net.social.prompt(prompt.id, None).await.unwrap().likes, 1);
    // The same text is not published twice under one name.
    let of_first = net.social.like(cleo, prompt.id).await.unwrap();
    assert_eq!((of_first.likes, of_first.republished), (2, of_copy.republished));
    // One's own prompt may be liked, as ever.
    assert_eq!(net.social.like(ana, prompt.id).await.unwrap().likes, 3);
    assert!(matches!(net.social.like(ana, 404).await, Err(SocialError::UnknownPrompt(404))));
    net.assert_whole().await;
}

#[tokio::test]
async fn a_like_taken_back_takes_an_untouched_republication_along() {
    let net = Network::open().await;
    let [ana, bea, cleo, dora] = net.users(["ana", "bea", "cleo", "dora"]).await;
    let prompt = net.publish(ana, "a bar at closing time").await;
    let untouched = net.social.like(bea, prompt.id).await.unwrap().republished.unwrap();
    let edited = net.social.like(cleo, prompt.id).await.unwrap().republished.unwrap();
    let liked = net.social.like(dora, prompt.id).await.unwrap().republished.unwrap();
    net.social.edit(cleo, edited, "a bar at opening time").await.unwrap();
    net.social.like(ana, liked).await.unwrap();
    for (user, left) in [(bea, 2), (cleo, 1), (dora, 0), (dora, 0)] {
        assert_eq!(net.social.unlike(user, prompt.id).await.unwrap().likes, left);
    }
    assert!(net.social.prompt(untouched, None).await.is_err());
    assert!(net.social.prompt(edited, None).await.is_ok());
    assert!(net.social.prompt(liked, None).await.is_ok());
    // Liked again, the republication that stayed is the one.
    assert_eq!(net.social.like(cleo, prompt.id).await.unwrap().republished, Some(edited));
    net.assert_whole().await;
}

#[tokio::test]
async fn a_republication_stays_while_another_like_leads_to_it() {
    let net = Network::open().await;
    let [ana, bea, cleo] = net.users(["ana", "bea", "cleo"]).await;
    let prompt = net.publish(ana, "bells").await;
    let copy = net.social.like(bea, prompt.id).await.unwrap().republished.unwrap();
    let mine = net.social.like(cleo, copy).await.unwrap().republished.unwrap();
    assert_eq!(net.social.like(cleo, prompt.id).await.unwrap().republished, Some(mine));
    net.social.unlike(cleo, copy).await.unwrap();
    assert!(net.social.prompt(mine, None).await.is_ok());
    net.social.unlike(cleo, prompt.id).await.unwrap();
    assert!(net.social.prompt(mine, None).await.is_err());
    net.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_people_like_at_once() {
    let net = Network::open().await;
    let ana = net.user("ana").await;
    let prompt = net.publish(ana, "everybody knows this one").await;
    let mut people = Vec::new();
    for n in 0..200 {
        people.push(net.user(&format!("person{n:03}")).await);
    }
    // Each twice at the same time: the second one must change nothing.
    let likes: Vec<_> = people
        .iter()
        .flat_map(|person| [*person; 2])
        .map(|person| {
            let social = net.social.clone();
            tokio::spawn(async move { social.like(person, prompt.id).await.unwrap() })
        })
        .collect();
    let mut new = 0;
    for like in likes {
        new += i64::from(like.await.unwrap().new);
    }
    assert_eq!(new, 200);
    assert_eq!(net.social.prompt(prompt.id, None).await.unwrap().likes, 200);
    let copies = "SELECT COUNT(*) FROM prompts WHERE original_id IS NOT NULL";
    let authors = "SELECT COUNT(DISTINCT author_id) FROM prompts WHERE original_id IS NOT NULL";
    assert_eq!((net.number(copies).await, net.number(authors).await), (200, 200));
    net.assert_whole().await;

    let unlikes: Vec<_> = people
        .into_iter()
        .map(|person| {
            let social = net.social.clone();
            tokio::spawn(async move { social.unlike(person, prompt.id).await.unwrap() })
        })
        .collect();
    for unlike in unlikes {
        unlike.await.unwrap();
    }
    assert_eq!(net.social.prompt(prompt.id, None).await.unwrap().likes, 0);
    assert_eq!(net.number("SELECT COUNT(*) FROM prompts").await, 1);
    net.assert_whole().await;
}

#[tokio::test]
async fn a_deleted_prompt_leaves_republications_without_a_link() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    let prompt = net.publish(ana, "harbour lights").await;
    let copy = net.social.like(bea, prompt.id).await.unwrap().republished.unwrap();
    net.social.index_changes().await.unwrap();
    assert_eq!(net.social.prompts(&about("harbour"), None).await.unwrap().items.len(), 1, "not its copies");
    net.social.delete(ana, prompt.id).await.unwrap();
    assert_eq!(net.social.prompt(copy, None).await.unwrap().original, None);
    net.social.index_changes().await.unwrap();
    let found = net.social.prompts(&about("harbour"), None).await.unwrap();
    assert_eq!(found.items.iter().map(|p| p.id).collect::<Vec<_>>(), [copy], "it is found itself now");
    net.assert_whole().await;
}

#[tokio::test]
async fn prompts_are_found_by_words_and_by_substring() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    net.publish(ana, "Canciones de DESPEDIDA en un puerto").await;
    net.publish(ana, "goodbye songs at the harbour").await;
    net.social
        .publish(bea, NewPrompt { collection: Some("products".into()), ..new("a harbour lamp 100% brass") })
        .await
        .unwrap();
    net.social.index_changes().await.unwrap();
    let found = async |query: PromptQuery| {
        let page = net.social.prompts(&query, None).await.unwrap();
        page.items.into_iter().map(|p| p.text).collect::<Vec<_>>()
    };
    assert_eq!(found(about("despedida")).await, ["Canciones de DESPEDIDA en un puerto"]);
    assert_eq!(found(about("goodbey")).await, ["goodbye songs at the harbour"], "a typing mistake");
    assert_eq!(found(about("harbour")).await.len(), 2);
    let products = PromptQuery { collection: Some("products".into()), ..about("harbour") };
    assert_eq!(found(products).await, ["a harbour lamp 100% brass"]);
    let by_bea = PromptQuery { author: Some("BEA".into()), ..PromptQuery::default() };
    assert_eq!(found(by_bea).await, ["a harbour lamp 100% brass"]);

    let substring = async |keyword: &str| net.social.search_substring(keyword, 10, None).await.unwrap();
    assert_eq!(texts(&substring("spedid").await), ["Canciones de DESPEDIDA en un puerto"]);
    assert_eq!(texts(&substring("CANCIÓN").await), ["Canciones de DESPEDIDA en un puerto"]);
    assert_eq!(texts(&substring("0%").await), ["a harbour lamp 100% brass"], "no pattern");
    assert_eq!(substring("").await.len(), 3);
    assert!(substring("' OR 1=1 --").await.is_empty());
}

#[tokio::test]
async fn pages_cover_everything_once_in_every_order() {
    let net = Network::open().await;
    let [ana, bea] = net.users(["ana", "bea"]).await;
    let mut published = Vec::new();
    for n in 0..25 {
        published.push(net.publish(ana, &format!("song number {n}")).await.id);
    }
    for id in published.iter().step_by(5) {
        net.social.like(bea, *id).await.unwrap();
    }
    net.social.index_changes().await.unwrap();
    let by_ana = PromptQuery { author: Some("ana".into()), limit: 4, ..PromptQuery::default() };
    for query in [
        by_ana.clone(),
        PromptQuery { sort: Some(Sort::Likes), ..by_ana.clone() },
        PromptQuery { query: Some("song".into()), ..by_ana.clone() },
        PromptQuery { query: Some("song".into()), sort: Some(Sort::Likes), ..by_ana.clone() },
        PromptQuery { query: Some("song".into()), author: None, ..by_ana },
    ] {
        let mut query = query;
        let mut seen = Vec::new();
        loop {
            let page = net.social.prompts(&query, Some(bea)).await.unwrap();
            assert!(page.items.len() <= 4);
            seen.extend(page.items.iter().map(|p| (p.likes, p.id)));
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => break,
            }
        }
        let mut ids: Vec<i64> = seen.iter().map(|(_, id)| *id).collect();
        if query.sort == Some(Sort::Likes) {
            assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
            assert_eq!(seen[0].0, 1);
        } else if query.query.is_none() {
            assert!(ids.is_sorted_by(|a, b| a > b), "{ids:?}");
        }
        ids.sort_unstable();
        assert_eq!(ids, published, "{query:?}");
        query.cursor = Some("elsewhere".into());
        assert!(matches!(net.social.prompts(&query, None).await, Err(SocialError::InvalidCursor)));
    }
}

#[tokio::test]
async fn what_a_crash_kept_from_the_index_is_mended() {
    let net = Network::open().await;
    let ana = net.user("ana").await;
    let first = net.publish(ana, "before the storm").await;
    net.social.index_changes().await.unwrap();
    net.publish(ana, "after the storm").await;
    net.social.delete(ana, first.id).await.unwrap();
    // Neither reached the index; the process goes away.
    let Network { social, store, index, data } = net;
    drop((social, store, index));
    let net = Network::reopen(data).await;
    assert_eq!(net.social.index_changes().await.unwrap(), 2);
    let found = net.social.prompts(&about("storm"), None).await.unwrap();
    assert_eq!(texts(&found.items), ["after the storm"]);
    assert_eq!(net.social.index_changes().await.unwrap(), 0);

    // An index that was lost is filled again.
    let Network { social, store, index, data } = net;
    index.remove("_prompts-1").await.unwrap();
    drop((social, store, index));
    let net = Network::reopen(data).await;
    net.social.index_changes().await.unwrap();
    assert_eq!(net.social.prompts(&about("storm"), None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn changes_reach_the_index_by_themselves() {
    let net = Network::open().await;
    let ana = net.user("ana").await;
    let shutdown = tokio_util::sync::CancellationToken::new();
    let social = net.social.clone();
    let work = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { social.keep_indexed(shutdown).await }
    });
    net.publish(ana, "a song for the ferry").await;
    let found = async {
        while net.social.prompts(&about("ferry"), None).await.unwrap().items.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), found).await.expect("it is found");
    shutdown.cancel();
    work.await.unwrap();
}
