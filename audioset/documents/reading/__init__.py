"""Floor 3a: what all documents are made of: text, tables, XML, times of a clock."""
