//! A bucket of any service that speaks S3.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::client::{Certificate, ClientOptions};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path as Key;
use object_store::{BackoffConfig, MultipartId, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use vakhta_app::backups::plan::BackupPlace;
use vakhta_app::backups::view::BackupProgress;
use vakhta_app::secret::SecretText;

use super::Stored;
use crate::BackupError;
use crate::archive::create;
use crate::watch::Watch;

/// A part of a large file; at 10,000 parts a file of 80 GB.
const PART: usize = 8 * 1024 * 1024;
/// Of the name of the note beside a file that is on its way.
const PART_ENDING: &str = ".part";
/// Of such a note.
const NOTE_LIMIT: u64 = 4 * 1024;
/// Parts under way at a time.
const PARTS: usize = 3;
const CONNECT: Duration = Duration::from_secs(10);
/// Of one request with its part; slower than 1 Mbit/s is too slow for a part.
const REQUEST: Duration = Duration::from_secs(150);
const TRIES: usize = 3;
const TRYING: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct S3 {
    store: Arc<AmazonS3>,
    prefix: String,
}

impl S3 {
    pub(super) fn open(place: &BackupPlace, secret: Option<&SecretText>) -> Result<Self, BackupError> {
        let BackupPlace::S3 { endpoint, region, bucket, prefix, path_style, access_key, authority } = place
        else {
            return Err(BackupError::Target("it is no bucket".into()));
        };
        let secret = secret.ok_or_else(|| {
            BackupError::Target("the secret of its key is not among the secrets: enter it again".into())
        })?;
        let local = endpoint.starts_with("http://");
        let mut client =
            ClientOptions::new().with_connect_timeout(CONNECT).with_timeout(REQUEST).with_allow_http(local);
        if let Some(pem) = authority {
            for certificate in Certificate::from_pem_bundle(pem.as_bytes()).map_err(fault)? {
                client = client.with_root_certificate(certificate);
            }
        }
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(200),
                max_backoff: Duration::from_secs(5),
                base: 2.0,
            },
            max_retries: TRIES,
            retry_timeout: TRYING,
        };
        let host = if *path_style { endpoint.clone() } else { hosted(endpoint, bucket) };
        let store = AmazonS3Builder::new()
            .with_endpoint(host)
            .with_region(region)
            .with_bucket_name(bucket)
            .with_access_key_id(access_key)
            .with_secret_access_key(secret.reveal())
            .with_virtual_hosted_style_request(!path_style)
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(client)
            .with_retry(retry)
            .build()
            .map_err(fault)?;
        Ok(Self { store: Arc::new(store), prefix: prefix.clone() })
    }

    fn key(&self, name: &str) -> Key {
        if self.prefix.is_empty() { Key::from(name) } else { Key::from(format!("{}/{name}", self.prefix)) }
    }

    pub(super) async fn put(&self, name: &str, file: &Path, watch: &Watch) -> Result<(), BackupError> {
        let disk = BackupError::disk(file);
        let mut content = tokio::fs::File::open(file).await.map_err(&disk)?;
        let size = content.metadata().await.map_err(&disk)?.len();
        if size <= PART as u64 {
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
            content.read_to_end(&mut bytes).await.map_err(&disk)?;
            self.put_bytes(name, bytes).await?;
            return watch.advance(size);
        }
        // Until it is whole, a note beside it says which upload its parts belong to: whoever finds one has
        // them removed, or they would be kept, and paid for, for ever.
        let (key, note) = (self.key(name), format!("{name}{PART_ENDING}"));
        let upload = self.store.create_multipart(&key).await.map_err(fault)?;
        self.put_bytes(&note, upload.clone().into_bytes()).await?;
        let parts = self.parts(&key, &upload, content, file, watch).await;
        let whole = match parts {
            Ok(parts) => self.store.complete_multipart(&key, &upload, parts).await.map(drop).map_err(fault),
            Err(why) => Err(why),
        };
        match whole {
            Ok(()) => self.remove(&note).await,
            Err(why) => {
                if let Err(left) = self.give_up(name, &upload).await {
                    tracing::warn!(%left, name, "parts of an upload stay at the place until the next backup");
                }
                Err(why)
            }
        }
    }

    /// Sends the file in parts, a few at a time.
    async fn parts(
        &self,
        key: &Key,
        upload: &MultipartId,
        mut content: tokio::fs::File,
        file: &Path,
        watch: &Watch,
    ) -> Result<Vec<PartId>, BackupError> {
        let mut sending = JoinSet::new();
        let mut parts = BTreeMap::new();
        for index in 0.. {
            let mut bytes = Vec::with_capacity(PART);
            (&mut content)
                .take(PART as u64)
                .read_to_end(&mut bytes)
                .await
                .map_err(BackupError::disk(file))?;
            if bytes.is_empty() {
                break;
            }
            if sending.len() >= PARTS {
                parts.extend(sent(&mut sending).await?);
            }
            let (store, key, upload, watch) =
                (Arc::clone(&self.store), key.clone(), upload.clone(), watch.clone());
            sending.spawn(async move {
                let size = bytes.len() as u64;
                let part = store.put_part(&key, &upload, index, bytes.into()).await.map_err(fault)?;
                watch.advance(size)?;
                Ok((index, part))
            });
        }
        while let Some(part) = sent(&mut sending).await? {
            parts.extend([part]);
        }
        Ok(parts.into_values().collect())
    }

    async fn give_up(&self, name: &str, upload: &MultipartId) -> Result<(), BackupError> {
        match self.store.abort_multipart(&self.key(name), upload).await.map_err(fault) {
            // It is whole, or was removed by somebody else.
            Ok(()) | Err(BackupError::Missing(_)) => {}
            Err(why) => return Err(why),
        }
        self.remove(&format!("{name}{PART_ENDING}")).await
    }

    /// Removes the parts of uploads that were cut off.
    pub(super) async fn clear_parts(&self, folder: &str, watch: &Watch) -> Result<(), BackupError> {
        for note in self.all(folder, watch).await? {
            let Some(name) = note.name.strip_suffix(PART_ENDING) else { continue };
            let upload = self.get_bytes(&note.name, NOTE_LIMIT).await?;
            // No reason to make no backup; it is tried again before the next.
            if let Err(why) = self.give_up(name, &String::from_utf8_lossy(&upload).into_owned()).await {
                tracing::warn!(%why, name, "parts of an upload that was cut off stay at the place");
            }
        }
        Ok(())
    }

    pub(super) async fn put_bytes(&self, name: &str, bytes: Vec<u8>) -> Result<(), BackupError> {
        self.store.put(&self.key(name), bytes.into()).await.map(drop).map_err(fault)
    }

    pub(super) async fn get(&self, name: &str, to: &Path, watch: &Watch) -> Result<(), BackupError> {
        let disk = BackupError::disk(to);
        let got = self.store.get(&self.key(name)).await.map_err(fault)?;
        let BackupProgress { stage, target, .. } = watch.seen();
        watch.at(stage, target.as_deref(), got.meta.size)?;
        let mut file = tokio::fs::File::from_std(create(to).map_err(&disk)?);
        let mut content = got.into_stream();
        while let Some(bytes) = content.try_next().await.map_err(fault)? {
            file.write_all(&bytes).await.map_err(&disk)?;
            watch.advance(bytes.len() as u64)?;
        }
        file.sync_all().await.map_err(&disk)
    }

    pub(super) async fn get_bytes(&self, name: &str, limit: u64) -> Result<Vec<u8>, BackupError> {
        let mut content = self.store.get(&self.key(name)).await.map_err(fault)?.into_stream();
        let mut all = Vec::new();
        while let Some(bytes) = content.next().await {
            all.extend_from_slice(&bytes.map_err(fault)?);
            if all.len() as u64 > limit {
                break;
            }
        }
        Ok(all)
    }

    pub(super) async fn list(&self, folder: &str, watch: &Watch) -> Result<Vec<Stored>, BackupError> {
        let mut found = self.all(folder, watch).await?;
        found.retain(|stored| !stored.name.ends_with(PART_ENDING));
        Ok(found)
    }

    async fn all(&self, folder: &str, watch: &Watch) -> Result<Vec<Stored>, BackupError> {
        let prefix = self.key(folder);
        let prefix = (!prefix.as_ref().is_empty()).then_some(prefix);
        let mut listed = self.store.list(prefix.as_ref());
        let mut found = Vec::new();
        while let Some(object) = listed.try_next().await.map_err(fault)? {
            watch.advance(1)?;
            let key = object.location.as_ref();
            let name = key.strip_prefix(&self.prefix).unwrap_or(key).trim_start_matches('/');
            found.push(Stored { name: name.to_owned(), size: object.size });
        }
        Ok(found)
    }

    pub(super) async fn remove(&self, name: &str) -> Result<(), BackupError> {
        match self.store.delete(&self.key(name)).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(why) => Err(fault(why)),
        }
    }
}

type Sent = Result<(usize, PartId), BackupError>;

/// Waits for one of the parts that are under way; `None` when there is none.
async fn sent(sending: &mut JoinSet<Sent>) -> Result<Option<(usize, PartId)>, BackupError> {
    match sending.join_next().await {
        None => Ok(None),
        Some(Ok(part)) => part.map(Some),
        Some(Err(why)) => Err(BackupError::Target(why.to_string())),
    }
}

/// `https://host` as `https://bucket.host`.
fn hosted(endpoint: &str, bucket: &str) -> String {
    match endpoint.split_once("://") {
        Some((scheme, host)) => format!("{scheme}://{bucket}.{host}"),
        None => endpoint.to_owned(),
    }
}

/// The innermost cause says what the service did; what is around it says how a library is built.
fn fault(error: object_store::Error) -> BackupError {
    if let object_store::Error::NotFound { path, .. } = &error {
        return BackupError::Missing(path.clone());
    }
    let mut causes = vec![error.to_string()];
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let words = inner.to_string();
        // Most errors repeat what is inside them.
        if !causes.last().is_some_and(|last| last.contains(&words)) {
            causes.push(words);
        }
        cause = inner.source();
    }
    BackupError::Target(causes.join(": "))
}
