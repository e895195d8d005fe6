CREATE TABLE account (
  account_id TEXT PRIMARY KEY,
  amount BIGINT NOT NULL CHECK (amount >= 0),
  holder TEXT UNIQUE,
  limit_amount BIGINT,
  tags TEXT NOT NULL,
  note TEXT
) /*sqlite WITHOUT ROWID */;

CREATE TABLE attachment (
  attachment_id TEXT PRIMARY KEY
  , body /*sqlite BLOB NOT NULL -- */ BYTEA NOT NULL
);
