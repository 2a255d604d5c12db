//! Filter chains: from a program's dictionaries to the library's structures, and back.

use super::{ERROR, check};
use crate::modules::native_type::Signature;
use crate::objects::buffer::bytes_like;
use crate::objects::bytes::Bytes;
use crate::objects::dict::Dict;
use crate::objects::int;
use crate::objects::protocol;
use crate::objects::slots::{Args, R};
use crate::objects::thread::Thread;
use crate::objects::value::Value;
use liblzma_sys as lzma;
use std::ffi::c_void;

/// The options of one filter, where the library finds them.
enum Options {
    Lzma(Box<lzma::lzma_options_lzma>),
    Delta(Box<lzma::lzma_options_delta>),
    Bcj(Box<lzma::lzma_options_bcj>),
}

impl Options {
    fn ptr(&mut self) -> *mut c_void {
        match self {
            Options::Lzma(o) => (&raw mut **o).cast(),
            Options::Delta(o) => (&raw mut **o).cast(),
            Options::Bcj(o) => (&raw mut **o).cast(),
        }
    }
}

/// A chain of filters.
pub struct Chain {
    ids: Vec<u64>,
    options: Vec<Options>,
}

impl Chain {
    /// The chain as the library wants it. It refers to this one.
    pub fn raw(&mut self) -> Vec<lzma::lzma_filter> {
        let filters = self.ids.iter().zip(&mut self.options);
        let mut raw: Vec<_> = filters.map(|(&id, options)| lzma::lzma_filter { id, options: options.ptr() }).collect();
        raw.push(lzma::lzma_filter { id: u64::MAX, options: std::ptr::null_mut() });
        raw
    }

    /// The options of the only filter, if it is the one of `.lzma` files.
    pub fn lzma1(&mut self) -> Option<*mut lzma::lzma_options_lzma> {
        match (&self.ids[..], &mut self.options[..]) {
            ([lzma::LZMA_FILTER_LZMA1], [options @ Options::Lzma(_)]) => Some(options.ptr().cast()),
            _ => None,
        }
    }

    /// The chain that a sequence of dictionaries describes.
    pub fn of(t: &Thread, specs: &Value) -> R<Chain> {
        let count = protocol::len(t, specs)?;
        if count > lzma::LZMA_FILTERS_MAX as usize {
            let most = lzma::LZMA_FILTERS_MAX;
            return Err(t.value_error(format!("Too many filters - liblzma supports a maximum of {most}")));
        }
        let mut chain = Chain { ids: Vec::new(), options: Vec::new() };
        for i in 0..count {
            let spec = protocol::getitem(t, specs, &int::from_usize(t, i))?;
            chain.add(t, &spec)?;
        }
        Ok(chain)
    }

    /// The chain of a single filter.
    pub fn one(t: &Thread, spec: &Value) -> R<Chain> {
        let mut chain = Chain { ids: Vec::new(), options: Vec::new() };
        chain.add(t, spec)?;
        Ok(chain)
    }

    fn add(&mut self, t: &Thread, spec: &Value) -> R<()> {
        let is_mapping = spec.cast::<Dict>().is_some() || protocol::getattr_opt(t, spec, &t.str("keys"))?.is_some();
        if !is_mapping {
            return Err(t.type_error("Filter specifier must be a dict or dict-like object"));
        }
        let id = match t.catch(protocol::getitem(t, spec, &t.str("id")), |types| &types.key_error)? {
            Some(id) => unsigned(t, &id)?,
            None => return Err(t.value_error("Filter specifier must have an \"id\" entry")),
        };
        let options = match id {
            lzma::LZMA_FILTER_LZMA1 | lzma::LZMA_FILTER_LZMA2 => Options::Lzma(lzma_options(t, spec)?),
            lzma::LZMA_FILTER_DELTA => Options::Delta(delta_options(t, spec)?),
            lzma::LZMA_FILTER_X86
            | lzma::LZMA_FILTER_POWERPC
            | lzma::LZMA_FILTER_IA64
            | lzma::LZMA_FILTER_ARM
            | lzma::LZMA_FILTER_ARMTHUMB
            | lzma::LZMA_FILTER_SPARC => Options::Bcj(bcj_options(t, spec)?),
            _ => return Err(t.value_error(format!("Invalid filter ID: {id}"))),
        };
        self.ids.push(id);
        self.options.push(options);
        Ok(())
    }
}

fn unsigned(t: &Thread, v: &Value) -> R<u64> {
    let i = protocol::index(t, v)?;
    match int::as_u64(&i) {
        Some(n) => Ok(n),
        None if int::view(&i).is_some_and(|i| i.is_negative()) => {
            Err(t.overflow_error("can't convert negative int to unsigned"))
        }
        None => Err(t.overflow_error("int too big to convert")),
    }
}

fn unsigned32(t: &Thread, v: &Value) -> R<u32> {
    let n = unsigned(t, v)?;
    u32::try_from(n).map_err(|_| t.overflow_error("Value too large for uint32_t type"))
}

/// The entries of a filter's dictionary, by a signature that says which there may be.
fn entries<const N: usize>(t: &Thread, spec: &Value, signature: &Signature, what: &str) -> R<[Option<Value>; N]> {
    let pairs = match spec.cast::<Dict>() {
        Some(dict) => dict.pairs(t),
        None => {
            let copy = Dict::make(t);
            let dict = copy.cast::<Dict>().expect("just made");
            crate::objects::dict::merge::update_from(t, dict, spec)?;
            dict.pairs(t)
        }
    };
    let (names, values): (Vec<Value>, Vec<Value>) = pairs.into_iter().unzip();
    let args = Args { pos: &[], kw: &values, names: &names };
    match t.catch(signature.bind::<N>(t, args), |types| &types.type_error)? {
        Some(found) => Ok(found),
        None => Err(t.value_error(format!("Invalid filter specifier for {what} filter"))),
    }
}

static LZMA: Signature =
    Signature::new("filter", "(*, id=0, preset=6, dict_size=0, lc=0, lp=0, pb=0, mode=0, nice_len=0, mf=0, depth=0)");
static DELTA: Signature = Signature::new("filter", "(*, id=0, dist=1)");
static BCJ: Signature = Signature::new("filter", "(*, id=0, start_offset=0)");

fn lzma_options(t: &Thread, spec: &Value) -> R<Box<lzma::lzma_options_lzma>> {
    let [_, preset, dict_size, lc, lp, pb, mode, nice_len, mf, depth] = entries(t, spec, &LZMA, "LZMA")?;
    let preset = preset.as_ref().map_or(Ok(lzma::LZMA_PRESET_DEFAULT), |v| unsigned32(t, v))?;
    // SAFETY: plain numbers and null pointers.
    let mut options: Box<lzma::lzma_options_lzma> = Box::new(unsafe { std::mem::zeroed() });
    // SAFETY: the structure is ours.
    if unsafe { lzma::lzma_lzma_preset(&mut *options, preset) } != 0 {
        return Err(ERROR.raise(t, format!("Invalid compression preset: {preset}")));
    }
    let fields = [
        (dict_size, &mut options.dict_size),
        (lc, &mut options.lc),
        (lp, &mut options.lp),
        (pb, &mut options.pb),
        (mode, &mut options.mode),
        (nice_len, &mut options.nice_len),
        (mf, &mut options.mf),
        (depth, &mut options.depth),
    ];
    for (value, field) in fields {
        if let Some(value) = value {
            *field = unsigned32(t, &value)?;
        }
    }
    Ok(options)
}

fn delta_options(t: &Thread, spec: &Value) -> R<Box<lzma::lzma_options_delta>> {
    let [_, dist] = entries(t, spec, &DELTA, "delta")?;
    // SAFETY: plain numbers and null pointers.
    let mut options: Box<lzma::lzma_options_delta> = Box::new(unsafe { std::mem::zeroed() });
    options.dist = dist.as_ref().map_or(Ok(1), |v| unsigned32(t, v))?;
    Ok(options)
}

fn bcj_options(t: &Thread, spec: &Value) -> R<Box<lzma::lzma_options_bcj>> {
    let [_, start_offset] = entries(t, spec, &BCJ, "BCJ")?;
    let start_offset = start_offset.as_ref().map_or(Ok(0), |v| unsigned32(t, v))?;
    Ok(Box::new(lzma::lzma_options_bcj { start_offset }))
}

/// `_encode_filter_properties`.
pub fn encode_properties(t: &Thread, _: &Value, spec: &Value) -> R {
    let mut chain = Chain::one(t, spec)?;
    let raw = chain.raw();
    let mut size = 0;
    // SAFETY: the chain lives on, and the buffer has the size that the library asks for.
    unsafe {
        check(t, lzma::lzma_properties_size(&mut size, raw.as_ptr()))?;
        let mut properties = vec![0; size as usize];
        check(t, lzma::lzma_properties_encode(raw.as_ptr(), properties.as_mut_ptr()))?;
        Bytes::try_make(t, &properties)
    }
}

/// `_decode_filter_properties`.
pub fn decode_properties(t: &Thread, _: &Value, args: &[Value]) -> R {
    let id = unsigned(t, &args[0])?;
    let properties = bytes_like(t, &args[1])?;
    let mut filter = lzma::lzma_filter { id, options: std::ptr::null_mut() };
    // SAFETY: the properties are read during the call; what the library allocates is freed below.
    let code =
        unsafe { lzma::lzma_properties_decode(&mut filter, std::ptr::null(), properties.as_ptr(), properties.len()) };
    check(t, code)?;
    let spec = describe(t, &filter);
    // SAFETY: the library's default allocator is `malloc`, and nobody else has the options.
    unsafe { libc::free(filter.options) };
    spec
}

fn describe(t: &Thread, filter: &lzma::lzma_filter) -> R {
    let spec = Dict::make(t);
    let mut fields = vec![("id", filter.id)];
    // SAFETY: the options of a filter have its type, or are not there.
    unsafe {
        match filter.id {
            lzma::LZMA_FILTER_LZMA1 => {
                let o = &*filter.options.cast::<lzma::lzma_options_lzma>();
                fields.extend([("lc", o.lc), ("lp", o.lp), ("pb", o.pb), ("dict_size", o.dict_size)].map(wide));
            }
            lzma::LZMA_FILTER_LZMA2 => {
                let o = &*filter.options.cast::<lzma::lzma_options_lzma>();
                fields.push(("dict_size", o.dict_size.into()));
            }
            lzma::LZMA_FILTER_DELTA => {
                fields.push(("dist", (*filter.options.cast::<lzma::lzma_options_delta>()).dist.into()));
            }
            _ => {
                if let Some(o) = filter.options.cast::<lzma::lzma_options_bcj>().as_ref() {
                    fields.push(("start_offset", o.start_offset.into()));
                }
            }
        }
    }
    if let Some(dict) = spec.cast::<Dict>() {
        for (name, value) in fields {
            dict.set_name(t, name, int::from_u64(t, value));
        }
    }
    Ok(spec)
}

fn wide((name, value): (&'static str, u32)) -> (&'static str, u64) {
    (name, value.into())
}
