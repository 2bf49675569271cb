"""Suppressions: findings that somebody has looked at and set aside, in comments, metadata, configuration or a baseline.

A suppressed finding is marked, never deleted. Everything here is pure: texts and today's date are given.
"""
