use super::rows::Verified;
use super::*;

fn version(text: &str) -> KubernetesVersion {
    KubernetesVersion::parse(text).expect("a version")
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

/// As another parser reads them, unknown keys refused, with the rows that are not confirmed.
fn all_rows() -> Tables {
    serde_yaml::from_str(TEXT).expect("tables")
}

#[test]
fn minors_ascend_without_gaps_and_live_after_their_release() {
    let minors: Vec<Minor> = tables().minors().collect();
    assert_eq!(minors[0].version, version("1.16"));
    assert_eq!(minors.last().expect("minors").version, version("1.37"));
    for pair in minors.windows(2) {
        assert_eq!(pair[1].version.minor_distance(pair[0].version), Some(1));
        assert!(pair[0].released < pair[1].released);
        assert!(pair[0].end_of_life < pair[1].end_of_life);
        assert!(pair[0].coredns <= pair[1].coredns);
        assert!(pair[0].etcd <= pair[1].etcd);
        assert!(pair[0].pause <= pair[1].pause);
    }
    assert!(minors.iter().all(|minor| minor.released < minor.end_of_life));
}

#[test]
fn three_minors_get_patches_on_most_days() {
    let supported = |today| -> Vec<String> {
        let minors = tables().supported(today);
        minors.iter().map(|minor| minor.version.to_string()).collect()
    };
    assert_eq!(supported(day("2026-11-20")), ["1.37", "1.36", "1.35"]);
    assert_eq!(supported(day("2026-10-27")), ["1.37", "1.36", "1.35", "1.34"]);
    assert_eq!(supported(day("2019-01-01")), [""; 0]);
}

#[test]
fn rows_that_are_not_confirmed_are_not_there() {
    let unconfirmed: Vec<KubernetesVersion> = all_rows()
        .minors
        .iter()
        .filter(|row| row.evidence.verified == Verified::Unverified)
        .map(|row| row.minor)
        .collect();
    assert_eq!(unconfirmed, [version("1.38")]);
    assert!(tables().minor(version("1.38")).is_none());
    assert!(tables().minors.iter().all(|row| row.minor != version("1.38")));

    let unverified = TEXT.replace("verified: primary", "verified: unverified");
    let unverified = unverified.replace("verified: secondary", "verified: unverified");
    let none = read(&unverified).expect("tables");
    assert_eq!(none.minors().count(), 0);
    assert_eq!(none.unmaintained("Weave Net"), None);
    let empty = none.skew.is_empty()
        && none.kubeadm_apis.is_empty()
        && none.features.is_empty()
        && none.removed_apis.is_empty()
        && none.retired_registries.is_empty()
        && none.support.is_empty()
        && none.lives.is_empty();
    assert!(empty);
}

#[test]
fn every_row_has_its_evidence() {
    let all = all_rows();
    let evidence = [
        all.minors.iter().map(|row| &row.evidence).collect::<Vec<_>>(),
        all.skew.iter().map(|row| &row.evidence).collect(),
        all.kubeadm_apis.iter().map(|row| &row.evidence).collect(),
        all.features.iter().map(|row| &row.evidence).collect(),
        all.removed_apis.iter().map(|row| &row.evidence).collect(),
        all.retired_registries.iter().map(|row| &row.evidence).collect(),
        all.unmaintained.iter().map(|row| &row.evidence).collect(),
        all.support.iter().map(|row| &row.evidence).collect(),
        all.lives.iter().map(|row| &row.evidence).collect(),
    ]
    .concat();
    for one in &evidence {
        assert!(one.source.starts_with("https://"), "{one:?}");
        assert!(one.as_of >= day("2026-11-20"), "{one:?}");
        assert!(all.evidence.contains(one), "{one:?}");
    }
    for one in &all.evidence {
        assert!(evidence.contains(&one), "not used: {one:?}");
    }
}

#[test]
fn a_version_comes_before_it_goes() {
    let tables = tables();
    let in_order = |versions: &[Option<KubernetesVersion>]| {
        let known: Vec<_> = versions.iter().flatten().map(|v| v.minor_version()).collect();
        !known.is_empty() && known.is_sorted_by(|earlier, later| earlier < later)
    };
    for row in &tables.features {
        let stages = [row.alpha, row.beta, row.stable, row.deprecated, row.removed];
        assert!(in_order(&stages), "{row:?}");
    }
    for row in &tables.kubeadm_apis {
        assert!(in_order(&[row.introduced, row.removed]), "{row:?}");
    }
    for (earlier, later) in tables.kubeadm_apis.iter().zip(&tables.kubeadm_apis[1..]) {
        // There is always a version of the configuration that kubeadm reads.
        if let (Some(removed), Some(introduced)) = (earlier.removed, later.introduced) {
            assert!(introduced.minor_version() <= removed.minor_version(), "{later:?}");
        }
    }
    for row in &tables.skew {
        assert!(row.older_before.is_none_or(|before| before <= row.older), "{row:?}");
        assert_eq!(row.older_before.is_some(), row.older_since.is_some(), "{row:?}");
    }
}

#[test]
fn kubeadm_reads_the_newest_configuration_it_knows() {
    let newest = |text| Some(&tables().newest_kubeadm_api(version(text))?.api);
    assert_eq!(newest("1.37").map(String::as_str), Some("v1beta4"));
    assert_eq!(newest("1.30").map(String::as_str), Some("v1beta3"));
    assert_eq!(newest("1.21"), None);
}

#[test]
fn an_api_is_removed_once_and_never_for_itself() {
    let rows = &tables().removed_apis;
    let mut seen = Vec::new();
    for row in rows {
        assert_ne!(row.instead.as_deref(), Some(row.api.as_str()));
        for kind in &row.kinds {
            assert!(!seen.contains(&(&row.api, kind)), "{row:?}");
            seen.push((&row.api, kind));
            let instead = row.instead.as_deref().unwrap_or_default();
            assert!(tables().removed_api(instead, kind).is_none(), "{row:?}");
        }
    }
    let budget = tables().removed_api("policy/v1beta1", "PodDisruptionBudget").expect("a row");
    assert_eq!(budget.removed, version("1.25"));
    assert_eq!(budget.instead.as_deref(), Some("policy/v1"));
    assert!(tables().removed_api("policy/v1", "PodDisruptionBudget").is_none());
    assert!(tables().removed_api("policy/v1beta1", "Deployment").is_none());
}

#[test]
fn older_kubelets_may_be_less_far_behind() {
    let skew = tables().skew("kubelet", "kube-apiserver").expect("a row");
    assert_eq!((skew.newer, skew.older(version("1.24.9")), skew.older(version("1.25"))), (0, 2, 3));
    let oldest = |text| skew.oldest(version(text)).to_string();
    assert_eq!([oldest("1.26.3"), oldest("1.27"), oldest("1.28")], ["1.24", "1.25", "1.25"]);
    assert_eq!(oldest("1.1"), "1.0");
    assert!(tables().skew("kubelet", "kube-proxy").is_none());
}

#[test]
fn release_lines_stand_once_and_in_order() {
    let all = all_rows();
    let known = tables();
    let exists = |version: KubernetesVersion| known.minor(version).is_some();
    let mut lines = Vec::new();
    for row in &all.support {
        assert!(row.from.minor_version() <= row.to.minor_version(), "{row:?}");
        assert!(exists(row.from) && exists(row.to), "{row:?}");
        assert!(!lines.contains(&(&row.software, row.line)), "twice: {row:?}");
        lines.push((&row.software, row.line));
    }
    // A later line of the same software is made for no older Kubernetes.
    for (software, line) in &lines {
        let row =
            |line: Release| all.support.iter().find(|r| &r.software == *software && r.line == line);
        for (other, later) in
            lines.iter().filter(|(other, later)| other == software && later > line)
        {
            let (one, two) = (row(*line).expect("a row"), row(*later).expect("a row"));
            assert!(one.from.minor_version() <= two.from.minor_version(), "{other} {later}");
            assert!(one.to.minor_version() <= two.to.minor_version(), "{other} {later}");
        }
    }
    for (index, row) in all.lives.iter().enumerate() {
        for other in all.lives[index + 1..].iter().filter(|other| other.software == row.software) {
            assert!(row.line < other.line, "{other:?}");
            assert_ne!(row.end_of_life, other.end_of_life, "{other:?}");
        }
    }
}

#[test]
fn every_table_is_shown() {
    for name in NAMES {
        let rows = tables().shown(name);
        assert!(!rows.is_empty(), "{name}");
        assert!(rows.iter().all(|(text, _)| text.len() > 10), "{rows:?}");
    }
    assert!(tables().shown("others").is_empty());
}

#[test]
fn a_table_with_a_mistake_is_not_read() {
    let broken = [
        ("2019-09-18", "2019-13-18"),
        ("\"1.6.2\"", "latest"),
        ("minor: \"1.16\"", "minor: 1.16.2"),
        ("newer: 1", "newer: one"),
        ("verified: secondary", "verified: perhaps"),
    ];
    for (sound, mistake) in broken {
        assert!(TEXT.contains(sound), "{sound}");
        assert!(read(&TEXT.replacen(sound, mistake, 1)).is_none(), "{mistake}");
    }
}
