CREATE TABLE account (
  user_id TEXT PRIMARY KEY,
  opening_fen BIGINT NOT NULL CHECK (opening_fen >= 0),
  credited_fen BIGINT NOT NULL CHECK (credited_fen >= 0),
  debited_fen BIGINT NOT NULL CHECK (debited_fen >= 0),
  balance_fen BIGINT NOT NULL CHECK (balance_fen >= 0),
  CHECK (balance_fen = opening_fen + credited_fen - debited_fen)
) /*sqlite WITHOUT ROWID */;

-- One row per order, ever: the first writer of its final state wins. A held one is one debit in the ledger, a
-- released one with an amount is a debit and a credit.
CREATE TABLE balance_debit (
  order_id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('held', 'released', 'refused')),
  user_id TEXT,
  amount_fen BIGINT NOT NULL CHECK (amount_fen >= 0),
  refusal TEXT,
  taken_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;
