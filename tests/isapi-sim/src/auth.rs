//! Who may ask: nonces, wrong passwords, the lock.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use md5::{Digest, Md5};

use crate::config::Config;
use crate::digest::{self, Credentials};
use crate::documents::{response_status, xml_document};
use crate::faults::{Faults, NonceLife, NonceReuse};
use crate::http::{Request, Response};
use crate::json::{num, obj, text};

/// Older nonces are forgotten, which makes them stale.
const REMEMBERED_NONCES: usize = 4096;

struct Nonce {
    issued: Instant,
    target: String,
    connection: u64,
    uses: u32,
    counts: HashSet<u32>,
}

/// The account and everything that was handed out to get into it.
pub(crate) struct Auth {
    user: String,
    pub(crate) password: String,
    realm: String,
    lock_tries: u32,
    lock_time: Duration,
    nonces: HashMap<String, Nonce>,
    order: VecDeque<String>,
    issued: u64,
    reuses: u64,
    failures: u32,
    locked_until: Option<Instant>,
    /// Requests with a wrong Authorization header.
    pub(crate) refusals: u64,
    /// Requests with the right password that were refused because of their nonce.
    pub(crate) nonce_refusals: u64,
}

enum NonceFault {
    Stale,
    OtherPlace,
    ReusedSilently,
}

impl Auth {
    pub(crate) fn new(config: &Config) -> Auth {
        Auth {
            user: config.user.clone(),
            password: config.password.clone(),
            realm: format!("DS-{}", &hash(&config.serial_number)[..8]),
            lock_tries: config.lock_tries,
            lock_time: config.lock_time,
            nonces: HashMap::new(),
            order: VecDeque::new(),
            issued: 0,
            reuses: 0,
            failures: 0,
            locked_until: None,
            refusals: 0,
            nonce_refusals: 0,
        }
    }

    /// Forgets nonces, failures and the lock, as another device would.
    pub(crate) fn reset(&mut self) {
        self.nonces.clear();
        self.order.clear();
        self.failures = 0;
        self.locked_until = None;
    }

    pub(crate) fn locked_for(&mut self) -> Option<Duration> {
        let left = self.locked_until?.checked_duration_since(Instant::now()).filter(|d| !d.is_zero());
        if left.is_none() {
            self.locked_until = None;
            self.failures = 0;
        }
        left
    }

    fn tries(&self, faults: &Faults) -> u32 {
        faults.lock_tries.unwrap_or(self.lock_tries)
    }

    fn lock_time(&self, faults: &Faults) -> Duration {
        faults.lock_seconds.map_or(self.lock_time, Duration::from_secs)
    }

    pub(crate) fn tries_left(&self, faults: &Faults) -> u32 {
        self.tries(faults).saturating_sub(self.failures)
    }

    /// `maxIllegalLoginTimes` and `maxIllegalLoginLockTime`.
    pub(crate) fn lock_policy(&self, faults: &Faults) -> (u32, u64) {
        (self.tries(faults), self.lock_time(faults).as_secs())
    }

    /// Lets a request in, or gives the 401 to answer with.
    pub(crate) fn check(
        &mut self,
        request: &Request,
        connection: u64,
        faults: &Faults,
    ) -> Result<(), Box<Response>> {
        let Some(header) = request.header("authorization") else {
            return Err(self.unauthorized(request, connection, faults, false, plain_body(faults)));
        };
        if self.locked_for().is_some() {
            self.refusals += 1;
            return Err(self.locked_out(request, connection, faults));
        }
        let Some(credentials) = digest::parse(header).filter(|c| self.is_right(c, request, faults)) else {
            self.refusals += 1;
            self.failures += 1;
            if self.failures >= self.tries(faults) {
                self.locked_until = Some(Instant::now() + self.lock_time(faults));
            }
            return Err(self.locked_out(request, connection, faults));
        };
        self.failures = 0;
        self.use_nonce(&credentials, request, connection, faults).map_err(|fault| {
            self.nonce_refusals += 1;
            match fault {
                NonceFault::Stale => self.unauthorized(request, connection, faults, true, plain_body(faults)),
                NonceFault::OtherPlace => {
                    self.unauthorized(request, connection, faults, false, other_place_body(faults))
                }
                NonceFault::ReusedSilently => Box::new(finish_401(xml_401(user_check_body(faults)), faults)),
            }
        })
    }

    fn is_right(&self, credentials: &Credentials, request: &Request, faults: &Faults) -> bool {
        // An empty opaque must not be echoed: devices that offer one refuse it.
        !credentials.quoted_tokens
            && credentials.opaque.as_deref() != Some("")
            && credentials.username == self.user
            && credentials.realm == self.realm
            && credentials.uri == request.target
            && digest::offered(faults.challenges, credentials.algorithm.as_deref())
            && digest::expected(credentials, &request.method, &self.password)
                .is_some_and(|e| e.eq_ignore_ascii_case(&credentials.response))
    }

    fn use_nonce(
        &mut self,
        c: &Credentials,
        request: &Request,
        connection: u64,
        faults: &Faults,
    ) -> Result<(), NonceFault> {
        let nonce = self.nonces.get_mut(&c.nonce).ok_or(NonceFault::Stale)?;
        if (faults.nonce_bound && nonce.target != request.target)
            || (faults.nonce_per_connection && nonce.connection != connection)
        {
            return Err(NonceFault::OtherPlace);
        }
        let stale = match faults.nonce_life {
            Some(NonceLife::Uses(n)) => nonce.uses >= n,
            Some(NonceLife::Time(life)) => nonce.issued.elapsed() >= life,
            None => false,
        };
        if stale {
            return Err(NonceFault::Stale);
        }
        if nonce.uses > 0 && faults.nonce_reuse != NonceReuse::Accept {
            self.reuses += 1;
            if faults.nonce_reuse == NonceReuse::Refuse || self.reuses % 2 == 1 {
                return Err(NonceFault::ReusedSilently);
            }
        }
        if let Some(nc) = c.nc.as_deref() {
            let nc = u32::from_str_radix(nc, 16).map_err(|_| NonceFault::Stale)?;
            if !nonce.counts.insert(nc) {
                return Err(NonceFault::Stale);
            }
        }
        nonce.uses += 1;
        Ok(())
    }

    fn issue(&mut self, request: &Request, connection: u64) -> String {
        self.issued += 1;
        let seed = format!("{}:{}:{:?}", self.issued, self.realm, std::time::SystemTime::now());
        let value = hash(&seed);
        let nonce = Nonce {
            issued: Instant::now(),
            target: request.target.clone(),
            connection,
            uses: 0,
            counts: HashSet::new(),
        };
        self.nonces.insert(value.clone(), nonce);
        self.order.push_back(value.clone());
        if self.order.len() > REMEMBERED_NONCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.nonces.remove(&oldest);
        }
        value
    }

    fn unauthorized(
        &mut self,
        request: &Request,
        connection: u64,
        faults: &Faults,
        stale: bool,
        body: String,
    ) -> Box<Response> {
        let nonce = self.issue(request, connection);
        let mut response = xml_401(body);
        if faults.basic_offered {
            response.headers.push(("WWW-Authenticate", format!("Basic realm=\"{}\"", self.realm)));
        }
        for challenge in
            digest::challenges(faults.challenges, &self.realm, &nonce, stale, faults.challenge_extras)
        {
            response.headers.push(("WWW-Authenticate", challenge));
        }
        Box::new(finish_401(response, faults))
    }

    fn locked_out(&mut self, request: &Request, connection: u64, faults: &Faults) -> Box<Response> {
        let left = self.locked_for();
        let mut status =
            response_status(request.path(), 4, "Invalid Operation", "badAuthorization", None, None);
        status.push("lockStatus", text(if left.is_some() { "locked" } else { "unlock" }));
        status.push("retryTimes", num(self.tries_left(faults)));
        status.push("resLockTime", num(left.map_or(0, |d| d.as_secs_f64().ceil() as u64)));
        self.unauthorized(request, connection, faults, false, xml_document(faults, "ResponseStatus", &status))
    }
}

fn hash(seed: &str) -> String {
    hex::encode(Md5::digest(seed.as_bytes()))
}

fn xml_401(body: String) -> Response {
    Response::new(401, crate::http::XML, body)
}

fn finish_401(mut response: Response, faults: &Faults) -> Response {
    response.close |= faults.close_after_401;
    if let Some(size) = faults.body_401 {
        while response.body.len() < size {
            response.body.extend_from_slice(b"<!-- padding padding padding -->\n");
        }
    }
    response
}

fn plain_body(faults: &Faults) -> String {
    xml_document(
        faults,
        "ResponseStatus",
        &response_status("", 4, "Invalid Operation", "invalidOperation", None, None),
    )
}

fn user_check_body(faults: &Faults) -> String {
    xml_document(
        faults,
        "userCheck",
        &obj([("statusValue", num(401)), ("statusString", text("Unauthorized"))]),
    )
}

fn other_place_body(faults: &Faults) -> String {
    let status = response_status(
        "",
        4,
        "Invalid Operation",
        "invalidOperation",
        None,
        Some("The url does not match the nonce url"),
    );
    xml_document(faults, "ResponseStatus", &status)
}
