//! How many pods a machine of Amazon EC2 has addresses for, with the VPC CNI.
//!
//! Interfaces and their addresses are those of `misc/eni-max-pods.txt`:
//! <https://github.com/aws/amazon-vpc-cni-k8s>. Families whose sizes follow no pattern are left
//! out, and so is what is newer than the table.

use crate::ingest::Body;
use crate::ingest::kubernetes::Kubernetes;
use crate::model::{Network, Object};
use crate::syntax::decode::Field;

/// Families in which every size has what [`by_size`] says.
const REGULAR: [&str; 51] = [
    "c5", "c5a", "c5d", "c5n", "c6a", "c6g", "c6gd", "c6gn", "c6i", "c6id", "c7a", "c7g", "c7gd",
    "c7gn", "c7i", "c7i-flex", "c8g", "m5", "m5a", "m5ad", "m5d", "m5dn", "m5n", "m6a", "m6g",
    "m6gd", "m6i", "m6id", "m7a", "m7g", "m7gd", "m7i", "m7i-flex", "m8g", "r5", "r5a", "r5ad",
    "r5b", "r5d", "r5dn", "r5n", "r6a", "r6g", "r6gd", "r6i", "r6id", "r7a", "r7g", "r7gd", "r7i",
    "r8g",
];

/// The network interfaces of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interfaces {
    pub number: u64,
    /// Of IPv4, of each interface.
    pub addresses: u64,
}

impl Interfaces {
    /// An interface keeps its first address; two pods are in the network of the machine.
    pub fn pods(self) -> u64 {
        self.number * (self.addresses - 1) + 2
    }
}

/// Whether machines may be given prefixes rather than addresses: then there is no such limit.
pub fn delegates_prefixes(network: &Network<'_>) -> bool {
    let told = |object: &Object<'_>| {
        let Body::Kubernetes(Kubernetes::Workload(workload)) = object.body() else { return false };
        let mut containers = workload.pod.all_containers();
        containers.any(|container| {
            let mut env = container.env.items().iter().filter_map(Field::value);
            env.any(|variable| {
                variable.name.value().is_some_and(|name| name == "ENABLE_PREFIX_DELEGATION")
                    && variable.value.value().is_none_or(|value| value != "false")
            })
        })
    };
    network.installers.iter().any(|installer| installer.prefix_delegation)
        || network.objects.iter().any(told)
}

/// Those of a type such as `m5.large`; `None` for one that is not known.
pub fn interfaces(machine: &str) -> Option<Interfaces> {
    let (family, size) = machine.trim().split_once('.')?;
    let (number, addresses) = match family {
        "t3" | "t3a" | "t4g" => match size {
            "nano" | "micro" => (2, 2),
            "small" if family == "t3a" => (2, 4),
            "small" => (3, 4),
            "medium" => (3, 6),
            "large" => (3, 12),
            "xlarge" | "2xlarge" => (4, 15),
            _ => return None,
        },
        "t2" => match size {
            "nano" | "micro" => (2, 2),
            "small" => (3, 4),
            "medium" => (3, 6),
            "large" => (3, 12),
            "xlarge" | "2xlarge" => (3, 15),
            _ => return None,
        },
        _ if REGULAR.contains(&family) => by_size(size)?,
        _ => return None,
    };
    Some(Interfaces { number, addresses })
}

fn by_size(size: &str) -> Option<(u64, u64)> {
    Some(match size {
        "medium" => (2, 4),
        "large" => (3, 10),
        "xlarge" | "2xlarge" => (4, 15),
        "4xlarge" | "8xlarge" | "9xlarge" | "12xlarge" => (8, 30),
        "16xlarge" | "18xlarge" | "24xlarge" | "32xlarge" | "48xlarge" | "metal" => (15, 50),
        "metal-24xl" | "metal-48xl" => (15, 50),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::interfaces;

    #[test]
    fn machines_hold_what_amazon_says() {
        let table = [
            ("t3.micro", Some(4)),
            ("t3.small", Some(11)),
            ("t3.medium", Some(17)),
            ("t3.large", Some(35)),
            ("t3a.small", Some(8)),
            ("t2.xlarge", Some(44)),
            ("c6g.medium", Some(8)),
            ("m5.large", Some(29)),
            ("m5.xlarge", Some(58)),
            ("m5.4xlarge", Some(234)),
            ("c5.9xlarge", Some(234)),
            ("r6i.32xlarge", Some(737)),
            ("c6in.32xlarge", None),
            ("m4.large", None),
            ("m5", None),
            ("", None),
        ];
        for (machine, pods) in table {
            assert_eq!(interfaces(machine).map(super::Interfaces::pods), pods, "{machine}");
        }
    }
}
