//! The functions of the module that are no look-ups: byte order, addresses as text, interfaces, pairs of sockets.

use super::message::{item_len, item_space};
use super::object::{close_socket, make};
use super::{args, option};
use crate::modules::system::{self, c_int, errno, os_error_text, path};
use crate::objects::buffer;
use crate::objects::bytes::Bytes;
use crate::objects::int;
use crate::objects::list::List;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::CStr;

unsafe extern "C" {
    fn inet_aton(text: *const libc::c_char, address: *mut libc::in_addr) -> libc::c_int;
    fn inet_pton(family: libc::c_int, text: *const libc::c_char, address: *mut libc::c_void) -> libc::c_int;
    fn inet_ntop(
        family: libc::c_int,
        address: *const libc::c_void,
        text: *mut libc::c_char,
        len: libc::socklen_t,
    ) -> *const libc::c_char;
}

/// An address of 4 or 16 bytes as text.
pub fn ntop(t: &Thread, family: i32, address: &[u8]) -> Value {
    let mut room = [0u8; 64];
    let needed = if family == libc::AF_INET6 { 16 } else { 4 };
    if address.len() < needed {
        return t.str("");
    }
    // SAFETY: the address has the family's length; there is room for the longest text.
    unsafe { inet_ntop(family, address.as_ptr().cast(), room.as_mut_ptr().cast(), room.len() as libc::socklen_t) };
    t.str(CStr::from_bytes_until_nul(&room).unwrap_or_default().to_string_lossy())
}

fn swap16(t: &Thread, _m: &Value, v: &Value) -> R {
    let n = args::unsigned(t, v, 16, "uint16_t")? as u16;
    Ok(Value::small(n.to_be().into()))
}

fn swap32(t: &Thread, _m: &Value, v: &Value) -> R {
    let n = args::unsigned(t, v, 32, "uint32_t")? as u32;
    Ok(int::from_u64(t, n.to_be().into()))
}

fn aton(t: &Thread, _m: &Value, v: &Value) -> R {
    let text = args::c_string(t, v, || {
        let given = crate::objects::sequence_args::none_or_type(t, v);
        t.type_error(format!("inet_aton() argument must be str, not {given}"))
    })?;
    let mut address = libc::in_addr { s_addr: 0 };
    // SAFETY: text that ends with a zero, and a place of ours.
    match unsafe { inet_aton(text.as_ptr(), &mut address) } {
        0 => Err(os_error_text(t, "illegal IP address string passed to inet_aton")),
        _ => Ok(Bytes::make(t, &address.s_addr.to_ne_bytes())),
    }
}

fn ntoa(t: &Thread, _m: &Value, v: &Value) -> R {
    let bytes = buffer::bytes_like(t, v)?;
    match bytes.len() {
        4 => Ok(ntop(t, libc::AF_INET, &bytes)),
        _ => Err(os_error_text(t, "packed IP wrong length for inet_ntoa")),
    }
}

fn pton(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "inet_pton", a, 2, 2)?;
    let family = int::arg_i32(t, &a[0])?;
    let text = args::text(t, "inet_pton", 2, &a[1])?;
    let mut address = [0u8; 16];
    // SAFETY: text that ends with a zero, and room for the longest address.
    match unsafe { inet_pton(family, text.as_ptr(), address.as_mut_ptr().cast()) } {
        -1 => Err(t.last_os_error()),
        0 => Err(os_error_text(t, "illegal IP address string passed to inet_pton")),
        _ if family == libc::AF_INET => Ok(Bytes::make(t, &address[..4])),
        _ => Ok(Bytes::make(t, &address)),
    }
}

fn ntop_function(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "inet_ntop", a, 2, 2)?;
    let family = int::arg_i32(t, &a[0])?;
    let bytes = buffer::bytes_like(t, &a[1])?;
    let len = match family {
        libc::AF_INET => 4,
        libc::AF_INET6 => 16,
        _ => return Err(t.value_error(format!("unknown address family {family}"))),
    };
    match bytes.len() == len {
        true => Ok(ntop(t, family, &bytes)),
        false => Err(t.value_error("invalid length of packed IP address string")),
    }
}

fn cmsg(t: &Thread, name: &str, a: &[Value], f: fn(usize) -> Option<usize>) -> R {
    args::count(t, name, a, 1, 1)?;
    let len = int::arg_isize(t, &a[0])?;
    match usize::try_from(len).ok().and_then(f) {
        Some(len) => Ok(int::from_usize(t, len)),
        None => Err(t.overflow_error(format!("{name}() argument out of range"))),
    }
}

fn cmsg_len(t: &Thread, _m: &Value, a: &[Value]) -> R {
    cmsg(t, "CMSG_LEN", a, item_len)
}

fn cmsg_space(t: &Thread, _m: &Value, a: &[Value]) -> R {
    cmsg(t, "CMSG_SPACE", a, item_space)
}

fn close(t: &Thread, _m: &Value, fd: &Value) -> R {
    close_socket(t, c_int(t, fd)?)?;
    Ok(Value::NONE)
}

fn dup(t: &Thread, _m: &Value, fd: &Value) -> R {
    let fd = c_int(t, fd)?;
    // SAFETY: takes numbers.
    let copy = system::check(t, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })?;
    Ok(Value::small(copy.into()))
}

fn socketpair(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "socketpair", a, 0, 3)?;
    let family = args::int_or(t, a, 0, libc::AF_UNIX)?;
    let kind = args::int_or(t, a, 1, libc::SOCK_STREAM)?;
    let proto = args::int_or(t, a, 2, 0)?;
    let mut ends = [0i32; 2];
    // SAFETY: room for two descriptors.
    system::check(t, unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, ends.as_mut_ptr()) })?;
    Ok(t.tuple([make(t, ends[0], family, kind, proto)?, make(t, ends[1], family, kind, proto)?]))
}

fn gethostname(t: &Thread, _m: &Value) -> R {
    crate::modules::sys::audit::audit(t, "socket.gethostname", &[])?;
    let mut room = [0u8; 1024];
    // SAFETY: room of that length.
    system::check(t, unsafe { libc::gethostname(room.as_mut_ptr().cast(), room.len() - 1) })?;
    Ok(path::decode(t, CStr::from_bytes_until_nul(&room).unwrap_or_default().to_bytes()))
}

fn sethostname(t: &Thread, _m: &Value, a: &[Value]) -> R {
    args::count(t, "sethostname", a, 1, 1)?;
    let name = path::fs_converter(t, &a[0])?;
    crate::modules::sys::audit::audit(t, "socket.sethostname", &[a[0].clone()])?;
    // SAFETY: a name of that length.
    system::check(t, unsafe { libc::sethostname(name.as_ptr(), name.as_bytes().len()) })?;
    Ok(Value::NONE)
}

fn if_nameindex(t: &Thread, _m: &Value) -> R {
    let found = t.blocking(|| {
        // SAFETY: a list that ends with a zero index; its names end with zeros.
        unsafe {
            let list = libc::if_nameindex();
            if list.is_null() {
                return Err(errno());
            }
            let (mut found, mut at) = (Vec::new(), list);
            while (*at).if_index != 0 {
                found.push(((*at).if_index, CStr::from_ptr((*at).if_name).to_owned()));
                at = at.add(1);
            }
            libc::if_freenameindex(list);
            Ok(found)
        }
    });
    let found = found.map_err(|error| t.os_error(error))?;
    let pair = |(index, name): &(u32, std::ffi::CString)| {
        t.tuple([Value::small((*index).into()), path::decode(t, name.to_bytes())])
    };
    Ok(List::make(t, found.iter().map(pair)))
}

fn if_nametoindex(t: &Thread, _m: &Value, v: &Value) -> R {
    let name = path::fs_converter(t, v)?;
    // SAFETY: a name that ends with a zero.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(t.last_os_error()),
        index => Ok(Value::small(index.into())),
    }
}

fn if_indextoname(t: &Thread, _m: &Value, v: &Value) -> R {
    let index = args::unsigned(t, v, 32, "unsigned int")? as u32;
    let mut room = [0u8; libc::IFNAMSIZ + 1];
    // SAFETY: room for the longest name.
    if unsafe { libc::if_indextoname(index, room.as_mut_ptr().cast()) }.is_null() {
        return Err(t.last_os_error());
    }
    Ok(path::decode(t, CStr::from_bytes_until_nul(&room).unwrap_or_default().to_bytes()))
}

#[rustfmt::skip]
pub const FUNCTIONS: &[Def] = &[
    Def::new("close", Func::One(close), "($self, object, /)", "close(integer) -> None\n\nClose an integer socket file descriptor.  This is like os.close(), but for\nsockets; on some platforms os.close() won't work for socket file descriptors."),
    Def::new("dup", Func::One(dup), "($self, object, /)", "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor.  This is like os.dup(), but for\nsockets; on some platforms os.dup() won't work for socket file descriptors."),
    Def::new("socketpair", Func::VarPos(socketpair), "", "socketpair([family[, type [, proto]]]) -> (socket object, socket object)\n\nCreate a pair of socket objects from the sockets returned by the platform\nsocketpair() function.\nThe arguments are the same as for socket() except the default family is\nAF_UNIX if defined on the platform; otherwise, the default is AF_INET."),
    Def::new("ntohs", Func::One(swap16), "($module, integer, /)", "Convert a 16-bit unsigned integer from network to host byte order."),
    Def::new("htons", Func::One(swap16), "($module, integer, /)", "Convert a 16-bit unsigned integer from host to network byte order."),
    Def::new("ntohl", Func::One(swap32), "($module, integer, /)", "Convert a 32-bit unsigned integer from network to host byte order."),
    Def::new("htonl", Func::One(swap32), "($module, integer, /)", "Convert a 32-bit unsigned integer from host to network byte order."),
    Def::new("inet_aton", Func::One(aton), "($module, ip_addr, /)", "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions."),
    Def::new("inet_ntoa", Func::One(ntoa), "($module, packed_ip, /)", "Convert an IP address from 32-bit packed binary format to string format."),
    Def::new("inet_pton", Func::VarPos(pton), "", "inet_pton(af, ip) -> packed IP address string\n\nConvert an IP address from string format to a packed string suitable\nfor use with low-level network functions."),
    Def::new("inet_ntop", Func::VarPos(ntop_function), "", "inet_ntop(af, packed_ip) -> string formatted IP address\n\nConvert a packed IP address of the given family to string format."),
    Def::new("getdefaulttimeout", Func::NoArgs(option::getdefaulttimeout), "($self, /)", "getdefaulttimeout() -> timeout\n\nReturns the default timeout in seconds (float) for new socket objects.\nA value of None indicates that new socket objects have no timeout.\nWhen the socket module is first imported, the default is None."),
    Def::new("setdefaulttimeout", Func::One(option::setdefaulttimeout), "($self, object, /)", "setdefaulttimeout(timeout)\n\nSet the default timeout in seconds (float) for new socket objects.\nA value of None indicates that new socket objects have no timeout.\nWhen the socket module is first imported, the default is None."),
    Def::new("gethostname", Func::NoArgs(gethostname), "($self, /)", "gethostname() -> string\n\nReturn the current host name."),
    Def::new("sethostname", Func::VarPos(sethostname), "", "sethostname(name)\n\nSets the hostname to name."),
    Def::new("if_nameindex", Func::NoArgs(if_nameindex), "($self, /)", "if_nameindex()\n\nReturns a list of network interface information (index, name) tuples."),
    Def::new("if_nametoindex", Func::One(if_nametoindex), "($module, oname, /)", "Returns the interface index corresponding to the interface name if_name."),
    Def::new("if_indextoname", Func::One(if_indextoname), "($module, if_index, /)", "Returns the interface name corresponding to the interface index if_index."),
    Def::new("CMSG_LEN", Func::VarPos(cmsg_len), "", "CMSG_LEN(length) -> control message length\n\nReturn the total length, without trailing padding, of an ancillary\ndata item with associated data of the given length.  This value can\noften be used as the buffer size for recvmsg() to receive a single\nitem of ancillary data, but RFC 3542 requires portable applications to\nuse CMSG_SPACE() and thus include space for padding, even when the\nitem will be the last in the buffer.  Raises OverflowError if length\nis outside the permissible range of values."),
    Def::new("CMSG_SPACE", Func::VarPos(cmsg_space), "", "CMSG_SPACE(length) -> buffer size\n\nReturn the buffer size needed for recvmsg() to receive an ancillary\ndata item with associated data of the given length, along with any\ntrailing padding.  The buffer space needed to receive multiple items\nis the sum of the CMSG_SPACE() values for their associated data\nlengths.  Raises OverflowError if length is outside the permissible\nrange of values."),
];
