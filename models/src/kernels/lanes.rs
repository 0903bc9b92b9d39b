//! Sixteen numbers at once: what kernels are written in that need no more than arithmetic.
//!
//! A kernel is written once over [`Lanes`] and compiled for every level by [`at_level`]; each level rounds
//! in its own places, so results of two levels differ in their last bits.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;
pub(crate) mod plain;
#[cfg(test)]
mod tests;

/// How many numbers there are.
pub(crate) const LANES: usize = 16;

/// Arithmetic of one level over sixteen f32 or i32. Where a name does not say, lanes are f32.
///
/// # Safety
/// Every function: the processor has the level's instructions, and pointers are good for sixteen numbers,
/// aligned as their type or not at all.
pub(crate) trait Lanes: Copy {
    /// Sixteen f32.
    type F: Copy;
    /// Sixteen i32, or thirty-two i16 in pairs.
    type I: Copy;
    /// Two i16 that meet every lane.
    type Pair: Copy;
    /// How many vectors a product keeps beside each other.
    const COLUMNS: usize;

    unsafe fn load(from: *const f32) -> Self::F;
    unsafe fn store(to: *mut f32, x: Self::F);
    unsafe fn splat(x: f32) -> Self::F;
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    /// a · b + c.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The larger, or `b` where one is no number.
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    /// The smaller, or `b` where one is no number.
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn abs(x: Self::F) -> Self::F;
    /// Lanes from `first` to before `end` of `x`, the others of `other`.
    unsafe fn within(x: Self::F, other: Self::F, first: usize, end: usize) -> Self::F;
    unsafe fn sum(x: Self::F) -> f32;
    unsafe fn largest(x: Self::F) -> f32;

    /// The nearest integers.
    unsafe fn round(x: Self::F) -> Self::I;
    unsafe fn float(x: Self::I) -> Self::F;
    /// 2ˣ for x from −127, which gives 0, to 127.
    unsafe fn power(x: Self::I) -> Self::F;
    unsafe fn load_i(from: *const i32) -> Self::I;
    unsafe fn store_i(to: *mut i32, x: Self::I);
    /// Stores as i16 what fits them.
    unsafe fn store_short(to: *mut i16, x: Self::I);
    unsafe fn zero_i() -> Self::I;
    /// Two i16 from anywhere.
    unsafe fn splat_pair(from: *const i16) -> Self::Pair;
    /// sum + a₀ · b₀ + a₁ · b₁ in every lane, of the i16 of which the lanes of b consist.
    unsafe fn dot(sum: Self::I, a: Self::Pair, b: Self::I) -> Self::I;
    /// Says that memory will be read soon.
    unsafe fn prefetch(from: *const u8);
}

/// 2ˣ, to 3 of 10⁷; 0 below 2⁻¹²⁶, and no number of what is none.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn exp2<L: Lanes>(x: L::F) -> L::F {
    // SAFETY: passed on.
    unsafe {
        let x = L::min(L::splat(127.0), L::max(L::splat(-127.0), x));
        let whole = L::round(x);
        let part = L::sub(x, L::float(whole)); // from −½ to ½
        // The series of e^(part · ln 2).
        let mut sum = L::splat(1.540_353e-4);
        for term in [
            1.333_355_8e-3,
            9.618_129e-3,
            5.550_411e-2,
            2.402_265e-1,
            std::f32::consts::LN_2,
            1.0,
        ] {
            sum = L::fma(sum, part, L::splat(term));
        }
        L::mul(sum, L::power(whole))
    }
}

/// Compiles a generic kernel for every level and calls the one asked for.
///
/// `at_level!(level, kernel(arguments: types) -> type)` stands for `kernel::<L>(arguments)`.
macro_rules! at_level {
    ($level:expr, $kernel:ident ( $($name:ident : $type:ty),* $(,)? ) $(-> $result:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
        unsafe fn avx512($($name: $type),*) $(-> $result)? {
            // SAFETY: the caller's.
            unsafe { $kernel::<crate::kernels::lanes::avx512::Avx512>($($name),*) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,f16c")]
        unsafe fn avx2($($name: $type),*) $(-> $result)? {
            // SAFETY: the caller's.
            unsafe { $kernel::<crate::kernels::lanes::avx2::Avx2>($($name),*) }
        }
        #[cfg(target_arch = "aarch64")]
        unsafe fn neon($($name: $type),*) $(-> $result)? {
            // SAFETY: the caller's.
            unsafe { $kernel::<crate::kernels::lanes::neon::Neon>($($name),*) }
        }
        unsafe fn plain($($name: $type),*) $(-> $result)? {
            // SAFETY: the caller's.
            unsafe { $kernel::<crate::kernels::lanes::plain::Plain>($($name),*) }
        }
        match $level {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a level is only given where the processor has it; the rest is the kernel's.
            crate::kernels::isa::CpuLevel::Avx512 => unsafe { avx512($($name),*) },
            #[cfg(target_arch = "x86_64")]
            crate::kernels::isa::CpuLevel::AvxVnni | crate::kernels::isa::CpuLevel::Avx2 => {
                // SAFETY: as above.
                unsafe { avx2($($name),*) }
            }
            #[cfg(target_arch = "aarch64")]
            crate::kernels::isa::CpuLevel::Neon | crate::kernels::isa::CpuLevel::I8mm => {
                // SAFETY: as above.
                unsafe { neon($($name),*) }
            }
            // SAFETY: needs no instructions; the rest is the kernel's.
            _ => unsafe { plain($($name),*) },
        }
    }};
}
pub(crate) use at_level;
