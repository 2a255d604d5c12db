//! Positions in a text: cookies that say where in the bytes a decoder could start, and how far to go from there.

use super::state::Snapshot;
use super::write::{flush, flush_pending};
use super::{Text, codec, open_of};
use crate::modules::_io::{call0, position, unsupported};
use crate::modules::system::c_int;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;

/// A position. As an int its fields lie behind one another: 64 bits, then 32, 32, 32 and 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cookie {
    /// Where in the bytes the decoder starts.
    start: u64,
    /// In which state.
    flags: u32,
    /// How many bytes it is then given.
    feed: u32,
    /// How many of the characters that it makes of them lie before the position.
    skip: u32,
    /// It is told that the bytes are the last.
    last: bool,
}

impl Cookie {
    fn to_int(self) -> BigInt {
        let high = BigInt::from(self.feed) | BigInt::from(self.skip) << 32 | BigInt::from(self.last as u8) << 64;
        BigInt::from(self.start) | BigInt::from(self.flags) << 64 | high << 96
    }

    fn from_int(big: &BigInt) -> Option<Cookie> {
        if big.sign() == Sign::Minus {
            return None;
        }
        let word = |shift: u32| ((big >> shift) & BigInt::from(u32::MAX)).to_u32();
        Some(Cookie {
            start: (big & BigInt::from(u64::MAX)).to_u64()?,
            flags: word(64)?,
            feed: word(96)?,
            skip: word(128)?,
            last: word(160)? & 1 != 0,
        })
    }
}

fn length(v: &Value) -> usize {
    v.cast::<Str>().map_or(0, Str::len)
}

pub fn tell(t: &Thread, v: &Value) -> R {
    let (this, buffer) = open_of(t, v)?;
    let (seekable, telling) = this.with(|s| (s.seekable, s.telling));
    if !seekable {
        return Err(unsupported(t, "underlying stream is not seekable"));
    }
    if !telling {
        return Err(codec::position_error(t, "telling position disabled by next() call"));
    }
    flush_pending(t, this, &buffer)?;
    call0(t, v, "flush")?;
    let at = call0(t, &buffer, "tell")?;
    let (snapshot, used) = this.with(|s| (s.snapshot.clone(), s.used));
    let Some(snapshot) = snapshot.filter(|_| this.with(|s| s.can_decode)) else { return Ok(at) };
    let start = position(t, &at)? - snapshot.input.len() as i64;
    let mut cookie = Cookie { start: start.max(0) as u64, flags: snapshot.flags as u32, ..Cookie::default() };
    if used > 0 {
        let (held, flags) = codec::state(t, this)?;
        let found = search(t, this, &snapshot, used, &mut cookie);
        let restored = codec::set_state(t, this, &held, flags);
        found?;
        restored?;
    }
    Ok(int::from_big(t, cookie.to_int()))
}

/// Finds a safe place to start from, not far before the position: one where the decoder holds no bytes.
fn search(t: &Thread, this: &Text, snapshot: &Snapshot, used: usize, cookie: &mut Cookie) -> R<()> {
    let input = &snapshot.input;
    let mut skip = used;
    let (mut bytes, mut back) = ((this.with(|s| s.ratio) * used as f64) as isize, 1isize);
    bytes = bytes.min(input.len() as isize);
    while bytes > 0 {
        codec::set_state(t, this, b"", i64::from(cookie.flags))?;
        let characters = length(&codec::decode(t, this, &input[..bytes as usize], false)?);
        if characters <= skip {
            let (held, flags) = codec::state(t, this)?;
            if held.is_empty() {
                cookie.flags = flags as u32;
                skip -= characters;
                break;
            }
            bytes -= held.len() as isize;
            back = 1;
        } else {
            bytes -= back;
            back *= 2;
        }
    }
    if bytes <= 0 {
        bytes = 0;
        codec::set_state(t, this, b"", i64::from(cookie.flags))?;
    }
    cookie.start += bytes as u64;
    cookie.skip = skip as u32;
    if skip == 0 {
        return Ok(());
    }
    // Close by now: byte after byte.
    let mut characters = 0;
    for byte in &input[bytes as usize..] {
        characters += length(&codec::decode(t, this, std::slice::from_ref(byte), false)?);
        cookie.feed += 1;
        let (held, flags) = codec::state(t, this)?;
        if held.is_empty() && characters <= skip {
            cookie.start += u64::from(cookie.feed);
            skip -= characters;
            (cookie.flags, cookie.feed, characters) = (flags as u32, 0, 0);
        }
        if characters >= skip {
            cookie.skip = skip as u32;
            return Ok(());
        }
    }
    characters += length(&codec::decode(t, this, b"", true)?);
    cookie.last = true;
    cookie.skip = skip as u32;
    if characters < skip {
        return Err(codec::position_error(t, "can't reconstruct logical file position"));
    }
    Ok(())
}

fn forget(this: &Text) {
    this.set_decoded(None);
    this.with(|s| s.snapshot = None);
}

pub fn seek(t: &Thread, v: &Value, a: &[Value]) -> R {
    let whence = a.get(1).map_or(Ok(0), |w| c_int(t, w))?;
    let (this, buffer) = open_of(t, v)?;
    if !this.with(|s| s.seekable) {
        return Err(unsupported(t, "underlying stream is not seekable"));
    }
    let mut target = a[0].clone();
    let is_zero = |v: &Value| protocol::eq(t, v, &Value::small(0));
    match whence {
        libc::SEEK_SET => {}
        libc::SEEK_CUR => {
            if !is_zero(&target)? {
                return Err(unsupported(t, "can't do nonzero cur-relative seeks"));
            }
            target = call0(t, v, "tell")?;
        }
        libc::SEEK_END => {
            if !is_zero(&target)? {
                return Err(unsupported(t, "can't do nonzero end-relative seeks"));
            }
            call0(t, v, "flush")?;
            forget(this);
            codec::reset(t, this)?;
            let args = [Value::small(0), Value::small(libc::SEEK_END.into())];
            let at = protocol::call_method(t, &buffer, &t.names().seek, &args)?;
            codec::set_encoder_start(t, this, is_zero(&at)?)?;
            return Ok(at);
        }
        _ => return Err(t.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
    let index = protocol::index(t, &target)?;
    let Some(cookie) = int::big_of(&index).and_then(|big| Cookie::from_int(&big)) else {
        return Err(t.value_error(format!("negative seek position {}", protocol::repr_text(t, &target)?)));
    };
    if v.type_of(t).is_heap_type() {
        call0(t, v, "flush")?;
    } else {
        flush(t, v)?;
    }
    let start = int::from_u64(t, cookie.start);
    protocol::call_method(t, &buffer, &t.names().seek, &[start])?;
    forget(this);
    if this.with(|s| s.can_decode) {
        restore(t, this, cookie)?;
    }
    if cookie.skip > 0 {
        let data = protocol::call_method(t, &buffer, &t.names().read, &[Value::small(cookie.feed.into())])?;
        let Some(input) = data.cast::<Bytes>() else {
            let given = data.type_of(t).name_str();
            let message = format!("underlying read() should have returned a bytes object, not '{given}'");
            return Err(t.type_error(message));
        };
        let input = input.as_slice();
        this.with(|s| s.snapshot = Some(Snapshot { flags: cookie.flags.into(), input: input.to_vec() }));
        let text = codec::decode(t, this, input, cookie.last)?;
        let characters = length(&text);
        this.set_decoded(Some(text));
        if characters < cookie.skip as usize {
            return Err(codec::position_error(t, "can't restore logical file position"));
        }
        this.with(|s| s.used = cookie.skip as usize);
    } else {
        this.with(|s| s.snapshot = Some(Snapshot { flags: cookie.flags.into(), input: Vec::new() }));
    }
    codec::set_encoder_start(t, this, cookie.start == 0 && cookie.flags == 0)?;
    Ok(target)
}

fn restore(t: &Thread, this: &Text, cookie: Cookie) -> R<()> {
    match cookie.start == 0 && cookie.flags == 0 {
        true => codec::reset(t, this),
        false => codec::set_state(t, this, b"", cookie.flags.into()),
    }
}

pub fn truncate(t: &Thread, v: &Value, a: &[Value]) -> R {
    let (_, buffer) = super::attached(t, v)?;
    call0(t, v, "flush")?;
    let size = a.first().cloned().unwrap_or(Value::NONE);
    protocol::call_method_str(t, &buffer, "truncate", &[size])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_round_trip() {
        let cookie = Cookie { start: u64::MAX - 1, flags: 7, feed: 9, skip: 3, last: true };
        assert_eq!(Cookie::from_int(&cookie.to_int()), Some(cookie));
        assert_eq!(Cookie { start: 42, ..Cookie::default() }.to_int(), BigInt::from(42));
    }
}
