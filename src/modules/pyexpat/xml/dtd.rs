//! What a document type declares: entities, and the attributes of elements.

use std::collections::{HashMap, HashSet};

/// An entity.
#[derive(Clone)]
pub struct Entity {
    /// The text, of an internal one.
    pub text: Option<String>,
    pub system: Option<String>,
    pub public: Option<String>,
    pub notation: Option<String>,
    /// Whether it was declared outside the document itself, which a standalone document must not rely on.
    pub outside: bool,
}

/// A declared attribute.
#[derive(Clone)]
pub struct Attribute {
    pub name: String,
    /// Whether white space in it counts as it is.
    pub is_cdata: bool,
    pub default: Option<String>,
}

/// Everything declared so far. Parsers of external entities share it with the document's.
pub struct Dtd {
    pub general: HashMap<String, Entity>,
    pub parameter: HashMap<String, Entity>,
    pub elements: HashMap<String, Vec<Attribute>>,
    /// Names of entities that are being read.
    pub open: HashSet<String>,
    pub open_parameters: HashSet<String>,
    /// Declarations count: false behind a reference that was not read.
    pub keep_processing: bool,
    pub has_parameter_references: bool,
    pub standalone: bool,
}

impl Dtd {
    pub fn new() -> Dtd {
        Dtd {
            general: HashMap::new(),
            parameter: HashMap::new(),
            elements: HashMap::new(),
            open: HashSet::new(),
            open_parameters: HashSet::new(),
            keep_processing: true,
            has_parameter_references: false,
            standalone: false,
        }
    }

    /// Declares an attribute of an element; the first declaration counts.
    pub fn declare(&mut self, element: &str, attribute: Attribute) {
        let attributes = self.elements.entry(element.to_owned()).or_default();
        if attributes.iter().all(|a| a.name != attribute.name) {
            attributes.push(attribute);
        }
    }

    /// Whether a name that is not declared is an error.
    pub fn must_be_declared(&self) -> bool {
        !self.has_parameter_references || self.standalone
    }
}

/// The entities that need no declaration.
pub fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}
