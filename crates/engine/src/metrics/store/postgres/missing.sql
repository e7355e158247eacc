-- Objects that a reading left out although they spent, while others of their level are told; `known` is what an object
-- spent on the day. The other columns are those of `doubts`.
CREATE TABLE missing (
  stream BIGINT NOT NULL REFERENCES streams (id),
  object BIGINT NOT NULL REFERENCES objects (id),
  day BIGINT NOT NULL,
  since BIGINT NOT NULL,
  as_of BIGINT NOT NULL,
  known BIGINT NOT NULL,
  PRIMARY KEY (stream, object, day)
);
