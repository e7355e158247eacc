//! Arguments of `metrics`.

use adplane_core::address::Kind;
use adplane_core::metrics::{Day, End, Metric, Window};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::{PathArgs, TestFormat};

/// What `metrics` does.
#[derive(Debug, Subcommand)]
pub enum MetricsCommand {
    /// Ask the platforms what was delivered, and keep it: today, yesterday, and once a day what they may restate
    Sync(MetricsSyncArgs),
    /// Show what was delivered over some days, as far as it was read
    Query(MetricsQueryArgs),
    /// Show what the next days are expected to bring, and how good such forecasts have been
    Forecast(MetricsForecastArgs),
    /// Write what was delivered for other programs
    Export(MetricsExportArgs),
}

/// Arguments of `metrics sync`.
#[derive(Debug, Args)]
pub struct MetricsSyncArgs {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// How many days back the first sync of an account reads, and how far a gap is made up for
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub back: u16,
    /// Read all of these days again, not only what is due
    #[arg(long)]
    pub all: bool,
}

/// Which objects and which days.
#[derive(Debug, Args)]
pub struct MetricsScope {
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// Days or hours of the account, such as `today`, `last_7d`, `last_7d_incl`, `prev_7d`, `mtd`, `last_24h`, or `flight`
    /// and `lifetime`, for which the platforms are asked when each object starts and ends
    #[arg(long, value_name = "WINDOW", default_value = "last_7d")]
    pub window: Window,
    /// So many days, instead of a window
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["window", "from"])]
    pub days: Option<u16>,
    /// Where they end: `today`, `yesterday`, or `settled`, the newest day whose conversions have come in
    #[arg(long, value_name = "DAY", requires = "days", default_value = "yesterday")]
    pub end: End,
    /// How many days before that
    #[arg(long, value_name = "NUMBER", requires = "days", default_value_t = 0)]
    pub offset: u16,
    /// The first day, instead of a window
    #[arg(long, value_name = "DAY", requires = "to", conflicts_with = "window")]
    pub from: Option<Day>,
    /// The last day, itself included
    #[arg(long, value_name = "DAY", requires = "from")]
    pub to: Option<Day>,
    /// What is counted: campaigns, ad-groups or ads
    #[arg(long, value_name = "KIND", default_value = "campaigns", value_parser = level)]
    pub level: Kind,
    /// Answer as it would have been answered at this instant: windows end there, and what was told later is not known
    #[arg(long, value_name = "INSTANT")]
    pub as_of: Option<Timestamp>,
}

/// A level of reports.
fn level(text: &str) -> Result<Kind, String> {
    match Kind::parse_loosely(text) {
        Some(kind @ (Kind::Campaign | Kind::AdGroup | Kind::Ad)) => Ok(kind),
        Some(Kind::Budget) => Err("budgets have no reports; write campaigns, ad-groups or ads".into()),
        None => Err("write campaigns, ad-groups or ads".into()),
    }
}

/// Arguments of `metrics query`.
#[derive(Debug, Args)]
pub struct MetricsQueryArgs {
    /// Which objects and which days
    #[command(flatten)]
    pub scope: MetricsScope,
    /// Output format
    #[arg(long, value_enum, default_value_t = MetricsFormat::Table)]
    pub format: MetricsFormat,
}

/// Formats of `metrics query`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MetricsFormat {
    /// For people.
    Table,
    /// For programs, with the reason why a number is not known.
    Json,
    /// For spreadsheets.
    Csv,
}

/// Arguments of `metrics forecast`.
#[derive(Debug, Args)]
pub struct MetricsForecastArgs {
    /// An account, or an object such as `campaign/spring-sale`; every account when absent
    #[arg(value_name = "ADDRESS")]
    pub of: Option<String>,
    /// Where to load from
    #[command(flatten)]
    pub path: PathArgs,
    /// What is forecast
    #[arg(long, value_enum, default_value_t = ForecastMetric::Spend)]
    pub metric: ForecastMetric,
    /// So many days, today the first of them
    #[arg(long, value_name = "NUMBER", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=28))]
    pub days: u16,
    /// Output format
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

/// What `metrics forecast` can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ForecastMetric {
    /// Money spent.
    Spend,
    /// Clicks.
    Clicks,
    /// Conversions.
    Conversions,
    /// What conversions are worth.
    Value,
}

impl ForecastMetric {
    /// As the store knows it.
    pub fn metric(self) -> Metric {
        match self {
            Self::Spend => Metric::Spend,
            Self::Clicks => Metric::Clicks,
            Self::Conversions => Metric::Conversions,
            Self::Value => Metric::Value,
        }
    }
}

/// Arguments of `metrics export`.
#[derive(Debug, Args)]
pub struct MetricsExportArgs {
    /// Which objects and which days
    #[command(flatten)]
    pub scope: MetricsScope,
    /// Every version of a row that was ever told, not only the newest
    #[arg(long, conflicts_with = "as_of")]
    pub versions: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = MetricsExportFormat::Csv)]
    pub format: MetricsExportFormat,
}

/// Formats of `metrics export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MetricsExportFormat {
    /// A row for each object and day or hour.
    Csv,
    /// The same, one JSON object a line.
    Jsonl,
    /// Sums over the window as gauges, for a scrape of a text file.
    Prometheus,
}
