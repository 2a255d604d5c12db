//! Which prefixes are bound to which names of namespaces.

use super::{Code, code};

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// One binding. A prefix of `None` is the default namespace, and there a name of `None` none.
pub struct Binding {
    pub prefix: Option<String>,
    pub uri: Option<String>,
}

/// The bindings that are in force.
pub struct Namespaces {
    /// Innermost last.
    pub bindings: Vec<Binding>,
    /// What stands between the name of a namespace and the local name; nothing for `""`.
    pub separator: String,
    /// Whether names end in the prefix they were written with.
    pub triplets: bool,
}

impl Namespaces {
    pub fn new(separator: String) -> Namespaces {
        let xml = Binding { prefix: Some("xml".into()), uri: Some(XML.into()) };
        Namespaces { bindings: vec![xml], separator, triplets: false }
    }

    /// Whether an attribute declares a namespace: the prefix it binds.
    pub fn declared(attribute: &str) -> Option<Option<&str>> {
        match attribute.strip_prefix("xmlns") {
            Some("") => Some(None),
            Some(rest) => rest.strip_prefix(':').map(Some),
            None => None,
        }
    }

    /// Binds a prefix.
    pub fn bind(&mut self, prefix: Option<&str>, uri: &str) -> Result<(), Code> {
        match (prefix, uri) {
            (Some("xmlns"), _) => return Err(code::RESERVED_PREFIX_XMLNS),
            (Some("xml"), XML) => {}
            (Some("xml"), _) => return Err(code::RESERVED_PREFIX_XML),
            (Some(_), "") => return Err(code::UNDECLARING_PREFIX),
            (_, XML | XMLNS) => return Err(code::RESERVED_NAMESPACE_URI),
            _ => {}
        }
        // A separator inside a name would make two names one.
        if self.separator.len() == 1 && uri.contains(&self.separator) && !is_uri_char(&self.separator) {
            return Err(code::SYNTAX);
        }
        let uri = (!uri.is_empty()).then(|| uri.to_owned());
        self.bindings.push(Binding { prefix: prefix.map(str::to_owned), uri });
        Ok(())
    }

    fn uri(&self, prefix: Option<&str>) -> Option<&str> {
        self.bindings.iter().rev().find(|b| b.prefix.as_deref() == prefix)?.uri.as_deref()
    }

    /// A name with its namespace in front. The default namespace is for elements only.
    pub fn expand(&self, name: &str, element: bool) -> Result<String, Code> {
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, local)) => (Some(prefix), local),
            None => (None, name),
        };
        let uri = match prefix {
            Some(_) => Some(self.uri(prefix).ok_or(code::UNBOUND_PREFIX)?),
            None if element => self.uri(None),
            None => None,
        };
        let Some(uri) = uri else { return Ok(name.to_owned()) };
        let separator = &self.separator;
        Ok(match prefix.filter(|_| self.triplets && !separator.is_empty()) {
            Some(prefix) => format!("{uri}{separator}{local}{separator}{prefix}"),
            None => format!("{uri}{separator}{local}"),
        })
    }
}

/// Whether names of namespaces may hold the character (RFC 3986).
fn is_uri_char(c: &str) -> bool {
    c.bytes().all(|b| b.is_ascii_alphanumeric() || b"%-._~:/?#[]@!$&'()*+,;=".contains(&b))
}
