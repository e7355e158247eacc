-- A process of an earlier version that was started before the file was carried over writes no tables that it does not know,
-- and what it leaves behind would be answered with: its readings are refused. `layout` is the newest that a writer knew.
ALTER TABLE readings ADD COLUMN layout INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER readings_of_this_layout BEFORE INSERT ON readings WHEN NEW.layout < 5
BEGIN
  SELECT RAISE(ABORT, 'a newer Adplane has changed it since this one was started: update this one and start it again');
END;
