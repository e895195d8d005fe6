-- Only ever added to. The key is the sequence, padded to sixteen digits: text sorts as numbers do.
CREATE TABLE log_entry (
  entry_id TEXT PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  at BIGINT NOT NULL,
  topic TEXT NOT NULL,
  order_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous_hash TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL UNIQUE
) /*sqlite WITHOUT ROWID */;

CREATE INDEX log_entry_by_order ON log_entry (order_id, entry_id);

-- One row: whoever appends locks it first, so that entries are written one after the other.
CREATE TABLE log_head (
  log_id TEXT PRIMARY KEY,
  sequence BIGINT NOT NULL CHECK (sequence >= 0),
  hash TEXT NOT NULL
) /*sqlite WITHOUT ROWID */;

INSERT INTO log_head (log_id, sequence, hash) VALUES ('payment', 0, '0000000000000000000000000000000000000000000000000000000000000000');
