//! The last step: from laid out instructions to a code object's bytes and tables.

use super::code::{Body, Code, Lazy, flags, local_kind};
use super::codegen::{Result, Unit};
use super::flowgraph::{Cfg, Locals, OutInstr};
use super::ir::{Loc, Op, op::*};
use super::symtable::Scope;
use super::tables;
use crate::bytecode::Opcode;
use std::sync::Arc;

/// Optimizes a unit and makes its code object.
pub(super) fn assemble(
    mut unit: Unit,
    scope: &Scope,
    future: u32,
    top_level_await: bool,
    filename: &Arc<str>,
) -> Result<Code> {
    let flags = code_flags(scope, future, top_level_await);
    let is_generator = flags & (flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR) != 0;
    let mut consts = unit.consts.items.clone();
    let mut cfg = Cfg::new(std::mem::take(&mut unit.seq), unit.annotation_seq.take());
    cfg.optimize(&mut consts, unit.varnames.len() as u32, scope.varnames.len() as u32);
    let finished = cfg.finish(&Locals {
        varnames: &unit.varnames,
        cellvars: &unit.cellvars,
        freevars: &unit.freevars,
        firstlineno: unit.firstlineno,
        is_generator,
    });
    let mut instrs = finished.instrs;
    resolve_jumps(&mut instrs);
    resolve_next_locations(&mut instrs);
    let offsets = resolve_offsets(&mut instrs);

    let mut code = Vec::new();
    for instr in &instrs {
        emit(&mut code, instr);
    }
    let (names, kinds) = locals_plus(&unit.varnames.names, &unit, scope, flags);
    Ok(Code {
        name: unit.name,
        qualname: unit.qualname,
        filename: filename.clone(),
        firstlineno: unit.firstlineno,
        flags,
        argcount: unit.args.positional + unit.args.posonly,
        posonlyargcount: unit.args.posonly,
        kwonlyargcount: unit.args.kwonly,
        stacksize: finished.stack_depth.max(1),
        localspluskinds: kinds.into(),
        trusted: true,
        body: Lazy::from(Body {
            code: code.into(),
            consts: consts.into(),
            names: unit.names.names.into(),
            localsplusnames: names.into(),
            linetable: tables::encode_locations(&instrs, unit.firstlineno, size).into(),
            exceptiontable: tables::encode_exceptions(&instrs, &offsets, size).into(),
            damaged: false,
        }),
    })
}

fn code_flags(scope: &Scope, future: u32, top_level_await: bool) -> u32 {
    let mut result = 0;
    if scope.is_function_like() {
        result |= flags::NEWLOCALS | flags::OPTIMIZED;
        let mut set = |condition: bool, flag: u32| {
            if condition {
                result |= flag;
            }
        };
        set(scope.nested, flags::NESTED);
        set(scope.generator && !scope.coroutine, flags::GENERATOR);
        set(!scope.generator && scope.coroutine, flags::COROUTINE);
        set(scope.generator && scope.coroutine, flags::ASYNC_GENERATOR);
        set(scope.varargs, flags::VARARGS);
        set(scope.varkeywords, flags::VARKEYWORDS);
        set(scope.has_docstring, flags::HAS_DOCSTRING);
        set(scope.method, flags::METHOD);
    }
    if top_level_await && scope.coroutine && !scope.generator {
        result |= flags::COROUTINE;
    }
    result | future
}

/// The names of all slots of the frame, and what each is.
fn locals_plus(varnames: &[Arc<str>], unit: &Unit, scope: &Scope, flags: u32) -> (Vec<Arc<str>>, Vec<u8>) {
    let mut names: Vec<Arc<str>> = varnames.to_vec();
    let mut kinds: Vec<u8> = Vec::with_capacity(names.len());
    let posonly = unit.args.posonly as usize;
    let positional = posonly + unit.args.positional as usize;
    let named = positional + unit.args.kwonly as usize;
    let variable = named + usize::from(flags & flags::VARARGS != 0) + usize::from(flags & flags::VARKEYWORDS != 0);
    for (i, name) in names.iter().enumerate() {
        let mut kind = local_kind::LOCAL;
        kind |= match i {
            _ if i < posonly => local_kind::ARG_POS,
            _ if i < positional => local_kind::ARG_POS | local_kind::ARG_KW,
            _ if i < named => local_kind::ARG_KW,
            // Positional for `*args`, keyword for `**kwargs`, both marked as collecting.
            _ if i < variable && scope.varargs && i == named => local_kind::ARG_VAR | local_kind::ARG_POS,
            _ if i < variable => local_kind::ARG_VAR | local_kind::ARG_KW,
            _ => 0,
        };
        if unit.fast_hidden.contains_key(name) {
            kind |= local_kind::HIDDEN;
        }
        if unit.cellvars.get(name).is_some() {
            kind |= local_kind::CELL;
        }
        kinds.push(kind);
    }
    for name in unit.cellvars.names.iter().filter(|name| unit.varnames.get(name).is_none()) {
        names.push(name.clone());
        kinds.push(local_kind::CELL);
    }
    for name in &unit.freevars.names {
        names.push(name.clone());
        kinds.push(local_kind::FREE);
    }
    (names, kinds)
}

/// Jumps get a direction.
fn resolve_jumps(instrs: &mut [OutInstr]) {
    for (i, instr) in instrs.iter_mut().enumerate() {
        let forward = instr.target.is_some_and(|t| t > i);
        instr.op = match (instr.op, forward) {
            (JUMP | JUMP_NO_INTERRUPT, true) => JUMP_FORWARD,
            (JUMP, false) => JUMP_BACKWARD,
            (JUMP_NO_INTERRUPT, false) => JUMP_BACKWARD_NO_INTERRUPT,
            (op, _) => op,
        };
    }
}

/// Instructions that stand for what follows take its position.
fn resolve_next_locations(instrs: &mut [OutInstr]) {
    for i in (0..instrs.len()).rev() {
        if instrs[i].loc == Loc::NEXT {
            let next = instrs.get(i + 1).map_or(Loc::NONE, |next| next.loc);
            instrs[i].loc = if super::ir::is_terminator(instrs[i].op) { Loc::NONE } else { next };
        }
    }
}

fn opcode(op: Op) -> Opcode {
    u8::try_from(op).ok().and_then(Opcode::from_u8).unwrap_or(Opcode::NOP)
}

/// Code units of an instruction with its prefixes and caches.
fn size(instr: &OutInstr) -> u32 {
    let prefixes = match instr.arg {
        0..=0xFF => 0,
        0x100..=0xFFFF => 1,
        0x1_0000..=0xFF_FFFF => 2,
        _ => 3,
    };
    1 + prefixes + opcode(instr.op).caches() as u32
}

/// How far `END_ASYNC_FOR` looks past the `SEND` it names: the tracer wants the `END_SEND`.
const END_SEND_OFFSET: u32 = 5;

/// Gives jumps their distances, which depend on sizes, which depend on distances; returns the offset of
/// each instruction.
fn resolve_offsets(instrs: &mut [OutInstr]) -> Vec<u32> {
    loop {
        let mut offsets = Vec::with_capacity(instrs.len() + 1);
        let mut at = 0;
        for instr in instrs.iter() {
            offsets.push(at);
            at += size(instr);
        }
        offsets.push(at);
        let mut grown = false;
        for (i, instr) in instrs.iter_mut().enumerate() {
            let Some(target) = instr.target else { continue };
            let before = size(instr);
            let end = offsets[i] + before;
            let target = offsets[target];
            instr.arg = match instr.op {
                END_ASYNC_FOR => end.wrapping_sub(target).wrapping_sub(END_SEND_OFFSET),
                op if opcode(op).jumps_backward() => end.wrapping_sub(target),
                _ => target.wrapping_sub(end),
            };
            grown |= size(instr) != before;
        }
        if !grown {
            return offsets;
        }
    }
}

fn emit(code: &mut Vec<u8>, instr: &OutInstr) {
    let op = opcode(instr.op);
    let bytes = instr.arg.to_be_bytes();
    let prefixes = size(instr) as usize - 1 - op.caches();
    for &byte in &bytes[3 - prefixes..3] {
        code.extend([Opcode::EXTENDED_ARG as u8, byte]);
    }
    code.extend([op as u8, bytes[3]]);
    code.resize(code.len() + 2 * op.caches(), 0);
}
