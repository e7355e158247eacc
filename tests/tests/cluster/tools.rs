//! The programs that a cluster takes.

use std::env;
use std::path::{Path, PathBuf};

/// Where envtest puts its programs.
const USUAL: &str = "/usr/local/kubebuilder/bin";

/// Where each program is.
pub(crate) struct Tools {
    pub(crate) apiserver: PathBuf,
    pub(crate) etcd: PathBuf,
    pub(crate) kubectl: PathBuf,
    pub(crate) helm: PathBuf,
}

impl Tools {
    /// All of them, or the name of the first that is missing.
    pub(crate) fn find() -> Result<Self, &'static str> {
        let assets = env::var_os("KUBEBUILDER_ASSETS").map_or_else(|| PathBuf::from(USUAL), PathBuf::from);
        let path = env::var_os("PATH").unwrap_or_default();
        let anywhere: Vec<PathBuf> = [assets.clone()].into_iter().chain(env::split_paths(&path)).collect();
        Ok(Self {
            apiserver: program(std::slice::from_ref(&assets), "kube-apiserver")?,
            etcd: program(std::slice::from_ref(&assets), "etcd")?,
            kubectl: program(&anywhere, "kubectl")?,
            helm: program(&anywhere, "helm")?,
        })
    }
}

fn program(folders: &[PathBuf], name: &'static str) -> Result<PathBuf, &'static str> {
    folders.iter().map(|folder| folder.join(name)).find(|path| Path::is_file(path)).ok_or(name)
}
