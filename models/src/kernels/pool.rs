//! The threads that compute, one pool a process.
//!
//! A region is announced in one word that the workers watch. Whoever comes first takes the next part, so
//! a core that is busy elsewhere delays its own part only. The caller works too, and waits at the end for
//! those workers alone that took part: one that sleeps or comes late is not waited for. Between regions
//! workers watch for a moment, since the next region of a forward is microseconds away and waking a
//! thread costs more than that; then they sleep.

use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// How long a worker watches for the next region before it sleeps.
const WATCH: Duration = Duration::from_micros(100);
/// Looks at the gate between two looks at the clock.
const LOOKS: u32 = 64;
/// Looks after which whoever waits offers its core to others.
const PATIENCE: u32 = 4096;
/// The most threads a pool has.
const THREADS_MAX: usize = 256;

/// In the gate: whether the region may be entered. Below: how many workers are inside. Above: the number
/// of the region.
const OPEN: u64 = 1 << 31;
const INSIDE: u64 = OPEN - 1;
const REGION: u64 = 1 << 32;

/// Calls `work` with every number below `parts`, on all threads, in any order and at the same time.
/// Returns when all calls have. Within a call of `work`, and while another thread computes, the parts are
/// computed one after the other.
///
/// # Panics
/// When a call of `work` panics, after all others that had begun are over.
pub(crate) fn run(parts: usize, work: &(dyn Fn(usize) + Sync)) {
    let pool = pool();
    let guard = match pool.turn.try_lock() {
        Ok(guard) if parts > 1 && pool.threads() > 1 => guard,
        Err(TryLockError::Poisoned(guard)) if parts > 1 && pool.threads() > 1 => guard.into_inner(),
        Ok(_) | Err(TryLockError::Poisoned(_) | TryLockError::WouldBlock) => {
            (0..parts).for_each(work);
            return;
        }
    };
    pool.region(&guard, parts, work);
}

/// A slice in equal chunks, of which each part of a region writes its own.
pub(crate) struct Chunks<'a, T>(Vec<Mutex<&'a mut [T]>>);

impl<'a, T> Chunks<'a, T> {
    /// Cuts `slice` into chunks of `len`, the last one shorter.
    pub(crate) fn new(slice: &'a mut [T], len: usize) -> Self {
        Self(slice.chunks_mut(len.max(1)).map(Mutex::new).collect())
    }

    /// Calls `work` with chunk `number`.
    pub(crate) fn with(&self, number: usize, work: impl FnOnce(&mut [T])) {
        work(&mut lock(&self.0[number]));
    }
}

/// How many threads compute, the caller's included.
pub(crate) fn threads() -> usize {
    pool().threads()
}

/// Has `count` threads compute from the next region on, at least 1.
pub(crate) fn set_threads(count: usize) {
    let count = count.clamp(1, THREADS_MAX);
    pool().threads.store(count, Ordering::Relaxed);
}

/// What caller and workers share.
struct Pool {
    /// Held by the caller of the region under way.
    turn: Mutex<()>,
    /// Threads that may take part.
    threads: AtomicUsize,
    /// Workers that were started.
    started: AtomicUsize,
    gate: Line<AtomicU64>,
    /// The next part that nobody took.
    next: Line<AtomicUsize>,
    job: UnsafeCell<Job>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    sleepers: AtomicUsize,
    bed: Mutex<()>,
    alarm: Condvar,
}

/// What a region computes.
#[derive(Clone, Copy)]
struct Job {
    work: *const (dyn Fn(usize) + Sync),
    parts: usize,
    /// Workers with a lower number may take part.
    workers: usize,
}

/// A cache line of its own, so that threads do not take each other's.
#[repr(align(128))]
struct Line<T>(T);

// SAFETY: `job` is written by the holder of `turn` while the gate is closed and nobody is inside, and
// read by workers inside only; entering acquires what closing released. All else is Sync by itself, and
// what `work` points to is Sync and outlives the region, since `region` waits for all who are inside.
unsafe impl Sync for Pool {}
// SAFETY: as above; the pointer in `job` is not used outside a region.
unsafe impl Send for Pool {}

fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    POOL.get_or_init(|| Pool {
        turn: Mutex::new(()),
        threads: AtomicUsize::new(default_threads()),
        started: AtomicUsize::new(0),
        gate: Line(AtomicU64::new(0)),
        next: Line(AtomicUsize::new(0)),
        job: UnsafeCell::new(Job {
            work: &|_| {},
            parts: 0,
            workers: 0,
        }),
        panic: Mutex::new(None),
        sleepers: AtomicUsize::new(0),
        bed: Mutex::new(()),
        alarm: Condvar::new(),
    })
}

/// One thread for each physical core that this process may use; `RAYON_NUM_THREADS` in the environment
/// says otherwise.
fn default_threads() -> usize {
    let allowed = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let asked = std::env::var_os("RAYON_NUM_THREADS").is_some();
    let count = candle_core::utils::get_num_threads();
    let count = if asked { count } else { count.min(allowed) };
    count.clamp(1, THREADS_MAX)
}

impl Pool {
    fn threads(&self) -> usize {
        self.threads.load(Ordering::Relaxed)
    }

    /// Computes one region; the guard shows that no other is under way.
    fn region(
        &'static self,
        _turn: &MutexGuard<'_, ()>,
        parts: usize,
        work: &(dyn Fn(usize) + Sync),
    ) {
        let workers = (self.threads() - 1).min(parts - 1);
        self.start(workers);
        // SAFETY: only the lifetime changes; the pointer is used by workers inside the region, and this
        // function does not return before all of them have left and no other can enter.
        let work: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(work) };
        let job = Job {
            work,
            parts,
            workers,
        };
        // SAFETY: the gate is closed and nobody is inside, as `close` has seen to.
        unsafe { *self.job.get() = job };
        self.next.0.store(0, Ordering::Relaxed);
        let region = (self.gate.0.load(Ordering::Relaxed) & !(REGION - 1)).wrapping_add(REGION);
        self.gate.0.store(region | OPEN, Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(lock(&self.bed)); // whoever is about to sleep sleeps now, and hears
            self.alarm.notify_all();
        }
        self.take_parts(job);
        self.close();
        let panic = lock(&self.panic).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Lets nobody in any more and waits until all have left.
    fn close(&self) {
        self.gate.0.fetch_and(!OPEN, Ordering::AcqRel);
        let mut looks = 0;
        while self.gate.0.load(Ordering::Acquire) & INSIDE != 0 {
            wait_a_little(&mut looks);
        }
    }

    /// Computes parts until there is none left.
    fn take_parts(&self, job: Job) {
        // SAFETY: whoever is here is inside the region, in which the closure lives.
        let work = unsafe { &*job.work };
        loop {
            let part = self.next.0.fetch_add(1, Ordering::Relaxed);
            if part >= job.parts {
                return;
            }
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(part))) {
                self.next.0.store(job.parts, Ordering::Relaxed); // the rest is of no use
                lock(&self.panic).get_or_insert(panic);
                return;
            }
        }
    }

    /// Sees to it that `workers` threads exist. Where the system gives none, those there are compute.
    fn start(&'static self, workers: usize) {
        let started = self.started.load(Ordering::Relaxed);
        for number in started..workers {
            let thread = std::thread::Builder::new().name(format!("aldo-compute-{number}"));
            if thread.spawn(move || self.worker(number)).is_err() {
                return;
            }
            self.started.store(number + 1, Ordering::Relaxed);
        }
    }

    /// What worker `number` does as long as the process lives.
    fn worker(&self, number: usize) {
        let mut seen = 0;
        loop {
            let gate = self.watch(seen);
            seen = gate & !(REGION - 1);
            if !self.enter(gate) {
                continue;
            }
            // SAFETY: inside; the job is not written before this worker has left.
            let job = unsafe { *self.job.get() };
            if number < job.workers {
                self.take_parts(job);
            }
            self.gate.0.fetch_sub(1, Ordering::Release);
        }
    }

    /// Waits for a region other than `seen` that is open, and returns the gate.
    fn watch(&self, seen: u64) -> u64 {
        let new = |gate: u64| gate & OPEN != 0 && gate & !(REGION - 1) != seen;
        let start = Instant::now();
        loop {
            for _ in 0..LOOKS {
                let gate = self.gate.0.load(Ordering::Acquire);
                if new(gate) {
                    return gate;
                }
                spin_loop();
            }
            if start.elapsed() > WATCH {
                break;
            }
        }
        let mut bed = lock(&self.bed);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        loop {
            let gate = self.gate.0.load(Ordering::SeqCst);
            if new(gate) {
                self.sleepers.fetch_sub(1, Ordering::SeqCst);
                return gate;
            }
            bed = self.alarm.wait(bed).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Enters the region of `gate` if it is still open.
    fn enter(&self, mut gate: u64) -> bool {
        let region = gate & !(REGION - 1);
        while gate & OPEN != 0 && gate & !(REGION - 1) == region {
            let entered = self.gate.0.compare_exchange_weak(
                gate,
                gate + 1,
                Ordering::Acquire,
                Ordering::Relaxed,
            );
            match entered {
                Ok(_) => return true,
                Err(now) => gate = now,
            }
        }
        false
    }
}

fn wait_a_little(looks: &mut u32) {
    spin_loop();
    *looks += 1;
    if looks.is_multiple_of(PATIENCE) {
        std::thread::yield_now();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
