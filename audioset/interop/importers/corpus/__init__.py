"""Floor 4: corpora of others, whatever their format, into the workspace.

`choose` finds the format, which gives a stream of items. `import_corpus` sends whole ones to
`take_item`, and gathers `spans`, which `take_spans` cuts source by source. `said` and `words` put
what is said into our words, `known_items` knows what is there already, `parts` writes rows.
"""
