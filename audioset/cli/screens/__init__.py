"""Floor 6b: what each command shows a person, one file per command: records in, text out."""
