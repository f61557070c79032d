use super::*;
use proptest::prelude::*;

const RFC_REALM: &str = "http-auth@example.org";
const RFC_NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const RFC_CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
const RFC_OPAQUE: &str = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";

fn mufasa() -> Credentials {
    Credentials { user: "Mufasa".to_owned(), password: "Circle of Life".to_owned() }
}

fn rfc(algorithm: &str) -> String {
    format!(
        r#"Digest realm="{RFC_REALM}", qop="auth, auth-int", algorithm={algorithm}, nonce="{RFC_NONCE}", opaque="{RFC_OPAQUE}""#
    )
}

fn response(value: &str) -> &str {
    value.split("response=\"").nth(1).unwrap().split('"').next().unwrap()
}

fn answer(challenge: &str) -> String {
    choose(&[challenge]).unwrap().answer(&mufasa(), "GET", "/dir/index.html", 1, RFC_CNONCE, b"")
}

#[test]
fn the_vectors_of_the_rfc() {
    assert_eq!(response(&answer(&rfc("MD5"))), "8ca523f5e9506fed4657c9700eebdbec");
    assert_eq!(
        response(&answer(&rfc("SHA-256"))),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
}

#[test]
fn the_older_vector_of_rfc_2617() {
    let challenge = choose(&[
        r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
    ])
    .unwrap();
    let user = Credentials { user: "Mufasa".to_owned(), password: "Circle Of Life".to_owned() };
    let value = challenge.answer(&user, "GET", "/dir/index.html", 1, "0a4f113b", b"");
    assert_eq!(response(&value), "6629fae49393a05397450978507c4ef1");
}

#[test]
fn the_header_has_the_form_that_devices_accept() {
    assert_eq!(
        answer(&rfc("MD5")),
        format!(
            "Digest username=\"Mufasa\", realm=\"{RFC_REALM}\", nonce=\"{RFC_NONCE}\", \
             uri=\"/dir/index.html\", algorithm=MD5, response=\"8ca523f5e9506fed4657c9700eebdbec\", \
             qop=auth, nc=00000001, cnonce=\"{RFC_CNONCE}\", opaque=\"{RFC_OPAQUE}\""
        )
    );
}

#[test]
fn the_guides_own_challenge() {
    let challenge =
        choose(&[r#"Digest qop="auth", realm="IP Camera(C2183)", nonce="4e546a42", stale="FALSE""#]).unwrap();
    assert!(!challenge.is_stale());
    assert_eq!(challenge.realm(), "IP Camera(C2183)");
    let target = "/ISAPI/AccessControl/AcsEvent?format=json";
    let value = challenge.answer(&mufasa(), "POST", target, 0x1f, "c", b"{}");
    assert!(value.contains(r#"uri="/ISAPI/AccessControl/AcsEvent?format=json""#), "{value}");
    assert!(value.contains("nc=0000001f"), "{value}");
    assert!(!value.contains("algorithm") && !value.contains("opaque"), "{value}");
}

#[test]
fn stale_in_any_case_quoted_or_not() {
    for stale in ["TRUE", "true", "\"TRUE\"", "\"True\""] {
        assert!(choose(&[&format!("Digest nonce=\"n\", stale={stale}")]).unwrap().is_stale(), "{stale}");
    }
    for stale in ["FALSE", "\"false\"", "\"\""] {
        assert!(!choose(&[&format!("Digest nonce=\"n\", stale={stale}")]).unwrap().is_stale(), "{stale}");
    }
}

#[test]
fn an_empty_opaque_and_the_domain_are_not_echoed() {
    let value = answer(r#"Digest realm="r", domain="::", qop="auth", nonce="n", opaque="", stale=FALSE"#);
    assert!(!value.contains("opaque") && !value.contains("domain"), "{value}");
}

#[test]
fn the_strongest_of_several_headers() {
    let basic = r#"Basic realm="r""#;
    assert!(answer_of(&[&rfc("MD5"), basic, &rfc("SHA-256")]).contains("algorithm=SHA-256"));
    assert!(answer_of(&[&rfc("SHA-256"), &rfc("MD5")]).contains("algorithm=SHA-256"));
    assert!(answer_of(&[&rfc("SHA-512-256"), &rfc("MD5")]).contains("algorithm=MD5"));
    assert!(answer_of(&[&rfc("MD5-sess"), &rfc("SHA256-sess")]).contains("algorithm=SHA256-sess"));
}

#[test]
fn the_strongest_of_several_in_one_header() {
    let both = format!("Basic realm=\"a, Digest b\", {}, {}, Negotiate", rfc("MD5"), rfc("SHA-256"));
    assert!(answer_of(&[&both]).contains("algorithm=SHA-256"));
    let unquoted = "Digest realm=r, nonce=abc==, qop=auth-int,auth, algorithm=MD5,Basic realm=x";
    let value = answer_of(&[unquoted]);
    assert!(value.contains("qop=auth,") && value.contains("nonce=\"abc==\""), "{value}");
}

fn answer_of(headers: &[&str]) -> String {
    choose(headers).unwrap().answer(&mufasa(), "GET", "/", 1, "c", b"")
}

#[test]
fn a_session_hash_and_no_qop() {
    let value = answer(r#"Digest realm="r", nonce="n", algorithm=MD5-sess"#);
    let h = |text: &str| hex::encode(Md5::digest(text));
    let secret = h(&format!("{}:n:{RFC_CNONCE}", h("Mufasa:r:Circle of Life")));
    assert_eq!(response(&value), h(&format!("{secret}:n:{}", h("GET:/dir/index.html"))));
    assert!(value.contains("cnonce=") && !value.contains("nc="), "{value}");

    let value = answer(r#"Digest realm="r", nonce="n""#);
    assert!(!value.contains("cnonce=") && !value.contains("qop="), "{value}");
}

#[test]
fn integrity_alone_takes_the_body_in() {
    let challenge = choose(&[r#"Digest realm="r", nonce="n", qop="auth-int""#]).unwrap();
    let value = challenge.answer(&mufasa(), "PUT", "/x", 1, "c", b"body");
    let h = |text: &str| hex::encode(Md5::digest(text));
    let secret = h("Mufasa:r:Circle of Life");
    let request = h(&format!("PUT:/x:{}", h("body")));
    assert_eq!(response(&value), h(&format!("{secret}:n:00000001:c:auth-int:{request}")));
    assert!(value.contains("qop=auth-int"), "{value}");
}

#[test]
fn what_cannot_be_answered_is_not_chosen() {
    for value in [
        "",
        "Digest",
        "Digest realm=\"r\"",
        "Digest nonce=\"\"",
        "Digest nonce=n, qop=\"token\"",
        ",",
        "Digest nonce=\0",
        "Digest nonce=n, realm=\"a\r\nb\"",
        "Digest nonce=n, opaque=\"\x7f\"",
    ] {
        assert_eq!(offered(&[value]), None, "{value:?}");
    }
    assert_eq!(offered(&["Basic realm=\"DVR\""]), Some(Offer::Basic));
    assert_eq!(offered(&["Digest nonce=n, algorithm=SHA3", "basic"]), Some(Offer::Basic));
    assert!(matches!(offered(&["Basic realm=x", "Digest nonce=n"]), Some(Offer::Digest(_))));
    assert_eq!(offered(&[]), None);
}

#[test]
fn quotes_and_backslashes_are_escaped_and_hashed_plain() {
    let challenge = choose(&[r#"Digest realm="a \"b\" \\c", nonce="n""#]).unwrap();
    assert_eq!(challenge.realm(), r#"a "b" \c"#);
    let user = Credentials { user: "o\"p\\q".to_owned(), password: "p".to_owned() };
    let value = challenge.answer(&user, "GET", "/", 1, "c", b"");
    assert!(value.contains(r#"username="o\"p\\q", realm="a \"b\" \\c""#), "{value}");
    let h = |text: &str| hex::encode(Md5::digest(text));
    assert_eq!(response(&value), h(&format!("{}:n:{}", h("o\"p\\q:a \"b\" \\c:p"), h("GET:/"))));
}

#[test]
fn a_password_does_not_reach_a_log() {
    assert_eq!(format!("{:?}", mufasa()), "Credentials(..)");
}

proptest! {
    #[test]
    fn no_text_is_too_strange(headers in prop::collection::vec("(?s).{0,80}", 0..4), user in "(?s).{0,9}") {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let _ = offered(&headers);
        let hostile: Vec<String> = headers.iter().map(|h| format!("Digest nonce=\"n\", {h}")).collect();
        let hostile: Vec<&str> = hostile.iter().map(String::as_str).collect();
        if let Some(challenge) = choose(&hostile) {
            let login = Credentials { user, password: String::new() };
            let value = challenge.answer(&login, "GET", "/", 1, "c", b"");
            prop_assert!(!value.contains(['\r', '\n']));
        }
    }

    #[test]
    fn what_is_quoted_is_read_back(realm in "[ -~]{0,20}", nonce in "[ -~]{1,20}") {
        let mut header = Value::new();
        header.quoted("realm", &realm);
        header.quoted("nonce", &nonce);
        let challenge = choose(&[&header.0]).unwrap();
        prop_assert_eq!(challenge.realm(), realm.as_str());
        prop_assert_eq!(&challenge.nonce, &nonce);
    }
}
