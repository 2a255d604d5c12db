//! The schedulers at work, with real threads. Under ThreadSanitizer:
//!
//! ```text
//! TSAN_OPTIONS=suppressions=tests/tsan.supp \
//! RUSTFLAGS='-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer' \
//! cargo +nightly test --lib --target x86_64-unknown-linux-gnu sync:: -- --test-threads 1 --skip signals
//! ```

use super::world;
use super::*;
use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

/// Something that only an attached thread under an exclusive scheduler, or the holder of a lock, may touch.
struct Plain<T>(UnsafeCell<T>);
// SAFETY: what the tests are about.
unsafe impl<T: Send> Sync for Plain<T> {}

fn exclusive() -> [Arc<Scheduler>; 2] {
    [Mode::Gil, Mode::Scripted(Box::new(Seeded::new(11)))].map(Scheduler::new)
}

/// Runs `count` threads beside the main one, which waits for them detached.
fn run(scheduler: &Arc<Scheduler>, count: usize, body: impl Fn(&SchedThread, usize) + Sync) {
    let me = scheduler.new_thread();
    me.attach();
    std::thread::scope(|s| {
        let ends: Vec<Arc<Event>> = (0..count)
            .map(|n| {
                let thread = scheduler.new_thread();
                let end = Arc::new(Event::new(WaitKind::Join, thread.number));
                let (body, done) = (&body, end.clone());
                s.spawn(move || {
                    thread.attach();
                    body(&thread, n);
                    done.set();
                    thread.exit();
                });
                end
            })
            .collect();
        for end in ends {
            while !matches!(end.wait(&me, None), Wake::Woken | Wake::Teardown) {}
        }
        me.exit();
    });
}

#[test]
fn exclusive_schedulers_let_one_in() {
    for scheduler in exclusive() {
        scheduler.set_switch_interval(20_000);
        let total = Plain(UnsafeCell::new(0u64));
        let inside = AtomicBool::new(false);
        let total = &total;
        run(&scheduler, 4, |me, _| {
            for i in 0..3000 {
                assert!(!inside.swap(true, Relaxed));
                // SAFETY: the scheduler lets one thread in at a time.
                unsafe { *total.0.get() += 1 };
                inside.store(false, Relaxed);
                if me.breaker.get() != 0 {
                    me.switch_point();
                }
                if i % 500 == 0 {
                    me.blocking(Why::Io, std::thread::yield_now);
                }
            }
        });
        // SAFETY: the threads have ended.
        assert_eq!(unsafe { *total.0.get() }, 12_000);
    }
}

#[test]
fn the_gil_counts_what_happens() {
    let scheduler = Scheduler::new(Mode::Gil);
    scheduler.set_switch_interval(100_000);
    let switched = AtomicU64::new(0);
    run(&scheduler, 2, |me, _| {
        let enough = 20;
        while switched.load(Relaxed) < enough {
            if me.breaker.get() != 0 {
                me.switch_point();
                switched.fetch_add(1, Relaxed);
            }
        }
        assert!(me.stats.taken.load(Relaxed) > me.stats.dropped_on_request.load(Relaxed));
        assert!(me.stats.dropped_on_request.load(Relaxed) > 0);
        assert!(me.stats.waited.load(Relaxed) > 0);
    });
}

#[test]
fn a_stopped_world_stands_still() {
    let scheduler = Scheduler::new(Mode::Free);
    let (moving, stop, stops) = (AtomicU64::new(0), AtomicBool::new(false), AtomicU32::new(0));
    let value = Plain(UnsafeCell::new(0u64));
    let value = &value;
    run(&scheduler, 5, |me, n| match n {
        // Two that compute, one that blocks now and then, two that stop the world.
        0..=2 => {
            let mut turns = 0u64;
            while !stop.load(Relaxed) {
                moving.fetch_add(1, Relaxed);
                // SAFETY: read by attached threads, written with the world stopped.
                assert_eq!(unsafe { *value.0.get() } % 2, 0);
                if me.breaker.get() != 0 {
                    me.switch_point();
                }
                turns += 1;
                if n == 2 && turns % 64 == 0 {
                    me.blocking(Why::Io, std::thread::yield_now);
                }
            }
        }
        _ => {
            for _ in 0..200 {
                scheduler.stop_the_world(me);
                scheduler.stop_the_world(me);
                let before = moving.load(Relaxed);
                for _ in 0..2 {
                    // SAFETY: the world stands still.
                    unsafe { *value.0.get() += 1 };
                    std::hint::spin_loop();
                }
                for other in scheduler.threads() {
                    assert_eq!(other.is_attached(), other.number == me.number);
                }
                assert_eq!(moving.load(Relaxed), before);
                scheduler.start_the_world(me);
                assert!(scheduler.world_is_stopped_by(me));
                scheduler.start_the_world(me);
                assert!(!scheduler.world_is_stopped_by(me));
                me.switch_point();
            }
            if stops.fetch_add(1, Relaxed) == 1 {
                stop.store(true, Relaxed);
            }
        }
    });
}

#[test]
fn threads_come_and_go_while_the_world_is_stopped() {
    let scheduler = Scheduler::new(Mode::Free);
    run(&scheduler, 3, |me, n| {
        for _ in 0..60 {
            if n == 0 {
                scheduler.stop_the_world(me);
                scheduler.start_the_world(me);
            } else {
                let child = scheduler.new_thread();
                let end = Arc::new(Event::new(WaitKind::Join, child.number));
                let done = end.clone();
                let handle = std::thread::spawn(move || {
                    child.attach();
                    child.switch_point();
                    done.set();
                    child.exit();
                });
                while end.wait(me, None) != Wake::Woken {}
                me.blocking(Why::Lock, || handle.join().unwrap());
            }
        }
    });
    assert!(scheduler.threads().is_empty());
}

#[test]
fn retired_memory_waits_for_all_readers() {
    const ALIVE: u64 = 0x600D_600D;
    /// An array that shows in its first word whether it lives; the memory itself stays readable.
    struct Array(AtomicU64);
    unsafe fn free(memory: *mut u8, _size: usize) {
        // SAFETY: made below by `Box::leak`, never unmapped.
        unsafe { (*memory.cast::<Array>()).0.store(0, Relaxed) };
    }
    let fresh = || Box::leak(Box::new(Array(AtomicU64::new(ALIVE)))) as *mut Array;
    let scheduler = Scheduler::new(Mode::Free);
    let slot = AtomicPtr::new(fresh());
    let (freed_some, writers) = (AtomicBool::new(false), AtomicU32::new(2));
    run(&scheduler, 4, |me, n| {
        let mut mine = Vec::new();
        if n < 2 {
            for i in 0..3000 {
                let old = slot.swap(fresh(), AcqRel);
                mine.push(old);
                // SAFETY: no longer in the slot.
                unsafe { scheduler.retire(me, old.cast(), 64, free) };
                if me.breaker.get() != 0 {
                    me.switch_point();
                }
                if i % 300 == 0 {
                    me.blocking(Why::Io, std::thread::yield_now);
                }
            }
            // SAFETY: leaked.
            let dead = mine.iter().filter(|&&a| unsafe { (*a).0.load(Relaxed) } == 0).count();
            freed_some.fetch_or(dead > 0, Relaxed);
            writers.fetch_sub(1, Relaxed);
        } else {
            while writers.load(Relaxed) != 0 {
                let array = slot.load(Acquire);
                for _ in 0..20 {
                    // SAFETY: leaked.
                    assert_eq!(unsafe { (*array).0.load(Relaxed) }, ALIVE);
                    std::hint::spin_loop();
                }
                if me.breaker.get() != 0 {
                    me.switch_point();
                }
            }
        }
    });
    assert!(freed_some.load(Relaxed));
}

/// Runs threads under a seed and returns the order of what they did, and the virtual time it took.
fn seeded_run(seed: u64) -> (Vec<(u64, u32)>, u64) {
    let scheduler = Scheduler::new(Mode::Scripted(Box::new(Seeded::new(seed))));
    let log = Guarded::new(Vec::new());
    let lock = Lock::new();
    run(&scheduler, 3, |me, n| {
        for i in 0..40 {
            log.lock().push((me.number, i));
            me.switch_point();
            if i % 5 == n as u32 {
                assert_eq!(lock.acquire(me, Patience::Endless), Attempt::Acquired);
                log.lock().push((me.number, 1000 + i));
                me.switch_point();
                lock.release().unwrap();
            }
            if i % 16 == 0 {
                let until = scheduler.now() + 1_000_000_000;
                assert_eq!(me.sleep_until(until), Wake::TimedOut);
            }
        }
    });
    let order = log.lock().clone();
    (order, scheduler.now())
}

#[test]
fn the_same_seed_is_the_same_run() {
    let start = monotonic();
    let first = seeded_run(42);
    for _ in 0..5 {
        assert_eq!(seeded_run(42), first);
    }
    let others: Vec<_> = (0..6).map(seeded_run).collect();
    assert!(others.iter().any(|o| o.0 != first.0));
    // Three seconds of sleep per thread and run, and none of it real.
    assert!(first.1 >= 3_000_000_000);
    assert!(monotonic() - start < 20_000_000_000);
}

#[test]
fn a_deadlock_is_told_and_ends_the_threads() {
    let mut found = false;
    for seed in 0..50 {
        let scheduler = Scheduler::new(Mode::Scripted(Box::new(Seeded::new(seed))));
        let locks = [Lock::new(), Lock::new()];
        run(&scheduler, 2, |me, n| {
            let (first, second) = (&locks[n], &locks[1 - n]);
            assert_eq!(first.acquire(me, Patience::Endless), Attempt::Acquired);
            me.switch_point();
            match second.acquire(me, Patience::Endless) {
                Attempt::Acquired => second.release().unwrap(),
                end => return assert_eq!(end, Attempt::Teardown),
            }
            first.release().unwrap();
        });
        let Some(deadlock) = scheduler.deadlock() else { continue };
        found = true;
        let held: Vec<_> = deadlock.threads.iter().map(|t| (t.thread, t.what, t.holder)).collect();
        let main = (1, WaitKind::Join, Some(2));
        assert_eq!(held, [main, (2, WaitKind::Lock, Some(3)), (3, WaitKind::Lock, Some(2))]);
        assert_eq!(deadlock.threads[1].address, &raw const locks[1] as usize);
    }
    assert!(found, "no seed of fifty found it");
}

#[test]
fn locks_exclude_under_every_scheduler() {
    for mode in [Mode::Gil, Mode::Free, Mode::Scripted(Box::new(Seeded::new(1)))] {
        let scheduler = Scheduler::new(mode);
        scheduler.set_switch_interval(50_000);
        let (lock, count) = (Lock::new(), Plain(UnsafeCell::new(0u32)));
        let count = &count;
        run(&scheduler, 4, |me, n| {
            for i in 0..400 {
                let patience = match (n, i % 3) {
                    (0, 0) => Patience::None,
                    (1, 0) => Patience::new(me, true, Some(20_000)),
                    _ => Patience::Endless,
                };
                if lock.acquire(me, patience) == Attempt::Acquired {
                    // SAFETY: under the lock.
                    unsafe {
                        let seen = *count.0.get();
                        me.switch_point();
                        *count.0.get() = seen + 1;
                    }
                    lock.release().unwrap();
                }
                me.switch_point();
            }
        });
        assert!(!lock.is_locked());
        // SAFETY: the threads have ended.
        assert!(unsafe { *count.0.get() } >= 800);
    }
}

#[test]
fn closing_sends_waiters_home() {
    for mode in [Mode::Gil, Mode::Free, Mode::Scripted(Box::new(Seeded::new(1)))] {
        let scheduler = Scheduler::new(mode);
        let me = scheduler.new_thread();
        me.attach();
        let daemon = scheduler.new_thread();
        daemon.breaker.set(bit::EXIT);
        let never = Event::new(WaitKind::Event, 0);
        std::thread::scope(|s| {
            s.spawn(|| {
                daemon.attach();
                assert_eq!(never.wait(&daemon, None), Wake::Teardown);
                daemon.exit();
            });
            me.exit();
        });
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_child_of_a_fork_is_alone_and_works() {
    for mode in [Mode::Gil, Mode::Free, Mode::Scripted(Box::new(Seeded::new(1)))] {
        let scheduler = Scheduler::new(mode);
        let me = scheduler.new_thread();
        me.attach();
        let (other, end) = (scheduler.new_thread(), Event::new(WaitKind::Event, 0));
        std::thread::scope(|s| {
            s.spawn(|| {
                other.attach();
                while end.wait(&other, None) != Wake::Woken {}
                other.exit();
            });
            me.blocking(Why::Io, || std::thread::sleep(std::time::Duration::from_millis(5)));
            scheduler.before_fork(&me);
            // SAFETY: the child calls what the room offers, and _exit; no allocator lock is held by others,
            // who wait.
            let pid = unsafe { libc::fork() };
            if pid == 0 {
                // SAFETY: in the child.
                let gone = unsafe { scheduler.after_fork_in_child(&me) };
                me.switch_point();
                let until = scheduler.now() + 1_000_000;
                let fine = gone.len() == 1
                    && gone[0].number == 2
                    && scheduler.threads().len() == 1
                    && me.sleep_until(until) == Wake::TimedOut
                    && me.blocking(Why::Io, || true)
                    && me.state.load(Relaxed) == world::ATTACHED;
                // SAFETY: leaves at once.
                unsafe { libc::_exit(if fine { 0 } else { 1 }) };
            }
            assert!(pid > 0);
            scheduler.after_fork_in_parent(&me);
            let mut status = 0;
            // SAFETY: writes the status.
            me.blocking(Why::Io, || unsafe { libc::waitpid(pid, &mut status, 0) });
            assert_eq!(status, 0);
            end.set();
            me.exit();
        });
    }
}
