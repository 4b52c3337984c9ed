-- staged.sha256: of the bytes that the camera sent; NULL where an earlier version recorded the file.
ALTER TABLE staged ADD COLUMN sha256 TEXT;
