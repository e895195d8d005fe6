-- Only ever added to. The key is the sequence, padded to sixteen digits: text sorts as numbers do. Of two entries after
-- the same one, the second would have the first one's key: hashes need no index of their own, which would cost each
-- entry two pages anywhere in it. What is about one order is found by its messages, whose ids begin with it.
CREATE TABLE log_entry (
  entry_id TEXT PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  at BIGINT NOT NULL,
  topic TEXT NOT NULL,
  order_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) /*sqlite WITHOUT ROWID */;

-- One row: whoever appends locks it first, so that entries are written one after the other.
CREATE TABLE log_head (
  log_id TEXT PRIMARY KEY,
  sequence BIGINT NOT NULL CHECK (sequence >= 0),
  hash TEXT NOT NULL
) /*sqlite WITHOUT ROWID */;

INSERT INTO log_head (log_id, sequence, hash) VALUES ('payment', 0, '0000000000000000000000000000000000000000000000000000000000000000');
