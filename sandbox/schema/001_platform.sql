-- Every row of the platforms as JSON, in the order in which they came to be. They are read once, at the start.
CREATE TABLE platform_row (
  position INTEGER PRIMARY KEY,
  row_key TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL
);
