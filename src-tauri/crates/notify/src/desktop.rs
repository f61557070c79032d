//! Showing announcements through the operating system, and noticing a click.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use notify_rust::{Notification, NotificationResponse};

use crate::announcement::{Announcement, Urgency};
use crate::words::escaped;

/// Notifications whose click is waited for; the oldest then waits no more.
const WAITING: usize = 8;
/// A server that does not answer within this time is not there.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a notification says of who shows it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The application's name for people.
    pub name: String,
    /// Name or path of its icon.
    pub icon: String,
    /// On Windows: the identity under which it is registered for toasts.
    pub app_id: String,
}

/// Why something could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The operating system said no: no bus, no server, not registered.
    #[error("the system shows no notifications: {0}")]
    Refused(String),
    /// It did not answer.
    #[error("the system's notifications do not answer")]
    Silent,
}

/// Somebody clicked: the route to go to.
type OnOpen = Arc<dyn Fn(String) + Send + Sync>;

/// The notifications of one application.
pub struct Desktop {
    identity: Identity,
    on_open: OnOpen,
    waiting: VecDeque<platform::Waiting>,
    /// Whether the server reads the body as markup; asked at the first notification.
    markup: Option<bool>,
}

impl Desktop {
    /// `on_open` is called with the route of what was clicked, on a thread of ours.
    pub fn new(identity: Identity, on_open: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self { identity, on_open: Arc::new(on_open), waiting: VecDeque::new(), markup: None }
    }

    /// Shows it; what is shown under the same key is replaced. Wants a tokio runtime.
    ///
    /// # Errors
    /// When the system has no way to show it. It may have one later.
    pub async fn show(&mut self, announcement: &Announcement) -> Result<(), ShowError> {
        let shown = tokio::time::timeout(PATIENCE, self.try_show(announcement)).await;
        let outcome = shown.unwrap_or(Err(ShowError::Silent));
        if outcome.is_err() {
            // Another server may come, and read markup or not.
            self.markup = None;
        }
        outcome
    }

    async fn try_show(&mut self, announcement: &Announcement) -> Result<(), ShowError> {
        let markup = match self.markup {
            Some(markup) => markup,
            None => *self.markup.insert(platform::reads_markup().await?),
        };
        self.waiting.retain(|waiting| !waiting.is_over());
        let replaced = self.waiting.iter().position(|waiting| waiting.key == announcement.key);
        let replaced = replaced.and_then(|index| self.waiting.remove(index));
        let notification = self.notification(announcement, markup);
        let open = {
            let (on_open, route) = (Arc::clone(&self.on_open), announcement.route.clone());
            move |response: &NotificationResponse| {
                let clicked = match response {
                    NotificationResponse::Default => true,
                    // Windows says so of a click that hits no button.
                    NotificationResponse::Action(action) => {
                        action.is_empty() || action == "open" || action == "default"
                    }
                    _ => false,
                };
                if clicked {
                    on_open(route);
                }
            }
        };
        let waiting = platform::show(notification, announcement.key.clone(), replaced, open).await?;
        self.waiting.push_back(waiting);
        if self.waiting.len() > WAITING
            && let Some(oldest) = self.waiting.pop_front()
        {
            oldest.give_up();
        }
        Ok(())
    }

    fn notification(&self, announcement: &Announcement, markup: bool) -> Notification {
        let mut notification = Notification::new();
        let body = if markup { escaped(&announcement.body) } else { announcement.body.clone() };
        notification.appname(&self.identity.name).summary(&announcement.title).body(&body);
        platform::dress(&mut notification, &self.identity);
        notification.urgency(match announcement.urgency {
            Urgency::Normal => notify_rust::Urgency::Normal,
            Urgency::Critical => notify_rust::Urgency::Critical,
        });
        for button in &announcement.buttons {
            notification.action(button.id, button.label);
        }
        notification
    }
}

/// A server of the session bus; a click comes as a signal, and waiting for it costs a task.
#[cfg(all(unix, not(target_os = "macos")))]
mod platform {
    use notify_rust::{Notification, NotificationResponse};
    use tokio::task::JoinHandle;

    use super::{Identity, ShowError};

    pub(super) struct Waiting {
        pub(super) key: String,
        id: u32,
        task: JoinHandle<()>,
    }

    impl Waiting {
        pub(super) fn is_over(&self) -> bool {
            self.task.is_finished()
        }

        /// It stays to be read; a click on it leads nowhere.
        pub(super) fn give_up(self) {
            self.task.abort();
        }
    }

    pub(super) async fn reads_markup() -> Result<bool, ShowError> {
        // This call of the library blocks.
        let asked = tokio::task::spawn_blocking(notify_rust::get_capabilities).await;
        match asked {
            Ok(Ok(capabilities)) => Ok(capabilities.iter().any(|one| one == "body-markup")),
            Ok(Err(why)) => Err(ShowError::Refused(why.to_string())),
            Err(why) => Err(ShowError::Refused(why.to_string())),
        }
    }

    pub(super) fn dress(notification: &mut Notification, identity: &Identity) {
        notification.icon(&identity.icon).hint(notify_rust::Hint::DesktopEntry("vakhta".into()));
        // What a click on the notification itself is called.
        notification.action("default", &identity.name);
    }

    pub(super) async fn show(
        mut notification: Notification,
        key: String,
        replaced: Option<Waiting>,
        open: impl FnOnce(&NotificationResponse) + Send + 'static,
    ) -> Result<Waiting, ShowError> {
        if let Some(replaced) = replaced {
            notification.id(replaced.id);
            replaced.give_up();
        }
        let handle = notification.show_async().await.map_err(|why| ShowError::Refused(why.to_string()))?;
        let id = handle.id();
        let task = tokio::spawn(async move { handle.wait_for_action_async(open).await });
        Ok(Waiting { key, id, task })
    }
}

/// Toasts. Waiting for a click blocks a thread, which ends when the toast does.
#[cfg(windows)]
mod platform {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use notify_rust::{Notification, NotificationResponse};

    use super::{Identity, ShowError, WAITING};

    /// A thread that was given up still waits for its toast to end; more than this are not begun.
    static THREADS: AtomicUsize = AtomicUsize::new(0);

    pub(super) struct Waiting {
        pub(super) key: String,
        over: Arc<AtomicBool>,
    }

    impl Waiting {
        pub(super) fn is_over(&self) -> bool {
            self.over.load(Ordering::Acquire)
        }

        pub(super) fn give_up(self) {
            self.over.store(true, Ordering::Release);
        }
    }

    /// Toasts are plain text. Its twin asks a server.
    pub(super) async fn reads_markup() -> Result<bool, ShowError> {
        Ok(false)
    }

    pub(super) fn dress(notification: &mut Notification, identity: &Identity) {
        notification.app_id(&identity.app_id);
    }

    pub(super) async fn show(
        notification: Notification,
        key: String,
        replaced: Option<Waiting>,
        open: impl FnOnce(&NotificationResponse) + Send + 'static,
    ) -> Result<Waiting, ShowError> {
        if let Some(replaced) = replaced {
            replaced.give_up();
        }
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let (send, shown) = tokio::sync::oneshot::channel();
        let wait = THREADS.fetch_add(1, Ordering::AcqRel) < WAITING;
        let begun = std::thread::Builder::new().name("toast".into()).spawn(move || {
            match notification.show() {
                Ok(handle) => {
                    let _ = send.send(Ok(()));
                    if wait {
                        handle.wait_for_action(|action| {
                            if !is_over.load(Ordering::Acquire) && action != "__closed" {
                                open(&NotificationResponse::Action(action.to_owned()));
                            }
                        });
                    }
                }
                Err(why) => {
                    let _ = send.send(Err(why.to_string()));
                }
            }
            is_over.store(true, Ordering::Release);
            THREADS.fetch_sub(1, Ordering::AcqRel);
        });
        if let Err(why) = begun {
            THREADS.fetch_sub(1, Ordering::AcqRel);
            return Err(ShowError::Refused(why.to_string()));
        }
        match shown.await {
            Ok(Ok(())) => Ok(Waiting { key, over }),
            Ok(Err(why)) => Err(ShowError::Refused(why)),
            Err(_) => Err(ShowError::Silent),
        }
    }
}
