//! What a device answers instead of what it was asked for: `ResponseStatus`, in bodies of any
//! HTTP status, 200 included.

use crate::node::Node;

/// A `ResponseStatus`, or a `userCheck` read as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseStatus {
    /// 0 and 1 are fine; a `userCheck` has an HTTP status in its place (200, 401).
    pub status_code: Option<u64>,
    /// Words that differ between firmwares: to be shown, never to be decided by.
    pub status_string: Option<String>,
    /// The reason in one word, as written.
    pub sub_status_code: Option<String>,
    /// The reason as a number.
    pub error_code: Option<u64>,
    /// Often the name of the field that the device did not like.
    pub error_msg: Option<String>,
    /// `unlock`, `lock` or `locked`, after a refused login.
    pub lock_status: Option<String>,
    /// Tries left before the device locks.
    pub retry_times: Option<u32>,
    /// Seconds until the lock ends.
    pub locked_for_s: Option<u32>,
}

/// What a [`ResponseStatus`] means to who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusKind {
    /// No error at all.
    Fine,
    /// Worth another try later.
    Busy,
    /// This device does not know the call, or not in this form.
    NotSupported,
    /// The call is known, but something in it was not accepted.
    WrongContent,
    /// Somebody else holds the device's channels for events.
    ArmedElsewhere,
    /// Taken in, but without effect until the device was restarted.
    RebootRequired,
    /// Too many refused logins: the device answers nobody for a while.
    Locked,
    /// The login was refused.
    Unauthorized,
    /// Anything else, among it that the user lacks a right.
    Other,
}

impl ResponseStatus {
    /// Judged by codes alone, the most telling first.
    #[must_use]
    pub fn kind(&self) -> StatusKind {
        if self.is_locked() {
            return StatusKind::Locked;
        }
        let sub_code = self.sub_status_code.as_deref().map(str::to_ascii_lowercase);
        if self.status_code.is_some_and(|code| code <= 1 || code == 200) {
            return StatusKind::Fine;
        }
        sub_code
            .as_deref()
            .and_then(kind_by_sub_code)
            .or_else(|| self.error_code.and_then(kind_by_error_code))
            .unwrap_or_else(|| self.kind_by_status_code(sub_code.is_some()))
    }

    fn is_locked(&self) -> bool {
        let word = self.lock_status.as_deref().map(str::to_ascii_lowercase);
        match word.as_deref() {
            Some("lock" | "locked") => true,
            Some(_) => false,
            None => self.locked_for_s.is_some_and(|seconds| seconds > 0),
        }
    }

    fn kind_by_status_code(&self, has_sub_code: bool) -> StatusKind {
        match self.status_code {
            Some(2) => StatusKind::Busy,
            // An unknown reason may be anything that code 4 covers.
            Some(4) if !has_sub_code => StatusKind::NotSupported,
            Some(5 | 6) => StatusKind::WrongContent,
            Some(7) => StatusKind::RebootRequired,
            Some(401) => StatusKind::Unauthorized,
            None if !has_sub_code && self.error_code.is_none_or(|code| code <= 1) => StatusKind::Fine,
            _ => StatusKind::Other,
        }
    }

    /// `statusString/subStatusCode`, of which either may be missing.
    #[must_use]
    pub fn words(&self) -> String {
        let words = [self.status_string.as_deref(), self.sub_status_code.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        match (words.as_slice(), self.status_code) {
            ([], Some(code)) => format!("status {code}"),
            ([], None) => "status without a code".to_owned(),
            (words, _) => words.join("/"),
        }
    }
}

fn kind_by_sub_code(word: &str) -> Option<StatusKind> {
    Some(match word {
        "ok" | "riskpassword" | "armprocess" => StatusKind::Fine,
        "devicebusy" | "serviceunavailable" | "upgrading" | "nomemory" => StatusKind::Busy,
        "notsupport" | "methodnotallowed" | "invalidoperation" | "badurlformat" | "eventnotsupport" => {
            StatusKind::NotSupported
        }
        "badparameters"
        | "badxmlformat"
        | "badjsonformat"
        | "badxmlcontent"
        | "badjsoncontent"
        | "messageparameterslack" => StatusKind::WrongContent,
        "armingfull"
        | "deployexceedmax"
        | "beyondconcurrentlimit"
        | "loginnumexceedlimit"
        | "sesssionuserreacheslimit"
        | "sessionuserreacheslimit" => StatusKind::ArmedElsewhere,
        "rebootrequired" => StatusKind::RebootRequired,
        "theaccountislocked" => StatusKind::Locked,
        "badauthorization"
        | "needreauthentication"
        | "sessionexpired"
        | "unauthorized"
        | "incorrentusernameorpassword"
        | "incorrectusernameorpassword" => StatusKind::Unauthorized,
        _ => return None,
    })
}

fn kind_by_error_code(code: u64) -> Option<StatusKind> {
    Some(match code {
        0x2000_0001 | 0x2000_0004 => StatusKind::Busy,
        0x4000_0001 | 0x4000_0004 | 0x4000_0006 | 0x6000_1024 => StatusKind::NotSupported,
        0x5000_0002 | 0x6000_0001 | 0x6000_0003 => StatusKind::WrongContent,
        0x4000_1080 | 0x4000_10a8 | 0x4000_10ec | 0x4000_203f | 0x6000_6018 => StatusKind::ArmedElsewhere,
        0x4000_0003 | 0x4000_1013 | 0x4000_10a7 => StatusKind::Unauthorized,
        _ => return None,
    })
}

/// The `ResponseStatus` that a body is, whatever it says.
#[must_use]
pub fn response_status(body: &Node) -> Option<ResponseStatus> {
    if let Some(check) = body.child("userCheck") {
        return Some(user_check(check));
    }
    let status = match body.child("ResponseStatus") {
        Some(status @ Node::Object(_)) => status,
        Some(_) => return Some(ResponseStatus::default()),
        None => body,
    };
    let telling = ["statusString", "subStatusCode", "errorCode", "errorMsg", "requestURL"];
    let has_code = status.text("statusCode").is_some();
    let is_status = !std::ptr::eq(status, body)
        || (has_code && telling.iter().any(|name| status.text(name).is_some()))
        || (has_code && status.fields().len() <= 2)
        || (status.text("errorCode").is_some() && status.text("subStatusCode").is_some());
    is_status.then(|| fields(status, "statusCode", "retryTimes", "resLockTime"))
}

fn user_check(check: &Node) -> ResponseStatus {
    let retry_times = if check.text("retryLoginTime").is_some() { "retryLoginTime" } else { "retryTimes" };
    let unlock_time = if check.text("unlockTime").is_some() { "unlockTime" } else { "resLockTime" };
    fields(check, "statusValue", retry_times, unlock_time)
}

fn fields(node: &Node, code: &str, retry_times: &str, lock_time: &str) -> ResponseStatus {
    let text = |name| node.text(name).map(str::to_owned);
    let small = |name| node.u64(name).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    ResponseStatus {
        status_code: node.u64(code),
        status_string: text("statusString"),
        sub_status_code: text("subStatusCode"),
        error_code: node.u64("errorCode"),
        error_msg: text("errorMsg"),
        lock_status: text("lockStatus"),
        retry_times: small(retry_times),
        locked_for_s: small(lock_time),
    }
}

/// The error that a body is, if it is one rather than the answer that was asked for.
#[must_use]
pub fn error_in(body: &Node) -> Option<ResponseStatus> {
    response_status(body).filter(|status| status.kind() != StatusKind::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::parse;

    fn read(body: &str) -> Option<ResponseStatus> {
        response_status(&parse(body.as_bytes()).unwrap())
    }

    fn kind(body: &str) -> StatusKind {
        read(body).unwrap().kind()
    }

    #[test]
    fn the_login_was_refused_and_tries_are_left() {
        let status = read(
            r#"<?xml version="1.0" encoding="UTF-8"?><ResponseStatus version="2.0"
            xmlns="http://www.std-cgi.org/ver20/XMLSchema"><requestURL>/ISAPI/System/deviceInfo</requestURL>
            <statusCode>4</statusCode><statusString>Invalid Operation</statusString>
            <subStatusCode>badAuthorization</subStatusCode><lockStatus>unlock</lockStatus>
            <retryTimes>3</retryTimes></ResponseStatus>"#,
        )
        .unwrap();
        assert_eq!((status.kind(), status.retry_times), (StatusKind::Unauthorized, Some(3)));
        let locked = kind(
            "<userCheck><statusValue>401</statusValue><statusString>Unauthorized</statusString>\
             <lockStatus>lock</lockStatus><unlockTime>1788</unlockTime></userCheck>",
        );
        assert_eq!(locked, StatusKind::Locked);
        let check =
            read("<userCheck><statusValue>401</statusValue><retryLoginTime>4</retryLoginTime></userCheck>");
        let check = check.unwrap();
        assert_eq!((check.kind(), check.retry_times), (StatusKind::Unauthorized, Some(4)));
    }

    #[test]
    fn codes_decide_and_words_do_not() {
        for (body, expected) in [
            (r#"{"statusCode":1,"statusString":"OK","subStatusCode":"ok"}"#, StatusKind::Fine),
            (r#"{"statusCode":"0","statusString":"Invalid Operation"}"#, StatusKind::Fine),
            (r#"{"statusCode":2,"statusString":"OK","subStatusCode":"deviceBusy"}"#, StatusKind::Busy),
            (
                r#"{"ResponseStatus":{"statusCode":4,"subStatusCode":"notSupport","errorCode":1073741825}}"#,
                StatusKind::NotSupported,
            ),
            (r#"{"statusCode":4,"statusString":"?","errorCode":1073746048}"#, StatusKind::ArmedElsewhere),
            (r#"{"statusCode":4,"subStatusCode":"lowPrivilege"}"#, StatusKind::Other),
            (r#"{"statusCode":6,"subStatusCode":"MessageParametersLack"}"#, StatusKind::WrongContent),
            (r#"{"statusCode":6,"subStatusCode":"deployExceedMax"}"#, StatusKind::ArmedElsewhere),
            (r#"{"statusCode":5,"subStatusCode":"badJsonFormat"}"#, StatusKind::WrongContent),
            (r#"{"statusCode":7,"statusString":"Reboot Required"}"#, StatusKind::RebootRequired),
            (r#"{"statusCode":3,"subStatusCode":"deviceError"}"#, StatusKind::Other),
            (r#"{"statusCode":4}"#, StatusKind::NotSupported),
        ] {
            assert_eq!(kind(body), expected, "{body}");
        }
    }

    #[test]
    fn an_answer_is_no_error() {
        for body in [
            r#"{"AcsEvent":{"searchID":"1","responseStatusStrg":"OK","numOfMatches":0}}"#,
            r#"{"EventNotificationAlert":{"eventType":"videoloss"}}"#,
            "<userCheck><statusValue>200</statusValue><statusString>OK</statusString></userCheck>",
            r#"{"statusCode":1,"statusString":"OK"}"#,
            "[]",
        ] {
            assert_eq!(error_in(&parse(body.as_bytes()).unwrap()), None, "{body}");
        }
    }
}
