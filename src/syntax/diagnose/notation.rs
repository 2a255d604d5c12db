//! Reads the notation of `rules.peg` into a table of rules.
//!
//! The texts are part of the program, so a mistake in them is a bug of ours, found by the unit test
//! below; an unknown word becomes an expression that never matches.

use super::super::token::Kind;
use logos::Logos;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A parsing expression.
#[derive(Debug)]
pub enum Ex {
    Token(Kind),
    Soft(&'static str),
    Rule(usize),
    Choice(Vec<Alt>),
    Optional(Box<Ex>),
    Repeat {
        item: Box<Ex>,
        least: usize,
    },
    Gather {
        separator: Box<Ex>,
        item: Box<Ex>,
    },
    Ahead {
        item: Box<Ex>,
        wanted: bool,
    },
    /// The token must come: otherwise "expected 'text'".
    Forced(Kind, &'static str),
    Cut,
    Never,
}

/// One alternative: named pieces in order, and what to do when all have matched.
#[derive(Debug)]
pub struct Alt {
    pub items: Vec<(char, Ex)>,
    pub action: Action,
}

#[derive(Debug)]
pub enum Action {
    /// The value is that of the only piece, or nothing in particular.
    Pass,
    Node(Node, char),
    Speak {
        how: &'static str,
        args: Vec<&'static str>,
        message: String,
    },
}

/// What a node is, as far as an error may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    Other,
    /// The value of the named piece.
    Same,
    List,
    Tuple,
    ListDisplay,
    Starred,
    IfExp,
    Yield,
    NamedExpr,
    BoolOp,
    UnaryOp,
    BinOp,
    Compare,
    In,
    Await,
    /// An atom and its suffixes: the last suffix says what it is.
    Primary,
    Attribute,
    Call,
    Subscript,
    Name,
    True,
    False,
    None,
    Ellipsis,
    Literal,
    Strings,
    FString,
    TString,
    Slice,
    Lambda,
    Set,
    Dict,
    Clause,
    ListComp,
    SetComp,
    DictComp,
    GeneratorExp,
    Args,
    Keyword,
    DoubleStar,
}

const NODES: [(&str, Node); 39] = [
    ("Other", Node::Other),
    ("Same", Node::Same),
    ("List", Node::List),
    ("Tuple", Node::Tuple),
    ("ListDisplay", Node::ListDisplay),
    ("Starred", Node::Starred),
    ("IfExp", Node::IfExp),
    ("Yield", Node::Yield),
    ("NamedExpr", Node::NamedExpr),
    ("BoolOp", Node::BoolOp),
    ("UnaryOp", Node::UnaryOp),
    ("BinOp", Node::BinOp),
    ("Compare", Node::Compare),
    ("In", Node::In),
    ("Await", Node::Await),
    ("Primary", Node::Primary),
    ("Attribute", Node::Attribute),
    ("Call", Node::Call),
    ("Subscript", Node::Subscript),
    ("Name", Node::Name),
    ("True", Node::True),
    ("False", Node::False),
    ("None", Node::None),
    ("Ellipsis", Node::Ellipsis),
    ("Literal", Node::Literal),
    ("Strings", Node::Strings),
    ("FString", Node::FString),
    ("TString", Node::TString),
    ("Slice", Node::Slice),
    ("Lambda", Node::Lambda),
    ("Set", Node::Set),
    ("Dict", Node::Dict),
    ("Clause", Node::Clause),
    ("ListComp", Node::ListComp),
    ("SetComp", Node::SetComp),
    ("DictComp", Node::DictComp),
    ("GeneratorExp", Node::GeneratorExp),
    ("Args", Node::Args),
    ("Keyword", Node::Keyword),
];

const CLASSES: [(&str, Kind); 14] = [
    ("NAME", Kind::Name),
    ("NUMBER", Kind::Number),
    ("STRING", Kind::String),
    ("NEWLINE", Kind::Newline),
    ("INDENT", Kind::Indent),
    ("DEDENT", Kind::Dedent),
    ("ENDMARKER", Kind::EndMarker),
    ("FSTART", Kind::FStringStart),
    ("FMIDDLE", Kind::FStringMiddle),
    ("FEND", Kind::FStringEnd),
    ("TSTART", Kind::TStringStart),
    ("TMIDDLE", Kind::TStringMiddle),
    ("TEND", Kind::TStringEnd),
    ("OP", Kind::Op),
];

#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    /// CPython memorizes this rule's outcome, whether or not error rules took part in it.
    pub shared: bool,
    pub invalid: bool,
    pub body: Ex,
}

/// The rules that CPython's grammar marks `(memo)` or writes with left recursion.
const SHARED: [&str; 30] = [
    "simple_stmt",
    "block",
    "closed_pattern",
    "star_pattern",
    "type_param",
    "expression",
    "star_expression",
    "disjunction",
    "conjunction",
    "inversion",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_and",
    "shift_expr",
    "sum",
    "term",
    "factor",
    "await_primary",
    "primary",
    "strings",
    "arguments",
    "star_target",
    "target_with_star_atom",
    "t_primary",
    "del_target",
    "invalid_named_expression",
    "dotted_name",
    "attr",
    "name_or_attr",
    "string",
];

/// All rules, and where to find them by name.
#[derive(Debug)]
pub struct Rules {
    pub rules: Vec<Rule>,
    pub by_name: HashMap<&'static str, usize>,
}

/// The table, read when the first error is met.
pub static RULES: LazyLock<Rules> =
    LazyLock::new(|| read(&[include_str!("rules.peg"), include_str!("expressions.peg")]));

fn read(texts: &[&'static str]) -> Rules {
    // A rule starts in the first column; what follows, indented, belongs to it.
    let mut sources: Vec<(&'static str, String)> = Vec::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with(' ') {
            if let Some((_, body)) = sources.last_mut() {
                body.push_str(line);
            }
        } else if let Some((name, body)) = line.split_once(':') {
            sources.push((name, body.to_owned()));
        }
    }
    let mut by_name: HashMap<&'static str, usize> = sources.iter().enumerate().map(|(i, s)| (s.0, i)).collect();
    // What the table cannot say itself is known to the parser by name.
    for name in super::BUILT_IN {
        let next = by_name.len();
        by_name.entry(name).or_insert(next);
    }
    let rules = sources
        .into_iter()
        .map(|(name, body)| {
            let body: &'static str = body.leak();
            let mut reader = Reader { rest: body, by_name: &by_name };
            Rule { name, shared: SHARED.contains(&name), invalid: name.starts_with("invalid_"), body: reader.choice() }
        })
        .collect();
    Rules { rules, by_name }
}

struct Reader<'a> {
    rest: &'static str,
    by_name: &'a HashMap<&'static str, usize>,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, text: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'static str {
        self.skip();
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// The text up to a closing quote; a backslash keeps a quote.
    fn quoted(&mut self, quote: char) -> String {
        let mut out = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((i, c)) = chars.next() {
            if c == '\\' {
                out.extend(chars.next().map(|(_, c)| c));
            } else if c == quote {
                self.rest = &self.rest[i + 1..];
                return out;
            } else {
                out.push(c);
            }
        }
        self.rest = "";
        out
    }

    fn choice(&mut self) -> Ex {
        let mut alts = vec![self.alt()];
        while self.eat("|") {
            alts.push(self.alt());
        }
        Ex::Choice(alts)
    }

    fn alt(&mut self) -> Alt {
        let mut items = Vec::new();
        loop {
            if self.eat("->") {
                let name = self.word();
                let node = NODES
                    .iter()
                    .find(|n| n.0 == name)
                    .map_or(if name == "DoubleStar" { Node::DoubleStar } else { Node::Other }, |n| n.1);
                self.skip();
                let piece = self.rest.chars().next().filter(char::is_ascii_lowercase);
                if piece.is_some() {
                    self.word();
                }
                return Alt { items, action: Action::Node(node, piece.unwrap_or('\0')) };
            }
            if self.eat("=>") {
                let how = self.word();
                let mut args = Vec::new();
                loop {
                    if self.eat("\"") {
                        let message = self.quoted('"');
                        return Alt { items, action: Action::Speak { how, args, message } };
                    }
                    let arg = self.word();
                    if arg.is_empty() {
                        return Alt { items, action: Action::Speak { how, args, message: String::new() } };
                    }
                    args.push(arg);
                }
            }
            self.skip();
            if self.rest.is_empty() || self.rest.starts_with(['|', ')', ']']) {
                return Alt { items, action: Action::Pass };
            }
            items.push(self.item());
        }
    }

    fn item(&mut self) -> (char, Ex) {
        if self.eat("~") {
            return ('\0', Ex::Cut);
        }
        if self.eat("&&") {
            return match self.atom() {
                (Ex::Token(kind), text) => ('\0', Ex::Forced(kind, text)),
                _ => ('\0', Ex::Never),
            };
        }
        for (sign, wanted) in [("&", true), ("!", false)] {
            if self.eat(sign) {
                let item = Box::new(self.atom().0);
                return ('\0', Ex::Ahead { item, wanted });
            }
        }
        self.skip();
        let mut name = '\0';
        if self.rest.as_bytes().get(1) == Some(&b'=') && self.rest.as_bytes()[0].is_ascii_lowercase() {
            name = self.rest.chars().next().unwrap_or('\0');
            self.rest = &self.rest[2..];
        }
        let (mut ex, _) = self.atom();
        if self.rest.starts_with('.') {
            self.rest = &self.rest[1..];
            let (item, _) = self.atom();
            self.rest = self.rest.strip_prefix('+').unwrap_or(self.rest);
            return (name, Ex::Gather { separator: Box::new(ex), item: Box::new(item) });
        }
        for (sign, least) in [('*', 0), ('+', 1)] {
            if let Some(rest) = self.rest.strip_prefix(sign) {
                self.rest = rest;
                ex = Ex::Repeat { item: Box::new(ex), least };
            }
        }
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            ex = Ex::Optional(Box::new(ex));
        }
        (name, ex)
    }

    fn atom(&mut self) -> (Ex, &'static str) {
        if self.eat("(") {
            let ex = self.choice();
            self.eat(")");
            return (ex, "");
        }
        if self.eat("[") {
            let ex = Ex::Optional(Box::new(self.choice()));
            self.eat("]");
            return (ex, "");
        }
        if self.eat("'") {
            let text: &'static str = self.quoted('\'').leak();
            let kind = Kind::lexer(text).next().and_then(Result::ok);
            return (kind.map_or(Ex::Never, Ex::Token), text);
        }
        if self.eat("\"") {
            return (Ex::Soft(self.quoted('"').leak()), "");
        }
        let word = self.word();
        if word.is_empty() {
            // Not the notation: step over it rather than stand still.
            let mut chars = self.rest.chars();
            chars.next();
            self.rest = chars.as_str();
            return (Ex::Never, "");
        }
        if let Some((_, kind)) = CLASSES.iter().find(|c| c.0 == word) {
            return (Ex::Token(*kind), "");
        }
        (self.by_name.get(word).map_or(Ex::Never, |&i| Ex::Rule(i)), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_never(ex: &Ex) -> bool {
        match ex {
            Ex::Never => true,
            Ex::Choice(alts) => alts.iter().any(|alt| alt.items.iter().any(|(_, ex)| has_never(ex))),
            Ex::Optional(item) | Ex::Repeat { item, .. } | Ex::Ahead { item, .. } => has_never(item),
            Ex::Gather { separator, item } => has_never(separator) || has_never(item),
            _ => false,
        }
    }

    #[test]
    fn every_word_of_the_rules_is_known() {
        for rule in &RULES.rules {
            assert!(!has_never(&rule.body), "rule {}: {:?}", rule.name, rule.body);
        }
    }
}
