CREATE TABLE coupon (
  coupon_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  discount_fen BIGINT NOT NULL CHECK (discount_fen > 0),
  minimum_spend_fen BIGINT NOT NULL CHECK (minimum_spend_fen >= 0),
  expires_at BIGINT,
  -- The live order that it pays for; NULL while it is free.
  holder_order_id TEXT
) /*sqlite WITHOUT ROWID */;

CREATE INDEX coupon_by_user ON coupon (user_id, coupon_id);

-- One row per order, ever: the first writer of its final state wins.
CREATE TABLE coupon_claim (
  order_id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('held', 'spent', 'released', 'refused')),
  coupon_id TEXT,
  user_id TEXT,
  discount_fen BIGINT NOT NULL CHECK (discount_fen >= 0),
  refusal TEXT,
  taken_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;
