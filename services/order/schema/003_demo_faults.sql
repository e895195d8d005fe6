CREATE TABLE demo_faults (
  fault_id TEXT NOT NULL PRIMARY KEY,
  faults TEXT NOT NULL
);
