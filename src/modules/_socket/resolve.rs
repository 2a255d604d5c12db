//! Names of hosts and services: to addresses and back, by the C library.
//!
//! The look-ups may ask other machines: they run detached. The old ones keep their answers in memory of their own, one
//! for all threads: they have a lock around them.

use super::address::{self, Address};
use super::{GAIERROR, HERROR, args};
use crate::modules::exceptions::Exception;
use crate::modules::native_type::Signature;
use crate::modules::system::{os_error_text, path};
use crate::objects::bytearray::ByteArray;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Raised};
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use std::ffi::{CStr, CString};
use std::ptr::null;
use std::sync::Mutex;

unsafe extern "C" {
    fn gethostbyname_r(
        name: *const libc::c_char,
        result: *mut libc::hostent,
        buffer: *mut libc::c_char,
        len: libc::size_t,
        found: *mut *mut libc::hostent,
        error: *mut libc::c_int,
    ) -> libc::c_int;
    fn gethostbyaddr_r(
        address: *const libc::c_void,
        address_len: libc::socklen_t,
        family: libc::c_int,
        result: *mut libc::hostent,
        buffer: *mut libc::c_char,
        len: libc::size_t,
        found: *mut *mut libc::hostent,
        error: *mut libc::c_int,
    ) -> libc::c_int;
}

/// Guards the answers of `getservbyname` and its kin.
static DATABASES: Mutex<()> = Mutex::new(());

/// Raises an error of a number and a text.
fn raise(t: &Thread, class: &'static Exception, number: i32, text: &CStr) -> Raised {
    match class.class(t) {
        Ok(class) => {
            let args = [Value::small(number.into()), t.str(text.to_string_lossy())];
            t.raise_with(class.cast::<Type>().expect("a class"), &args)
        }
        Err(raised) => raised,
    }
}

/// The exception for a failure of `getaddrinfo` or `getnameinfo`; `errno` is that of the call.
fn gai_error(t: &Thread, (number, errno): (i32, i32)) -> Raised {
    if number == libc::EAI_SYSTEM {
        return t.os_error(errno);
    }
    // SAFETY: the text is the library's own, for ever.
    raise(t, &GAIERROR, number, unsafe { CStr::from_ptr(libc::gai_strerror(number)) })
}

/// One answer of `getaddrinfo`.
struct Found {
    family: i32,
    kind: i32,
    proto: i32,
    name: Option<CString>,
    address: Address,
}

/// `getaddrinfo`, its answers copied.
fn lookup(t: &Thread, host: Option<&CStr>, service: Option<&CStr>, hints: &libc::addrinfo) -> R<Vec<Found>> {
    let pointer = |text: Option<&CStr>| text.map_or(null(), CStr::as_ptr);
    let result = t.blocking(|| {
        let mut list = std::ptr::null_mut();
        // SAFETY: texts that end with a zero, hints, and a place for the answer.
        let error = unsafe { libc::getaddrinfo(pointer(host), pointer(service), hints, &mut list) };
        if error != 0 {
            return Err((error, crate::modules::system::errno()));
        }
        let (mut found, mut item) = (Vec::new(), list);
        // SAFETY: a list that the library made; each item has an address of the length it says.
        unsafe {
            while let Some(info) = item.as_ref() {
                let name = (!info.ai_canonname.is_null()).then(|| CStr::from_ptr(info.ai_canonname).to_owned());
                let address = Address::copy(info.ai_addr, info.ai_addrlen);
                let (family, kind, proto) = (info.ai_family, info.ai_socktype, info.ai_protocol);
                found.push(Found { family, kind, proto, name, address });
                item = info.ai_next;
            }
            libc::freeaddrinfo(list);
        }
        Ok(found)
    });
    result.map_err(|error| gai_error(t, error))
}

fn hints(family: i32, kind: i32, proto: i32, flags: i32) -> libc::addrinfo {
    // SAFETY: plain data; null pointers.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    (hints.ai_family, hints.ai_socktype, hints.ai_protocol, hints.ai_flags) = (family, kind, proto, flags);
    hints
}

/// The name with its international characters encoded.
fn idna(t: &Thread, v: &Value) -> R<Vec<u8>> {
    if let Some(text) = v.cast::<Str>().and_then(Str::as_ascii) {
        return Ok(text.as_bytes().to_vec());
    }
    encode_idna(t, v)
}

fn encode_idna(t: &Thread, v: &Value) -> R<Vec<u8>> {
    let encoded = protocol::call_method_str(t, v, "encode", &[t.str("idna")])?;
    Ok(encoded.cast::<Bytes>().map(|b| b.as_slice().to_vec()).unwrap_or_default())
}

/// The host of an address: a `str`, `bytes` or `bytearray`.
pub fn host_bytes(t: &Thread, v: &Value) -> R<CString> {
    let bytes = if let Some(bytes) = v.cast::<Bytes>() {
        bytes.as_slice().to_vec()
    } else if let Some(bytes) = v.cast::<ByteArray>() {
        bytes.snapshot(t)
    } else if v.cast::<Str>().is_some() {
        match idna(t, v) {
            Ok(bytes) => bytes,
            Err(raised) => {
                drop(t.take_exception(raised));
                return Err(t.type_error("encoding of hostname failed"));
            }
        }
    } else {
        let given = v.type_of(t).name_str();
        return Err(t.type_error(format!("str, bytes or bytearray expected, not {given}")));
    };
    CString::new(bytes).map_err(|_| t.type_error("host name must not contain null character"))
}

/// As [`host_bytes`], for the argument of a function (the converter `et`).
fn host_arg(t: &Thread, function: &str, v: &Value) -> R<CString> {
    let bytes = if let Some(bytes) = v.cast::<Bytes>() {
        bytes.as_slice().to_vec()
    } else if let Some(bytes) = v.cast::<ByteArray>() {
        bytes.snapshot(t)
    } else if v.cast::<Str>().is_some() {
        encode_idna(t, v)?
    } else {
        let given = crate::objects::sequence_args::none_or_type(t, v);
        return Err(t.type_error(format!("{function}() argument 1 must be str, bytes or bytearray, not {given}")));
    };
    CString::new(bytes).map_err(|_| {
        let given = v.type_of(t).name_str();
        t.type_error(format!("{function}() argument 1 must be encoded string without null bytes, not {given}"))
    })
}

/// The address of a host, numeric or by name; the port is 0. The empty name is any address.
pub fn host(t: &Thread, name: &CStr, family: i32) -> R<Address> {
    let text = name.to_bytes();
    let v4 = |bits: u32| {
        // SAFETY: plain data.
        let mut a: libc::sockaddr_in = unsafe { std::mem::zeroed() };
        a.sin_family = libc::AF_INET as libc::sa_family_t;
        a.sin_addr.s_addr = bits.to_be();
        Address::from(a)
    };
    let takes_v4 = matches!(family, libc::AF_UNSPEC | libc::AF_INET);
    if text.is_empty() {
        let found = lookup(t, None, Some(c"0"), &hints(family, libc::SOCK_DGRAM, 0, libc::AI_PASSIVE))?;
        return match &found[..] {
            [one] if matches!(one.family, libc::AF_INET | libc::AF_INET6) => Ok(one.address),
            [_] => Err(os_error_text(t, "unsupported address family")),
            _ => Err(os_error_text(t, "wildcard resolved to multiple address")),
        };
    }
    if matches!(text, b"255.255.255.255" | b"<broadcast>") {
        return match takes_v4 {
            true => Ok(v4(u32::MAX)),
            false => Err(os_error_text(t, "address family mismatched")),
        };
    }
    let numeric = std::str::from_utf8(text).ok();
    if takes_v4 && let Some(Ok(found)) = numeric.map(str::parse::<std::net::Ipv4Addr>) {
        return Ok(v4(found.to_bits()));
    }
    if matches!(family, libc::AF_UNSPEC | libc::AF_INET6)
        && let Some(Ok(found)) = numeric.map(str::parse::<std::net::Ipv6Addr>)
    {
        // SAFETY: plain data.
        let mut a: libc::sockaddr_in6 = unsafe { std::mem::zeroed() };
        a.sin6_family = libc::AF_INET6 as libc::sa_family_t;
        a.sin6_addr.s6_addr = found.octets();
        return Ok(Address::from(a));
    }
    let found = lookup(t, Some(name), None, &hints(family, 0, 0, 0))?;
    match found.first() {
        Some(one) if matches!(one.family, libc::AF_INET | libc::AF_INET6) => Ok(one.address),
        _ => Err(os_error_text(t, "unknown address family")),
    }
}

fn getaddrinfo(t: &Thread, _m: &Value, a: Args<'_>) -> R {
    static SIGNATURE: Signature = Signature::new("getaddrinfo", "(host, port, family=0, type=0, proto=0, flags=0)");
    let [host, port, family, kind, proto, flags] = SIGNATURE.bind::<6>(t, a)?;
    let number = |v: &Option<Value>| v.as_ref().map_or(Ok(0), |v| int::arg_i32(t, v));
    let hints = hints(number(&family)?, number(&kind)?, number(&proto)?, number(&flags)?);
    let (host, port) = (host.unwrap_or(Value::NONE), port.unwrap_or(Value::NONE));
    // What follows a zero is not seen, as in C.
    let c_text = |bytes: Vec<u8>| CString::new(bytes.split(|&b| b == 0).next().unwrap_or_default()).unwrap_or_default();
    let host_text = if host.is_none() {
        None
    } else if host.cast::<Str>().is_some() {
        Some(c_text(encode_idna(t, &host)?))
    } else if let Some(bytes) = host.cast::<Bytes>() {
        Some(c_text(bytes.as_slice().to_vec()))
    } else {
        return Err(t.type_error("getaddrinfo() argument 1 must be string or None"));
    };
    let port_text = if port.is_none() {
        None
    } else if int::is_int(&port) {
        let plain = protocol::index(t, &port)?;
        let plain = int::big_of(&plain).map(|i| i.to_string()).unwrap_or_default();
        Some(c_text(plain.into_bytes()))
    } else if let Some(text) = port.cast::<Str>() {
        Some(c_text(args::utf8(t, &port, text)?))
    } else if let Some(bytes) = port.cast::<Bytes>() {
        Some(c_text(bytes.as_slice().to_vec()))
    } else {
        return Err(os_error_text(t, "Int or String expected"));
    };
    let event = [
        host,
        port,
        Value::small(hints.ai_family.into()),
        Value::small(hints.ai_socktype.into()),
        Value::small(hints.ai_protocol.into()),
    ];
    crate::modules::sys::audit::audit(t, "socket.getaddrinfo", &event)?;
    let found = lookup(t, host_text.as_deref(), port_text.as_deref(), &hints)?;
    let mut rows = Vec::with_capacity(found.len());
    for one in found {
        let name = t.str(one.name.as_ref().map_or("".into(), |n| n.to_string_lossy()));
        let address = address::make(t, -1, hints.ai_protocol, &one.address)?;
        let [family, kind, proto] = [one.family, one.kind, one.proto].map(|n| Value::small(n.into()));
        rows.push(t.tuple([family, kind, proto, name, address]));
    }
    Ok(List::make(t, rows))
}

fn getnameinfo(t: &Thread, _m: &Value, a: &[Value]) -> R {
    const SHAPE: &str = "getnameinfo(): illegal sockaddr argument";
    args::count(t, "getnameinfo", a, 2, 2)?;
    let flags = int::arg_i32(t, &a[1])?;
    let Some(given) = a[0].cast::<Tuple>() else {
        return Err(t.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let items = args::address(t, given, 2, 4, SHAPE)?;
    let host = args::c_string(t, &items[0], || t.type_error(SHAPE))?;
    let port = int::arg_i32(t, &items[1])?;
    let flow = items.get(2).map_or(Ok(0), |v| args::masked(t, v))? as u32;
    let scope = items.get(3).map_or(Ok(0), |v| args::masked(t, v))? as u32;
    if flow > 0xF_FFFF {
        return Err(t.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
    }
    crate::modules::sys::audit::audit(t, "socket.getnameinfo", &[a[0].clone()])?;
    let service = CString::new(port.to_string()).unwrap_or_default();
    let numeric = hints(libc::AF_UNSPEC, libc::SOCK_DGRAM, 0, libc::AI_NUMERICHOST);
    let found = lookup(t, Some(&host), Some(&service), &numeric)?;
    let [one] = &found[..] else { return Err(os_error_text(t, "sockaddr resolved to multiple addresses")) };
    let mut address = one.address;
    match one.family {
        libc::AF_INET if items.len() != 2 => return Err(os_error_text(t, "IPv4 sockaddr must be 2 tuple")),
        libc::AF_INET6 => {
            let mut a: libc::sockaddr_in6 = address.read();
            a.sin6_flowinfo = flow.to_be();
            a.sin6_scope_id = scope;
            address = Address::from(a);
        }
        _ => {}
    }
    let result = t.blocking(|| {
        let (mut host, mut service) = ([0u8; libc::NI_MAXHOST as usize], [0u8; 32]);
        // SAFETY: an address, and room for two names.
        let error = unsafe {
            libc::getnameinfo(
                address.ptr(),
                address.len(),
                host.as_mut_ptr().cast(),
                host.len() as libc::socklen_t,
                service.as_mut_ptr().cast(),
                service.len() as libc::socklen_t,
                flags,
            )
        };
        let text = |bytes: &[u8]| CStr::from_bytes_until_nul(bytes).map(CStr::to_owned).unwrap_or_default();
        if error == 0 { Ok((text(&host), text(&service))) } else { Err((error, crate::modules::system::errno())) }
    });
    let (host, service) = result.map_err(|error| gai_error(t, error))?;
    Ok(t.tuple([path::decode(t, host.to_bytes()), t.str(service.to_string_lossy())]))
}

/// Tells the hooks of a look-up.
fn watch(t: &Thread, event: &str, args: &[Value]) -> R<()> {
    crate::modules::sys::audit::audit(t, event, &[args.first().cloned().unwrap_or(Value::NONE)])
}

fn gethostbyname(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "gethostbyname", a, 1, 1)?;
    let name = host_arg(t, "gethostbyname", &a[0])?;
    watch(t, "socket.gethostbyname", a)?;
    let found: libc::sockaddr_in = host(t, &name, libc::AF_INET)?.read();
    Ok(address::host_v4(t, found.sin_addr))
}

/// What the old look-ups know of a host.
struct Host {
    family: i32,
    name: CString,
    aliases: Vec<CString>,
    addresses: Vec<Vec<u8>>,
}

/// Copies what the library found.
///
/// # Safety
/// The structure and all it points to are alive.
unsafe fn copy_host(found: &libc::hostent) -> Host {
    // SAFETY: lists that end with null; names end with zeros, addresses have the length it says.
    unsafe {
        let list = |mut at: *mut *mut libc::c_char| {
            let mut items = Vec::new();
            while !at.is_null() && !(*at).is_null() {
                items.push(*at);
                at = at.add(1);
            }
            items
        };
        let address =
            |p: *mut libc::c_char| std::slice::from_raw_parts(p.cast::<u8>(), found.h_length as usize).to_vec();
        Host {
            family: found.h_addrtype,
            name: CStr::from_ptr(found.h_name).to_owned(),
            aliases: list(found.h_aliases).into_iter().map(|p| CStr::from_ptr(p).to_owned()).collect(),
            addresses: list(found.h_addr_list).into_iter().map(address).collect(),
        }
    }
}

/// Makes one of the old look-ups, which are given a structure, room, and a place for the answer and the error.
fn old_lookup(
    t: &Thread,
    family: i32,
    look: impl Fn(*mut libc::hostent, &mut [libc::c_char], *mut *mut libc::hostent, *mut i32) -> i32,
) -> R {
    let result = t.blocking(|| {
        let mut room = vec![0 as libc::c_char; 16384];
        // SAFETY: plain data; null pointers.
        let mut host: libc::hostent = unsafe { std::mem::zeroed() };
        let (mut found, mut error) = (std::ptr::null_mut(), 0);
        while look(&mut host, &mut room, &mut found, &mut error) == libc::ERANGE && room.len() < 1 << 20 {
            room.resize(room.len() * 2, 0);
        }
        // SAFETY: what was found lies in `host` and `room`.
        unsafe { found.as_ref().map(|found| copy_host(found)).ok_or(error) }
    });
    let host = match result {
        Ok(host) => host,
        // SAFETY: the text is the library's own, for ever.
        Err(number) => return Err(raise(t, &HERROR, number, unsafe { CStr::from_ptr(libc::hstrerror(number)) })),
    };
    if host.family != family {
        return Err(t.os_error(libc::EAFNOSUPPORT));
    }
    let aliases = List::make(t, host.aliases.iter().map(|name| t.str(name.to_string_lossy())));
    let shown = |bytes: &Vec<u8>| super::function::ntop(t, family, bytes);
    let addresses = List::make(t, host.addresses.iter().map(shown));
    Ok(t.tuple([path::decode(t, host.name.to_bytes()), aliases, addresses]))
}

fn gethostbyname_ex(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "gethostbyname_ex", a, 1, 1)?;
    let name = host_arg(t, "gethostbyname_ex", &a[0])?;
    watch(t, "socket.gethostbyname", a)?;
    host(t, &name, libc::AF_INET)?;
    // SAFETY: a name that ends with a zero, and places of ours.
    old_lookup(t, libc::AF_INET, |result, room, found, error| unsafe {
        gethostbyname_r(name.as_ptr(), result, room.as_mut_ptr(), room.len(), found, error)
    })
}

fn gethostbyaddr(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "gethostbyaddr", a, 1, 1)?;
    let name = host_arg(t, "gethostbyaddr", &a[0])?;
    watch(t, "socket.gethostbyaddr", a)?;
    let found = host(t, &name, libc::AF_UNSPEC)?;
    let family = found.family();
    let bytes = match family {
        libc::AF_INET => found.read::<libc::sockaddr_in>().sin_addr.s_addr.to_ne_bytes().to_vec(),
        _ => found.read::<libc::sockaddr_in6>().sin6_addr.s6_addr.to_vec(),
    };
    // SAFETY: an address of that length, and places of ours.
    old_lookup(t, family, |result, room, found, error| unsafe {
        let (address, len) = (bytes.as_ptr().cast(), bytes.len() as libc::socklen_t);
        gethostbyaddr_r(address, len, family, result, room.as_mut_ptr(), room.len(), found, error)
    })
}

/// `None` or the optional name of a protocol.
fn protocol_arg(t: &Thread, function: &str, a: &[Value]) -> R<Option<CString>> {
    a.get(1).map(|v| args::text(t, function, 2, v)).transpose()
}

fn getservbyname(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "getservbyname", a, 1, 2)?;
    let name = args::text(t, "getservbyname", 1, &a[0])?;
    let proto = protocol_arg(t, "getservbyname", a)?;
    watch(t, "socket.getservbyname", a)?;
    let port = t.blocking(|| {
        let _guard = DATABASES.lock().expect("no panic under this lock");
        // SAFETY: names that end with zeros; the answer is read under the lock.
        unsafe {
            let proto = proto.as_ref().map_or(null(), |p| p.as_ptr());
            libc::getservbyname(name.as_ptr(), proto).as_ref().map(|found| u16::from_be(found.s_port as u16))
        }
    });
    port.map(|port| Value::small(port.into())).ok_or_else(|| os_error_text(t, "service/proto not found"))
}

fn getservbyport(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "getservbyport", a, 1, 2)?;
    let port = int::arg_i32(t, &a[0])?;
    let proto = protocol_arg(t, "getservbyport", a)?;
    let Ok(port) = u16::try_from(port) else {
        return Err(t.overflow_error("getservbyport: port must be 0-65535."));
    };
    watch(t, "socket.getservbyport", a)?;
    let name = t.blocking(|| {
        let _guard = DATABASES.lock().expect("no panic under this lock");
        // SAFETY: as above.
        unsafe {
            let proto = proto.as_ref().map_or(null(), |p| p.as_ptr());
            let found = libc::getservbyport(port.to_be().into(), proto).as_ref();
            found.map(|found| CStr::from_ptr(found.s_name).to_owned())
        }
    });
    name.map(|name| t.str(name.to_string_lossy())).ok_or_else(|| os_error_text(t, "port/proto not found"))
}

fn getprotobyname(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "getprotobyname", a, 1, 1)?;
    let name = args::text(t, "getprotobyname", 1, &a[0])?;
    let number = t.blocking(|| {
        let _guard = DATABASES.lock().expect("no panic under this lock");
        // SAFETY: as above.
        unsafe { libc::getprotobyname(name.as_ptr()).as_ref().map(|found| found.p_proto) }
    });
    number.map(|n| Value::small(n.into())).ok_or_else(|| os_error_text(t, "protocol not found"))
}

#[rustfmt::skip]
pub const FUNCTIONS: &[Def] = &[
    Def::new("getaddrinfo", Func::Any(getaddrinfo), "", "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, proto, canonname, sockaddr)\n\nResolve host and port into addrinfo struct."),
    Def::new("getnameinfo", Func::VarPos(getnameinfo), "", "getnameinfo(sockaddr, flags) --> (host, port)\n\nGet host and port for a sockaddr."),
    Def::new("gethostbyname", Func::VarPos(gethostbyname), "", "gethostbyname(host) -> address\n\nReturn the IP address (a string of the form '255.255.255.255') for a host."),
    Def::new("gethostbyname_ex", Func::VarPos(gethostbyname_ex), "", "gethostbyname_ex(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.  The host argument is a string giving a host name or IP number."),
    Def::new("gethostbyaddr", Func::VarPos(gethostbyaddr), "", "gethostbyaddr(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.  The host argument is a string giving a host name or IP number."),
    Def::new("getservbyname", Func::VarPos(getservbyname), "", "getservbyname(servicename[, protocolname]) -> integer\n\nReturn a port number from a service name and protocol name.\nThe optional protocol name, if given, should be 'tcp' or 'udp',\notherwise any protocol will match."),
    Def::new("getservbyport", Func::VarPos(getservbyport), "", "getservbyport(port[, protocolname]) -> string\n\nReturn the service name from a port number and protocol name.\nThe optional protocol name, if given, should be 'tcp' or 'udp',\notherwise any protocol will match."),
    Def::new("getprotobyname", Func::VarPos(getprotobyname), "", "getprotobyname(name) -> integer\n\nReturn the protocol number for the named protocol.  (Rarely used.)"),
];
