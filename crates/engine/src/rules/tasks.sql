-- What runs decided to have done or agreed to, and how far that has come.
CREATE TABLE tasks (
  digest TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  object TEXT NOT NULL,
  at INTEGER NOT NULL,
  stage TEXT NOT NULL,
  -- Something can still happen, or it holds what somebody may resume by hand.
  live INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_alive ON tasks (live, at);
CREATE INDEX tasks_by_object ON tasks (object, at);
