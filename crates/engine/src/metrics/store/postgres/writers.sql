-- A process of an earlier version that was started before the schema was carried over writes no tables that it does not know,
-- and what it leaves behind would be answered with: its readings are refused. `layout` is the newest that a writer knew.
ALTER TABLE readings ADD COLUMN layout BIGINT NOT NULL DEFAULT 0;

CREATE FUNCTION refuse_earlier_writers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a newer Adplane has changed it since this one was started: update this one and start it again';
END
$$;

CREATE TRIGGER readings_of_this_layout BEFORE INSERT ON readings
FOR EACH ROW WHEN (NEW.layout < 5) EXECUTE FUNCTION refuse_earlier_writers();
