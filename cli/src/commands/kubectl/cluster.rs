//! The cluster that is spoken to, and the way there.

use std::time::Duration;

use adplane_manifest::api::{API_VERSION, GROUP};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::config::KubeConfigOptions;
use kube::{Client, Config};

use super::refusal::{self, Refusal};
use crate::args::ClusterFlags;
use crate::error::Failure;
use crate::settings::Settings;

/// An API server that does not answer within this is told of, instead of waited for.
const CONNECT: Duration = Duration::from_secs(10);
/// The same for one answer; a long list takes a second.
const READ: Duration = Duration::from_mins(1);
/// Objects of one page of a list.
const PAGE: u32 = 500;

/// A cluster, and a namespace in it.
pub(super) struct Cluster {
    pub(super) client: Client,
    pub(super) namespace: String,
    /// The context's name, for messages; none inside of a pod.
    pub(super) context: Option<String>,
}

/// Finds the way to a cluster; nothing is asked of it yet.
pub(super) async fn connect(flags: &ClusterFlags) -> Result<Cluster, Failure> {
    // Fails only where it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (mut config, context) = config(flags).await?;
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(READ);
    if flags.impersonate.is_some() {
        config.auth_info.impersonate.clone_from(&flags.impersonate);
        config.auth_info.impersonate_groups = Some(flags.impersonate_groups.clone());
    }
    let namespace = flags.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    let client = Client::try_from(config)
        .map_err(|error| Failure::error("cannot speak to the cluster").caused_by(&error))?;
    Ok(Cluster { client, namespace, context })
}

async fn config(flags: &ClusterFlags) -> Result<(Config, Option<String>), Failure> {
    let hint = "name a file with `--kubeconfig FILE` and one of its contexts with `--context NAME`";
    let found = match Settings::kubeconfig(flags.kubeconfig.as_deref()) {
        Ok(found) => found,
        Err(error) => {
            // Inside of a pod there is no file.
            if let (None, None, Ok(config)) = (&flags.kubeconfig, &flags.context, Config::incluster()) {
                return Ok((config, None));
            }
            return Err(Failure::error("there is no usable kubeconfig").caused_by(&error).hint(hint));
        }
    };
    let context = flags.context.clone().or_else(|| found.current_context.clone());
    let options = KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(found, &options).await.map_err(|error| {
        let named = context.as_deref().unwrap_or("that is current");
        Failure::error(format!("the context {named} of the kubeconfig cannot be used"))
            .caused_by(&error)
            .hint(hint)
    })?;
    Ok((config, context))
}

impl Cluster {
    /// The cluster as people name it.
    pub(super) fn shown(&self) -> &str {
        self.context.as_deref().unwrap_or("this cluster")
    }

    /// What went wrong with a request, in words; `what` completes "cannot ..".
    pub(super) fn failed(&self, what: &str, error: &kube::Error) -> Failure {
        refusal::failure(self, what, &Refusal::of(error), error)
    }

    /// One of our kinds in the namespace, as the cluster stores it.
    pub(super) fn resources(&self, kind: &str) -> Api<DynamicObject> {
        self.resources_of(kind, &self.namespace)
    }

    /// One of our kinds in a namespace.
    pub(super) fn resources_of(&self, kind: &str, namespace: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, &resource(kind))
    }

    /// All objects of a kind, of every namespace where it is asked for; page by page, since there may be thousands.
    pub(super) async fn list(&self, kind: &str, everywhere: bool) -> Result<Vec<DynamicObject>, Failure> {
        let api = if everywhere {
            Api::all_with(self.client.clone(), &resource(kind))
        } else {
            self.resources(kind)
        };
        let mut found = Vec::new();
        let mut page = ListParams::default().limit(PAGE);
        loop {
            let list = api.list(&page).await.map_err(|error| {
                self.failed(&format!("list the {kind}s of {}", self.place(everywhere)), &error)
            })?;
            found.extend(list.items);
            match list.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => return Ok(found),
            }
        }
    }

    fn place(&self, everywhere: bool) -> String {
        if everywhere { "all namespaces".to_owned() } else { format!("namespace {}", self.namespace) }
    }
}

/// One of our kinds; the plurals are the definitions'.
fn resource(kind: &str) -> ApiResource {
    let version = API_VERSION.rsplit('/').next().unwrap_or_default();
    let plural = match kind.strip_suffix('y') {
        Some(stem) => format!("{}ies", stem.to_lowercase()),
        None => format!("{}s", kind.to_lowercase()),
    };
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(GROUP, version, kind), &plural)
}
