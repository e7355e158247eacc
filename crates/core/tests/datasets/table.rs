//! A table of numbers, as far as they are numbers.

/// Rows of cells, without the heading.
pub(crate) struct Table {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads comma separated values; the files quote no commas but in amounts of dollars, which they do not have.
    pub(crate) fn read(text: &str) -> Self {
        let cells =
            |line: &str| line.split(',').map(|cell| cell.trim().trim_matches('"').to_owned()).collect();
        let mut rows = text.lines().map(cells);
        Self { heading: rows.next().unwrap_or_default(), rows: rows.collect() }
    }

    /// A column by its name; signs of dollars and percent are left out.
    pub(crate) fn column(&self, name: &str) -> Result<Vec<f64>, String> {
        let place =
            self.heading.iter().position(|one| one == name).ok_or_else(|| format!("no column {name}"))?;
        self.rows
            .iter()
            .map(|row| {
                let cell = row.get(place).map(|cell| cell.trim_matches(['$', '%'])).unwrap_or_default();
                cell.parse().map_err(|_| format!("{name}: `{cell}` is no number"))
            })
            .collect()
    }

    /// The eight counts and costs of the year, and their totals over both platforms.
    pub(crate) fn series(&self) -> Result<Vec<(String, Vec<f64>)>, String> {
        let pairs = [
            ("views", "Facebook Ad Views", "AdWords Ad Views"),
            ("clicks", "Facebook Ad Clicks", "AdWords Ad Clicks"),
            ("conversions", "Facebook Ad Conversions", "AdWords Ad Conversions"),
            ("cost", "Cost per Facebook Ad", "Cost per AdWords Ad"),
        ];
        let mut series = Vec::new();
        for (name, facebook, adwords) in pairs {
            let (one, other) = (self.column(facebook)?, self.column(adwords)?);
            let total = one.iter().zip(&other).map(|(one, other)| one + other).collect();
            series.extend([
                (format!("facebook {name}"), one),
                (format!("adwords {name}"), other),
                (format!("total {name}"), total),
            ]);
        }
        Ok(series)
    }
}
