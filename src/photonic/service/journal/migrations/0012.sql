-- captures.machine_boot: the boot of the machine in which the capture was accepted; NULL: unknown, or an earlier version
-- recorded it. resolved_by: the capture as which the photo of a failed one was imported later; NULL: none, or before this
-- version.
ALTER TABLE captures ADD COLUMN machine_boot TEXT;
ALTER TABLE captures ADD COLUMN resolved_by TEXT;
