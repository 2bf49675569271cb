"""CloudFormation, SAM, CDK and Serverless Framework templates."""
