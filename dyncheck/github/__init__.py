"""What runs inside a GitHub workflow: inputs from the environment, results to the files and commands of the runner."""
