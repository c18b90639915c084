//! Endpoints and EndpointSlices as somebody wrote them, for those who look at the objects rather
//! than at what lies behind a Service.

use super::object::Object;
use crate::ingest::Body;
use crate::ingest::kubernetes::{EndpointPort, EndpointSlice, EndpointsObject, Kubernetes};
use crate::source::Spanned;
use crate::syntax::decode::Field;

/// The label of an EndpointSlice that says whose it is.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The label of an EndpointSlice that says which controller keeps it.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";

#[derive(Clone, Copy, Debug)]
pub struct EndpointObject<'a> {
    pub object: Object<'a>,
    pub form: Form<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum Form<'a> {
    Endpoints(&'a EndpointsObject),
    Slice(&'a EndpointSlice),
}

/// Those that people wrote; what a controller wrote, as a cluster prints it, is left out.
pub fn endpoint_objects<'a>(objects: &[Object<'a>]) -> Vec<EndpointObject<'a>> {
    let found = objects.iter().filter_map(|object| {
        let form = match object.body() {
            Body::Kubernetes(Kubernetes::Endpoints(written)) => Form::Endpoints(written),
            Body::Kubernetes(Kubernetes::EndpointSlice(slice)) => Form::Slice(slice),
            _ => return None,
        };
        Some(EndpointObject { object: *object, form })
    });
    found.filter(|found| !found.is_of_controller()).collect()
}

impl<'a> EndpointObject<'a> {
    fn is_of_controller(&self) -> bool {
        let metadata = &self.object.resource.metadata;
        let has_label =
            |key: &str| metadata.labels.value().is_some_and(|labels| labels.contains_key(key));
        let annotations = metadata.annotations.value().into_iter().flatten();
        let mut annotations = annotations.map(|(key, _)| key.as_str());
        let of_pods = match self.form {
            Form::Endpoints(written) => {
                let subsets = written.subsets.items().iter().filter_map(Field::value);
                let mut addresses = subsets.flat_map(|subset| subset.addresses.items());
                addresses.any(|address| {
                    address.value().is_some_and(|address| !address.target_ref.is_absent())
                })
            }
            Form::Slice(slice) => slice.endpoints.items().iter().any(|endpoint| {
                endpoint.value().is_some_and(|endpoint| !endpoint.target_ref.is_absent())
            }),
        };
        of_pods
            || has_label(MANAGED_BY)
            || !metadata.owner_references.is_absent()
            || annotations.any(|key| key.starts_with("endpoints.kubernetes.io/"))
    }

    /// The name of its Service; absent for a slice that does not say.
    pub fn service(&self) -> Field<String> {
        let metadata = &self.object.resource.metadata;
        match self.form {
            Form::Endpoints(_) => metadata.name.clone(),
            Form::Slice(_) => metadata
                .labels
                .then(|labels| labels.get(SERVICE_NAME).unwrap_or(&const { Field::Absent })),
        }
    }

    /// The addresses as written.
    pub fn addresses(&self) -> Vec<&'a Spanned<String>> {
        match self.form {
            Form::Endpoints(written) => {
                let subsets = written.subsets.items().iter().filter_map(Field::value);
                let addresses = subsets.flat_map(|subset| subset.addresses.items());
                addresses.filter_map(|address| address.value()?.ip.known()).collect()
            }
            Form::Slice(slice) => {
                let endpoints = slice.endpoints.items().iter().filter_map(Field::value);
                let addresses = endpoints.flat_map(|endpoint| endpoint.addresses.items());
                addresses.filter_map(Field::known).collect()
            }
        }
    }

    /// The ports; `None` when some cannot be known.
    pub fn ports(&self) -> Option<Vec<&'a EndpointPort>> {
        let lists: Vec<&'a [Field<EndpointPort>]> = match self.form {
            Form::Endpoints(written) => {
                let subsets = written.subsets.items().iter().filter_map(Field::value);
                subsets.map(|subset| subset.ports.items()).collect()
            }
            Form::Slice(slice) => vec![slice.ports.items()],
        };
        lists.into_iter().flatten().map(Field::value).collect()
    }
}
