//! Passwords, nonces, transport faults, and the endpoints about the device.

use std::time::Duration;

use isapi_sim::Pass;

use crate::client::{Client, LIMIT, authorization, start};

const INFO: &str = "/ISAPI/System/deviceInfo";
const TIME: &str = "/ISAPI/System/time";

#[tokio::test]
async fn every_way_of_digest_lets_the_right_password_in() {
    let sim = start(&[]).await;
    for kind in [
        "md5",
        "md5-explicit",
        "md5-noqop",
        "md5-sess",
        "md5-qop-list",
        "sha256",
        "sha256-noqop",
        "both",
        "both-reversed",
    ] {
        sim.set_fault(&format!("digest={kind}")).unwrap();
        let answer = Client::to(&sim).await.get(INFO).await;
        assert_eq!(answer.status, 200, "{kind}");
        assert!(answer.text().contains("<serialNumber>DS-K1T671M"), "{kind}");
    }
    assert_eq!(sim.stats().refusals, 0);
}

#[tokio::test]
async fn several_challenges_come_as_headers_or_in_one() {
    let sim = start(&["digest=both", "basic-offered"]).await;
    let mut client = Client::to(&sim).await;
    let answer = client.bare("GET", INFO, "", "").await;
    let challenges = answer.all("www-authenticate");
    assert_eq!(challenges.len(), 3);
    assert!(
        challenges[0].starts_with("Basic ")
            && challenges[1].contains("SHA-256")
            && challenges[2].contains("MD5")
    );
    sim.set_fault("digest=both-joined").unwrap();
    let answer = client.bare("GET", INFO, "", "").await;
    let joined = answer.all("www-authenticate")[1];
    assert_eq!(joined.matches("Digest ").count(), 2);
    // Basic is never right, and it counts.
    assert_eq!(
        client.bare("GET", INFO, "Authorization: Basic YWRtaW46MTIzNDU2Nzhh\r\n", "").await.status,
        401
    );
    assert_eq!(sim.stats().refusals, 1);
}

#[tokio::test]
async fn five_wrong_passwords_lock_also_the_right_one() {
    let sim = start(&[]).await;
    let mut client = Client::to(&sim).await;
    client.password = "wrong".into();
    for left in (0..5).rev() {
        let answer = client.get(INFO).await;
        assert_eq!(answer.status, 401);
        assert!(answer.text().contains(&format!("<retryTimes>{left}</retryTimes>")), "{}", answer.text());
        let (state, time) = if left == 0 { ("locked", "1800") } else { ("unlock", "0") };
        assert!(answer.text().contains(&format!("<lockStatus>{state}</lockStatus>")));
        assert!(answer.text().contains(&format!("<resLockTime>{time}</resLockTime>")));
    }
    client.password = "12345678a".into();
    assert_eq!(client.get(INFO).await.status, 401);
    assert_eq!((sim.stats().refusals, sim.stats().locked), (6, true));
    sim.unlock();
    assert_eq!(client.get(INFO).await.status, 200);
    sim.set_password("other");
    assert_eq!(client.get(INFO).await.status, 401);
    assert_eq!(sim.stats().tries_left, 4);
}

#[tokio::test]
async fn a_request_line_that_is_not_the_signed_one_is_refused() {
    let sim = start(&[]).await;
    let mut client = Client::to(&sim).await;
    let challenge = client.bare("GET", INFO, "", "").await;
    let line = client.authorize(challenge.header("www-authenticate"), "GET", INFO);
    assert_eq!(client.bare("GET", &format!("{INFO}?format=json"), &line, "").await.status, 401);
    let quoted = line.replace("qop=auth", "qop=\"auth\"");
    assert_eq!(client.bare("GET", INFO, &quoted, "").await.status, 401);
    assert_eq!(client.bare("GET", INFO, &line, "").await.status, 200);
    assert_eq!(sim.stats().refusals, 2);
}

/// Two requests under one nonce; the second answer.
async fn reuse(sim: &isapi_sim::Simulator, second_target: &str, other_socket: bool) -> crate::client::Answer {
    let mut client = Client::to(sim).await;
    let challenge = client.bare("GET", INFO, "", "").await;
    let challenge = challenge.header("www-authenticate");
    let line = client.authorize(challenge, "GET", INFO);
    assert_eq!(client.bare("GET", INFO, &line, "").await.status, 200);
    let line = client.authorize(challenge, "GET", second_target);
    let mut client = if other_socket { Client::to(sim).await } else { client };
    client.bare("GET", second_target, &line, "").await
}

#[tokio::test]
async fn nonces_can_be_reused_unless_a_fault_says_otherwise() {
    let sim = start(&[]).await;
    assert_eq!(reuse(&sim, TIME, true).await.status, 200);

    sim.set_fault("nonce-reuse=refuse").unwrap();
    let refused = reuse(&sim, INFO, false).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, ""));
    assert!(
        refused.text().contains("<userCheck") && refused.text().contains("<statusValue>401</statusValue>")
    );

    sim.set_fault("nonce-reuse=half").unwrap();
    let mut statuses = [reuse(&sim, INFO, false).await.status, reuse(&sim, INFO, false).await.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);

    sim.clear_faults();
    sim.set_fault("nonce-bound").unwrap();
    assert_eq!(reuse(&sim, INFO, false).await.status, 200);
    let elsewhere = reuse(&sim, TIME, false).await;
    assert_eq!(elsewhere.status, 401);
    assert!(elsewhere.header("www-authenticate").contains("stale=\"FALSE\""));

    sim.clear_faults();
    sim.set_fault("nonce-per-connection").unwrap();
    assert_eq!(reuse(&sim, INFO, true).await.status, 401);

    sim.clear_faults();
    sim.set_fault("nonce-stale=1").unwrap();
    let stale = reuse(&sim, INFO, false).await;
    assert!(stale.header("www-authenticate").contains("stale=\"TRUE\""));
    sim.set_fault("nonce-stale=0s").unwrap();
    let stale = Client::to(&sim).await.get(INFO).await;
    assert!(stale.header("www-authenticate").contains("stale=\"TRUE\""));
    assert_eq!(sim.stats().refusals, 0, "the password was right all the time");
    assert_eq!(sim.stats().nonce_refusals, 6);
}

#[tokio::test]
async fn an_unknown_nonce_and_a_repeated_count_are_stale() {
    let sim = start(&[]).await;
    let mut client = Client::to(&sim).await;
    let challenge = client.bare("GET", INFO, "", "").await.header("www-authenticate").to_owned();
    let line = authorization(&challenge, "GET", INFO, "12345678a", 1);
    assert_eq!(client.bare("GET", INFO, &line, "").await.status, 200);
    assert_eq!(client.bare("GET", INFO, &line, "").await.status, 401);
    let nonce = crate::client::parameter(&challenge, "nonce").unwrap().to_owned();
    let line = authorization(&challenge.replace(&nonce, "invented"), "GET", INFO, "12345678a", 1);
    let answer = client.bare("GET", INFO, &line, "").await;
    assert!(answer.header("www-authenticate").contains("stale=\"TRUE\""));
}

#[tokio::test]
async fn the_first_401_may_close_or_be_fat() {
    let sim = start(&["body-401=50000"]).await;
    let mut client = Client::to(&sim).await;
    assert!(client.bare("GET", INFO, "", "").await.body.len() >= 50_000);
    assert_eq!(client.get(INFO).await.status, 200);
    sim.set_fault("close-after-401").unwrap();
    assert_eq!(client.bare("GET", INFO, "", "").await.header("connection"), "close");
    assert!(!client.more().await);
}

#[tokio::test]
async fn the_endpoints_about_the_device() {
    let sim = start(&[]).await;
    let mut client = Client::to(&sim).await;
    let info = client.get(&format!("{INFO}?format=json")).await;
    assert!(info.text().starts_with("<?xml") && info.text().contains("http://www.isapi.org/ver20/XMLSchema"));
    assert_eq!(client.get("/ISAPI/System/time/timeZone").await.text(), "CST-3:00:00");
    assert!(client.get(TIME).await.text().contains("+03:00</localTime>"));
    let caps = client.get("/ISAPI/AccessControl/AcsEvent/capabilities?format=json").await.json();
    assert_eq!(caps["AcsEvent"]["AcsEventCond"]["maxResults"]["@max"], 30);
    let work = client.get("/ISAPI/AccessControl/AcsWorkStatus?format=json").await.json();
    assert_eq!(work["AcsWorkStatus"]["doorStatus"][0], 4);
    assert!(client.get("/ISAPI/System/capabilities").await.text().contains("<isSupportAcs>true"));
    assert!(client.get("/ISAPI/AccessControl/capabilities").await.text().contains("<isSupportAcsEvent>true"));
    assert!(client.get("/ISAPI/Security/illegalLoginLock").await.text().contains("<maxIllegalLoginTimes>5"));
    assert!(client.get("/ISAPI/Security/userCheck").await.text().contains("<statusValue>200"));
    let missing = client.get("/ISAPI/System/status").await;
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("<subStatusCode>notSupport</subStatusCode>"));
    sim.set_fault("not-found-html").unwrap();
    assert!(client.get("/ISAPI/System/status").await.text().starts_with("<!DOCTYPE html"));
    assert_eq!(sim.stats().connections, 1, "all on one connection");
    assert_eq!(sim.stats().admitted["/ISAPI/System/time"], 1);
    assert_eq!(sim.stats().requests["/ISAPI/System/time"], 2);
}

#[tokio::test]
async fn xml_with_other_namespaces_prefix_and_bom() {
    let sim = start(&["namespace=urn:psialliance-org", "ns-prefix", "bom", "content-type-lies"]).await;
    let info = Client::to(&sim).await.get(INFO).await;
    assert!(info.text().starts_with("\u{feff}<?xml"));
    assert!(info.text().contains("<ns1:DeviceInfo version=\"2.0\" xmlns:ns1=\"urn:psialliance-org\">"));
    assert_eq!(info.header("content-type"), "application/json");
    sim.set_fault("namespace=none").unwrap();
    assert!(!Client::to(&sim).await.get(INFO).await.text().contains("xmlns"));
}

#[tokio::test]
async fn the_clock_can_be_set_stepped_and_wrong() {
    let sim = start(&[]).await;
    let mut client = Client::to(&sim).await;
    let body = "<Time xmlns=\"x\"><timeMode>manual</timeMode><localTime>2020-05-05T10:00:00</localTime><timeZone>CST-8:00:00</timeZone></Time>";
    assert_eq!(client.ask("PUT", TIME, body).await.status, 200);
    assert!(sim.device_time().starts_with("2020-05-05T10:00:0"), "{}", sim.device_time());
    assert!(sim.device_time().ends_with("+08:00"));
    sim.pass(Pass::granted().person("1"));
    sim.step_clock(-7200);
    sim.pass(Pass::granted().person("2"));
    let log = sim.log();
    assert!(
        log[0].time.starts_with("2020-05-05T10:") && log[1].time.starts_with("2020-05-05T08:"),
        "{log:?}"
    );
    assert!(log[0].serial < log[1].serial);
    sim.set_fault("zone-shift=-3600").unwrap();
    assert!(sim.device_time().starts_with("2020-05-05T07:") && sim.device_time().ends_with("+07:00"));
    assert_eq!(client.ask("PUT", TIME, "<Time><timeMode>sundial</timeMode></Time>").await.status, 400);
    sim.clear_faults();
    sim.set_clock_offset(0);
    sim.set_fault("clock-1970").unwrap();
    sim.set_fault("clock-no-offset").unwrap();
    assert!(sim.device_time().starts_with("1970-01-01T08:00:") && sim.device_time().len() == 19);
    sim.clear_faults();
    let year: i32 = sim.device_time()[..4].parse().unwrap();
    sim.set_fault("clock-offset=-864000000").unwrap();
    assert!(sim.device_time()[..4].parse::<i32>().unwrap() < year - 25);
}

#[tokio::test]
async fn errors_under_http_200_and_503() {
    let sim = start(&["error-200=1"]).await;
    let mut client = Client::to(&sim).await;
    let answer = client.get("/ISAPI/AccessControl/AcsWorkStatus?format=json").await;
    assert_eq!((answer.status, answer.json()["statusCode"].as_u64()), (200, Some(3)));
    assert!(client.get(INFO).await.text().contains("DeviceInfo"), "just one");
    sim.set_fault("busy-503").unwrap();
    let answer = client.get(INFO).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("<statusCode>2</statusCode>"));
}

#[tokio::test]
async fn transport_faults() {
    let sim = start(&["drip", "chunked"]).await;
    assert!(Client::to(&sim).await.get(INFO).await.text().ends_with("</DeviceInfo>\n"));
    sim.clear_faults();

    sim.set_fault("drop-connection-every=3").unwrap(); // two were served
    let mut client = Client::to(&sim).await;
    client.send("GET", INFO, "", "").await;
    assert_eq!(client.rest().await, b"");
    sim.clear_faults();

    sim.set_fault("cut-body").unwrap();
    let mut client = Client::to(&sim).await;
    client.send("GET", INFO, "", "").await;
    let promised: usize = client.head().await.header("content-length").parse().unwrap();
    assert_eq!(client.rest().await.len(), promised / 2);
    sim.clear_faults();

    sim.set_fault("close-on-accept").unwrap();
    let mut client = Client::to(&sim).await;
    assert_eq!(client.rest().await, b"");
    sim.clear_faults();

    sim.set_fault("hang=/ISAPI/System/time").unwrap();
    let mut client = Client::to(&sim).await;
    assert_eq!(client.get(INFO).await.status, 200);
    client.send("GET", TIME, "", "").await;
    assert!(sim.wait_until(LIMIT, |s| s.requests.contains_key(TIME)).await);
    let silence = tokio::time::timeout(Duration::from_millis(50), client.more()).await;
    assert!(silence.is_err(), "nothing comes");
}

#[tokio::test]
async fn lying_and_missing_capabilities() {
    let sim = start(&["capability-lies"]).await;
    for serial in 0..20 {
        sim.pass(Pass::granted().person(serial.to_string()));
    }
    let mut client = Client::to(&sim).await;
    let caps = client.get("/ISAPI/AccessControl/AcsEvent/capabilities?format=json").await.json();
    assert_eq!(caps["AcsEvent"]["AcsEventCond"]["maxResults"]["@max"], 100);
    assert_eq!(client.page(0, "").await.1.len(), 10);
    assert!(
        client.get("/ISAPI/AccessControl/capabilities").await.text().contains("<isSupportAcsWorkStatus>true")
    );
    assert_eq!(client.get("/ISAPI/AccessControl/AcsWorkStatus?format=json").await.status, 404);
    sim.clear_faults();
    sim.set_fault("no-search=notsupport").unwrap();
    let answer = client.search("\"searchResultPosition\":0,\"maxResults\":10").await;
    assert_eq!((answer.status, answer.json()["errorCode"].as_u64()), (403, Some(1_073_741_825)));
    sim.set_fault("no-search").unwrap();
    assert_eq!(client.search("\"searchResultPosition\":0,\"maxResults\":10").await.status, 404);
}
