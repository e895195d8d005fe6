CREATE TABLE points_account (
  user_id TEXT PRIMARY KEY,
  points BIGINT NOT NULL CHECK (points >= 0)
) /*sqlite WITHOUT ROWID */;

-- One row per order, ever: a second message about the same order finds it and grants nothing. It also sums up what was
-- taken back since.
CREATE TABLE points_grant (
  order_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  points BIGINT NOT NULL CHECK (points >= 0),
  paid_fen BIGINT NOT NULL CHECK (paid_fen >= 0),
  refunded_fen BIGINT NOT NULL CHECK (refunded_fen >= 0 AND refunded_fen <= paid_fen),
  taken_back_points BIGINT NOT NULL CHECK (taken_back_points >= 0 AND taken_back_points <= points),
  granted_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;

-- One row per refund, ever: a second message about the same refund finds it and takes nothing back.
CREATE TABLE points_reversal (
  refund_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  points BIGINT NOT NULL CHECK (points >= 0),
  reversed_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;
