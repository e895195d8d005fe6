CREATE TABLE points_account (
  user_id TEXT PRIMARY KEY,
  points BIGINT NOT NULL CHECK (points >= 0)
) /*sqlite WITHOUT ROWID */;

-- One row per order, ever: a second message about the same order finds it and grants nothing.
CREATE TABLE points_grant (
  order_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  points BIGINT NOT NULL CHECK (points >= 0),
  granted_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;
