//! `binascii`: base 64, hexadecimal, uuencode, quoted-printable and two checksums.

mod base64;
mod quoted;
mod uu;

use crate::modules::ModuleSpec;
use crate::modules::exceptions::Exception;
use crate::objects::buffer::{self, BytesLike, bytes_like};
use crate::objects::bytes::{Bytes, hex};
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

static ERROR: Exception = Exception { module: "binascii", name: "Error", base: |types| &types.value_error };
static INCOMPLETE: Exception = Exception { module: "binascii", name: "Incomplete", base: |types| &types.exception };

/// An argument of `a2b_*`: bytes, or text that is ASCII.
fn ascii<'a>(t: &Thread, v: &'a Value) -> R<BytesLike<'a>> {
    if let Some(s) = v.cast::<Str>() {
        return match s.as_ascii() {
            Some(text) => Ok(BytesLike::Bytes(text.as_bytes())),
            None => Err(t.value_error("string argument should contain only ASCII characters")),
        };
    }
    match buffer::contiguous_bytes(t, v)? {
        Some(bytes) => Ok(bytes),
        None => Err(t.type_error(format!(
            "argument should be bytes, buffer or ASCII string, not '{}'",
            v.type_of(t).name_str()
        ))),
    }
}

/// An optional flag.
fn flag(t: &Thread, v: Option<&Value>, default: bool) -> R<bool> {
    v.map_or(Ok(default), |v| protocol::truth(t, v))
}

fn required<'a>(t: &Thread, v: &'a Option<Value>, function: &str) -> R<&'a Value> {
    v.as_ref().ok_or_else(|| t.type_error(format!("{function}() missing required argument 'data' (pos 1)")))
}

fn hexlify(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, required(t, &args[0], "hexlify")?)?;
    let (sep, per) = hex::separator(t, args[1].as_ref(), args[2].as_ref())?;
    Bytes::try_make(t, &hex::hexlify(&data, sep, per))
}

fn unhexlify(t: &Thread, _: &Value, text: &Value) -> R {
    let text = ascii(t, text)?;
    if text.len() % 2 != 0 {
        return Err(ERROR.raise(t, "Odd-length string"));
    }
    let digit = |byte: u8| (byte as char).to_digit(16);
    let mut out = Vec::with_capacity(text.len() / 2);
    for pair in text.chunks_exact(2) {
        match (digit(pair[0]), digit(pair[1])) {
            (Some(high), Some(low)) => out.push((high << 4 | low) as u8),
            _ => return Err(ERROR.raise(t, "Non-hexadecimal digit found")),
        }
    }
    Bytes::try_make(t, &out)
}

/// An unsigned 32-bit argument, of which only the low bits count.
fn low_bits(t: &Thread, v: &Value) -> R<u32> {
    let i = protocol::index(t, v)?;
    let big = int::big_of(&i).map(|b| b.into_owned()).unwrap_or_default();
    let low: num_bigint::BigInt = big & num_bigint::BigInt::from(u32::MAX);
    Ok(u32::try_from(low).unwrap_or(0))
}

fn crc32(t: &Thread, _: &Value, args: &[Value]) -> R {
    let data = bytes_like(t, &args[0])?;
    let start = args.get(1).map_or(Ok(0), |v| low_bits(t, v))?;
    let mut hasher = crc32fast::Hasher::new_with_initial(start);
    hasher.update(&data);
    Ok(Value::small(hasher.finalize().into()))
}

fn crc_hqx(t: &Thread, _: &Value, args: &[Value]) -> R {
    let data = bytes_like(t, &args[0])?;
    let mut crc = low_bits(t, &args[1])? as u16;
    for &byte in data.iter() {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
        }
    }
    Ok(Value::small(crc.into()))
}

fn exec(t: &Thread, module: &Module) -> R<()> {
    let namespace = module.dict(t);
    if let Some(dict) = namespace.cast::<Dict>() {
        dict.set_name(t, "Error", ERROR.class(t)?);
        dict.set_name(t, "Incomplete", INCOMPLETE.class(t)?);
    }
    Ok(())
}

const HEXLIFY: &str = "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)";
const UNHEXLIFY: &str = "($module, hexstr, /)";

#[rustfmt::skip]
static FUNCTIONS: &[Def] = &[
    Def::new("a2b_uu", Func::One(uu::decode), "($module, data, /)", "Decode a line of uuencoded data."),
    Def::new("b2a_uu", Func::Bound(uu::encode), "($module, data, /, *, backtick=False)", "Uuencode line of data."),
    Def::new("a2b_base64", Func::Bound(base64::decode), "($module, data, /, *, strict_mode=False)", "Decode a line of base64 data.\n\n  strict_mode\n    When set to True, bytes that are not part of the base64 standard are not allowed.\n    The same applies to excess data after padding (= / ==)."),
    Def::new("b2a_base64", Func::Bound(base64::encode), "($module, data, /, *, newline=True)", "Base64-code line of data."),
    Def::new("a2b_hex", Func::One(unhexlify), UNHEXLIFY, "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).\nThis function is also available as \"unhexlify()\"."),
    Def::new("b2a_hex", Func::Bound(hexlify), HEXLIFY, "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"hexlify()\".\n\nExample:\n>>> binascii.b2a_hex(b'\\xb9\\x01\\xef')\nb'b901ef'\n>>> binascii.hexlify(b'\\xb9\\x01\\xef', ':')\nb'b9:01:ef'\n>>> binascii.b2a_hex(b'\\xb9\\x01\\xef', b'_', 2)\nb'b9_01ef'"),
    Def::new("hexlify", Func::Bound(hexlify), HEXLIFY, "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"b2a_hex()\"."),
    Def::new("unhexlify", Func::One(unhexlify), UNHEXLIFY, "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case)."),
    Def::new("crc_hqx", Func::Pos(crc_hqx, 2, 2), "($module, data, crc, /)", "Compute CRC-CCITT incrementally."),
    Def::new("crc32", Func::Pos(crc32, 1, 2), "($module, data, crc=0, /)", "Compute CRC-32 incrementally."),
    Def::new("a2b_qp", Func::Bound(quoted::decode), "($module, /, data, header=False)", "Decode a string of qp-encoded data."),
    Def::new("b2a_qp", Func::Bound(quoted::encode), "($module, /, data, quotetabs=False, istext=True, header=False)", "Encode a string using quoted-printable encoding.\n\nOn encoding, when istext is set, newlines are not encoded, and white\nspace at end of lines is.  When istext is not set, \\r and \\n (CR/LF)\nare both encoded.  When quotetabs is set, space and tabs are encoded."),
];

/// `binascii`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "binascii",
    doc: "Conversion between binary data and ASCII",
    functions: FUNCTIONS,
    exec: Some(exec),
};
