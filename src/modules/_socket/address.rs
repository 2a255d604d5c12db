//! Addresses: what Python calls an address of each family, to and from the system's.

use super::{Socket, args, bluetooth, link, resolve};
use crate::modules::system::{os_error_text, path};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use std::ffi::CStr;

/// An address of the system's, of any family.
#[derive(Clone, Copy)]
pub struct Address {
    storage: libc::sockaddr_storage,
    len: libc::socklen_t,
}

impl Address {
    /// No address yet.
    // SAFETY: the structure is plain data.
    pub const EMPTY: Address = Address { storage: unsafe { std::mem::zeroed() }, len: 0 };

    /// An address from one of the system's structures.
    pub fn from<T: Copy>(address: T) -> Address {
        let mut made = Address::EMPTY;
        *made.of::<T>() = address;
        made.len = size_of::<T>() as libc::socklen_t;
        made
    }

    /// The address as that structure.
    fn of<T: Copy>(&mut self) -> &mut T {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        const { assert!(align_of::<T>() <= align_of::<libc::sockaddr_storage>()) };
        // SAFETY: plain data of all bit patterns, which fits.
        unsafe { &mut *(&raw mut self.storage).cast::<T>() }
    }

    /// A copy as that structure.
    pub fn read<T: Copy>(&self) -> T {
        let mut copy = *self;
        *copy.of::<T>()
    }

    /// The address with another length.
    pub fn with_len(mut self, len: usize) -> Address {
        self.len = len as libc::socklen_t;
        self
    }

    pub fn ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }

    pub fn len(&self) -> libc::socklen_t {
        self.len
    }

    pub fn family(&self) -> i32 {
        self.storage.ss_family.into()
    }

    /// Where a system call writes an address and its length.
    pub fn out(&mut self) -> (*mut libc::sockaddr, *mut libc::socklen_t) {
        self.len = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        ((&raw mut self.storage).cast(), &raw mut self.len)
    }

    /// Copies an address that the system keeps.
    ///
    /// # Safety
    /// `len` bytes at `address` are readable.
    pub unsafe fn copy(address: *const libc::sockaddr, len: libc::socklen_t) -> Address {
        let mut made = Address::EMPTY;
        made.len = len.min(size_of::<libc::sockaddr_storage>() as libc::socklen_t);
        // SAFETY: as the caller says, and no more than fits.
        unsafe {
            std::ptr::copy_nonoverlapping(address.cast::<u8>(), (&raw mut made.storage).cast(), made.len as usize);
        }
        made
    }
}

/// Whether addresses of the socket's family are known: `getsockname` and the like say so before they try.
pub fn check_family(t: &Thread, s: &Socket) -> R<()> {
    match s.family() {
        libc::AF_UNIX
        | libc::AF_INET
        | libc::AF_INET6
        | libc::AF_NETLINK
        | link::AF_QIPCRTR
        | libc::AF_VSOCK
        | libc::AF_PACKET
        | libc::AF_TIPC
        | libc::AF_CAN
        | libc::AF_ALG => Ok(()),
        libc::AF_BLUETOOTH => bluetooth::check(t, s.proto()),
        _ => Err(os_error_text(t, "getsockaddrlen: bad family")),
    }
}

/// The address as Python has it; `None` for an empty one.
pub fn make(t: &Thread, fd: i32, proto: i32, address: &Address) -> R {
    if address.len == 0 {
        return Ok(Value::NONE);
    }
    let number = |n: u32| int::from_u64(t, n.into());
    Ok(match address.family() {
        libc::AF_INET => {
            let a: libc::sockaddr_in = address.read();
            t.tuple([host_v4(t, a.sin_addr), number(u16::from_be(a.sin_port).into())])
        }
        libc::AF_INET6 => {
            let a: libc::sockaddr_in6 = address.read();
            let port = number(u16::from_be(a.sin6_port).into());
            t.tuple([host_v6(t, a.sin6_addr), port, number(u32::from_be(a.sin6_flowinfo)), number(a.sin6_scope_id)])
        }
        libc::AF_UNIX => unix_path(t, address),
        libc::AF_BLUETOOTH => bluetooth::make(t, proto, address),
        _ => match link::make(t, fd, proto, address) {
            Some(made) => made,
            // Unknown: the family and the bytes.
            None => {
                let a: libc::sockaddr = address.read();
                let data = a.sa_data.map(|c| c as u8);
                t.tuple([Value::small(a.sa_family.into()), Bytes::make(t, &data)])
            }
        },
    })
}

/// `'127.0.0.1'`.
pub fn host_v4(t: &Thread, a: libc::in_addr) -> Value {
    t.str(std::net::Ipv4Addr::from(u32::from_be(a.s_addr)).to_string())
}

/// `'::1'`.
pub fn host_v6(t: &Thread, a: libc::in6_addr) -> Value {
    super::function::ntop(t, libc::AF_INET6, &a.s6_addr)
}

fn unix_path(t: &Thread, address: &Address) -> Value {
    let a: libc::sockaddr_un = address.read();
    let offset = std::mem::offset_of!(libc::sockaddr_un, sun_path);
    let bytes = a.sun_path.map(|c| c as u8);
    let bytes = &bytes[..(address.len as usize).saturating_sub(offset).min(bytes.len())];
    match bytes.first() {
        // Linux's abstract names.
        Some(0) => Bytes::make(t, bytes),
        _ => path::decode(t, CStr::from_bytes_until_nul(bytes).map_or(bytes, CStr::to_bytes)),
    }
}

/// Python's address for the system; `caller` is the function that errors name.
pub fn parse(t: &Thread, s: &Socket, v: &Value, caller: &str) -> R<Address> {
    match s.family() {
        libc::AF_UNIX => parse_path(t, v),
        libc::AF_INET => {
            let items = tuple(t, v, "AF_INET", caller)?;
            let items = args::address(t, items, 2, 2, "AF_INET address must be a pair (host, port)")?;
            let host = resolve::host_bytes(t, &items[0])?;
            let port = port(t, &items[1], caller)?;
            let mut address = resolve::host(t, &host, libc::AF_INET)?;
            let a: &mut libc::sockaddr_in = address.of();
            a.sin_family = libc::AF_INET as libc::sa_family_t;
            a.sin_port = check_port(t, port, caller)?.to_be();
            Ok(address.with_len(size_of::<libc::sockaddr_in>()))
        }
        libc::AF_INET6 => {
            let items = tuple(t, v, "AF_INET6", caller)?;
            let shape = "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])";
            let items = args::address(t, items, 2, 4, shape)?;
            let host = resolve::host_bytes(t, &items[0])?;
            let port = port(t, &items[1], caller)?;
            let flow = items.get(2).map_or(Ok(0), |v| args::masked(t, v))? as u32;
            let scope = items.get(3).map_or(Ok(0), |v| args::masked(t, v))? as u32;
            let mut address = resolve::host(t, &host, libc::AF_INET6)?;
            let port = check_port(t, port, caller)?;
            if flow > 0xF_FFFF {
                return Err(t.overflow_error(format!("{caller}(): flowinfo must be 0-1048575.")));
            }
            let a: &mut libc::sockaddr_in6 = address.of();
            a.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            a.sin6_port = port.to_be();
            a.sin6_flowinfo = flow.to_be();
            a.sin6_scope_id = scope;
            Ok(address.with_len(size_of::<libc::sockaddr_in6>()))
        }
        libc::AF_BLUETOOTH => bluetooth::parse(t, s.proto(), v, caller),
        _ => match link::parse(t, s, v, caller) {
            Some(parsed) => parsed,
            None => Err(os_error_text(t, &format!("{caller}(): bad family"))),
        },
    }
}

/// The tuple that an address of that family is.
pub fn tuple<'a>(t: &Thread, v: &'a Value, family: &str, caller: &str) -> R<&'a Tuple> {
    v.cast::<Tuple>().ok_or_else(|| {
        t.type_error(format!("{caller}(): {family} address must be tuple, not {}", v.type_of(t).name_str()))
    })
}

fn port(t: &Thread, v: &Value, caller: &str) -> R<i32> {
    match t.catch(int::arg_i32(t, v), |types| &types.overflow_error)? {
        Some(port) => Ok(port),
        None => Err(t.overflow_error(format!("{caller}(): port must be 0-65535."))),
    }
}

fn check_port(t: &Thread, port: i32, caller: &str) -> R<u16> {
    u16::try_from(port).map_err(|_| t.overflow_error(format!("{caller}(): port must be 0-65535.")))
}

/// A path, or a name of the abstract namespace, which begins with a zero.
fn parse_path(t: &Thread, v: &Value) -> R<Address> {
    let bytes = match v.cast::<Str>() {
        Some(_) => path::encode(t, v)?.into_owned(),
        None => buffer::bytes_like(t, v)?.to_vec(),
    };
    // SAFETY: plain data.
    let mut a: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    let is_abstract = bytes.first().is_none_or(|&b| b == 0);
    // A path has room for its zero.
    let longest = a.sun_path.len() - usize::from(!is_abstract);
    if bytes.len() > longest {
        return Err(os_error_text(t, "AF_UNIX path too long"));
    }
    a.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (place, byte) in a.sun_path.iter_mut().zip(&bytes) {
        *place = *byte as libc::c_char;
    }
    let len = std::mem::offset_of!(libc::sockaddr_un, sun_path) + bytes.len() + usize::from(!is_abstract);
    Ok(Address::from(a).with_len(len))
}
