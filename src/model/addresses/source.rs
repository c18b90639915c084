//! The fields that state ranges and addresses: what each is for, and what its format allows.

/// What a range is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The pods of the cluster, as the control plane and kube-proxy know them.
    Pod,
    /// A pool of addresses that a network plugin hands to pods.
    IpPool,
    /// The part of the pod range that one node has.
    NodePodCidr,
    /// A range that a file of a network plugin hands out.
    CniSubnet,
    Service,
    /// An address of a machine, or one that stands for several.
    Node,
    /// A subnet that nodes have their addresses in.
    NodeNetwork,
    /// Addresses that Services are reached at from outside.
    LoadBalancer,
    /// Somebody else's, by the configuration.
    Reserved,
    /// Where pods send DNS queries.
    Dns,
}

/// A field that states ranges or addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    // Ranges of pods.
    PodSubnet,
    ControllerClusterCidr,
    ProxyConfigClusterCidr,
    ProxyFlagClusterCidr,
    // Ranges of Services.
    ServiceSubnet,
    ApiServerServiceRange,
    ControllerServiceRange,
    ServiceCidrObject,
    InstallationServiceCidr,
    BgpServiceClusterIp,
    // Pools.
    IpPool,
    InstallationPool,
    CalicoEnvironment,
    /// A pool whose `allowedUses` keep it for Services.
    LoadBalancerPool,
    // Nodes.
    NodePodCidr,
    NodeAddress,
    InitAdvertiseAddress,
    JoinAdvertiseAddress,
    AdvertiseAddressFlag,
    NodeIpFlag,
    ControlPlaneEndpoint,
    ApiServerEndpoint,
    NodeNetwork,
    // Files of network plugins.
    HostLocalSubnet,
    /// As an installer writes it to every node.
    InstalledSubnet,
    /// Of an additional network of pods that ask for it.
    AttachmentSubnet,
    // DNS.
    KubeletClusterDns,
    ClusterDnsFlag,
    // Services.
    ClusterIp,
    LoadBalancerIp,
    // Domains.
    DnsDomain,
    KubeletClusterDomain,
    ClusterDomainFlag,
    /// `reserved:` in the configuration.
    Reserved,
}

/// What the reader of a field does with a range that has host bits, such as 10.244.0.1/16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostBits {
    Refused,
    /// They are cut off.
    Masked,
}

impl Source {
    pub fn role(self) -> Role {
        use Source::*;
        match self {
            PodSubnet | ControllerClusterCidr | ProxyConfigClusterCidr | ProxyFlagClusterCidr => {
                Role::Pod
            }
            ServiceSubnet
            | ApiServerServiceRange
            | ControllerServiceRange
            | ServiceCidrObject
            | InstallationServiceCidr
            | BgpServiceClusterIp
            | ClusterIp => Role::Service,
            IpPool | InstallationPool | CalicoEnvironment => Role::IpPool,
            LoadBalancerPool | LoadBalancerIp => Role::LoadBalancer,
            NodePodCidr => Role::NodePodCidr,
            NodeAddress | InitAdvertiseAddress | JoinAdvertiseAddress | AdvertiseAddressFlag
            | NodeIpFlag | ControlPlaneEndpoint | ApiServerEndpoint => Role::Node,
            NodeNetwork => Role::NodeNetwork,
            HostLocalSubnet | InstalledSubnet | AttachmentSubnet => Role::CniSubnet,
            KubeletClusterDns | ClusterDnsFlag | DnsDomain | KubeletClusterDomain
            | ClusterDomainFlag => Role::Dns,
            Reserved => Role::Reserved,
        }
    }

    /// What it is, for people.
    pub fn noun(self) -> &'static str {
        use Source::*;
        match self {
            ControlPlaneEndpoint | ApiServerEndpoint => "control-plane endpoint",
            InitAdvertiseAddress | JoinAdvertiseAddress | AdvertiseAddressFlag => {
                "API server address"
            }
            BgpServiceClusterIp => "advertised service range",
            ProxyConfigClusterCidr | ProxyFlagClusterCidr => "kube-proxy's pod range",
            ControllerClusterCidr => "controller manager's pod range",
            ControllerServiceRange => "controller manager's service range",
            InstallationServiceCidr => "Calico's service range",
            ClusterIp => "cluster IP",
            LoadBalancerIp => "load balancer IP",
            DnsDomain | KubeletClusterDomain | ClusterDomainFlag => "cluster domain",
            _ => match self.role() {
                Role::Pod => "pod range",
                Role::IpPool => "IP pool",
                Role::NodePodCidr => "pod range of a node",
                Role::CniSubnet => "subnet of a CNI network",
                Role::Service => "service range",
                Role::Node => "node address",
                Role::NodeNetwork => "node network",
                Role::LoadBalancer => "load balancer pool",
                Role::Reserved => "reserved range",
                Role::Dns => "cluster DNS",
            },
        }
    }

    /// The field as its users call it.
    pub fn field(self) -> &'static str {
        use Source::*;
        match self {
            PodSubnet => "networking.podSubnet",
            ControllerClusterCidr | ProxyFlagClusterCidr => "--cluster-cidr",
            ProxyConfigClusterCidr => "clusterCIDR",
            ServiceSubnet => "networking.serviceSubnet",
            ApiServerServiceRange | ControllerServiceRange => "--service-cluster-ip-range",
            ServiceCidrObject => "spec.cidrs",
            InstallationServiceCidr => "spec.serviceCIDRs",
            BgpServiceClusterIp => "spec.serviceClusterIPs",
            IpPool | LoadBalancerPool => "spec.cidr",
            InstallationPool => "spec.calicoNetwork.ipPools",
            CalicoEnvironment => "CALICO_IPV4POOL_CIDR",
            NodePodCidr => "spec.podCIDR",
            NodeAddress => "status.addresses",
            InitAdvertiseAddress | JoinAdvertiseAddress => "localAPIEndpoint.advertiseAddress",
            AdvertiseAddressFlag => "--advertise-address",
            NodeIpFlag => "--node-ip",
            ControlPlaneEndpoint => "controlPlaneEndpoint",
            ApiServerEndpoint => "discovery.bootstrapToken.apiServerEndpoint",
            NodeNetwork => "node-networks",
            HostLocalSubnet | InstalledSubnet | AttachmentSubnet => "ipam.subnet",
            KubeletClusterDns => "clusterDNS",
            ClusterDnsFlag => "--cluster-dns",
            ClusterIp => "spec.clusterIP",
            LoadBalancerIp => "spec.loadBalancerIP",
            DnsDomain => "networking.dnsDomain",
            KubeletClusterDomain => "clusterDomain",
            ClusterDomainFlag => "--cluster-domain",
            Reserved => "reserved",
        }
    }

    /// Whether the range of pods is decided here, rather than repeated.
    pub fn defines_pods(self) -> bool {
        matches!(self, Source::PodSubnet | Source::ControllerClusterCidr)
    }

    /// Whether the range of pods is repeated here, for kube-proxy to tell pods by.
    pub fn repeats_pods(self) -> bool {
        matches!(self, Source::ProxyConfigClusterCidr | Source::ProxyFlagClusterCidr)
    }

    /// Whether the range of Services is decided here, rather than repeated or extended.
    pub fn defines_services(self) -> bool {
        matches!(self, Source::ServiceSubnet | Source::ApiServerServiceRange)
    }

    /// Whether it is a subnet of the network that every pod has.
    pub fn is_plugin_subnet(self) -> bool {
        matches!(self, Source::HostLocalSubnet | Source::InstalledSubnet)
    }

    /// Whether it takes an address rather than a range.
    pub fn takes_address(self) -> bool {
        matches!(self.role(), Role::Node | Role::Dns)
            || matches!(self, Source::ClusterIp | Source::LoadBalancerIp)
    }

    pub fn host_bits(self) -> HostBits {
        use Source::*;
        match self {
            // CEL rules of the IPPool; host-local's `Range.Canonicalize`; validation of the API.
            IpPool | LoadBalancerPool | HostLocalSubnet | InstalledSubnet | AttachmentSubnet
            | ServiceCidrObject => HostBits::Refused,
            _ => HostBits::Masked,
        }
    }
}
