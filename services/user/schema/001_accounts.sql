CREATE TABLE account (
  user_id TEXT PRIMARY KEY,
  opening_fen BIGINT NOT NULL CHECK (opening_fen >= 0),
  credited_fen BIGINT NOT NULL CHECK (credited_fen >= 0),
  debited_fen BIGINT NOT NULL CHECK (debited_fen >= 0),
  balance_fen BIGINT NOT NULL CHECK (balance_fen >= 0),
  CHECK (balance_fen = opening_fen + credited_fen - debited_fen)
) /*sqlite WITHOUT ROWID */;

-- One row per order, ever: the first writer of its final state wins. A held one is one debit in the ledger, a
-- released one with an amount is a debit and a credit. It also sums up what was refunded of it.
CREATE TABLE balance_debit (
  order_id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('held', 'released', 'refused')),
  user_id TEXT,
  amount_fen BIGINT NOT NULL CHECK (amount_fen >= 0),
  refusal TEXT,
  refunded_fen BIGINT NOT NULL CHECK (refunded_fen >= 0 AND refunded_fen <= amount_fen),
  taken_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;

-- One row per refund, ever: a credit in the ledger. A second message about the same refund finds it and credits nothing.
CREATE TABLE balance_refund (
  refund_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  credited_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;
