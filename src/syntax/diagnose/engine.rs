//! A packrat interpreter for the rules.

use super::super::error::SyntaxError;
use super::super::lexer::Lexed;
use super::super::token::{Kind, Token};
use super::notation::{Action, Alt, Ex, Node, RULES};
use std::rc::Rc;

/// Deepest nesting of rules, about CPython's `MAXSTACK`.
const MAX_DEPTH: usize = 6000;

/// What has matched: a kind of node over a range of tokens.
#[derive(Debug, Clone)]
pub struct Value {
    pub node: Node,
    pub from: usize,
    pub to: usize,
    pub kids: Option<Rc<Vec<Value>>>,
}

impl Value {
    fn plain(from: usize, to: usize) -> Value {
        Value { node: Node::Other, from, to, kids: None }
    }

    pub fn kids(&self) -> &[Value] {
        self.kids.as_deref().map_or(&[], |kids| kids.as_slice())
    }
}

/// Why an expression did not match.
#[derive(Debug)]
pub enum Fail {
    /// Another alternative may.
    Try,
    /// An error has been found.
    Stop(Box<SyntaxError>),
    /// The lexer's error has been reached.
    Lexer,
}

pub type Match<T> = Result<T, Fail>;

/// A memorized outcome: where the rule matched up to, if it did.
struct Memo {
    key: u32,
    outcome: Option<(Value, usize)>,
}

fn is_invalid(rule: usize) -> bool {
    RULES.rules.get(rule).is_some_and(|rule| rule.invalid)
}

/// One run of the rules over the tokens of a text.
pub struct Engine<'a> {
    pub source: &'a str,
    pub lexed: &'a Lexed,
    /// Bracket depth after each token.
    pub levels: &'a [u32],
    pub flufl: bool,
    /// Whether rules that only find errors take part.
    pub invalid: bool,
    /// How many tokens have been read, looks ahead included.
    pub fill: usize,
    memo: Vec<Vec<Memo>>,
    depth: usize,
}

impl<'a> Engine<'a> {
    pub fn new(source: &'a str, lexed: &'a Lexed, levels: &'a [u32], flufl: bool) -> Self {
        Engine { source, lexed, levels, flufl, invalid: false, fill: 0, memo: Vec::new(), depth: 0 }
    }

    /// Forgets what was memorized, for the second pass.
    pub fn restart(&mut self, invalid: bool) {
        self.invalid = invalid;
        self.memo.clear();
        self.depth = 0;
    }

    pub fn run(&mut self, rule: &str, at: usize) -> Match<usize> {
        let Some(&index) = RULES.by_name.get(rule) else { return Err(Fail::Try) };
        self.rule(index, at).map(|(_, end)| end)
    }

    /// Reads token `at`.
    pub fn token(&mut self, at: usize) -> Match<&'a Token> {
        let tokens = &self.lexed.tokens;
        if at >= tokens.len() {
            if self.lexed.error.is_some() {
                return Err(Fail::Lexer);
            }
            self.fill = tokens.len();
            return tokens.last().ok_or(Fail::Try);
        }
        self.fill = self.fill.max(at + 1);
        Ok(&tokens[at])
    }

    pub fn text(&self, at: usize) -> &'a str {
        self.lexed.tokens.get(at).map_or("", |t| &self.source[t.start as usize..t.end as usize])
    }

    fn rule(&mut self, index: usize, at: usize) -> Match<(Value, usize)> {
        let Some(rule) = RULES.rules.get(index) else { return self.built_in(index, at) };
        if rule.name == "expression_without_invalid" {
            let before = std::mem::replace(&mut self.invalid, false);
            let outcome = self.expression(&rule.body, at);
            self.invalid = before;
            return outcome;
        }
        let key = index as u32 * 2 + u32::from(self.invalid && !rule.shared);
        if self.memo.len() <= at {
            self.memo.resize_with(at + 1, Vec::new);
        }
        if let Some(memo) = self.memo[at].iter().find(|memo| memo.key == key) {
            return memo.outcome.clone().ok_or(Fail::Try);
        }
        if self.depth >= MAX_DEPTH {
            return Err(Fail::Stop(super::too_complex()));
        }
        self.depth += 1;
        let outcome = self.expression(&rule.body, at);
        self.depth -= 1;
        let kept = match &outcome {
            Ok(found) => Some(found.clone()),
            Err(Fail::Try) => None,
            Err(_) => return outcome,
        };
        self.memo[at].push(Memo { key, outcome: kept });
        outcome
    }

    /// Rules that look at the text of a token.
    fn built_in(&mut self, index: usize, at: usize) -> Match<(Value, usize)> {
        let is = |name: &str| RULES.by_name.get(name) == Some(&index);
        let kind = self.token(at)?.kind;
        let text = self.text(at);
        let matches = if is("soft_keyword") {
            kind == Kind::Name && matches!(text, "match" | "case" | "type" | "_")
        } else if is("not_equal") {
            kind == Kind::NotEqual && self.not_equal(text, at)?
        } else {
            false
        };
        if matches { Ok((Value::plain(at, at + 1), at + 1)) } else { Err(Fail::Try) }
    }

    fn expression(&mut self, ex: &'static Ex, at: usize) -> Match<(Value, usize)> {
        match ex {
            Ex::Token(kind) => {
                if self.token(at)?.kind == *kind {
                    Ok((Value::plain(at, at + 1), at + 1))
                } else {
                    Err(Fail::Try)
                }
            }
            Ex::Soft(word) => {
                if self.token(at)?.kind == Kind::Name && self.text(at) == *word {
                    Ok((Value::plain(at, at + 1), at + 1))
                } else {
                    Err(Fail::Try)
                }
            }
            Ex::Rule(index) => self.rule(*index, at),
            Ex::Choice(alts) => self.choice(alts, at),
            Ex::Optional(item) => match self.expression(item, at) {
                Err(Fail::Try) => Ok((Value { node: Node::List, ..Value::plain(at, at) }, at)),
                other => other,
            },
            Ex::Repeat { item, least } => self.repeat(None, item, *least, at),
            Ex::Gather { separator, item } => self.repeat(Some(separator), item, 1, at),
            Ex::Ahead { item, wanted } => match self.expression(item, at) {
                Ok(_) if *wanted => Ok((Value::plain(at, at), at)),
                Err(Fail::Try) if !*wanted => Ok((Value::plain(at, at), at)),
                Ok(_) | Err(Fail::Try) => Err(Fail::Try),
                Err(stop) => Err(stop),
            },
            Ex::Forced(kind, text) => {
                if self.token(at)?.kind == *kind {
                    return Ok((Value::plain(at, at + 1), at + 1));
                }
                Err(if self.invalid { Fail::Stop(self.expected(at, text)) } else { Fail::Try })
            }
            Ex::Cut | Ex::Never => Err(Fail::Try),
        }
    }

    fn repeat(
        &mut self,
        separator: Option<&'static Ex>,
        item: &'static Ex,
        least: usize,
        from: usize,
    ) -> Match<(Value, usize)> {
        let mut kids = Vec::new();
        let mut at = from;
        loop {
            let mut start = at;
            if let Some(separator) = separator
                && !kids.is_empty()
            {
                match self.expression(separator, at) {
                    Ok((_, end)) => start = end,
                    Err(Fail::Try) => break,
                    Err(stop) => return Err(stop),
                }
            }
            match self.expression(item, start) {
                Ok((value, end)) if end > at => {
                    kids.push(value);
                    at = end;
                }
                Ok(_) | Err(Fail::Try) => break,
                Err(stop) => return Err(stop),
            }
        }
        if kids.len() < least {
            return Err(Fail::Try);
        }
        Ok((Value { node: Node::List, from, to: at, kids: Some(Rc::new(kids)) }, at))
    }

    fn choice(&mut self, alts: &'static [Alt], from: usize) -> Match<(Value, usize)> {
        for alt in alts {
            // As in CPython, only an alternative that is an error rule and nothing else waits for the
            // second pass.
            if !self.invalid && matches!(alt.items[..], [(_, Ex::Rule(i))] if is_invalid(i)) {
                continue;
            }
            let mut pieces: Vec<(char, Value)> = Vec::new();
            match self.alternative(alt, from, &mut pieces) {
                Ok(to) => match self.act(&alt.action, from, to, &pieces) {
                    Ok(value) => return Ok((value, to)),
                    Err(Fail::Try) => {}
                    Err(stop) => return Err(stop),
                },
                Err((Fail::Try, false)) => {}
                Err((fail, _)) => return Err(fail),
            }
        }
        Err(Fail::Try)
    }

    /// Matches all pieces in order. A failure says whether there is no way back to other alternatives.
    fn alternative(
        &mut self,
        alt: &'static Alt,
        from: usize,
        pieces: &mut Vec<(char, Value)>,
    ) -> Result<usize, (Fail, bool)> {
        let mut at = from;
        let mut cut = false;
        for (name, ex) in &alt.items {
            if matches!(ex, Ex::Cut) {
                cut = true;
                continue;
            }
            let (value, end) = self.expression(ex, at).map_err(|fail| (fail, cut))?;
            at = end;
            if *name != '\0' || (alt.items.len() == 1 && !matches!(ex, Ex::Ahead { .. })) {
                pieces.push((*name, value));
            } else if matches!(alt.action, Action::Pass) && !matches!(ex, Ex::Ahead { .. }) {
                pieces.push(('\0', value));
            }
        }
        Ok(at)
    }

    fn act(&mut self, action: &'static Action, from: usize, to: usize, pieces: &[(char, Value)]) -> Match<Value> {
        match action {
            Action::Pass => {
                // A group stands for its named piece.
                let named = pieces.iter().find(|p| p.0 != '\0');
                match (named, pieces) {
                    (Some((_, value)), _) | (None, [(_, value)]) => Ok(value.clone()),
                    _ => Ok(Value::plain(from, to)),
                }
            }
            Action::Node(Node::Same, name) => {
                Ok(pieces.iter().find(|p| p.0 == *name).map_or(Value::plain(from, to), |p| p.1.clone()))
            }
            Action::Node(Node::Other, name) if *name != '\0' => {
                Ok(pieces.iter().find(|p| p.0 == *name).map_or(Value::plain(from, to), |p| p.1.clone()))
            }
            Action::Node(node, name) => {
                let mut kids = Vec::new();
                if *name != '\0' {
                    for (_, value) in pieces.iter().filter(|p| p.0 == *name) {
                        match value.node {
                            Node::List => kids.extend(value.kids().iter().cloned()),
                            _ => kids.push(value.clone()),
                        }
                    }
                }
                if *node == Node::Strings {
                    self.check_mixed_strings(&kids)?;
                }
                if *node == Node::Primary {
                    let last = kids[kids.len() - 1].node;
                    return Ok(if kids.len() == 1 {
                        kids.swap_remove(0)
                    } else {
                        Value { node: last, from, to, kids: None }
                    });
                }
                let kids = if kids.is_empty() { None } else { Some(Rc::new(kids)) };
                Ok(Value { node: *node, from, to, kids })
            }
            Action::Speak { how, args, message } => self.speak(how, args, message, from, to, pieces),
        }
    }
}
