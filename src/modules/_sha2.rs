//! `_sha2`.

use crate::modules::hash_object::hash_module;
use crate::objects::spec::Spec;

/// The types under their names in the module.
static TYPES: &[(&str, &Spec)] = &[
    ("SHA224Type", &SHA224_TYPE),
    ("SHA256Type", &SHA256_TYPE),
    ("SHA384Type", &SHA384_TYPE),
    ("SHA512Type", &SHA512_TYPE),
];

hash_module! {
    "_sha2":
    sha256 SHA256_TYPE "_sha2.SHA256Type" SHA256 sha2::Sha256, 64, 32, "Return a new SHA-256 hash object; optionally initialized with a string.";
    sha224 SHA224_TYPE "_sha2.SHA224Type" SHA224 sha2::Sha224, 64, 28, "Return a new SHA-224 hash object; optionally initialized with a string.";
    sha512 SHA512_TYPE "_sha2.SHA512Type" SHA512 sha2::Sha512, 128, 64, "Return a new SHA-512 hash object; optionally initialized with a string.";
    sha384 SHA384_TYPE "_sha2.SHA384Type" SHA384 sha2::Sha384, 128, 48, "Return a new SHA-384 hash object; optionally initialized with a string.";
}
