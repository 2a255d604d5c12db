//! Declarations of a document type: their grammar.
//!
//! A declaration is read from its own text, which is whole: where that ends too early, its syntax is wrong.

use super::code;
use super::scan::{Scanned, Scanner, Stop, is_char, is_public_char, with_plain_lines};
use super::tags::{Reference, reference};

/// A declared content of an element: its nodes, each with those below it. The first is the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Model(pub Vec<Node>);

/// A node of a content model. `kind` and `quantifier` are Expat's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub kind: u8,
    pub quantifier: u8,
    pub name: Option<String>,
    pub children: Vec<usize>,
}

const EMPTY: u8 = 1;
const ANY: u8 = 2;
const MIXED: u8 = 3;
const NAME: u8 = 4;
const CHOICE: u8 = 5;
const SEQUENCE: u8 = 6;

/// Names of something outside the document.
#[derive(Default)]
pub struct ExternalId {
    pub system: Option<String>,
    pub public: Option<String>,
    /// Where the last of them stands.
    pub at: usize,
}

/// Where a declaration that begins at the scanner ends: behind its `>`.
pub fn end(s: &Scanner<'_>) -> Scanned<usize> {
    let mut s = *s;
    loop {
        match s.peek()? {
            '>' => return Ok(s.at + 1),
            '"' | '\'' => drop(s.quoted()?),
            '<' if !s.rest().starts_with("<!") => return s.invalid(),
            c if is_char(c) => s.at += c.len_utf8(),
            _ => return s.invalid(),
        }
    }
}

/// Checks that the head of a document type is all there: up to its `[` or `>`.
pub fn head(s: &Scanner<'_>) -> Scanned<()> {
    let mut s = *s;
    loop {
        match s.peek()? {
            '>' | '[' => return Ok(()),
            '"' | '\'' => drop(s.quoted()?),
            c if is_char(c) => s.at += c.len_utf8(),
            _ => return s.invalid(),
        }
    }
}

fn syntax<T>(s: &Scanner<'_>) -> Scanned<T> {
    s.error(code::SYNTAX)
}

/// White space that must be there.
pub fn gap(s: &mut Scanner<'_>) -> Scanned<()> {
    if s.spaces() { Ok(()) } else { syntax(s) }
}

/// Whether a word comes next; it is read then.
fn word(s: &mut Scanner<'_>, word: &str) -> bool {
    let found = s.rest().starts_with(word);
    s.at += if found { word.len() } else { 0 };
    found
}

/// The `>` at the end.
pub fn close(s: &mut Scanner<'_>) -> Scanned<()> {
    s.spaces();
    if word(s, ">") { Ok(()) } else { syntax(s) }
}

/// `SYSTEM "…"` or `PUBLIC "…" "…"`, if one comes next. A notation's public name may stand alone.
pub fn external_id(s: &mut Scanner<'_>, notation: bool) -> Scanned<Option<ExternalId>> {
    if word(s, "SYSTEM") {
        gap(s)?;
        let at = s.at;
        return Ok(Some(ExternalId { system: Some(s.quoted()?.to_owned()), public: None, at }));
    }
    if !word(s, "PUBLIC") {
        return Ok(None);
    }
    gap(s)?;
    let at = s.at;
    let public = s.quoted()?;
    if !public.chars().all(is_public_char) {
        return Err(Stop::Error(code::PUBLICID, at));
    }
    let public = Some(public.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    let spaced = s.spaces();
    if notation && !s.rest().starts_with(['"', '\'']) {
        return Ok(Some(ExternalId { system: None, public, at }));
    }
    if !spaced {
        return syntax(s);
    }
    let at = s.at;
    Ok(Some(ExternalId { system: Some(s.quoted()?.to_owned()), public, at }))
}

/// An entity's declaration behind `<!ENTITY`.
pub struct EntityDeclaration {
    pub parameter: bool,
    pub name: String,
    /// The value as it is written, and where.
    pub value: Option<(String, usize)>,
    pub external: ExternalId,
    pub notation: Option<String>,
    /// Where the token stands that completes it.
    pub at: usize,
}

pub fn entity(s: &mut Scanner<'_>) -> Scanned<EntityDeclaration> {
    gap(s)?;
    let parameter = word(s, "%");
    if parameter {
        gap(s)?;
    }
    let name = s.name()?.to_owned();
    gap(s)?;
    let external = ExternalId::default();
    let mut found = EntityDeclaration { parameter, name, value: None, external, notation: None, at: s.at };
    match external_id(s, false)? {
        None => {
            let at = s.at + 1;
            found.value = Some((s.quoted()?.to_owned(), at));
        }
        Some(external) => {
            found.external = external;
            let spaced = s.spaces();
            found.at = s.at;
            if spaced && !parameter && word(s, "NDATA") {
                gap(s)?;
                found.at = s.at;
                found.notation = Some(s.name()?.to_owned());
            }
        }
    }
    close(s)?;
    Ok(found)
}

/// The value of an entity: references to characters replaced, those to entities kept. References to parameter
/// entities were replaced before, where they may stand.
pub fn entity_value(raw: &str, at: usize) -> Scanned<String> {
    let mut out = String::with_capacity(raw.len());
    let mut s = Scanner::new(raw, 0);
    let place = |stop| match stop {
        Stop::More => Stop::Error(code::INVALID_TOKEN, at),
        Stop::Error(code, inside) => Stop::Error(code, at + inside),
    };
    while let Ok(c) = s.peek() {
        let start = s.at;
        match c {
            '&' => match reference(&mut s).map_err(place)? {
                Reference::Character(c) => out.push(c),
                Reference::BadCharacter => return Err(Stop::Error(code::BAD_CHAR_REF, at + start)),
                Reference::Entity(_) => out.push_str(&raw[start..s.at]),
            },
            '%' => return Err(Stop::Error(code::PARAM_ENTITY_REF, at + start)),
            _ => {
                let rest = s.rest();
                let length = rest.find(['&', '%']).unwrap_or(rest.len());
                out.push_str(&with_plain_lines(&rest[..length]));
                s.at += length;
            }
        }
    }
    Ok(out)
}

/// One attribute of an `<!ATTLIST`.
pub struct AttributeDeclaration {
    pub name: String,
    pub kind: String,
    /// The default as it is written, and where.
    pub default: Option<(String, usize)>,
    pub required: bool,
    /// Where the token stands that completes it.
    pub at: usize,
}

pub fn attributes(s: &mut Scanner<'_>) -> Scanned<(String, Vec<AttributeDeclaration>)> {
    gap(s)?;
    let element = s.name()?.to_owned();
    let mut found = Vec::new();
    loop {
        let spaced = s.spaces();
        if word(s, ">") {
            return Ok((element, found));
        }
        if !spaced {
            return syntax(s);
        }
        let name = s.name()?.to_owned();
        gap(s)?;
        let kind = attribute_kind(s)?;
        gap(s)?;
        let (mut default, mut required, mut last) = (None, false, s.at);
        if word(s, "#REQUIRED") {
            required = true;
        } else if !word(s, "#IMPLIED") {
            if word(s, "#FIXED") {
                required = true;
                gap(s)?;
            }
            last = s.at;
            default = Some((s.quoted()?.to_owned(), last + 1));
        }
        found.push(AttributeDeclaration { name, kind, default, required, at: last });
    }
}

fn attribute_kind(s: &mut Scanner<'_>) -> Scanned<String> {
    let mut kind = String::new();
    if !s.rest().starts_with('(') {
        let name = s.name()?;
        if name != "NOTATION" {
            let known = ["CDATA", "ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NMTOKEN", "NMTOKENS"];
            return if known.contains(&name) { Ok(name.to_owned()) } else { syntax(s) };
        }
        kind.push_str(name);
        gap(s)?;
    }
    if !word(s, "(") {
        return syntax(s);
    }
    let mut opening = '(';
    loop {
        s.spaces();
        kind.push(opening);
        kind.push_str(s.name_token()?);
        s.spaces();
        if word(s, ")") {
            kind.push(')');
            return Ok(kind);
        }
        if !word(s, "|") {
            return syntax(s);
        }
        opening = '|';
    }
}

/// An element's name and content, behind `<!ELEMENT`, and where the token stands that completes it.
pub fn element(s: &mut Scanner<'_>) -> Scanned<(String, Model, usize)> {
    gap(s)?;
    let name = s.name()?.to_owned();
    gap(s)?;
    let leaf = |kind| Model(vec![Node { kind, quantifier: 0, name: None, children: Vec::new() }]);
    let mut at = s.at;
    let model = if word(s, "EMPTY") {
        leaf(EMPTY)
    } else if word(s, "ANY") {
        leaf(ANY)
    } else {
        let start = s.at;
        let model = group(s)?;
        at = s.text[start..s.at].rfind(')').map_or(start, |last| start + last);
        model
    };
    close(s)?;
    Ok((name, model, at))
}

fn quantifier(s: &mut Scanner<'_>) -> u8 {
    let found = s.rest().chars().next().and_then(|c| "?*+".find(c)).map_or(0, |i| i as u8 + 1);
    s.at += usize::from(found > 0);
    found
}

/// A content in parentheses. Groups inside groups are kept on a stack of their own.
fn group(s: &mut Scanner<'_>) -> Scanned<Model> {
    if !word(s, "(") {
        return syntax(s);
    }
    let new = |kind| Node { kind, quantifier: 0, name: None, children: Vec::new() };
    let mut nodes = vec![new(0)];
    let mut open = vec![0];
    s.spaces();
    let mixed = word(s, "#PCDATA");
    if mixed {
        nodes[0].kind = MIXED;
    }
    // Whether a name or a group must come.
    let mut wanted = !mixed;
    while let Some(&current) = open.last() {
        s.spaces();
        if wanted {
            let child = nodes.len();
            nodes[current].children.push(child);
            if word(s, "(") {
                if mixed {
                    return syntax(s);
                }
                nodes.push(new(0));
                open.push(child);
                continue;
            }
            let name = Some(s.name()?.to_owned());
            let quantifier = if mixed { 0 } else { quantifier(s) };
            nodes.push(Node { kind: NAME, quantifier, name, children: Vec::new() });
            wanted = false;
            continue;
        }
        let kind = match s.peek()? {
            '|' if mixed => MIXED,
            '|' => CHOICE,
            ',' => SEQUENCE,
            ')' => {
                s.at += 1;
                open.pop();
                let node = &mut nodes[current];
                if node.kind == 0 {
                    node.kind = SEQUENCE;
                }
                node.quantifier = quantifier(s);
                // Mixed content with names repeats.
                if mixed && node.quantifier != 2 && !node.children.is_empty() {
                    return syntax(s);
                }
                continue;
            }
            _ => return syntax(s),
        };
        if !matches!(nodes[current].kind, 0) && nodes[current].kind != kind {
            return syntax(s);
        }
        nodes[current].kind = kind;
        s.at += 1;
        wanted = true;
    }
    Ok(Model(nodes))
}

/// A notation's name and what it stands for, behind `<!NOTATION`.
pub fn notation(s: &mut Scanner<'_>) -> Scanned<(String, ExternalId)> {
    gap(s)?;
    let name = s.name()?.to_owned();
    gap(s)?;
    match external_id(s, true)? {
        Some(id) => {
            close(s)?;
            Ok((name, id))
        }
        None => syntax(s),
    }
}
