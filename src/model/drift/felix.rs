//! What Calico's Felix is told for one node only: a FelixConfiguration `node.<name>` overrides
//! the one named `default`.
//!
//! <https://docs.tigera.io/calico/latest/reference/resources/felixconfig>

use crate::ingest::Body;
use crate::ingest::calico::{Calico, FelixSpec};
use crate::model::Object;
use crate::source::{Span, Spanned};
use crate::syntax::decode::Field;

/// A field of the tunnel between nodes that one node has otherwise.
#[derive(Clone, Debug)]
pub struct Override<'a> {
    pub node: &'a str,
    pub field: &'static str,
    pub own: &'a Spanned<i64>,
    pub common: i64,
    /// Where the common value is written, or the object that leaves it to its default.
    pub common_span: Span,
}

/// Finds what contradicts the `default` that is in view.
pub fn overrides<'a>(objects: &[Object<'a>]) -> Vec<Override<'a>> {
    let felix = || {
        objects.iter().filter_map(|object| match object.body() {
            Body::Calico(Calico::Felix(spec)) => Some((*object, &**spec)),
            _ => None,
        })
    };
    let Some((default, common)) = felix().find(|(object, _)| object.name() == "default") else {
        return Vec::new();
    };
    let nodes =
        felix().filter_map(|(object, spec)| Some((object.name().strip_prefix("node.")?, spec)));
    nodes
        .flat_map(|(node, spec)| {
            let pairs = tunnel(spec).into_iter().zip(tunnel(common));
            pairs.filter_map(move |((field, own, default_value), (_, common, _))| {
                let own = own.known().filter(|own| own.value != 0)?;
                let (common, common_span) = match common {
                    Field::Known(common) => (common.value, common.span),
                    Field::Absent => (default_value, default.resource.name_span()),
                    Field::Unknown(_) => return None,
                };
                (own.value != common).then_some(Override { node, field, own, common, common_span })
            })
        })
        .collect()
}

/// Fields that both ends of a tunnel have to agree on, with their defaults:
/// calico `felix/config/config_params.go`.
fn tunnel(spec: &FelixSpec) -> [(&'static str, &Field<i64>, i64); 2] {
    [("vxlanVNI", &spec.vxlan_vni, 4096), ("vxlanPort", &spec.vxlan_port, 4789)]
}
