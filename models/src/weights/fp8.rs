//! 8-bit floats of safetensors files, with the scales that belong to them.
//!
//! An element has a sign, four bits of exponent and three of mantissa (OCP 8-bit floating point
//! specification 1.0, E4M3: no infinity, one NaN). Its weight is the product with its scale, of which
//! there is one a tensor, a row or a square of elements.

/// Scales of a matrix: one for each tile of `tile_rows` by `tile_columns` elements.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scales {
    values: Vec<f32>,
    tile_rows: usize,
    tile_columns: usize,
    /// Tiles beside each other.
    across: usize,
    /// The row of the matrix that the rows asked for are counted from.
    first_row: usize,
}

impl Scales {
    /// Scales all 1, for a matrix that has none.
    pub(super) fn one() -> Self {
        Self {
            values: vec![1.0],
            tile_rows: usize::MAX,
            tile_columns: usize::MAX,
            across: 1,
            first_row: 0,
        }
    }

    /// Takes the `values` of a tensor of `shape` as the scales of a matrix (rows, columns); `None`
    /// when they cannot be laid over it. The side of a tile is a power of two, since the files say
    /// how many tiles there are and not how large they are.
    pub(super) fn new(
        values: Vec<f32>,
        shape: &[usize],
        rows: usize,
        columns: usize,
    ) -> Option<Self> {
        let (down, across) = match *shape {
            [] | [1] => (1, 1),
            [down] => (down, 1),
            [down, across] => (down, across),
            _ => return None,
        };
        let whole = values.len() == down.checked_mul(across)?;
        let (tile_rows, tile_columns) = (side(rows, down)?, side(columns, across)?);
        whole.then_some(Self {
            values,
            tile_rows,
            tile_columns,
            across,
            first_row: 0,
        })
    }

    /// The same scales, for a part of the matrix that begins with its row `first_row`.
    pub(super) fn behind(mut self, first_row: usize) -> Self {
        self.first_row = first_row;
        self
    }

    fn of(&self, row: usize, column: usize) -> f32 {
        self.values
            [(self.first_row + row) / self.tile_rows * self.across + column / self.tile_columns]
    }
}

/// The side of a tile when `tiles` of them cover `len` elements.
fn side(len: usize, tiles: usize) -> Option<usize> {
    match tiles {
        1 => Some(usize::MAX),
        _ if tiles == len => Some(1),
        _ => (1..usize::BITS - 1)
            .map(|bits| 1usize << bits)
            .find(|&side| len.div_ceil(side) == tiles),
    }
}

/// Writes rows of `columns` elements as f32, the first being row `first` of the matrix.
pub(super) fn to_f32(
    elements: &[u8],
    first: usize,
    columns: usize,
    scales: &Scales,
    out: &mut Vec<u8>,
) {
    for (index, elements) in elements.chunks_exact(columns).enumerate() {
        for (column, &element) in elements.iter().enumerate() {
            let value = e4m3(element) * scales.of(first + index, column);
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
}

/// The number that an element stands for.
fn e4m3(element: u8) -> f32 {
    let (exponent, mantissa) = (i32::from(element >> 3 & 15), f32::from(element & 7));
    let magnitude = match (exponent, element & 7) {
        (15, 7) => f32::NAN,
        (0, _) => mantissa * (-9f32).exp2(),
        (_, _) => (8.0 + mantissa) * ((exponent - 10) as f32).exp2(),
    };
    if element & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact is what it is to be
mod tests {
    use super::*;

    #[test]
    fn elements_have_the_values_of_the_specification() {
        let cases = [
            (0x00, 0.0),
            (0x01, 0.001_953_125),
            (0x07, 0.013_671_875),
            (0x08, 0.015_625),
            (0x38, 1.0),
            (0xb8, -1.0),
            (0x3c, 1.5),
            (0x7e, 448.0),
            (0xfe, -448.0),
        ];
        for (element, expected) in cases {
            assert_eq!(e4m3(element), expected, "{element:#x}");
        }
        assert!(e4m3(0x7f).is_nan() && e4m3(0xff).is_nan());
    }

    #[test]
    fn a_scale_is_for_a_tensor_a_row_or_a_tile() {
        let scales = |shape: &[usize], rows, columns| {
            let count = shape.iter().product();
            let values = (0..count).map(|index: usize| index as f32).collect();
            Scales::new(values, shape, rows, columns)
        };
        assert_eq!(scales(&[], 300, 200).map(|it| it.of(299, 199)), Some(0.0));
        assert_eq!(scales(&[1], 300, 200).map(|it| it.of(299, 199)), Some(0.0));
        assert_eq!(
            scales(&[300, 1], 300, 200).map(|it| it.of(299, 199)),
            Some(299.0)
        );
        assert_eq!(scales(&[300], 300, 200).map(|it| it.of(7, 3)), Some(7.0));
        let tiles = scales(&[3, 2], 300, 200).expect("tiles of 128");
        assert_eq!(
            [tiles.of(0, 127), tiles.of(127, 128), tiles.of(256, 0)],
            [0.0, 1.0, 4.0]
        );
        assert_eq!(
            scales(&[7, 2], 300, 200),
            None,
            "no power of two gives seven"
        );
        assert_eq!(scales(&[3, 2, 1], 300, 200), None);
    }
}
