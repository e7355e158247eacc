//! Currencies and the smallest amounts they are billed in. Source: google-ads.md §3 (values unverified).

/// Code, name, symbol.
pub(in crate::google) const CURRENCIES: &[(&str, &str, &str)] = &[
    ("AUD", "Australian Dollar", "$"),
    ("BRL", "Brazilian Real", "R$"),
    ("CAD", "Canadian Dollar", "$"),
    ("CHF", "Swiss Franc", "CHF"),
    ("CLP", "Chilean Peso", "$"),
    ("CZK", "Czech Koruna", "Kč"),
    ("DKK", "Danish Krone", "kr"),
    ("EUR", "Euro", "€"),
    ("GBP", "British Pound", "£"),
    ("HUF", "Hungarian Forint", "Ft"),
    ("IDR", "Indonesian Rupiah", "Rp"),
    ("INR", "Indian Rupee", "₹"),
    ("ISK", "Icelandic Krona", "kr"),
    ("JPY", "Japanese Yen", "¥"),
    ("KRW", "South Korean Won", "₩"),
    ("MXN", "Mexican Peso", "$"),
    ("NOK", "Norwegian Krone", "kr"),
    ("NZD", "New Zealand Dollar", "$"),
    ("PLN", "Polish Zloty", "zł"),
    ("PYG", "Paraguayan Guarani", "₲"),
    ("SEK", "Swedish Krona", "kr"),
    ("TRY", "Turkish Lira", "₺"),
    ("TWD", "New Taiwan Dollar", "NT$"),
    ("USD", "US Dollar", "$"),
    ("VND", "Vietnamese Dong", "₫"),
];

/// `billable_unit_micros`: a whole unit for currencies without decimals, a hundredth for the others.
pub(in crate::google) fn billable_unit_micros(currency: &str) -> i64 {
    match currency {
        "JPY" | "KRW" | "CLP" | "ISK" | "PYG" | "VND" => 1_000_000,
        _ => 10_000,
    }
}
