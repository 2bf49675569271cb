"""Configuration files: ``dyncheck.yaml``, ``.dyncheck.yaml``, and ``[tool.dyncheck]`` in ``pyproject.toml``."""
