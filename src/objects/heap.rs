//! The heap that objects live in.
//!
//! Small objects share 64 KiB pages, one size class to a page, so that the collector can walk every object
//! and so that the header of a freed object stays readable: the list of free slots is threaded through the
//! memory *behind* the header. Large objects come from the system's allocator, one by one.
//!
//! With the GIL on, all threads of an interpreter share one heap and the GIL guards it. With the GIL off
//! each thread has its own; a slot freed by another thread goes onto the page's `remote` stack, which the
//! owner takes over when its own list runs dry. The heap of a thread that has ended goes to the next one that
//! begins, with the objects that are still alive in it.
//!
//! Invariant: a page stays readable while the interpreter lives. `gc.collect()` gives the memory of pages on which nothing
//! lives back to the system: they read as zeros then, as fresh ones do.

use super::header::{Header, flag};
use crate::sync::Guarded;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering::*};

/// Size and alignment of a page.
pub const PAGE: usize = 64 << 10;
/// Pages are taken from the system this many at a time.
const CHUNK_PAGES: usize = 16;
/// Sizes are multiples of this.
pub(super) const GRAIN: usize = 16;
/// Larger objects come from the system's allocator.
pub const SMALL_MAX: usize = 1024;
const CLASSES: usize = SMALL_MAX / GRAIN + 1;
/// Where the first object of a page lies.
const FIRST: usize = 128;
/// Where the link of a free slot lies: just behind the header, which must stay as it is.
const LINK: usize = std::mem::size_of::<Header>();

/// How memory is given back that stays mapped.
#[cfg(any(target_os = "linux", target_os = "android"))]
const RELEASE: libc::c_int = libc::MADV_DONTNEED;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const RELEASE: libc::c_int = libc::MADV_FREE;

/// What a page begins with.
#[repr(C)]
pub struct Page {
    /// Bytes from one object to the next.
    pub size: u32,
    /// Which heap allocates from it, by index; never changes.
    heap: u32,
    /// Slots freed by this heap's threads.
    free: Cell<*mut u8>,
    /// The first byte that was never allocated.
    fresh: Cell<*mut u8>,
    end: *mut u8,
    /// Slots freed by others.
    remote: AtomicPtr<u8>,
    /// Counts of the running collection, one per slot, or null.
    pub scratch: Cell<*mut i64>,
}

impl Page {
    /// The page an object of the small heap lies in.
    #[inline(always)]
    pub fn of(object: *const Header) -> *const Page {
        (object as usize & !(PAGE - 1)) as *const Page
    }

    /// The index of an object in its page.
    pub fn index_of(&self, object: *const Header) -> usize {
        (object as usize - self as *const Page as usize - FIRST) / self.size as usize
    }

    /// How many objects a page can hold.
    pub fn capacity(&self) -> usize {
        (PAGE - FIRST) / self.size as usize
    }

    /// Where the first object lies.
    fn first(&self) -> *mut u8 {
        (self as *const Page as usize + FIRST) as *mut u8
    }

    /// Whether there were objects on the page and none is left: all its slots stand in its lists of free ones.
    fn is_deserted(&self) -> bool {
        // SAFETY: every slot begins with a readable header.
        let used = self.slots().try_fold(0usize, |n, h| unsafe { (*h).type_ptr().is_null() }.then_some(n + 1));
        let listed = |head: *mut u8| {
            // SAFETY: links of free slots lead to free slots, or end in null.
            let next =
                |&slot: &*mut u8| Some(unsafe { (slot.add(LINK) as *mut *mut u8).read() }).filter(|s| !s.is_null());
            std::iter::successors(Some(head).filter(|s| !s.is_null()), next).count()
        };
        used.is_some_and(|n| n > 0 && n == listed(self.free.get()) + listed(self.remote.load(Acquire)))
    }

    /// Every slot that was ever allocated, live or not.
    pub fn slots(&self) -> impl Iterator<Item = *mut Header> + '_ {
        (self.first() as usize..self.fresh.get() as usize).step_by(self.size as usize).map(|p| p as *mut Header)
    }
}

/// A heap: what one thread (or, with the GIL on, one interpreter) allocates from.
pub struct Heap {
    /// Its number among the interpreter's heaps.
    index: u32,
    /// The page in use per size class.
    current: [Cell<*mut Page>; CLASSES],
    /// With room for racy counts beside each object (`naive`): the pages in use, which `current` does not show, so
    /// that every allocation takes the slow path.
    roomy: Option<Box<[Cell<*mut Page>]>>,
    pages: RefCell<Vec<*mut Page>>,
    /// The large objects of all heaps of the interpreter.
    large: LargeObjects,
    /// Chunks owned, to be unmapped with the heap.
    chunks: RefCell<Vec<(*mut u8, usize)>>,
    unused: Cell<(*mut u8, usize)>,
    /// Pages per class, for the search of one with free slots.
    by_class: RefCell<Vec<Vec<*mut Page>>>,
    /// Containers allocated less containers freed since the last collection.
    pub young: Cell<i64>,
}

/// Large objects, for the collector's walk. Any thread may free one.
#[derive(Clone, Default)]
pub struct LargeObjects(Arc<Guarded<Vec<*mut Header>>>);

impl Default for Heap {
    fn default() -> Heap {
        Heap::new(0, LargeObjects::default(), false)
    }
}

impl Heap {
    /// An empty heap; `large` is shared by all heaps of an interpreter. `naive`: every object gets a room
    /// ([`super::naive`]).
    pub fn new(index: u32, large: LargeObjects, naive: bool) -> Heap {
        let none = || Cell::new(std::ptr::null_mut());
        Heap {
            index,
            large,
            current: std::array::from_fn(|_| none()),
            roomy: naive.then(|| (0..CLASSES).map(|_| none()).collect()),
            pages: RefCell::default(),
            chunks: RefCell::default(),
            unused: Cell::new((std::ptr::null_mut(), 0)),
            by_class: RefCell::new(vec![Vec::new(); CLASSES]),
            young: Cell::new(0),
        }
    }

    /// Where large objects are kept, for another heap of the interpreter.
    pub fn large_objects(&self) -> LargeObjects {
        self.large.clone()
    }

    /// Memory for an object of `size` bytes, header included; `None` when the system has no more.
    #[inline(always)]
    pub fn allocate(&self, size: usize) -> Option<*mut Header> {
        if size <= SMALL_MAX {
            let class = size.max(LINK + 8).div_ceil(GRAIN);
            if let Some(slot) = take_slot(self.current[class].get()) {
                return Some(slot);
            }
            self.refill(class)
        } else {
            self.allocate_large(size)
        }
    }

    #[cold]
    #[inline(never)]
    fn refill(&self, class: usize) -> Option<*mut Header> {
        let current = match &self.roomy {
            Some(roomy) => {
                if let Some(slot) = take_slot(roomy[class].get()) {
                    return Some(slot);
                }
                &roomy[class]
            }
            None => &self.current[class],
        };
        // A page that got slots back: search a few, oldest first, then take a fresh one.
        let mut by_class = self.by_class.borrow_mut();
        let pages = &mut by_class[class];
        for _ in 0..pages.len().min(32) {
            let page = pages[0];
            pages.rotate_left(1);
            // SAFETY: pages live as long as the heap.
            unsafe {
                let remote = (*page).remote.swap(std::ptr::null_mut(), Acquire);
                if !remote.is_null() {
                    let mut last = remote;
                    loop {
                        let next = (last.add(LINK) as *mut *mut u8).read();
                        if next.is_null() {
                            break;
                        }
                        last = next;
                    }
                    (last.add(LINK) as *mut *mut u8).write((*page).free.get());
                    (*page).free.set(remote);
                }
                if let Some(slot) = take_slot(page) {
                    current.set(page);
                    return Some(slot);
                }
            }
        }
        let page = self.fresh_page(class)?;
        pages.push(page);
        current.set(page);
        take_slot(page)
    }

    fn fresh_page(&self, class: usize) -> Option<*mut Page> {
        let (mut next, mut left) = self.unused.get();
        if left == 0 {
            let bytes = (CHUNK_PAGES + 1) * PAGE;
            // SAFETY: an anonymous private mapping.
            let chunk = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    bytes,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                    -1,
                    0,
                )
            };
            if chunk == libc::MAP_FAILED {
                return None;
            }
            self.chunks.borrow_mut().push((chunk as *mut u8, bytes));
            next = (chunk as usize).next_multiple_of(PAGE) as *mut u8;
            left = CHUNK_PAGES;
        }
        // SAFETY: `next` has `left` pages.
        self.unused.set((unsafe { next.add(PAGE) }, left - 1));
        let size = class * GRAIN + self.room();
        let page = next as *mut Page;
        // SAFETY: the memory is fresh, zeroed and ours.
        unsafe {
            let slots = (PAGE - FIRST) / size;
            page.write(Page {
                size: size as u32,
                heap: self.index,
                free: Cell::new(std::ptr::null_mut()),
                fresh: Cell::new(next.add(FIRST)),
                end: next.add(FIRST + slots * size),
                remote: AtomicPtr::new(std::ptr::null_mut()),
                scratch: Cell::new(std::ptr::null_mut()),
            });
        }
        self.pages.borrow_mut().push(page);
        Some(page)
    }

    #[cold]
    #[inline(never)]
    fn allocate_large(&self, size: usize) -> Option<*mut Header> {
        if size > isize::MAX as usize - PAGE {
            return None;
        }
        // SAFETY: a plain allocation; the header is zeroed. The word in front records the index in `large`, and in
        // front of that lies the room, if there is one.
        unsafe {
            let memory = libc::malloc(size + GRAIN + self.room()) as *mut u8;
            if memory.is_null() {
                return None;
            }
            let index = memory.add(self.room());
            let object = index.add(GRAIN) as *mut Header;
            std::ptr::write_bytes(object as *mut u8, 0, LINK);
            (*object).flags.store(flag::LARGE, Relaxed);
            let mut large = self.large.0.lock();
            (index as *mut usize).write(large.len());
            large.push(object);
            Some(object)
        }
    }

    /// Bytes beside every object.
    fn room(&self) -> usize {
        if self.roomy.is_some() { super::naive::ROOM } else { 0 }
    }

    /// Takes back an object's memory. The header must have been marked free.
    ///
    /// # Safety
    /// The object is a small one of the interpreter's heaps and nobody counts on it.
    #[inline(always)]
    pub unsafe fn free(&self, object: *mut Header) {
        // SAFETY: as above.
        unsafe {
            let page = Page::of(object);
            if (*page).heap != self.index {
                return free_remote(page, object);
            }
            ((object as *mut u8).add(LINK) as *mut *mut u8).write((*page).free.get());
            (*page).free.set(object as *mut u8);
        }
    }

    /// Forgets a large object: the memory is the caller's to `free`, when no thread can look at it any more.
    ///
    /// # Safety
    /// The object is a large one of the interpreter's heaps and nobody counts on it.
    #[cold]
    pub unsafe fn unlink_large(&self, object: *mut Header) -> *mut u8 {
        // SAFETY: `allocate_large` made it.
        unsafe {
            let place = (object as *mut u8).sub(GRAIN);
            let mut large = self.large.0.lock();
            // Under the lock: an object that goes moves another one.
            let index = (place as *mut usize).read();
            large.swap_remove(index);
            if let Some(&moved) = large.get(index) {
                ((moved as *mut u8).sub(GRAIN) as *mut usize).write(index);
            }
            place.sub(self.room())
        }
    }

    /// Calls `f` with every slot and large object, live or free.
    pub fn for_each(&self, mut f: impl FnMut(*mut Header)) {
        for &page in self.pages.borrow().iter() {
            // SAFETY: pages live as long as the heap.
            unsafe { (*page).slots().for_each(&mut f) }
        }
        if self.index == 0 {
            let large = self.large.0.lock().clone();
            large.iter().for_each(|&o| f(o));
        }
    }

    /// Gives the memory of pages on which nothing lives back to the system. The world is stopped: nobody is about to
    /// look at the header of an object that has died. Not where racy counts lie beside the objects, which are looked at
    /// later.
    pub fn release_deserted(&self) {
        if self.roomy.is_some() {
            return;
        }
        // SAFETY: a plain question.
        let kept = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(PAGE).min(PAGE);
        for &page in self.pages.borrow().iter() {
            // SAFETY: pages live as long as the heap, and of this one only what it begins with is used. The system may
            // drop the rest, whole pages of its own; what is dropped reads as zeros.
            unsafe {
                if !(*page).is_deserted() {
                    continue;
                }
                (*page).free.set(std::ptr::null_mut());
                (*page).remote.store(std::ptr::null_mut(), Release);
                (*page).fresh.set((*page).first());
                libc::madvise((page as *mut libc::c_void).byte_add(kept), PAGE - kept, RELEASE);
            }
        }
    }

    /// The pages, for the collector's scratch counts.
    pub fn pages(&self) -> std::cell::Ref<'_, Vec<*mut Page>> {
        self.pages.borrow()
    }
}

/// A free slot of the page, if there is a page and it has one.
#[inline(always)]
fn take_slot(page: *mut Page) -> Option<*mut Header> {
    if page.is_null() {
        return None;
    }
    // SAFETY: the page is the heap's own, and a slot on its free list is at least `LINK + 8` bytes.
    unsafe {
        let slot = (*page).free.get();
        if !slot.is_null() {
            (*page).free.set((slot.add(LINK) as *mut *mut u8).read());
            return Some(slot as *mut Header);
        }
        let fresh = (*page).fresh.get();
        if fresh < (*page).end {
            (*page).fresh.set(fresh.add((*page).size as usize));
            return Some(fresh as *mut Header);
        }
        None
    }
}

/// Gives a slot back to another heap's page: onto the stack that its owner takes over.
#[cold]
unsafe fn free_remote(page: *const Page, object: *mut Header) {
    // SAFETY: the slot belongs to nobody; the link lies behind the header.
    unsafe {
        let link = (object as *mut u8).add(LINK) as *mut *mut u8;
        let mut head = (*page).remote.load(Relaxed);
        loop {
            link.write(head);
            match (*page).remote.compare_exchange_weak(head, object as *mut u8, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        for &(chunk, bytes) in self.chunks.borrow().iter() {
            // SAFETY: mapped by `fresh_page`; the heap is going, so nobody refers to its objects.
            unsafe { libc::munmap(chunk as *mut libc::c_void, bytes) };
        }
    }
}
