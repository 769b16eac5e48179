"""What is said on the command line: flags that commands share, and how words become values.

`shared` holds flags of several commands, `values` reads words as numbers, lengths and facts;
`cutting`, `lines`, `splitting` and `searching` hold a flag for each field of a record of options,
and `decisions` reads what a person decides.
"""
