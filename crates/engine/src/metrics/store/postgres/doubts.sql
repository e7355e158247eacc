-- Days of which a reading told too little to be believed yet; what was known before stands. `since` and `as_of` are the
-- first and the last reading that said so, `known` and `told` the spend of all objects.
CREATE TABLE doubts (
  stream BIGINT NOT NULL REFERENCES streams (id),
  day BIGINT NOT NULL,
  since BIGINT NOT NULL,
  as_of BIGINT NOT NULL,
  known BIGINT NOT NULL,
  told BIGINT NOT NULL,
  PRIMARY KEY (stream, day)
);
