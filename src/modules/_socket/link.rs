//! Addresses of Linux's own families: netlink, packets, virtual machines, CAN, TIPC, the kernel's cryptography.

use super::address::{Address, tuple};
use super::{Socket, args};
use crate::modules::system::{errno, os_error_text, path};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::ffi::CStr;

/// Qualcomm's routers between processors.
pub const AF_QIPCRTR: i32 = 42;

#[repr(C)]
#[derive(Clone, Copy)]
struct Netlink {
    family: u16,
    pad: u16,
    pid: u32,
    groups: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Router {
    family: u16,
    node: u32,
    port: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Tipc {
    family: u16,
    kind: u8,
    scope: i8,
    /// Depends on the kind: a reference and a node, or a type and instances, and a domain.
    words: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Can {
    family: u16,
    interface: i32,
    /// ISO-TP: ids to send and to receive. J1939: a name of 8 bytes, a group, an address.
    words: [u32; 4],
}

const TIPC_ADDR_NAMESEQ: u8 = 1;
const TIPC_ADDR_NAME: u8 = 2;
const TIPC_ADDR_ID: u8 = 3;

/// The number of an interface; the name is short enough.
fn interface(t: &Thread, fd: i32, name: &[u8]) -> R<i32> {
    // SAFETY: plain data.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name.iter_mut().take(libc::IFNAMSIZ - 1).zip(name) {
        *place = *byte as libc::c_char;
    }
    // SAFETY: a request of ours; the answer is an int.
    unsafe {
        match libc::ioctl(fd, libc::SIOCGIFINDEX as _, &mut request) {
            0.. => Ok(request.ifr_ifru.ifru_ifindex),
            _ => Err(t.os_error(errno())),
        }
    }
}

/// The name of an interface; empty for none.
fn interface_name(t: &Thread, fd: i32, index: i32) -> Value {
    // SAFETY: plain data.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_ifru.ifru_ifindex = index;
    // SAFETY: a request of ours; the name ends with a zero.
    unsafe {
        if index != 0 && libc::ioctl(fd, libc::SIOCGIFNAME as _, &mut request) == 0 {
            return path::decode(t, CStr::from_ptr(request.ifr_name.as_ptr()).to_bytes());
        }
    }
    t.str("")
}

/// The address as Python has it; `None` for other families.
pub fn make(t: &Thread, fd: i32, proto: i32, address: &Address) -> Option<Value> {
    let number = |n: u32| int::from_u64(t, n.into());
    Some(match address.family() {
        libc::AF_NETLINK => {
            let a: Netlink = address.read();
            t.tuple([number(a.pid), number(a.groups)])
        }
        AF_QIPCRTR => {
            let a: Router = address.read();
            t.tuple([number(a.node), number(a.port)])
        }
        libc::AF_VSOCK => {
            let a: libc::sockaddr_vm = address.read();
            t.tuple([number(a.svm_cid), number(a.svm_port)])
        }
        libc::AF_PACKET => {
            let a: libc::sockaddr_ll = address.read();
            let proto = u16::from_be(a.sll_protocol) as i16;
            let hardware = &a.sll_addr[..usize::from(a.sll_halen).min(8)];
            t.tuple([
                interface_name(t, fd, a.sll_ifindex),
                Value::small(proto.into()),
                Value::small(a.sll_pkttype.into()),
                Value::small((a.sll_hatype as i16).into()),
                Bytes::make(t, hardware),
            ])
        }
        libc::AF_TIPC => {
            let a: Tipc = address.read();
            let [x, y, z] = a.words;
            let [x, y, z] = match a.kind {
                TIPC_ADDR_NAMESEQ => [x, y, z],
                TIPC_ADDR_NAME => [x, y, y],
                // The reference, then the node.
                TIPC_ADDR_ID => [y, x, 0],
                _ => return Some(Value::NONE),
            };
            let scope = Value::small(a.scope.into());
            t.tuple([Value::small(a.kind.into()), number(x), number(y), number(z), scope])
        }
        libc::AF_CAN => {
            let a: Can = address.read();
            let name = interface_name(t, fd, a.interface);
            let [x, y, z, w] = a.words;
            match proto {
                libc::CAN_ISOTP => t.tuple([name, number(x), number(y)]),
                libc::CAN_J1939 => {
                    let ecu = u64::from(x) | u64::from(y) << 32;
                    t.tuple([name, int::from_u64(t, ecu), number(z), number(w & 0xFF)])
                }
                _ => t.tuple([name]),
            }
        }
        libc::AF_ALG => {
            let a: libc::sockaddr_alg = address.read();
            let text = |bytes: &[u8]| {
                t.str(String::from_utf8_lossy(CStr::from_bytes_until_nul(bytes).map_or(bytes, CStr::to_bytes)))
            };
            // CPython writes both numbers as the 16 bits that it reads.
            let short = |n: u32| Value::small((n as u16).into());
            t.tuple([text(&a.salg_type), text(&a.salg_name), short(a.salg_feat), short(a.salg_mask)])
        }
        _ => return None,
    })
}

/// Python's address for the system; `None` for other families.
pub fn parse(t: &Thread, s: &Socket, v: &Value, caller: &str) -> Option<R<Address>> {
    Some(match s.family() {
        libc::AF_NETLINK => netlink(t, v, caller),
        AF_QIPCRTR => {
            pair(t, v, "AF_QIPCRTR").map(|(node, port)| Address::from(Router { family: AF_QIPCRTR as u16, node, port }))
        }
        libc::AF_VSOCK => pair(t, v, "AF_VSOCK").map(|(cid, port)| {
            // SAFETY: plain data.
            let mut a: libc::sockaddr_vm = unsafe { std::mem::zeroed() };
            a.svm_family = libc::AF_VSOCK as libc::sa_family_t;
            a.svm_cid = cid;
            a.svm_port = port;
            Address::from(a)
        }),
        libc::AF_PACKET => packet(t, s, v, caller),
        libc::AF_TIPC => tipc(t, v, caller),
        libc::AF_CAN => can(t, s, v, caller),
        libc::AF_ALG => algorithm(t, v, caller),
        _ => return None,
    })
}

fn netlink(t: &Thread, v: &Value, caller: &str) -> R<Address> {
    let items = tuple(t, v, "AF_NETLINK", caller)?;
    let items = args::address(t, items, 2, 2, "AF_NETLINK address must be a pair (pid, groups)")?;
    let (pid, groups) = (args::masked(t, &items[0])? as u32, args::masked(t, &items[1])? as u32);
    Ok(Address::from(Netlink { family: libc::AF_NETLINK as u16, pad: 0, pid, groups }))
}

/// Two unsigned ints.
fn pair(t: &Thread, v: &Value, family: &str) -> R<(u32, u32)> {
    let Some(items) = v.cast::<Tuple>() else {
        let name = v.type_of(t).name_str();
        return Err(t.type_error(format!("getsockaddrarg: {family} address must be tuple, not {name}")));
    };
    args::count(t, "getsockaddrarg", items.items(), 2, 2)?;
    Ok((args::masked(t, &items.items()[0])? as u32, args::masked(t, &items.items()[1])? as u32))
}

fn packet(t: &Thread, s: &Socket, v: &Value, caller: &str) -> R<Address> {
    let shape = "AF_PACKET address must be a tuple of two to five elements";
    let items = args::address(t, tuple(t, v, "AF_PACKET", caller)?, 2, 5, shape)?;
    let overflow = |caller: &str| t.overflow_error(format!("{caller}(): address argument out of range"));
    let number = |v: &Value| match t.catch(int::arg_i32(t, v), |types| &types.overflow_error)? {
        Some(n) => Ok(n),
        None => Err(overflow(caller)),
    };
    let name = args::c_string(t, &items[0], || t.type_error(shape))?;
    let proto = number(&items[1])?;
    let (kind, hardware) = (items.get(2).map_or(Ok(0), number)?, items.get(3).map_or(Ok(0), number)?);
    let bytes = items.get(4).map(|v| buffer::bytes_like(t, v)).transpose()?;
    let bytes = bytes.as_deref().unwrap_or(&[]);
    let index = interface(t, s.fd(), name.to_bytes())?;
    if bytes.len() > 8 {
        return Err(t.value_error("Hardware address must be 8 bytes or less"));
    }
    let Ok(proto) = u16::try_from(proto) else {
        return Err(t.overflow_error(format!("{caller}(): proto must be 0-65535.")));
    };
    // SAFETY: plain data.
    let mut a: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    a.sll_family = libc::AF_PACKET as u16;
    a.sll_protocol = proto.to_be();
    a.sll_ifindex = index;
    a.sll_pkttype = kind as u8;
    a.sll_hatype = hardware as u16;
    a.sll_halen = bytes.len() as u8;
    a.sll_addr[..bytes.len()].copy_from_slice(bytes);
    Ok(Address::from(a))
}

fn tipc(t: &Thread, v: &Value, caller: &str) -> R<Address> {
    let shape = "AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])";
    let items = args::address(t, tuple(t, v, "AF_TIPC", caller)?, 4, 5, shape)?;
    let mut numbers = [0u32, 0, 0, 0, 2];
    for (place, item) in numbers.iter_mut().zip(items) {
        *place = args::masked(t, item)? as u32;
    }
    let [kind, x, y, z, scope] = numbers;
    let words = match kind as u8 {
        TIPC_ADDR_NAMESEQ => [x, y, z],
        TIPC_ADDR_NAME => [x, y, 0],
        TIPC_ADDR_ID => [y, x, 0],
        _ => return Err(t.type_error("Invalid address type")),
    };
    Ok(Address::from(Tipc { family: libc::AF_TIPC as u16, kind: kind as u8, scope: scope as i8, words }))
}

fn can(t: &Thread, s: &Socket, v: &Value, caller: &str) -> R<Address> {
    let (most, shape) = match s.proto() {
        libc::CAN_RAW | libc::CAN_BCM => (1, "AF_CAN address must be a tuple (interface, )"),
        libc::CAN_ISOTP => (3, "AF_CAN address must be a tuple (interface, rx_addr, tx_addr)"),
        libc::CAN_J1939 => (4, "AF_CAN address must be a tuple (interface, name, pgn, addr)"),
        _ => return Err(os_error_text(t, &format!("{caller}(): unsupported CAN protocol"))),
    };
    let items = args::address(t, tuple(t, v, "AF_CAN", caller)?, most, most, shape)?;
    let name = path::fs_converter(t, &items[0])?;
    let numbers = items[1..].iter().map(|v| args::masked(t, v)).collect::<R<Vec<_>>>()?;
    let index = match name.to_bytes() {
        [] => 0,
        name if name.len() < libc::IFNAMSIZ => interface(t, s.fd(), name)?,
        _ => return Err(os_error_text(t, "AF_CAN interface name too long")),
    };
    let words = match numbers[..] {
        [rx, tx] => [rx as u32, tx as u32, 0, 0],
        [ecu, group, address] => [ecu as u32, (ecu >> 32) as u32, group as u32, address as u8 as u32],
        _ => [0; 4],
    };
    Ok(Address::from(Can { family: libc::AF_CAN as u16, interface: index, words }))
}

fn algorithm(t: &Thread, v: &Value, caller: &str) -> R<Address> {
    let shape = "AF_ALG address must be a tuple (type, name[, feat[, mask]])";
    let items = args::address(t, tuple(t, v, "AF_ALG", caller)?, 2, 4, shape)?;
    let kind = args::c_string(t, &items[0], || t.type_error(shape))?;
    let name = args::c_string(t, &items[1], || t.type_error(shape))?;
    let feat = items.get(2).map_or(Ok(0), |v| args::masked(t, v))? as u16;
    let mask = items.get(3).map_or(Ok(0), |v| args::masked(t, v))? as u16;
    // SAFETY: plain data.
    let mut a: libc::sockaddr_alg = unsafe { std::mem::zeroed() };
    let (kind, name) = (kind.to_bytes(), name.to_bytes());
    if kind.len() >= a.salg_type.len() {
        return Err(t.value_error("AF_ALG type too long."));
    }
    if name.len() >= a.salg_name.len() {
        return Err(t.value_error("AF_ALG name too long."));
    }
    a.salg_family = libc::AF_ALG as u16;
    a.salg_feat = feat.into();
    a.salg_mask = mask.into();
    a.salg_type[..kind.len()].copy_from_slice(kind);
    a.salg_name[..name.len()].copy_from_slice(name);
    Ok(Address::from(a))
}
