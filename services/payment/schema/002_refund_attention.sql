-- Refunds that are not over: few at any time, and counted for alerts.
CREATE INDEX payment_refund_open ON payment_refund (state, created_at) WHERE state IN ('waiting', 'asked', 'stuck');
