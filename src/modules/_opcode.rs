//! `_opcode`: what `opcode` and `dis` ask about instructions.
//!
//! Canonical instructions come from the table in `bytecode`. CPython has more numbers: specialized forms,
//! instrumented ones and the compiler's pseudo-instructions. They never stand in canonical bytecode here, but
//! `dis` knows their names and asks about them.

use super::ModuleSpec;
use crate::bytecode::{ArgKind, BINARY_OPS, INTRINSICS_1, INTRINSICS_2, Opcode, SPECIAL_METHODS};
use crate::objects::code_object::CodeObject;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// First and last number of instructions that are not canonical, and what they use: an argument, a constant, a
/// name, a jump, a local variable, an exception handler. Source: CPython's `pycore_opcode_metadata.h`.
#[rustfmt::skip]
static OTHERS: &[(i32, i32, &str)] = &[
    (3, 3, "l"), (129, 142, ""), (143, 153, "a"), (154, 154, ""), (155, 171, "a"), (172, 176, "aj"),
    (177, 178, "a"), (179, 179, "an"), (180, 188, "a"), (189, 189, "an"), (190, 191, "ac"), (192, 193, "a"),
    (194, 195, "an"), (196, 196, ""), (197, 197, "a"), (198, 199, ""), (200, 200, "an"), (201, 208, ""),
    (209, 211, "a"),
    // Instrumented.
    (234, 236, ""), (237, 237, "aj"), (238, 238, ""), (239, 239, "a"), (240, 240, ""), (241, 245, "a"),
    (246, 246, ""), (247, 247, "a"), (248, 248, "aj"), (249, 249, "an"), (250, 251, "a"), (252, 252, ""),
    (253, 253, "a"), (254, 254, ""), (255, 255, "a"),
    // Pseudo-instructions.
    (256, 256, ""), (257, 260, "aj"), (261, 261, "al"), (262, 262, ""), (263, 265, "ae"), (266, 266, "al"),
];

/// Numbers below this have a canonical instruction, or none.
const FIRST_SPECIALIZED: i32 = 129;

/// The canonical instruction that an instrumented one stands for, from number 234 on.
#[rustfmt::skip]
static INSTRUMENTED: &[Option<Opcode>] = &[
    Some(Opcode::END_FOR), Some(Opcode::POP_ITER), Some(Opcode::END_SEND), Some(Opcode::FOR_ITER), None,
    Some(Opcode::JUMP_FORWARD), Some(Opcode::NOT_TAKEN), Some(Opcode::POP_JUMP_IF_TRUE),
    Some(Opcode::POP_JUMP_IF_FALSE), Some(Opcode::POP_JUMP_IF_NONE), Some(Opcode::POP_JUMP_IF_NOT_NONE),
    Some(Opcode::RESUME), Some(Opcode::RETURN_VALUE), Some(Opcode::YIELD_VALUE), Some(Opcode::END_ASYNC_FOR),
    Some(Opcode::LOAD_SUPER_ATTR), Some(Opcode::CALL), Some(Opcode::CALL_KW), Some(Opcode::CALL_FUNCTION_EX),
    Some(Opcode::JUMP_BACKWARD), None, None,
];

/// Stack effects of the pseudo-instructions, from number 256 on; `SETUP_*` push when they jump.
static PSEUDO: &[(i32, bool)] = &[
    (0, false),
    (0, false),
    (0, false),
    (0, false),
    (0, false),
    (1, false),
    (0, false),
    (2, true),
    (1, true),
    (1, true),
    (-1, false),
];

fn canonical(number: i32) -> Option<Opcode> {
    u8::try_from(number).ok().filter(|&n| (n as i32) < FIRST_SPECIALIZED).and_then(Opcode::from_u8)
}

/// What an instruction uses, in letters as in `OTHERS`; nothing for a number without an instruction.
fn uses(number: i32) -> Option<&'static str> {
    if let Some(opcode) = canonical(number) {
        return Some(match (opcode, opcode.arg_kind()) {
            // CPython counts reading a cell as reading a local.
            (Opcode::LOAD_DEREF, _) => "al",
            (_, ArgKind::None) => "",
            (_, ArgKind::Arg) => "a",
            (_, ArgKind::Const) => "ac",
            (_, ArgKind::Name) => "an",
            (_, ArgKind::Local) => "al",
            (_, ArgKind::Free) => "af",
            (_, ArgKind::Jump) => "aj",
        });
    }
    OTHERS.iter().find(|(first, last, _)| (*first..=*last).contains(&number)).map(|(_, _, uses)| *uses)
}

fn asks(t: &Thread, args: &[Option<Value>], letter: char) -> R {
    let number = int::arg_i32(t, args[0].as_ref().unwrap_or(Value::none()))?;
    Ok(Value::bool(uses(number).is_some_and(|uses| uses.contains(letter))))
}

fn is_valid(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let number = int::arg_i32(t, args[0].as_ref().unwrap_or(Value::none()))?;
    Ok(Value::bool(uses(number).is_some()))
}

/// The stack effect of an instruction; nothing where CPython refuses.
fn effect(number: i32, arg: u32, jump: bool) -> Option<i64> {
    let opcode = match number {
        3 => return None,
        234..256 => match INSTRUMENTED[(number - 234) as usize] {
            Some(opcode) => opcode,
            None => return Some(0),
        },
        256..267 => {
            let (effect, pushes_on_jump) = PSEUDO[(number - 256) as usize];
            return Some(if pushes_on_jump && !jump { 0 } else { effect as i64 });
        }
        _ => canonical(number)?,
    };
    let (pops, pushes) = opcode.stack_effect(arg);
    Some(pushes as i64 - pops as i64)
}

fn stack_effect(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let number = int::arg_i32(t, args[0].as_ref().unwrap_or(Value::none()))?;
    let arg = match args[1].as_ref().filter(|arg| !arg.is_none()) {
        Some(arg) => int::arg_i32(t, arg)?,
        None => 0,
    };
    let jump = match args[2].as_ref() {
        None => true,
        Some(jump) if jump.is_none() => true,
        Some(jump) => match jump.as_bool() {
            Some(jump) => jump,
            None => return Err(t.value_error("stack_effect: jump must be False, True or None")),
        },
    };
    // No instruction takes more: the greatest count that a stack could hold.
    match u32::try_from(arg).ok().filter(|&arg| arg < 1 << 30).and_then(|arg| effect(number, arg, jump)) {
        Some(effect) => Ok(int::new(t, effect)),
        None => Err(t.value_error("invalid opcode or oparg")),
    }
}

fn names(t: &Thread, names: &[&str]) -> Value {
    List::make(t, names.iter().map(|name| t.str(name)))
}

/// `NB_*` names of the operators, in their order.
#[rustfmt::skip]
static OPERATORS: &[&str] = &[
    "ADD", "AND", "FLOOR_DIVIDE", "LSHIFT", "MATRIX_MULTIPLY", "MULTIPLY", "REMAINDER", "OR", "POWER", "RSHIFT",
    "SUBTRACT", "TRUE_DIVIDE", "XOR",
];

fn get_nb_ops(t: &Thread, _m: &Value) -> R {
    let pairs = BINARY_OPS.iter().enumerate().map(|(i, symbol)| {
        let name = match (OPERATORS.get(i), OPERATORS.get(i.wrapping_sub(OPERATORS.len()))) {
            (Some(name), _) => format!("NB_{name}"),
            (_, Some(name)) => format!("NB_INPLACE_{name}"),
            _ => "NB_SUBSCR".to_owned(),
        };
        t.tuple([t.str(name), t.str(symbol)])
    });
    Ok(List::make(t, pairs))
}

fn get_executor(t: &Thread, _m: &Value, args: &[Option<Value>]) -> R {
    let code = args[0].as_ref().unwrap_or(Value::none());
    if code.cast::<CodeObject>().is_none() {
        return Err(t.type_error(format!("expected a code object, not '{}'", code.type_of(t).name_str())));
    }
    protocol::index(t, args[1].as_ref().unwrap_or(Value::none()))?;
    Err(t.value_error("no executor at given byte offset"))
}

macro_rules! question {
    ($name:literal, $letter:literal, $doc:literal) => {
        Def::new($name, Func::Bound(|t, _, args| asks(t, args, $letter)), "($module, /, opcode)", $doc)
    };
}

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("stack_effect", Func::Bound(stack_effect), "($module, opcode, oparg=None, /, *, jump=None)", "Compute the stack effect of the opcode."),
    Def::new("is_valid", Func::Bound(is_valid), "($module, /, opcode)", "Return True if opcode is valid, False otherwise."),
    question!("has_arg", 'a', "Return True if the opcode uses its oparg, False otherwise."),
    question!("has_const", 'c', "Return True if the opcode accesses a constant, False otherwise."),
    question!("has_name", 'n', "Return True if the opcode accesses an attribute by name, False otherwise."),
    question!("has_jump", 'j', "Return True if the opcode has a jump target, False otherwise."),
    question!("has_free", 'f', "Return True if the opcode accesses a free variable, False otherwise.\n\nNote that 'free' in this context refers to names in the current scope\nthat are referenced by inner scopes or names in outer scopes\nif they are referenced from this scope."),
    question!("has_local", 'l', "Return True if the opcode accesses a local variable, False otherwise."),
    question!("has_exc", 'e', "Return True if the opcode sets an exception handler, False otherwise."),
    Def::new("get_nb_ops", Func::NoArgs(get_nb_ops), "($module, /)", "Return array of symbols of binary ops.\n\nIndexed by the BINARY_OP oparg value."),
    Def::new("get_intrinsic1_descs", Func::NoArgs(|t, _| Ok(names(t, &INTRINSICS_1))), "($module, /)", "Return a list of names of the unary intrinsics."),
    Def::new("get_intrinsic2_descs", Func::NoArgs(|t, _| Ok(names(t, &INTRINSICS_2))), "($module, /)", "Return a list of names of the binary intrinsics."),
    Def::new("get_special_method_names", Func::NoArgs(|t, _| Ok(names(t, &SPECIAL_METHODS))), "($module, /)", "Return a list of special method names."),
    Def::new("get_specialization_stats", Func::NoArgs(|_, _| Ok(Value::NONE)), "($module, /)", "Return the specialization stats"),
    Def::new("get_executor", Func::Bound(get_executor), "($module, /, code, offset)", "Return the executor object at offset in code if exists, None otherwise."),
];

fn exec(t: &Thread, module: &Module) -> R<()> {
    module.set(t, "ENABLE_SPECIALIZATION", Value::small(1));
    module.set(t, "ENABLE_SPECIALIZATION_FT", Value::small(1));
    Ok(())
}

/// `_opcode`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_opcode", doc: "Opcode support module.", functions: FUNCTIONS, exec: Some(exec) };
