-- captures.machine_boot: the boot of the machine in which the capture was accepted; NULL: unknown, or an earlier version
-- recorded it.
ALTER TABLE captures ADD COLUMN machine_boot TEXT;
