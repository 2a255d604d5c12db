//! The plain codecs: UTF-8, 16, 32 and 7, Latin-1, ASCII, and the escapes of string literals.

use super::{content, errors, pair, source, text};
use crate::objects::bytes::Bytes;
use crate::objects::codecs::Errors;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{R, Raised};
use crate::objects::string::{Str, each_width};
use crate::objects::text::codec::wide::{self, Order};
use crate::objects::text::codec::{Failure, escape, narrow, utf7, utf8};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use crate::objects::warn::warn;

/// What cannot fail.
type Sure<T> = Result<T, Failure<Raised>>;

/// Encoders: the units, the error handler, the byte order that was asked for.
macro_rules! encoders {
    ($($name:ident: |$u:ident, $h:ident, $order:ident| $body:expr;)*) => { $(
        pub fn $name(t: &Thread, _: &Value, args: &[Value]) -> R {
            let function = stringify!($name);
            let text = text(t, function, &args[0])?;
            let errors = errors(t, function, args.get(1))?;
            let $order = order(t, args.get(2))?;
            let mut handler = Errors::new(t, &args[0], errors.as_deref());
            let $h = &mut handler;
            let bytes = each_width!(text.units(), $u => $body).map_err(|f| handler.encode_failure(f))?;
            pair(t, Bytes::try_make(t, &bytes)?, text.len())
        }
    )* };
}

encoders! {
    utf_8_encode: |u, h, _order| utf8::encode(u, h);
    utf_7_encode: |u, _h, _order| Sure::Ok(utf7::encode(u));
    utf_16_encode: |u, h, order| wide::encode_utf16(u, order, h);
    utf_16_le_encode: |u, h, _order| wide::encode_utf16(u, Order::Little, h);
    utf_16_be_encode: |u, h, _order| wide::encode_utf16(u, Order::Big, h);
    utf_32_encode: |u, h, order| wide::encode_utf32(u, order, h);
    utf_32_le_encode: |u, h, _order| wide::encode_utf32(u, Order::Little, h);
    utf_32_be_encode: |u, h, _order| wide::encode_utf32(u, Order::Big, h);
    latin_1_encode: |u, h, _order| narrow::encode_latin1(u, h);
    ascii_encode: |u, h, _order| narrow::encode_ascii(u, h);
    unicode_escape_encode: |u, _h, _order| Sure::Ok(escape::encode_unicode_escape(u));
    raw_unicode_escape_encode: |u, _h, _order| Sure::Ok(escape::encode_raw_unicode_escape(u));
}

fn order(t: &Thread, v: Option<&Value>) -> R<Order> {
    Ok(match v.map_or(Ok(0), |v| int::arg_i32(t, v))? {
        0 => Order::Mark,
        i if i < 0 => Order::Little,
        _ => Order::Big,
    })
}

fn number(order: Order) -> Value {
    Value::small(match order {
        Order::Little => -1,
        Order::Mark => 0,
        Order::Big => 1,
    })
}

/// Decoders: the bytes, whether they are the last, the error handler.
macro_rules! decoders {
    ($($name:ident: |$data:ident, $last:ident, $h:ident| $body:expr;)*) => { $(
        pub fn $name(t: &Thread, _: &Value, args: &[Value]) -> R {
            let errors = errors(t, stringify!($name), args.get(1))?;
            let $last = args.get(2).map_or(Ok(false), |last| protocol::truth(t, last))?;
            let source = source(t, &args[0], false)?;
            let $data = content(&source);
            let mut handler = Errors::new(t, &source, errors.as_deref());
            let $h = &mut handler;
            let (text, used) = $body.map_err(|f| handler.decode_failure(f))?;
            pair(t, Str::from_text(t, text)?, used)
        }
    )* };
}

decoders! {
    utf_8_decode: |data, last, h| utf8::decode(data, last, h);
    utf_7_decode: |data, last, h| utf7::decode(data, last, h);
    utf_16_decode: |data, last, h| wide::decode_utf16(data, &mut Order::Mark, last, h);
    utf_16_le_decode: |data, last, h| wide::decode_utf16(data, &mut Order::Little, last, h);
    utf_16_be_decode: |data, last, h| wide::decode_utf16(data, &mut Order::Big, last, h);
    utf_32_decode: |data, last, h| wide::decode_utf32(data, &mut Order::Mark, last, h);
    utf_32_le_decode: |data, last, h| wide::decode_utf32(data, &mut Order::Little, last, h);
    utf_32_be_decode: |data, last, h| wide::decode_utf32(data, &mut Order::Big, last, h);
    latin_1_decode: |data, _last, _h| Sure::Ok(narrow::decode_latin1(data));
    ascii_decode: |data, _last, h| narrow::decode_ascii(data, h);
}

/// Decoders that also say which byte order they found.
macro_rules! ex_decoders {
    ($($name:ident: $decode:path;)*) => { $(
        pub fn $name(t: &Thread, _: &Value, args: &[Value]) -> R {
            let errors = errors(t, stringify!($name), args.get(1))?;
            let mut order = order(t, args.get(2))?;
            let last = args.get(3).map_or(Ok(false), |last| protocol::truth(t, last))?;
            let source = source(t, &args[0], false)?;
            let mut handler = Errors::new(t, &source, errors.as_deref());
            let (text, used) = $decode(content(&source), &mut order, last, &mut handler)
                .map_err(|f| handler.decode_failure(f))?;
            Ok(t.tuple([Str::from_text(t, text)?, int::from_usize(t, used), number(order)]))
        }
    )* };
}

ex_decoders! {
    utf_16_ex_decode: wide::decode_utf16;
    utf_32_ex_decode: wide::decode_utf32;
}

pub fn unicode_escape_decode(t: &Thread, _: &Value, args: &[Value]) -> R {
    let errors = errors(t, "unicode_escape_decode", args.get(1))?;
    let last = args.get(2).map_or(Ok(true), |last| protocol::truth(t, last))?;
    let source = source(t, &args[0], true)?;
    let mut handler = Errors::new(t, &source, errors.as_deref());
    let data = content(&source);
    let decoded = escape::decode_unicode_escape(data, last, &mut handler).map_err(|f| handler.decode_failure(f))?;
    if let Some(at) = decoded.first_invalid {
        warn(t, |types| &types.deprecation_warning, &invalid_escape("", &data[at..]))?;
    }
    pair(t, Str::from_text(t, decoded.text)?, decoded.consumed)
}

/// What the warning about an escape that means nothing says; `rest` starts behind its backslash.
pub(super) fn invalid_escape(prefix: &str, rest: &[u8]) -> String {
    let what = |shown: &[u8], kind: &str| {
        format!(
            "{prefix}\"\\{}\" is an invalid {kind} sequence. Such sequences will not work in the future. ",
            shown.iter().copied().map(char::from).collect::<String>()
        )
    };
    match rest {
        [b'4'..=b'7', ..] => what(&rest[..rest.len().min(3)], "octal escape"),
        _ => what(&rest[..rest.len().min(1)], "escape"),
    }
}

pub fn raw_unicode_escape_decode(t: &Thread, _: &Value, args: &[Value]) -> R {
    let errors = errors(t, "raw_unicode_escape_decode", args.get(1))?;
    let last = args.get(2).map_or(Ok(true), |last| protocol::truth(t, last))?;
    let source = source(t, &args[0], true)?;
    let mut handler = Errors::new(t, &source, errors.as_deref());
    let (text, used) = escape::decode_raw_unicode_escape(content(&source), last, &mut handler)
        .map_err(|f| handler.decode_failure(f))?;
    pair(t, Str::from_text(t, text)?, used)
}

pub fn readbuffer_encode(t: &Thread, _: &Value, args: &[Value]) -> R {
    errors(t, "readbuffer_encode", args.get(1))?;
    let bytes = source(t, &args[0], true)?;
    let used = content(&bytes).len();
    pair(t, bytes, used)
}
