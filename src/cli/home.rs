//! Where a project's files are: the configuration here or in a folder above, as git and cargo look for
//! theirs, and the sandbox's state beside it.

use std::path::{Path, PathBuf};

/// The name of the configuration, unless another is given.
pub const CONFIG: &str = "crosspipe.toml";
/// Where the sandbox keeps its state, beside the configuration.
pub const STATE: &str = ".crosspipe/sandbox";

/// The configuration: the one that is given, or the one here or in the nearest folder above. Where there
/// is none, the one that could be here.
pub fn config(given: Option<&Path>) -> PathBuf {
    given
        .map(Path::to_owned)
        .or_else(found)
        .unwrap_or_else(|| PathBuf::from(CONFIG))
}

/// The sandbox's state: where it is said to be, or beside the configuration.
pub fn state(given: Option<&Path>, config: &Path) -> PathBuf {
    given.map_or_else(|| beside(config), Path::to_owned)
}

/// The sandbox's state that belongs to a configuration.
pub fn beside(config: &Path) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join(STATE)
}

/// The configuration here or in the nearest folder above, as a path from here.
pub fn found() -> Option<PathBuf> {
    above(&std::env::current_dir().ok()?)
}

fn above(folder: &Path) -> Option<PathBuf> {
    let levels = folder
        .ancestors()
        .position(|above| above.join(CONFIG).is_file())?;
    let up: PathBuf = std::iter::repeat_n("..", levels).collect();
    Some(up.join(CONFIG))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_one_is_found_from_below() {
        let place = tempfile::tempdir().unwrap();
        let deep = place.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(place.path().join(CONFIG), "").unwrap();
        assert_eq!(above(&deep).unwrap(), Path::new("../../../crosspipe.toml"));
        assert_eq!(above(place.path()).unwrap(), Path::new("crosspipe.toml"));
        std::fs::write(place.path().join("a").join(CONFIG), "").unwrap();
        assert_eq!(above(&deep).unwrap(), Path::new("../../crosspipe.toml"));
        // A folder of that name is no configuration.
        std::fs::create_dir(deep.join(CONFIG)).unwrap();
        assert_eq!(above(&deep).unwrap(), Path::new("../../crosspipe.toml"));
    }

    #[test]
    fn the_state_is_beside_the_configuration() {
        for (config, state) in [
            ("crosspipe.toml", ".crosspipe/sandbox"),
            ("../crosspipe.toml", "../.crosspipe/sandbox"),
            ("team/other.toml", "team/.crosspipe/sandbox"),
        ] {
            assert_eq!(beside(Path::new(config)), Path::new(state));
        }
    }
}
