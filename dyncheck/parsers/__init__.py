"""Sources of resources: Terraform, CloudFormation and live accounts."""
