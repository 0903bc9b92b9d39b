//! Lanes in plain Rust, which the compiler turns into what every processor of a family has.

use super::{LANES, Lanes};

/// No instructions in particular.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

#[inline(always)]
fn each<T>(make: impl FnMut(usize) -> T) -> [T; LANES] {
    std::array::from_fn(make)
}

impl Lanes for Plain {
    type F = [f32; LANES];
    type I = [i32; LANES];
    type Pair = Self::I;
    const COLUMNS: usize = 1;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        // SAFETY: the caller's.
        unsafe { from.cast::<Self::F>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, x: Self::F) {
        // SAFETY: the caller's.
        unsafe { to.cast::<Self::F>().write_unaligned(x) }
    }

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::F {
        [x; LANES]
    }

    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        each(|i| a[i] + b[i])
    }

    #[inline(always)]
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
        each(|i| a[i] - b[i])
    }

    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        each(|i| a[i] * b[i])
    }

    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        each(|i| a[i] / b[i])
    }

    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        each(|i| a[i] * b[i] + c[i]) // a call of fmaf where there is no instruction would be slow
    }

    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        each(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }

    #[inline(always)]
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
        each(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }

    #[inline(always)]
    unsafe fn abs(x: Self::F) -> Self::F {
        each(|i| x[i].abs())
    }

    #[inline(always)]
    unsafe fn within(x: Self::F, other: Self::F, first: usize, end: usize) -> Self::F {
        each(|i| {
            if (first..end).contains(&i) {
                x[i]
            } else {
                other[i]
            }
        })
    }

    #[inline(always)]
    unsafe fn sum(x: Self::F) -> f32 {
        x.iter().sum()
    }

    #[inline(always)]
    unsafe fn largest(x: Self::F) -> f32 {
        x.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }

    #[inline(always)]
    unsafe fn round(x: Self::F) -> Self::I {
        each(|i| x[i].round_ties_even() as i32)
    }

    #[inline(always)]
    unsafe fn float(x: Self::I) -> Self::F {
        each(|i| x[i] as f32)
    }

    #[inline(always)]
    unsafe fn power(x: Self::I) -> Self::F {
        each(|i| f32::from_bits(((x[i] + 127) << 23) as u32))
    }

    #[inline(always)]
    unsafe fn load_i(from: *const i32) -> Self::I {
        // SAFETY: the caller's.
        unsafe { from.cast::<Self::I>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store_i(to: *mut i32, x: Self::I) {
        // SAFETY: the caller's.
        unsafe { to.cast::<Self::I>().write_unaligned(x) }
    }

    #[inline(always)]
    unsafe fn store_short(to: *mut i16, x: Self::I) {
        let x = each(|i| x[i].clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
        // SAFETY: the caller's.
        unsafe { to.cast::<[i16; LANES]>().write_unaligned(x) }
    }

    #[inline(always)]
    unsafe fn zero_i() -> Self::I {
        [0; LANES]
    }

    #[inline(always)]
    unsafe fn splat_pair(from: *const i16) -> Self::I {
        // SAFETY: the caller's.
        [unsafe { from.cast::<i32>().read_unaligned() }; LANES]
    }

    #[inline(always)]
    unsafe fn dot(sum: Self::I, a: Self::I, b: Self::I) -> Self::I {
        let low = |x: i32| i32::from(x as i16);
        each(|i| sum[i] + low(a[i]) * low(b[i]) + (a[i] >> 16) * (b[i] >> 16))
    }

    #[inline(always)]
    unsafe fn prefetch(_: *const u8) {}
}
