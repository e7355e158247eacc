//! Assets: files to digests, web addresses and ids to references.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use adplane_core::asset::{Asset, AssetRef, AssetSource, Assets};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;
use compact_str::CompactString;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::load::{FileTree, absolute, shown};

/// What an asset is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Medium {
    /// A picture.
    Image,
    /// A video.
    Video,
}

/// Bytes of a picture's head that hold its format and size.
const HEAD_BYTES: usize = 512 * 1024;

/// Reads each asset file once.
pub(super) struct Reader<'a> {
    cwd: &'a Path,
    tree: &'a FileTree,
    seen: HashMap<(PathBuf, Medium), Result<CompactString, Diagnostic>>,
    assets: Assets,
}

impl<'a> Reader<'a> {
    pub(super) fn new(cwd: &'a Path, tree: &'a FileTree) -> Self {
        Self { cwd, tree, seen: HashMap::new(), assets: Assets::new() }
    }

    pub(super) fn into_assets(self) -> Assets {
        self.assets
    }

    /// The reference that an item such as `{file: ./hero.png}` means; `beside` is the file that names it.
    pub(super) fn resolve(
        &mut self,
        item: &Value,
        medium: Medium,
        beside: &str,
    ) -> Result<AssetRef, Diagnostic> {
        let text = |key: &str| item.entry(key).and_then(Value::as_text);
        if text("sha256").is_some() && text("url").is_none() {
            return Err(Diagnostic::error(
                "missing-field",
                "`sha256` states the content of a `url`, which is missing",
            )
            .hint("write `url` beside it, or leave `sha256` out"));
        }
        if let Some(id) = text("id") {
            return Ok(AssetRef::Id(CompactString::new(id)));
        }
        if let Some(id) = text("youtube") {
            return Ok(AssetRef::YouTube(CompactString::new(id)));
        }
        if let Some(url) = text("url") {
            let Some(digest) = text("sha256") else {
                return Err(Diagnostic::error("missing-field", "`url` has no `sha256` beside it")
                    .hint("write `sha256: ` with the digest of the content, as `sha256sum` prints it"));
            };
            return Ok(self.remote(url, digest));
        }
        let file = text("file").unwrap_or_default();
        self.local(file, medium, beside)
    }

    fn remote(&mut self, url: &str, digest: &str) -> AssetRef {
        let digest = digest.to_ascii_lowercase();
        let path = url.split(['?', '#']).next().unwrap_or_default();
        self.assets.entry(digest.clone()).or_insert_with(|| Asset {
            source: AssetSource::Url(url.to_owned()),
            extension: extension(Path::new(path)),
            bytes: 0,
            width: None,
            height: None,
        });
        AssetRef::Digest(CompactString::new(digest))
    }

    fn local(&mut self, file: &str, medium: Medium, beside: &str) -> Result<AssetRef, Diagnostic> {
        let folder = Path::new(beside).parent().unwrap_or(Path::new(""));
        let path = absolute(&absolute(self.cwd, folder), Path::new(file));
        let name = shown(&path, self.cwd);
        let key = (path, medium);
        if let Some(known) = self.seen.get(&key) {
            return known.clone().map(AssetRef::Digest);
        }
        let measured = measure(self.tree, &key.0, &name, medium).map(|(digest, asset)| {
            self.assets.entry(digest.to_string()).or_insert(asset);
            digest
        });
        self.seen.insert(key, measured.clone());
        measured.map(AssetRef::Digest)
    }
}

/// Digest, size and dimensions of a file.
fn measure(
    tree: &FileTree,
    path: &Path,
    name: &str,
    medium: Medium,
) -> Result<(CompactString, Asset), Diagnostic> {
    let unreadable = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            Diagnostic::error("asset-not-found", format!("`{name}` does not exist"))
                .hint("paths are relative to the YAML file that names them")
        } else {
            Diagnostic::error("asset-unreadable", format!("`{name}` cannot be read: {error}"))
                .hint("check that it is a file you may read")
        }
    };
    let mut file = tree.open(path).map_err(unreadable)?;
    let mut hasher = Sha256::new();
    let mut head = Vec::new();
    let mut bytes = 0_u64;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer).map_err(unreadable)?;
        if count == 0 {
            break;
        }
        let part = &buffer[..count];
        hasher.update(part);
        bytes += count as u64;
        if head.len() < HEAD_BYTES {
            head.extend_from_slice(part);
        }
    }
    let size = imagesize::blob_size(&head).ok();
    match (medium, size) {
        (Medium::Image, None) => {
            return Err(Diagnostic::error(
                "not-an-image",
                format!("`{name}` is not a picture that can be read"),
            )
            .hint("use a PNG, JPEG, GIF or WebP file"));
        }
        (Medium::Video, Some(_)) => {
            return Err(Diagnostic::error("not-a-video", format!("`{name}` is a picture, not a video"))
                .hint("list it below `images`"));
        }
        (Medium::Video, None) if bytes == 0 => {
            return Err(
                Diagnostic::error("not-a-video", format!("`{name}` is empty")).hint("use an MP4 file")
            );
        }
        (Medium::Image, Some(_)) | (Medium::Video, None) => {}
    }
    let pixels = |value: usize| u32::try_from(value).ok();
    let asset = Asset {
        source: AssetSource::File(name.to_owned()),
        extension: extension(path),
        bytes,
        width: size.and_then(|size| pixels(size.width)),
        height: size.and_then(|size| pixels(size.height)),
    };
    Ok((CompactString::new(HEXLOWER.encode(&hasher.finalize())), asset))
}

fn extension(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}
