//! What the files say about one cluster, made into one picture of its network.
//!
//! A [`Network`] is immutable and has a place in every leaf. Its parts are built each by one
//! module from the cluster's resources; rules read it and nothing else. Files are nearly always a
//! partial view of a cluster, so a lookup says [`Resolution::Unknown`] when it cannot tell.

pub mod addresses;
pub mod components;
pub mod image;
pub mod input;
pub mod object;
pub mod quantity;
pub mod settings;
pub mod tables;
pub mod version;
pub mod versions;

pub use object::Object;
pub use settings::Settings;
pub use versions::Versions;

use addresses::Addresses;
use components::ComponentFlags;

/// What a lookup in a partial view of a cluster can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution<T> {
    Found(T),
    /// It is not there, and the files would show it if it were.
    Absent,
    Unknown(Why),
}

/// Why something cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The files given do not hold it; another repository may.
    NotInFiles,
    /// A template or a person fills it in.
    Templated,
    /// Written, and not understood.
    Malformed,
    /// A cloud provider, an operator or a default of a component decides it.
    ManagedElsewhere,
}

impl<T> Resolution<T> {
    pub fn found(self) -> Option<T> {
        match self {
            Resolution::Found(value) => Some(value),
            Resolution::Absent | Resolution::Unknown(_) => None,
        }
    }
}

/// The network of one cluster, as far as the files tell.
pub struct Network<'a> {
    pub settings: &'a Settings,
    /// Every object of the cluster, in the order of the files.
    pub objects: Vec<Object<'a>>,
    /// The command lines of the cluster's own components.
    pub components: Vec<ComponentFlags<'a>>,
    pub addresses: Addresses<'a>,
    pub versions: Versions<'a>,
}

/// Builds the network of the cluster that has these objects, in the order of the files.
pub fn build<'a>(objects: Vec<Object<'a>>, settings: &'a Settings) -> Network<'a> {
    let components = components::find(&objects);
    let addresses = addresses::build(&objects, &components, settings);
    let versions = Versions::new(&objects, settings);
    Network { settings, objects, components, addresses, versions }
}
