"""What the service survives: each module is one command, ruins one thing on purpose, and says tried, survived, lost."""
