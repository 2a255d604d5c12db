//! Finding modules: the packaged library, and the cache of compiled code.
//!
//! # The library in the binary
//!
//! CPython's pure-Python library comes as a Rust dependency (`rustpython-pylib`: source files under the PSF
//! licence, no code). `build.rs` packs it into one [`archive`], changing what `substitutions.rs` lists, and
//! [`library`] reads it there. One file is the whole of ungil; there is nothing to install beside it.
//!
//! # How Python sees it
//!
//! As if the binary were a zip file on `sys.path`. `zipimport` set the example long ago, and what copes with it
//! copes with this:
//!
//! - The library's entry in `sys.path` is [`library::root`], `/usr/local/bin/ungil/lib/python3.14`: the binary's
//!   real path, then the folder's name. Nothing else can lie there, since a file has no children; it is absolute,
//!   so that `site` and `os.path.abspath` leave it alone; and whoever meets it in a traceback sees what it
//!   is. (A name in angle brackets would be shorter, but `abspath` turns it into a path in the current folder,
//!   and `linecache` and `inspect` take it for code without a source.)
//! - `sys.path_hooks` gets a hook that takes [`library::root`] and the folders below it
//!   ([`library::inside`], [`library::kind`]), before `zipimporter`. Its finder's `find_spec` gives specs with
//!   `origin` and `__file__` below the root, and for packages `submodule_search_locations`; there is no `__cached__`.
//! - Its loader offers what [PEP 302](https://peps.python.org/pep-0302/) lists. `get_source` and `get_data`
//!   read the archive, and that is all that `linecache`, `traceback`, `inspect.getsource` and `pdb` need:
//!   they ask the loader (`linecache.lazycache`, `linecache.updatecache`) when the file cannot be opened.
//!   `pkgutil.get_data` and `zipfile`-like readers use `get_data`; `pkgutil.iter_modules` and `walk_packages` use
//!   the finder's `iter_modules(prefix)`, made of [`library::list`]; `importlib.resources` uses the loader's
//!   `get_resource_reader`, over [`library::kind`], [`library::list`] and [`library::source`].
//! - `os.stat`, `os.listdir`, `os.scandir`, `os.access` and `open` read the archive where the system says `ENOTDIR`
//!   (`modules/system/packaged.rs`), so `glob`, `pathlib` and what lists the library find it. An open file of it is a
//!   sealed one in memory. Nothing can be written there, and other processes do not see it.
//! - When the interpreter itself prints a traceback it reads the line by [`library::inside`] and
//!   [`library::source`], before it tries the file system.
//!
//! `sys.prefix` and site-packages are real folders: see `site.py`. One installation serves both GIL modes, so
//! `sys.abiflags` is always empty and `lib/python3.14/site-packages` the only place of packages.
//!
//! # The cache
//!
//! Compiling a hundred modules takes longer than most scripts run. [`cache`] keeps the code objects on
//! disk: the library's in one mapped archive, other sources' in a file each. What it holds is canonical
//! bytecode as `compiler` writes it, never anything of a run; a run with a cold cache and one with a warm cache
//! do the same things in the same order.
//!
//! **Invariants.** Nothing is read from the cache that another build could have written. The library's sources
//! never come from the file system, and its cache entries never depend on it. No failure of the cache is an error.
//!
//! Start reading at [`library`].

pub mod archive;
pub mod cache;
pub mod code;
pub mod frozen;
pub mod library;
pub mod statement;
