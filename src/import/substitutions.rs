//! Where the packaged library is not CPython's own: what `build.rs` changes while it packs.
//!
//! The crate that packages CPython's library carries a few patches for the interpreter it was made for.
//! Those that a Python program can see are taken back here, and what that crate added is left out. A
//! patch that nobody can see stays (`io` tolerates a missing `FileIO`, `platform` asks for another
//! name, `_compat_pickle` looks for one more exception): less to check when the version changes.
//! The other differences from the newest CPython 3.14 are those between two of its bug-fix releases.

/// One change to one file.
pub struct Substitution {
    /// The file, below the library's folder.
    pub file: &'static str,
    /// Text that must be found exactly once: where the change begins.
    pub from: &'static str,
    /// Where the change ends.
    pub extent: Extent,
    /// What stands there instead.
    pub to: &'static str,
    /// Why this place must differ.
    #[allow(dead_code, reason = "read by people")]
    pub reason: &'static str,
}

/// How far a change reaches.
pub enum Extent {
    /// It is the text alone.
    Alone,
    /// Up to the first such text after it, which itself stays.
    UpTo(&'static str),
    /// To the end of the file.
    ToEnd,
}

/// Every change, by file.
pub const SUBSTITUTIONS: &[Substitution] = &[
    Substitution {
        file: "_sitebuiltins.py",
        from: "prompt = 'Hit Return for more",
        extent: Extent::UpTo("\n\nclass _Helper"),
        to: "from _pyrepl.pager import get_pager\n        \
             get_pager()('\\n'.join(self.__lines), title=self.__name)\n",
        reason: "license() and credits() show their text through the pager that help() uses",
    },
    Substitution {
        file: "asyncio/events.py",
        from: "# _ThreadSafeHandle is used for callbacks scheduled with call_soon_threadsafe\n",
        extent: Extent::Alone,
        to: "from _event_loop import Handle\n",
        reason: "the native loop makes handles of its own, and isinstance(handle, asyncio.Handle) stays true",
    },
    Substitution {
        file: "asyncio/events.py",
        from: "\n\n\nclass AbstractServer:",
        extent: Extent::Alone,
        to: "\n\nfrom _event_loop import TimerHandle\nclass AbstractServer:",
        reason: "as above",
    },
    Substitution {
        file: "asyncio/transports.py",
        from: "    __slots__ = ('_extra',)\n",
        extent: Extent::Alone,
        to: "    __slots__ = ('__dict__',)\n",
        reason: "native transports derive from this class, and have a place for _extra already",
    },
    Substitution {
        file: "asyncio/unix_events.py",
        from: "EventLoop = SelectorEventLoop\n",
        extent: Extent::Alone,
        to: "from ._native import EventLoop; _UnixDefaultEventLoopPolicy._loop_factory = EventLoop\n",
        reason: "the native loop is the default one",
    },
    Substitution {
        file: "concurrent/futures/__init__.py",
        from: "if _interpreters and name == 'InterpreterPoolExecutor':\n        from .interpreter import",
        extent: Extent::Alone,
        to: "if name == 'InterpreterPoolExecutor':\n        from ._one_interpreter import",
        reason: "the executor's name is there before interpreters are, and says what is missing",
    },
    Substitution {
        file: "importlib/_bootstrap_external.py",
        from: "    \"\"\"Concrete implementation of SourceLoader using the file system.\"\"\"\n\n",
        extent: Extent::Alone,
        to: "    \"\"\"Concrete implementation of SourceLoader using the file system.\"\"\"\n\n    \
             def get_code(self, fullname):\n        \
             \"\"\"Concrete implementation of InspectLoader.get_code.\"\"\"\n        \
             if type(self) is not SourceFileLoader:\n            \
             return super(SourceFileLoader, self).get_code(fullname)\n        \
             path = self.get_filename(fullname)\n        \
             try:\n            \
             stat = _path_stat(path)\n        \
             except OSError:\n            \
             stat = None\n        \
             code = None if stat is None else _imp._cached_code(path, stat)\n        \
             if code is None:\n            \
             code = self.source_to_code(self.get_data(path), path)\n            \
             if stat is not None and not sys.dont_write_bytecode:\n                \
             _imp._cache_code(path, stat, code)\n        \
             return code\n\n",
        reason: "code is cached in the user's cache folder, not in __pycache__ beside the source",
    },
    Substitution {
        file: "json/decoder.py",
        from: "    # RUSTPYTHON SPECIFIC\n",
        extent: Extent::UpTo("    # Note that this exception"),
        to: "",
        reason: "JSONDecodeError has no constructor for another parser's errors",
    },
    Substitution {
        file: "site.py",
        from: "return 'RustPython' # XXX: RUSTPYTHON; for site-packages",
        extent: Extent::Alone,
        to: "return 'Python'",
        reason: "site-packages lies in lib/python3.14, where venv and pip look for it",
    },
    Substitution {
        file: "site.py",
        from: "# XXX: RUSTPYTHON\n    return f'{userbase}/lib/rustpython{",
        extent: Extent::Alone,
        to: "return f'{userbase}/lib/python{",
        reason: "so does the user's own",
    },
    Substitution {
        file: "sysconfig/__init__.py",
        from: "return 'RustPython'  # XXX: RUSTPYTHON; For site-packages",
        extent: Extent::Alone,
        to: "return 'Python'",
        reason: "the paths sysconfig tells are those site looks at",
    },
    Substitution {
        file: "sysconfig/__init__.py",
        from: "_CONFIG_VARS['abi_thread'] = 't' if _CONFIG_VARS.get('Py_GIL_DISABLED') else ''",
        extent: Extent::Alone,
        to: "_CONFIG_VARS['abi_thread'] = ''",
        reason: "one installation serves both modes: packages do not move when the GIL is off",
    },
    Substitution {
        file: "unittest/__init__.py",
        from: "\n\n\n# XXX: RUSTPYTHON\n# This is very useful",
        extent: Extent::ToEnd,
        to: "",
        reason: "unittest has no decorators for one interpreter's missing features",
    },
];

/// Files (or folders, with a slash at the end) that are not CPython's.
pub const LEFT_OUT: &[&str] = &[
    "README.md",          // about the other interpreter
    "_dummy_os.py",       // for platforms without os
    "_dummy_thread.py",   // gone from CPython since 3.9
    "_pycodecs.py",       // a codecs module in Python
    "dummy_threading.py", // gone from CPython since 3.9
];
