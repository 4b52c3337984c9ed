-- stem: where a capture's files go below its directory, without extension. Earlier versions derived it from the
-- record each time, by the expression below.
ALTER TABLE captures ADD COLUMN stem TEXT NOT NULL DEFAULT '';
UPDATE captures SET stem = json_extract(record, '$.session_id')
    || '_' || json_extract(record, '$.sequence_number')
    || '_' || strftime('%s', json_extract(record, '$.created_at'));
