#![allow(clippy::unwrap_used)]

use super::*;

/// Tests of this file change the number of threads, so they take turns.
fn with_threads(count: usize, test: impl FnOnce()) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = lock(&TURN);
    let before = threads();
    set_threads(count);
    test();
    set_threads(before);
}

#[test]
fn every_part_is_computed_once_before_run_returns() {
    with_threads(3, || {
        for parts in [0, 1, 2, 3, 7, 100] {
            for _ in 0..200 {
                let counts: Vec<_> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                run(parts, &|part| {
                    counts[part].fetch_add(1, Ordering::Relaxed);
                });
                assert!(counts.iter().all(|it| it.load(Ordering::Relaxed) == 1));
            }
        }
    });
}

#[test]
fn workers_that_slept_take_part_again() {
    with_threads(2, || {
        let mut helped = false;
        for _ in 0..50 {
            std::thread::sleep(2 * WATCH);
            let caller = std::thread::current().id();
            let others = AtomicUsize::new(0);
            run(2, &|_| {
                if std::thread::current().id() != caller {
                    others.fetch_add(1, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(5));
            });
            helped |= others.load(Ordering::Relaxed) > 0;
        }
        assert!(helped);
    });
}

#[test]
fn a_region_within_a_region_is_computed_by_its_own_thread() {
    with_threads(2, || {
        let sum = AtomicUsize::new(0);
        run(4, &|outer| {
            run(4, &|inner| {
                sum.fetch_add(10 * outer + inner, Ordering::Relaxed);
            });
        });
        assert_eq!(sum.load(Ordering::Relaxed), 4 * 60 + 4 * 6);
    });
}

#[test]
fn callers_at_the_same_time_do_not_wait_for_each_other() {
    with_threads(2, || {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let sum = AtomicUsize::new(0);
                        run(5, &|part| {
                            sum.fetch_add(part, Ordering::Relaxed);
                        });
                        assert_eq!(sum.load(Ordering::Relaxed), 10);
                    }
                });
            }
        });
    });
}

#[test]
fn a_panic_reaches_the_caller_and_leaves_a_pool_that_works() {
    with_threads(2, || {
        for bad in 0..6 {
            let panicked = catch_unwind(|| {
                run(6, &|part| assert!(part != bad, "part {bad} is bad"));
            });
            let message = panicked.unwrap_err();
            assert_eq!(
                message.downcast_ref::<String>().unwrap(),
                &format!("part {bad} is bad")
            );
            let sum = AtomicUsize::new(0);
            run(4, &|part| {
                sum.fetch_add(part, Ordering::Relaxed);
            });
            assert_eq!(sum.load(Ordering::Relaxed), 6);
        }
    });
}
