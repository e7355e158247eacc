-- A slot is a day's number since 1970-01-01, or that times 24 and the hour; an instant is in milliseconds.
-- Money is in micros, conversions are in millionths; what was not told is null.
CREATE TABLE accounts (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  platform TEXT NOT NULL,
  vendor_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  zone TEXT NOT NULL,
  UNIQUE (platform, vendor_id)
);

CREATE TABLE streams (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account BIGINT NOT NULL REFERENCES accounts (id),
  level TEXT NOT NULL,
  granularity TEXT NOT NULL,
  attribution TEXT NOT NULL,
  UNIQUE (account, level, granularity, attribution)
);

CREATE TABLE objects (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account BIGINT NOT NULL REFERENCES accounts (id),
  level TEXT NOT NULL,
  vendor_id TEXT NOT NULL,
  UNIQUE (account, level, vendor_id)
);

CREATE TABLE readings (
  stream BIGINT NOT NULL REFERENCES streams (id),
  as_of BIGINT NOT NULL,
  first_day BIGINT NOT NULL,
  last_day BIGINT NOT NULL,
  PRIMARY KEY (stream, as_of, first_day)
);

-- What is known now: one row for each slot and object, side by side for all objects of a day.
CREATE TABLE newest (
  stream BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  object BIGINT NOT NULL,
  as_of BIGINT NOT NULL,
  spend BIGINT,
  impressions BIGINT,
  clicks BIGINT,
  conversions BIGINT,
  value BIGINT,
  reach BIGINT,
  video_views BIGINT,
  PRIMARY KEY (stream, slot, object)
);

-- What was known before: true from `as_of` until the instant of the reading that told otherwise.
CREATE TABLE older (
  stream BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  object BIGINT NOT NULL,
  as_of BIGINT NOT NULL,
  until BIGINT NOT NULL,
  spend BIGINT,
  impressions BIGINT,
  clicks BIGINT,
  conversions BIGINT,
  value BIGINT,
  reach BIGINT,
  video_views BIGINT,
  PRIMARY KEY (stream, slot, object, as_of)
);

-- For people: days as they are known now, in words and whole units.
CREATE VIEW daily AS
SELECT
  a.platform AS platform,
  a.vendor_id AS account,
  s.level AS level,
  o.vendor_id AS object,
  DATE '1970-01-01' + n.slot::integer AS day,
  s.attribution AS attribution,
  to_timestamp(n.as_of / 1000.0) AS as_of,
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
