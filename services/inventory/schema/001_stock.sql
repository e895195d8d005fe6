CREATE TABLE stock (
  sku TEXT PRIMARY KEY,
  received_units BIGINT NOT NULL,
  available_units BIGINT NOT NULL CHECK (available_units >= 0),
  reserved_units BIGINT NOT NULL CHECK (reserved_units >= 0),
  sold_units BIGINT NOT NULL CHECK (sold_units >= 0),
  CHECK (received_units = available_units + reserved_units + sold_units)
) /*sqlite WITHOUT ROWID */;

-- One row per order, ever: the first writer of its final state wins.
CREATE TABLE reservation (
  order_id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('held', 'sold', 'released', 'refused')),
  lines TEXT NOT NULL,
  taken_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID */;
