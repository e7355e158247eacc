-- A slot is a day's number since 1970-01-01, or that times 24 and the hour; an instant is in milliseconds.
-- Money is in micros, conversions are in millionths; what was not told is null.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  vendor_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  zone TEXT NOT NULL,
  UNIQUE (platform, vendor_id)
) STRICT;

CREATE TABLE streams (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (id),
  level TEXT NOT NULL,
  granularity TEXT NOT NULL,
  attribution TEXT NOT NULL,
  UNIQUE (account, level, granularity, attribution)
) STRICT;

CREATE TABLE objects (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (id),
  level TEXT NOT NULL,
  vendor_id TEXT NOT NULL,
  UNIQUE (account, level, vendor_id)
) STRICT;

CREATE TABLE readings (
  stream INTEGER NOT NULL REFERENCES streams (id),
  as_of INTEGER NOT NULL,
  first_day INTEGER NOT NULL,
  last_day INTEGER NOT NULL,
  PRIMARY KEY (stream, as_of, first_day)
) STRICT, WITHOUT ROWID;

-- What is known now: one row for each slot and object, side by side for all objects of a day.
CREATE TABLE newest (
  stream INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  object INTEGER NOT NULL,
  as_of INTEGER NOT NULL,
  spend INTEGER,
  impressions INTEGER,
  clicks INTEGER,
  conversions INTEGER,
  value INTEGER,
  reach INTEGER,
  video_views INTEGER,
  PRIMARY KEY (stream, slot, object)
) STRICT, WITHOUT ROWID;

-- What was known before: true from `as_of` until the instant of the reading that told otherwise.
CREATE TABLE older (
  stream INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  object INTEGER NOT NULL,
  as_of INTEGER NOT NULL,
  until INTEGER NOT NULL,
  spend INTEGER,
  impressions INTEGER,
  clicks INTEGER,
  conversions INTEGER,
  value INTEGER,
  reach INTEGER,
  video_views INTEGER,
  PRIMARY KEY (stream, slot, object, as_of)
) STRICT, WITHOUT ROWID;

-- For people: days as they are known now, in words and whole units.
CREATE VIEW daily AS
SELECT
  a.platform AS platform,
  a.vendor_id AS account,
  s.level AS level,
  o.vendor_id AS object,
  date(n.slot * 86400, 'unixepoch') AS day,
  s.attribution AS attribution,
  datetime(n.as_of / 1000, 'unixepoch') AS as_of,
  a.currency AS currency,
  n.spend / 1000000.0 AS spend,
  n.impressions AS impressions,
  n.clicks AS clicks,
  n.conversions / 1000000.0 AS conversions,
  n.value / 1000000.0 AS value,
  n.reach AS reach,
  n.video_views AS video_views
FROM newest n
JOIN streams s ON s.id = n.stream
JOIN accounts a ON a.id = s.account
JOIN objects o ON o.id = n.object
WHERE s.granularity = 'day';
