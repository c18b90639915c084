//! Protocols that a mesh takes ports to speak.

/// A protocol by its name in Istio (`pkg/config/protocol/instance.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Grpc,
    GrpcWeb,
    Http,
    HttpProxy,
    Http2,
    Https,
    Mongo,
    MySql,
    Redis,
    Tcp,
    Tls,
    Udp,
}

impl Protocol {
    pub fn parse(name: &str) -> Option<Protocol> {
        Some(match name.to_ascii_lowercase().as_str() {
            "grpc" => Protocol::Grpc,
            "grpc-web" => Protocol::GrpcWeb,
            "http" => Protocol::Http,
            "http_proxy" => Protocol::HttpProxy,
            "http2" => Protocol::Http2,
            "https" => Protocol::Https,
            "mongo" => Protocol::Mongo,
            "mysql" => Protocol::MySql,
            "redis" => Protocol::Redis,
            "tcp" => Protocol::Tcp,
            "tls" => Protocol::Tls,
            "udp" => Protocol::Udp,
            _ => return None,
        })
    }

    /// Of a Service's port by its name: what stands before the first dash
    /// (`pkg/config/kube/conversion.go`).
    pub fn of_port_name(name: &str) -> Option<Protocol> {
        if name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("grpc-web")) {
            return Some(Protocol::GrpcWeb);
        }
        Protocol::parse(name.split('-').next().unwrap_or_default())
    }

    /// Whether proxies read requests, and refuse what is none.
    pub fn is_http(self) -> bool {
        matches!(
            self,
            Protocol::Grpc
                | Protocol::GrpcWeb
                | Protocol::Http
                | Protocol::HttpProxy
                | Protocol::Http2
        )
    }

    /// Whether connections start with a TLS handshake that names a host.
    pub fn is_tls(self) -> bool {
        matches!(self, Protocol::Https | Protocol::Tls)
    }

    pub fn is_tcp(self) -> bool {
        matches!(
            self,
            Protocol::Https
                | Protocol::Mongo
                | Protocol::MySql
                | Protocol::Redis
                | Protocol::Tcp
                | Protocol::Tls
        )
    }
}
