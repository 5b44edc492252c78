//! The state directory: `world.json`, `objects/`, and a lock so that two processes never share it.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::world::World;

/// How long changes are gathered before they are written.
const GATHER: Duration = Duration::from_millis(40);

/// What the sandbox's own `.gitignore` says. Keys of accounts that do not exist are no secret, but nobody
/// wants them in a repository.
const IGNORE: &str = "*\n";

/// The format of `world.json` that this program writes.
const FORMAT: u32 = 1;

/// Why a state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried, for example `read`.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process has it.
    #[error("the sandbox's state in {} is in use by {}{}: end that one first, or choose another directory with --state", path.display(), holder.map_or_else(|| "another process".to_owned(), |pid| format!("the process {pid}")), serves.as_ref().map_or_else(String::new, |endpoint| format!(", which serves it at {endpoint}")))]
    InUse {
        /// The directory.
        path: PathBuf,
        /// Its process id, where it could be read.
        holder: Option<u32>,
        /// Where that one serves it, if it is there to be used by others.
        serves: Option<String>,
    },
    /// `world.json` is not what this program writes.
    #[error("the sandbox's state in {} cannot be read: {why}. Type `crosspipe sandbox reset --state {}` to forget it and start empty", file.display(), directory.display())]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// The directory.
        directory: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Deserialize)]
struct Saved {
    format: u32,
    world: World,
}

#[derive(Serialize)]
struct Saving<'a> {
    format: u32,
    world: &'a World,
}

/// A state directory that this process holds.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    // Held open: the lock lasts as long as the file.
    lock: File,
}

fn io_error<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> StoreError + 'a {
    move |source| StoreError::Io {
        what,
        path: path.to_owned(),
        source,
    }
}

impl Store {
    /// Takes a directory, made where it is absent.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let objects = directory.join("objects");
        fs::create_dir_all(&objects).map_err(io_error("make", &objects))?;
        let ignore = directory.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, IGNORE).map_err(io_error("write", &ignore))?;
        }
        let path = directory.join("lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io_error("open", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = lock.read_to_string(&mut text);
                let mut words = text.split_whitespace();
                return Err(StoreError::InUse {
                    path: directory.to_owned(),
                    holder: words.next().and_then(|pid| pid.parse().ok()),
                    serves: words.next().map(str::to_owned),
                });
            }
            Err(TryLockError::Error(source)) => return Err(io_error("lock", &path)(source)),
        }
        let write = |lock: &mut File| {
            lock.set_len(0)?;
            lock.rewind()?;
            write!(lock, "{}", std::process::id())?;
            lock.flush()
        };
        write(&mut lock).map_err(io_error("write", &path))?;
        Ok(Self {
            directory: directory.to_owned(),
            lock,
        })
    }

    /// Leaves word where this process serves it, for whoever finds it in use.
    pub fn announce(&self, endpoint: &str) {
        // Who cannot read it is told less.
        let _ = write!(&self.lock, " {endpoint}").and_then(|()| (&self.lock).flush());
    }

    /// Where object bodies are kept.
    pub fn objects(&self) -> PathBuf {
        self.directory.join("objects")
    }

    /// The world as it was saved last; `None` where nothing was saved yet.
    pub fn load(&self) -> Result<Option<World>, StoreError> {
        let file = self.directory.join("world.json");
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error("read", &file)(error)),
        };
        let corrupt = |why: String| StoreError::Corrupt {
            file: file.clone(),
            directory: self.directory.clone(),
            why,
        };
        let saved: Saved = serde_json::from_slice(&text).map_err(|e| corrupt(e.to_string()))?;
        if saved.format != FORMAT {
            return Err(corrupt(format!(
                "it has format {}, this program knows format {FORMAT}",
                saved.format
            )));
        }
        Ok(Some(saved.world))
    }

    /// Writes the world: whole and synced before it takes the old one's name, so that a killed process
    /// leaves the old state or the new one.
    fn write(&self, text: &[u8]) -> Result<(), StoreError> {
        let target = self.directory.join("world.json");
        let temporary = self.directory.join("world.json.new");
        let write = || {
            let mut file = private(&temporary)?;
            file.write_all(text)?;
            file.sync_all()?;
            fs::rename(&temporary, &target)?;
            // The rename itself must reach the disk too; not every system lets a directory be synced.
            let _ = File::open(&self.directory).and_then(|d| d.sync_all());
            Ok(())
        };
        write().map_err(io_error("write", &target))
    }

    /// Saves the world.
    pub fn save(&self, world: &Mutex<World>) -> Result<(), StoreError> {
        let text = {
            let world = world.lock().unwrap_or_else(PoisonError::into_inner);
            serde_json::to_vec(&Saving {
                format: FORMAT,
                world: &world,
            })
        };
        let text = text.map_err(|e| StoreError::Corrupt {
            file: self.directory.join("world.json"),
            directory: self.directory.clone(),
            why: e.to_string(),
        })?;
        self.write(&text)
    }
}

/// Whether a directory holds a sandbox's state.
pub fn is_there(directory: &Path) -> bool {
    directory.join("lock").exists() || directory.join("world.json").exists()
}

/// Forgets a state directory: refuses while another process has it, and removes only what the sandbox
/// itself puts there. Answers whether there was anything.
pub fn reset(directory: &Path) -> Result<bool, StoreError> {
    if !is_there(directory) {
        return Ok(false);
    }
    let store = Store::open(directory)?;
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    let mut names = vec!["world.json", "world.json.new", "lock"];
    // The directory may have been somebody's before, with a `.gitignore` of theirs.
    if fs::read(directory.join(".gitignore")).is_ok_and(|text| text == IGNORE.as_bytes()) {
        names.push(".gitignore");
    }
    for name in names {
        let path = directory.join(name);
        gone(fs::remove_file(&path)).map_err(io_error("remove", &path))?;
    }
    let objects = store.objects();
    gone(fs::remove_dir_all(&objects)).map_err(io_error("remove", &objects))?;
    // Left standing where something else is in it.
    let _ = fs::remove_dir(directory);
    Ok(true)
}

/// A new file that only its owner reads: the state holds the keys of its accounts.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// The bodies that a world uses.
pub fn blobs_in_use(world: &World) -> BTreeSet<String> {
    world
        .buckets
        .values()
        .flat_map(|bucket| {
            let objects = bucket.objects.values().flatten().map(|o| o.blob.clone());
            let parts = bucket
                .uploads
                .values()
                .flat_map(|u| u.parts.values().map(|p| p.blob.clone()));
            objects.chain(parts)
        })
        .collect()
}

#[derive(Debug, Default)]
struct Pending {
    dirty: bool,
    stop: bool,
}

/// Tells the saving thread that there is something to save.
#[derive(Debug, Clone, Default)]
pub struct Saver(Arc<(Mutex<Pending>, Condvar)>);

impl Saver {
    /// Has the world saved soon.
    pub fn notify(&self) {
        let (pending, wake) = &*self.0;
        pending.lock().unwrap_or_else(PoisonError::into_inner).dirty = true;
        wake.notify_all();
    }

    /// Has it saved a last time, and the thread end.
    pub fn stop(&self) {
        let (pending, wake) = &*self.0;
        pending.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        wake.notify_all();
    }

    /// Waits until there is something to save or the end has come; answers whether there is something,
    /// and whether it is the end.
    fn wait(&self) -> (bool, bool) {
        let (pending, wake) = &*self.0;
        let mut guard = pending.lock().unwrap_or_else(PoisonError::into_inner);
        while !guard.dirty && !guard.stop {
            guard = wake.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        if !guard.stop {
            guard = wake
                .wait_timeout_while(guard, GATHER, |p| !p.stop)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        let dirty = std::mem::take(&mut guard.dirty);
        (dirty, guard.stop)
    }

    /// Starts the saving thread. It ends with the outcome of its last save.
    pub fn run(
        &self,
        store: Store,
        world: impl Fn() -> Option<Arc<super::dispatch::Shared>> + Send + 'static,
    ) -> io::Result<JoinHandle<Result<(), StoreError>>> {
        let saver = self.clone();
        std::thread::Builder::new()
            .name("sandbox-saver".to_owned())
            .spawn(move || {
                // A save that failed is tried again with the next one, and at the end.
                let mut unsaved = false;
                loop {
                    let (dirty, last) = saver.wait();
                    let saved = if dirty || unsaved {
                        let Some(shared) = world() else { return Ok(()) };
                        store.save(&shared.world)
                    } else {
                        Ok(())
                    };
                    unsaved = saved.is_err();
                    if last {
                        return saved;
                    }
                }
            })
    }
}
