//! Clusters whose networks are joined, so that what lies in one is reached from the other: there,
//! ranges of two clusters are compared, which otherwise never happens.

use super::Network;

/// Clusters that reach each other's addresses; at least two.
pub struct Joined<'n, 'a> {
    /// In the order in which they are reported.
    pub networks: Vec<&'n Network<'a>>,
}

impl Network<'_> {
    /// Whether this cluster may be one of several that are joined.
    pub fn may_be_joined(&self) -> bool {
        !self.settings.peered.is_empty()
    }
}

/// The groups of `peered` in `netvet.yaml`, in its order, as far as their clusters are in view.
pub fn groups<'n, 'a>(networks: &'n [Network<'a>]) -> Vec<Joined<'n, 'a>> {
    let numbers = networks.iter().flat_map(|network| &network.settings.peered);
    let count = numbers.max().map_or(0, |last| last + 1);
    let mut groups: Vec<Joined<'n, 'a>> = Vec::new();
    groups.resize_with(count, || Joined { networks: Vec::new() });
    for network in networks {
        for number in &network.settings.peered {
            groups[*number].networks.push(network);
        }
    }
    groups.retain(|group| group.networks.len() > 1);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Settings, build};

    #[test]
    fn groups_are_of_clusters_in_view_and_a_cluster_may_be_in_several() {
        let settings = [("a", vec![0]), ("b", vec![0, 2]), ("c", vec![1]), ("d", vec![2])];
        let settings = settings.map(|(name, peered)| Settings {
            name: name.to_owned(),
            peered,
            ..Settings::default()
        });
        let networks: Vec<Network<'_>> =
            settings.iter().map(|settings| build(Vec::new(), settings)).collect();
        let groups = groups(&networks);
        let names = |group: &Joined<'_, '_>| -> String {
            group.networks.iter().map(|network| network.settings.name.as_str()).collect()
        };
        assert_eq!(groups.iter().map(names).collect::<Vec<_>>(), ["ab", "bd"]);
        assert!(networks.iter().all(Network::may_be_joined));
    }
}
