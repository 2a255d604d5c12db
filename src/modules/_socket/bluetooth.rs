//! Bluetooth addresses: `'01:23:45:67:89:AB'` and what each protocol adds.

use super::address::Address;
use super::args;
use crate::modules::system::{c_int, os_error_text};
use crate::objects::bytes::Bytes;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;

const L2CAP: i32 = 0;
const HCI: i32 = 1;
const SCO: i32 = 2;
const RFCOMM: i32 = 3;

#[repr(C)]
#[derive(Clone, Copy)]
struct L2cap {
    family: u16,
    psm: u16,
    device: [u8; 6],
    cid: u16,
    kind: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Rfcomm {
    family: u16,
    device: [u8; 6],
    channel: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Sco {
    family: u16,
    device: [u8; 6],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Hci {
    family: u16,
    device: u16,
    channel: u16,
}

/// Whether the protocol is known.
pub fn check(t: &Thread, proto: i32) -> R<()> {
    match proto {
        L2CAP | HCI | SCO | RFCOMM => Ok(()),
        _ => Err(os_error_text(t, "getsockaddrlen: unknown BT protocol")),
    }
}

fn text(t: &Thread, device: [u8; 6]) -> Value {
    let [a, b, c, d, e, f] = device;
    t.str(format!("{f:02X}:{e:02X}:{d:02X}:{c:02X}:{b:02X}:{a:02X}"))
}

fn device(t: &Thread, v: &Value) -> R<[u8; 6]> {
    let parsed = v.cast::<Str>().and_then(|s| {
        let text = s.to_str_lossy();
        let mut bytes = [0; 6];
        let mut parts = text.split(':');
        for place in bytes.iter_mut().rev() {
            *place = u8::from_str_radix(parts.next()?, 16).ok()?;
        }
        parts.next().is_none().then_some(bytes)
    });
    parsed.ok_or_else(|| os_error_text(t, "bad bluetooth address"))
}

/// The address as Python has it.
pub fn make(t: &Thread, proto: i32, address: &Address) -> Value {
    let number = |n: u16| Value::small(n.into());
    match proto {
        L2CAP => {
            let a: L2cap = address.read();
            let (place, psm) = (text(t, a.device), number(u16::from_le(a.psm)));
            match (u16::from_le(a.cid), a.kind) {
                (0, 0) => t.tuple([place, psm]),
                (cid, kind) => t.tuple([place, psm, number(cid), Value::small(kind.into())]),
            }
        }
        RFCOMM => {
            let a: Rfcomm = address.read();
            t.tuple([text(t, a.device), Value::small(a.channel.into())])
        }
        HCI => {
            let a: Hci = address.read();
            if a.channel == 0 { number(a.device) } else { t.tuple([number(a.device), number(a.channel)]) }
        }
        SCO => text(t, address.read::<Sco>().device),
        _ => t.str("Unknown Bluetooth protocol"),
    }
}

/// Python's address for the system.
pub fn parse(t: &Thread, proto: i32, v: &Value, caller: &str) -> R<Address> {
    let family = libc::AF_BLUETOOTH as u16;
    let wrong = || os_error_text(t, &format!("{caller}(): wrong format"));
    let items = v.cast::<Tuple>().map(Tuple::items);
    match proto {
        L2CAP => {
            let Some(items) = items.filter(|i| (2..=4).contains(&i.len()) && i[0].cast::<Str>().is_some()) else {
                return Err(wrong());
            };
            let place = device(t, &items[0])?;
            let mut numbers = [0u64; 3];
            for (n, item) in numbers.iter_mut().zip(&items[1..]) {
                *n = args::masked(t, item)?;
            }
            let [psm, cid, kind] = numbers;
            let (psm, cid) = ((psm as u16).to_le(), (cid as u16).to_le());
            Ok(Address::from(L2cap { family, psm, device: place, cid, kind: kind as u8 }))
        }
        RFCOMM => {
            let Some(items) = items.filter(|i| i.len() == 2 && i[0].cast::<Str>().is_some()) else {
                return Err(wrong());
            };
            let (place, channel) = (device(t, &items[0])?, args::masked(t, &items[1])? as u8);
            Ok(Address::from(Rfcomm { family, device: place, channel }))
        }
        HCI => {
            let (number, channel) = match items {
                Some([number, channel]) => (args::masked(t, number)?, args::masked(t, channel)?),
                Some([number]) => (args::masked(t, number)?, 0),
                Some(_) => return Err(wrong()),
                None => match t.catch(c_int(t, v), |types| &types.type_error)? {
                    Some(number) => (number as u64, 0),
                    None => return Err(wrong()),
                },
            };
            Ok(Address::from(Hci { family, device: number as u16, channel: channel as u16 }))
        }
        SCO => {
            let place = match v.cast::<Bytes>() {
                Some(bytes) => device(t, &t.str(String::from_utf8_lossy(bytes.as_slice())))?,
                None if v.cast::<Str>().is_some() => device(t, v)?,
                None => return Err(wrong()),
            };
            Ok(Address::from(Sco { family, device: place }))
        }
        _ => Err(os_error_text(t, &format!("{caller}(): unknown Bluetooth protocol"))),
    }
}
