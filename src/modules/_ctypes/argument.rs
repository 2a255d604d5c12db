//! `CArgObject`: what `from_param` and `byref` give, an argument that is ready for a call.

use super::data::{self, Data};
use crate::modules::module_type;
use crate::objects::int;
use crate::objects::opaque::{self, Native};
use crate::objects::protocol;
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{GetSet, Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// The payload.
pub struct Argument {
    letter: char,
    /// The value, as C has it in memory.
    word: [u64; 4],
    /// What it refers to.
    object: Option<Value>,
}

impl Native for Argument {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.object.iter().for_each(visit);
    }
}

impl Argument {
    /// The payload, if that is what the value is.
    pub fn of(v: &Value) -> Option<&Argument> {
        v.opaque::<Argument>()
    }

    /// A new one.
    pub fn make(t: &Thread, letter: char, word: [u64; 4], object: Option<Value>) -> R {
        let class = module_type(t, &SPEC);
        opaque::new(t, class.cast::<Type>().expect("a type"), Argument { letter, word, object })
    }

    /// The code of its type; `P` for a pointer.
    pub fn letter(&self) -> char {
        self.letter
    }

    pub fn word(&self) -> [u64; 4] {
        self.word
    }

    pub fn object(&self, _t: &Thread) -> Option<Value> {
        self.object.clone()
    }
}

/// `byref(object, offset)`.
pub fn by_reference(t: &Thread, v: &Value, offset: isize) -> R {
    let data = data::expect(t, v, "byref() argument 1")?;
    let address = data.place().wrapping_offset(offset);
    Argument::make(t, 'P', [address as u64, 0, 0, 0], Some(v.clone()))
}

fn this(v: &Value) -> &Argument {
    v.opaque::<Argument>().expect("slots of CArgObject get arguments")
}

fn repr(t: &Thread, v: &Value) -> R {
    let argument = this(v);
    let (letter, word) = (argument.letter, argument.word[0]);
    let value = match letter {
        'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'l' | 'L' | 'q' | 'Q' | 'd' | 'f' => {
            let code = super::codes::find(letter).expect("a letter of the table");
            // SAFETY: a value of that type was written there.
            let value = unsafe { code.get(t, argument.word.as_ptr().cast(), false, None)? };
            protocol::repr_text(t, &value)?
        }
        'c' => match word as u8 {
            byte if byte.is_ascii_graphic() && byte != b'\'' && byte != b'\\' || byte == b' ' => {
                format!("'{}'", byte as char)
            }
            byte => format!("'\\x{byte:02x}'"),
        },
        'z' | 'Z' | 'P' => format!("{word:#x}"),
        letter => return Ok(t.str(format!("<cparam '{letter}' at {:#x}>", v.id()))),
    };
    Ok(t.str(format!("<cparam '{letter}' ({value})>")))
}

fn object(t: &Thread, v: &Value) -> R {
    Ok(this(v).object(t).unwrap_or(Value::NONE))
}

static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), ..opaque::spec::<Argument>("").slots },
    getset: &[GetSet::member("_obj", object, "the wrapped object")],
    ..opaque::spec::<Argument>("_ctypes.CArgObject")
};

/// `addressof(object)`.
pub fn addressof(t: &Thread, _m: &Value, v: &Value) -> R {
    let data: &Data = data::expect(t, v, "addressof() argument")?;
    crate::modules::sys::audit::audit(t, "ctypes.addressof", std::slice::from_ref(v))?;
    Ok(int::from_u64(t, data.place() as u64))
}
