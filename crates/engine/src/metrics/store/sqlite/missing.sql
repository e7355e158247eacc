-- Objects that a reading left out although they spent, while others of their level are told; `known` is what an object
-- spent on the day. The other columns are those of `doubts`.
CREATE TABLE missing (
  stream INTEGER NOT NULL REFERENCES streams (id),
  object INTEGER NOT NULL REFERENCES objects (id),
  day INTEGER NOT NULL,
  since INTEGER NOT NULL,
  as_of INTEGER NOT NULL,
  known INTEGER NOT NULL,
  PRIMARY KEY (stream, object, day)
) STRICT, WITHOUT ROWID;
