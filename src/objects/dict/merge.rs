//! Filling a dict from another one, from any mapping, or from pairs: `dict()`, `update`, `|`, `**`.

use super::Dict;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::thread::Thread;
use crate::objects::value::Value;

/// What becomes of a key that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Present {
    Keep,
    Replace,
    /// `KeyError(key)`: a keyword argument given twice.
    Error,
}

/// Whether the object is a dict that iterates as one, so that its table can be read directly.
fn plain_dict<'a>(t: &Thread, v: &'a Value) -> Option<&'a Dict> {
    let dict = v.cast::<Dict>()?;
    let plain = t.types().dict.slots().iter.map(|f| f as usize);
    (v.type_of(t).slots().iter.map(|f| f as usize) == plain).then_some(dict)
}

fn put(t: &Thread, dict: &Dict, key: Value, hash: i64, value: Value, present: Present) -> R<()> {
    match present {
        Present::Replace => return dict.set_hashed(t, key, hash, value),
        Present::Keep => {
            if dict.get_hashed(t, &key, hash)?.is_none() {
                dict.set_hashed(t, key, hash, value)?;
            }
        }
        Present::Error => {
            if dict.get_hashed(t, &key, hash)?.is_some() {
                return Err(t.key_error(&key));
            }
            dict.set_hashed(t, key, hash, value)?;
        }
    }
    Ok(())
}

/// Puts the keys and values of a mapping into `dict` (`PyDict_Merge`).
pub fn merge(t: &Thread, dict: &Dict, other: &Value, present: Present) -> R<()> {
    if let Some(source) = plain_dict(t, other) {
        if std::ptr::eq(source, dict) || source.is_empty() {
            return Ok(());
        }
        dict.reserve(t, dict.len() + source.len());
        if !t.gil_enabled() {
            // As of one moment: other threads may change it all the while.
            for (key, hash, value) in source.hashed_pairs(t) {
                put(t, dict, key, hash, value, present)?;
            }
            return Ok(());
        }
        let (mut position, size) = (0, source.len());
        while let Some((key, hash, value)) = source.next_hashed(t, &mut position) {
            put(t, dict, key, hash, value, present)?;
            if source.len() != size {
                return Err(t.runtime_error("dict mutated during update"));
            }
        }
        return Ok(());
    }
    let keys = protocol::call_method(t, other, &t.names().keys, &[])?;
    let Some(it) = t.catch(protocol::iter(t, &keys), |types| &types.type_error)? else {
        return Err(t.type_error(format!(
            "{}.keys() returned a non-iterable (type {})",
            other.type_of(t).name_str(),
            keys.type_of(t).name_str()
        )));
    };
    for key in protocol::collect(t, &it)? {
        let hash = super::hash_key(t, &key)?;
        if present == Present::Keep && dict.get_hashed(t, &key, hash)?.is_some() {
            continue;
        }
        if present == Present::Error && dict.get_hashed(t, &key, hash)?.is_some() {
            return Err(t.key_error(&key));
        }
        let value = protocol::getitem(t, other, &key)?;
        dict.set_hashed(t, key, hash, value)?;
    }
    Ok(())
}

/// Puts pairs into `dict` (`PyDict_MergeFromSeq2`).
fn merge_pairs(t: &Thread, dict: &Dict, pairs: &Value) -> R<()> {
    let it = protocol::iter(t, pairs)?;
    let mut i = 0;
    while let Some(pair) = protocol::next(t, &it)? {
        let Some(items) = t.catch(protocol::iter(t, &pair), |types| &types.type_error)? else {
            let raised = t.type_error("object is not iterable");
            let exception = t.take_exception(raised);
            let note = format!("Cannot convert dictionary update sequence element #{i} to a sequence");
            protocol::call_method_str(t, &exception, "add_note", &[t.str(note)])?;
            return Err(t.raise_as_is(exception));
        };
        let items = protocol::collect(t, &items)?;
        let [key, value] = &items[..] else {
            return Err(t.value_error(format!(
                "dictionary update sequence element #{i} has length {}; 2 is required",
                items.len()
            )));
        };
        dict.set(t, key.clone(), value.clone())?;
        i += 1;
    }
    Ok(())
}

/// The argument of `dict()` or `update()`: a mapping, recognized by its `keys`, or pairs.
pub fn update_from(t: &Thread, dict: &Dict, arg: &Value) -> R<()> {
    if arg.cast_exact::<Dict>().is_some() || protocol::getattr_opt(t, arg, &t.names().keys)?.is_some() {
        merge(t, dict, arg, Present::Replace)
    } else {
        merge_pairs(t, dict, arg)
    }
}

/// The arguments of `dict()` and `update()`.
pub(super) fn update_args(t: &Thread, dict: &Dict, name: &str, args: Args<'_>) -> R<()> {
    crate::objects::container::check_positional(t, name, args.pos.len(), 0, 1)?;
    if let Some(arg) = args.pos.first() {
        update_from(t, dict, arg)?;
    }
    for (key, value) in args.names.iter().zip(args.kw) {
        dict.set(t, key.clone(), value.clone())?;
    }
    Ok(())
}
