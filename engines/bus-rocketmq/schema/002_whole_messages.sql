-- What was published is kept whole, so that it can be sent once more: a broker may lose its disk.
ALTER TABLE message_sent ADD COLUMN body /*sqlite BLOB -- */ BYTEA
  NOT NULL DEFAULT '';
ALTER TABLE message_sent ADD COLUMN not_before_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message_sent ADD COLUMN traceparent TEXT NOT NULL DEFAULT '';
