//! Starting and stopping a sandbox, and what can be put into one from inside the program.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::blobs::Blobs;
use super::calls::{Calls, Logged};
use super::dispatch::Shared;
use super::platform;
use super::rescale::rescale;
use super::server;
use super::services::{iam, organizations};
use super::store::{Saver, Store, StoreError, blobs_in_use};
use super::time::{Clock, system_clock};
use super::world::{Ids, PlatformSeed, World};

/// How a sandbox starts.
pub struct Options {
    /// Where its state is kept; `None` for memory only.
    pub state: Option<PathBuf>,
    /// The port on loopback; 0 for any that is free.
    pub port: u16,
    /// Accounts that exist from the start.
    pub accounts: Vec<String>,
    /// Environments that a platform team has prepared.
    pub environments: Vec<PlatformSeed>,
    /// How long each answer is held back.
    pub latency: Duration,
    /// The time.
    pub clock: Clock,
    /// How many times faster than at AWS whatever runs goes on.
    pub time_scale: u32,
    /// The most seconds that a session lasts; `None` for as long as at AWS.
    pub session_seconds: Option<u32>,
    /// Whether every request is let through, whatever policies say.
    pub permissive: bool,
    /// Whether other processes are told where it is served, when they find its state in use.
    pub announced: bool,
    /// Where ids come from, for tests that need the same ones each time; `None` takes randomness from
    /// the operating system. A saved state keeps its own.
    pub seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            state: None,
            port: 0,
            accounts: Vec::new(),
            environments: Vec::new(),
            latency: Duration::ZERO,
            clock: system_clock(),
            time_scale: 1,
            session_seconds: None,
            permissive: false,
            announced: false,
            seed: None,
        }
    }
}

/// Why a sandbox cannot start, stop or take something in.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The state directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port.
    #[error(
        "cannot listen on 127.0.0.1:{port}: {source}. Choose another port with --port, or 0 for any that is free"
    )]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// Why not.
        source: std::io::Error,
    },
    /// A thread of its own: the one that saves, or the one that lets time pass.
    #[error("cannot start a thread of the sandbox: {0}")]
    Thread(std::io::Error),
    /// An account id that is none.
    #[error("'{0}' is not an account id: an account id has 12 digits")]
    Account(String),
    /// Names that AWS does not take.
    #[error("cannot prepare the environment in account {account}: {reason}")]
    Environment {
        /// The account.
        account: String,
        /// AWS's own sentence.
        reason: String,
    },
    /// A policy of the organization that cannot be set.
    #[error(transparent)]
    Organization(#[from] organizations::Refused),
    /// A known failure that cannot be put in.
    #[error(transparent)]
    Break(#[from] super::breaks::Refused),
    /// A role ARN that is none.
    #[error("'{0}' is not the ARN of a role: it looks like arn:aws:iam::123456789012:role/NAME")]
    Role(String),
}

/// A long-term access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticKeys {
    /// `AKIA...`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
}

/// A running sandbox. Dropped without [`Sandbox::stop`], it still saves its state.
pub struct Sandbox {
    pub(super) shared: Arc<Shared>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: Option<tokio::task::JoinHandle<()>>,
    saving: Option<JoinHandle<Result<(), StoreError>>>,
}

fn os_randomness() -> u64 {
    // The standard library takes its hash keys from the operating system.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}

/// Starts a sandbox. Must be called within a tokio runtime, which also serves its requests.
pub async fn start(options: Options) -> Result<Sandbox, SandboxError> {
    if let Some(wrong) = options.accounts.iter().find(|a| !is_account(a)) {
        return Err(SandboxError::Account(wrong.clone()));
    }
    let port = options.port;
    let listen = |source| SandboxError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;

    let store = options.state.as_deref().map(Store::open).transpose()?;
    if let Some(store) = store.as_ref().filter(|_| options.announced) {
        store.announce(&format!("http://{address}"));
    }
    let saved = store.as_ref().map(Store::load).transpose()?.flatten();
    let seed = options.seed.unwrap_or_else(os_randomness);
    let mut world = saved.unwrap_or_else(|| World {
        ids: Ids::seeded(seed),
        ..World::default()
    });
    // The first client must find its bucket's Region even where nothing was saved.
    world.touched = false;
    world.time_scale = options.time_scale;
    if world.waits_scale > 0 {
        let (from, now) = (world.waits_scale, (options.clock)());
        rescale(&mut world, from, options.time_scale, now);
    }
    world.waits_scale = options.time_scale;
    world.session_seconds = options.session_seconds;
    world.permissive = options.permissive;
    let blobs = match &store {
        Some(store) => Blobs::Directory(store.objects()),
        None => Blobs::memory(),
    };
    // Left-overs of uploads that were never finished; if they cannot be removed they do no harm.
    let _ = blobs.retain(&blobs_in_use(&world));

    let saver = store.as_ref().map(|_| Saver::default());
    let shared = Arc::new(Shared {
        world: Mutex::new(world),
        blobs,
        calls: Calls::default(),
        clock: options.clock,
        latency: options.latency,
        saver: saver.clone(),
        request_ids: Mutex::new(Ids::seeded(seed ^ 0x7265_7175_6573_7473)),
    });
    let saving = match (saver, store) {
        (Some(saver), Some(store)) => {
            let shared = Arc::clone(&shared);
            let thread = saver.run(store, move || Some(Arc::clone(&shared)));
            Some(thread.map_err(SandboxError::Thread)?)
        }
        _ => None,
    };
    tick(&shared).map_err(SandboxError::Thread)?;
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
    let sandbox = Sandbox {
        shared,
        address,
        stop,
        server: Some(server),
        saving,
    };
    for account in &options.accounts {
        sandbox.ensure_account(account)?;
    }
    for environment in &options.environments {
        sandbox.ensure_environment(environment)?;
    }
    Ok(sandbox)
}

/// How often the ticker looks. Whoever asks sees everything up to that moment anyway.
const TICK: Duration = Duration::from_millis(50);

/// Starts the thread that moves what runs while nobody asks. It ends with the sandbox.
fn tick(shared: &Arc<Shared>) -> std::io::Result<()> {
    let shared = Arc::downgrade(shared);
    std::thread::Builder::new()
        .name("sandbox-clock".to_owned())
        .spawn(move || {
            while let Some(shared) = shared.upgrade() {
                shared.advance();
                drop(shared);
                std::thread::sleep(TICK);
            }
        })
        .map(drop)
}

fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())
}

impl Sandbox {
    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The accounts that exist.
    pub fn accounts(&self) -> Vec<String> {
        self.shared.world().accounts.keys().cloned().collect()
    }

    /// The access key of an account's user `administrator`; `None` where there is no such account, or
    /// somebody deleted that user's keys.
    pub fn administrator(&self, account: &str) -> Option<StaticKeys> {
        let world = self.shared.world();
        let user = world
            .accounts
            .get(account)?
            .iam
            .users
            .get(iam::ADMINISTRATOR)?;
        user.access_keys
            .iter()
            .find(|k| k.active)
            .map(|key| StaticKeys {
                access_key_id: key.id.clone(),
                secret_access_key: key.secret.clone(),
            })
    }

    /// Makes an account with its administrator, where it is not there yet.
    pub fn ensure_account(&self, account: &str) -> Result<(), SandboxError> {
        if !is_account(account) {
            return Err(SandboxError::Account(account.to_owned()));
        }
        let now = (self.shared.clock)();
        if iam::open_account(&mut self.shared.world(), account, now) {
            self.shared.changed();
        }
        Ok(())
    }

    /// Leaves in an account what a platform team leaves there. Does nothing where it is there already.
    pub fn ensure_environment(&self, seed: &PlatformSeed) -> Result<(), SandboxError> {
        self.ensure_account(&seed.account)?;
        let now = (self.shared.clock)();
        let left = platform::leave(&mut self.shared.world(), seed, now);
        self.shared.changed();
        left.map_err(|fault| SandboxError::Environment {
            account: seed.account.clone(),
            reason: fault.message,
        })
    }

    /// Makes a role with all rights that an account's principals may assume, where no role of that name
    /// is there yet: what `role = "..."` in a blueprint points to.
    pub fn ensure_role(&self, role_arn: &str, trusted_account: &str) -> Result<(), SandboxError> {
        let wrong = || SandboxError::Role(role_arn.to_owned());
        let rest = role_arn.strip_prefix("arn:aws:iam::").ok_or_else(wrong)?;
        let (account, resource) = rest.split_once(':').ok_or_else(wrong)?;
        let path = resource.strip_prefix("role/").ok_or_else(wrong)?;
        let name = path.rsplit('/').next().unwrap_or_default();
        if !is_account(account) || name.is_empty() {
            return Err(wrong());
        }
        self.ensure_account(account)?;
        self.ensure_account(trusted_account)?;
        let now = (self.shared.clock)();
        let path = path.strip_suffix(name).unwrap_or_default();
        let mut world = self.shared.world();
        if iam::open_role(
            &mut world,
            account,
            &format!("/{path}"),
            name,
            trusted_account,
            now,
        ) {
            drop(world);
            self.shared.changed();
        }
        Ok(())
    }

    /// The world itself, for tests of what is in it.
    #[cfg(test)]
    pub(crate) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.shared.world()
    }

    /// Every request so far.
    pub fn calls(&self) -> Vec<Logged> {
        self.shared.calls.all()
    }

    /// Forgets the log of requests.
    pub fn forget_calls(&self) {
        self.shared.calls.clear();
    }

    /// Stops serving and saves.
    pub async fn stop(mut self) -> Result<(), SandboxError> {
        let _ = self.stop.send(true);
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
        self.finish_saving()
    }

    fn finish_saving(&mut self) -> Result<(), SandboxError> {
        if let Some(saver) = &self.shared.saver {
            saver.stop();
        }
        match self.saving.take().map(JoinHandle::join) {
            Some(Ok(saved)) => saved.map_err(SandboxError::from),
            _ => Ok(()),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(server) = self.server.take() {
            server.abort();
        }
        let _ = self.finish_saving();
    }
}
