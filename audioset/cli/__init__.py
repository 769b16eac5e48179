"""Floor 6b: arguments in, text out. The only place that prints and maps errors to exit codes."""
