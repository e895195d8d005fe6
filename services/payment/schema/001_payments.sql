-- One try to pay an order over one channel. payment_id is also the trade's number at the platform, never used again.
CREATE TABLE payment (
  payment_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('alipay', 'wechat')),
  product TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  subject TEXT NOT NULL,
  -- For products that are tied to one customer's device or account: a digest of it. Otherwise empty.
  customer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('creating', 'pending', 'refused', 'closed', 'paid')),
  -- Where the customer pays; NULL until the platform has said.
  link TEXT,
  -- The platform's own number of what was paid.
  trade_no TEXT,
  paid_at BIGINT,
  refunding_fen BIGINT NOT NULL CHECK (refunding_fen >= 0),
  refunded_fen BIGINT NOT NULL CHECK (refunded_fen >= 0),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  -- When the platform is asked next; NULL once there is nothing to ask.
  query_at BIGINT,
  queries BIGINT NOT NULL,
  -- What happened to it, in order: only ever added to.
  events TEXT NOT NULL,
  traceparent TEXT NOT NULL,
  CHECK (refunding_fen + refunded_fen <= amount_fen),
  CHECK (refunding_fen + refunded_fen = 0 OR state = 'paid'),
  CHECK ((state = 'paid') = (trade_no IS NOT NULL)),
  CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);

-- Only what is open is in it.
CREATE INDEX payment_by_query_at ON payment (channel, query_at) WHERE query_at IS NOT NULL;

-- For the daily reconciliation.
CREATE INDEX payment_by_paid_at ON payment (channel, paid_at, payment_id) WHERE paid_at IS NOT NULL;

-- One row per order, ever: its attempts, its money, and whether new attempts are barred because it is to be cancelled.
CREATE TABLE payment_order (
  order_id TEXT PRIMARY KEY,
  barred BIGINT NOT NULL CHECK (barred IN (0, 1)),
  payment_ids TEXT NOT NULL,
  captured_fen BIGINT NOT NULL CHECK (captured_fen >= 0),
  refunded_fen BIGINT NOT NULL CHECK (refunded_fen >= 0),
  changed_at BIGINT NOT NULL,
  CHECK (refunded_fen <= captured_fen)
) /*sqlite WITHOUT ROWID */;

-- What platforms told us, verified. Written before they are answered; settled afterwards.
CREATE TABLE payment_inbox (
  -- The channel, a colon, and the platform's number of the notification.
  inbox_id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  payment_id TEXT NOT NULL,
  fact TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  -- 'received', then 'settled' or 'quarantined'.
  state TEXT NOT NULL CHECK (state IN ('received', 'settled', 'quarantined')),
  settled_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;

CREATE INDEX payment_inbox_by_received_at ON payment_inbox (received_at) WHERE state = 'received';

-- A refund at a platform, under the number it was asked with from the first time on.
CREATE TABLE payment_refund (
  refund_id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  payment_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  reason TEXT NOT NULL,
  -- 1: money that came too late or twice; 0: the order asked for it.
  surplus BIGINT NOT NULL CHECK (surplus IN (0, 1)),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'asked', 'stuck', 'done', 'failed')),
  tries BIGINT NOT NULL,
  -- When the platform is asked next; NULL once it is over, or a person has to look.
  ask_at BIGINT,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  traceparent TEXT NOT NULL
) /*sqlite WITHOUT ROWID */;

CREATE INDEX payment_refund_by_ask_at ON payment_refund (channel, ask_at) WHERE ask_at IS NOT NULL;

-- For the daily reconciliation.
CREATE INDEX payment_refund_by_created_at ON payment_refund (channel, created_at, refund_id);

-- Signed by a platform, and yet not to be believed without a person's look.
CREATE TABLE payment_quarantine (
  quarantine_id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  payment_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  refund_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  at BIGINT NOT NULL,
  -- '' while nobody has decided.
  resolution TEXT NOT NULL CHECK (resolution IN ('', 'query', 'dismiss', 'by_hand')),
  resolved_at BIGINT NOT NULL,
  resolved_by TEXT NOT NULL,
  note TEXT NOT NULL
) /*sqlite WITHOUT ROWID */;

CREATE INDEX payment_quarantine_open ON payment_quarantine (quarantine_id) WHERE resolution = '';

-- The newest result of holding a bill against our books.
CREATE TABLE payment_reconciliation (
  -- The channel, a colon, and the day.
  reconciliation_id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  bill_entries BIGINT NOT NULL,
  matched BIGINT NOT NULL,
  differences BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;
