CREATE TABLE orders (
  order_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'awaiting_payment', 'paid', 'partially_refunded', 'refunded', 'cancelled')),
  -- What the customer was told, or will be when asking again: '' while nothing was said.
  answered TEXT NOT NULL CHECK (answered IN ('', 'accepted', 'placed', 'refused')),
  items TEXT NOT NULL,
  coupon_id TEXT,
  use_balance_fen BIGINT NOT NULL CHECK (use_balance_fen >= 0),
  use_all_balance BIGINT NOT NULL CHECK (use_all_balance IN (0, 1)),
  items_fen BIGINT NOT NULL CHECK (items_fen >= 0),
  discount_fen BIGINT NOT NULL CHECK (discount_fen >= 0),
  balance_fen BIGINT NOT NULL CHECK (balance_fen >= 0),
  payable_fen BIGINT NOT NULL CHECK (payable_fen >= 0),
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  deadline_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  -- When the sweeper has to look: the deadline while pending, the expiry while awaiting payment, NULL once neither counts.
  due_at BIGINT,
  cancel_reason TEXT,
  -- The payment that paid it; NULL where balance and coupon covered everything.
  payment_id TEXT,
  -- Given back, of payable_fen and of balance_fen; and what refunds under way have reserved of them.
  platform_refunded_fen BIGINT NOT NULL CHECK (platform_refunded_fen >= 0),
  balance_refunded_fen BIGINT NOT NULL CHECK (balance_refunded_fen >= 0),
  platform_refunding_fen BIGINT NOT NULL CHECK (platform_refunding_fen >= 0),
  balance_refunding_fen BIGINT NOT NULL CHECK (balance_refunding_fen >= 0),
  -- Every state change, in order, with its time and facts: only ever added to. It is read with its order, and written with it.
  events TEXT NOT NULL,
  traceparent TEXT NOT NULL,
  CHECK (payable_fen = items_fen - discount_fen - balance_fen),
  CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL)),
  CHECK (payment_id IS NULL OR state IN ('paid', 'partially_refunded', 'refunded')),
  CHECK (platform_refunded_fen + platform_refunding_fen <= payable_fen),
  CHECK (balance_refunded_fen + balance_refunding_fen <= balance_fen)
);

-- Order ids are time-ordered, so each user's page ends in the newest.
CREATE INDEX orders_by_user ON orders (user_id, order_id);

-- Only open orders are in it: it stays small however many orders are stored.
CREATE INDEX orders_by_due_at ON orders (due_at) WHERE due_at IS NOT NULL;

-- Which order a user's idempotency key stands for, and the digest of the body it came with.
CREATE TABLE idempotency (
  idempotency_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  request_digest TEXT NOT NULL
) /*sqlite WITHOUT ROWID */;

-- One row per refund, ever. Its id is made of the order and the caller's idempotency key: asking again finds it.
CREATE TABLE order_refund (
  refund_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('processing', 'done', 'failed')),
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  platform_fen BIGINT NOT NULL CHECK (platform_fen >= 0),
  balance_fen BIGINT NOT NULL CHECK (balance_fen >= 0),
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  -- 0 while processing.
  settled_at BIGINT NOT NULL,
  CHECK (amount_fen = platform_fen + balance_fen)
) /*sqlite WITHOUT ROWID */;

CREATE INDEX order_refund_by_order ON order_refund (order_id, created_at);
