//! `_socket`: sockets, and the names of hosts and services.
//!
//! A socket object holds a descriptor, its family, type and protocol, and a timeout. As in CPython the descriptor itself
//! blocks only if there is no timeout: with one, every operation first waits with `poll` until the descriptor is ready or
//! the time is up ([`call`]), with others running meanwhile, and a signal's handlers in between.
//!
//! | file | what |
//! |---|---|
//! | here | the state of a socket, the module |
//! | `object` | the type: making, closing, showing |
//! | `call` | waiting and retrying: how each operation is made |
//! | `connection` | `bind`, `listen`, `accept`, `connect`, names of both ends |
//! | `transfer` | `recv`, `send` and their kin |
//! | `message` | `recvmsg`, `sendmsg` and ancillary data |
//! | `option` | options and timeouts |
//! | `address` | Python addresses to and from those of the system |
//! | `resolve` | names to addresses and back |
//! | `function` | the other functions |
//! | `constants` | numbers |

mod address;
pub mod args;
mod bluetooth;
mod call;
mod connection;
mod constants;
mod function;
mod link;
mod message;
mod object;
mod option;
mod resolve;
mod transfer;

use super::exceptions::Exception;
use super::{ModuleSpec, add_functions, module_type};
use crate::objects::module::Module;
use crate::objects::opaque::Native;
use crate::objects::slots::R;
use crate::objects::thread::Thread;
use crate::objects::value::{Payload, Value};
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering::*};

/// Errors of `getaddrinfo` and `getnameinfo`.
static GAIERROR: Exception = Exception { module: "socket", name: "gaierror", base: |types| &types.os_error };
/// Errors of the old look-ups of hosts.
static HERROR: Exception = Exception { module: "socket", name: "herror", base: |types| &types.os_error };

/// No timeout: operations block.
const ENDLESS: i64 = -1;

/// The payload of a socket.
pub struct Socket {
    /// -1 when closed or detached.
    fd: AtomicI32,
    family: AtomicI32,
    kind: AtomicI32,
    proto: AtomicI32,
    /// Nanoseconds; 0: nonblocking, [`ENDLESS`]: blocking.
    timeout: AtomicI64,
}

impl Native for Socket {}

impl Socket {
    fn fd(&self) -> i32 {
        self.fd.load(Relaxed)
    }

    fn family(&self) -> i32 {
        self.family.load(Relaxed)
    }

    fn proto(&self) -> i32 {
        self.proto.load(Relaxed)
    }

    fn timeout(&self) -> i64 {
        self.timeout.load(Relaxed)
    }
}

/// What the module keeps per interpreter.
struct State {
    /// `setdefaulttimeout`, as [`Socket::timeout`].
    default_timeout: AtomicI64,
}

impl Default for State {
    fn default() -> State {
        State { default_timeout: AtomicI64::new(ENDLESS) }
    }
}

/// The socket that a method was called on.
fn this(v: &Value) -> &Socket {
    v.opaque::<Socket>().expect("methods of `socket` get sockets")
}

/// `_socket`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_socket",
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    exec: Some(exec),
    ..ModuleSpec::DEFAULT
};

fn exec(t: &Thread, module: &Module) -> R<()> {
    let value = module.value();
    for functions in [function::FUNCTIONS, resolve::FUNCTIONS] {
        add_functions(t, module, &value, "_socket", functions);
    }
    let class = module_type(t, &object::SPEC);
    module.set(t, "SocketType", class.clone());
    module.set(t, "socket", class);
    module.set(t, "error", t.types().os_error.value());
    module.set(t, "timeout", t.types().timeout_error.value());
    module.set(t, "gaierror", GAIERROR.class(t)?);
    module.set(t, "herror", HERROR.class(t)?);
    constants::add(t, module);
    Ok(())
}
