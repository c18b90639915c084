//! The fields of Gateway API v1.4, with those of its experimental channel: `*_types.go` below
//! <https://github.com/kubernetes-sigs/gateway-api/tree/main/apis>. The API server drops, or
//! refuses, what the schemas lack. Kinds of routes share types here: what one of them lacks and
//! another has is not looked for.

use super::{Type, leaf};
use crate::ingest::gateway_api::GROUP;

pub(super) fn root(group: &str, kind: &str) -> Option<&'static Type> {
    let root = match kind {
        "GatewayClass" => &GATEWAY_CLASS,
        "Gateway" => &GATEWAY,
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute" => &ROUTE,
        "ListenerSet" => &LISTENER_SET,
        "ReferenceGrant" => &REFERENCE_GRANT,
        _ => return None,
    };
    (group == GROUP).then_some(root)
}

const OBJECT: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];

static GATEWAY_CLASS: Type =
    Type { name: "GatewayClass", fields: OBJECT, children: &[("spec", &GATEWAY_CLASS_SPEC)] };

static GATEWAY_CLASS_SPEC: Type =
    leaf("GatewayClassSpec", &["controllerName", "description", "parametersRef"]);

static GATEWAY: Type =
    Type { name: "Gateway", fields: OBJECT, children: &[("spec", &GATEWAY_SPEC)] };

static GATEWAY_SPEC: Type = Type {
    name: "GatewaySpec",
    fields: &[
        "addresses",
        "allowedListeners",
        "backendTLS",
        "defaultScope",
        "gatewayClassName",
        "infrastructure",
        "listeners",
        "tls",
    ],
    children: &[
        ("addresses", &ADDRESS),
        ("allowedListeners", &ALLOWED_LISTENERS),
        ("infrastructure", &INFRASTRUCTURE),
        ("listeners", &LISTENER),
    ],
};

static ADDRESS: Type = leaf("GatewaySpecAddress", &["type", "value"]);

static ALLOWED_LISTENERS: Type = Type {
    name: "AllowedListeners",
    fields: &["namespaces"],
    children: &[("namespaces", &NAMESPACES)],
};

static INFRASTRUCTURE: Type =
    leaf("GatewayInfrastructure", &["annotations", "labels", "parametersRef"]);

static LISTENER: Type = Type {
    name: "Listener",
    fields: &["allowedRoutes", "hostname", "name", "port", "protocol", "tls"],
    children: &[("allowedRoutes", &ALLOWED_ROUTES), ("tls", &LISTENER_TLS)],
};

static ALLOWED_ROUTES: Type = Type {
    name: "AllowedRoutes",
    fields: &["kinds", "namespaces"],
    children: &[("kinds", &GROUP_KIND), ("namespaces", &NAMESPACES)],
};

static GROUP_KIND: Type = leaf("RouteGroupKind", &["group", "kind"]);

static NAMESPACES: Type = Type {
    name: "RouteNamespaces",
    fields: &["from", "selector"],
    children: &[("selector", &SELECTOR)],
};

static SELECTOR: Type = leaf("LabelSelector", &["matchExpressions", "matchLabels"]);

static LISTENER_TLS: Type = Type {
    name: "ListenerTLSConfig",
    fields: &["certificateRefs", "frontendValidation", "mode", "options"],
    children: &[("certificateRefs", &SECRET_REFERENCE)],
};

static SECRET_REFERENCE: Type =
    leaf("SecretObjectReference", &["group", "kind", "name", "namespace"]);

static LISTENER_SET: Type =
    Type { name: "ListenerSet", fields: OBJECT, children: &[("spec", &LISTENER_SET_SPEC)] };

static LISTENER_SET_SPEC: Type = Type {
    name: "ListenerSetSpec",
    fields: &["listeners", "parentRef"],
    children: &[("listeners", &LISTENER), ("parentRef", &SECRET_REFERENCE)],
};

static ROUTE: Type = Type { name: "Route", fields: OBJECT, children: &[("spec", &ROUTE_SPEC)] };

static ROUTE_SPEC: Type = Type {
    name: "RouteSpec",
    fields: &["hostnames", "parentRefs", "rules", "useDefaultGateways"],
    children: &[("parentRefs", &PARENT_REFERENCE), ("rules", &RULE)],
};

static PARENT_REFERENCE: Type =
    leaf("ParentReference", &["group", "kind", "name", "namespace", "port", "sectionName"]);

static RULE: Type = Type {
    name: "RouteRule",
    fields: &[
        "backendRefs",
        "filters",
        "matches",
        "name",
        "retry",
        "sessionPersistence",
        "timeouts",
    ],
    children: &[
        ("backendRefs", &BACKEND_REFERENCE),
        ("filters", &FILTER),
        ("matches", &MATCH),
        ("retry", &RETRY),
        ("sessionPersistence", &SESSION_PERSISTENCE),
        ("timeouts", &TIMEOUTS),
    ],
};

static BACKEND_REFERENCE: Type = Type {
    name: "BackendRef",
    fields: &["filters", "group", "kind", "name", "namespace", "port", "weight"],
    children: &[("filters", &FILTER)],
};

static FILTER: Type = Type {
    name: "RouteFilter",
    fields: &[
        "cors",
        "extensionRef",
        "externalAuth",
        "requestHeaderModifier",
        "requestMirror",
        "requestRedirect",
        "responseHeaderModifier",
        "type",
        "urlRewrite",
    ],
    children: &[
        ("requestHeaderModifier", &HEADER_MODIFIER),
        ("requestMirror", &REQUEST_MIRROR),
        ("requestRedirect", &REQUEST_REDIRECT),
        ("responseHeaderModifier", &HEADER_MODIFIER),
        ("urlRewrite", &URL_REWRITE),
    ],
};

static HEADER_MODIFIER: Type = leaf("HTTPHeaderFilter", &["add", "remove", "set"]);

static REQUEST_MIRROR: Type = Type {
    name: "HTTPRequestMirrorFilter",
    fields: &["backendRef", "fraction", "percent"],
    children: &[("backendRef", &BACKEND_REFERENCE)],
};

static REQUEST_REDIRECT: Type = Type {
    name: "HTTPRequestRedirectFilter",
    fields: &["hostname", "path", "port", "scheme", "statusCode"],
    children: &[("path", &PATH_MODIFIER)],
};

static URL_REWRITE: Type = Type {
    name: "HTTPURLRewriteFilter",
    fields: &["hostname", "path"],
    children: &[("path", &PATH_MODIFIER)],
};

static PATH_MODIFIER: Type =
    leaf("HTTPPathModifier", &["replaceFullPath", "replacePrefixMatch", "type"]);

static MATCH: Type = Type {
    name: "RouteMatch",
    fields: &["headers", "method", "path", "queryParams"],
    children: &[("headers", &VALUE_MATCH), ("path", &VALUE_MATCH), ("queryParams", &VALUE_MATCH)],
};

static VALUE_MATCH: Type = leaf("ValueMatch", &["name", "type", "value"]);

static RETRY: Type = leaf("HTTPRouteRetry", &["attempts", "backoff", "codes"]);

static SESSION_PERSISTENCE: Type = leaf(
    "SessionPersistence",
    &["absoluteTimeout", "cookieConfig", "idleTimeout", "sessionName", "type"],
);

static TIMEOUTS: Type = leaf("HTTPRouteTimeouts", &["backendRequest", "request"]);

static REFERENCE_GRANT: Type =
    Type { name: "ReferenceGrant", fields: OBJECT, children: &[("spec", &REFERENCE_GRANT_SPEC)] };

static REFERENCE_GRANT_SPEC: Type = Type {
    name: "ReferenceGrantSpec",
    fields: &["from", "to"],
    children: &[("from", &GRANT_FROM), ("to", &GRANT_TO)],
};

static GRANT_FROM: Type = leaf("ReferenceGrantFrom", &["group", "kind", "namespace"]);

static GRANT_TO: Type = leaf("ReferenceGrantTo", &["group", "kind", "name"]);
