"""The policy language, the rule loader, packs and selection."""
