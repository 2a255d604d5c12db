//! `_BytesIOBuffer`: what `BytesIO.getbuffer` lends its memory through.

use super::bytes_io;
use crate::objects::buffer::{self, Buffer};
use crate::objects::opaque::{self, Native};
use crate::objects::slots::{R, Slots};
use crate::objects::spec::{Spec, type_flags};
use crate::objects::thread::Thread;
use crate::objects::type_object::Type;
use crate::objects::value::Value;

/// The payload: the stream whose memory it is.
struct Lender(Value);

impl Native for Lender {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.0);
    }
}

/// A lender for a stream.
pub fn make(t: &Thread, stream: &Value) -> R {
    let class = super::class(t, &SPEC);
    opaque::new(t, class.cast::<Type>().expect("a type"), Lender(stream.clone()))
}

fn get(t: &Thread, v: &Value, flags: u32) -> R<Buffer> {
    let Some(lender) = v.opaque::<Lender>() else { return Err(buffer::required(t, v)) };
    let (ptr, len) = bytes_io::lend(t, &lender.0)?;
    // SAFETY: the stream neither moves nor frees its memory until the loan is given back.
    let lent = unsafe { Buffer::new(v.clone(), ptr, len, false, Some(release)) };
    buffer::check_request(t, flags, false)?;
    Ok(lent)
}

fn release(_t: &Thread, v: &Value, _extra: Option<&Value>) {
    if let Some(lender) = v.opaque::<Lender>() {
        bytes_io::give_back(&lender.0);
    }
}

pub static SPEC: Spec = Spec {
    flags: type_flags::HAVE_GC | type_flags::DISALLOW_INSTANTIATION,
    slots: Slots { bf_get: Some(get), ..opaque::spec::<Lender>("").slots },
    ..opaque::spec::<Lender>("_io._BytesIOBuffer")
};
