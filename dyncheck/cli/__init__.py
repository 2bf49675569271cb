"""The command line: click commands. The only code that prints or decides an exit code."""
