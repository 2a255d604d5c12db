//! `_suggestions`: names that were perhaps meant.

use super::ModuleSpec;
use crate::objects::list::List;
use crate::objects::slots::R;
use crate::objects::spec::{Def, Func};
use crate::objects::string::Str;
use crate::objects::suggest;
use crate::objects::thread::Thread;
use crate::objects::value::Value;

fn generate(t: &Thread, _m: &Value, args: &[Value]) -> R {
    let (candidates, item) = (&args[0], &args[1]);
    let Some(list) = candidates.cast::<List>() else { return Err(t.type_error("candidates must be a list")) };
    let text = |v: &Value| v.cast::<Str>().map(|s| s.to_str_lossy().into_owned());
    let Some(item) = text(item) else {
        let name = item.type_of(t).name_str();
        return Err(t.type_error(format!("_generate_suggestions() argument 2 must be str, not {name}")));
    };
    let mut names = Vec::new();
    for candidate in list.snapshot(t) {
        match text(&candidate) {
            Some(name) => names.push(name),
            None => {
                let name = candidate.type_of(t).name_str();
                return Err(t.type_error(format!("all elements in 'candidates' must be strings, not {name}")));
            }
        }
    }
    Ok(suggest::closest(&item, &names).map_or(Value::NONE, |name| t.str(name)))
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_suggestions",
    doc: "",
    functions: &[Def::new(
        "_generate_suggestions",
        Func::Pos(generate, 2, 2),
        "($module, candidates, item, /)",
        "Returns the candidate in candidates that's closest to item",
    )],
    exec: None,
};
