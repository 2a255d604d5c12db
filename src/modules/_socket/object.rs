//! The type `socket`: making, closing and showing one.

use super::{ENDLESS, Socket, State, connection, message, option, this, transfer};
use crate::modules::native_type::Signature;
use crate::modules::posix::descriptor::close_fd;
use crate::modules::system::{self, c_int_or, not_none};
use crate::objects::opaque;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;
use crate::objects::{float, int, warn};
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering::*};

fn new(t: &Thread, class: &Value, _args: Args<'_>) -> R {
    let socket = Socket {
        fd: AtomicI32::new(-1),
        family: AtomicI32::new(0),
        kind: AtomicI32::new(0),
        proto: AtomicI32::new(0),
        timeout: AtomicI64::new(ENDLESS),
    };
    opaque::new(t, class.cast::<Type>().expect("a class"), socket)
}

/// The value of an int option, which tells of the descriptor what the caller did not.
fn ask(t: &Thread, fd: i32, option: i32) -> R<i32> {
    let (mut value, mut len) = (0i32, size_of::<i32>() as libc::socklen_t);
    // SAFETY: room for an int and its length.
    system::check(t, unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, option, (&raw mut value).cast(), &mut len) })?;
    Ok(value)
}

/// The family of a descriptor that must be a socket.
fn family_of(t: &Thread, fd: i32, family: i32) -> R<i32> {
    let mut address = super::address::Address::EMPTY;
    let (place, len) = address.out();
    // SAFETY: room for an address and its length.
    match unsafe { libc::getsockname(fd, place, len) } {
        0 if family == -1 => Ok(address.family()),
        0 => Ok(family),
        _ => match system::errno() {
            error if family == -1 || error == libc::ENOTSOCK || error == libc::EBADF => Err(t.os_error(error)),
            _ => Ok(family),
        },
    }
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    static SIGNATURE: Signature = Signature::new("socket", "(family=-1, type=-1, proto=-1, fileno=None)");
    let given = args.pos.len() + args.kw.len();
    if given > 4 {
        return Err(t.type_error(format!("socket() takes at most 4 arguments ({given} given)")));
    }
    let [family, kind, proto, fileno] = SIGNATURE.bind::<4>(t, args)?;
    let (family, kind, proto) = (c_int_or(t, &family, -1)?, c_int_or(t, &kind, -1)?, c_int_or(t, &proto, -1)?);
    crate::modules::sys::audit::audit(
        t,
        "socket.__new__",
        &[v.clone(), Value::small(family.into()), Value::small(kind.into()), Value::small(proto.into())],
    )?;
    if let Some(fileno) = not_none(&fileno) {
        // CPython's cast: of a greater number the low bits count.
        let fd = int::arg_i64(t, fileno)? as i32;
        if fd < 0 {
            return Err(t.value_error("negative file descriptor"));
        }
        let family = family_of(t, fd, family)?;
        let kind = if kind == -1 { ask(t, fd, libc::SO_TYPE)? } else { kind };
        let proto = if proto == -1 { ask(t, fd, libc::SO_PROTOCOL)? } else { proto };
        return begin(t, v, fd, family, kind, proto);
    }
    let family = if family == -1 { libc::AF_INET } else { family };
    let kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
    let proto = proto.max(0);
    let fd = t.blocking(|| {
        // SAFETY: takes numbers.
        super::call::answer(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) as isize })
    });
    let fd = fd.map_err(|error| t.os_error(error))?;
    begin(t, v, fd as i32, family, kind, proto)
}

/// The object has its descriptor.
fn begin(t: &Thread, v: &Value, fd: i32, family: i32, kind: i32, proto: i32) -> R<()> {
    let s = this(v);
    s.fd.store(fd, Relaxed);
    s.family.store(family, Relaxed);
    s.kind.store(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC), Relaxed);
    s.proto.store(proto, Relaxed);
    if kind & libc::SOCK_NONBLOCK != 0 {
        s.timeout.store(0, Relaxed);
        return Ok(());
    }
    let timeout = t.interp.state::<State>().default_timeout.load(Relaxed);
    s.timeout.store(timeout, Relaxed);
    if timeout >= 0 { option::set_descriptor_blocking(t, s, false) } else { Ok(()) }
}

/// A socket of the module's own class.
pub fn make(t: &Thread, fd: i32, family: i32, kind: i32, proto: i32) -> R {
    let v = new(t, &crate::modules::module_type(t, &SPEC), Args::NONE)?;
    begin(t, &v, fd, family, kind, proto)?;
    Ok(v)
}

/// Closes a descriptor of a socket. That the peer was faster is no error.
pub fn close_socket(t: &Thread, fd: i32) -> R<()> {
    match close_fd(t, fd) {
        Ok(()) | Err(libc::ECONNRESET) => Ok(()),
        Err(error) => Err(t.os_error(error)),
    }
}

fn close(t: &Thread, v: &Value) -> R {
    match this(v).fd.swap(-1, Relaxed) {
        -1 => {}
        fd => close_socket(t, fd)?,
    }
    Ok(Value::NONE)
}

fn detach(_t: &Thread, v: &Value) -> R {
    Ok(Value::small(this(v).fd.swap(-1, Relaxed).into()))
}

fn fileno(_t: &Thread, v: &Value) -> R {
    Ok(Value::small(this(v).fd().into()))
}

fn finalize(t: &Thread, v: &Value) {
    let s = this(v);
    if s.fd() < 0 {
        return;
    }
    let saved = t.take_raised();
    let text = match protocol::repr_text(t, v) {
        Ok(text) => text,
        Err(raised) => {
            drop(t.take_exception(raised));
            String::new()
        }
    };
    let message = t.str(format!("unclosed {text}"));
    let category = t.types().resource_warning.value();
    if let Err(raised) = warn::issue(t, &category, &message, 1, Some(v), &[]) {
        if t.raised_is(&raised, &t.types().warning) {
            t.unraisable(raised, "Exception ignored in", Some(v));
        } else {
            drop(t.take_exception(raised));
        }
    }
    let fd = s.fd.swap(-1, Relaxed);
    if fd >= 0 {
        let _ = close_fd(t, fd);
    }
    t.put_raised(saved);
}

fn repr(t: &Thread, v: &Value) -> R {
    let s = this(v);
    let (fd, family, kind, proto) = (s.fd(), s.family(), s.kind.load(Relaxed), s.proto());
    Ok(t.str(format!("<socket object, fd={fd}, family={family}, type={kind}, proto={proto}>")))
}

fn timeout(t: &Thread, v: &Value) -> R {
    Ok(timeout_value(t, this(v).timeout()))
}

/// A timeout in seconds, or `None`: what `gettimeout` and `getdefaulttimeout` give.
pub fn timeout_value(t: &Thread, ns: i64) -> Value {
    match ns {
        ..0 => Value::NONE,
        _ => float::new(t, ns as f64 / 1e9),
    }
}

#[rustfmt::skip]
static METHODS: &[Def] = &[
    Def::new("_accept", Func::NoArgs(connection::accept), "($self, /)", "_accept() -> (integer, address info)\n\nWait for an incoming connection.  Return a new socket file descriptor\nrepresenting the connection, and the address of the client.\nFor IP sockets, the address info is a pair (hostaddr, port)."),
    Def::new("bind", Func::One(connection::bind), "($self, object, /)", "bind(address)\n\nBind the socket to a local address.  For IP sockets, the address is a\npair (host, port); the host must refer to the local host. For raw packet\nsockets the address is a tuple (ifname, proto [,pkttype [,hatype [,addr]]])"),
    Def::new("close", Func::NoArgs(close), "($self, /)", "close()\n\nClose the socket.  It cannot be used after this call."),
    Def::new("connect", Func::One(connection::connect), "($self, object, /)", "connect(address)\n\nConnect the socket to a remote address.  For IP sockets, the address\nis a pair (host, port)."),
    Def::new("connect_ex", Func::One(connection::connect_ex), "($self, object, /)", "connect_ex(address) -> errno\n\nThis is like connect(address), but returns an error code (the errno value)\ninstead of raising an exception when an error occurs."),
    Def::new("detach", Func::NoArgs(detach), "($self, /)", "detach()\n\nClose the socket object without closing the underlying file descriptor.\nThe object cannot be used after this call, but the file descriptor\ncan be reused for other purposes.  The file descriptor is returned."),
    Def::new("fileno", Func::NoArgs(fileno), "($self, /)", "fileno() -> integer\n\nReturn the integer file descriptor of the socket."),
    Def::new("getpeername", Func::NoArgs(connection::getpeername), "($self, /)", "getpeername() -> address info\n\nReturn the address of the remote endpoint.  For IP sockets, the address\ninfo is a pair (hostaddr, port)."),
    Def::new("getsockname", Func::NoArgs(connection::getsockname), "($self, /)", "getsockname() -> address info\n\nReturn the address of the local endpoint. The format depends on the\naddress family. For IPv4 sockets, the address info is a pair\n(hostaddr, port). For IPv6 sockets, the address info is a 4-tuple\n(hostaddr, port, flowinfo, scope_id)."),
    Def::new("getsockopt", Func::VarPos(option::getsockopt), "", "getsockopt(level, option[, buffersize]) -> value\n\nGet a socket option.  See the Unix manual for level and option.\nIf a nonzero buffersize argument is given, the return value is a\nstring of that length; otherwise it is an integer."),
    Def::new("listen", Func::VarPos(connection::listen), "", "listen([backlog])\n\nEnable a server to accept connections.  If backlog is specified, it must be\nat least 0 (if it is lower, it is set to 0); it specifies the number of\nunaccepted connections that the system will allow before refusing new\nconnections. If not specified, a default reasonable value is chosen."),
    Def::new("recv", Func::VarPos(transfer::recv), "", "recv(buffersize[, flags]) -> data\n\nReceive up to buffersize bytes from the socket.  For the optional flags\nargument, see the Unix manual.  When no data is available, block until\nat least one byte is available or until the remote end is closed.  When\nthe remote end is closed and all data is read, return the empty string."),
    Def::new("recv_into", Func::Any(transfer::recv_into), "", "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read\n\nA version of recv() that stores its data into a buffer rather than creating\na new string.  Receive up to buffersize bytes from the socket.  If buffersize\nis not specified (or 0), receive up to the size available in the given buffer.\n\nSee recv() for documentation about the flags."),
    Def::new("recvfrom", Func::VarPos(transfer::recvfrom), "", "recvfrom(buffersize[, flags]) -> (data, address info)\n\nLike recv(buffersize, flags) but also return the sender's address info."),
    Def::new("recvfrom_into", Func::Any(transfer::recvfrom_into), "", "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)\n\nLike recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info."),
    Def::new("send", Func::VarPos(transfer::send), "", "send(data[, flags]) -> count\n\nSend a data string to the socket.  For the optional flags\nargument, see the Unix manual.  Return the number of bytes\nsent; this may be less than len(data) if the network is busy."),
    Def::new("sendall", Func::VarPos(transfer::sendall), "", "sendall(data[, flags])\n\nSend a data string to the socket.  For the optional flags\nargument, see the Unix manual.  This calls send() repeatedly\nuntil all data is sent.  If an error occurs, it's impossible\nto tell how much data has been sent."),
    Def::new("sendto", Func::VarPos(transfer::sendto), "", "sendto(data[, flags], address) -> count\n\nLike send(data, flags) but allows specifying the destination address.\nFor IP sockets, the address is a pair (hostaddr, port)."),
    Def::new("setblocking", Func::One(option::setblocking), "($self, object, /)", "setblocking(flag)\n\nSet the socket to blocking (flag is true) or non-blocking (false).\nsetblocking(True) is equivalent to settimeout(None);\nsetblocking(False) is equivalent to settimeout(0.0)."),
    Def::new("getblocking", Func::NoArgs(option::getblocking), "($self, /)", "getblocking()\n\nReturns True if socket is in blocking mode, or False if it\nis in non-blocking mode."),
    Def::new("settimeout", Func::One(option::settimeout), "($self, object, /)", "settimeout(timeout)\n\nSet a timeout on socket operations.  'timeout' can be a float,\ngiving in seconds, or None.  Setting a timeout of None disables\nthe timeout feature and is equivalent to setblocking(1).\nSetting a timeout of zero is the same as setblocking(0)."),
    Def::new("gettimeout", Func::NoArgs(timeout), "($self, /)", "gettimeout() -> timeout\n\nReturns the timeout in seconds (float) associated with socket\noperations. A timeout of None indicates that timeouts on socket\noperations are disabled."),
    Def::new("setsockopt", Func::VarPos(option::setsockopt), "", "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\nsetsockopt(level, option, None, optlen: int)\n\nSet a socket option.  See the Unix manual for level and option.\nThe value argument can either be an integer, a string buffer, or\nNone, optlen."),
    Def::new("shutdown", Func::One(connection::shutdown), "($self, object, /)", "shutdown(flag)\n\nShut down the reading side of the socket (flag == SHUT_RD), the writing side\nof the socket (flag == SHUT_WR), or both ends (flag == SHUT_RDWR)."),
    Def::new("recvmsg", Func::VarPos(message::recvmsg), "", "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)\n\nReceive normal data (up to bufsize bytes) and ancillary data from the\nsocket.  The ancbufsize argument sets the size in bytes of the\ninternal buffer used to receive the ancillary data; it defaults to 0,\nmeaning that no ancillary data will be received.  Appropriate buffer\nsizes for ancillary data can be calculated using CMSG_SPACE() or\nCMSG_LEN(), and items which do not fit into the buffer might be\ntruncated or discarded.  The flags argument defaults to 0 and has the\nsame meaning as for recv().\n\nThe return value is a 4-tuple: (data, ancdata, msg_flags, address).\nThe data item is a bytes object holding the non-ancillary data\nreceived.  The ancdata item is a list of zero or more tuples\n(cmsg_level, cmsg_type, cmsg_data) representing the ancillary data\n(control messages) received: cmsg_level and cmsg_type are integers\nspecifying the protocol level and protocol-specific type respectively,\nand cmsg_data is a bytes object holding the associated data.  The\nmsg_flags item is the bitwise OR of various flags indicating\nconditions on the received message; see your system documentation for\ndetails.  If the receiving socket is unconnected, address is the\naddress of the sending socket, if available; otherwise, its value is\nunspecified.\n\nIf recvmsg() raises an exception after the system call returns, it\nwill first attempt to close any file descriptors received via the\nSCM_RIGHTS mechanism."),
    Def::new("recvmsg_into", Func::VarPos(message::recvmsg_into), "", "recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)\n\nReceive normal data and ancillary data from the socket, scattering the\nnon-ancillary data into a series of buffers.  The buffers argument\nmust be an iterable of objects that export writable buffers\n(e.g. bytearray objects); these will be filled with successive chunks\nof the non-ancillary data until it has all been written or there are\nno more buffers.  The ancbufsize argument sets the size in bytes of\nthe internal buffer used to receive the ancillary data; it defaults to\n0, meaning that no ancillary data will be received.  Appropriate\nbuffer sizes for ancillary data can be calculated using CMSG_SPACE()\nor CMSG_LEN(), and items which do not fit into the buffer might be\ntruncated or discarded.  The flags argument defaults to 0 and has the\nsame meaning as for recv().\n\nThe return value is a 4-tuple: (nbytes, ancdata, msg_flags, address).\nThe nbytes item is the total number of bytes of non-ancillary data\nwritten into the buffers.  The ancdata item is a list of zero or more\ntuples (cmsg_level, cmsg_type, cmsg_data) representing the ancillary\ndata (control messages) received: cmsg_level and cmsg_type are\nintegers specifying the protocol level and protocol-specific type\nrespectively, and cmsg_data is a bytes object holding the associated\ndata.  The msg_flags item is the bitwise OR of various flags\nindicating conditions on the received message; see your system\ndocumentation for details.  If the receiving socket is unconnected,\naddress is the address of the sending socket, if available; otherwise,\nits value is unspecified.\n\nIf recvmsg_into() raises an exception after the system call returns,\nit will first attempt to close any file descriptors received via the\nSCM_RIGHTS mechanism."),
    Def::new("sendmsg", Func::VarPos(message::sendmsg), "", "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count\n\nSend normal and ancillary data to the socket, gathering the\nnon-ancillary data from a series of buffers and concatenating it into\na single message.  The buffers argument specifies the non-ancillary\ndata as an iterable of bytes-like objects (e.g. bytes objects).\nThe ancdata argument specifies the ancillary data (control messages)\nas an iterable of zero or more tuples (cmsg_level, cmsg_type,\ncmsg_data), where cmsg_level and cmsg_type are integers specifying the\nprotocol level and protocol-specific type respectively, and cmsg_data\nis a bytes-like object holding the associated data.  The flags\nargument defaults to 0 and has the same meaning as for send().  If\naddress is supplied and not None, it sets a destination address for\nthe message.  The return value is the number of bytes of non-ancillary\ndata sent."),
    Def::new("sendmsg_afalg", Func::Any(message::sendmsg_afalg), "", "sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])\n\nSet operation mode, IV and length of associated data for an AF_ALG\noperation socket."),
];

static GETSET: &[GetSet] = &[
    GetSet::member("family", |_, v| Ok(Value::small(this(v).family().into())), "the socket family"),
    GetSet::member("type", |_, v| Ok(Value::small(this(v).kind.load(Relaxed).into())), "the socket type"),
    GetSet::member("proto", |_, v| Ok(Value::small(this(v).proto().into())), "the socket protocol"),
    GetSet::ro("timeout", timeout, "the socket timeout"),
];

const BASE: Spec = opaque::spec::<Socket>("_socket.socket");

pub static SPEC: Spec = Spec {
    flags: BASE.flags | type_flags::BASETYPE,
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.  The family argument specifies the\naddress family; it defaults to AF_INET.  The type argument specifies\nwhether this is a stream (SOCK_STREAM, this is the default)\nor datagram (SOCK_DGRAM) socket.  The protocol argument defaults to 0,\nspecifying the default protocol.  Keyword arguments are accepted.\nThe socket is created as non-inheritable.\n\nWhen a fileno is passed in, family, type and proto are auto-detected,\nunless they are explicitly set.\n\nA socket object represents one endpoint of a network connection.\n\nMethods of socket objects (keyword arguments not allowed):\n\n_accept() -- accept connection, returning new socket fd and client address\nbind(addr) -- bind the socket to a local address\nclose() -- close the socket\nconnect(addr) -- connect the socket to a remote address\nconnect_ex(addr) -- connect, return an error code instead of an exception\ndup() -- return a new socket fd duplicated from fileno()\nfileno() -- return underlying file descriptor\ngetpeername() -- return remote address [*]\ngetsockname() -- return local address\ngetsockopt(level, optname[, buflen]) -- get socket options\ngettimeout() -- return timeout or None\nlisten([n]) -- start listening for incoming connections\nrecv(buflen[, flags]) -- receive data\nrecv_into(buffer[, nbytes[, flags]]) -- receive data (into a buffer)\nrecvfrom(buflen[, flags]) -- receive data and sender's address\nrecvfrom_into(buffer[, nbytes, [, flags]])\n  -- receive data and sender's address (into a buffer)\nsendall(data[, flags]) -- send all data\nsend(data[, flags]) -- send data, may not send all of it\nsendto(data[, flags], addr) -- send data to a given address\nsetblocking(bool) -- set or clear the blocking I/O flag\ngetblocking() -- return True if socket is blocking, False if non-blocking\nsetsockopt(level, optname, value[, optlen]) -- set socket options\nsettimeout(None | float) -- set or clear the timeout\nshutdown(how) -- shut down traffic in one or both directions\n\n [*] not available on all platforms!",
    slots: Slots { repr: Some(repr), new: Some(new), init: Some(init), finalize: Some(finalize), ..BASE.slots },
    methods: METHODS,
    getset: GETSET,
    ..BASE
};
