//! Reaching the cluster.

use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::args::Cluster;

/// Why the cluster cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The file cannot be used.
    #[error("cannot use the kubeconfig `{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: kube::config::KubeconfigError,
    },
    /// This is no pod, and no file was named.
    #[error("this is not a pod of a cluster: name one with `--kubeconfig FILE` ({0})")]
    NoPod(#[source] kube::config::InClusterError),
    /// No client can be made.
    #[error("cannot connect to the cluster: {0}")]
    Client(#[source] kube::Error),
}

/// How long the API server may say nothing on a connection: longer than any watch rests, which the server ends sooner.
const SILENCE: Duration = Duration::from_mins(5);

/// A client, and the operator's own namespace.
pub async fn connect(cluster: &Cluster) -> Result<(Client, String), ClusterError> {
    let mut config = match &cluster.kubeconfig {
        Some(path) => {
            let failed = |source| ClusterError::File { path: path.display().to_string(), source };
            let file = Kubeconfig::read_from(path).map_err(failed)?;
            Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.map_err(failed)?
        }
        None => Config::incluster().map_err(ClusterError::NoPod)?,
    };
    config.read_timeout = Some(SILENCE);
    let namespace = cluster.operator_namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    Ok((Client::try_from(config).map_err(ClusterError::Client)?, namespace))
}
