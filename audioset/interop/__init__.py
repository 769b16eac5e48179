"""Floor 4: other people's formats: `importers/` read them, `exporters/` write them.

`clip_tables/` goes both ways: tables of clips for people.
"""
