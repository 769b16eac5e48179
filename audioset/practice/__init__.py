"""Recordings to practise on, of people who do not exist: the tutorials begin with them."""
