-- Whether a photo's copy on the card is being deleted, and whether any second copy was ever made, is asked of each card
-- and at each start, however many there are.
CREATE INDEX deletions_by_name ON deletions (serial, name);
CREATE INDEX second_copies_made ON second_copies (number) WHERE path IS NOT NULL;
