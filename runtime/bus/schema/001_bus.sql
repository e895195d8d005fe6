-- Messages, written in the transaction that they tell of. transaction_id orders them on PostgreSQL, where sequence
-- numbers commit out of order; the embedded store has one writer, and the sequence alone is enough.
CREATE TABLE bus_message (
  sequence /*sqlite INTEGER PRIMARY KEY -- */ BIGSERIAL PRIMARY KEY
  , transaction_id BIGINT NOT NULL DEFAULT /*sqlite 0 -- */ (pg_current_xact_id()::text::bigint)
  , message_id TEXT NOT NULL UNIQUE
  , topic TEXT NOT NULL
  , key TEXT NOT NULL
  , body /*sqlite BLOB NOT NULL -- */ BYTEA NOT NULL
  , at BIGINT NOT NULL
  , not_before_at BIGINT NOT NULL
  , traceparent TEXT NOT NULL
);

CREATE INDEX bus_message_by_topic ON bus_message (topic, transaction_id, sequence);

-- How far each group has come in each topic, and which process reads for it.
CREATE TABLE bus_cursor (
  cursor_id TEXT PRIMARY KEY,
  transaction_id BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  owner TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  -- Counts owners: a reader whose lease ran out cannot move the cursor any more.
  epoch BIGINT NOT NULL
);

-- Only messages that are not on the happy path: delayed, or failed and to be tried again.
CREATE TABLE bus_retry (
  retry_id TEXT PRIMARY KEY,
  cursor_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  next_attempt_at BIGINT NOT NULL,
  because TEXT NOT NULL
);

CREATE INDEX bus_retry_by_due ON bus_retry (cursor_id, next_attempt_at);

CREATE TABLE bus_dead (
  dead_id TEXT PRIMARY KEY,
  cursor_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  group_name TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  because TEXT NOT NULL,
  died_at BIGINT NOT NULL
);
