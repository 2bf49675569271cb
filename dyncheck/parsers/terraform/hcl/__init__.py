"""Reading the HCL language: scanner, tokens, expression shapes and templates."""
