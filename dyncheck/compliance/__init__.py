"""Frameworks of controls, and what the verdicts of rules say of their controls."""
