//! `_stat`: the parts of a file's mode.

use super::ModuleSpec;
use crate::objects::int;
use crate::objects::module::Module;
use crate::objects::protocol;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

static NUMBERS: &[(&str, u32)] = &[
    ("S_IFDIR", 0o040000),
    ("S_IFCHR", 0o020000),
    ("S_IFBLK", 0o060000),
    ("S_IFREG", 0o100000),
    ("S_IFIFO", 0o010000),
    ("S_IFLNK", 0o120000),
    ("S_IFSOCK", 0o140000),
    ("S_IFDOOR", 0),
    ("S_IFPORT", 0),
    ("S_IFWHT", 0),
    ("S_ISUID", 0o4000),
    ("S_ISGID", 0o2000),
    ("S_ISVTX", 0o1000),
    ("S_ENFMT", 0o2000),
    ("S_IREAD", 0o400),
    ("S_IWRITE", 0o200),
    ("S_IEXEC", 0o100),
    ("S_IRWXU", 0o700),
    ("S_IRUSR", 0o400),
    ("S_IWUSR", 0o200),
    ("S_IXUSR", 0o100),
    ("S_IRWXG", 0o070),
    ("S_IRGRP", 0o040),
    ("S_IWGRP", 0o020),
    ("S_IXGRP", 0o010),
    ("S_IRWXO", 0o007),
    ("S_IROTH", 0o004),
    ("S_IWOTH", 0o002),
    ("S_IXOTH", 0o001),
    ("UF_SETTABLE", 0xFFFF),
    ("UF_NODUMP", 0x1),
    ("UF_IMMUTABLE", 0x2),
    ("UF_APPEND", 0x4),
    ("UF_OPAQUE", 0x8),
    ("UF_NOUNLINK", 0x10),
    ("UF_COMPRESSED", 0x20),
    ("UF_TRACKED", 0x40),
    ("UF_DATAVAULT", 0x80),
    ("UF_HIDDEN", 0x8000),
    ("SF_SETTABLE", 0xFFFF_0000),
    ("SF_ARCHIVED", 0x1_0000),
    ("SF_IMMUTABLE", 0x2_0000),
    ("SF_APPEND", 0x4_0000),
    ("SF_NOUNLINK", 0x10_0000),
    ("SF_SNAPSHOT", 0x20_0000),
    ("SF_FIRMLINK", 0x80_0000),
    ("SF_DATALESS", 0x4000_0000),
    ("ST_MODE", 0),
    ("ST_INO", 1),
    ("ST_DEV", 2),
    ("ST_NLINK", 3),
    ("ST_UID", 4),
    ("ST_GID", 5),
    ("ST_SIZE", 6),
    ("ST_ATIME", 7),
    ("ST_MTIME", 8),
    ("ST_CTIME", 9),
];

const FORMAT: u32 = 0o170000;

/// A mode: an int that is not negative.
fn mode(t: &Thread, v: &Value) -> R<u32> {
    let i = protocol::index(t, v)?;
    match int::as_i64(&i) {
        Some(n) if n < 0 => Err(t.overflow_error("can't convert negative value to unsigned int")),
        Some(n) => u32::try_from(n).map_err(|_| t.overflow_error("mode out of range")),
        None => Err(t.overflow_error("Python int too large to convert to C unsigned long")),
    }
}

macro_rules! kinds {
    ($($name:ident $bits:expr;)*) => {
        $(fn $name(t: &Thread, _m: &Value, v: &Value) -> R {
            Ok(Value::bool($bits != 0 && mode(t, v)? & FORMAT == $bits))
        })*
    };
}

kinds! {
    is_dir 0o040000; is_chr 0o020000; is_blk 0o060000; is_reg 0o100000; is_fifo 0o010000; is_lnk 0o120000;
    is_sock 0o140000; is_never 0u32;
}

fn imode(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(Value::small((mode(t, v)? & 0o7777).into()))
}

fn ifmt(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(Value::small((mode(t, v)? & FORMAT).into()))
}

/// The letter for the type of the file.
fn kind(mode: u32) -> char {
    match mode & FORMAT {
        0o100000 => '-',
        0o040000 => 'd',
        0o120000 => 'l',
        0o060000 => 'b',
        0o020000 => 'c',
        0o010000 => 'p',
        0o140000 => 's',
        _ => '?',
    }
}

fn text(mode: u32) -> String {
    let mut out = String::from(kind(mode));
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        out.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    out
}

fn filemode(t: &Thread, _m: &Value, v: &Value) -> R {
    Ok(t.str(text(mode(t, v)?)))
}

pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_stat", functions: FUNCTIONS, exec: Some(exec), ..ModuleSpec::DEFAULT };

fn exec(t: &Thread, module: &Module) -> R<()> {
    NUMBERS.iter().for_each(|&(name, number)| module.set(t, name, Value::small(number.into())));
    Ok(())
}

const SIG: &str = "($self, object, /)";

const FUNCTIONS: &[Def] = &[
    Def::new("S_ISDIR", Func::One(is_dir), SIG, "S_ISDIR(mode) -> bool\n\nReturn True if mode is from a directory."),
    Def::new(
        "S_ISCHR",
        Func::One(is_chr),
        SIG,
        "S_ISCHR(mode) -> bool\n\nReturn True if mode is from a character special device file.",
    ),
    Def::new(
        "S_ISBLK",
        Func::One(is_blk),
        SIG,
        "S_ISBLK(mode) -> bool\n\nReturn True if mode is from a block special device file.",
    ),
    Def::new("S_ISREG", Func::One(is_reg), SIG, "S_ISREG(mode) -> bool\n\nReturn True if mode is from a regular file."),
    Def::new(
        "S_ISFIFO",
        Func::One(is_fifo),
        SIG,
        "S_ISFIFO(mode) -> bool\n\nReturn True if mode is from a FIFO (named pipe).",
    ),
    Def::new(
        "S_ISLNK",
        Func::One(is_lnk),
        SIG,
        "S_ISLNK(mode) -> bool\n\nReturn True if mode is from a symbolic link.",
    ),
    Def::new("S_ISSOCK", Func::One(is_sock), SIG, "S_ISSOCK(mode) -> bool\n\nReturn True if mode is from a socket."),
    Def::new("S_ISDOOR", Func::One(is_never), SIG, "S_ISDOOR(mode) -> bool\n\nReturn True if mode is from a door."),
    Def::new(
        "S_ISPORT",
        Func::One(is_never),
        SIG,
        "S_ISPORT(mode) -> bool\n\nReturn True if mode is from an event port.",
    ),
    Def::new("S_ISWHT", Func::One(is_never), SIG, "S_ISWHT(mode) -> bool\n\nReturn True if mode is from a whiteout."),
    Def::new("S_IMODE", Func::One(imode), SIG, "Return the portion of the file's mode that can be set by os.chmod()."),
    Def::new("S_IFMT", Func::One(ifmt), SIG, "Return the portion of the file's mode that describes the file type."),
    Def::new("filemode", Func::One(filemode), SIG, "Convert a file's mode to a string of the form '-rwxrwxrwx'"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_read_as_in_ls() {
        for (mode, expected) in [
            (0o100644, "-rw-r--r--"),
            (0o040755, "drwxr-xr-x"),
            (0o104755, "-rwsr-xr-x"),
            (0o102644, "-rw-r-Sr--"),
            (0o041777, "drwxrwxrwt"),
            (0o120777, "lrwxrwxrwx"),
        ] {
            assert_eq!(text(mode), expected);
        }
    }
}
