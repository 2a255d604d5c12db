//! What never changes while a program runs, and the lists it may change.

use super::stdlib_names::STDLIB_MODULE_NAMES;
use crate::import::library;
use crate::modules;
use crate::objects::dict::Dict;
use crate::objects::float;
use crate::objects::int;
use crate::objects::interpreter::Config;
use crate::objects::list::List;
use crate::objects::module::Module;
use crate::objects::set;
use crate::objects::simple_namespace;
use crate::objects::slots::R;
use crate::objects::string::Str;
use crate::objects::struct_sequence::{self, Description};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The version of CPython that this is: major, minor, micro.
pub const VERSION: (u8, u8, u8) = parse_version(library::LIBRARY_VERSION.as_bytes());

/// `sys.hexversion` of a final release.
pub const HEXVERSION: i64 = (VERSION.0 as i64) << 24 | (VERSION.1 as i64) << 16 | (VERSION.2 as i64) << 8 | 0xF0;

/// `sys.version`.
pub fn version() -> String {
    format!("{} (ungil {}) [Rust]", library::LIBRARY_VERSION, env!("CARGO_PKG_VERSION"))
}

const fn parse_version(text: &[u8]) -> (u8, u8, u8) {
    let (mut parts, mut part, mut i) = ([0u8; 3], 0, 0);
    while i < text.len() {
        match text[i] {
            b'.' => part += 1,
            digit => parts[part] = parts[part] * 10 + (digit - b'0'),
        }
        i += 1;
    }
    (parts[0], parts[1], parts[2])
}

static VERSION_INFO: Description = Description::new(
    "sys.version_info",
    "sys.version_info\n\nVersion information as a named tuple.",
    &[
        ("major", "Major release number"),
        ("minor", "Minor release number"),
        ("micro", "Patch release number"),
        ("releaselevel", "'alpha', 'beta', 'candidate', or 'final'"),
        ("serial", "Serial release number"),
    ],
    5,
)
.not_callable();

static FLAGS: Description = Description::new(
    "sys.flags",
    "sys.flags\n\nFlags provided through command line arguments or environment vars.",
    &[
        ("debug", "-d"),
        ("inspect", "-i"),
        ("interactive", "-i"),
        ("optimize", "-O or -OO"),
        ("dont_write_bytecode", "-B"),
        ("no_user_site", "-s"),
        ("no_site", "-S"),
        ("ignore_environment", "-E"),
        ("verbose", "-v"),
        ("bytes_warning", "-b"),
        ("quiet", "-q"),
        ("hash_randomization", "-R"),
        ("isolated", "-I"),
        ("dev_mode", "-X dev"),
        ("utf8_mode", "-X utf8"),
        ("warn_default_encoding", "-X warn_default_encoding"),
        ("safe_path", "-P"),
        ("int_max_str_digits", "-X int_max_str_digits"),
        ("gil", "-X gil"),
        ("thread_inherit_context", "-X thread_inherit_context"),
        ("context_aware_warnings", "-X context_aware_warnings"),
    ],
    18,
)
.not_callable();

static FLOAT_INFO: Description = Description::new(
    "sys.float_info",
    "sys.float_info\n\n\
     A named tuple holding information about the float type. It contains low level\n\
     information about the precision and internal representation. Please study\n\
     your system's :file:`float.h` for more information.",
    &[
        ("max", "DBL_MAX -- maximum representable finite float"),
        ("max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable"),
        ("max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable"),
        ("min", "DBL_MIN -- Minimum positive normalized float"),
        ("min_exp", "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float"),
        ("min_10_exp", "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float"),
        ("dig", "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float"),
        ("mant_dig", "DBL_MANT_DIG -- mantissa digits"),
        ("epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float"),
        ("radix", "FLT_RADIX -- radix of exponent"),
        ("rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations"),
    ],
    11,
);

static INT_INFO: Description = Description::new(
    "sys.int_info",
    "sys.int_info\n\n\
     A named tuple that holds information about Python's\n\
     internal representation of integers.  The attributes are read only.",
    &[
        ("bits_per_digit", "size of a digit in bits"),
        ("sizeof_digit", "size in bytes of the C type used to represent a digit"),
        ("default_max_str_digits", "maximum string conversion digits limitation"),
        ("str_digits_check_threshold", "minimum positive value for int_max_str_digits"),
    ],
    4,
);

static HASH_INFO: Description = Description::new(
    "sys.hash_info",
    "hash_info\n\n\
     A named tuple providing parameters used for computing\n\
     hashes. The attributes are read only.",
    &[
        ("width", "width of the type used for hashing, in bits"),
        ("modulus", "prime number giving the modulus on which the hash function is based"),
        ("inf", "value to be used for hash of a positive infinity"),
        ("nan", "value to be used for hash of a nan"),
        ("imag", "multiplier used for the imaginary part of a complex number"),
        ("algorithm", "name of the algorithm for hashing of str, bytes and memoryviews"),
        ("hash_bits", "internal output size of hash algorithm"),
        ("seed_bits", "seed size of hash algorithm"),
        ("cutoff", "small string optimization cutoff"),
    ],
    9,
);

static THREAD_INFO: Description = Description::new(
    "sys.thread_info",
    "sys.thread_info\n\nA named tuple holding information about the thread implementation.",
    &[
        ("name", "name of the thread implementation"),
        ("lock", "name of the lock implementation"),
        ("version", "name and version of the thread library"),
    ],
    3,
);

static UNRAISABLE: Description = Description::new(
    "UnraisableHookArgs",
    "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("err_msg", "Error message"),
        ("object", "Object causing the exception"),
    ],
    5,
);

/// The type of `sys.unraisablehook`'s argument.
pub fn unraisable_type(t: &Thread) -> Value {
    struct_sequence::type_of(t, &UNRAISABLE)
}

/// A `str` of a path or argument; bytes that are not UTF-8 become lone surrogates (PEP 383).
pub fn os_str(t: &Thread, text: &OsStr) -> Value {
    let bytes = text.as_bytes();
    if let Ok(text) = std::str::from_utf8(bytes) {
        return t.str(text);
    }
    let points: Vec<u32> = bytes
        .utf8_chunks()
        .flat_map(|chunk| {
            let escaped = chunk.invalid().iter().map(|b| 0xDC00 + u32::from(*b));
            chunk.valid().chars().map(u32::from).chain(escaped).collect::<Vec<_>>()
        })
        .collect();
    Str::from_code_points(t, &points)
}

fn strings(t: &Thread, texts: &[String]) -> Value {
    List::make(t, texts.iter().map(|s| t.str(s)))
}

/// Fills the module's namespace.
pub fn fill(t: &Thread, m: &Module) -> R<()> {
    let config = &t.interp.config;
    let version_info = struct_sequence::make(
        t,
        &VERSION_INFO,
        [
            Value::small(VERSION.0.into()),
            Value::small(VERSION.1.into()),
            Value::small(VERSION.2.into()),
            t.intern("final"),
            Value::small(0),
        ],
    )?;
    numbers(t, m)?;
    m.set(t, "version", t.str(version()));
    m.set(t, "version_info", version_info.clone());
    m.set(t, "hexversion", Value::small(HEXVERSION));
    m.set(t, "api_version", Value::small(1013));
    m.set(t, "copyright", t.str(COPYRIGHT));
    m.set(t, "platform", t.intern(platform()));
    m.set(t, "byteorder", t.intern(if cfg!(target_endian = "little") { "little" } else { "big" }));
    m.set(t, "abiflags", t.intern(""));
    m.set(t, "platlibdir", t.intern("lib"));
    m.set(t, "float_repr_style", t.intern("short"));
    m.set(t, "_git", t.tuple([t.intern("ungil"), t.intern(""), t.intern("")]));
    m.set(t, "_framework", t.intern(""));
    m.set(t, "_home", Value::NONE);
    m.set(t, "_stdlib_dir", t.str(library::root()));
    let names = modules::MODULES.iter().map(|spec| spec.name).chain(["sys", "builtins"]);
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    m.set(t, "builtin_module_names", t.tuple(names.iter().map(|n| t.intern(n)).collect::<Vec<_>>()));
    let stdlib: Vec<Value> = STDLIB_MODULE_NAMES.split_whitespace().map(|n| t.intern(n)).collect();
    m.set(t, "stdlib_module_names", set::frozenset_of(t, &stdlib));

    let multiarch = (t.intern("_multiarch"), t.intern(library::MULTIARCH));
    let implementation = [
        (t.intern("name"), t.intern("ungil")),
        (t.intern("cache_tag"), t.intern("ungil-314")),
        (t.intern("version"), version_info),
        (t.intern("hexversion"), Value::small(HEXVERSION)),
        multiarch,
        (t.intern("supports_isolated_interpreters"), Value::TRUE),
    ];
    m.set(t, "implementation", simple_namespace::make(t, implementation)?);

    command_line(t, m, config)?;
    paths(t, m, config);
    Ok(())
}

fn numbers(t: &Thread, m: &Module) -> R<()> {
    let small = |i: i64| Value::small(i);
    m.set(t, "maxsize", int::new(t, i64::MAX));
    m.set(t, "maxunicode", small(0x10FFFF));
    let float_info = [
        float::new(t, f64::MAX),
        small(f64::MAX_EXP.into()),
        small(f64::MAX_10_EXP.into()),
        float::new(t, f64::MIN_POSITIVE),
        small(f64::MIN_EXP.into()),
        small(f64::MIN_10_EXP.into()),
        small(f64::DIGITS.into()),
        small(f64::MANTISSA_DIGITS.into()),
        float::new(t, f64::EPSILON),
        small(f64::RADIX.into()),
        small(1),
    ];
    m.set(t, "float_info", struct_sequence::make(t, &FLOAT_INFO, float_info)?);
    let threshold = super::settings::INT_DIGITS_THRESHOLD;
    let int_info = [small(30), small(4), small(4300), small(threshold)];
    m.set(t, "int_info", struct_sequence::make(t, &INT_INFO, int_info)?);
    let hash_info = [
        small(64),
        int::new(t, (1 << 61) - 1),
        small(314_159),
        small(0),
        small(1_000_003),
        t.intern("siphash13"),
        small(64),
        small(128),
        small(0),
    ];
    m.set(t, "hash_info", struct_sequence::make(t, &HASH_INFO, hash_info)?);
    let thread_info = [t.intern("pthread"), t.intern("semaphore"), thread_library(t)];
    m.set(t, "thread_info", struct_sequence::make(t, &THREAD_INFO, thread_info)?);
    Ok(())
}

/// `NPTL 2.43`, or `None` where the system does not say.
fn thread_library(t: &Thread) -> Value {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let mut buffer = [0u8; 64];
        // SAFETY: writes at most as many bytes as the buffer has.
        let length =
            unsafe { libc::confstr(libc::_CS_GNU_LIBPTHREAD_VERSION, buffer.as_mut_ptr().cast(), buffer.len()) };
        if length > 1 && length <= buffer.len() {
            return t.str(String::from_utf8_lossy(&buffer[..length - 1]));
        }
    }
    let _ = t;
    Value::NONE
}

fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    }
}

fn command_line(t: &Thread, m: &Module, config: &Config) -> R<()> {
    let small = |b: bool| Value::small(b.into());
    let number = |n: u8| Value::small(n.into());
    let inherit = !config.gil;
    let flags = [
        number(config.parser_debug),
        small(config.inspect),
        small(config.interactive),
        number(config.optimize),
        small(config.dont_write_bytecode),
        small(config.no_user_site),
        small(config.no_site),
        small(config.ignore_environment),
        number(config.verbose),
        number(config.bytes_warning),
        small(config.quiet),
        small(config.hash_seed != Some(0)),
        small(config.isolated),
        Value::bool(config.dev_mode),
        small(config.utf8_mode),
        small(config.warn_default_encoding),
        Value::bool(config.safe_path),
        int::from_usize(t, config.int_max_str_digits),
        small(config.gil),
        small(inherit),
        small(inherit),
    ];
    m.set(t, "flags", struct_sequence::make(t, &FLAGS, flags)?);
    m.set(t, "dont_write_bytecode", Value::bool(config.dont_write_bytecode));
    let option = config.x_options.iter().rev().find(|o| o.0 == "pycache_prefix").map(|o| o.1.clone());
    let variable = || std::env::var_os("PYTHONPYCACHEPREFIX").filter(|_| !config.ignore_environment);
    let prefix = match option {
        // `-X pycache_prefix` without a value takes the variable's away.
        Some(value) => value.map(std::ffi::OsString::from),
        None => variable(),
    };
    let prefix = prefix.filter(|prefix| !prefix.is_empty());
    m.set(t, "pycache_prefix", prefix.map_or(Value::NONE, |prefix| os_str(t, &prefix)));
    m.set(t, "argv", List::make(t, config.argv.iter().map(|a| os_str(t, a))));
    m.set(t, "orig_argv", List::make(t, config.orig_argv.iter().map(|a| os_str(t, a))));
    m.set(t, "warnoptions", strings(t, &config.warn_options));
    let options = Dict::make(t);
    for (name, value) in &config.x_options {
        let value = value.as_ref().map_or(Value::TRUE, |v| t.str(v));
        options.cast::<Dict>().expect("just made").set_name(t, name, value);
    }
    m.set(t, "_xoptions", options);
    Ok(())
}

fn paths(t: &Thread, m: &Module, config: &Config) {
    m.set(t, "executable", t.str(&config.executable));
    m.set(t, "_base_executable", t.str(&config.base_executable));
    for (name, value) in [
        ("prefix", &config.prefix),
        ("exec_prefix", &config.prefix),
        ("base_prefix", &config.base_prefix),
        ("base_exec_prefix", &config.base_prefix),
    ] {
        m.set(t, name, t.str(value));
    }
    m.set(t, "path", strings(t, &config.path));
    m.set(t, "meta_path", List::make(t, []));
    m.set(t, "path_hooks", List::make(t, []));
    m.set(t, "path_importer_cache", Dict::make(t));
    let sys_modules = Dict::make(t);
    m.set(t, "modules", sys_modules.clone());
    t.interp.modules.set(sys_modules);
}

const COPYRIGHT: &str = "Copyright (c) 2001 Python Software Foundation.\n\
    All Rights Reserved.\n\n\
    Copyright (c) 2000 BeOpen.com.\n\
    All Rights Reserved.\n\n\
    Copyright (c) 1995-2001 Corporation for National Research Initiatives.\n\
    All Rights Reserved.\n\n\
    Copyright (c) 1991-1995 Stichting Mathematisch Centrum, Amsterdam.\n\
    All Rights Reserved.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_librarys() {
        assert_eq!(library::LIBRARY_VERSION, format!("{}.{}.{}", VERSION.0, VERSION.1, VERSION.2));
        assert_eq!(HEXVERSION >> 16, 0x030e);
    }
}
