//! Building containers, strings, functions and slices.

use crate::objects::list::List;
use crate::vm::dispatch::op;
use crate::vm::slow;

/// `n` operands become one value.
macro_rules! build {
    ($name:ident, $slow:ident, $r:ident => $count:expr) => {
        op!($name, $r => {
            let n = $count;
            let base = $r.sp.sub(n);
            $r.save();
            let w = slow::$slow($r.thread(), base, $r.arg());
            if w == 0 { return $r.error(); }
            while $r.sp > base {
                let old = $r.pop();
                $r.drop_word(old);
            }
            $r.push(w);
            $r.next()
        });
    };
}
/// `n` operands move into one value.
macro_rules! build_moving {
    ($name:ident, $slow:ident) => {
        op!($name, r => {
            r.sp = r.sp.sub(r.arg());
            let w = slow::$slow(r.thread(), r.sp, r.arg());
            r.push(w);
            r.next()
        });
    };
}
build_moving!(BUILD_TUPLE, build_tuple);
build_moving!(BUILD_LIST, build_list);
build!(BUILD_SET, build_set, r => r.arg());
build!(BUILD_MAP, build_map, r => r.arg() * 2);
build!(BUILD_SLICE, build_slice, r => r.arg());
build!(BUILD_STRING, build_string, r => r.arg());
build!(BUILD_INTERPOLATION, build_interpolation, r => 2 + (r.arg() & 1));
build!(BUILD_TEMPLATE, build_template, r => 2);
build!(FORMAT_SIMPLE, format_simple, r => 1);
build!(FORMAT_WITH_SPEC, format_with_spec, r => 2);
build!(CONVERT_VALUE, convert_value, r => 1);
build!(MAKE_FUNCTION, make_function_op, r => 1);
build!(CALL_INTRINSIC_1, intrinsic_1, r => 1);
build!(CALL_INTRINSIC_2, intrinsic_2, r => 2);

op!(SET_FUNCTION_ATTRIBUTE, r => {
    // attribute, function
    slow::set_function_attribute(r.thread(), r.value(1), r.value(2), r.arg());
    let function = r.pop();
    let old = r.pop();
    r.drop_word(old);
    r.push(function);
    r.next()
});

/// The top operand is added to the container that lies `arg` further down.
macro_rules! add_to {
    ($name:ident, $slow:ident, $operands:literal) => {
        op!($name, r => {
            r.save();
            if !slow::$slow(r.thread(), r.value(r.arg() + $operands), r.sp.sub($operands)) { return r.error(); }
            for _ in 0..$operands {
                let w = r.pop();
                r.drop_word(w);
            }
            r.next()
        });
    };
}
add_to!(list_append_slow, list_append, 1);
add_to!(SET_ADD, set_add, 1);
add_to!(MAP_ADD, map_add, 2);
add_to!(LIST_EXTEND, list_extend, 1);
add_to!(SET_UPDATE, set_update, 1);
add_to!(DICT_UPDATE, dict_update, 1);

op!(LIST_APPEND, r => {
    let n = r.arg() + 1;
    if r.holds(r.peek(n))
        && let Some(list) = r.value(n).cast::<List>()
        && let Some(place) = list.room_locked()
    {
        let w = r.pop();
        let w = r.own(w);
        list.fill_room(place, w);
        return r.next();
    }
    r.tail(list_append_slow)
});

op!(DICT_MERGE, r => {
    r.save();
    // The callable lies below: function, self, args, dict (arg = 1), mapping.
    if !slow::dict_merge(r.thread(), r.value(r.arg() + 1), r.value(1), r.value(r.arg() + 4)) { return r.error(); }
    let w = r.pop();
    r.drop_word(w);
    r.next()
});

op!(SETUP_ANNOTATIONS, r => {
    r.save();
    if !slow::setup_annotations(r.thread(), r.f) { return r.error(); }
    r.next()
});

op!(IMPORT_NAME, r => {
    // level, from-list
    r.save();
    let w = slow::import_name(r.thread(), r.f, r.value(2), r.value(1), r.arg());
    if w == 0 { return r.error(); }
    for _ in 0..2 {
        let old = r.pop();
        r.drop_word(old);
    }
    r.push(w);
    r.next()
});

op!(IMPORT_FROM, r => {
    r.save();
    let w = slow::import_from(r.thread(), r.f, r.value(1), r.arg());
    if w == 0 { return r.error(); }
    r.push(w);
    r.next()
});

op!(MATCH_MAPPING, r => {
    let w = slow::match_mapping(r.thread(), r.value(1));
    r.push(w);
    r.next()
});

op!(MATCH_SEQUENCE, r => {
    let w = slow::match_sequence(r.thread(), r.value(1));
    r.push(w);
    r.next()
});

op!(MATCH_KEYS, r => {
    r.save();
    let w = slow::match_keys(r.thread(), r.value(2), r.value(1));
    if w == 0 { return r.error(); }
    r.push(w);
    r.next()
});

op!(MATCH_CLASS, r => {
    // subject, class, names
    r.save();
    let w = slow::match_class(r.thread(), r.value(3), r.value(2), r.value(1), r.arg());
    if w == 0 { return r.error(); }
    for _ in 0..3 {
        let old = r.pop();
        r.drop_word(old);
    }
    r.push(w);
    r.next()
});
