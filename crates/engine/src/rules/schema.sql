-- What rules did and what they remember. An instant is in milliseconds since 1970, money in micros.
CREATE TABLE memory (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT;

-- A tick of a rule on an account is run once.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  rule TEXT NOT NULL,
  account TEXT NOT NULL,
  tick INTEGER NOT NULL,
  at INTEGER NOT NULL,
  content TEXT NOT NULL,
  UNIQUE (rule, account, tick)
) STRICT;
CREATE INDEX runs_by_time ON runs (at);

-- Objects of which something was wanted.
CREATE TABLE objects (
  object TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  content TEXT NOT NULL,
  PRIMARY KEY (object, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX objects_by_run ON objects (run);

-- Objects of which nothing was wanted, the newest time.
CREATE TABLE quiet (
  object TEXT NOT NULL,
  rule TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  content TEXT NOT NULL,
  PRIMARY KEY (object, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX quiet_by_run ON quiet (run);

-- What an account could spend on a day when the first run of that day saw it.
CREATE TABLE baselines (
  account TEXT NOT NULL,
  day TEXT NOT NULL,
  micros INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;
