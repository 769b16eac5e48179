"""Floor 4: other people's formats: `importers/` read them, `exporters/` write them."""
