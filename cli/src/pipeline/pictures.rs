//! Reads the pictures of a plan for previews, from files only and only those that are what the plan says.

use std::path::Path;

use adplane_core::asset::{Asset, AssetSource};
use sha2::{Digest, Sha256};

/// A reader of pictures below a folder: the bytes of an asset whose digest is the stated one. What has to be fetched is
/// not: a preview must work without a network.
pub(crate) fn pictures(base: &Path) -> impl Fn(&str, &Asset) -> Option<Vec<u8>> + '_ {
    move |digest, asset| {
        let AssetSource::File(file) = &asset.source else { return None };
        let path = base.join(file);
        // The plan states a size, but the file may have become another.
        let is_file =
            std::fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() == asset.bytes);
        let bytes = is_file.then(|| std::fs::read(&path).ok()).flatten()?;
        let found = Sha256::digest(&bytes);
        let same = digest.len() == 64
            && found
                .iter()
                .enumerate()
                .all(|(at, byte)| digest.get(2 * at..2 * at + 2) == Some(&format!("{byte:02x}")));
        same.then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_plan_names_is_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.png"), b"abc").unwrap();
        let asset = |bytes| Asset {
            source: AssetSource::File("a.png".into()),
            extension: "png".into(),
            bytes,
            width: None,
            height: None,
        };
        let read = pictures(folder.path());
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(read(abc, &asset(3)), Some(b"abc".to_vec()));
        assert_eq!(read(abc, &asset(4)), None, "another size");
        assert_eq!(read(&"0".repeat(64), &asset(3)), None, "another digest");
        let elsewhere = Asset { source: AssetSource::Url("https://shop.example/a.png".into()), ..asset(3) };
        assert_eq!(read(abc, &elsewhere), None);
    }
}
