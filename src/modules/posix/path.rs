//! The helpers of `posixpath` and of the import system that CPython writes in C.

use crate::modules::system::path as system_path;
use crate::modules::system::{self, given};
use crate::objects::bytes::Bytes;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn fspath(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    system_path::fspath(t, given(&a[0]))
}

/// The text of a path, as code points, and whether it came as `bytes`.
fn points(t: &Thread, function: &str, v: &Value) -> R<(Vec<u32>, bool)> {
    let path = match system_path::fspath(t, v) {
        Ok(path) => path,
        Err(raised) => {
            drop(t.take_exception(raised));
            let given = v.type_of(t).name_str();
            let message = format!("{function}: path should be string, bytes or os.PathLike, not {given}");
            return Err(t.type_error(message));
        }
    };
    Ok(match (path.cast::<Str>(), path.cast::<Bytes>()) {
        (Some(s), _) => (s.units().iter().collect(), false),
        (None, Some(b)) => (b.as_slice().iter().map(|&b| b.into()).collect(), true),
        (None, None) => (Vec::new(), false),
    })
}

fn build(t: &Thread, points: &[u32], is_bytes: bool) -> Value {
    if is_bytes {
        Bytes::make(t, &points.iter().map(|&c| c as u8).collect::<Vec<_>>())
    } else {
        Str::from_code_points(t, points)
    }
}

const SEP: u32 = b'/' as u32;

/// How many slashes make up the root: none, one, or exactly two (which POSIX lets mean something else).
fn root(path: &[u32]) -> usize {
    match path.iter().take_while(|&&c| c == SEP).count() {
        n @ 0..=2 => n,
        _ => 1,
    }
}

fn splitroot(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (path, is_bytes) = points(t, "_path_splitroot_ex", given(&a[0]))?;
    let (start, rest) = path.split_at(root(&path));
    Ok(t.tuple([build(t, &[], is_bytes), build(t, start, is_bytes), build(t, rest, is_bytes)]))
}

/// Takes out empty parts, `.` and, where a name goes before it, `..`.
fn normalize(path: &[u32]) -> Vec<u32> {
    const DOT: u32 = b'.' as u32;
    let root = root(path);
    let mut parts: Vec<&[u32]> = Vec::new();
    for part in path[root..].split(|&c| c == SEP) {
        match part {
            [] | [DOT] => {}
            [DOT, DOT] => match parts.last() {
                None if root > 0 => {}
                None | Some(&[DOT, DOT]) => parts.push(part),
                Some(_) => drop(parts.pop()),
            },
            _ => parts.push(part),
        }
    }
    let mut out = path[..root].to_vec();
    out.extend(parts.join(&SEP));
    if out.is_empty() { vec![DOT] } else { out }
}

fn normpath(t: &Thread, _m: &Value, a: &[Option<Value>]) -> R {
    let (path, is_bytes) = points(t, "normpath", given(&a[0]))?;
    Ok(build(t, &normalize(&path), is_bytes))
}

fn umask(t: &Thread, _m: &Value, a: &[Value]) -> R {
    let mask = system::c_int(t, &a[0])?;
    // SAFETY: takes a number.
    Ok(Value::small(unsafe { libc::umask(mask as libc::mode_t) }.into()))
}

pub const FUNCTIONS: &[Def] = &[
    Def::new(
        "fspath",
        Func::Bound(fspath),
        "($module, /, path)",
        "Return the file system path representation of the object.\n\nIf the object is str or bytes, then allow it to pass through as-is.  If\nthe object defines __fspath__(), then return the result of that method.\nAll other types raise a TypeError.",
    ),
    Def::new(
        "_path_splitroot_ex",
        Func::Bound(splitroot),
        "($module, /, p)",
        "Split a pathname into drive, root and tail.\n\nThe tail contains anything after the root.",
    ),
    Def::new(
        "_path_normpath",
        Func::Bound(normpath),
        "($module, /, path)",
        "Normalize path, eliminating double slashes, etc.",
    ),
    Def::new(
        "umask",
        Func::Pos(umask, 1, 1),
        "($module, mask, /)",
        "Set the current numeric umask and return the previous umask.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(s: &str) -> String {
        let points: Vec<u32> = s.chars().map(u32::from).collect();
        normalize(&points).iter().filter_map(|&c| char::from_u32(c)).collect()
    }

    #[test]
    fn paths_are_normalized_as_by_cpython() {
        let cases = [
            ("", "."),
            ("/", "/"),
            ("//", "//"),
            ("///", "/"),
            ("a//b/./c/..", "a/b"),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            ("a/..", "."),
            ("//foo/../..", "//"),
            ("./a/", "a"),
        ];
        for (from, to) in cases {
            assert_eq!(norm(from), to, "{from}");
        }
    }
}
