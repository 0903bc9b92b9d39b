use super::*;

const ALL: fn(usize, usize) -> usize = |_, common| common;

/// `start`, then numbers nobody else has.
fn tokens(start: &[u32], own: u32, len: usize) -> Vec<u32> {
    let own = (0..len as u32).map(|index| 1_000 * own + index);
    start.iter().copied().chain(own).collect()
}

fn system() -> Vec<u32> {
    (0..100).collect()
}

/// Three slots, of which 0 holds a conversation with a prompt of 150 tokens and an answer of 50.
fn slots() -> (Slots, Vec<u32>) {
    let mut slots = Slots::new(3);
    let held = tokens(&system(), 7, 100);
    slots.release(0, &held, 150);
    (slots, held)
}

#[allow(clippy::unnecessary_wraps)] // as `choose` returns it
fn own(slot: usize, common: usize) -> Option<Seat> {
    Some(Seat::Own { slot, common })
}

#[test]
fn the_next_turn_takes_its_conversation_over() {
    let (slots, held) = slots();
    let next = tokens(&held, 8, 20);
    assert_eq!(slots.choose(&next, &[], ALL), own(0, 200));
    let without_its_reasoning = tokens(&held[..145], 8, 20);
    assert_eq!(slots.choose(&without_its_reasoning, &[], ALL), own(0, 145));
}

#[test]
fn a_retry_pays_for_one_token() {
    let (slots, held) = slots();
    assert_eq!(slots.choose(&held[..150], &[], ALL), own(0, 149));
}

#[test]
fn a_sibling_copies_the_common_beginning() {
    let (mut slots, _) = slots();
    slots.release(1, &tokens(&[], 3, 50), 40);
    let sibling = tokens(&system(), 9, 30);
    let fork = Seat::Fork {
        from: 0,
        slot: 2,
        common: 100,
    };
    assert_eq!(slots.choose(&sibling, &[], ALL), Some(fork));
    slots.take(2);
    assert_eq!(
        slots.choose(&sibling, &[], ALL),
        own(0, 100),
        "the oldest goes"
    );
    slots.release(0, &tokens(&system(), 7, 100), 150);
    let fork = Seat::Fork {
        from: 0,
        slot: 1,
        common: 100,
    };
    assert_eq!(
        slots.choose(&sibling, &[], ALL),
        Some(fork),
        "an older one goes"
    );
    slots.take(1);
    assert_eq!(
        slots.choose(&sibling, &[], ALL),
        own(0, 100),
        "nowhere to copy to"
    );
    slots.take(0);
    assert_eq!(slots.choose(&sibling, &[], ALL), None);
}

#[test]
fn a_busy_slot_is_copied_from() {
    let (mut slots, held) = slots();
    slots.take(0);
    let busy = Busy {
        slot: 0,
        held: &held,
        coming: &held,
    };
    let sibling = tokens(&system(), 9, 30);
    let fork = Seat::Fork {
        from: 0,
        slot: 1,
        common: 100,
    };
    assert_eq!(slots.choose(&sibling, &[busy], ALL), Some(fork));
    slots.release(1, &sibling[..90], 90);
    let seat = slots.choose(&sibling, &[busy], ALL);
    assert_eq!(seat, own(1, 90), "ten tokens are not worth a copy");
}

#[test]
fn what_a_sibling_computes_just_now_is_waited_for() {
    let (mut slots, held) = slots();
    slots.take(0);
    let sibling = tokens(&system(), 9, 30);
    let busy = |done| Busy {
        slot: 0,
        held: &held[..done],
        coming: &held,
    };
    assert_eq!(slots.choose(&sibling, &[busy(20)], ALL), Some(Seat::Wait));
    let stuck = Busy {
        coming: &[],
        ..busy(20)
    };
    let fork = Seat::Fork {
        from: 0,
        slot: 1,
        common: 20,
    };
    assert_eq!(slots.choose(&sibling, &[stuck], ALL), Some(fork));
    let fork = Seat::Fork {
        from: 0,
        slot: 1,
        common: 100,
    };
    assert_eq!(slots.choose(&sibling, &[busy(100)], ALL), Some(fork));
}

#[test]
fn one_token_is_always_left_to_compute() {
    let (slots, held) = slots();
    assert_eq!(slots.choose(&held, &[], ALL), own(0, 199));
}

#[test]
fn strangers_take_the_oldest_slot() {
    let (mut slots, _) = slots();
    let stranger = tokens(&[0, 1, 2], 5, 40);
    assert_eq!(slots.choose(&stranger, &[], ALL), own(1, 0), "never used");
    slots.release(2, &[1], 1);
    slots.release(1, &[2], 1);
    assert_eq!(slots.choose(&stranger, &[], ALL), own(0, 3));
    slots.take(0);
    assert_eq!(slots.choose(&stranger, &[], ALL), own(2, 0));
}

#[test]
fn a_slot_that_cannot_go_back_is_worth_what_it_can() {
    let (slots, held) = slots();
    let whole = |_, common| if common == 200 { 200 } else { 0 };
    assert_eq!(slots.choose(&tokens(&held, 8, 20), &[], whole), own(0, 200));
    let sibling = tokens(&system(), 8, 20);
    assert_eq!(slots.choose(&sibling, &[], whole), own(1, 0));
    let busy = Busy {
        slot: 2,
        held: &held,
        coming: &held,
    };
    assert_eq!(
        slots.choose(&sibling, &[busy], whole),
        own(1, 0),
        "waiting would be in vain"
    );
}

#[test]
fn the_oldest_conversation_is_forgotten_first() {
    let (mut slots, _) = slots();
    slots.release(2, &[5], 1);
    assert_eq!(slots.oldest_conversation(None), Some(0));
    assert_eq!(slots.oldest_conversation(Some(0)), Some(2));
    slots.forget(0);
    slots.forget(2);
    assert_eq!(slots.oldest_conversation(None), None);
}
