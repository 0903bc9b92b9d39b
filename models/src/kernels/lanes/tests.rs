#![allow(clippy::unwrap_used)]

use super::*;
use crate::kernels::isa::CpuLevel;

/// Numbers to try operations on.
const SOME: [f32; LANES] = [
    0.0, -0.0, 1.0, -1.5, 2.5, 3.5, -7.25, 100.4, -99.6, 1e-3, 0.75, -0.1, 5.0, 6.0, -120.0, 126.0,
];

/// Every operation, one result behind the other.
unsafe fn all<L: Lanes>(out: &mut Vec<f32>) {
    let mut push = |x: L::F| {
        let mut lanes = [0.0; LANES];
        // SAFETY: sixteen lanes.
        unsafe { L::store(lanes.as_mut_ptr(), x) };
        out.extend(lanes);
    };
    let codes: [i16; 2 * LANES] = std::array::from_fn(|i| i as i16 * 97 - 1500);
    // SAFETY: the caller's; arrays have sixteen lanes.
    unsafe {
        let (a, b) = (L::load(SOME.as_ptr()), L::splat(0.7));
        for x in [
            L::add(a, b),
            L::sub(a, b),
            L::mul(a, b),
            L::div(a, b),
            L::max(a, b),
            L::min(a, b),
            L::abs(a),
            L::within(a, b, 3, 9),
            L::within(a, b, 0, 16),
            L::within(a, b, 15, 40),
            L::float(L::round(a)),
            L::power(L::round(a)),
            L::fma(a, L::splat(2.0), b),
            exp2::<L>(a),
            L::splat(L::largest(a)),
            L::splat(L::sum(L::float(L::round(a)))),
        ] {
            push(x);
        }
        let vector = L::load_i(codes.as_ptr().cast());
        let sum = L::dot(L::round(a), L::splat_pair(codes.as_ptr().add(5)), vector);
        push(L::float(sum));
        let mut short = [0i16; LANES];
        L::store_short(short.as_mut_ptr(), L::round(L::mul(a, L::splat(1000.0))));
        out.extend(short.map(f32::from));
        let mut sums = [0i32; LANES];
        for pair in [[-4095i16, 4095], [i16::MIN, i16::MAX]] {
            let pair = L::splat_pair(pair.as_ptr());
            L::store_i(sums.as_mut_ptr(), L::dot(L::zero_i(), pair, vector));
            out.extend(sums.map(|it| it as f32));
        }
        L::prefetch(codes.as_ptr().cast());
    }
}

#[test]
fn every_level_computes_what_the_plain_one_does() {
    let results = |level: CpuLevel| {
        let mut out = Vec::new();
        let to = &mut out;
        at_level!(level, all(to: &mut Vec<f32>));
        out
    };
    let plain = results(CpuLevel::Scalar);
    for level in CpuLevel::ALL.into_iter().filter(|it| it.is_supported()) {
        for (number, (a, b)) in results(level).into_iter().zip(&plain).enumerate() {
            let same = (a - b).abs() <= 3e-7 * b.abs();
            assert!(same, "{level:?}, operation {}: {a} {b}", number / LANES);
        }
    }
}

unsafe fn powers<L: Lanes>(of: &[f32], out: &mut Vec<f32>) {
    for x in of.chunks_exact(LANES) {
        let mut lanes = [0.0; LANES];
        // SAFETY: the caller's.
        unsafe { L::store(lanes.as_mut_ptr(), exp2::<L>(L::load(x.as_ptr()))) };
        out.extend(lanes);
    }
}

#[test]
fn exponentials_are_exact_to_three_parts_in_ten_million() {
    let of: Vec<_> = (0..32_000).map(|i| (i - 16_000) as f32 * 0.0078).collect();
    for level in CpuLevel::ALL.into_iter().filter(|it| it.is_supported()) {
        let mut out = Vec::new();
        let (values, to) = (of.as_slice(), &mut out);
        at_level!(level, powers(values: &[f32], to: &mut Vec<f32>));
        for (x, power) in of.iter().zip(out) {
            let exact = f64::from(*x).exp2();
            let error = (f64::from(power) - exact).abs() / exact;
            assert!(error < 3e-7, "{level:?}: 2^{x} is {power}");
        }
        let odd = [f32::NAN, -200.0, f32::NEG_INFINITY, 0.0];
        let odd: Vec<_> = (0..LANES).map(|i| odd[i % 4]).collect();
        let mut out = Vec::new();
        let (values, to) = (odd.as_slice(), &mut out);
        at_level!(level, powers(values: &[f32], to: &mut Vec<f32>));
        assert!(out[0].is_nan(), "{level:?}");
        assert_eq!(out[1..4], [0.0, 0.0, 1.0], "{level:?}");
    }
}
