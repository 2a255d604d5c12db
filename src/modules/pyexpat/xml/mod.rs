//! An XML 1.0 parser that is fed piece by piece and tells what it met, as Expat does.
//!
//! It knows no Python objects. [`Machine::feed`] takes bytes, [`Machine::next`] gives the next thing that was met
//! ([`Told`]), or nothing until there is more input. What it was told by and with which numbers errors are called is
//! Expat's, so that `pyexpat` is a thin layer over it.
//!
//! - [`input`] turns bytes of any encoding into text, and counts lines and columns;
//! - [`scan`] has what all of the grammar is made of: names, white space, quoted values;
//! - [`tags`] reads tags and references, [`declarations`] what may stand in a document type;
//! - [`dtd`] keeps what was declared, [`namespaces`] which prefixes are bound;
//! - [`machine`] puts them together: [`content`] inside the root element, [`prolog`] before and behind it.
//!
//! Text of entities is read as the document is, from a stack of sources ([`machine::Source`]). How much of it there may
//! be compared with the document is limited, so that a small file cannot fill the memory.

mod content;
mod declarations;
mod dtd;
mod input;
mod machine;
mod namespaces;
mod prolog;
mod scan;
mod tags;
#[cfg(test)]
mod tests;

pub use declarations::Model;
pub use input::Table;
pub use machine::{Failure, Machine, Next, Wishes};

/// Expat's number of an error.
pub type Code = u32;

/// The numbers of errors, and what they mean, in order (number 0 is no error).
#[rustfmt::skip]
pub static ERRORS: &[(&str, &str)] = &[
    ("XML_ERROR_NO_MEMORY", "out of memory"),
    ("XML_ERROR_SYNTAX", "syntax error"),
    ("XML_ERROR_NO_ELEMENTS", "no element found"),
    ("XML_ERROR_INVALID_TOKEN", "not well-formed (invalid token)"),
    ("XML_ERROR_UNCLOSED_TOKEN", "unclosed token"),
    ("XML_ERROR_PARTIAL_CHAR", "partial character"),
    ("XML_ERROR_TAG_MISMATCH", "mismatched tag"),
    ("XML_ERROR_DUPLICATE_ATTRIBUTE", "duplicate attribute"),
    ("XML_ERROR_JUNK_AFTER_DOC_ELEMENT", "junk after document element"),
    ("XML_ERROR_PARAM_ENTITY_REF", "illegal parameter entity reference"),
    ("XML_ERROR_UNDEFINED_ENTITY", "undefined entity"),
    ("XML_ERROR_RECURSIVE_ENTITY_REF", "recursive entity reference"),
    ("XML_ERROR_ASYNC_ENTITY", "asynchronous entity"),
    ("XML_ERROR_BAD_CHAR_REF", "reference to invalid character number"),
    ("XML_ERROR_BINARY_ENTITY_REF", "reference to binary entity"),
    ("XML_ERROR_ATTRIBUTE_EXTERNAL_ENTITY_REF", "reference to external entity in attribute"),
    ("XML_ERROR_MISPLACED_XML_PI", "XML or text declaration not at start of entity"),
    ("XML_ERROR_UNKNOWN_ENCODING", "unknown encoding"),
    ("XML_ERROR_INCORRECT_ENCODING", "encoding specified in XML declaration is incorrect"),
    ("XML_ERROR_UNCLOSED_CDATA_SECTION", "unclosed CDATA section"),
    ("XML_ERROR_EXTERNAL_ENTITY_HANDLING", "error in processing external entity reference"),
    ("XML_ERROR_NOT_STANDALONE", "document is not standalone"),
    ("XML_ERROR_UNEXPECTED_STATE", "unexpected parser state - please send a bug report"),
    ("XML_ERROR_ENTITY_DECLARED_IN_PE", "entity declared in parameter entity"),
    ("XML_ERROR_FEATURE_REQUIRES_XML_DTD", "requested feature requires XML_DTD support in Expat"),
    ("XML_ERROR_CANT_CHANGE_FEATURE_ONCE_PARSING", "cannot change setting once parsing has begun"),
    ("XML_ERROR_UNBOUND_PREFIX", "unbound prefix"),
    ("XML_ERROR_UNDECLARING_PREFIX", "must not undeclare prefix"),
    ("XML_ERROR_INCOMPLETE_PE", "incomplete markup in parameter entity"),
    ("XML_ERROR_XML_DECL", "XML declaration not well-formed"),
    ("XML_ERROR_TEXT_DECL", "text declaration not well-formed"),
    ("XML_ERROR_PUBLICID", "illegal character(s) in public id"),
    ("XML_ERROR_SUSPENDED", "parser suspended"),
    ("XML_ERROR_NOT_SUSPENDED", "parser not suspended"),
    ("XML_ERROR_ABORTED", "parsing aborted"),
    ("XML_ERROR_FINISHED", "parsing finished"),
    ("XML_ERROR_SUSPEND_PE", "cannot suspend in external parameter entity"),
    ("XML_ERROR_RESERVED_PREFIX_XML", "reserved prefix (xml) must not be undeclared or bound to another namespace name"),
    ("XML_ERROR_RESERVED_PREFIX_XMLNS", "reserved prefix (xmlns) must not be declared or undeclared"),
    ("XML_ERROR_RESERVED_NAMESPACE_URI", "prefix must not be bound to one of the reserved namespace names"),
    ("XML_ERROR_INVALID_ARGUMENT", "invalid argument"),
    ("XML_ERROR_NO_BUFFER", "a successful prior call to function XML_GetBuffer is required"),
    ("XML_ERROR_AMPLIFICATION_LIMIT_BREACH", "limit on input amplification factor (from DTD and entities) breached"),
    ("XML_ERROR_NOT_STARTED", "parser not started"),
];

/// The numbers that the parser gives.
pub mod code {
    use super::Code;
    pub const SYNTAX: Code = 2;
    pub const NO_ELEMENTS: Code = 3;
    pub const INVALID_TOKEN: Code = 4;
    pub const UNCLOSED_TOKEN: Code = 5;
    pub const PARTIAL_CHAR: Code = 6;
    pub const TAG_MISMATCH: Code = 7;
    pub const DUPLICATE_ATTRIBUTE: Code = 8;
    pub const JUNK_AFTER_DOC_ELEMENT: Code = 9;
    pub const PARAM_ENTITY_REF: Code = 10;
    pub const UNDEFINED_ENTITY: Code = 11;
    pub const RECURSIVE_ENTITY_REF: Code = 12;
    pub const ASYNC_ENTITY: Code = 13;
    pub const BAD_CHAR_REF: Code = 14;
    pub const BINARY_ENTITY_REF: Code = 15;
    pub const ATTRIBUTE_EXTERNAL_ENTITY_REF: Code = 16;
    pub const MISPLACED_XML_PI: Code = 17;
    pub const UNKNOWN_ENCODING: Code = 18;
    pub const INCORRECT_ENCODING: Code = 19;
    pub const UNCLOSED_CDATA_SECTION: Code = 20;
    pub const ENTITY_DECLARED_IN_PE: Code = 24;
    pub const EXTERNAL_ENTITY_HANDLING: Code = 21;
    pub const NOT_STANDALONE: Code = 22;
    pub const CANT_CHANGE_FEATURE_ONCE_PARSING: Code = 26;
    pub const UNBOUND_PREFIX: Code = 27;
    pub const UNDECLARING_PREFIX: Code = 28;
    pub const INCOMPLETE_PE: Code = 29;
    pub const XML_DECL: Code = 30;
    pub const TEXT_DECL: Code = 31;
    pub const PUBLICID: Code = 32;
    pub const FINISHED: Code = 36;
    pub const RESERVED_PREFIX_XML: Code = 38;
    pub const RESERVED_PREFIX_XMLNS: Code = 39;
    pub const RESERVED_NAMESPACE_URI: Code = 40;
    pub const AMPLIFICATION_LIMIT_BREACH: Code = 43;
}

/// Where something stands in the input: line from 1, column and byte from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: u64,
    pub column: u64,
    pub byte: u64,
}

/// One thing that was met.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// `standalone` is -1 where nothing is said about it.
    XmlDecl {
        version: Option<String>,
        encoding: Option<String>,
        standalone: i8,
    },
    StartDoctype {
        name: String,
        system: Option<String>,
        public: Option<String>,
        internal: bool,
    },
    EndDoctype,
    ElementDecl {
        name: String,
        model: Model,
    },
    AttlistDecl {
        element: String,
        attribute: String,
        kind: String,
        default: Option<String>,
        required: bool,
    },
    EntityDecl {
        name: String,
        parameter: bool,
        value: Option<String>,
        system: Option<String>,
        public: Option<String>,
        notation: Option<String>,
    },
    NotationDecl {
        name: String,
        system: Option<String>,
        public: Option<String>,
    },
    /// Attributes in order, those of the tag before those of the declaration.
    StartElement {
        name: String,
        attributes: Vec<(String, String)>,
        specified: usize,
        empty: bool,
    },
    EndElement {
        name: String,
    },
    StartNamespace {
        prefix: Option<String>,
        uri: Option<String>,
    },
    EndNamespace {
        prefix: Option<String>,
    },
    Characters(String),
    StartCdata,
    EndCdata,
    ProcessingInstruction {
        target: String,
        data: String,
    },
    Comment(String),
    /// A reference to an external entity, of the document (with a context) or of a document type (without).
    ExternalEntity {
        context: Option<String>,
        system: Option<String>,
        public: Option<String>,
    },
    Skipped {
        name: String,
        parameter: bool,
    },
    NotStandalone,
    /// What is only told as text.
    Other,
}

/// Something that was met, with the text that it is in the source. The text is empty where another event of the
/// same text came before.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub event: Event,
    pub source: String,
    pub place: Place,
}
