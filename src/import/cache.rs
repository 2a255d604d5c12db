//! The code cache on disk: what `__pycache__` is for CPython, under the user's cache folder.
//!
//! ```text
//! FOLDER/BUILD/library-O-ROOT    the code of the whole packaged library, one archive
//! FOLDER/BUILD/files/NAME        the code of one other source file
//! ```
//!
//! `BUILD` names the compiler that made the code (version and fingerprint of its sources), `O` is the
//! optimization level, `ROOT` stands for the folder the library appears to lie in, which code objects
//! carry as their file name. So nothing here is ever valid for another build, and builds do not push
//! each other out.
//!
//! Rules, each for both kinds of file:
//! - A file is written under another name and renamed: a reader sees a whole file or none, and a mapped
//!   file never changes under its reader. Two processes that write at once both succeed; the later stays.
//! - Reading trusts nothing: a wrong header, length, key or checksum is as if there were no file.
//! - No failure is reported: without a cache everything works, only slower.
//!
//! Why one archive for the library: at start-up some forty modules are wanted. Opened and read one by one they
//! cost 130 us here, from one mapped archive of 600 modules 37 us, and reading that archive whole 930 us (20 kB
//! a module, warm page cache, best of 50). It is written when a run ends that compiled something new: what
//! is on disk by then and what is new are merged, so processes that warm it side by side lose nothing but
//! what two of them wrote in the same instant, and that is compiled again once.

use super::archive::{self, Archive, Item};
use super::library;
use crate::compiler::serialize::Owner;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Names the compiler and bytecode of this build: `0.1.0-` and the fingerprint of their sources.
const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("UNGIL_COMPILER_FINGERPRINT"));

/// The first bytes of a cached file, and the version of its layout.
const MAGIC: [u8; 8] = *b"ungilco1";
/// Magic, time, size and checksum, before the source's path and the code.
const FILE_HEADER: usize = 8 + 16 + 8 + 4 + 4;

/// A source that changed this recently may change again without its time of change moving on (file
/// systems keep it as coarsely as two seconds), so its code is not kept yet.
const SETTLED: Duration = Duration::from_secs(2);

/// Folders of other builds go when nothing was written to them for this long.
const FORGOTTEN: Duration = Duration::from_secs(30 * 24 * 3600);

/// Where the cache is, and whether this run may write to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The folder of this build; `None` when the user has no place for one.
    folder: Option<PathBuf>,
    write: bool,
}

impl Cache {
    /// Chooses the folder: `prefix` (`PYTHONPYCACHEPREFIX`, `-X pycache_prefix`), or `ungil` in
    /// `XDG_CACHE_HOME`, or in `.cache` of the home folder. Relative ones in the environment are ignored,
    /// as the XDG specification demands. `write` is false under `-B` and `PYTHONDONTWRITEBYTECODE`.
    pub fn new(prefix: Option<&Path>, environment: impl Fn(&str) -> Option<OsString>, write: bool) -> Cache {
        let absolute = |name| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = prefix
            .filter(|path| !path.as_os_str().is_empty())
            .map(Path::to_owned)
            .or_else(|| absolute("XDG_CACHE_HOME").map(|path| path.join("ungil")))
            .or_else(|| absolute("HOME").map(|path| path.join(".cache/ungil")));
        Cache { folder: folder.map(|path| path.join(BUILD)), write }
    }

    /// No cache: nothing is read and nothing is written.
    pub fn none() -> Cache {
        Cache { folder: None, write: false }
    }

    /// The folder of this build's cache, for messages.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The code made of a source file, as it was given to [`Cache::store`] under the same key.
    pub fn load(&self, source: &Source) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.file(source)?).ok()?;
        let path = source.path.as_os_str().as_encoded_bytes();
        let start = FILE_HEADER + path.len();
        let expected = source.header(crc32fast::hash(bytes.get(start..)?));
        if bytes[..FILE_HEADER] != expected || bytes[FILE_HEADER..start] != *path {
            return None;
        }
        bytes.drain(..start);
        Some(bytes)
    }

    /// Keeps the code made of a source file.
    pub fn store(&self, source: &Source, code: &[u8]) {
        let settled = SystemTime::now().duration_since(source.modified).is_ok_and(|age| age >= SETTLED);
        let (true, true, Some(file)) = (self.write, settled, self.file(source)) else { return };
        let path = source.path.as_os_str().as_encoded_bytes();
        let bytes = [&source.header(crc32fast::hash(code))[..], path, code].concat();
        let _ = self.replace(&file, &bytes);
    }

    /// The code of the packaged library.
    pub fn library(&self, optimization: u8) -> LibraryCode {
        let mut hash = DefaultHasher::new();
        library::root().hash(&mut hash);
        let file =
            self.folder.as_ref().map(|folder| folder.join(format!("library-{optimization}-{:016x}", hash.finish())));
        (BUILD, library::fingerprint(), optimization).hash(&mut hash);
        let stamp = hash.finish();
        let mapped = file.as_deref().and_then(map).map(Arc::new);
        LibraryCode { cache: self.clone(), file, stamp, mapped, fresh: Mutex::default() }
    }

    fn file(&self, source: &Source) -> Option<PathBuf> {
        let mut hash = DefaultHasher::new();
        (source.path, source.optimization).hash(&mut hash);
        let stem = source.path.file_stem()?.to_string_lossy();
        let stem: String = stem.chars().filter(|c| c.is_alphanumeric() || *c == '_').take(40).collect();
        let name = format!("{stem}-{}-{:016x}", source.optimization, hash.finish());
        Some(self.folder.as_ref()?.join("files").join(name))
    }

    /// Writes a file in one step as seen from outside, making its folder when there is none.
    fn replace(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let folder = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
        if !folder.is_dir() {
            self.forget_old_builds();
            create_private(folder)?;
        }
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let draft = folder.join(format!(".{}-{number}", std::process::id()));
        let written = File::create_new(&draft).and_then(|mut file| file.write_all(bytes));
        let result = written.and_then(|()| fs::rename(&draft, file));
        if result.is_err() {
            let _ = fs::remove_file(&draft);
        }
        result
    }

    /// Removes what other builds left, once nobody has written to it for long.
    fn forget_old_builds(&self) {
        let Some(others) = self.folder.as_ref().and_then(|folder| fs::read_dir(folder.parent()?).ok()) else { return };
        for other in others.flatten() {
            let modified = other.metadata().and_then(|data| data.modified());
            let old = modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > FORGOTTEN));
            if old && is_build(&other.file_name().to_string_lossy()) {
                let _ = fs::remove_dir_all(other.path());
            }
        }
    }
}

/// Whether a folder's name is that of a build: a version, a dash and a number.
fn is_build(name: &str) -> bool {
    name.split_once('-').is_some_and(|(version, number)| {
        version.split('.').count() == 3
            && version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The user's alone, as `XDG_CACHE_HOME` wants it: code from here is run.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A source file as the cache knows it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its absolute path.
    pub path: &'a Path,
    /// When it was last changed, as it was when it was read.
    pub modified: SystemTime,
    /// Its size in bytes.
    pub size: u64,
    /// The optimization level it is compiled at (`-O`).
    pub optimization: u8,
}

impl Source<'_> {
    fn header(&self, checksum: u32) -> [u8; FILE_HEADER] {
        let since = |time: SystemTime| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        };
        let mut header = [0; FILE_HEADER];
        header[..8].copy_from_slice(&MAGIC);
        header[8..24].copy_from_slice(&since(self.modified).to_le_bytes());
        header[24..32].copy_from_slice(&self.size.to_le_bytes());
        header[32..36].copy_from_slice(&u32::from(self.optimization).to_le_bytes());
        header[36..].copy_from_slice(&checksum.to_le_bytes());
        header
    }
}

/// The cached code of the packaged library, at one optimization level.
#[derive(Debug)]
pub struct LibraryCode {
    cache: Cache,
    file: Option<PathBuf>,
    stamp: u64,
    mapped: Option<Arc<memmap2::Mmap>>,
    /// What this run compiled; held for the length of one insertion or one take.
    fresh: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl LibraryCode {
    /// The code of a file of the library (`json/decoder.py`): bytes, and the part of them that it is.
    pub fn get(&self, path: &str) -> Option<(Owner, Range<usize>)> {
        if let Some(mapped) = &self.mapped
            && let Some(archive) = Archive::open(mapped, Some(self.stamp))
            && let Some(code) = archive.search(path).ok().and_then(|index| checked(&archive, index))
        {
            let start = code.as_ptr() as usize - mapped.as_ptr() as usize;
            return Some((mapped.clone(), start..start + code.len()));
        }
        let code = self.lock().get(path)?.clone();
        let end = code.len();
        Some((Arc::new(code), 0..end))
    }

    /// Keeps the code of a file of the library until [`LibraryCode::flush`].
    pub fn put(&self, path: &str, code: Vec<u8>) {
        self.lock().insert(path.to_owned(), code);
    }

    /// Writes what this run compiled, beside what others have written by now. Call it when the run ends
    /// (and when a warm-up is done); it does nothing when nothing is new.
    pub fn flush(&self) {
        let fresh = std::mem::take(&mut *self.lock());
        let (true, false, Some(file)) = (self.cache.write, fresh.is_empty(), self.file.as_deref()) else { return };
        let current = map(file);
        let current = current.as_deref().and_then(|bytes| Archive::open(bytes, Some(self.stamp)));
        let mut all: BTreeMap<&str, &[u8]> = BTreeMap::new();
        if let Some(archive) = &current {
            all.extend((0..archive.len()).filter_map(|at| Some((archive.name(at), checked(archive, at)?))));
        }
        let before = all.len();
        for (path, code) in &fresh {
            all.entry(path).or_insert(code);
        }
        if all.len() == before {
            return;
        }
        let items: Vec<Item> = all
            .iter()
            .map(|(name, stored)| Item { name, stored, length: stored.len(), checksum: crc32fast::hash(stored) })
            .collect();
        if let Ok(bytes) = archive::build(self.stamp, &items) {
            let _ = self.cache.replace(file, &bytes);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.fresh.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A blob whose checksum is right.
fn checked<'a>(archive: &Archive<'a>, index: usize) -> Option<&'a [u8]> {
    let blob = archive.blob(index)?;
    (blob.length == blob.stored.len() && crc32fast::hash(blob.stored) == blob.checksum).then_some(blob.stored)
}

fn map(file: &Path) -> Option<memmap2::Mmap> {
    let file = File::open(file).ok()?;
    // SAFETY: nobody changes a cached file in place: it is written under another name and renamed, so the
    // mapped file keeps its bytes for as long as it is mapped.
    unsafe { memmap2::Mmap::map(&file) }.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache in a folder of its own, removed when the test ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("ungil-cache-test-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Scratch(path)
        }
        fn cache(&self) -> Cache {
            Cache::new(Some(&self.0), |_| None, true)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn code_of(library: &LibraryCode, path: &str) -> Option<Vec<u8>> {
        library.get(path).map(|(owner, part)| (*owner).as_ref()[part].to_vec())
    }

    fn source(path: &str, modified: u64) -> Source<'_> {
        let modified = UNIX_EPOCH + Duration::from_nanos(modified);
        Source { path: Path::new(path), modified, size: 10, optimization: 0 }
    }

    #[test]
    fn the_folder_is_chosen_as_documented() {
        let env = |xdg: &'static str, home: &'static str| {
            move |name: &str| match name {
                "XDG_CACHE_HOME" => Some(xdg.into()),
                "HOME" => Some(home.into()),
                _ => None,
            }
        };
        let folder = |prefix: Option<&str>, xdg, home| {
            Cache::new(prefix.map(Path::new), env(xdg, home), true)
                .folder()
                .and_then(|path| Some(path.parent()?.to_owned()))
        };
        assert_eq!(folder(None, "/x", "/h"), Some("/x/ungil".into()));
        assert_eq!(folder(None, "relative", "/h"), Some("/h/.cache/ungil".into()));
        assert_eq!(folder(None, "", ""), None);
        assert_eq!(folder(Some("/p"), "/x", "/h"), Some("/p".into()));
        assert_eq!(folder(Some(""), "/x", "/h"), Some("/x/ungil".into()));
    }

    #[test]
    fn code_comes_back_only_for_the_same_source() {
        let scratch = Scratch::new("files");
        let cache = scratch.cache();
        cache.store(&source("/a.py", 5), b"code");
        assert_eq!(cache.load(&source("/a.py", 5)).as_deref(), Some(&b"code"[..]));
        assert_eq!(cache.load(&source("/a.py", 6)), None);
        assert_eq!(cache.load(&source("/b/a.py", 5)), None);
        assert_eq!(cache.load(&Source { size: 11, ..source("/a.py", 5) }), None);
        assert_eq!(cache.load(&Source { optimization: 2, ..source("/a.py", 5) }), None);
    }

    #[test]
    fn a_source_that_has_just_changed_is_not_kept() {
        let scratch = Scratch::new("settled");
        let young = Source { modified: SystemTime::now(), ..source("/a.py", 0) };
        scratch.cache().store(&young, b"code");
        assert_eq!(scratch.cache().load(&young), None);
    }

    #[test]
    fn a_damaged_file_is_no_file() {
        let scratch = Scratch::new("damaged");
        let cache = scratch.cache();
        let key = source("/a.py", 5);
        cache.store(&key, b"code");
        let file = cache.file(&key).unwrap();
        let whole = fs::read(&file).unwrap();
        for cut in 0..whole.len() {
            fs::write(&file, &whole[..cut]).unwrap();
            assert_eq!(cache.load(&key), None);
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&file, bytes).unwrap();
            assert_eq!(cache.load(&key), None);
        }
    }

    #[test]
    fn nothing_is_written_when_that_is_forbidden() {
        let scratch = Scratch::new("forbidden");
        let cache = Cache::new(Some(&scratch.0), |_| None, false);
        cache.store(&source("/a.py", 5), b"code");
        let library = cache.library(0);
        library.put("os.py", b"code".to_vec());
        library.flush();
        assert!(!scratch.0.exists());
    }

    #[test]
    fn an_unwritable_place_is_no_error() {
        let cache = Cache::new(Some(Path::new("/dev/null")), |_| None, true);
        cache.store(&source("/a.py", 5), b"code");
        let library = cache.library(0);
        library.put("os.py", b"code".to_vec());
        library.flush();
        assert_eq!(cache.load(&source("/a.py", 5)), None);
    }

    #[test]
    fn the_librarys_code_gathers_run_by_run() {
        let scratch = Scratch::new("library");
        let first = scratch.cache().library(0);
        let second = scratch.cache().library(0);
        assert_eq!(code_of(&first, "os.py"), None);
        first.put("os.py", b"os".to_vec());
        assert_eq!(code_of(&first, "os.py").as_deref(), Some(&b"os"[..]));
        first.flush();
        second.put("io.py", b"io".to_vec());
        second.flush();
        let third = scratch.cache().library(0);
        assert_eq!(code_of(&third, "os.py").as_deref(), Some(&b"os"[..]));
        assert_eq!(code_of(&third, "io.py").as_deref(), Some(&b"io"[..]));
        assert_eq!(code_of(&scratch.cache().library(1), "os.py"), None);
    }

    #[test]
    fn a_damaged_blob_is_dropped_and_the_rest_stays() {
        let scratch = Scratch::new("blob");
        let library = scratch.cache().library(0);
        library.put("a.py", b"first".to_vec());
        library.put("b.py", b"second".to_vec());
        library.flush();
        let file = library.file.clone().unwrap();
        let mut bytes = fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::remove_file(&file).unwrap();
        fs::write(&file, bytes).unwrap();
        let again = scratch.cache().library(0);
        assert_eq!(code_of(&again, "a.py").as_deref(), Some(&b"first"[..]));
        assert_eq!(code_of(&again, "b.py"), None);
        again.put("b.py", b"second".to_vec());
        again.flush();
        assert_eq!(code_of(&scratch.cache().library(0), "b.py").as_deref(), Some(&b"second"[..]));
    }

    /// Threads stand for processes here: they share nothing but the folder.
    #[test]
    fn many_writers_at_once_leave_a_whole_archive() {
        let scratch = Scratch::new("writers");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let scratch = &scratch;
                scope.spawn(move || {
                    for round in 0..20 {
                        let library = scratch.cache().library(0);
                        library.put(&format!("m{writer}_{round}.py"), vec![writer; 1000]);
                        library.flush();
                        let seen = scratch.cache().library(0);
                        assert!(Archive::open(seen.mapped.as_ref().unwrap(), Some(seen.stamp)).is_some());
                    }
                });
            }
        });
        let drafts = fs::read_dir(scratch.cache().folder().unwrap()).unwrap().count();
        assert_eq!(drafts, 1, "no draft is left behind");
    }

    #[test]
    fn only_folders_of_builds_are_forgotten() {
        assert!(is_build(BUILD));
        assert!(is_build("0.1.0-123"));
        for name in ["files", "0.1.0", "a-b", "my-project", "0.1-5"] {
            assert!(!is_build(name), "{name}");
        }
    }
}
