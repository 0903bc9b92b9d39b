//! A small random sequence that is the same on every machine and for ever.

/// xoshiro256++ (Blackman and Vigna, 2019), its state filled by splitmix64 as its authors advise.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    /// Creates the sequence of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        let mut counter = seed;
        Self {
            state: std::array::from_fn(|_| splitmix64(&mut counter)),
        }
    }

    /// The next number, evenly distributed in [0, 1), in steps of 2^-53.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (-53f64).exp2()
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }
}

fn splitmix64(counter: &mut u64) -> u64 {
    *counter = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *counter;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_gives_the_published_sequence_of_seed_0() {
        let mut counter = 0;
        assert_eq!(splitmix64(&mut counter), 0xe220_a839_7b1d_cdaf);
        assert_eq!(splitmix64(&mut counter), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn xoshiro_gives_the_published_sequence_of_the_state_1_2_3_4() {
        let mut random = Random {
            state: [1, 2, 3, 4],
        };
        let expected = [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
        ];
        assert_eq!(
            [random.next(), random.next(), random.next(), random.next()],
            expected
        );
    }

    #[test]
    fn numbers_fill_the_unit_interval_evenly() {
        let mut random = Random::new(7);
        let mut buckets = [0u32; 10];
        for _ in 0..100_000 {
            buckets[(random.unit() * 10.0) as usize] += 1;
        }
        assert!(
            buckets
                .iter()
                .all(|&count| (9_600..=10_400).contains(&count)),
            "{buckets:?}"
        );
    }
}
