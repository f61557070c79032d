//! Who may do what, tried over HTTP: every command and route as every role, as nobody, and at a
//! locked desk. A command that has no line here fails the tests.

use std::collections::BTreeMap;

use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use crate::browser::{Browser, WORD};
use crate::desk::Desk;

const ROLES: [&str; 5] = ["operator", "supervisor", "security", "administrator", "employee"];

/// Command, what is sent (harmless where it is let through: things that do not exist), and who may:
/// **o**perator, **s**upervisor, se**c**urity, **a**dministrator, **e**mployee; `*` also nobody,
/// `-` no page at all.
const TABLE: &str = r#"
lock                 null                                                    *
sign_out             null                                                    *
access               null                                                    *
factor_offer         {"login":"somebody"}                                    *
set_up               {"language":"en","site":{},"login":"x","name":"x","password":"x","roles":[],"factor":null}  *
sign_in              {"login":"nobody.at.all","password":"x","code":null}    *
unlock               {"user":"00000000-0000-0000-0000-000000000000","secret":"1379","pin":true}  *
touch                null                                                    *
events               {"after":0,"devices":null,"wait_ms":0}                  *
step_up              {"secret":"not it"}                                     oscae
password_change      {"old":"not it","new":"another word of it"}             oscae
pin_change           {"password":"not it","pin":null}                        oscae
factor_change        {"secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","code":"000000"}  oscae
recovery_codes       null                                                    oscae
sessions             null                                                    oscae
session_end          {"id":"00000000-0000-0000-0000-000000000000"}           oscae
matrix               null                                                    oscae
status               null                                                    oscae
snapshot             null                                                    oscae
users                null                                                    sca
factor_lost          {"id":"00000000-0000-0000-0000-000000000000"}           sca
user_add             {"login":"","name":"","roles":[]}                       a
user_change          {"id":"00000000-0000-0000-0000-000000000000","name":null,"roles":null,"disabled":null}  a
user_password        {"id":"00000000-0000-0000-0000-000000000000"}           a
factor_remove        {"id":"00000000-0000-0000-0000-000000000000"}           a
audit                {"author":null,"kinds":[],"entity":null,"from":null,"until":null,"before":null,"limit":1}  ca
audit_export         {"author":null,"kinds":["no.such"],"entity":null,"from":null,"until":null,"before":null,"limit":1}  a
health               null                                                    sca
monitoring           null                                                    sca
monitoring_token_make  null                                                  a
monitoring_token_remove  null                                                a
backups              null                                                    sca
backup_schedule      {"days":[]}                                             a
backup_target_add    {"name":"","place":{"kind":"folder","path":""},"secret":null}  a
backup_target_change {"id":"no such","draft":{"name":"","place":{"kind":"folder","path":""},"secret":null}}  a
backup_target_remove {"id":"no such"}                                        a
backup_target_try    {"name":"","place":{"kind":"folder","path":""},"secret":null}  a
backup_create        null                                                    a
backup_verify        {"target":"no such","name":"no such"}                   a
backup_drill         null                                                    a
backup_restore       {"target":"here","name":"no such"}                      a
backup_cancel        null                                                    a
journal_verify       null                                                    ca
device_list          null                                                    osca
device_add           {"name":"x","url":"not an address","user":"x","direction":"in","password":"x"}  a
device_change        {"name":"no such","new_name":null,"url":null,"user":null,"direction":null,"password":null}  a
device_test          {"name":"no such"}                                      a
device_try           {"name":"x","url":"not an address","user":"x","direction":"in","password":"x"}  a
device_remove        {"name":"no such"}                                      a
visit_add            {"visitor":"","host":"","purpose":null,"person_no":null,"card_no":null,"from":null,"until":null,"profile":"single"}  os
visit_act            {"id":"00000000-0000-0000-0000-000000000000","action":"check_in"}  os
visit_list           {"after":0,"limit":1}                                   osc
visit_detail         {"id":"00000000-0000-0000-0000-000000000000"}           osc
visitor_identity     {"visitor":"00000000-0000-0000-0000-000000000000","kind":"phone","value":null}  os
visitor_reveal       {"visitor":"00000000-0000-0000-0000-000000000000","kind":"phone"}  sc
visitor_erase        {"id":"00000000-0000-0000-0000-000000000000"}           s
search               {"text":"x","limit":1}                                  osc
passages             {"after":0,"limit":1}                                   osc
passages_before      {"before":null,"limit":1}                               osc
picture              {"name":"00"}                                           osc
incidents            {"after":0,"limit":1}                                   osc
settings             null                                                    osca
desk_settings        {"theme":"dark"}                                        osca
site_settings        {"zone":"No/Where"}                                     a
security_settings    {"lock_after_minutes":0}                                a
kit_make             null                                                    a
kit_confirm          {"group":"not it"}                                      a
site_key_change      null                                                    a
watch                {"after":0,"reader":null,"wait_ms":0}                   -
link                 null                                                    -
authority            {"anew":false,"names":[]}                               -
"#;

struct Row {
    command: &'static str,
    with: Value,
    who: &'static str,
}

fn table() -> Vec<Row> {
    let row = |line: &'static str| {
        let (command, rest) = line.split_once(' ').expect("a command");
        let (with, who) = rest.trim().rsplit_once(' ').expect("what is sent, and who may");
        let with = serde_json::from_str(with.trim()).unwrap_or_else(|why| panic!("{line}: {why}"));
        Row { command, with, who }
    };
    TABLE.lines().filter(|line| !line.is_empty()).map(row).collect()
}

/// Whether an answer means that the caller may not.
fn turned_away(status: StatusCode, code: &str) -> bool {
    let forbidden = matches!(code, "forbidden" | "sign_in" | "locked");
    assert_eq!(forbidden, status == StatusCode::UNAUTHORIZED || matches!(code, "forbidden" | "locked"));
    forbidden
}

#[tokio::test]
async fn every_command_is_for_whom_the_table_says_and_for_nobody_else() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let mut security = admin.call("settings", Value::Null).await["security"].clone();
    // So that each role can be tried by itself.
    security["factor_roles"] = json!([]);
    admin.call("security_settings", security).await;
    let matrix = admin.call("matrix", Value::Null).await;

    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for role in ROLES {
        let browser = admin.hired(role, &[role]).await;
        for Row { command, with, who } in table() {
            let allowed = who == "*" || role_letter(role).is_some_and(|letter| who.contains(letter));
            let (status, answer) = browser.post(command, with.clone()).await;
            let code = answer["refused"]["code"].as_str().unwrap_or_default().to_owned();
            // What is wrong with the request itself is told before who asks is looked at only
            // where it could not be read at all.
            assert_ne!(code, "internal", "{command} as {role}: {answer}");
            if matches!(command, "unlock" | "lock" | "sign_out" | "sign_in" | "set_up" | "session_end") {
                // These say that a seat is not one's own in the same words.
                assert!(allowed, "{command}");
            } else {
                assert_eq!(!turned_away(status, &code), allowed, "{command} as {role}: {status} {answer}");
            }
            if allowed {
                seen.entry(command.to_owned()).or_default().push(role.to_owned());
            }
            if matches!(command, "lock" | "sign_out") {
                browser.call("sign_in", json!({ "login": role, "password": WORD, "code": null })).await;
            }
        }
    }

    // The matrix that people are shown says the same, and knows no command that has no line here.
    for line in matrix["lines"].as_array().expect("lines") {
        for command in line["commands"].as_array().expect("commands") {
            let command = command.as_str().expect("a name");
            let row = table().into_iter().find(|row| row.command == command);
            assert!(row.is_some(), "{command} has no line in the table of rights");
            let mut shown: Vec<String> = serde_json::from_value(line["roles"].clone()).expect("roles");
            let mut tried = seen.get(command).cloned().unwrap_or_default();
            shown.sort();
            tried.sort();
            assert_eq!(shown, tried, "{command}");
        }
    }
}

fn role_letter(role: &str) -> Option<char> {
    match role {
        "operator" => Some('o'),
        "supervisor" => Some('s'),
        "security" => Some('c'),
        "administrator" => Some('a'),
        "employee" => Some('e'),
        _ => None,
    }
}

#[tokio::test]
async fn nobody_and_a_locked_desk_get_nothing_but_what_lets_somebody_in() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let stranger = Browser::stranger(&admin.base);
    let forged = Browser::stranger(&admin.base);
    let name = admin.cookie().split('=').next().expect("a name").to_owned();
    forged.pretend(&format!("{name}={}", "0".repeat(64)));
    let locked = admin.hired("locked", &["operator", "supervisor", "security", "administrator"]).await;
    // A factor is demanded of them that they do not have: as good as nobody.
    assert_eq!(locked.stage().await, "new_factor");
    let unfinished = &locked;
    for Row { command, with, who } in table() {
        if matches!(command, "lock" | "sign_out") {
            continue;
        }
        for (browser, what) in [(&stranger, "nobody"), (&forged, "a forged cookie")] {
            let (status, answer) = browser.post(command, with.clone()).await;
            let code = answer["refused"]["code"].as_str().unwrap_or_default();
            if who == "*" {
                assert_ne!(code, "internal", "{command} as {what}: {answer}");
            } else {
                assert_eq!((status, code), (StatusCode::UNAUTHORIZED, "sign_in"), "{command} as {what}");
            }
        }
        if !who.contains('*') && !who.contains('e') {
            let code = unfinished.refusal(command, with).await;
            assert_eq!(code, "forbidden", "{command} without the second factor");
        }
    }

    admin.call("lock", Value::Null).await;
    for Row { command, with, who } in table() {
        if who != "*" {
            assert_eq!(admin.refusal(command, with).await, "locked", "{command} at a locked desk");
        }
    }
    for (path, expected) in [
        ("/picture/00", StatusCode::UNAUTHORIZED),
        ("/live", StatusCode::UNAUTHORIZED),
        ("/ws?after=0&ticket=x", StatusCode::BAD_REQUEST),
        ("/start/x", StatusCode::GONE),
        ("/health/live", StatusCode::OK),
        ("/no/such", StatusCode::NOT_FOUND),
    ] {
        let answer = stranger.client.get(format!("{}{path}", stranger.base)).send().await.expect("an answer");
        assert_eq!(answer.status(), expected, "{path}");
    }
    assert_eq!(stranger.ticket().await, None);
    let locked_picture = admin.client.get(format!("{}/picture/00", admin.base));
    let answer = locked_picture.header(header::COOKIE, admin.cookie()).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}
