//! Places, languages and interests that the sandbox knows (keys are its own unless meta-ads.md names them).

/// ISO 3166-1 alpha-2 codes.
pub(super) const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY \
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR \
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK \
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF \
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// Members of the European Economic Area, whose ads name beneficiary and payor (§16).
pub(super) const EEA: &str = "\
    AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IS IT LV LI LT LU MT NL NO PL PT RO SK SI ES SE";

/// Groups of countries that include members of the EEA.
pub(super) const GROUPS_WITH_EEA: &str = "worldwide europe eea schengen eurozone emea";

/// A region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    /// The key in `regions`.
    pub(super) key: String,
    /// The displayed name.
    pub(super) name: &'static str,
    /// The country's code.
    pub(super) country: &'static str,
    names: &'static str,
}

/// First key and regions by country: names separated by `|`, further names of one by `/`.
const REGIONS: [(&str, u32, &str); 6] = [
    (
        "ES",
        4101,
        "Andalucía/Andalusia|Aragón/Aragon|Principado de Asturias|Islas Baleares/Illes Balears/Balearic Islands|\
         Canarias/Canary Islands|Cantabria|Castilla y León/Castile and Leon|Castilla-La Mancha/Castile-La Mancha|\
         Cataluña/Catalunya/Catalonia|Comunidad Valenciana/Valencian Community/Valencia|Extremadura|Galicia|\
         Comunidad de Madrid/Community of Madrid|Región de Murcia/Region of Murcia|Comunidad Foral de Navarra/Navarre|\
         País Vasco/Euskadi/Basque Country|La Rioja|Ceuta|Melilla",
    ),
    (
        "FR",
        4201,
        "Île-de-France|Auvergne-Rhône-Alpes|Bourgogne-Franche-Comté|Bretagne/Brittany|Centre-Val de Loire|\
         Corse/Corsica|Grand Est|Hauts-de-France|Normandie/Normandy|Nouvelle-Aquitaine|Occitanie|\
         Pays de la Loire|Provence-Alpes-Côte d'Azur",
    ),
    (
        "DE",
        4301,
        "Baden-Württemberg|Bayern/Bavaria|Berlin|Brandenburg|Bremen|Hamburg|Hessen/Hesse|\
         Mecklenburg-Vorpommern|Niedersachsen/Lower Saxony|Nordrhein-Westfalen/North Rhine-Westphalia|\
         Rheinland-Pfalz/Rhineland-Palatinate|Saarland|Sachsen/Saxony|Sachsen-Anhalt/Saxony-Anhalt|\
         Schleswig-Holstein|Thüringen/Thuringia",
    ),
    ("GB", 4401, "England|Scotland|Wales|Northern Ireland"),
    (
        "US",
        3843,
        "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|District of Columbia/Washington D. C.|\
         Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|\
         Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|\
         New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|\
         South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming",
    ),
    (
        "IT",
        4501,
        "Abruzzo|Basilicata|Calabria|Campania|Emilia-Romagna|Friuli-Venezia Giulia|Lazio|Liguria|\
         Lombardia/Lombardy|Marche|Molise|Piemonte/Piedmont|Puglia/Apulia|Sardegna/Sardinia|Sicilia/Sicily|\
         Toscana/Tuscany|Trentino-Alto Adige|Umbria|Valle d'Aosta/Aosta Valley|Veneto",
    ),
];

/// Names of countries whose regions are known, and some more.
const COUNTRY_NAMES: [(&str, &str); 16] = [
    ("AT", "Austria"),
    ("BE", "Belgium"),
    ("BR", "Brazil"),
    ("CA", "Canada"),
    ("CH", "Switzerland"),
    ("DE", "Germany"),
    ("ES", "Spain"),
    ("FR", "France"),
    ("GB", "United Kingdom"),
    ("IE", "Ireland"),
    ("IT", "Italy"),
    ("JP", "Japan"),
    ("MX", "Mexico"),
    ("NL", "Netherlands"),
    ("PT", "Portugal"),
    ("US", "United States"),
];

/// Languages by key: 1001 to 1005 are named in mapping.md, the others are general knowledge (unverified).
pub(super) const LOCALES: [(i64, &str); 26] = [
    (1001, "English (All)"),
    (1002, "Spanish (All)"),
    (1003, "French (All)"),
    (1004, "Chinese (All)"),
    (1005, "Portuguese (All)"),
    (1, "Catalan"),
    (2, "Czech"),
    (4, "Danish"),
    (5, "German"),
    (6, "English (US)"),
    (7, "Spanish"),
    (8, "Finnish"),
    (9, "French (France)"),
    (10, "Italian"),
    (11, "Japanese"),
    (12, "Korean"),
    (13, "Norwegian (bokmål)"),
    (14, "Dutch"),
    (15, "Polish"),
    (16, "Portuguese (Brazil)"),
    (17, "Russian"),
    (18, "Swedish"),
    (19, "Turkish"),
    (23, "Spanish (Spain)"),
    (24, "English (UK)"),
    (31, "Portuguese (Portugal)"),
];

/// Interests by id.
pub(super) const INTERESTS: [(&str, &str); 10] = [
    ("6003107902433", "Association football (Soccer)"),
    ("6003139266461", "Movies"),
    ("6003198851865", "Running shoes"),
    ("6003253302310", "Trail running"),
    ("6003277229371", "Physical fitness"),
    ("6003332344237", "Dogs"),
    ("6003346592981", "Online shopping"),
    ("6003384248805", "Fitness and wellness"),
    ("6003397496347", "Running"),
    ("6004160395895", "Travel"),
];

/// The display name of a country; its code when no name is known.
pub(super) fn country_name(code: &str) -> &str {
    COUNTRY_NAMES.iter().find(|(candidate, _)| *candidate == code).map_or(code, |(_, name)| name)
}

/// All regions.
pub(super) fn regions() -> impl Iterator<Item = Region> {
    REGIONS.iter().flat_map(|(country, first, list)| {
        list.split('|').zip(*first..).map(|(names, key)| Region {
            key: key.to_string(),
            name: names.split('/').next().unwrap_or(names),
            country,
            names,
        })
    })
}

/// A region by key.
pub(super) fn region(key: &str) -> Option<Region> {
    regions().find(|region| region.key == key)
}

impl Region {
    /// Whether a folded search text is part of one of its names.
    pub(super) fn matches(&self, query: &str) -> bool {
        self.names.split('/').any(|name| fold(name).contains(query))
    }
}

/// Lower case without the marks of Western European letters, for searching.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|letter| match letter {
            'á' | 'à' | 'â' | 'ä' | 'å' | 'ã' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            '’' => '\'',
            other => other,
        })
        .collect()
}
