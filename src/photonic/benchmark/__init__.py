"""What many viewers cost: the real service against the least that any server must do, in one run on one machine."""
