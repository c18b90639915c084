//! Endpoints and EndpointSlice: the addresses behind a Service, when somebody writes them down.

use serde::Deserialize;

use crate::ingest::List;
use crate::syntax::decode::Field;

/// Has the name of its Service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EndpointsObject {
    pub subsets: List<EndpointSubset>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EndpointSubset {
    pub addresses: List<EndpointAddress>,
    pub ports: List<EndpointPort>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EndpointAddress {
    pub ip: Field<String>,
    pub target_ref: Field<TargetReference>,
}

/// Says in the label `kubernetes.io/service-name` which Service it belongs to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EndpointSlice {
    /// IPv4, IPv6 or FQDN.
    pub address_type: Field<String>,
    pub endpoints: List<SliceEndpoint>,
    pub ports: List<EndpointPort>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SliceEndpoint {
    pub addresses: List<String>,
    pub target_ref: Field<TargetReference>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EndpointPort {
    /// That of the Service's port; absent as there.
    pub name: Field<String>,
    pub port: Field<i64>,
    /// Absent means TCP.
    pub protocol: Field<String>,
}

/// The pod that has the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TargetReference {
    pub kind: Field<String>,
    pub name: Field<String>,
    pub namespace: Field<String>,
}
