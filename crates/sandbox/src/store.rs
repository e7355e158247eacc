//! The world on disk, for sandboxes started with `--data`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::world::World;

const FILE: &str = "world.json";

/// What is saved.
#[derive(Debug, Deserialize)]
pub(crate) struct Saved {
    pub(crate) world: World,
    /// How far the real clock was moved ahead.
    #[serde(default)]
    pub(crate) ahead_seconds: i64,
}

/// The same without owning the world.
#[derive(Serialize)]
struct Saving<'a> {
    ahead_seconds: i64,
    world: &'a World,
}

impl Saved {
    /// The content of the file.
    pub(crate) fn to_bytes(world: &World, ahead_seconds: i64) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Saving { ahead_seconds, world })
    }
}

/// A directory that holds one saved world.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    directory: PathBuf,
}

impl Store {
    /// Opens a directory, made when it does not exist.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// Where it is.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The saved world, if there is one.
    pub(crate) fn read(&self) -> io::Result<Option<Saved>> {
        let bytes = match fs::read(self.directory.join(FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let saved = serde_json::from_slice(&bytes).map_err(|error| {
            let hint =
                format!("`{FILE}` was not written by this version: {error}; move it away to start anew");
            io::Error::new(io::ErrorKind::InvalidData, hint)
        })?;
        Ok(Some(saved))
    }

    /// Replaces the saved world; a crash on the way leaves the former one.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.directory.join(format!("{FILE}.new"));
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, self.directory.join(FILE))?;
        // The rename itself lasts once the directory is on disk.
        File::open(&self.directory)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::seed_world;

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("not").join("yet")).unwrap();
        (directory, store)
    }

    #[test]
    fn a_world_comes_back_as_it_was() {
        let (_directory, store) = store();
        assert!(store.read().unwrap().is_none());
        let mut world = seed_world(7, "2026-11-02T08:00:00Z".parse().unwrap());
        world.fresh_id(crate::world::Vendor::Meta, 100);
        world.options.insert("review_seconds".into(), "5".into());
        let bytes = Saved::to_bytes(&world, 60).unwrap();
        store.write(&bytes).unwrap();
        let saved = store.read().unwrap().unwrap();
        assert_eq!(saved.ahead_seconds, 60);
        assert_eq!(Saved::to_bytes(&saved.world, 60).unwrap(), bytes);
    }

    #[test]
    fn a_write_replaces_the_former_world_whole() {
        let (_directory, store) = store();
        for seed in [1, 2] {
            let world = seed_world(seed, "2026-11-02T08:00:00Z".parse().unwrap());
            store.write(&Saved::to_bytes(&world, 0).unwrap()).unwrap();
        }
        assert_eq!(store.read().unwrap().unwrap().world.seed, 2);
        assert!(!store.directory.join("world.json.new").exists());
    }

    #[test]
    fn a_broken_file_is_named() {
        let (_directory, store) = store();
        store.write(b"{").unwrap();
        let error = store.read().unwrap_err().to_string();
        assert!(error.contains("world.json") && error.contains("move it away"), "{error}");
    }
}
