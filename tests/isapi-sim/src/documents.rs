//! Documents that many endpoints share: XML wrapping, ResponseStatus, errors.

use crate::faults::{Faults, Namespace};
use crate::http::{JSON, Request, Response, XML};
use crate::json::{Node, num, obj, text};

const NAMESPACE: &str = "http://www.isapi.org/ver20/XMLSchema";

pub(crate) fn xml_document(faults: &Faults, root: &str, node: &Node) -> String {
    let namespace = match &faults.namespace {
        Namespace::Isapi => Some(NAMESPACE),
        Namespace::None => None,
        Namespace::Other(uri) => Some(uri.as_str()),
    };
    node.to_xml(root, namespace, faults.ns_prefix.as_deref())
}

pub(crate) fn response_status(
    url: &str,
    code: u32,
    string: &str,
    sub_code: &str,
    error_code: Option<u32>,
    error_msg: Option<&str>,
) -> Node {
    let mut node = obj([
        ("requestURL", text(url)),
        ("statusCode", num(code)),
        ("statusString", text(string)),
        ("subStatusCode", text(sub_code)),
    ]);
    if let Some(code) = error_code {
        node.push("errorCode", num(code));
    }
    if let Some(message) = error_msg {
        node.push("errorMsg", text(message));
    }
    node
}

/// An error that an endpoint answers with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub http: u16,
    pub code: u32,
    pub string: &'static str,
    pub sub_code: &'static str,
    pub error_code: u32,
    pub error_msg: &'static str,
}

impl Trouble {
    const fn new(
        http: u16,
        code: u32,
        string: &'static str,
        sub_code: &'static str,
        error_code: u32,
    ) -> Trouble {
        Trouble { http, code, string, sub_code, error_code, error_msg: sub_code }
    }

    pub(crate) const NOT_SUPPORT: Trouble =
        Trouble::new(403, 4, "Invalid Operation", "notSupport", 0x4000_0001);
    pub(crate) const NOT_FOUND: Trouble =
        Trouble::new(404, 4, "Invalid Operation", "notSupport", 0x4000_0001);
    pub(crate) const METHOD: Trouble =
        Trouble::new(403, 4, "Invalid Operation", "methodNotAllowed", 0x4000_0004);
    pub(crate) const ARMING_FULL: Trouble =
        Trouble::new(400, 4, "Invalid Operation", "armingFull", 0x4000_1080);
    pub(crate) const BUSY: Trouble = Trouble::new(503, 2, "Device Busy", "deviceBusy", 0x2000_0004);
    pub(crate) const DEVICE_ERROR: Trouble = Trouble::new(200, 3, "Device Error", "deviceError", 0x3000_0001);
    pub(crate) const BAD_JSON: Trouble = Trouble::new(400, 5, "Invalid Format", "badJsonFormat", 0x5000_0002);
    pub(crate) const BAD_XML: Trouble = Trouble::new(400, 5, "Invalid Format", "badXmlFormat", 0x5000_0001);
    pub(crate) const BAD_CONTENT: Trouble =
        Trouble::new(400, 6, "Invalid Content", "badXmlContent", 0x6000_0003);
    pub(crate) const NO_SEARCH_ID: Trouble =
        Trouble::new(400, 6, "Invalid Content", "noSearchIDResource", 0x6000_1046);

    pub(crate) const fn bad_parameter(field: &'static str) -> Trouble {
        Trouble { error_msg: field, ..Trouble::new(400, 6, "Invalid Content", "badParameters", 0x6000_0001) }
    }

    pub(crate) const fn missing(field: &'static str) -> Trouble {
        Trouble {
            error_msg: field,
            ..Trouble::new(400, 6, "Invalid Content", "MessageParametersLack", 0x6000_0002)
        }
    }

    /// As JSON where JSON was asked for, otherwise as XML.
    pub(crate) fn response(self, request: &Request, faults: &Faults) -> Response {
        if self.http == 404 && faults.not_found_html {
            let page = "<!DOCTYPE html><html><head><title>Document Error: Not Found</title></head><body><h2>Access Error: 404 -- Not Found</h2></body></html>";
            return Response::new(404, "text/html", page);
        }
        let status = |url| {
            response_status(
                url,
                self.code,
                self.string,
                self.sub_code,
                Some(self.error_code),
                Some(self.error_msg),
            )
        };
        if request.wants_json() {
            let mut node = status("");
            if let Node::Obj(fields) = &mut node {
                fields.remove(0); // JSON errors carry no requestURL.
            }
            return Response::new(self.http, JSON, node.to_json());
        }
        Response::new(self.http, XML, xml_document(faults, "ResponseStatus", &status(request.path())))
    }
}

pub(crate) fn xml(faults: &Faults, root: &str, node: &Node) -> Response {
    Response::new(200, XML, xml_document(faults, root, node))
}

pub(crate) fn json(node: &Node) -> Response {
    Response::new(200, JSON, node.to_json())
}

pub(crate) fn ok(request: &Request, faults: &Faults) -> Response {
    xml(faults, "ResponseStatus", &response_status(request.path(), 1, "OK", "ok", None, None))
}
