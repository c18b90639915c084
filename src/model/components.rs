//! The command lines of the control plane, of kube-proxy and of kubelets: in static pods, in
//! DaemonSets, in kubeadm's `extraArgs`, and in the files of other installers.

use std::borrow::Cow;

use super::Object;
use super::image::{Component, ImageRef, component_of};
use super::installer::Installer;
use crate::ingest::Body;
use crate::ingest::flags::{self, Flags};
pub use crate::ingest::flags::{ExtraArgs, Shape};
use crate::ingest::kubeadm::Kubeadm;
use crate::ingest::kubernetes::{Container, Kubernetes};
use crate::syntax::decode::Field;

/// The flags that one component is started with.
#[derive(Clone, Debug)]
pub struct ComponentFlags<'a> {
    pub component: Component,
    pub flags: Cow<'a, Flags>,
    pub object: Object<'a>,
    /// With the shape of the list, when they are kubeadm's extra arguments rather than a command.
    pub extra_args: Option<&'a ExtraArgs>,
}

/// Finds the components among the objects of a cluster.
pub fn find<'a>(objects: &[Object<'a>], installers: &[Installer<'a>]) -> Vec<ComponentFlags<'a>> {
    let mut found = Vec::new();
    for object in objects {
        match object.body() {
            Body::Kubernetes(Kubernetes::Workload(workload)) => {
                for container in workload.pod.running_containers() {
                    let Some(component) = component(container) else { continue };
                    let flags = flags::of_command(words(container));
                    found.push(ComponentFlags {
                        component,
                        flags: Cow::Owned(flags),
                        object: *object,
                        extra_args: None,
                    });
                }
            }
            Body::Arguments(arguments) => {
                if let Some(component) = by_name(&arguments.program) {
                    let flags = Cow::Borrowed(&arguments.flags);
                    let object = *object;
                    found.push(ComponentFlags { component, flags, object, extra_args: None });
                }
            }
            Body::Kubeadm(kubeadm) => extra_args(*object, kubeadm, &mut found),
            _ => {}
        }
    }
    for installer in installers {
        found.extend(installer.flags.iter().map(|(component, flags)| ComponentFlags {
            component: *component,
            flags: flags.clone(),
            object: installer.object,
            extra_args: None,
        }));
    }
    found
}

fn extra_args<'a>(object: Object<'a>, kubeadm: &'a Kubeadm, found: &mut Vec<ComponentFlags<'a>>) {
    let mut add = |component, args: &'a ExtraArgs| {
        let flags = Cow::Borrowed(&args.flags);
        found.push(ComponentFlags { component, flags, object, extra_args: Some(args) });
    };
    match kubeadm {
        Kubeadm::Cluster(cluster) => {
            add(Component::KubeApiserver, &cluster.api_server.extra_args);
            add(Component::KubeControllerManager, &cluster.controller_manager.extra_args);
            add(Component::KubeScheduler, &cluster.scheduler.extra_args);
            add(Component::Etcd, &cluster.etcd.extra_args);
        }
        Kubeadm::Init(init) => add(Component::Kubelet, &init.kubelet_extra_args),
        Kubeadm::Join(join) => add(Component::Kubelet, &join.kubelet_extra_args),
    }
}

fn words(container: &Container) -> impl Iterator<Item = &Field<String>> {
    container.command.items().iter().chain(container.args.items())
}

/// Which component a container runs: by the name of its program, also in a shell's line, and
/// otherwise by its image.
pub(super) fn component(container: &Container) -> Option<Component> {
    let mut words = words(container).filter_map(Field::value);
    let Some(first) = words.next() else { return by_image(container) };
    if let Some(component) = by_name(first) {
        return Some(component);
    }
    match base_name(first) {
        "hyperkube" => words.next().and_then(|name| by_name(name).or_else(|| by_short_name(name))),
        "sh" | "bash" | "ash" | "busybox" => words
            .flat_map(|line| line.split_ascii_whitespace())
            .take_while(|word| !word.starts_with("--"))
            .find_map(by_name),
        _ if first.starts_with('-') => by_image(container),
        _ => None,
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn by_name(program: &str) -> Option<Component> {
    Some(match base_name(program) {
        "kube-apiserver" => Component::KubeApiserver,
        "kube-controller-manager" => Component::KubeControllerManager,
        "kube-proxy" => Component::KubeProxy,
        "kube-scheduler" => Component::KubeScheduler,
        "kubelet" => Component::Kubelet,
        _ => return None,
    })
}

/// Names of hyperkube's commands before Kubernetes 1.17.
fn by_short_name(command: &str) -> Option<Component> {
    Some(match command {
        "apiserver" => Component::KubeApiserver,
        "controller-manager" => Component::KubeControllerManager,
        "proxy" => Component::KubeProxy,
        "scheduler" => Component::KubeScheduler,
        _ => return None,
    })
}

fn by_image(container: &Container) -> Option<Component> {
    let image = ImageRef::parse(container.image.value()?)?;
    let (component, _) = component_of(&image)?;
    matches!(
        component,
        Component::KubeApiserver
            | Component::KubeControllerManager
            | Component::KubeProxy
            | Component::KubeScheduler
            | Component::Kubelet
    )
    .then_some(component)
}
