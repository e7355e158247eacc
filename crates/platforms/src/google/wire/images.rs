//! Where a picture goes: the vendor has one place per shape. Source: google-ads.md §3.5, §3.7, §7.

/// One place for pictures.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Slot {
    /// Field type of the link to an asset group.
    pub(in super::super) field_type: &'static str,
    /// The list of a Demand Gen ad, empty where it has none.
    pub(in super::super) list: &'static str,
    /// The member of a carousel's card, empty where it has none.
    pub(in super::super) card: &'static str,
    /// Width to height.
    pub(in super::super) ratio: (u64, u64),
    /// The ratio as people write it.
    pub(in super::super) shown: &'static str,
    /// Smallest width and height.
    pub(in super::super) smallest: (u32, u32),
}

const WIDE: Slot = Slot {
    field_type: "MARKETING_IMAGE",
    list: "marketingImages",
    card: "marketingImageAsset",
    ratio: (191, 100),
    shown: "1.91:1",
    smallest: (600, 314),
};
const SQUARE: Slot = Slot {
    field_type: "SQUARE_MARKETING_IMAGE",
    list: "squareMarketingImages",
    card: "squareMarketingImageAsset",
    ratio: (1, 1),
    shown: "1:1",
    smallest: (300, 300),
};
const PORTRAIT: Slot = Slot {
    field_type: "PORTRAIT_MARKETING_IMAGE",
    list: "portraitMarketingImages",
    card: "portraitMarketingImageAsset",
    ratio: (4, 5),
    shown: "4:5",
    smallest: (480, 600),
};
const TALL: Slot = Slot {
    field_type: "TALL_PORTRAIT_MARKETING_IMAGE",
    list: "tallPortraitMarketingImages",
    card: "",
    ratio: (9, 16),
    shown: "9:16",
    smallest: (600, 1067),
};
const LOGO: Slot = Slot {
    field_type: "LOGO",
    list: "logoImages",
    card: "",
    ratio: (1, 1),
    shown: "1:1",
    smallest: (128, 128),
};
const LANDSCAPE_LOGO: Slot = Slot {
    field_type: "LANDSCAPE_LOGO",
    list: "",
    card: "",
    ratio: (4, 1),
    shown: "4:1",
    smallest: (512, 128),
};

/// Pictures of an asset group.
pub(in super::super) static ASSET_GROUP: [Slot; 3] = [WIDE, SQUARE, PORTRAIT];
/// Logos of an asset group.
pub(in super::super) static ASSET_GROUP_LOGOS: [Slot; 2] = [LOGO, LANDSCAPE_LOGO];
/// Pictures of a Demand Gen ad.
pub(in super::super) static DEMAND_GEN: [Slot; 4] = [WIDE, SQUARE, PORTRAIT, TALL];
/// Logos of a Demand Gen ad.
pub(in super::super) static DEMAND_GEN_LOGOS: [Slot; 1] = [LOGO];
/// Pictures of a carousel's cards.
pub(in super::super) static CARDS: [Slot; 3] = [WIDE, SQUARE, PORTRAIT];

/// Width and height.
pub(in super::super) type Size = (u32, u32);

/// The place that a picture's shape belongs to, within one percent.
pub(in super::super) fn slot(slots: &'static [Slot], (width, height): Size) -> Option<&'static Slot> {
    slots.iter().find(|slot| {
        let (across, down) = (u64::from(width) * slot.ratio.1, u64::from(height) * slot.ratio.0);
        across.abs_diff(down) * 100 <= down
    })
}

/// Ratios of places, for hints.
pub(in super::super) fn ratios(slots: &[Slot]) -> String {
    slots.iter().map(|slot| slot.shown).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_find_their_place_within_one_percent() {
        for (size, expected) in [
            ((1200, 628), Some("MARKETING_IMAGE")),
            ((600, 314), Some("MARKETING_IMAGE")),
            ((1200, 640), None),
            ((300, 300), Some("SQUARE_MARKETING_IMAGE")),
            ((303, 300), Some("SQUARE_MARKETING_IMAGE")),
            ((304, 300), None),
            ((480, 600), Some("PORTRAIT_MARKETING_IMAGE")),
            ((600, 1067), None),
        ] {
            assert_eq!(slot(&ASSET_GROUP, size).map(|slot| slot.field_type), expected, "{size:?}");
        }
        assert_eq!(slot(&DEMAND_GEN, (600, 1067)).map(|slot| slot.list), Some("tallPortraitMarketingImages"));
        assert_eq!(slot(&ASSET_GROUP_LOGOS, (512, 128)).map(|slot| slot.field_type), Some("LANDSCAPE_LOGO"));
        assert_eq!(ratios(&ASSET_GROUP), "1.91:1, 1:1, 4:5");
    }
}
