CREATE TABLE product (
  sku TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  price_fen BIGINT NOT NULL CHECK (price_fen >= 0)
) /*sqlite WITHOUT ROWID */;
