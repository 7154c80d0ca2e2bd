-- Lists of runs read what happened, and of logs and consoles no more than the
-- newest lines: how many a run has of those is up to its machine.
CREATE INDEX event_told ON event (run_id, id)
WHERE kind NOT IN ('log', 'console');
