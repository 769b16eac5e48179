"""Floor 3b: immutable published versions in the store.

`layout` says where everything lies; `read/` finds and reads, `publish/` writes, `diff/` compares,
`verify/` proves, `forget/` takes withdrawn recordings out.
"""
