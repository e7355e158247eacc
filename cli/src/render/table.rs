//! Tables as kubectl prints them: columns apart by spaces, no borders.

use comfy_table::{ContentArrangement, Table, presets};

/// A table, ending in a line break; columns that are empty in every row are left out.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let used: Vec<usize> = (0..header.len())
        .filter(|column| {
            *column == 0 || rows.iter().any(|row| row.get(*column).is_some_and(|cell| !cell.is_empty()))
        })
        .collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(used.iter().map(|column| header[*column]));
    for row in rows {
        table.add_row(used.iter().map(|column| row.get(*column).map(String::as_str).unwrap_or_default()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_columns_disappear() {
        let rows =
            vec![vec!["a".into(), String::new(), "1".into()], vec!["bb".into(), String::new(), "2".into()]];
        assert_eq!(table(&["NAME", "REVIEW", "N"], &rows), "NAME  N\na     1\nbb    2\n");
    }
}
