// Generated from the Rust contract by `cargo xtask generate`. Do not edit.

// Times are RFC 3339 in UTC unless their field says otherwise.

/** Every command: what it takes and what it gives. */
export type Commands = {
  access: { request: null; reply: Access };
  set_up: { request: SetUp; reply: SetUpDone };
  factor_offer: { request: FactorWanted; reply: FactorOffer };
  sign_in: { request: SignIn; reply: Access };
  unlock: { request: Unlock; reply: Access };
  sign_out: { request: null; reply: Access };
  lock: { request: null; reply: Access };
  touch: { request: null; reply: null };
  step_up: { request: StepUp; reply: Access };
  password_change: { request: PasswordChange; reply: Access };
  pin_change: { request: PinChange; reply: Access };
  factor_change: { request: NewFactor; reply: RecoveryCodes };
  recovery_codes: { request: null; reply: RecoveryCodes };
  users: { request: null; reply: Array<UserView> };
  user_add: { request: UserDraft; reply: UserGiven };
  user_change: { request: UserChange; reply: UserView };
  user_password: { request: UserWanted; reply: UserGiven };
  factor_lost: { request: UserWanted; reply: UserView };
  factor_remove: { request: UserWanted; reply: UserView };
  sessions: { request: null; reply: Array<SessionView> };
  session_end: { request: SessionWanted; reply: null };
  matrix: { request: null; reply: Matrix };
  audit: { request: AuditRequest; reply: Array<AuditEntry> };
  audit_export: { request: AuditRequest; reply: string };
  status: { request: null; reply: RunStatus };
  snapshot: { request: null; reply: Snapshot };
  events: { request: EventsRequest; reply: EventBatch };
  device_add: { request: DeviceDraft; reply: DeviceView };
  device_change: { request: DeviceChange; reply: DeviceView };
  device_list: { request: null; reply: Array<DeviceView> };
  device_test: { request: DeviceName; reply: DeviceReport };
  device_try: { request: DeviceDraft; reply: DeviceReport };
  device_remove: { request: DeviceName; reply: null };
  visit_add: { request: VisitDraft; reply: VisitView };
  visit_list: { request: PageRequest; reply: Array<VisitView> };
  visit_act: { request: VisitAct; reply: VisitView };
  visit_detail: { request: VisitWanted; reply: VisitDetail };
  visitor_identity: { request: IdentityChange; reply: VisitorView };
  visitor_reveal: { request: IdentityWanted; reply: string };
  visitor_erase: { request: VisitorWanted; reply: null };
  search: { request: SearchRequest; reply: SearchReply };
  passages: { request: PageRequest; reply: Array<PassageView> };
  passages_before: { request: BeforeRequest; reply: Array<PassageView> };
  picture: { request: PictureName; reply: string };
  incidents: { request: PageRequest; reply: Array<IncidentView> };
  settings: { request: null; reply: Settings };
  desk_settings: { request: DeskSettings; reply: Settings };
  site_settings: { request: SiteDraft; reply: Settings };
  security_settings: { request: SecuritySettings; reply: Settings };
  kit_make: { request: null; reply: KitView };
  kit_confirm: { request: KitGroup; reply: KitState };
  site_key_change: { request: null; reply: SiteKeyChanged };
  health: { request: null; reply: HealthReport };
  monitoring: { request: null; reply: MonitoringView };
  monitoring_token_make: { request: null; reply: MonitoringToken };
  monitoring_token_remove: { request: null; reply: MonitoringView };
  backups: { request: null; reply: BackupsView };
  backup_schedule: { request: BackupSchedule; reply: BackupsView };
  backup_target_add: { request: BackupTargetDraft; reply: BackupsView };
  backup_target_change: { request: BackupTargetChange; reply: BackupsView };
  backup_target_remove: { request: BackupTargetWanted; reply: BackupsView };
  backup_target_try: { request: BackupTargetDraft; reply: BackupTargetReport };
  backup_create: { request: null; reply: BackupsView };
  backup_verify: { request: BackupWanted; reply: BackupsView };
  backup_drill: { request: null; reply: BackupsView };
  backup_restore: { request: BackupWanted; reply: BackupsView };
  backup_cancel: { request: null; reply: BackupsView };
  journal_verify: { request: null; reply: JournalReport };
};

export type VisitStatus = "requested" | "declined" | "expected" | "checked_in" | "away" | "checked_out" | "cancelled" | "no_show";

export type Profile = "single" | "multiple";

export type Origin = "desk" | "door" | "automatic" | "import";

export type ReaderDirection = "in" | "out" | "both";

export type Direction = "in" | "out" | "seen";

export type Certainty = "measured" | "received" | "uncertain";

export type Verdict = "granted" | "refused" | "none";

export type IncidentKind = "exit_without_entry" | "expired_pass" | "entry_on_cancelled";

export type Severity = "low" | "medium" | "high" | "critical";

export type IncidentStatus = "new" | "investigating" | "resolved" | "false_alarm";

export type WithdrawnBecause = "entry_read_later" | "nobody_went_through" | "other";

export type IdentityKind = "document" | "iin" | "phone";

export type FactKind = "planned" | "requested" | "approved" | "declined" | "cancelled" | "entered" | "left" | "closed_automatically" | "reopened" | "not_passed" | "undone";

/**
 * What a page shows before anything else.
 */
export type Access = { 
/**
 * How far whoever sits there has come.
 */
stage: Stage, 
/**
 * Who is signed in and at work; also while something is still demanded of them.
 */
me: Me | null, 
/**
 * Who is signed in at this desk and may come back by PIN or password, the last one first.
 */
people: Array<SeatPerson>, 
/**
 * The site's name.
 */
site: string, 
/**
 * Of this desk.
 */
language: Language, 
/**
 * Of this desk.
 */
theme: Theme, 
/**
 * After so many minutes without a hand the desk locks itself.
 */
lock_after_minutes: number, 
/**
 * Our clock.
 */
now: string, };

/**
 * An entry of the audit: the journal, seen by person.
 */
export type AuditEntry = { 
/**
 * Place in the journal.
 */
seq: number, 
/**
 * When it was written.
 */
at: string, 
/**
 * By whose hand: `user/…`, `owner/…`, a device's id, or a rule of Vakhta's own in words.
 */
author: string, 
/**
 * As people call them, where that is known.
 */
author_name: string | null, 
/**
 * What, for example `visit.fact`.
 */
kind: string, 
/**
 * Of what.
 */
entity: string, 
/**
 * As people call it, where that is known and the caller may see it.
 */
entity_name: string | null, 
/**
 * What changed, as JSON: sealed fields are left out.
 */
fields: string, };

/**
 * What of the audit is wanted, newest first.
 */
export type AuditRequest = { 
/**
 * By this person only: `user/…`, `owner/…`, `device/…`, as an entry's `author` has it.
 */
author: string | null, 
/**
 * Kinds of entries that begin so, for example `user.`; several, any of which.
 */
kinds: Array<string>, 
/**
 * Of this thing only, as an entry's `entity` has it.
 */
entity: string | null, 
/**
 * Not before.
 */
from: string | null, 
/**
 * Before.
 */
until: string | null, 
/**
 * Entries before this place; `None` to begin with the newest.
 */
before: number | null, 
/**
 * At most this many, at most 1,000.
 */
limit: number, };

/**
 * One real refusal of our login. Kept durably: a restart must not cost the device another try.
 */
export type AuthHold = { 
/**
 * When the device refused.
 */
since: string, 
/**
 * How many tries it says are left before it locks.
 */
tries_left: number | null, 
/**
 * How many seconds it says it stays locked; `None` when it is not.
 */
locked_for_s: number | null, };

/**
 * A backup at a place.
 */
export type BackupCopy = { 
/**
 * Its name there.
 */
name: string, 
/**
 * When its snapshot was taken.
 */
taken: string, 
/**
 * Bytes; pictures lie beside it, each once.
 */
size: number, 
/**
 * When it was last read back whole.
 */
verified: string | null, 
/**
 * What was found wrong with it.
 */
problem: BackupProblem | null, };

/**
 * What came of a task.
 */
export type BackupOutcome = { 
/**
 * What it was.
 */
task: BackupTask, 
/**
 * When it ended.
 */
at: string, 
/**
 * Whether it was ended by hand.
 */
cancelled: boolean, 
/**
 * What went wrong; `None` when nothing did.
 */
problem: BackupProblem | null, };

/**
 * A place for backups.
 */
export type BackupPlace = { "kind": "folder", 
/**
 * Absolute.
 */
path: string, } | { "kind": "s3", 
/**
 * `https://host[:port]`; `http://` is for a service on this machine.
 */
endpoint: string, 
/**
 * As the service calls it.
 */
region: string, 
/**
 * The bucket.
 */
bucket: string, 
/**
 * What its names begin with there; may be empty.
 */
prefix: string, 
/**
 * Whether the bucket stands in the path, and not in the host's name.
 */
path_style: boolean, 
/**
 * Names the key; its secret rests among the secrets.
 */
access_key: string, 
/**
 * The certificates (PEM) of the authority that vouches for the service, where it is not one
 * that the system trusts.
 */
authority: string | null, };

/**
 * What went wrong with a backup.
 */
export type BackupProblem = { 
/**
 * For programs.
 */
kind: BackupProblemKind, 
/**
 * For whoever looks closer, English.
 */
words: string, };

/**
 * What can go wrong with a backup.
 */
export type BackupProblemKind = "disk" | "target" | "silent" | "missing" | "broken" | "locked" | "database" | "machine";

/**
 * How far a stage of a task has come.
 */
export type BackupProgress = { 
/**
 * What it is at.
 */
stage: BackupStage, 
/**
 * At which place; `None` where that does not matter.
 */
target: string | null, 
/**
 * Bytes of the stage that are done, as far as they are known.
 */
done: number, 
/**
 * All bytes of the stage; 0 where nobody knows.
 */
total: number, };

/**
 * When backups are made, and how many stay.
 */
export type BackupSchedule = { 
/**
 * On which days, Monday first.
 */
days: Array<boolean>, 
/**
 * At which times of the site's day, ascending. One that was missed is made up for.
 */
times: Array<TimeOfDay>, 
/**
 * How many stay.
 */
keep: Keep, };

/**
 * What a task is at.
 */
export type BackupStage = "snapshot" | "pack" | "send" | "pictures" | "read_back" | "fetch" | "check";

/**
 * Where backups go besides the data folder.
 */
export type BackupTarget = { 
/**
 * Names it for ever; [`HERE`] is the folder in the data folder.
 */
id: string, 
/**
 * Among people.
 */
name: string, } & ({ "kind": "folder", 
/**
 * Absolute.
 */
path: string, } | { "kind": "s3", 
/**
 * `https://host[:port]`; `http://` is for a service on this machine.
 */
endpoint: string, 
/**
 * As the service calls it.
 */
region: string, 
/**
 * The bucket.
 */
bucket: string, 
/**
 * What its names begin with there; may be empty.
 */
prefix: string, 
/**
 * Whether the bucket stands in the path, and not in the host's name.
 */
path_style: boolean, 
/**
 * Names the key; its secret rests among the secrets.
 */
access_key: string, 
/**
 * The certificates (PEM) of the authority that vouches for the service, where it is not one
 * that the system trusts.
 */
authority: string | null, });

/**
 * A place for backups as it is to be.
 */
export type BackupTargetChange = { 
/**
 * Which.
 */
id: string, 
/**
 * All of it.
 */
draft: BackupTargetDraft, };

/**
 * A place for backups to be added or tried.
 */
export type BackupTargetDraft = { 
/**
 * Among people.
 */
name: string, 
/**
 * What it is.
 */
place: BackupPlace, 
/**
 * The secret of an S3 key; goes to the secrets and nowhere else. Of a place that is changed,
 * `None` leaves it as it is.
 */
secret: string | null, };

/**
 * What was found at a place that was tried.
 */
export type BackupTargetReport = { 
/**
 * Backups that lie there already, of any desk.
 */
backups: number, 
/**
 * Desks whose backups those are.
 */
desks: number, };

/**
 * A place with the copies that are known to lie there.
 */
export type BackupTargetView = { 
/**
 * Why it could not be used last time.
 */
problem: BackupProblem | null, 
/**
 * Newest first.
 */
copies: Array<BackupCopy>, 
/**
 * Names it for ever; [`HERE`] is the folder in the data folder.
 */
id: string, 
/**
 * Among people.
 */
name: string, } & ({ "kind": "folder", 
/**
 * Absolute.
 */
path: string, } | { "kind": "s3", 
/**
 * `https://host[:port]`; `http://` is for a service on this machine.
 */
endpoint: string, 
/**
 * As the service calls it.
 */
region: string, 
/**
 * The bucket.
 */
bucket: string, 
/**
 * What its names begin with there; may be empty.
 */
prefix: string, 
/**
 * Whether the bucket stands in the path, and not in the host's name.
 */
path_style: boolean, 
/**
 * Names the key; its secret rests among the secrets.
 */
access_key: string, 
/**
 * The certificates (PEM) of the authority that vouches for the service, where it is not one
 * that the system trusts.
 */
authority: string | null, });

/**
 * A place for backups.
 */
export type BackupTargetWanted = { 
/**
 * Which.
 */
id: string, };

/**
 * What can be done with backups, one thing at a time.
 */
export type BackupTask = "create" | "verify" | "drill" | "restore";

/**
 * A backup at one of its places.
 */
export type BackupWanted = { 
/**
 * The place.
 */
target: string, 
/**
 * The backup's name there.
 */
name: string, };

/**
 * What is being done at the moment.
 */
export type BackupWork = { 
/**
 * What.
 */
task: BackupTask, 
/**
 * Since when.
 */
since: string, 
/**
 * How far it has come: at several places at once, each for itself; else one.
 */
parts: Array<BackupProgress>, };

/**
 * All that a person needs to know about backups.
 */
export type BackupsView = { 
/**
 * When they are made, and how many stay.
 */
schedule: BackupSchedule, 
/**
 * Where they go, the folder in the data folder first.
 */
targets: Array<BackupTargetView>, 
/**
 * When the next one is due.
 */
next: string | null, 
/**
 * When the newest was taken that was read back whole.
 */
verified: string | null, 
/**
 * Whether a lost machine could be restored: a verified copy lies elsewhere, and the recovery kit is
 * on paper.
 */
recoverable: boolean, 
/**
 * What is being done at the moment.
 */
work: BackupWork | null, 
/**
 * What came of what was done last since the start.
 */
last: BackupOutcome | null, 
/**
 * What the last drill saw.
 */
drill: DrillReport | null, };

/**
 * A page of a list from its end: rows before a place, newest first.
 */
export type BeforeRequest = { 
/**
 * The `row` of the oldest item that the caller has; `None` to begin.
 */
before: number | null, 
/**
 * At most this many, at most 5,000.
 */
limit: number, };

/**
 * Why something is the matter with a device, in kinds that the user interface has words for.
 */
export type Cause = "opening_stream" | "no_stream" | "stream_held_elsewhere" | "stream_does_not_open" | "stream_closed" | "stream_broke" | "stream_useless" | "log_not_searchable" | "nothing_recorded" | "unreachable" | "connection_broke" | "refused" | "login_unknown" | "answers_error" | "unreadable" | "not_written" | "no_password" | "secrets_unavailable" | "would_lock";

/**
 * How close rows stand.
 */
export type Density = "compact" | "comfortable";

/**
 * What a person at the desk can do to a visit.
 */
export type DeskAction = "check_in" | "check_out" | "cancel" | "reopen" | "undo";

/**
 * How this desk looks and behaves.
 */
export type DeskSettings = { 
/**
 * The language of the page and of notifications.
 */
language: Language, 
/**
 * Light or dark.
 */
theme: Theme, 
/**
 * How close rows stand.
 */
density: Density, 
/**
 * Single letters act as shortcuts where nothing is being typed.
 */
letter_keys: boolean, 
/**
 * Results have a sound.
 */
sounds: boolean, 
/**
 * The operating system tells of refused visitors who are expected.
 */
notify_refused: boolean, 
/**
 * The operating system tells of incidents.
 */
notify_incidents: boolean, 
/**
 * Closing the window leaves Vakhta in the tray, where there is one.
 */
close_to_tray: boolean, };

/**
 * What to change of a device; what is `None` stays.
 */
export type DeviceChange = { 
/**
 * Its present name.
 */
name: string, 
/**
 * A new name.
 */
new_name: string | null, 
/**
 * A new address.
 */
url: string | null, 
/**
 * A new login name.
 */
user: string | null, 
/**
 * A new direction.
 */
direction: ReaderDirection | null, 
/**
 * A new password.
 */
password: string | null, };

/**
 * A device to be added.
 */
export type DeviceDraft = { 
/**
 * Its name among people.
 */
name: string, 
/**
 * `http://host[:port]`.
 */
url: string, 
/**
 * Login name.
 */
user: string, 
/**
 * Where its readers lead.
 */
direction: ReaderDirection, 
/**
 * Goes to the keyring and nowhere else.
 */
password: string, };

/**
 * A device.
 */
export type DeviceName = { 
/**
 * Its name among people.
 */
name: string, };

/**
 * Something that a person should know of a device that is otherwise well.
 */
export type DeviceNote = { "kind": "hardware_swapped", 
/**
 * When that was noticed.
 */
at: string, } | { "kind": "log_cleared", 
/**
 * When that was noticed.
 */
at: string, } | { "kind": "same_as", 
/**
 * The other's name.
 */
device: string, };

/**
 * What a test of a device found.
 */
export type DeviceReport = { 
/**
 * It answered and let us in.
 */
ok: boolean, 
/**
 * In plain English.
 */
words: string, 
/**
 * What went wrong, when something did.
 */
reason: Reason | null, 
/**
 * As it calls itself.
 */
model: string | null, 
/**
 * As it calls itself.
 */
firmware: string | null, 
/**
 * As it calls itself.
 */
hardware: string | null, 
/**
 * Device clock minus ours, milliseconds.
 */
drift_ms: number | null, 
/**
 * Whether its log can be searched.
 */
search: boolean | null, 
/**
 * Tries left before it locks, when it refused.
 */
tries_left: number | null, };

/**
 * What is the matter with a device, in kinds that the user interface has words for.
 */
export type DeviceState = { "state": "unwatched" } | { "state": "connecting" } | { "state": "online" } | { "state": "polling", 
/**
 * Why.
 */
reason: Reason, } | { "state": "stream_only" } | { "state": "stream_silent", 
/**
 * Since when.
 */
since: string, } | { "state": "offline", 
/**
 * Since when.
 */
since: string, 
/**
 * Why.
 */
reason: Reason, } | { "state": "refused" } & AuthHold | { "state": "faulty", 
/**
 * What.
 */
reason: Reason, };

/**
 * A device, its settings and its condition.
 */
export type DeviceView = { 
/**
 * Its name among people.
 */
name: string, 
/**
 * Where it is.
 */
url: string, 
/**
 * Login name.
 */
user: string, 
/**
 * Where its readers lead.
 */
direction: ReaderDirection, 
/**
 * What is the matter, in plain English; empty when all is well.
 */
words: string, 
/**
 * What a person should know of it besides.
 */
notes: Array<DeviceNote>, 
/**
 * When any byte was last heard from it.
 */
heard: string | null, 
/**
 * Device clock minus ours, milliseconds.
 */
drift_ms: number | null, 
/**
 * As it calls itself.
 */
model: string | null, 
/**
 * The hardware's serial number.
 */
hardware: string | null, 
/**
 * The life of its log.
 */
epoch: number | null, 
/**
 * The last event up to which its log is settled.
 */
last_serial: number | null, } & ({ "state": "unwatched" } | { "state": "connecting" } | { "state": "online" } | { "state": "polling", 
/**
 * Why.
 */
reason: Reason, } | { "state": "stream_only" } | { "state": "stream_silent", 
/**
 * Since when.
 */
since: string, } | { "state": "offline", 
/**
 * Since when.
 */
since: string, 
/**
 * Why.
 */
reason: Reason, } | { "state": "refused" } & AuthHold | { "state": "faulty", 
/**
 * What.
 */
reason: Reason, });

/**
 * What a drill saw: the newest backup restored for trial.
 */
export type DrillReport = { 
/**
 * When.
 */
at: string, 
/**
 * From which place.
 */
target: string, 
/**
 * Which backup.
 */
name: string, 
/**
 * How long it took, milliseconds.
 */
took_ms: number, 
/**
 * Rows that came back, all tables together.
 */
rows: number, 
/**
 * Pictures that the backup names.
 */
pictures: number, 
/**
 * Pictures of those that are not at the place.
 */
pictures_missing: number, 
/**
 * What went wrong; `None` when all of it came back.
 */
problem: BackupProblem | null, };

/**
 * What a user interface can match.
 */
export type ErrorCode = "invalid" | "not_found" | "taken" | "wrong_state" | "device" | "forbidden" | "sign_in" | "locked" | "second_factor" | "wrong_credential" | "expired" | "wrong_clock" | "too_many" | "step_up" | "last_administrator" | "two_people" | "damaged" | "not_ready" | "internal";

/**
 * What a page that is open is told.
 */
export type EventBatch = { 
/**
 * The desk is locked: what the page shows must give way.
 */
locked: boolean, 
/**
 * Too much has happened meanwhile: take a new snapshot.
 */
behind: boolean, 
/**
 * In the order of the journal.
 */
items: Array<FeedItem>, 
/**
 * Ask for what comes after this.
 */
next: number, 
/**
 * All devices, when any condition has changed since the caller's version.
 */
devices: Array<DeviceView> | null, 
/**
 * The version of the devices' conditions.
 */
devices_version: number, };

/**
 * What to wait for.
 */
export type EventsRequest = { 
/**
 * The place in the journal that the caller has come to.
 */
after: number, 
/**
 * The version of the devices' conditions that the caller has; `None` when it has none.
 */
devices: number | null, 
/**
 * How long to wait for the first item, in milliseconds, at most 30,000.
 */
wait_ms: number, };

/**
 * A fact of a visit.
 */
export type FactView = { 
/**
 * Its name.
 */
id: string, 
/**
 * What.
 */
kind: FactKind, 
/**
 * When it happened.
 */
at: string, 
/**
 * By whose account.
 */
origin: Origin, 
/**
 * The person or the device.
 */
author: string, 
/**
 * The fact that it takes back.
 */
revokes: string | null, 
/**
 * It was taken back by another.
 */
revoked: boolean, };

/**
 * Somebody lost their second factor, and one person has said so.
 */
export type FactorLost = { 
/**
 * Who vouches, as people call them.
 */
by: string, 
/**
 * When.
 */
at: string, 
/**
 * Whoever asks may confirm it: is another person, and may.
 */
confirmable: boolean, };

/**
 * A second factor that is offered: nothing is kept until the phone has shown that it has it.
 */
export type FactorOffer = { 
/**
 * Base32, for typing.
 */
secret: string, 
/**
 * `otpauth://…`, for the code.
 */
uri: string, 
/**
 * The code's modules, row by row: `1` is dark.
 */
qr: Array<string>, };

/**
 * For whom a second factor is wanted: the name shows in the application on the phone.
 */
export type FactorWanted = { 
/**
 * As they sign in.
 */
login: string, 
/**
 * The password that they want, where it is not theirs yet: refused here, before a phone has taken
 * anything up, if it is to be refused.
 */
password?: string | null, };

/**
 * Something that happened, as the live feed tells it.
 */
export type FeedItem = { 
/**
 * Place in the journal.
 */
seq: number, 
/**
 * When it was written down.
 */
written: string, } & ({ "kind": "passage", "item": PassageView } | { "kind": "picture", "item": PassageView } | { "kind": "visit", "item": VisitHappening } | { "kind": "incident", "item": IncidentView } | { "kind": "device", "item": { 
/**
 * What, as in the journal.
 */
change: string, 
/**
 * Its name.
 */
name: string, } } | { "kind": "settings", "item": Settings } | { "kind": "erased", "item": null });

/**
 * One part, with the worst that was found of it first.
 */
export type HealthCheck = { 
/**
 * Which.
 */
part: HealthPart, 
/**
 * The worst of it.
 */
level: HealthLevel, 
/**
 * All that was found.
 */
findings: Array<HealthFinding>, };

/**
 * What was found. No person is in it, and no secret.
 */
export type HealthFinding = { "finding": "fine" } | { "finding": "not_yet" } | { "finding": "damaged", 
/**
 * As SQLite says it.
 */
words: string, } | { "finding": "not_checked", 
/**
 * Why.
 */
words: string, } | { "finding": "not_written", 
/**
 * Why.
 */
words: string, } | { "finding": "disk_fills", 
/**
 * Bytes that are free.
 */
free: number, 
/**
 * Whole days until none are, at the pace of the last days.
 */
days: number | null, } | { "finding": "disk_unknown", 
/**
 * Why.
 */
words: string, } | { "finding": "devices_away", 
/**
 * How many.
 */
away: number, 
/**
 * Of how many.
 */
of: number, } | { "finding": "no_backup" } | { "finding": "backup_old", 
/**
 * Whole hours.
 */
hours: number, } | { "finding": "backup_only_here" } | { "finding": "backup_place_fails", 
/**
 * Its name.
 */
name: string, } | { "finding": "drill_failed" } | { "finding": "kit_not_confirmed" } | { "finding": "behind", 
/**
 * Who, as they are called in the journal.
 */
reader: string, 
/**
 * How many entries.
 */
entries: number, } | { "finding": "clock_stepped", 
/**
 * Seconds; less than none for back.
 */
seconds: number, } | { "finding": "clock_behind", 
/**
 * Seconds.
 */
seconds: number, } | { "finding": "clock_drifts", 
/**
 * How many devices.
 */
devices: number, } | { "finding": "secrets_away", 
/**
 * Why.
 */
words: string, } | { "finding": "secrets_by_key_file" };

/**
 * How bad something is; the worst counts for the whole.
 */
export type HealthLevel = "healthy" | "warning" | "unhealthy";

/**
 * What is looked at.
 */
export type HealthPart = "database" | "writer" | "disk" | "devices" | "backup" | "queues" | "clock" | "keyring";

/**
 * How Vakhta is.
 */
export type HealthReport = { 
/**
 * The worst of all parts.
 */
level: HealthLevel, 
/**
 * When that was looked at.
 */
at: string, 
/**
 * Part by part.
 */
checks: Array<HealthCheck>, };

/**
 * What is entered, replaced or taken away.
 */
export type IdentityChange = { 
/**
 * Whose.
 */
visitor: string, 
/**
 * What.
 */
kind: IdentityKind, 
/**
 * As somebody typed it; `None` takes it away.
 */
value: string | null, };

/**
 * Something that proves or reaches a person, masked.
 */
export type IdentityView = { 
/**
 * What.
 */
kind: IdentityKind, 
/**
 * Its last signs after dots.
 */
masked: string, };

/**
 * Something that proves or reaches a person.
 */
export type IdentityWanted = { 
/**
 * Whose.
 */
visitor: string, 
/**
 * What.
 */
kind: IdentityKind, };

/**
 * An incident in a list.
 */
export type IncidentView = { 
/**
 * Place in the list.
 */
row: number, 
/**
 * Which.
 */
id: string, 
/**
 * What kind.
 */
kind: IncidentKind, 
/**
 * How bad.
 */
severity: Severity, 
/**
 * `new`, `investigating`, `resolved`, `false_alarm`.
 */
status: IncidentStatus, 
/**
 * When it first happened.
 */
at: string, 
/**
 * How often, within its window.
 */
count: number, 
/**
 * Found in history that was told late.
 */
late: boolean, 
/**
 * Whose visit.
 */
visit: string | null, 
/**
 * Who.
 */
visitor: string | null, 
/**
 * At which device.
 */
device: string | null, 
/**
 * Why it was withdrawn, when it was.
 */
withdrawn: WithdrawnBecause | null, 
/**
 * An earlier incident of the same cause.
 */
previous: string | null, };

/**
 * The end of one writer's chain.
 */
export type JournalHead = { 
/**
 * Whose.
 */
desk: string, 
/**
 * In which of its lives.
 */
incarnation: string, 
/**
 * Its last number.
 */
oseq: number, 
/**
 * Its last hash, hex.
 */
hash: string, };

/**
 * What the journal's chain is like.
 */
export type JournalReport = { 
/**
 * Whether every link holds.
 */
whole: boolean, 
/**
 * How many operations were walked.
 */
operations: number, 
/**
 * How many of them have no content any more; their hashes still hold.
 */
without_content: number, 
/**
 * Number and hash of the last good operation of each writer.
 */
heads: Array<JournalHead>, 
/**
 * How far it had come when that was last written down beside the secrets.
 */
anchored: JournalHead | null, 
/**
 * The first broken place, in words.
 */
broken: string | null, };

/**
 * How many copies stay: the last of each of so many days, weeks and months that have one.
 */
export type Keep = { 
/**
 * Days, 1 to 366.
 */
daily: number, 
/**
 * Weeks from Monday on, 0 to 366.
 */
weekly: number, 
/**
 * Months, 0 to 366.
 */
monthly: number, };

/**
 * The last group of a recovery kit's code, typed from its paper.
 */
export type KitGroup = { 
/**
 * Five signs.
 */
group: string, };

/**
 * The recovery kit of a data folder.
 */
export type KitState = { 
/**
 * As its paper says; `None` where there is none.
 */
id: string | null, 
/**
 * When it was made.
 */
made: string | null, 
/**
 * Somebody has typed a part of it from its paper. Until then nobody knows that it was printed.
 */
confirmed: boolean, };

/**
 * What opens the data without the keyring. Shown when it is made, never again.
 */
export type KitView = { 
/**
 * Groups of letters and digits, to be printed or written down.
 */
code: string, 
/**
 * Which kit it is: stands on the paper and in the settings.
 */
id: string, 
/**
 * When it was made.
 */
made: string, };

/**
 * The language of the page and of notifications.
 */
export type Language = "system" | "ru" | "en";

/**
 * Who may do what.
 */
export type Matrix = { 
/**
 * A line for each permission.
 */
lines: Array<MatrixLine>, };

/**
 * A line of the matrix.
 */
export type MatrixLine = { 
/**
 * What may be done.
 */
permission: Permission, 
/**
 * Who may.
 */
roles: Array<Role>, 
/**
 * Whether a fresh proof is demanded.
 */
step_up: boolean, 
/**
 * By which commands.
 */
commands: Array<string>, };

/**
 * Who is signed in.
 */
export type Me = { 
/**
 * Who.
 */
id: string, 
/**
 * As they sign in.
 */
login: string, 
/**
 * As people call them.
 */
name: string, 
/**
 * What they do.
 */
roles: Array<Role>, 
/**
 * What they may at the moment.
 */
permissions: Array<Permission>, 
/**
 * They have a second factor.
 */
factor: boolean, 
/**
 * A role of theirs demands one.
 */
factor_demanded: boolean, 
/**
 * Recovery codes that are left.
 */
recovery_codes: number, 
/**
 * They have a PIN.
 */
pin: boolean, 
/**
 * Until when what needs a fresh proof may be done without another.
 */
stepped_up_until: string | null, };

/**
 * A token, shown this once.
 */
export type MonitoringToken = { 
/**
 * 64 hex digits.
 */
token: string, };

/**
 * The token that programs which watch Vakhta show.
 */
export type MonitoringView = { 
/**
 * When it was made; `None` where there is none.
 */
made: string | null, 
/**
 * Until when it is good.
 */
ends: string | null, 
/**
 * When it was last shown, since the start.
 */
used: string | null, };

/**
 * A second factor, and the proof that the phone has it.
 */
export type NewFactor = { 
/**
 * Base32, as the offer had it.
 */
secret: string, 
/**
 * Six digits that the phone shows.
 */
code: string, };

/**
 * A page of a list: rows after a place, in the list's order.
 */
export type PageRequest = { 
/**
 * The `row` of the last item that the caller has; 0 to begin.
 */
after: number, 
/**
 * At most this many, at most 5,000.
 */
limit: number, };

/**
 * A passage in a list.
 */
export type PassageView = { 
/**
 * Place in the list.
 */
row: number, 
/**
 * The device's name.
 */
device: string, 
/**
 * Number in the device's log; null where the firmware gives none.
 */
serial: number | null, 
/**
 * Life of the log.
 */
epoch: number, 
/**
 * Event code.
 */
major: number, 
/**
 * Event code.
 */
minor: number, 
/**
 * What the code means; null when nobody knows.
 */
meaning: string | null, 
/**
 * When it happened.
 */
at: string, 
/**
 * How sure that is: `measured`, `received`, `uncertain`.
 */
certainty: Certainty, 
/**
 * The device's own words for the time.
 */
device_time: string | null, 
/**
 * When we heard of it.
 */
received: string, 
/**
 * News, as against history told late.
 */
live: boolean, 
/**
 * `in`, `out`, `seen`.
 */
direction: Direction, 
/**
 * Reader of the device.
 */
reader_no: number | null, 
/**
 * Door of the device.
 */
door_no: number | null, 
/**
 * The devices' number for the person.
 */
person_no: string | null, 
/**
 * The card.
 */
card_no: string | null, 
/**
 * `granted`, `refused`, `none`.
 */
verdict: Verdict, 
/**
 * Whose visit.
 */
visit: string | null, 
/**
 * Who.
 */
visitor: string | null, 
/**
 * Name of the picture; see the command `picture`.
 */
picture: string | null, };

/**
 * A new password of one's own.
 */
export type PasswordChange = { 
/**
 * The present one.
 */
old: string, 
/**
 * The new one.
 */
new: string, };

/**
 * What a caller must be allowed to.
 */
export type Permission = "anyone" | "signed_in" | "see_visits" | "manage_visits" | "see_documents" | "erase_visitors" | "see_incidents" | "see_devices" | "manage_devices" | "see_settings" | "manage_desk" | "manage_site" | "see_users" | "vouch_for_users" | "manage_users" | "manage_security" | "see_health" | "manage_backups" | "restore_backups" | "see_audit" | "export_audit" | "own";

/**
 * A picture.
 */
export type PictureName = { 
/**
 * 64 hex digits.
 */
name: string, };

/**
 * A PIN of one's own.
 */
export type PinChange = { 
/**
 * The password, once more.
 */
password: string, 
/**
 * Four to eight digits; `None` takes it away.
 */
pin: string | null, };

/**
 * Where a page is shown.
 */
export type Place = "window" | "browser";

/**
 * What can be wrong with a field.
 */
export type Problem = "empty" | "too_long" | "too_short" | "common" | "ends_before_it_begins" | "not_an_address" | "not_http" | "out_of_range" | "unknown_zone" | "malformed" | "mistyped" | "differs" | "unusable";

/**
 * Why something is the matter with a device.
 */
export type Reason = { 
/**
 * In kinds.
 */
cause: Cause, 
/**
 * The same in more words, English or the device's own.
 */
detail: string | null, };

/**
 * Recovery codes, shown this once.
 */
export type RecoveryCodes = { 
/**
 * Each lets in once in place of the second factor.
 */
codes: Array<string>, };

/**
 * Why a request was not granted, and what is to be done.
 */
export type Refusal = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * The field that is not usable, as it is called in the request.
 */
field: string | null, 
/**
 * What is wrong with it.
 */
problem: Problem | null, 
/**
 * Whole seconds to wait before it is worth asking again.
 */
wait_s: number | null, 
/**
 * Whose it is already.
 */
by: string | null, 
/**
 * For people, English; says what to do where that is known.
 */
message: string, };

/**
 * What somebody does here. Roles add up: the first person of a small site may be all of them.
 */
export type Role = "operator" | "supervisor" | "security" | "administrator" | "employee";

/**
 * How Vakhta is.
 */
export type RunStatus = { 
/**
 * Whether a process watches the devices.
 */
running: boolean, 
/**
 * Its version.
 */
version: string, 
/**
 * Where secrets rest, in words.
 */
secrets: string, 
/**
 * What opens the data when the secrets are lost.
 */
kit: KitState, 
/**
 * The background tasks and how they fared.
 */
tasks: Array<TaskView>, };

/**
 * What was found.
 */
export type SearchReply = { 
/**
 * Visits of today and to come first, then earlier ones.
 */
visits: Array<VisitView>, };

/**
 * What is looked for.
 */
export type SearchRequest = { 
/**
 * A few letters of a name, or a number of a pass or card; a whole document number, IIN or phone,
 * or the last four digits of a phone. At most 200 characters count.
 */
text: string, 
/**
 * At most this many visits, at most 200.
 */
limit: number, };

/**
 * Somebody who is signed in at a desk.
 */
export type SeatPerson = { 
/**
 * Who.
 */
id: string, 
/**
 * As people call them.
 */
name: string, 
/**
 * They may unlock by PIN.
 */
pin: boolean, };

/**
 * What signing in demands, and how long it lasts.
 */
export type SecuritySettings = { 
/**
 * Whoever has one of these roles needs a second factor.
 */
factor_roles: Array<Role>, 
/**
 * A desk that nobody touches locks itself after so many minutes, 1 to 60.
 */
lock_after_minutes: number, 
/**
 * A session that nobody uses ends after so many hours, 1 to 72.
 */
session_idle_hours: number, 
/**
 * A session ends after so many hours, however it is used, 1 to 168.
 */
session_hours: number, 
/**
 * A locked desk may be unlocked by PIN.
 */
pins: boolean, };

/**
 * A session: somebody signed in somewhere.
 */
export type SessionView = { 
/**
 * Which.
 */
id: string, 
/**
 * Whose.
 */
user: string, 
/**
 * As people call them.
 */
name: string, 
/**
 * The window of the desk, or a browser.
 */
place: Place, 
/**
 * What the browser calls itself, cut.
 */
agent: string | null, 
/**
 * Since when.
 */
begun: string, 
/**
 * When a hand was last on it.
 */
seen: string, 
/**
 * It ends then at the latest.
 */
until: string, 
/**
 * It is the one that asks.
 */
own: boolean, };

/**
 * A session.
 */
export type SessionWanted = { 
/**
 * Which.
 */
id: string, };

/**
 * The first start: the site and its first administrator.
 */
export type SetUp = { 
/**
 * Of this desk.
 */
language: Language, 
/**
 * The site.
 */
site: SiteDraft, 
/**
 * Who signs in as …
 */
login: string, 
/**
 * … and is called.
 */
name: string, 
/**
 * Chosen by them.
 */
password: string, 
/**
 * What they do besides administering.
 */
roles: Array<Role>, 
/**
 * The second factor. May only be left out where no role of theirs demands it.
 */
factor: NewFactor | null, };

/**
 * The site is set up.
 */
export type SetUpDone = { 
/**
 * The first administrator is signed in.
 */
access: Access, 
/**
 * Shown this once; empty without a second factor.
 */
recovery_codes: Array<string>, 
/**
 * Shown this once.
 */
kit: KitView, };

/**
 * Everything that can be set.
 */
export type Settings = { 
/**
 * Of this desk.
 */
desk: DeskSettings, 
/**
 * Of the site.
 */
site: SiteSettings, 
/**
 * What signing in demands.
 */
security: SecuritySettings, };

/**
 * Who wants in.
 */
export type SignIn = { 
/**
 * As they sign in; case does not matter.
 */
login: string, 
/**
 * Theirs.
 */
password: string, 
/**
 * Six digits of the second factor, or a recovery code; asked for after the password.
 */
code: string | null, };

/**
 * A site as somebody sets it.
 */
export type SiteDraft = { 
/**
 * What people call it; may be empty.
 */
name: string, 
/**
 * Its time zone by the IANA's name, for example `Asia/Almaty`; `None` for the machine's.
 */
zone: string | null, 
/**
 * When its day is closed, `HH:MM`.
 */
day_end: string, 
/**
 * Working hours, Monday first; `None` on a day on which nobody works.
 */
hours: Array<WorkingHours | null>, 
/**
 * Days on which nobody works, ascending.
 */
holidays: Array<string>, };

/**
 * What a change of the site's key did.
 */
export type SiteKeyChanged = { 
/**
 * Its number.
 */
number: number, 
/**
 * Keys of persons that were wrapped anew under it.
 */
rewrapped: number, };

/**
 * A site as it is shown.
 */
export type SiteSettings = { 
/**
 * The zone in force: the one that is set, else the machine's.
 */
zone_in_force: string, 
/**
 * What people call it; may be empty.
 */
name: string, 
/**
 * Its time zone by the IANA's name, for example `Asia/Almaty`; `None` for the machine's.
 */
zone: string | null, 
/**
 * When its day is closed, `HH:MM`.
 */
day_end: string, 
/**
 * Working hours, Monday first; `None` on a day on which nobody works.
 */
hours: Array<WorkingHours | null>, 
/**
 * Days on which nobody works, ascending.
 */
holidays: Array<string>, };

/**
 * All that the desk shows, as of one place in the journal.
 */
export type Snapshot = { 
/**
 * Our clock.
 */
now: string, 
/**
 * Ask for events after this.
 */
seq: number, 
/**
 * Of today in the site's zone, or inside whenever they came.
 */
visits: Array<VisitView>, 
/**
 * The newest 100, newest first.
 */
passages: Array<PassageView>, 
/**
 * Not yet resolved and not withdrawn, newest first; at most 200.
 */
incidents: Array<IncidentView>, 
/**
 * All of them.
 */
devices: Array<DeviceView>, 
/**
 * Of the desk and its site.
 */
settings: Settings, 
/**
 * How Vakhta is.
 */
status: RunStatus, };

/**
 * How far whoever sits before a page has come.
 */
export type Stage = "set_up" | "not_let_in" | "sign_in" | "locked" | "new_password" | "new_factor" | "signed_in";

/**
 * A stay that lasts.
 */
export type Stay = { 
/**
 * When it began.
 */
since: string, 
/**
 * By whose account.
 */
by: Origin, };

/**
 * Shows that it is still the person who signed in.
 */
export type StepUp = { 
/**
 * A fresh code of the second factor from who has one, else the password.
 */
secret: string, };

/**
 * A background task.
 */
export type TaskView = { 
/**
 * Its name.
 */
name: string, 
/**
 * When it last ran.
 */
last: string | null, 
/**
 * What came of it.
 */
result: string | null, };

/**
 * Light or dark.
 */
export type Theme = "system" | "light" | "dark";

/**
 * A time of day, `HH:MM`.
 */
export type TimeOfDay = string;

/**
 * A status that will come by itself.
 */
export type Turn = { 
/**
 * After this moment …
 */
at: string, 
/**
 * … it is so …
 */
status: VisitStatus, 
/**
 * … and the desk may do this.
 */
actions: Array<DeskAction>, };

/**
 * Who comes back to a locked desk.
 */
export type Unlock = { 
/**
 * Somebody who is signed in at this desk.
 */
user: string, 
/**
 * Their PIN, or their password.
 */
secret: string, 
/**
 * `secret` is the PIN.
 */
pin: boolean, };

/**
 * What to change of somebody; what is `None` stays.
 */
export type UserChange = { 
/**
 * Who.
 */
id: string, 
/**
 * As people call them.
 */
name: string | null, 
/**
 * What they do.
 */
roles: Array<Role> | null, 
/**
 * Whether they are kept out.
 */
disabled: boolean | null, };

/**
 * Somebody who will work here.
 */
export type UserDraft = { 
/**
 * As they sign in.
 */
login: string, 
/**
 * As people call them.
 */
name: string, 
/**
 * What they do.
 */
roles: Array<Role>, };

/**
 * A password that somebody was given. Shown this once; replaced at the first signing in.
 */
export type UserGiven = { 
/**
 * Whose.
 */
user: UserView, 
/**
 * The password.
 */
password: string, };

/**
 * Somebody who works here.
 */
export type UserView = { 
/**
 * Who.
 */
id: string, 
/**
 * As they sign in.
 */
login: string, 
/**
 * As people call them.
 */
name: string, 
/**
 * What they do.
 */
roles: Array<Role>, 
/**
 * They are kept out.
 */
disabled: boolean, 
/**
 * They have a second factor.
 */
factor: boolean, 
/**
 * They have not replaced the password that they were given.
 */
password_given: boolean, 
/**
 * Too many failures: nobody gets in under this name until somebody gives a new password.
 */
locked_out: boolean, 
/**
 * When they last signed in.
 */
seen: string | null, 
/**
 * When they were entered.
 */
added: string, 
/**
 * Who has vouched that the second factor is lost, when somebody has.
 */
factor_lost: FactorLost | null, };

/**
 * Somebody who works here.
 */
export type UserWanted = { 
/**
 * Who.
 */
id: string, };

/**
 * What the desk does to a visit.
 */
export type VisitAct = { 
/**
 * Which visit.
 */
id: string, 
/**
 * What to do.
 */
action: DeskAction, };

/**
 * A visit with all that is known of it.
 */
export type VisitDetail = { 
/**
 * The visit.
 */
visit: VisitView, 
/**
 * Who comes.
 */
visitor: VisitorView, 
/**
 * What happened, in the order in which it happened, from its planning on.
 */
facts: Array<FactView>, 
/**
 * Its passages, oldest first; the last 200.
 */
passages: Array<PassageView>, 
/**
 * Its incidents, oldest first; the last 200.
 */
incidents: Array<IncidentView>, };

/**
 * A visit to be planned.
 */
export type VisitDraft = { 
/**
 * Who comes.
 */
visitor: string, 
/**
 * To whom.
 */
host: string, 
/**
 * What for.
 */
purpose: string | null, 
/**
 * By which number the devices will know the visitor.
 */
person_no: string | null, 
/**
 * By which card.
 */
card_no: string | null, 
/**
 * The number of a document of theirs.
 */
document: string | null, 
/**
 * Their individual identification number.
 */
iin: string | null, 
/**
 * Where to reach them.
 */
phone: string | null, 
/**
 * When the pass begins to be good; `None` for now.
 */
from: string | null, 
/**
 * When it ceases to be; `None` for the end of the site's day.
 */
until: string | null, 
/**
 * How often it lets in.
 */
profile: Profile, };

/**
 * Something that happened to a visit.
 */
export type VisitHappening = { 
/**
 * What: `planned` or the kind of fact.
 */
fact: FactKind, 
/**
 * When it happened.
 */
at: string, 
/**
 * By whose account.
 */
origin: Origin, 
/**
 * The visit as it is now.
 */
visit: VisitView, };

/**
 * A visit in a list.
 */
export type VisitView = { 
/**
 * Place in the list.
 */
row: number, 
/**
 * Which.
 */
id: string, 
/**
 * Who; empty for somebody who was erased.
 */
visitor: string, 
/**
 * To whom.
 */
host: string, 
/**
 * What for.
 */
purpose: string | null, 
/**
 * Now, by its facts.
 */
status: VisitStatus, 
/**
 * The pass is good from …
 */
from: string, 
/**
 * … until.
 */
until: string, 
/**
 * `single` or `multiple`.
 */
profile: Profile, 
/**
 * The devices' number for the visitor.
 */
person_no: string | null, 
/**
 * The visitor's card.
 */
card_no: string | null, 
/**
 * The first entry.
 */
entered: string | null, 
/**
 * By whose account: `desk`, `door`, `automatic`, `import`.
 */
entered_by: Origin | null, 
/**
 * The last exit.
 */
left: string | null, 
/**
 * By whose account.
 */
left_by: Origin | null, 
/**
 * The present stay of a visitor who is inside, who may have been in and out before.
 */
inside: Stay | null, 
/**
 * What the clock alone will make of it: a visit that nobody comes to, a window that ends.
 */
turns: Turn | null, 
/**
 * What the desk may do with it now, in the order in which it is offered.
 */
actions: Array<DeskAction>, };

/**
 * A visit.
 */
export type VisitWanted = { 
/**
 * Which.
 */
id: string, };

/**
 * A person who visits, as far as everybody at the desk may know.
 */
export type VisitorView = { 
/**
 * Who.
 */
id: string, 
/**
 * What is known of them, masked.
 */
identity: Array<IdentityView>, 
/**
 * They were erased: nothing names them any more.
 */
erased: boolean, };

/**
 * A person who visits.
 */
export type VisitorWanted = { 
/**
 * Who.
 */
id: string, };

/**
 * From when to when people work. An end that is not after its beginning is of the next day.
 */
export type WorkingHours = { 
/**
 * `HH:MM`.
 */
from: string, 
/**
 * `HH:MM`.
 */
until: string, };

