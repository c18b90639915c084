//! The fields of Istio's objects, those of older versions included: `*.proto` below
//! <https://github.com/istio/api>, as of 1.27. The API server drops, or refuses, what the schemas
//! lack. Settings of faults, load balancing and of filters are not looked into.

use super::{Type, leaf};

pub(super) fn root(group: &str, kind: &str) -> Option<&'static Type> {
    Some(match (group, kind) {
        ("networking.istio.io", "DestinationRule") => &DESTINATION_RULE,
        ("networking.istio.io", "Gateway") => &GATEWAY,
        ("networking.istio.io", "ServiceEntry") => &SERVICE_ENTRY,
        ("networking.istio.io", "Sidecar") => &SIDECAR,
        ("networking.istio.io", "VirtualService") => &VIRTUAL_SERVICE,
        ("security.istio.io", "AuthorizationPolicy") => &AUTHORIZATION_POLICY,
        ("security.istio.io", "PeerAuthentication") => &PEER_AUTHENTICATION,
        _ => return None,
    })
}

const OBJECT: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];

static VIRTUAL_SERVICE: Type =
    Type { name: "VirtualService", fields: OBJECT, children: &[("spec", &VIRTUAL_SERVICE_SPEC)] };

static VIRTUAL_SERVICE_SPEC: Type = Type {
    name: "VirtualServiceSpec",
    fields: &["exportTo", "gateways", "hosts", "http", "tcp", "tls"],
    children: &[("http", &HTTP_ROUTE), ("tcp", &L4_ROUTE), ("tls", &L4_ROUTE)],
};

static HTTP_ROUTE: Type = Type {
    name: "HTTPRoute",
    fields: &[
        "appendHeaders",
        "appendRequestHeaders",
        "appendResponseHeaders",
        "corsPolicy",
        "delegate",
        "directResponse",
        "fault",
        "headers",
        "match",
        "mirror",
        "mirrorPercent",
        "mirrorPercentage",
        "mirror_percent",
        "mirrors",
        "name",
        "redirect",
        "removeRequestHeaders",
        "removeResponseHeaders",
        "retries",
        "rewrite",
        "route",
        "timeout",
        "websocketUpgrade",
    ],
    children: &[
        ("corsPolicy", &CORS),
        ("delegate", &DELEGATE),
        ("match", &HTTP_MATCH),
        ("mirror", &DESTINATION),
        ("mirrors", &MIRROR),
        ("redirect", &REDIRECT),
        ("retries", &RETRIES),
        ("rewrite", &REWRITE),
        ("route", &ROUTE_DESTINATION),
    ],
};

static CORS: Type = leaf(
    "CorsPolicy",
    &[
        "allowCredentials",
        "allowHeaders",
        "allowMethods",
        "allowOrigin",
        "allowOrigins",
        "exposeHeaders",
        "maxAge",
        "unmatchedPreflights",
    ],
);

static DELEGATE: Type = leaf("Delegate", &["name", "namespace"]);

static HTTP_MATCH: Type = Type {
    name: "HTTPMatchRequest",
    fields: &[
        "authority",
        "gateways",
        "headers",
        "ignoreUriCase",
        "method",
        "name",
        "port",
        "queryParams",
        "scheme",
        "sourceLabels",
        "sourceNamespace",
        "statPrefix",
        "uri",
        "withoutHeaders",
    ],
    children: &[
        ("authority", &STRING_MATCH),
        ("method", &STRING_MATCH),
        ("scheme", &STRING_MATCH),
        ("uri", &STRING_MATCH),
    ],
};

static STRING_MATCH: Type = leaf("StringMatch", &["exact", "prefix", "regex"]);

static MIRROR: Type = Type {
    name: "HTTPMirrorPolicy",
    fields: &["destination", "percentage"],
    children: &[("destination", &DESTINATION)],
};

static REDIRECT: Type =
    leaf("HTTPRedirect", &["authority", "derivePort", "port", "redirectCode", "scheme", "uri"]);

static RETRIES: Type = leaf(
    "HTTPRetry",
    &[
        "attempts",
        "backoff",
        "perTryTimeout",
        "retryIgnorePreviousHosts",
        "retryOn",
        "retryRemoteLocalities",
    ],
);

static REWRITE: Type = leaf("HTTPRewrite", &["authority", "uri", "uriRegexRewrite"]);

static ROUTE_DESTINATION: Type = Type {
    name: "RouteDestination",
    fields: &[
        "appendRequestHeaders",
        "appendResponseHeaders",
        "destination",
        "headers",
        "removeRequestHeaders",
        "removeResponseHeaders",
        "weight",
    ],
    children: &[("destination", &DESTINATION)],
};

static DESTINATION: Type = Type {
    name: "Destination",
    fields: &["host", "name", "port", "subset"],
    children: &[("port", &PORT_SELECTOR)],
};

static PORT_SELECTOR: Type = leaf("PortSelector", &["name", "number"]);

static L4_ROUTE: Type = Type {
    name: "TLSRoute",
    fields: &["match", "route"],
    children: &[("match", &L4_MATCH), ("route", &ROUTE_DESTINATION)],
};

static L4_MATCH: Type = leaf(
    "TLSMatchAttributes",
    &[
        "destinationSubnets",
        "gateways",
        "port",
        "sniHosts",
        "sourceLabels",
        "sourceNamespace",
        "sourceSubnet",
    ],
);

static DESTINATION_RULE: Type =
    Type { name: "DestinationRule", fields: OBJECT, children: &[("spec", &DESTINATION_RULE_SPEC)] };

static DESTINATION_RULE_SPEC: Type = Type {
    name: "DestinationRuleSpec",
    fields: &["exportTo", "host", "name", "subsets", "trafficPolicy", "workloadSelector"],
    children: &[
        ("subsets", &SUBSET),
        ("trafficPolicy", &TRAFFIC_POLICY),
        ("workloadSelector", &WORKLOAD_SELECTOR),
    ],
};

static SUBSET: Type = Type {
    name: "Subset",
    fields: &["labels", "name", "trafficPolicy"],
    children: &[("trafficPolicy", &TRAFFIC_POLICY)],
};

static TRAFFIC_POLICY: Type = Type {
    name: "TrafficPolicy",
    fields: &[
        "connectionPool",
        "loadBalancer",
        "outlierDetection",
        "port",
        "portLevelSettings",
        "proxyProtocol",
        "retryBudget",
        "tls",
        "tunnel",
    ],
    children: &[
        ("connectionPool", &CONNECTION_POOL),
        ("outlierDetection", &OUTLIER_DETECTION),
        ("portLevelSettings", &TRAFFIC_POLICY),
        ("tls", &CLIENT_TLS),
    ],
};

static CONNECTION_POOL: Type = Type {
    name: "ConnectionPoolSettings",
    fields: &["http", "tcp"],
    children: &[("http", &POOL_HTTP), ("tcp", &POOL_TCP)],
};

static POOL_HTTP: Type = leaf(
    "HTTPSettings",
    &[
        "h2UpgradePolicy",
        "http1MaxPendingRequests",
        "http2MaxRequests",
        "idleTimeout",
        "maxConcurrentStreams",
        "maxRequestsPerConnection",
        "maxRetries",
        "useClientProtocol",
    ],
);

static POOL_TCP: Type = leaf(
    "TCPSettings",
    &["connectTimeout", "idleTimeout", "maxConnectionDuration", "maxConnections", "tcpKeepalive"],
);

static OUTLIER_DETECTION: Type = leaf(
    "OutlierDetection",
    &[
        "baseEjectionTime",
        "consecutive5xxErrors",
        "consecutiveErrors",
        "consecutiveGatewayErrors",
        "consecutiveLocalOriginFailures",
        "interval",
        "maxEjectionPercent",
        "minHealthPercent",
        "splitExternalLocalOriginErrors",
    ],
);

static CLIENT_TLS: Type = leaf(
    "ClientTLSSettings",
    &[
        "caCertificates",
        "caCrl",
        "clientCertificate",
        "credentialName",
        "insecureSkipVerify",
        "mode",
        "privateKey",
        "sni",
        "subjectAltNames",
    ],
);

static WORKLOAD_SELECTOR: Type = leaf("WorkloadSelector", &["labels", "matchLabels"]);

static GATEWAY: Type =
    Type { name: "Gateway", fields: OBJECT, children: &[("spec", &GATEWAY_SPEC)] };

static GATEWAY_SPEC: Type = Type {
    name: "GatewaySpec",
    fields: &["selector", "servers"],
    children: &[("servers", &SERVER)],
};

static SERVER: Type = Type {
    name: "Server",
    fields: &["bind", "defaultEndpoint", "hosts", "name", "port", "tls"],
    children: &[("port", &PORT), ("tls", &SERVER_TLS)],
};

static PORT: Type = leaf("Port", &["name", "number", "protocol", "targetPort"]);

static SERVER_TLS: Type = leaf(
    "ServerTLSSettings",
    &[
        "caCertCredentialName",
        "caCertificates",
        "caCrl",
        "cipherSuites",
        "credentialName",
        "credentialNames",
        "httpsRedirect",
        "maxProtocolVersion",
        "minProtocolVersion",
        "mode",
        "privateKey",
        "serverCertificate",
        "subjectAltNames",
        "tlsCertificates",
        "verifyCertificateHash",
        "verifyCertificateSpki",
    ],
);

static SERVICE_ENTRY: Type =
    Type { name: "ServiceEntry", fields: OBJECT, children: &[("spec", &SERVICE_ENTRY_SPEC)] };

static SERVICE_ENTRY_SPEC: Type = Type {
    name: "ServiceEntrySpec",
    fields: &[
        "addresses",
        "endpoints",
        "exportTo",
        "hosts",
        "location",
        "ports",
        "resolution",
        "subjectAltNames",
        "workloadSelector",
    ],
    children: &[
        ("endpoints", &ENDPOINT),
        ("ports", &PORT),
        ("workloadSelector", &WORKLOAD_SELECTOR),
    ],
};

static ENDPOINT: Type = leaf(
    "WorkloadEntry",
    &["address", "labels", "locality", "network", "ports", "serviceAccount", "weight"],
);

static SIDECAR: Type =
    Type { name: "Sidecar", fields: OBJECT, children: &[("spec", &SIDECAR_SPEC)] };

static SIDECAR_SPEC: Type = Type {
    name: "SidecarSpec",
    fields: &[
        "egress",
        "inboundConnectionPool",
        "ingress",
        "outboundTrafficPolicy",
        "workloadSelector",
    ],
    children: &[("workloadSelector", &WORKLOAD_SELECTOR)],
};

static PEER_AUTHENTICATION: Type = Type {
    name: "PeerAuthentication",
    fields: OBJECT,
    children: &[("spec", &PEER_AUTHENTICATION_SPEC)],
};

static PEER_AUTHENTICATION_SPEC: Type = Type {
    name: "PeerAuthenticationSpec",
    fields: &["mtls", "portLevelMtls", "selector"],
    children: &[("mtls", &MUTUAL_TLS), ("selector", &POLICY_SELECTOR)],
};

static MUTUAL_TLS: Type = leaf("MutualTLS", &["mode"]);

static POLICY_SELECTOR: Type = leaf("WorkloadSelector", &["matchLabels"]);

static AUTHORIZATION_POLICY: Type = Type {
    name: "AuthorizationPolicy",
    fields: OBJECT,
    children: &[("spec", &AUTHORIZATION_POLICY_SPEC)],
};

static AUTHORIZATION_POLICY_SPEC: Type = Type {
    name: "AuthorizationPolicySpec",
    fields: &["action", "provider", "rules", "selector", "targetRef", "targetRefs"],
    children: &[("rules", &RULE), ("selector", &POLICY_SELECTOR)],
};

static RULE: Type = Type {
    name: "Rule",
    fields: &["from", "to", "when"],
    children: &[("from", &FROM), ("to", &TO), ("when", &CONDITION)],
};

static FROM: Type = Type { name: "From", fields: &["source"], children: &[("source", &SOURCE)] };

static SOURCE: Type = leaf(
    "Source",
    &[
        "ipBlocks",
        "namespaces",
        "notIpBlocks",
        "notNamespaces",
        "notPrincipals",
        "notRemoteIpBlocks",
        "notRequestPrincipals",
        "notServiceAccounts",
        "principals",
        "remoteIpBlocks",
        "requestPrincipals",
        "serviceAccounts",
    ],
);

static TO: Type =
    Type { name: "To", fields: &["operation"], children: &[("operation", &OPERATION)] };

static OPERATION: Type = leaf(
    "Operation",
    &["hosts", "methods", "notHosts", "notMethods", "notPaths", "notPorts", "paths", "ports"],
);

static CONDITION: Type = leaf("Condition", &["key", "notValues", "values"]);
