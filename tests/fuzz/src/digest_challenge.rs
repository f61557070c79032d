//! What a device wants for a login: a line of the input is a `WWW-Authenticate` value.

use vakhta_isapi::digest::{Challenge, Credentials, Offer, choose, offered};

/// The most that a device can make of one request's header, beyond what it sent itself.
const OWN: usize = 600;

/// Never panics; what is answered is one header line, and reads back as what was asked.
///
/// # Panics
/// Where that does not hold.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let headers: Vec<&str> = text.split('\n').collect();
    let offer = offered(&headers);
    let Some(challenge) = choose(&headers) else {
        assert!(!matches!(offer, Some(Offer::Digest(_))), "offered, but not chosen");
        return;
    };
    assert_eq!(offer, Some(Offer::Digest(challenge.clone())), "chosen, but not offered");
    answered(&challenge, text.len());
}

fn answered(challenge: &Challenge, sent: usize) {
    let credentials = Credentials { user: "admin \"\\\r\n,=".into(), password: "пароль".into() };
    let target = "/ISAPI/AccessControl/AcsEvent?format=json";
    let answer = challenge.answer(&credentials, "POST", target, 1, "c0ffee", b"{}");
    assert!(!answer.contains(|c: char| c.is_ascii_control() && c != '\t'), "no header: {answer:?}");
    assert!(answer.len() <= OWN + 2 * sent, "{} bytes for {sent}", answer.len());
    assert_eq!(
        answer,
        challenge.answer(&credentials, "POST", target, 1, "c0ffee", b"{}"),
        "not the same for the same"
    );
    let Some(again) = choose(&[&answer]) else { panic!("cannot be read back: {answer:?}") };
    assert_eq!(again.realm(), challenge.realm(), "{answer:?}");
}
