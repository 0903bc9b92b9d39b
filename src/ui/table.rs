//! Columns below each other.

use super::page::Span;

/// The blanks between two columns.
const GAP: &str = "  ";

/// Pads every cell but the last of a row to the width of its column.
pub(super) fn align(mut rows: Vec<Vec<Span>>) -> Vec<Vec<Span>> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let width = cells.map(width).max().unwrap_or(0);
        for row in &mut rows {
            let last = column + 1 >= row.len();
            if let (false, Some(cell)) = (last, row.get_mut(column)) {
                let blanks = " ".repeat(width - self::width(cell));
                cell.text.push_str(&blanks);
                cell.text.push_str(GAP);
            }
        }
    }
    rows
}

fn width(cell: &Span) -> usize {
    cell.text.chars().count()
}
