-- The rows of `newest` once more, all objects of a slot in one value, for questions about a whole account
-- (`metrics/store/pack.rs` tells the bytes). Made of the rows in the transaction that writes them.
CREATE TABLE packed (
  stream BIGINT NOT NULL REFERENCES streams (id),
  slot BIGINT NOT NULL,
  counts BYTEA NOT NULL,
  PRIMARY KEY (stream, slot)
);

-- It is small already; unpacking it twice would cost more than reading it.
ALTER TABLE packed ALTER COLUMN counts SET STORAGE EXTERNAL;
