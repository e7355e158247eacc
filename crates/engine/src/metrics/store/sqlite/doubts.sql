-- Days of which a reading told too little to be believed yet; what was known before stands. `since` and `as_of` are the
-- first and the last reading that said so, `known` and `told` the spend of all objects.
CREATE TABLE doubts (
  stream INTEGER NOT NULL REFERENCES streams (id),
  day INTEGER NOT NULL,
  since INTEGER NOT NULL,
  as_of INTEGER NOT NULL,
  known INTEGER NOT NULL,
  told INTEGER NOT NULL,
  PRIMARY KEY (stream, day)
) STRICT, WITHOUT ROWID;
