-- One row for each half message whose fate is sealed: written by the transaction that the message tells of, or, before
-- that could, by a checker that bars it. Whoever writes first wins.
CREATE TABLE message_tx (
  half_id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('committed', 'barred')),
  topic TEXT NOT NULL,
  messages BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  -- When the broker was last told; NULL: it has yet to be, by the publisher or when it asks.
  told_at BIGINT
);

CREATE INDEX message_tx_by_time ON message_tx (decided_at);
CREATE INDEX message_tx_untold ON message_tx (decided_at) WHERE told_at IS NULL;

-- What this service has published: no message goes out twice.
CREATE TABLE message_sent (
  message_id TEXT PRIMARY KEY,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  at BIGINT NOT NULL,
  sent_at BIGINT NOT NULL
);

CREATE INDEX message_sent_by_time ON message_sent (sent_at);

-- Messages that the broker has yet to take.
CREATE TABLE message_outbox (
  message_id TEXT PRIMARY KEY,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  body /*sqlite BLOB NOT NULL -- */ BYTEA NOT NULL
  , at BIGINT NOT NULL
  , not_before_at BIGINT NOT NULL
  , traceparent TEXT NOT NULL
  , next_attempt_at BIGINT NOT NULL
);

CREATE INDEX message_outbox_by_due ON message_outbox (next_attempt_at);

-- What became of each message in each of this service's groups.
CREATE TABLE message_delivery (
  delivery_id TEXT PRIMARY KEY,
  queue_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  group_name TEXT NOT NULL,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Empty unless the message is to be handed out again.
  body /*sqlite BLOB NOT NULL -- */ BYTEA NOT NULL
  , at BIGINT NOT NULL
  , not_before_at BIGINT NOT NULL
  , traceparent TEXT NOT NULL
  , state TEXT NOT NULL CHECK (state IN ('waiting', 'retrying', 'handled', 'dead'))
  , attempts BIGINT NOT NULL
  , next_attempt_at BIGINT NOT NULL
  , because TEXT NOT NULL
  , changed_at BIGINT NOT NULL
);

CREATE INDEX message_delivery_open ON message_delivery (queue_id, next_attempt_at) WHERE state IN ('waiting', 'retrying');
CREATE INDEX message_delivery_dead ON message_delivery (delivery_id) WHERE state = 'dead';
CREATE INDEX message_delivery_by_time ON message_delivery (changed_at);
