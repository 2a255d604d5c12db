//! `_md5`.

use crate::modules::hash_object::hash_module;
use crate::objects::spec::Spec;

/// The types under their names in the module.
static TYPES: &[(&str, &Spec)] = &[("MD5Type", &MD5_TYPE)];

hash_module! {
    "_md5":
    md5 MD5_TYPE "_md5.md5" MD5 md5::Md5, 64, 16, "Return a new MD5 hash object; optionally initialized with a string.";
}
