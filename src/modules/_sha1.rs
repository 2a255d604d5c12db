//! `_sha1`.

use crate::modules::hash_object::hash_module;
use crate::objects::spec::Spec;

/// The types under their names in the module.
static TYPES: &[(&str, &Spec)] = &[("SHA1Type", &SHA1_TYPE)];

hash_module! {
    "_sha1":
    sha1 SHA1_TYPE "_sha1.sha1" SHA1 sha1::Sha1, 64, 20, "Return a new SHA1 hash object; optionally initialized with a string.";
}
