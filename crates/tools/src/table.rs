//! `ToolsUtils.prettyPrintTable`.

/// Rows under their headings, each column as wide as its widest cell, a tab behind each.
pub(crate) fn pretty(headers: &[&str], rows: &[Vec<String>]) -> String {
    let width = |at: usize, header: &str| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(String::len);
        cells.chain([header.len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = headers.iter().enumerate().map(|(at, header)| width(at, header)).collect();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}\t"));
        cells.collect::<String>() + "\n"
    };
    let first: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    [first].iter().chain(rows).map(|row| line(row)).collect()
}
