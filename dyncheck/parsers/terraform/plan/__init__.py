"""Plans and states: ``terraform show -json`` (and OpenTofu's), and raw state files of versions 3 and 4."""
