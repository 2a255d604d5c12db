//! Quoted-printable (RFC 1521), and its variant for headers.

use super::{ascii, flag, required};
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// The most characters of a line, its soft break included.
const LINE: usize = 76;

pub fn decode(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = ascii(t, required(t, &args[0], "a2b_qp")?)?;
    let header = flag(t, args[1].as_ref(), false)?;
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let byte = data[at];
        at += 1;
        if byte != b'=' {
            out.push(if header && byte == b'_' { b' ' } else { byte });
            continue;
        }
        let digit = |i: usize| data.get(i).and_then(|&b| (b as char).to_digit(16));
        match data.get(at) {
            None => break,
            // A soft break: the rest of the line goes.
            Some(b'\n' | b'\r') => {
                while at < data.len() && data[at] != b'\n' {
                    at += 1;
                }
                at += usize::from(at < data.len());
            }
            Some(b'=') => {
                out.push(b'=');
                at += 1;
            }
            Some(_) => match (digit(at), digit(at + 1)) {
                (Some(high), Some(low)) => {
                    out.push((high << 4 | low) as u8);
                    at += 2;
                }
                _ => out.push(b'='),
            },
        }
    }
    Bytes::try_make(t, &out)
}

pub fn encode(t: &Thread, _: &Value, args: &[Option<Value>]) -> R {
    let data = bytes_like(t, required(t, &args[0], "b2a_qp")?)?;
    let quote_tabs = flag(t, args[1].as_ref(), false)?;
    let is_text = flag(t, args[2].as_ref(), true)?;
    let header = flag(t, args[3].as_ref(), false)?;
    // Line ends are written as the first one is.
    let newline: &[u8] = match memchr::memchr(b'\n', &data) {
        Some(i) if i > 0 && data[i - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    };
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let (mut at, mut column) = (0, 0);
    while at < data.len() {
        let byte = data[at];
        let next = data.get(at + 1).copied();
        let ends_line = next.is_none() || next == Some(b'\n');
        let is_break = byte == b'\n' || byte == b'\r' && next == Some(b'\n');
        let escapes = byte > 126
            || byte == b'='
            || header && byte == b'_'
            || byte == b'.' && column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0))
            || !is_text && matches!(byte, b'\r' | b'\n')
            || matches!(byte, b'\t' | b' ') && next.is_none()
            || byte < 33 && !matches!(byte, b'\r' | b'\n' | b'\t' | b' ')
            || byte < 33 && !matches!(byte, b'\r' | b'\n') && quote_tabs;
        if escapes {
            if column + 3 >= LINE {
                out.push(b'=');
                out.extend_from_slice(newline);
                column = 0;
            }
            out.extend(format!("={byte:02X}").bytes());
            at += 1;
            column += 3;
        } else if is_text && is_break {
            // White space before a line's end must be seen.
            if let Some(&last @ (b' ' | b'\t')) = out.last() {
                out.pop();
                out.extend(format!("={last:02X}").bytes());
            }
            out.extend_from_slice(newline);
            at += if byte == b'\r' { 2 } else { 1 };
            column = 0;
        } else {
            if !ends_line && column + 1 >= LINE {
                out.push(b'=');
                out.extend_from_slice(newline);
                column = 0;
            }
            column += 1;
            out.push(if header && byte == b' ' { b'_' } else { byte });
            at += 1;
        }
    }
    Bytes::try_make(t, &out)
}
