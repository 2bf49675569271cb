"""One module per report format; a format is a pure function of a Report."""
