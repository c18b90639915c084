//! The fields that state ranges and addresses: what each is for, and what its format allows.
//!
//! Each family of files defines its own, beside the code that reads it.

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
    /// What a container engine gives to containers of its host that are no pods.
    Docker,
}

impl Role {
    /// A word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Pod => "pod",
            Role::IpPool => "ip-pool",
            Role::NodePodCidr => "node-pod",
            Role::CniSubnet => "cni-subnet",
            Role::Service => "service",
            Role::Node => "node",
            Role::NodeNetwork => "node-network",
            Role::LoadBalancer => "load-balancer",
            Role::Reserved => "reserved",
            Role::Dns => "dns",
            Role::Docker => "docker",
        }
    }

    pub const fn noun(self) -> &'static str {
        match self {
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
            Role::Docker => "Docker range",
        }
    }
}

/// What a statement is to others of its role. The order is by weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Duty {
    /// It decides, as an installer's field does.
    Defines,
    /// It decides against such a field: the flag of the component itself.
    Overrides,
    /// It adds to what is decided elsewhere.
    Extends,
    /// It stands for itself, as one pool among others.
    Stands,
    /// It tells somebody else what is decided elsewhere.
    Repeats,
}

/// What the reader of a field does with a range that has host bits, such as 10.244.0.1/16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostBits {
    Refused,
    /// They are cut off.
    Masked,
    /// They are a host's address, and the range is that of its network.
    Meant,
}

/// Whose address a field states, where that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// What an API server tells others to reach it at.
    ApiServer,
    /// What a kubelet says is its node's.
    Kubelet,
    Anyone,
}

/// A field that states ranges or addresses. The order is by weight within a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    role: Role,
    duty: Duty,
    field: &'static str,
    noun: &'static str,
    host_bits: HostBits,
    takes_address: bool,
    owner: Owner,
    takes_several: bool,
    takes_range: bool,
}

impl Source {
    /// A field as its users call it: `networking.podSubnet`, `--cluster-cidr`.
    pub const fn new(role: Role, field: &'static str) -> Source {
        Source {
            role,
            duty: Duty::Stands,
            field,
            noun: role.noun(),
            host_bits: HostBits::Masked,
            takes_address: matches!(role, Role::Node | Role::Dns),
            owner: Owner::Anyone,
            takes_several: matches!(role, Role::NodeNetwork),
            takes_range: false,
        }
    }

    pub const fn defines(self) -> Source {
        Source { duty: Duty::Defines, ..self }
    }

    pub const fn overrides(self) -> Source {
        Source { duty: Duty::Overrides, ..self }
    }

    pub const fn extends(self) -> Source {
        Source { duty: Duty::Extends, ..self }
    }

    pub const fn repeats(self) -> Source {
        Source { duty: Duty::Repeats, ..self }
    }

    /// What it is, for people, where the role does not say it all.
    pub const fn called(self, noun: &'static str) -> Source {
        Source { noun, ..self }
    }

    /// It takes one address rather than a range.
    pub const fn of_address(self) -> Source {
        Source { takes_address: true, ..self }
    }

    /// It states what an API server tells others to reach it at.
    pub const fn of_api_server(self) -> Source {
        Source { owner: Owner::ApiServer, ..self }
    }

    /// It states the address that a kubelet gives its node.
    pub const fn of_kubelet(self) -> Source {
        Source { owner: Owner::Kubelet, ..self }
    }

    /// It takes any number of ranges of one family.
    pub const fn takes_any_number(self) -> Source {
        Source { takes_several: true, ..self }
    }

    /// It takes `10.0.0.1-10.0.0.9`, too.
    pub const fn or_range(self) -> Source {
        Source { takes_range: true, ..self }
    }

    pub const fn refuses_host_bits(self) -> Source {
        Source { host_bits: HostBits::Refused, ..self }
    }

    /// It takes an address together with the length of its network's prefix.
    pub const fn takes_host_bits(self) -> Source {
        Source { host_bits: HostBits::Meant, ..self }
    }

    pub fn role(self) -> Role {
        self.role
    }

    /// What it is, for people.
    pub fn noun(self) -> &'static str {
        self.noun
    }

    /// The field as its users call it.
    pub fn field(self) -> &'static str {
        self.field
    }

    pub fn duty(self) -> Duty {
        self.duty
    }

    /// Whether what its role is about is decided here, rather than repeated or extended.
    pub fn decides(self) -> bool {
        matches!(self.duty, Duty::Defines | Duty::Overrides)
    }

    /// Whether the range of pods is decided here, rather than repeated.
    pub fn defines_pods(self) -> bool {
        self.role == Role::Pod && self.decides()
    }

    /// Whether the range of pods is repeated here, for somebody to tell pods by.
    pub fn repeats_pods(self) -> bool {
        self.role == Role::Pod && self.duty == Duty::Repeats
    }

    /// Whether the range of Services is decided here, rather than repeated or extended.
    pub fn defines_services(self) -> bool {
        self.role == Role::Service && self.decides()
    }

    /// Whether it is a subnet of the network that every pod has.
    pub fn is_plugin_subnet(self) -> bool {
        matches!(self, Source::HOST_LOCAL_SUBNET | Source::INSTALLED_SUBNET)
    }

    /// Whether it takes an address rather than a range.
    pub fn takes_address(self) -> bool {
        self.takes_address
    }

    pub fn owner(self) -> Owner {
        self.owner
    }

    /// Whether it takes more than one range of each family.
    pub fn takes_several(self) -> bool {
        self.takes_several
    }

    /// Whether it takes a range with a dash beside a CIDR.
    pub fn takes_range(self) -> bool {
        self.takes_range
    }

    pub fn host_bits(self) -> HostBits {
        self.host_bits
    }
}
