//! Soft keywords are settled before the parser.
//!
//! `match`, `case` and `type` are names except where they begin a statement of that kind, and an LR
//! parser cannot try one reading after the other. A look at the logical line decides:
//!
//! - `type` followed by a name can be nothing but a type alias;
//! - `match` begins a `match` statement if it begins its line and the line's first colon outside
//!   brackets (and lambdas) ends it: in `match[x]: int` something follows;
//! - `case` begins a case block where the block around it belongs to a `match`;
//! - the bracket after `with` holds items if there is an `as` directly in it.

use super::token::{Kind, Token};

/// The kinds of `tokens` as the parser is to see them.
pub fn settle(source: &str, tokens: &[Token]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = tokens.iter().map(|t| t.kind).collect();
    // For each open block, whether a `match` line opened it.
    let mut blocks = vec![false];
    let mut line_is_match = false;
    let mut at_line_start = true;
    for at in 0..tokens.len() {
        let line_start = std::mem::replace(&mut at_line_start, false);
        match tokens[at].kind {
            Kind::Newline => at_line_start = true,
            Kind::Indent => {
                blocks.push(std::mem::take(&mut line_is_match));
                at_line_start = true;
            }
            Kind::Dedent => {
                if blocks.len() > 1 {
                    blocks.pop();
                }
                at_line_start = true;
            }
            Kind::With
                if tokens.get(at + 1).is_some_and(|t| t.kind == Kind::Lpar) && holds_with_items(tokens, at + 1) =>
            {
                kinds[at + 1] = Kind::WithLpar;
            }
            Kind::Name => {
                let token = &tokens[at];
                match &source[token.start as usize..token.end as usize] {
                    "type" if tokens.get(at + 1).is_some_and(|t| t.kind == Kind::Name) => kinds[at] = Kind::Type,
                    "match" if line_start && is_match(tokens, at) => {
                        kinds[at] = Kind::Match;
                        line_is_match = true;
                        continue;
                    }
                    "case" if line_start && blocks[blocks.len() - 1] => kinds[at] = Kind::Case,
                    _ => {}
                }
                if line_start {
                    line_is_match = false;
                }
            }
            _ if line_start => line_is_match = false,
            _ => {}
        }
    }
    kinds
}

/// `match` at `at`: the first colon outside brackets ends the line.
fn is_match(tokens: &[Token], at: usize) -> bool {
    if matches!(tokens.get(at + 1).map(|t| t.kind), None | Some(Kind::Colon | Kind::Newline | Kind::Equal | Kind::Dot))
    {
        return false;
    }
    let (mut depth, mut lambdas) = (0u32, 0u32);
    for (i, token) in tokens.iter().enumerate().skip(at + 1) {
        match token.kind {
            Kind::Lpar | Kind::Lsqb | Kind::Lbrace | Kind::FStringStart | Kind::TStringStart => depth += 1,
            Kind::Rpar | Kind::Rsqb | Kind::Rbrace | Kind::FStringEnd | Kind::TStringEnd => {
                depth = depth.saturating_sub(1);
            }
            Kind::Lambda if depth == 0 => lambdas += 1,
            Kind::Colon if depth == 0 && lambdas > 0 => lambdas -= 1,
            Kind::Colon if depth == 0 => return tokens.get(i + 1).is_some_and(|t| t.kind == Kind::Newline),
            Kind::Newline => return false,
            _ => {}
        }
    }
    false
}

/// Whether the bracket at `open` holds an `as` of its own.
fn holds_with_items(tokens: &[Token], open: usize) -> bool {
    let mut depth = 0u32;
    for token in &tokens[open..] {
        match token.kind {
            Kind::Lpar | Kind::Lsqb | Kind::Lbrace => depth += 1,
            Kind::Rpar | Kind::Rsqb | Kind::Rbrace => {
                depth -= 1;
                if depth == 0 {
                    return false;
                }
            }
            Kind::As if depth == 1 => return true,
            Kind::Newline => return false,
            _ => {}
        }
    }
    false
}
