//! Rows of (codec, handler, final, input, what CPython 3.14's `codecs` functions give).

use super::super::repr::ascii_str;
use super::super::{CodePoints, Units};
use super::*;

fn decode_by(codec: &str, data: &[u8], is_final: bool, handler: &mut Handler) -> Decoded<std::convert::Infallible> {
    use wide::Order::{Big, Little, Mark};
    match codec {
        "utf_8" => utf8::decode(data, is_final, handler),
        "utf_7" => utf7::decode(data, is_final, handler),
        "utf_16" => wide::decode_utf16(data, &mut { Mark }, is_final, handler),
        "utf_16_le" => wide::decode_utf16(data, &mut { Little }, is_final, handler),
        "utf_16_be" => wide::decode_utf16(data, &mut { Big }, is_final, handler),
        "utf_32" => wide::decode_utf32(data, &mut { Mark }, is_final, handler),
        "utf_32_le" => wide::decode_utf32(data, &mut { Little }, is_final, handler),
        "utf_32_be" => wide::decode_utf32(data, &mut { Big }, is_final, handler),
        "ascii" => narrow::decode_ascii(data, handler),
        "latin_1" => Ok(narrow::decode_latin1(data)),
        "charmap" => {
            let table: Vec<u16> = (0x100..0x180).chain([0xfffe, 0x20ac]).collect();
            charmap::decode_table(data, &table, handler)
        }
        "unicode_escape" => {
            escape::decode_unicode_escape(data, is_final, handler).map(|found| (found.text, found.consumed))
        }
        "raw_unicode_escape" => escape::decode_raw_unicode_escape(data, is_final, handler),
        _ => panic!("{codec}"),
    }
}

fn encode_by(codec: &str, text: &[u32], handler: &mut Handler) -> Result<Vec<u8>, Failure<std::convert::Infallible>> {
    match codec {
        "utf_7" => Ok(utf7::encode(text)),
        "unicode_escape" => Ok(escape::encode_unicode_escape(text)),
        "raw_unicode_escape" => Ok(escape::encode_raw_unicode_escape(text)),
        "charmap" => {
            let table: Vec<u16> = (0x100..0x180).chain([0xfffe, 0x20ac]).collect();
            let map = charmap::EncodingMap::new(&table);
            charmap::encode(text, handler, |code, out| {
                out.extend(map.get(code));
                Ok(map.get(code).is_some())
            })
        }
        _ => Encoding::by_name(codec).unwrap().encode(text, handler),
    }
}

fn failure(failure: Failure<std::convert::Infallible>) -> String {
    match failure {
        Failure::Problem(p) => format!("{} {}-{} {}", p.encoding, p.start, p.end, p.reason),
        Failure::Fault(fault) => fault.message.into_owned(),
        Failure::Raised(never) => match never {},
    }
}

fn units(text: CodePoints) -> Vec<u32> {
    match text.finish().0 {
        Units::One(units) => units.into_iter().map(u32::from).collect(),
        Units::Two(units) => units.into_iter().map(u32::from).collect(),
        Units::Four(units) => units,
    }
}

fn check_decode(codec: &str, errors: &str, is_final: bool, data: &[u8], expected: &str) {
    let shown = match decode_by(codec, data, is_final, &mut Handler::by_name(errors).unwrap()) {
        Ok((text, consumed)) => format!("{} {consumed}", ascii_str(&units(text)).to_string_lossy()),
        Err(error) => failure(error),
    };
    assert_eq!(shown, expected, "{codec} {errors} {is_final} {data:02x?}");
}

fn check_encode(codec: &str, errors: &str, text: &[u32], expected: &str) {
    let shown = match encode_by(codec, text, &mut Handler::by_name(errors).unwrap()) {
        Ok(bytes) => super::super::repr::repr_bytes(&bytes),
        Err(error) => failure(error),
    };
    assert_eq!(shown, expected, "{codec} {errors} {text:x?}");
}

#[test]
fn decoding() {
    for (codec, errors, is_final, data, expected) in DECODE {
        check_decode(codec, errors, *is_final, data, expected);
    }
}

#[test]
fn encoding() {
    for (codec, errors, text, expected) in ENCODE {
        check_encode(codec, errors, text, expected);
    }
}

type DecodeRow = (&'static str, &'static str, bool, &'static [u8], &'static str);
type EncodeRow = (&'static str, &'static str, &'static [u32], &'static str);

#[rustfmt::skip]
const DECODE: &[DecodeRow] = &[
    ("utf_8", "strict", true, &[0x61, 0x62, 0xe2, 0x82, 0xac], "'ab\\u20ac' 5"),
    ("utf_8", "strict", true, &[0x61, 0xff], "utf-8 1-2 invalid start byte"),
    ("utf_8", "strict", true, &[0xc2, 0x61], "utf-8 0-1 invalid continuation byte"),
    ("utf_8", "strict", true, &[0xe2, 0x82], "utf-8 0-2 unexpected end of data"),
    ("utf_8", "strict", true, &[0xed, 0xa0, 0x80], "utf-8 0-1 invalid continuation byte"),
    ("utf_8", "strict", true, &[0xf0, 0x9f, 0x98], "utf-8 0-3 unexpected end of data"),
    ("utf_8", "strict", true, &[0xf4, 0x90, 0x80, 0x80], "utf-8 0-1 invalid continuation byte"),
    ("utf_8", "strict", true, &[0x80, 0xe0, 0x80], "utf-8 0-1 invalid start byte"),
    ("utf_8", "replace", true, &[0x61, 0x62, 0xe2, 0x82, 0xac], "'ab\\u20ac' 5"),
    ("utf_8", "replace", true, &[0x61, 0xff], "'a\\ufffd' 2"),
    ("utf_8", "replace", true, &[0xc2, 0x61], "'\\ufffda' 2"),
    ("utf_8", "replace", true, &[0xe2, 0x82], "'\\ufffd' 2"),
    ("utf_8", "replace", true, &[0xed, 0xa0, 0x80], "'\\ufffd\\ufffd\\ufffd' 3"),
    ("utf_8", "replace", true, &[0xf0, 0x9f, 0x98], "'\\ufffd' 3"),
    ("utf_8", "replace", true, &[0xf4, 0x90, 0x80, 0x80], "'\\ufffd\\ufffd\\ufffd\\ufffd' 4"),
    ("utf_8", "replace", true, &[0x80, 0xe0, 0x80], "'\\ufffd\\ufffd\\ufffd' 3"),
    ("utf_8", "surrogateescape", true, &[0x61, 0x62, 0xe2, 0x82, 0xac], "'ab\\u20ac' 5"),
    ("utf_8", "surrogateescape", true, &[0x61, 0xff], "'a\\udcff' 2"),
    ("utf_8", "surrogateescape", true, &[0xc2, 0x61], "'\\udcc2a' 2"),
    ("utf_8", "surrogateescape", true, &[0xe2, 0x82], "'\\udce2\\udc82' 2"),
    ("utf_8", "surrogateescape", true, &[0xed, 0xa0, 0x80], "'\\udced\\udca0\\udc80' 3"),
    ("utf_8", "surrogateescape", true, &[0xf0, 0x9f, 0x98], "'\\udcf0\\udc9f\\udc98' 3"),
    ("utf_8", "surrogateescape", true, &[0xf4, 0x90, 0x80, 0x80], "'\\udcf4\\udc90\\udc80\\udc80' 4"),
    ("utf_8", "surrogateescape", true, &[0x80, 0xe0, 0x80], "'\\udc80\\udce0\\udc80' 3"),
    ("utf_8", "backslashreplace", true, &[0x61, 0x62, 0xe2, 0x82, 0xac], "'ab\\u20ac' 5"),
    ("utf_8", "backslashreplace", true, &[0x61, 0xff], "'a\\\\xff' 2"),
    ("utf_8", "backslashreplace", true, &[0xc2, 0x61], "'\\\\xc2a' 2"),
    ("utf_8", "backslashreplace", true, &[0xe2, 0x82], "'\\\\xe2\\\\x82' 2"),
    ("utf_8", "backslashreplace", true, &[0xed, 0xa0, 0x80], "'\\\\xed\\\\xa0\\\\x80' 3"),
    ("utf_8", "backslashreplace", true, &[0xf0, 0x9f, 0x98], "'\\\\xf0\\\\x9f\\\\x98' 3"),
    ("utf_8", "backslashreplace", true, &[0xf4, 0x90, 0x80, 0x80], "'\\\\xf4\\\\x90\\\\x80\\\\x80' 4"),
    ("utf_8", "backslashreplace", true, &[0x80, 0xe0, 0x80], "'\\\\x80\\\\xe0\\\\x80' 3"),
    ("utf_8", "surrogatepass", true, &[0xed, 0xa0, 0x80, 0x61], "'\\ud800a' 4"),
    ("utf_8", "strict", false, &[0x61, 0xe2, 0x82], "'a' 1"),
    ("utf_8", "strict", false, &[0x61, 0xed, 0xa0], "'a' 1"),
    ("utf_8", "namereplace", true, &[0xff], "don't know how to handle UnicodeDecodeError in error callback"),
    ("utf_16", "strict", true, &[0xff, 0xfe, 0x61, 0x00], "'a' 4"),
    ("utf_16", "strict", true, &[0xfe, 0xff, 0x00, 0x61], "'a' 4"),
    ("utf_16", "strict", true, &[0x61, 0x00], "'a' 2"),
    ("utf_16", "strict", true, &[], "'' 0"),
    ("utf_16", "strict", true, &[0x61, 0x00, 0x62], "utf-16-le 2-3 truncated data"),
    ("utf_16", "strict", true, &[0x00, 0xd8, 0x61, 0x00], "utf-16-le 0-2 illegal UTF-16 surrogate"),
    ("utf_16", "strict", true, &[0x00, 0xdc], "utf-16-le 0-2 illegal encoding"),
    ("utf_16", "strict", true, &[0x00, 0xd8], "utf-16-le 0-2 unexpected end of data"),
    ("utf_16", "strict", true, &[0x00, 0xd8, 0x00], "utf-16-le 0-3 unexpected end of data"),
    ("utf_16", "strict", true, &[0x3d, 0xd8, 0x00, 0xde], "'\\U0001f600' 4"),
    ("utf_16_be", "replace", true, &[0xd8, 0x00, 0x00, 0x61, 0xdc, 0x00, 0x00], "'\\ufffda\\ufffd\\ufffd' 7"),
    ("utf_16_le", "surrogatepass", true, &[0x00, 0xd8, 0x61, 0x00], "'\\ud800a' 4"),
    ("utf_16_le", "strict", false, &[0x61, 0x00, 0x00, 0xd8], "'a' 2"),
    ("utf_16", "strict", false, &[0xff], "'' 0"),
    ("utf_32", "strict", true, &[0xff, 0xfe, 0x00, 0x00, 0x61, 0x00, 0x00, 0x00], "'a' 8"),
    ("utf_32", "strict", true, &[0x00, 0x00, 0xfe, 0xff, 0x00, 0x00, 0x00, 0x61], "'a' 8"),
    ("utf_32", "strict", true, &[0x61, 0x00, 0x00], "utf-32-le 0-3 truncated data"),
    ("utf_32", "strict", true, &[0x00, 0xd8, 0x00, 0x00], "utf-32-le 0-4 code point in surrogate code point range(0xd800, 0xe000)"),
    ("utf_32", "strict", true, &[0x00, 0x00, 0x11, 0x00], "utf-32-le 0-4 code point not in range(0x110000)"),
    ("utf_32_be", "surrogatepass", true, &[0x00, 0x00, 0xd8, 0x00], "'\\ud800' 4"),
    ("utf_32_le", "replace", true, &[0x61, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x00, 0x62], "'a\\ufffd\\ufffd' 9"),
    ("utf_32_le", "strict", false, &[0x61, 0x00, 0x00, 0x00, 0x00, 0x00], "'a' 4"),
    ("ascii", "strict", true, &[0x61, 0x62, 0x80, 0x63], "ascii 2-3 ordinal not in range(128)"),
    ("ascii", "surrogateescape", true, &[0xff, 0xfe, 0x61], "'\\udcff\\udcfea' 3"),
    ("ascii", "replace", true, &[0xff, 0xfe, 0x61], "'\\ufffd\\ufffda' 3"),
    ("latin_1", "strict", true, &[0x61, 0xe9], "'a\\xe9' 2"),
    ("charmap", "strict", true, &[0x00, 0x80], "charmap 1-2 character maps to <undefined>"),
    ("charmap", "strict", true, &[0x81], "'\\u20ac' 1"),
    ("charmap", "replace", true, &[0x82, 0x01], "'\\ufffd\\u0101' 2"),
    ("unicode_escape", "strict", true, &[0x61, 0x5c, 0x6e, 0x5c, 0x74, 0x5c, 0x5c, 0x5c, 0x27, 0x5c, 0x22, 0x5c, 0x78, 0x34, 0x31, 0x5c, 0x75, 0x32, 0x30, 0x61, 0x63, 0x5c, 0x55, 0x30, 0x30, 0x30, 0x31, 0x66, 0x36, 0x30, 0x30, 0x5c, 0x31, 0x30, 0x31, 0x5c, 0x38, 0xe9, 0x5c, 0x0a, 0x2e], "'a\\n\\t\\\\\\'\"A\\u20ac\\U0001f600A\\\\8\\xe9.' 41"),
    ("unicode_escape", "strict", true, &[0x5c, 0x78, 0x34], "unicodeescape 0-3 truncated \\xXX escape"),
    ("unicode_escape", "strict", true, &[0x5c, 0x78, 0x67, 0x31], "unicodeescape 0-2 truncated \\xXX escape"),
    ("unicode_escape", "strict", true, &[0x5c, 0x75, 0x31, 0x32], "unicodeescape 0-4 truncated \\uXXXX escape"),
    ("unicode_escape", "strict", true, &[0x5c, 0x55, 0x30, 0x30, 0x31, 0x31, 0x30, 0x30, 0x30, 0x30], "unicodeescape 0-10 illegal Unicode character"),
    ("unicode_escape", "strict", true, &[0x5c, 0x4e, 0x7b, 0x45, 0x55, 0x52, 0x4f, 0x20, 0x53, 0x49, 0x47, 0x4e, 0x7d, 0x5c, 0x4e, 0x7b, 0x62, 0x65, 0x6c, 0x7d], "'\\u20ac\\x07' 20"),
    ("unicode_escape", "strict", true, &[0x5c, 0x4e, 0x7b, 0x6e, 0x6f, 0x70, 0x65, 0x7d], "unicodeescape 0-8 unknown Unicode character name"),
    ("unicode_escape", "strict", true, &[0x5c, 0x4e], "unicodeescape 0-2 malformed \\N character escape"),
    ("unicode_escape", "strict", true, &[0x5c, 0x4e, 0x78], "unicodeescape 0-2 malformed \\N character escape"),
    ("unicode_escape", "strict", true, &[0x5c, 0x4e, 0x7b], "unicodeescape 0-3 malformed \\N character escape"),
    ("unicode_escape", "strict", true, &[0x5c, 0x4e, 0x7b, 0x7d], "unicodeescape 0-3 malformed \\N character escape"),
    ("unicode_escape", "strict", true, &[0x61, 0x5c], "unicodeescape 1-2 \\ at end of string"),
    ("unicode_escape", "strict", true, &[0x5c, 0x75, 0x64, 0x38, 0x33, 0x64, 0x5c, 0x75, 0x64, 0x65, 0x30, 0x30], "'\\ud83d\\ude00' 12"),
    ("unicode_escape", "strict", true, &[0x5c, 0x37, 0x37, 0x37], "'\\u01ff' 4"),
    ("unicode_escape", "replace", true, &[0x5c, 0x78, 0x67, 0x31, 0x5c, 0x75, 0x31, 0x32, 0x7a], "'\\ufffdg1\\ufffdz' 9"),
    ("unicode_escape", "strict", false, &[0x61, 0x62, 0x5c, 0x75, 0x31, 0x32], "'ab' 2"),
    ("unicode_escape", "strict", false, &[0x61, 0x5c], "'a' 1"),
    ("raw_unicode_escape", "strict", true, &[0x5c, 0x75, 0x32, 0x30, 0x61, 0x63, 0x5c, 0x5c, 0x75, 0x32, 0x30, 0x61, 0x63, 0x5c, 0x78, 0x34, 0x31, 0xe9, 0x5c], "'\\u20ac\\\\\\\\u20ac\\\\x41\\xe9\\\\' 19"),
    ("raw_unicode_escape", "strict", true, &[0x5c, 0x75, 0x31, 0x32], "rawunicodeescape 0-4 truncated \\uXXXX escape"),
    ("raw_unicode_escape", "strict", true, &[0x5c, 0x55, 0x30, 0x30, 0x31, 0x31, 0x30, 0x30, 0x30, 0x30], "rawunicodeescape 0-10 \\Uxxxxxxxx out of range"),
    ("raw_unicode_escape", "strict", false, &[0x61, 0x5c, 0x75, 0x31, 0x32], "'a' 1"),
    ("utf_7", "strict", true, &[0x61, 0x2b, 0x49, 0x4b, 0x77, 0x2d, 0x62], "'a\\u20acb' 7"),
    ("utf_7", "strict", true, &[0x2b, 0x2d], "'+' 2"),
    ("utf_7", "strict", true, &[0x2b, 0x49, 0x4b, 0x77], "'\\u20ac' 4"),
    ("utf_7", "strict", true, &[0x2b, 0x32, 0x44, 0x33, 0x65, 0x41, 0x41, 0x2d], "'\\U0001f600' 8"),
    ("utf_7", "strict", true, &[0x2b, 0x49], "utf7 0-2 unterminated shift sequence"),
    ("utf_7", "strict", true, &[0x2b, 0x49, 0x4b, 0x2d], "utf7 0-4 partial character in shift sequence"),
    ("utf_7", "strict", true, &[0x2b, 0x49, 0x4b, 0x78, 0x2d], "utf7 0-5 non-zero padding bits in shift sequence"),
    ("utf_7", "strict", true, &[0xff], "utf7 0-1 unexpected special character"),
    ("utf_7", "strict", true, &[0x2b, 0x2c], "utf7 0-2 ill-formed sequence"),
    ("utf_7", "strict", true, &[0x2b, 0x32, 0x44, 0x30, 0x2d, 0x61], "'\\ud83da' 6"),
    ("utf_7", "strict", true, &[0x2b, 0x32, 0x44, 0x30], "utf7 0-4 unterminated shift sequence"),
    ("utf_7", "strict", true, &[0x7e, 0x5c], "'~\\\\' 2"),
    ("utf_7", "strict", false, &[0x61, 0x62, 0x2b, 0x49, 0x4b], "'ab' 2"),
    ("utf_7", "replace", true, &[0x2b, 0x49, 0x4b, 0x78, 0x2d, 0xff, 0x61, 0x2b, 0x49], "'\\u20ac\\ufffd\\ufffda\\ufffd' 9"),
];

#[rustfmt::skip]
const ENCODE: &[EncodeRow] = &[
    ("utf_8", "strict", &[0x61, 0x20ac, 0x1f600], "b'a\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80'"),
    ("utf_8", "strict", &[0xd800, 0xdc00, 0x61], "utf-8 0-2 surrogates not allowed"),
    ("utf_8", "strict", &[0xe9, 0xff], "b'\\xc3\\xa9\\xc3\\xbf'"),
    ("utf_7", "strict", &[0x61, 0x20ac, 0x1f600], "b'a+IKzYPd4A-'"),
    ("utf_7", "strict", &[0xd800, 0xdc00, 0x61], "b'+2ADcAA-a'"),
    ("utf_7", "strict", &[0xe9, 0xff], "b'+AOkA/w-'"),
    ("utf_16", "strict", &[0x61, 0x20ac, 0x1f600], "b'\\xff\\xfea\\x00\\xac =\\xd8\\x00\\xde'"),
    ("utf_16", "strict", &[0xd800, 0xdc00, 0x61], "utf-16 0-1 surrogates not allowed"),
    ("utf_16", "strict", &[0xe9, 0xff], "b'\\xff\\xfe\\xe9\\x00\\xff\\x00'"),
    ("utf_16_le", "strict", &[0x61, 0x20ac, 0x1f600], "b'a\\x00\\xac =\\xd8\\x00\\xde'"),
    ("utf_16_le", "strict", &[0xd800, 0xdc00, 0x61], "utf-16-le 0-1 surrogates not allowed"),
    ("utf_16_le", "strict", &[0xe9, 0xff], "b'\\xe9\\x00\\xff\\x00'"),
    ("utf_16_be", "strict", &[0x61, 0x20ac, 0x1f600], "b'\\x00a \\xac\\xd8=\\xde\\x00'"),
    ("utf_16_be", "strict", &[0xd800, 0xdc00, 0x61], "utf-16-be 0-1 surrogates not allowed"),
    ("utf_16_be", "strict", &[0xe9, 0xff], "b'\\x00\\xe9\\x00\\xff'"),
    ("utf_32", "strict", &[0x61, 0x20ac, 0x1f600], "b'\\xff\\xfe\\x00\\x00a\\x00\\x00\\x00\\xac \\x00\\x00\\x00\\xf6\\x01\\x00'"),
    ("utf_32", "strict", &[0xd800, 0xdc00, 0x61], "utf-32 0-1 surrogates not allowed"),
    ("utf_32", "strict", &[0xe9, 0xff], "b'\\xff\\xfe\\x00\\x00\\xe9\\x00\\x00\\x00\\xff\\x00\\x00\\x00'"),
    ("utf_32_le", "strict", &[0x61, 0x20ac, 0x1f600], "b'a\\x00\\x00\\x00\\xac \\x00\\x00\\x00\\xf6\\x01\\x00'"),
    ("utf_32_le", "strict", &[0xd800, 0xdc00, 0x61], "utf-32-le 0-1 surrogates not allowed"),
    ("utf_32_le", "strict", &[0xe9, 0xff], "b'\\xe9\\x00\\x00\\x00\\xff\\x00\\x00\\x00'"),
    ("utf_32_be", "strict", &[0x61, 0x20ac, 0x1f600], "b'\\x00\\x00\\x00a\\x00\\x00 \\xac\\x00\\x01\\xf6\\x00'"),
    ("utf_32_be", "strict", &[0xd800, 0xdc00, 0x61], "utf-32-be 0-1 surrogates not allowed"),
    ("utf_32_be", "strict", &[0xe9, 0xff], "b'\\x00\\x00\\x00\\xe9\\x00\\x00\\x00\\xff'"),
    ("ascii", "strict", &[0x61, 0x20ac, 0x1f600], "ascii 1-3 ordinal not in range(128)"),
    ("ascii", "strict", &[0xd800, 0xdc00, 0x61], "ascii 0-2 ordinal not in range(128)"),
    ("ascii", "strict", &[0xe9, 0xff], "ascii 0-2 ordinal not in range(128)"),
    ("latin_1", "strict", &[0x61, 0x20ac, 0x1f600], "latin-1 1-3 ordinal not in range(256)"),
    ("latin_1", "strict", &[0xd800, 0xdc00, 0x61], "latin-1 0-2 ordinal not in range(256)"),
    ("latin_1", "strict", &[0xe9, 0xff], "b'\\xe9\\xff'"),
    ("charmap", "strict", &[0x61, 0x20ac, 0x1f600], "charmap 0-1 character maps to <undefined>"),
    ("charmap", "strict", &[0xd800, 0xdc00, 0x61], "charmap 0-3 character maps to <undefined>"),
    ("charmap", "strict", &[0xe9, 0xff], "charmap 0-2 character maps to <undefined>"),
    ("unicode_escape", "strict", &[0x61, 0x20ac, 0x1f600], "b'a\\\\u20ac\\\\U0001f600'"),
    ("unicode_escape", "strict", &[0xd800, 0xdc00, 0x61], "b'\\\\ud800\\\\udc00a'"),
    ("unicode_escape", "strict", &[0xe9, 0xff], "b'\\\\xe9\\\\xff'"),
    ("raw_unicode_escape", "strict", &[0x61, 0x20ac, 0x1f600], "b'a\\\\u20ac\\\\U0001f600'"),
    ("raw_unicode_escape", "strict", &[0xd800, 0xdc00, 0x61], "b'\\\\ud800\\\\udc00a'"),
    ("raw_unicode_escape", "strict", &[0xe9, 0xff], "b'\\xe9\\xff'"),
    ("utf_7", "strict", &[0x61, 0xdcff], "b'a+3P8-'"),
    ("utf_7", "strict", &[0x7e, 0x5c, 0x2b, 0x2d, 0x9, 0xa, 0x0, 0x20, 0x2b, 0x61], "b'+AH4AXAAr--\\t\\n+AAA +-a'"),
    ("utf_7", "strict", &[0x100, 0x17f], "b'+AQABfw-'"),
    ("utf_7", "strict", &[0x7f, 0x80], "b'+AH8AgA-'"),
    ("unicode_escape", "strict", &[0x61, 0xdcff], "b'a\\\\udcff'"),
    ("unicode_escape", "strict", &[0x7e, 0x5c, 0x2b, 0x2d, 0x9, 0xa, 0x0, 0x20, 0x2b, 0x61], "b'~\\\\\\\\+-\\\\t\\\\n\\\\x00 +a'"),
    ("unicode_escape", "strict", &[0x100, 0x17f], "b'\\\\u0100\\\\u017f'"),
    ("unicode_escape", "strict", &[0x7f, 0x80], "b'\\\\x7f\\\\x80'"),
    ("raw_unicode_escape", "strict", &[0x61, 0xdcff], "b'a\\\\udcff'"),
    ("raw_unicode_escape", "strict", &[0x7e, 0x5c, 0x2b, 0x2d, 0x9, 0xa, 0x0, 0x20, 0x2b, 0x61], "b'~\\\\+-\\t\\n\\x00 +a'"),
    ("raw_unicode_escape", "strict", &[0x100, 0x17f], "b'\\\\u0100\\\\u017f'"),
    ("raw_unicode_escape", "strict", &[0x7f, 0x80], "b'\\x7f\\x80'"),
    ("ascii", "strict", &[0x61, 0x20ac, 0xe9, 0x1f600, 0xe000], "ascii 1-5 ordinal not in range(128)"),
    ("ascii", "ignore", &[0x61, 0x20ac, 0xe9, 0x1f600, 0xe000], "b'a'"),
    ("ascii", "replace", &[0x61, 0x20ac, 0xe9, 0x1f600, 0xe000], "b'a????'"),
    ("ascii", "backslashreplace", &[0x61, 0x20ac, 0xe9, 0x1f600, 0xe000], "b'a\\\\u20ac\\\\xe9\\\\U0001f600\\\\ue000'"),
    ("ascii", "surrogateescape", &[0x61, 0x20ac, 0xe9, 0x1f600, 0xe000], "ascii 1-5 ordinal not in range(128)"),
    ("ascii", "surrogatepass", &[0x61, 0x20ac, 0xe9, 0x1f600, 0xe000], "ascii 1-5 ordinal not in range(128)"),
    ("ascii", "xmlcharrefreplace", &[0x61, 0x20ac, 0xe9, 0x1f600, 0xe000], "b'a&#8364;&#233;&#128512;&#57344;'"),
    ("ascii", "namereplace", &[0x61, 0x20ac, 0xe9, 0x1f600, 0xe000], "b'a\\\\N{EURO SIGN}\\\\N{LATIN SMALL LETTER E WITH ACUTE}\\\\N{GRINNING FACE}\\\\ue000'"),
    ("latin_1", "surrogateescape", &[0xdcff, 0xe9], "b'\\xff\\xe9'"),
    ("latin_1", "surrogateescape", &[0xdcff, 0x20ac], "latin-1 1-2 ordinal not in range(256)"),
    ("utf_8", "surrogateescape", &[0xdcff, 0xdc80], "b'\\xff\\x80'"),
    ("utf_8", "surrogateescape", &[0xdc7f], "utf-8 0-1 surrogates not allowed"),
    ("utf_8", "surrogatepass", &[0xd800], "b'\\xed\\xa0\\x80'"),
    ("utf_16", "surrogatepass", &[0xd800], "b'\\xff\\xfe\\x00\\xd8'"),
    ("utf_16_be", "surrogatepass", &[0xd800], "b'\\xd8\\x00'"),
    ("utf_32_le", "surrogatepass", &[0xd800], "b'\\x00\\xd8\\x00\\x00'"),
    ("utf_16_le", "replace", &[0xd800, 0x61], "b'?\\x00a\\x00'"),
    ("utf_16_le", "surrogateescape", &[0xdc80], "utf-16-le 0-1 surrogates not allowed"),
    ("ascii", "surrogatepass", &[0xd800], "ascii 0-1 ordinal not in range(128)"),
    ("charmap", "replace", &[0x101, 0x20ac, 0x3f, 0x3f], "charmap 2-4 character maps to <undefined>"),
    ("charmap", "strict", &[0x101, 0x61, 0x62, 0x102], "charmap 1-3 character maps to <undefined>"),
];
