"""What each command shows a person, and as JSON: one file per command, records in, text out."""
