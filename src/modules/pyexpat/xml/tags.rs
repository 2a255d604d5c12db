//! Tags, references, and the values of attributes.

use super::dtd::{Dtd, predefined};
use super::machine::Budget;
use super::scan::{Scanned, Scanner, Stop, is_char, is_space};
use super::{Code, code};

/// An attribute as it is written.
pub struct RawAttribute<'a> {
    pub name: &'a str,
    pub value: &'a str,
    /// Where its name stands.
    pub at: usize,
}

/// A start tag as it is written.
pub struct StartTag<'a> {
    pub name: &'a str,
    pub attributes: Vec<RawAttribute<'a>>,
    pub empty: bool,
}

/// `<name a="b" ...>` or `.../>`; the scanner stands before it.
pub fn start_tag<'a>(s: &mut Scanner<'a>) -> Scanned<StartTag<'a>> {
    s.expect("<")?;
    let name = s.name()?;
    let mut attributes = Vec::new();
    loop {
        let spaced = s.spaces();
        match s.peek()? {
            '>' => {
                s.at += 1;
                return Ok(StartTag { name, attributes, empty: false });
            }
            '/' => {
                s.at += 1;
                s.expect(">")?;
                return Ok(StartTag { name, attributes, empty: true });
            }
            _ if !spaced => return s.invalid(),
            _ => {}
        }
        let at = s.at;
        let name = s.name()?;
        s.spaces();
        s.expect("=")?;
        s.spaces();
        attributes.push(RawAttribute { name, value: value(s)?, at });
    }
}

/// A quoted value, in which no tag may begin and references must be whole.
fn value<'a>(s: &mut Scanner<'a>) -> Scanned<&'a str> {
    let quote = s.peek()?;
    if !matches!(quote, '"' | '\'') {
        return s.invalid();
    }
    s.at += 1;
    let start = s.at;
    loop {
        match s.peek()? {
            c if c == quote => {
                s.at += 1;
                return Ok(&s.text[start..s.at - 1]);
            }
            '&' => drop(reference(s)?),
            '<' => return s.invalid(),
            c if is_char(c) => s.at += c.len_utf8(),
            _ => return s.invalid(),
        }
    }
}

/// `</name>`; the scanner stands before it.
pub fn end_tag<'a>(s: &mut Scanner<'a>) -> Scanned<&'a str> {
    s.expect("</")?;
    let name = s.name()?;
    s.spaces();
    s.expect(">")?;
    Ok(name)
}

/// What a reference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    Character(char),
    /// The number of no character.
    BadCharacter,
    Entity(&'a str),
}

/// `&name;`, `&#10;` or `&#xa;`; the scanner stands before it.
pub fn reference<'a>(s: &mut Scanner<'a>) -> Scanned<Reference<'a>> {
    s.expect("&")?;
    if s.peek()? != '#' {
        let name = s.name()?;
        s.expect(";")?;
        return Ok(Reference::Entity(name));
    }
    s.at += 1;
    let radix = if s.peek()? == 'x' { 16 } else { 10 };
    s.at += usize::from(radix == 16);
    let mut number: u32 = 0;
    let start = s.at;
    loop {
        match s.peek()?.to_digit(radix) {
            Some(digit) => number = number.saturating_mul(radix).saturating_add(digit),
            None if s.at == start => return s.invalid(),
            None => break,
        }
        s.at += 1;
    }
    s.expect(";")?;
    Ok(char::from_u32(number).filter(|&c| is_char(c)).map_or(Reference::BadCharacter, Reference::Character))
}

/// The value of an attribute: references replaced, white space made plain. In one whose type is not CDATA blanks
/// count only between words.
pub fn attribute_value(raw: &str, is_cdata: bool, dtd: &mut Dtd, budget: &mut Budget) -> Result<String, Code> {
    let mut out = String::with_capacity(raw.len());
    let result = expand(raw, &mut out, dtd, budget);
    if is_cdata || result.is_err() {
        return result.map(|()| out);
    }
    Ok(out.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

fn expand(raw: &str, out: &mut String, dtd: &mut Dtd, budget: &mut Budget) -> Result<(), Code> {
    // Texts of entities that are being read, outermost first, each with its name.
    let mut texts: Vec<(String, usize, String)> = vec![(raw.to_owned(), 0, String::new())];
    let mut result = Ok(());
    while let Some((text, at, name)) = texts.last_mut() {
        match one_piece(text, at, out, dtd, budget) {
            Ok(Piece::Text) => {}
            Ok(Piece::End) => {
                dtd.open.remove(name.as_str());
                texts.pop();
            }
            Ok(Piece::Entity(inner, text)) => {
                dtd.open.insert(inner.clone());
                texts.push((text, 0, inner));
            }
            Err(code) => {
                result = Err(code);
                break;
            }
        }
    }
    for (_, _, name) in texts {
        dtd.open.remove(&name);
    }
    result
}

enum Piece {
    Text,
    End,
    /// The name and the text of an entity to read.
    Entity(String, String),
}

fn one_piece(text: &str, at: &mut usize, out: &mut String, dtd: &Dtd, budget: &mut Budget) -> Result<Piece, Code> {
    let mut s = Scanner::new(text, *at);
    let Ok(c) = s.peek() else { return Ok(Piece::End) };
    if c != '&' {
        if c == '<' {
            return Err(code::INVALID_TOKEN);
        }
        let rest = s.rest();
        let length = rest.find(|c| is_space(c) || matches!(c, '&' | '<')).unwrap_or(rest.len());
        out.push_str(&rest[..length]);
        s.at += length;
        if s.peek().is_ok_and(is_space) {
            let pair = s.rest().starts_with("\r\n");
            s.at += 1 + usize::from(pair);
            out.push(' ');
        }
        *at = s.at;
        return Ok(Piece::Text);
    }
    let found = reference(&mut s).map_err(|stop| match stop {
        Stop::More => code::INVALID_TOKEN,
        Stop::Error(code, _) => code,
    })?;
    *at = s.at;
    match found {
        Reference::Character(c) => out.push(c),
        Reference::BadCharacter => return Err(code::BAD_CHAR_REF),
        Reference::Entity(name) => {
            if let Some(c) = predefined(name) {
                out.push(c);
                return Ok(Piece::Text);
            }
            let Some(entity) = dtd.general.get(name) else {
                return if dtd.must_be_declared() { Err(code::UNDEFINED_ENTITY) } else { Ok(Piece::Text) };
            };
            if dtd.open.contains(name) {
                return Err(code::RECURSIVE_ENTITY_REF);
            }
            if entity.notation.is_some() {
                return Err(code::BINARY_ENTITY_REF);
            }
            let Some(text) = &entity.text else { return Err(code::ATTRIBUTE_EXTERNAL_ENTITY_REF) };
            budget.spend(text.len())?;
            return Ok(Piece::Entity(name.to_owned(), text.clone()));
        }
    }
    Ok(Piece::Text)
}
