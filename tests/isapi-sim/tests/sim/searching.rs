//! AcsEvent and its faults.

use std::time::{Duration, Instant};

use isapi_sim::{Pass, Simulator};

use crate::client::{Client, LIMIT, start};

async fn with_events(count: u32, faults: &[&str]) -> Simulator {
    let sim = start(faults).await;
    sim.burst(count, 0.0).await;
    sim
}

/// All serials, as a client that trusts MORE would collect them; at most `limit` pages.
async fn walk(client: &mut Client, limit: usize) -> Vec<u64> {
    let mut all = Vec::new();
    for _ in 0..limit {
        let (page, serials) = client.page(all.len(), "").await;
        all.extend(serials);
        if page["responseStatusStrg"] != "MORE" {
            break;
        }
    }
    all
}

#[tokio::test]
async fn pages_end_with_ok_and_nothing_is_no_match() {
    let sim = with_events(65, &[]).await;
    let mut client = Client::to(&sim).await;
    let (first, serials) = client.page(0, "").await;
    assert_eq!(
        (&first["responseStatusStrg"], &first["numOfMatches"], &first["totalMatches"]),
        (&"MORE".into(), &30.into(), &65.into())
    );
    assert_eq!(first["searchID"], "s1");
    assert_eq!(serials, (1..=30).collect::<Vec<_>>());
    let (last, serials) = client.page(60, "").await;
    assert_eq!((last["responseStatusStrg"].as_str(), serials.len()), (Some("OK"), 5));
    let (none, _) = client.page(0, ",\"employeeNoString\":\"nobody\"").await;
    assert_eq!(
        (none["responseStatusStrg"].as_str(), none["numOfMatches"].as_u64()),
        (Some("NO MATCH"), Some(0))
    );
    assert!(none.get("InfoList").is_none());
    assert_eq!(walk(&mut client, 9).await, (1..=65).collect::<Vec<_>>());
}

#[tokio::test]
async fn conditions_choose() {
    let sim = start(&[]).await;
    sim.pass(Pass::granted().person("0007").name("Anna").ago(Duration::from_secs(7200)));
    sim.pass(Pass::refused(6).person("8").card("000123"));
    sim.pass(Pass::code(1, 1034));
    sim.pass(Pass::doorbell());
    let mut client = Client::to(&sim).await;
    for (condition, expected) in [
        ("", vec![1, 2, 3, 4]),
        (",\"beginSerialNo\":2,\"endSerialNo\":3", vec![2, 3]),
        (",\"beginSerialNo\":4", vec![4]),
        (",\"beginSerialNo\":9", vec![]),
        (",\"employeeNoString\":\"0007\"", vec![1]),
        (",\"cardNo\":\"000123\"", vec![2]),
        (",\"timeReverseOrder\":true", vec![4, 3, 2, 1]),
    ] {
        assert_eq!(client.page(0, condition).await.1, expected, "{condition}");
    }
    let body = |codes: &str| {
        format!(
            "{{\"AcsEventCond\":{{\"searchID\":\"x\",\"searchResultPosition\":0,\"maxResults\":5,{codes}}}}}"
        )
    };
    let target = "/ISAPI/AccessControl/AcsEvent?format=json";
    let answer = client.ask("POST", target, &body("\"major\":5,\"minor\":37")).await.json();
    assert_eq!(answer["AcsEvent"]["InfoList"][0]["serialNo"], 4);
    assert_eq!(answer["AcsEvent"]["totalMatches"], 1);
    // Times: what the device wrote finds the event, to the second.
    let time = sim.log()[0].time.clone();
    let answer = client
        .ask("POST", target, &body(&format!("\"startTime\":\"{time}\",\"endTime\":\"{time}\"")))
        .await
        .json();
    assert_eq!(answer["AcsEvent"]["InfoList"][0]["employeeNoString"], "0007");
    assert_eq!(answer["AcsEvent"]["totalMatches"], 1);
    let total = client
        .ask(
            "POST",
            "/ISAPI/AccessControl/AcsEventTotalNum?format=json",
            "{\"AcsEventTotalNumCond\":{\"major\":5,\"minor\":0}}",
        )
        .await;
    assert_eq!(total.json()["AcsEventTotalNum"]["totalNum"], 3);
}

#[tokio::test]
async fn wrong_requests_name_the_field() {
    let sim = with_events(3, &[]).await;
    let mut client = Client::to(&sim).await;
    let target = "/ISAPI/AccessControl/AcsEvent?format=json";
    for (body, sub_code, message) in [
        ("{", "badJsonFormat", "badJsonFormat"),
        ("{}", "MessageParametersLack", "AcsEventCond"),
        (
            "{\"AcsEventCond\":{\"searchID\":\"a\",\"searchResultPosition\":0}}",
            "MessageParametersLack",
            "maxResults",
        ),
        (
            "{\"AcsEventCond\":{\"searchID\":\"a\",\"searchResultPosition\":0,\"maxResults\":0}}",
            "badParameters",
            "maxResults",
        ),
        (
            "{\"AcsEventCond\":{\"searchID\":\"a\",\"searchResultPosition\":0,\"maxResults\":1,\"startTime\":\"noon\"}}",
            "badParameters",
            "startTime",
        ),
    ] {
        let answer = client.ask("POST", target, body).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            (answer.json()["subStatusCode"].as_str(), answer.json()["errorMsg"].as_str()),
            (Some(sub_code), Some(message))
        );
    }
    let answer = client
        .ask("POST", "/ISAPI/AccessControl/AcsEventTotalNum?format=json", "{\"AcsEventCond\":{}}")
        .await;
    assert_eq!(answer.json()["subStatusCode"], "MessageParametersLack");
    assert_eq!(client.get(target).await.json()["subStatusCode"], "methodNotAllowed");
}

#[tokio::test]
async fn page_sizes_are_clamped_or_rejected() {
    let sim = with_events(25, &["max-results=clamp:10"]).await;
    let mut client = Client::to(&sim).await;
    assert_eq!(client.page(0, "").await.1.len(), 10);
    sim.set_fault("max-results=reject:10").unwrap();
    let answer = client.search("\"searchResultPosition\":0,\"maxResults\":11").await;
    assert_eq!((answer.status, answer.json()["errorMsg"].as_str()), (400, Some("maxResults")));
    assert_eq!(client.search("\"searchResultPosition\":0,\"maxResults\":10").await.status, 200);
}

#[tokio::test]
async fn pages_that_never_end_repeat_or_are_cut() {
    let sim = with_events(40, &["more-forever"]).await;
    let mut client = Client::to(&sim).await;
    let (page, serials) = client.page(40, "").await;
    assert_eq!((page["responseStatusStrg"].as_str(), serials.len()), (Some("MORE"), 0));
    sim.set_fault("more-forever=repeat").unwrap();
    let (page, serials) = client.page(40, "").await;
    assert_eq!((page["responseStatusStrg"].as_str(), serials), (Some("MORE"), (11..=40).collect()));
    sim.clear_faults();
    sim.set_fault("repeat-page").unwrap();
    assert_eq!(
        walk(&mut client, 3).await,
        [(1..=30).collect::<Vec<_>>(), (1..=30).collect(), (1..=30).collect()].concat()
    );
    sim.clear_faults();
    sim.set_fault("truncate-ok=12").unwrap();
    let (page, serials) = client.page(0, "").await;
    assert_eq!((page["responseStatusStrg"].as_str(), serials.len()), (Some("OK"), 12));
}

#[tokio::test]
async fn unsorted_pages_still_hold_everything() {
    let sim = with_events(65, &["unsorted"]).await;
    let mut client = Client::to(&sim).await;
    assert_eq!(client.page(0, "").await.1[..4], [2, 1, 4, 3]);
    sim.set_fault("unsorted=all").unwrap();
    let mut all = walk(&mut client, 9).await;
    assert!(!all.is_sorted() && all[..30].iter().max() > Some(&30), "serials cross the page border");
    all.sort_unstable();
    assert_eq!(all, (1..=65).collect::<Vec<_>>());
}

#[tokio::test]
async fn types_drift_and_cards_exceed_64_bits() {
    let sim = start(&["type-drift", "card-beyond-64-bit", "fill-columns"]).await;
    sim.pass(Pass::granted().person("1001").card("270"));
    sim.pass(Pass::code(5, 25).extra("mask", "yes"));
    let text = Client::to(&sim).await.search("\"searchResultPosition\":0,\"maxResults\":10").await.text();
    assert!(text.contains("\"cardNo\":\t18446744073709551886"), "{text}");
    assert!(text.contains("\"serialNo\":\t\"1\"") && text.contains("\"employeeNoString\":\t1001"), "{text}");
    assert!(text.contains("\"employeeNoString\":\t\"\"") && text.contains("\"mask\":\t\"yes\""), "{text}");
    assert_eq!(sim.log()[0].card_no.as_deref(), Some("18446744073709551886"));
}

#[tokio::test]
async fn search_may_know_later_than_the_stream() {
    let sim = start(&["search-lag=3600000"]).await;
    sim.burst(3, 0.0).await;
    let mut client = Client::to(&sim).await;
    assert_eq!(client.page(0, "").await.1.len(), 0);
    sim.set_fault("search-lag=0").unwrap();
    assert_eq!(client.page(0, "").await.1.len(), 3);
    sim.set_fault("search-lag=off").unwrap();

    // A picture that fits into no socket buffer: the event is told only once the client reads.
    sim.set_fault("announce-first").unwrap();
    sim.set_fault("heartbeat=none").unwrap();
    let mut stream = Client::to(&sim).await;
    stream.stream().await;
    assert!(sim.wait_streams(1, LIMIT).await);
    sim.pass(Pass::granted().person("4").picture(vec![0; 20_000_000]));
    stream.until("\"serialNo\":\t4").await;
    assert_eq!(client.page(0, "").await.1, [1, 2, 3]);
    sim.pass(Pass::granted().person("5"));
    let reading = tokio::spawn(async move {
        while stream.more().await {
            if stream.buffer.len() > 1_000_000 {
                stream.buffer.clear();
            }
        }
    });
    while client.page(0, "").await.1.len() < 5 {}
    reading.abort();
}

#[tokio::test]
async fn serials_restart_after_a_clearing_and_a_swap() {
    let sim = with_events(5, &[]).await;
    sim.clear_log();
    assert_eq!(sim.pass(Pass::granted().person("1")), 1);
    let before = sim.serial_number();
    let after = sim.swap_hardware();
    assert_ne!(before, after);
    assert_eq!(sim.pass(Pass::granted().person("2")), 1);
    assert!(Client::to(&sim).await.get("/ISAPI/System/deviceInfo").await.text().contains(&after));
    let epochs: Vec<u32> = sim.everything().iter().map(|e| e.epoch).collect();
    assert_eq!(epochs, [0, 0, 0, 0, 0, 1, 2]);
    assert_eq!((sim.log().len(), sim.stats().epoch, sim.stats().emitted), (1, 2, 7));
}

#[tokio::test]
async fn the_log_may_be_short_and_have_gaps() {
    let sim = with_events(20, &["log-capacity=6", "serial-gap=10"]).await;
    let serials: Vec<u64> = sim.log().iter().map(|e| e.serial).collect();
    assert_eq!(serials, [16, 17, 18, 19, 21, 22]);
    let mut client = Client::to(&sim).await;
    assert_eq!(client.page(0, ",\"beginSerialNo\":1,\"endSerialNo\":20").await.1, [16, 17, 18, 19]);
    sim.set_fault("serial-range=ignore").unwrap();
    assert_eq!(client.page(0, ",\"beginSerialNo\":22").await.1.len(), 6);
    sim.set_fault("serial-range=reject").unwrap();
    assert_eq!(
        client.search("\"searchResultPosition\":0,\"maxResults\":5,\"beginSerialNo\":1").await.status,
        400
    );
}

#[tokio::test]
async fn a_picture_is_fetched_with_the_password() {
    let sim = start(&[]).await;
    let picture = isapi_sim::jpeg_of(20_000);
    sim.pass(Pass::granted().person("1").picture(picture.clone()));
    let mut client = Client::to(&sim).await;
    let page = client.page(0, "").await.0;
    let url = page["InfoList"][0]["pictureURL"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(&sim.url()).unwrap();
    let answer = client.get(path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
    assert!(answer.body == picture);
    sim.set_fault("picture-host").unwrap();
    assert!(
        client.page(0, "").await.0["InfoList"][0]["pictureURL"]
            .as_str()
            .unwrap()
            .starts_with("http://192.0.0.64/LOCALS/")
    );
    sim.clear_log();
    assert_eq!(client.get(path).await.status, 404);
}

#[tokio::test]
async fn a_strict_device_knows_its_searches() {
    let sim = with_events(40, &["search-id-strict"]).await;
    let mut client = Client::to(&sim).await;
    let late = client.search("\"searchResultPosition\":30,\"maxResults\":30").await;
    assert_eq!(late.json()["subStatusCode"], "noSearchIDResource");
    client.page(0, "").await;
    assert_eq!(client.page(30, "").await.1.len(), 10);
}

#[tokio::test]
async fn history_is_there_before_the_first_event() {
    let sim = start(&["history-before=3"]).await;
    let log = sim.log();
    assert_eq!(log.iter().map(|e| e.serial).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(log[0].time < log[1].time && log[1].time < log[2].time);
}

#[tokio::test]
async fn a_hundred_thousand_events_are_searched_at_once() {
    let sim = with_events(100_000, &[]).await;
    let mut client = Client::to(&sim).await;
    let begin = Instant::now();
    for i in 0..100_u64 {
        let first = 1 + i * 900;
        let (page, serials) = client.page(0, &format!(",\"beginSerialNo\":{first}")).await;
        assert_eq!(serials.len(), 30);
        assert_eq!((serials[0], page["totalMatches"].as_u64()), (first, Some(100_001 - first)));
    }
    // Generous: a machine under load. A linear search would be past it by far.
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}
