-- staged.sha256: of the bytes that the camera sent; NULL where an earlier version recorded the file. Staged files that
-- are found after a crash are looked up by their hash.
ALTER TABLE staged ADD COLUMN sha256 TEXT;
CREATE INDEX files_by_sha256 ON files (sha256);
