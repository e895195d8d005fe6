-- Verified notifications that the payment service has not confirmed yet, as they came together. Removed once it has.
CREATE TABLE notifications_kept (
  -- Sorts by time of making.
  kept_id TEXT PRIMARY KEY,
  -- The encoded suanpan.payment.v1.ReceiveNotificationsRequest.
  request BLOB NOT NULL
) /*sqlite WITHOUT ROWID */;
