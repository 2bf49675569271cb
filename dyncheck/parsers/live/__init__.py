"""Live accounts: collection with boto3, the snapshot file, and responses as resources."""
