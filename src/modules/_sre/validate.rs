//! Checks that a list of numbers is code that the engine can run: CPython's `_validate`, with its rules.
//!
//! The engine indexes into the code and the text without asking twice; what passes here keeps it within both.

use super::engine::{MAXREPEAT, SreAtCode, SreCatCode, SreInfo, SreOpcode};
use crate::objects::slots::R;
use crate::objects::thread::Thread;

/// Whether the code is one that a compiler could have made.
pub(super) fn check(t: &Thread, code: &[u32], groups: usize) -> R<bool> {
    let Some((&last, body)) = code.split_last() else { return Ok(false) };
    if last != SreOpcode::SUCCESS as u32 {
        return Ok(false);
    }
    match (Checker { t, groups }).sequence(body) {
        Ok(()) => Ok(true),
        Err(Fault::Invalid) => Ok(false),
        Err(Fault::TooDeep) => Err(t.native_recursion_error("")),
    }
}

/// Why code is refused.
enum Fault {
    Invalid,
    TooDeep,
}

type Checked<T = ()> = Result<T, Fault>;

fn require(condition: bool) -> Checked {
    if condition { Ok(()) } else { Err(Fault::Invalid) }
}

/// The code that is left to read.
struct Reader<'a>(&'a [u32]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Checked<u32> {
        let (&first, rest) = self.0.split_first().ok_or(Fault::Invalid)?;
        self.0 = rest;
        Ok(first)
    }

    fn opcode(&mut self) -> Checked<SreOpcode> {
        SreOpcode::try_from(self.number()?).map_err(|_| Fault::Invalid)
    }

    fn expect(&mut self, opcode: SreOpcode) -> Checked {
        require(self.opcode()? == opcode)
    }

    /// The next so many numbers.
    fn take(&mut self, count: usize) -> Checked<&'a [u32]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Fault::Invalid)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A skip, counted from its own place, and what it skips without the last `tail` numbers.
    fn skipped(&mut self, tail: usize) -> Checked<&'a [u32]> {
        let skip = self.number()? as usize;
        self.take(skip.checked_sub(1 + tail).ok_or(Fault::Invalid)?)
    }
}

struct Checker<'t> {
    t: &'t Thread,
    groups: usize,
}

impl Checker<'_> {
    fn sequence(&self, code: &[u32]) -> Checked {
        if self.t.native_stack_low() {
            return Err(Fault::TooDeep);
        }
        let mut code = Reader(code);
        while !code.0.is_empty() {
            self.instruction(&mut code)?;
        }
        Ok(())
    }

    fn instruction(&self, code: &mut Reader<'_>) -> Checked {
        use SreOpcode::*;
        let opcode = code.opcode()?;
        match opcode {
            MARK => require((code.number()? as usize) < 2 * self.groups),
            LITERAL
            | NOT_LITERAL
            | LITERAL_IGNORE
            | NOT_LITERAL_IGNORE
            | LITERAL_UNI_IGNORE
            | NOT_LITERAL_UNI_IGNORE
            | LITERAL_LOC_IGNORE
            | NOT_LITERAL_LOC_IGNORE => code.number().map(drop),
            SUCCESS | FAILURE | ANY | ANY_ALL => Ok(()),
            AT => require(SreAtCode::try_from(code.number()?).is_ok()),
            IN | IN_IGNORE | IN_UNI_IGNORE | IN_LOC_IGNORE => {
                charset(code.skipped(1)?)?;
                code.expect(FAILURE)
            }
            INFO => info(code.skipped(0)?),
            BRANCH => self.branch(code),
            REPEAT_ONE | MIN_REPEAT_ONE | POSSESSIVE_REPEAT_ONE => {
                self.sequence(repeated(code, 1)?)?;
                code.expect(SUCCESS)
            }
            REPEAT | POSSESSIVE_REPEAT => {
                self.sequence(repeated(code, 0)?)?;
                let end = code.opcode()?;
                require(match opcode {
                    POSSESSIVE_REPEAT => end == SUCCESS,
                    _ => matches!(end, MAX_UNTIL | MIN_UNTIL),
                })
            }
            ATOMIC_GROUP => {
                self.sequence(code.skipped(1)?)?;
                code.expect(SUCCESS)
            }
            GROUPREF | GROUPREF_IGNORE | GROUPREF_UNI_IGNORE | GROUPREF_LOC_IGNORE => {
                require((code.number()? as usize) < self.groups)
            }
            GROUPREF_EXISTS => self.conditional(code),
            ASSERT | ASSERT_NOT => {
                // <skip> <width to look back> <pattern> SUCCESS
                let inner = code.skipped(1)?;
                let (&back, pattern) = inner.split_first().ok_or(Fault::Invalid)?;
                require(back & 0x8000_0000 == 0)?;
                self.sequence(pattern)?;
                code.expect(SUCCESS)
            }
            _ => Err(Fault::Invalid),
        }
    }

    /// `<skip> <pattern> JUMP <skip>` for each alternative, then 0. All jumps have one target: behind the 0.
    fn branch(&self, code: &mut Reader<'_>) -> Checked {
        let mut targets = Vec::new();
        while code.0.first() != Some(&0) {
            self.sequence(code.skipped(2)?)?;
            code.expect(SreOpcode::JUMP)?;
            // How much code is left at the target.
            let left = code.0.len();
            let skip = code.number()? as usize;
            targets.push(left.checked_sub(skip).ok_or(Fault::Invalid)?);
        }
        code.number()?;
        require(targets.iter().all(|&left| left == code.0.len()))
    }

    /// `<group> <skip> <then>`, or `<group> <skip> <then> JUMP <skip> <else>`.
    fn conditional(&self, code: &mut Reader<'_>) -> Checked {
        require((code.number()? as usize) < self.groups)?;
        // The skip is counted from the group.
        let skip = code.number()? as usize;
        let then = code.take(skip.checked_sub(2).ok_or(Fault::Invalid)?)?;
        match then {
            [pattern @ .., jump, to_end] if *jump == SreOpcode::JUMP as u32 => {
                self.sequence(pattern)?;
                let skip = *to_end as usize;
                self.sequence(code.take(skip.checked_sub(1).ok_or(Fault::Invalid)?)?)
            }
            _ => self.sequence(then),
        }
    }
}

/// `<skip> <min> <max> <pattern>` without the last `tail` numbers: the pattern.
fn repeated<'a>(code: &mut Reader<'a>, tail: usize) -> Checked<&'a [u32]> {
    match code.skipped(tail)? {
        [min, max, pattern @ ..] => {
            require(min <= max && *max as usize <= MAXREPEAT)?;
            Ok(pattern)
        }
        _ => Err(Fault::Invalid),
    }
}

/// `<flags> <min> <max>`, then a prefix (`<length> <skip> <literal> <overlaps>`) or a charset.
fn info(code: &[u32]) -> Checked {
    let mut code = Reader(code);
    let flags = SreInfo::from_bits(code.number()?).ok_or(Fault::Invalid)?;
    code.take(2)?;
    let (prefix, set) = (flags.contains(SreInfo::PREFIX), flags.contains(SreInfo::CHARSET));
    require(!(prefix && set))?;
    require(prefix || !flags.contains(SreInfo::LITERAL))?;
    if prefix {
        let length = code.number()?;
        require(length > 0 && code.number()? <= length)?;
        code.take(length as usize)?;
        require(code.take(length as usize)?.iter().all(|&overlap| overlap < length))?;
    }
    if set {
        let (&end, set) = code.0.split_last().ok_or(Fault::Invalid)?;
        require(end == SreOpcode::FAILURE as u32)?;
        return charset(set);
    }
    require(code.0.is_empty())
}

/// The members of a set.
fn charset(code: &[u32]) -> Checked {
    use SreOpcode::*;
    let mut code = Reader(code);
    while !code.0.is_empty() {
        match code.opcode()? {
            NEGATE => {}
            LITERAL => drop(code.number()?),
            RANGE | RANGE_UNI_IGNORE => drop(code.take(2)?),
            CHARSET => drop(code.take(256 / 32)?),
            BIGCHARSET => {
                let blocks = code.number()? as usize;
                let indices = code.take(256 / 4)?;
                require(indices.iter().flat_map(|i| i.to_ne_bytes()).all(|i| (i as usize) < blocks))?;
                code.take(blocks * (256 / 32))?;
            }
            CATEGORY => require(SreCatCode::try_from(code.number()?).is_ok())?,
            _ => return Err(Fault::Invalid),
        }
    }
    Ok(())
}
