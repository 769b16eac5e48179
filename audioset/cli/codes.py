"""How a command ends: the numbers that it gives to the shell."""

FINE = 0
ERROR = 1  # an error with a name, or one of several things failed
USAGE = 2  # the command line is wrong; typer ends so too
FOUND_PROBLEMS = 3  # a check found something, or a cut gave no clip
INTERRUPTED = 130  # stopped by Ctrl-C
