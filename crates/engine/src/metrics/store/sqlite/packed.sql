-- The rows of `newest` once more, all objects of a slot in one value, for questions about a whole account
-- (`metrics/store/pack.rs` tells the bytes). Made of the rows in the transaction that writes them.
CREATE TABLE packed (
  stream INTEGER NOT NULL REFERENCES streams (id),
  slot INTEGER NOT NULL,
  counts BLOB NOT NULL,
  PRIMARY KEY (stream, slot)
) STRICT;
