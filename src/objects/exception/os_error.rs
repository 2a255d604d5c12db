//! `OSError`: an `errno` value, its text and the file names it is about. Called with two to five arguments, it makes
//! an instance of the subclass that stands for the `errno`.

use super::fields::attribute;
use super::tree::FLAGS;
use super::{OWN, base, field, field_or_none, payload, set_field};
use crate::objects::container::Text;
use crate::objects::header::Kind;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R, Slots};
use crate::objects::spec::{Def, Func, GetSet, Spec};
use crate::objects::thread::Thread;
use crate::objects::tuple::Tuple;
use crate::objects::type_object::Type;
use crate::objects::types::{TypeCell, Types};
use crate::objects::value::Value;

const ERRNO: usize = 0;
const STRERROR: usize = 1;
const FILENAME: usize = 2;
const FILENAME2: usize = 3;
/// `characters_written` of a `BlockingIOError`; empty where it is not known.
const WRITTEN: usize = 4;

/// The subclass that stands for an `errno` value (PEP 3151).
type Row = (i32, fn(&Types) -> &TypeCell);

static SUBCLASSES: &[Row] = &[
    (libc::EAGAIN, |types| &types.blocking_io_error),
    (libc::EALREADY, |types| &types.blocking_io_error),
    (libc::EINPROGRESS, |types| &types.blocking_io_error),
    (libc::EWOULDBLOCK, |types| &types.blocking_io_error),
    (libc::EPIPE, |types| &types.broken_pipe_error),
    (libc::ESHUTDOWN, |types| &types.broken_pipe_error),
    (libc::ECHILD, |types| &types.child_process_error),
    (libc::ECONNABORTED, |types| &types.connection_aborted_error),
    (libc::ECONNREFUSED, |types| &types.connection_refused_error),
    (libc::ECONNRESET, |types| &types.connection_reset_error),
    (libc::EEXIST, |types| &types.file_exists_error),
    (libc::ENOENT, |types| &types.file_not_found_error),
    (libc::EISDIR, |types| &types.is_a_directory_error),
    (libc::ENOTDIR, |types| &types.not_a_directory_error),
    (libc::EINTR, |types| &types.interrupted_error),
    (libc::EACCES, |types| &types.permission_error),
    (libc::EPERM, |types| &types.permission_error),
    (libc::ESRCH, |types| &types.process_lookup_error),
    (libc::ETIMEDOUT, |types| &types.timeout_error),
];

/// Whether `__init__` does the work: a subclass overrides it and leaves `__new__` alone. Else `__new__` does, because
/// it has to look at the arguments anyway.
fn init_does_the_work(class: &Type) -> bool {
    let slots = class.slots();
    slots.init.is_none_or(|f| f as *const () != init as *const ())
        && slots.new.is_some_and(|f| f as *const () == new as *const ())
}

fn new(t: &Thread, class: &Value, args: Args<'_>) -> R {
    let typ = crate::objects::container::class_of(t, class)?;
    if init_does_the_work(typ) {
        return base::make(t, class, t.interp.empty_tuple.clone());
    }
    crate::objects::container::no_keywords(t, &typ.name_str(), args)?;
    let mut class = class.clone();
    if std::ptr::eq(typ, t.types().os_error.get())
        && (2..=5).contains(&args.pos.len())
        && let Some(errno) = int::as_i64(&args.pos[0])
        && let Some((_, cell)) = SUBCLASSES.iter().find(|(e, _)| *e as i64 == errno)
    {
        class = cell(t.types()).value();
    }
    let v = base::make(t, &class, t.interp.empty_tuple.clone())?;
    fill(t, &v, args.pos)?;
    Ok(v)
}

fn init(t: &Thread, v: &Value, args: Args<'_>) -> R<()> {
    let typ = v.type_of(t);
    if !init_does_the_work(typ) {
        return Ok(());
    }
    crate::objects::container::no_keywords(t, &typ.name_str(), args)?;
    fill(t, v, args.pos)
}

/// Sets the attributes from `errno, strerror, filename, winerror, filename2`.
fn fill(t: &Thread, v: &Value, args: &[Value]) -> R<()> {
    let e = payload(t, v)?;
    let mut shown = args;
    if (2..=5).contains(&args.len()) {
        e.fields[ERRNO].set(args[0].clone());
        e.fields[STRERROR].set(args[1].clone());
        if let Some(filename) = args.get(2).filter(|f| !f.is_none()) {
            if std::ptr::eq(v.type_of(t), t.types().blocking_io_error.get()) && is_number(t, filename) {
                set_written(t, v, Some(filename))?;
            } else {
                e.fields[FILENAME].set(filename.clone());
                if let Some(filename2) = args.get(4).filter(|f| !f.is_none()) {
                    e.fields[FILENAME2].set(filename2.clone());
                }
                // `args` has been the pair for so long that programs unpack it.
                shown = &args[..2];
            }
        }
    }
    base::set_args(t, v, shown)
}

/// `PyNumber_Check`.
fn is_number(t: &Thread, v: &Value) -> bool {
    let slots = v.type_of(t).slots();
    slots.nb_index.is_some() || slots.nb_int.is_some() || slots.nb_float.is_some()
}

fn str(t: &Thread, v: &Value) -> R {
    let (errno, strerror) = (field(t, v, ERRNO)?, field(t, v, STRERROR)?);
    let filename = field(t, v, FILENAME)?;
    if filename.is_none() && (errno.is_none() || strerror.is_none()) {
        return base::str(t, v);
    }
    let mut out = Text::default();
    out.push("[Errno ");
    out.push_str(&protocol::str(t, &errno.unwrap_or(Value::NONE))?);
    out.push("] ");
    out.push_str(&protocol::str(t, &strerror.unwrap_or(Value::NONE))?);
    if let Some(filename) = filename {
        out.push(": ");
        out.push_repr(t, &filename)?;
        if let Some(filename2) = field(t, v, FILENAME2)? {
            out.push(" -> ");
            out.push_repr(t, &filename2)?;
        }
    }
    Ok(out.finish(t))
}

fn reduce(t: &Thread, v: &Value) -> R {
    let mut args = base::args_of(t, v)?;
    if let Some([errno, strerror]) = args.cast::<Tuple>().map(|a| a.items())
        && let Some(filename) = field(t, v, FILENAME)?
    {
        let three = [errno.clone(), strerror.clone(), filename];
        args = match field(t, v, FILENAME2)? {
            Some(filename2) => t.tuple(three.into_iter().chain([Value::NONE, filename2]).collect::<Vec<_>>()),
            None => t.tuple(three),
        };
    }
    base::reduced(t, v, args, base::instance_dict(t, v))
}

#[cold]
fn not_known(t: &Thread) -> crate::objects::slots::Raised {
    t.raise_message(&t.types().attribute_error, "characters_written")
}

fn written(t: &Thread, v: &Value) -> R {
    field(t, v, WRITTEN)?.ok_or_else(|| not_known(t))
}

fn set_written(t: &Thread, v: &Value, value: Option<&Value>) -> R<()> {
    let e = payload(t, v)?;
    match value {
        None => e.fields[WRITTEN].take().map(drop).ok_or_else(|| not_known(t)),
        Some(value) => {
            let n = protocol::index(t, value)?;
            if int::as_i64(&n).is_none() {
                let name = value.type_of(t).name_str();
                return Err(t.value_error(format!("cannot fit '{name}' into an index-sized integer")));
            }
            e.fields[WRITTEN].set(n);
            Ok(())
        }
    }
}

pub static SPEC: Spec = Spec {
    name: "OSError",
    base: Some(|types| &types.exception),
    kind: Kind::Exception,
    size: OWN,
    flags: FLAGS,
    doc: "Base class for I/O related errors.",
    slots: Slots { new: Some(new), init: Some(init), str: Some(str), ..Slots::EMPTY },
    methods: &[Def::new("__reduce__", Func::NoArgs(reduce), "($self, /)", "")],
    getset: &[
        attribute!("errno", 0, "POSIX exception code"),
        attribute!("strerror", 1, "exception strerror"),
        attribute!("filename", 2, "exception filename"),
        attribute!("filename2", 3, "second exception filename"),
        GetSet::rw("characters_written", written, set_written, ""),
    ],
    ..Spec::DEFAULT
};
