-- The operator who asked; empty for refunds from before this was kept.
ALTER TABLE order_refund ADD COLUMN requested_by TEXT NOT NULL DEFAULT '';
