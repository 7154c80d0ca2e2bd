-- The last event of the worker's boot that is in the rows: what the worker
-- sends again, because it heard no answer, is known by its number.
ALTER TABLE machine ADD COLUMN worker_seq INTEGER NOT NULL DEFAULT 0;
