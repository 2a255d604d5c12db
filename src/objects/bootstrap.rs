//! Making the built-in types while an interpreter starts.

use super::spec::Spec;
use super::thread::Thread;
use super::type_new::{finish_builtin_type, make_builtin_type};
use super::types::{TypeCell, Types};

/// A built-in type: its description and its cell.
type Row = (&'static Spec, fn(&Types) -> &TypeCell);

macro_rules! rows {
    ($($spec:expr => $cell:ident),* $(,)?) => {
        /// Every built-in type, bases before what derives from them.
        fn rows() -> Vec<Row> {
            vec![$((&$spec, |types: &Types| &types.$cell)),*]
        }
    };
}

rows! {
}

/// Makes the types without contents: everything else needs them.
pub(super) fn types(t: &Thread) {
    for (spec, cell) in rows() {
        make_builtin_type(t, spec, cell(t.types()));
    }
}

/// Fills the types' namespaces.
pub(super) fn fill(t: &Thread) {
    for (_, cell) in rows() {
        finish_builtin_type(t, cell(t.types()));
    }
}
