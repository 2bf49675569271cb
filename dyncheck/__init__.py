"""dyncheck: policy-as-code compliance scanner for Amazon DynamoDB."""

__version__ = "0.1.0"
