"""Floor 3b: names to records, records to rows, rows to audio; without what was withdrawn."""
