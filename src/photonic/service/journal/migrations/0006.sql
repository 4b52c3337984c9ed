-- exif: JSON; NULL where the file has no Exif facts, or was imported by an earlier version.
ALTER TABLE files ADD COLUMN exif TEXT;
